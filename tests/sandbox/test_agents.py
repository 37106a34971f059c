"""Agents in the place of a model."""

import httpx
import pytest

from tests.sandbox.calls import MODEL, Json, events, path_of, text_of

AGENTS: tuple[Json, ...] = (
    {"agent": "deep-research-preview-04-2026"},
    {
        "agent": "deep-research-preview-04-2026",
        "agent_config": {"type": "deep-research", "thinking_summaries": "auto"},
    },
    {"agent": "antigravity-preview-09-2026", "environment": "remote"},
)


@pytest.mark.parametrize("whose", AGENTS)
def test_an_agent_answers_in_the_background(http: httpx.Client, whose: Json) -> None:
    """Its name stands where a model's would; summaries are asked for in its own settings."""
    body = {"input": "Tell me about cats", "stream": True, "background": True, **whose}
    heard = http.post("/v1beta/interactions", json=body).content
    first, last = events(heard)[0]["interaction"], events(heard)[-1]["interaction"]
    assert first["agent"] == last["agent"] == whose["agent"]
    assert "model" not in first
    assert f"- **Agent:** `{whose['agent']}`" in text_of(heard)
    assert (b"thought_summary" in heard) == ("agent_config" in whose)
    assert http.get(path_of(heard)).json()["agent"] == whose["agent"]


AGENT: Json = {"agent": "deep-research-preview-04-2026", "background": True}
REFUSED_AGENTS: tuple[tuple[Json, str], ...] = (
    ({**AGENT, "background": False}, "requires 'background'"),
    ({**AGENT, "store": False}, "'store' must be true"),
    ({**AGENT, "generation_config": {"temperature": 1}}, "'generation_config' cannot be used"),
    ({**AGENT, "agent_config": {"thinking_summaries": "auto"}}, "'agent_config.type'"),
    ({"agent": "antigravity-preview-09-2026"}, "requires 'environment'"),
    ({"model": MODEL, "agent_config": {"type": "dynamic"}}, "only be used with 'agent'"),
)


@pytest.mark.parametrize(("body", "message"), REFUSED_AGENTS)
def test_what_an_agent_cannot_do_is_refused(http: httpx.Client, body: Json, message: str) -> None:
    """By name."""
    response = http.post("/v1beta/interactions", json={"input": "Hi", **body})
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
