"""Reads what comes over the native wire, and the JSON of all others."""

from __future__ import annotations

from interactions.turns.wire.deltas import delta_in, placed, read_delta
from interactions.turns.wire.events import parse
from interactions.turns.wire.resources import read_error, read_interaction, read_step, read_usage, without
from interactions.turns.wire.texts import error_in, load_json

__all__ = [
    "delta_in",
    "error_in",
    "load_json",
    "parse",
    "placed",
    "read_delta",
    "read_error",
    "read_interaction",
    "read_step",
    "read_usage",
    "without",
]
