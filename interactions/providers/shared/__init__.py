"""What providers share: HTTP calls, documents, and reading with care."""
