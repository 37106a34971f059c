"""Turns on their way: threads that stream them, the ladder that brings them back, and who is asked first."""
