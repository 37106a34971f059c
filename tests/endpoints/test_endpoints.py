"""Where turns can be sent, as the environment and the secrets have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from interactions.endpoints.endpoint import Endpoint, Route, endpoints
from interactions.errors import SettingsError

KEY = "sk-planted-3f9a"


def test_the_vendors_are_always_offered_and_take_a_key() -> None:
    """A visitor may have one where the deployment has none."""
    found = endpoints({}, {})
    assert list(found) == ["gemini_generate_content", "anthropic", "openai"]
    assert all(endpoint.keyed and not endpoint.api_key for endpoint in found.values())
    spoken = [endpoint.protocol for endpoint in found.values()]
    assert spoken == ["gemini_generate_content", "anthropic", "openai_responses"]


@pytest.mark.parametrize(
    ("name", "variable", "address"),
    [
        ("gemini_generate_content", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
        ("gemini_generate_content", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"),
        ("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
        ("anthropic", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"),
        ("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
    ],
)
def test_keys_and_addresses_have_the_vendors_own_names(name: str, variable: str, address: str) -> None:
    """The environment wins over secrets; a server of one's own may need no key."""
    found = endpoints({variable: f" {KEY} ", address: "http://host/v1/"}, {variable: "of-the-secrets"})[name]
    assert (found.api_key, found.key_source, found.base_url) == (KEY, variable, "http://host/v1")
    assert found.bearer == (variable == "ANTHROPIC_AUTH_TOKEN")
    assert not found.keyed


def test_local_servers_are_offered_only_when_that_is_asked_for() -> None:
    """A public deployment must not look around in its own network."""
    found = endpoints({"INTERACTIONS_LOCAL_SERVERS": "1"}, {})
    local = {name: endpoint.base_url for name, endpoint in found.items() if endpoint.local}
    assert local == {
        "lmstudio": "http://localhost:1234/v1",
        "ollama": "http://localhost:11434/v1",
        "vllm": "http://localhost:8000/v1",
        "llamacpp": "http://localhost:8080/v1",
        "lmstudio_native": "http://localhost:1234/api/v1",
    }
    assert not any(endpoint.local for endpoint in endpoints({}, {}).values())
    with pytest.raises(SettingsError, match="INTERACTIONS_LOCAL_SERVERS"):
        endpoints({"INTERACTIONS_LOCAL_SERVERS": "yes"}, {})


def test_a_section_of_the_secrets_is_an_endpoint() -> None:
    section = {
        "base_url": "https://gateway.example/openai/v1/",
        "protocol": "openai_responses",
        "api_key": KEY,
        "headers": {"x-team": "blue"},
        "models": ["one", "two"],
        "extra_body": {"service_tier": "flex"},
    }
    found = endpoints({}, {"providers": {"gateway": section}})["gateway"]
    assert found == Endpoint(
        "gateway",
        "openai_responses",
        "https://gateway.example/openai/v1",
        KEY,
        "[providers.gateway] api_key",
        {"x-team": "blue"},
        ("one", "two"),
        {"service_tier": "flex"},
    )


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("text", "expected an object, found a text"),
        ({}, "base_url"),
        ({"base_url": ""}, "names no base_url"),
        ({"base_url": "gateway.example"}, "http"),
        ({"base_url": "https://a", "colour": "blue"}, "colour"),
        ({"base_url": "https://a", "models": "one"}, "models"),
        ({"base_url": "https://a", "headers": {"x-team": "“blue”"}}, "x-team"),
        ({"base_url": "https://a", "api_key": "“k”"}, "api_key"),
    ],
)
def test_a_section_that_cannot_be_used_is_refused_by_name(section: object, said: str) -> None:
    """The message names the section and what is wrong; it never repeats a key."""
    with pytest.raises(SettingsError) as caught:
        endpoints({}, {"providers": {"gateway": section}})
    assert "[providers.gateway]" in str(caught.value)
    assert said in str(caught.value)
    assert "“k”" not in str(caught.value)


@pytest.mark.parametrize(
    "secrets", [{"providers": "text"}, {"providers": {"gemini": {"base_url": "https://a"}}}]
)
def test_sections_that_are_none_are_refused(secrets: Mapping[str, Any]) -> None:
    """And one with the name of the app's own endpoint."""
    with pytest.raises(SettingsError, match="providers"):
        endpoints({}, secrets)


def test_no_key_is_in_what_is_printed() -> None:
    section = {"base_url": "https://user:secret@a", "api_key": KEY, "headers": {"x-gateway": KEY}}
    shown = repr(endpoints({}, {"providers": {"gateway": section}})) + repr(Route("gateway", KEY))
    assert KEY not in shown
    assert "secret" not in shown


def test_an_endpoint_knows_what_of_it_is_secret() -> None:
    """Its key, its headers and what its address carries; whatever the header of its key is called."""
    section = {
        "base_url": "https://me:pa55word1@gw.test/v1/sk-live-4f9aB2c3D4/openai?key=abcdefgh1",
        "api_key": "sk-of-the-endpoint",
        "headers": {"authorization": "Basic dXNlcjpsb25ncGFzc3dvcmQ=", "x-team": "blueteams"},
    }
    found = endpoints({}, {"providers": {"mine": section}})["mine"]
    assert found.secrets == {
        *("sk-of-the-endpoint", "pa55word1", "sk-live-4f9aB2c3D4", "abcdefgh1"),
        *("dXNlcjpsb25ncGFzc3dvcmQ=", "longpassword"),
    }
    assert endpoints({}, {})["openai"].secrets == frozenset()
