"""Where turns are sent: endpoints, the providers that talk to them, and whose account answers."""
