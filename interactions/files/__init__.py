"""What somebody gives us as a file: checked before it is taken for what it claims to be."""
