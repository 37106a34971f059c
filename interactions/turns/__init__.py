"""The vocabulary of a turn and the fold that makes one of events. Pure: no network, disk, thread or page."""
