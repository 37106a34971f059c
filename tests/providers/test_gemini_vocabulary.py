"""The vocabulary of Google's client beside ours: a tag that is new there fails here until we know it, or list
it as one that is shown as it came."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from interactions.providers.gemini.body import CHOICES, LEVELS, SUMMARIES, TIERS
from interactions.providers.gemini.listening import STATUSES
from interactions.providers.gemini.profile import PROFILE
from interactions.providers.gemini.steps import ACCEPTED
from interactions.turns.events import Unknown, Usage
from interactions.turns.steps import Media, OtherStep, content_of, step_from_wire
from interactions.turns.turn import Turn
from interactions.turns.wire import parse
from interactions.ui.answer.citations import CITATIONS
from tests.folding import turn_of

pytestmark = pytest.mark.slow  # the client takes seconds to import

# Annotations that cite nothing: who speaks, and when a word is said. They are shown as they came.
SHOWN_RAW = frozenset({"speech_metadata", "word_info"})
OURS = {"interaction": {"id": "v1_a"}, "interaction_id": "v1_a", "status": "queued", "index": 0, "error": {}}


def types(module: str) -> Any:
    return import_module(f"google.genai._gaos.types.interactions.{module}")


def variants(module: str, name: str) -> Mapping[str, type[BaseModel]]:
    """The types of a union in the client, by their tags."""
    found: Mapping[str, type[BaseModel]] = getattr(types(module), f"_{name}_VARIANTS")
    return found


def words(kind: Any) -> set[str]:
    """The words of an open enumeration."""
    return {word for each in get_args(kind) for word in get_args(each) if isinstance(word, str)}


def fields(kind: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in kind.model_fields.items()}


def folded(*events: Mapping[str, Any]) -> Turn:
    return turn_of("".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())


def test_every_event_of_the_client_is_known() -> None:
    for tag in variants("interactionsseevent", "INTERACTION_SSE_EVENT"):
        event = {
            **OURS,
            "event_type": tag,
            "step": {"type": "thought"},
            "delta": {"type": "text", "text": "t"},
        }
        assert not isinstance(parse(json.dumps(event)), Unknown), tag


def test_every_step_of_the_client_is_known_with_its_keys() -> None:
    """Each has a place in a turn; what a server takes back of a call or a result is what the client names."""
    for tag, kind in variants("step", "STEP").items():
        assert not isinstance(step_from_wire({"type": tag}, hop=0, index=0, frame=0), OtherStep), tag
        known = {"type", "content", "summary", "signature", "error", *ACCEPTED.keys.get(tag, ())}
        assert fields(kind) <= known, tag


def test_every_delta_of_the_client_is_known() -> None:
    """It finds a step that can hold it, and nothing of it is left unread."""
    values = {"text": "t", "annotations": [{}], "content": {"text": "t"}, "arguments": "{}", "data": "AA=="}
    for tag, kind in variants("stepdeltadata", "STEP_DELTA_DATA").items():
        said = {key: values.get(key, "x") for key in fields(kind)} | {"type": tag}
        turn = folded({"event_type": "step.delta", "index": 0, "delta": said})
        (step,) = (each for each in turn.steps if not each.sent)
        assert not isinstance(step, OtherStep), tag
        assert (step.other, dict(step.unread)) == ((), {}), tag


def test_every_kind_of_content_of_the_client_is_known() -> None:
    """A file is kept with all of its keys, and goes back with them."""
    summaries = variants("thoughtsummarycontent", "THOUGHT_SUMMARY_CONTENT")
    for tag, kind in {**variants("content", "CONTENT"), **summaries}.items():
        part = {"type": tag, "text": "t", "data": "AA=="}
        start = {"event_type": "step.start", "index": 0, "step": {"type": "model_output", "content": [part]}}
        (content,) = content_of(folded(start).steps[-1])
        assert isinstance(content, Media) is (tag != "text")
        assert fields(kind) <= {"type", "text", "annotations", *ACCEPTED.media.get(tag, ())}, tag


def test_every_annotation_of_the_client_is_a_citation_or_shown_as_it_came() -> None:
    assert set(variants("annotation", "ANNOTATION")) == CITATIONS | SHOWN_RAW


def test_the_statuses_are_those_of_the_client() -> None:
    """Of a status that it does not name, a turn says that it is not known."""
    assert words(types("interaction").InteractionStatus) == STATUSES
    assert words(types("interactionsseeventinteraction").InteractionSseEventInteractionStatus) == STATUSES
    assert words(types("interactionstatusupdate").InteractionStatusUpdateStatus) == STATUSES


def test_every_figure_of_the_client_is_counted_or_shown() -> None:
    figures = {key: [{"modality": "image", "tokens": 1}] for key in fields(types("usage").Usage)}
    interaction = {"id": "v1_a", "status": "completed", "usage": figures}
    turn = folded({"event_type": "interaction.completed", "interaction": interaction})
    assert set(turn.details) == set(figures) - set(Usage.__struct_fields__)


def test_the_fields_of_a_request_are_those_of_the_client() -> None:
    """A program that is exported passes them by name; of those with few values each is on offer."""
    model = types("createmodelinteraction").CreateModelInteraction
    agent = types("createagentinteraction").CreateAgentInteraction
    assert PROFILE.sdk is not None
    assert set(PROFILE.sdk.fields.split()) == fields(model) | fields(agent)
    assert set(TIERS) == words(types("servicetier").ServiceTier)
    assert set(CHOICES) == words(types("toolchoicetype").ToolChoiceType)
    assert set(LEVELS) == words(types("thinkinglevel").ThinkingLevel)
    assert set(SUMMARIES) == words(types("thinkingsummaries").ThinkingSummaries)
