"""The model that stands in for one that is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.endpoints.nearest import nearest

GEMINI = (
    *("gemini-4-argon", "gemini-4-hydrogen", "gemini-3.8-flash", "gemini-3.5-flash", "gemini-3.5-flash-lite"),
    *("gemini-3.1-pro-preview", "gemini-3-flash-preview", "gemini-2.5-pro", "gemini-2.5-flash-image"),
    *("gemini-2.5-flash-preview-tts", "gemini-flash-latest", "gemini-embedding-001"),
)
CLAUDE = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-sonnet-5", "claude-haiku-5-5", "claude-sonnet-4-6")
GPT = ("gpt-6.2-sol", "gpt-5.5", "gpt-5.5-pro", "gpt-5.4-mini", "gpt-4o-mini-tts", "text-embedding-3-large")
LOCAL = ("llama3.1:8b", "qwen3:8b", "nomic-embed-text:latest")
GATEWAY = ("anthropic/claude-sonnet-5", "openai/gpt-5.5", "google/gemini-3.8-flash")


@pytest.mark.parametrize(
    ("model", "listed", "found"),
    [
        ("gemini-2.5-flash", GEMINI, "gemini-3.5-flash"),
        ("models/gemini-2.5-flash-lite", GEMINI, "gemini-3.5-flash-lite"),
        ("gemini-3-pro-preview", GEMINI, "gemini-3.1-pro-preview"),
        ("gemini-2.5-flash-image-preview", GEMINI, "gemini-2.5-flash-image"),
        ("claude-sonnet-4-5-20250929", CLAUDE, "claude-sonnet-4-6"),
        ("claude-3-5-haiku-20241022", CLAUDE, "claude-haiku-5-5"),
        ("claude-3-opus@20240229", CLAUDE, "claude-opus-5-5"),
        ("gpt-4o", GPT, "gpt-5.5"),
        ("gpt-4o-mini", GPT, "gpt-5.4-mini"),
        ("llama3.2:1b", LOCAL, "llama3.1:8b"),
        ("openai/gpt-4.1", GATEWAY, "openai/gpt-5.5"),
        ("something-else", ("the-only-one",), "the-only-one"),
    ],
)
def test_it_is_of_the_same_family_and_kind_and_of_a_version_close_by(
    model: str, listed: tuple[str, ...], found: str
) -> None:
    assert nearest(model, listed) == found


@pytest.mark.parametrize(
    "listed", [(), ("gemini-2.5-flash",), ("models/gemini-2.5-flash",), ("gemini-embedding-001", "whisper-1")]
)
def test_no_model_stands_in_for_itself_and_none_that_does_something_else(listed: tuple[str, ...]) -> None:
    assert nearest("gemini-2.5-flash", listed) == ""


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_any_names_can_be_compared(model: str, listed: list[str]) -> None:
    """What is found is in the list."""
    assert nearest(model, listed) in {*listed, ""}
