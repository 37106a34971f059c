"""Gemini's older API, generateContent, which most programs for Gemini speak."""
