"""Values of what is asked and stored: conversations, requests, history, attachments, presets, costs."""
