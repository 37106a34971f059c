"""Health, configuration and raw JSON."""

from interactions.ui import diagnostics

diagnostics.draw()
