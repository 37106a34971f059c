"""What is kept: conversations, their turns, and what waits to be sent."""
