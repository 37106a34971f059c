"""What the program does without a page: it reads the body of an answer at the command line."""
