"""Running turns: the threads that stream them, the ladder that resumes them, and the application's hooks."""
