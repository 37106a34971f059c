"""Google's Gemini Interactions API: the native vocabulary."""
