"""What is asked and kept, as values: conversations, requests, history, attachments, presets, costs."""
