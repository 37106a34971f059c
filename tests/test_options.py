"""Each setting, from its row in `Options` to the request: nothing has to name it on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, assert_never

import httpx
import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from interactions.cassettes import document
from interactions.conversations import kinds, presets
from interactions.conversations.conversation import Prompt
from interactions.conversations.kinds import (
    VERSIONS,
)
from interactions.conversations.request import KINDS, Access, Choosable, Options, for_file
from interactions.errors import CassetteError, Misfit, PresetError
from interactions.files.fitting import fitted
from interactions.providers.anthropic.body import SAMPLED
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.protocol import Capabilities, Provider
from interactions.providers.responses.provider import OpenAIResponses
from interactions.ui.words.settings import HELP, LABELS
from tests.vendors import CITY, WEATHER, asking

SETTINGS = Options.__struct_fields__
USUAL = Options("m")
ACCESS = Access("http://x.test", "k")
PROVIDERS: Mapping[str, Callable[[httpx.Client], Provider]] = {
    "gemini": lambda client: Gemini(client, ACCESS, VERSIONS[0]),
    "anthropic": lambda client: Anthropic(client, ACCESS),
    "anthropic, an older version": lambda client: Anthropic(client, ACCESS, SAMPLED),
    "openai_responses": lambda client: OpenAIResponses(client, ACCESS),
    "openai_chat": lambda client: OpenAIChat(client, ACCESS),
    "lmstudio": lambda client: LMStudio(client, ACCESS),
}


def some(name: str) -> Any:
    """A value that the setting does not have if nobody chooses."""
    kind = KINDS.get(name)
    match kind:
        case None:
            return (WEATHER,)
        case kinds.Number():
            return type(kind.step)(kind.least + kind.step)
        case kinds.Switch():
            return not getattr(USUAL, name)
        case kinds.Choice():
            return "low" if name == "thinking_level" else "auto"
        case kinds.Version():
            return VERSIONS[1]
        case kinds.Lines():
            return ("END", " two words")
        case kinds.Json():
            return JSONS[name]
        case kinds.Model() | kinds.Name() | kinds.Text():
            return "Some"
        case _:
            assert_never(kind)


JSONS: Mapping[str, Any] = {
    "response_schema": CITY,
    "response_format": ({"type": "image", "aspect_ratio": "16:9"}, {"type": "audio"}),
    "speech_config": ({"voice": "Kore", "language": "en-US"},),
    "image_config": {"image_size": "2K"},
    "safety_settings": ({"type": "harassment", "threshold": "off"},),
    "labels": {"team": "search"},
    "environment": "remote",
    "agent_config": {"type": "deep-research", "visualization": "off"},
}
OTHER_FORMS: list[tuple[str, Any]] = [
    ("response_format", {"type": "image"}),
    ("speech_config", {"speakers": [{"speaker": "A", "voice": "Kore"}]}),
    ("environment", {"type": "remote", "network": "disabled"}),
]


def with_some(*names: str) -> Options:
    return msgspec.structs.replace(USUAL, **{name: some(name) for name in names})


def sent(make: Callable[[httpx.Client], Provider], options: Options) -> tuple[str, bytes]:
    """Where a request goes, and its body."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers={"content-type": "text/event-stream"})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        list(make(client).frames(msgspec.structs.replace(asking(), options=options)))
    return str(asked[0].url), asked[0].content


def capabilities(make: Callable[[httpx.Client], Provider]) -> Capabilities:
    with httpx.Client() as client:
        return make(client).can


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", SETTINGS)
def test_a_provider_sends_what_it_offers_and_nothing_else(name: str, provider: str) -> None:
    """A setting that its capabilities name changes the request; any other leaves it as it was."""
    make = PROVIDERS[provider]
    can = capabilities(make)
    value = next(iter(can.values.get(name, ())), some(name)) if name != "api_version" else some(name)
    # What an agent is configured with goes out only with one.
    beside = msgspec.structs.replace(USUAL, agent="some") if name == "agent_config" else USUAL
    changed = sent(make, msgspec.structs.replace(beside, **{name: value})) != sent(make, beside)
    assert changed is (name in can.settings)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_value_is_offered_for_every_setting_that_has_few(provider: str) -> None:
    can = capabilities(PROVIDERS[provider])
    few = {name for name, kind in KINDS.items() if isinstance(kind, kinds.Choice | kinds.Version)}
    assert set(can.values) == few & can.settings
    assert all(can.values.values())
    assert all(can.ignored(msgspec.structs.replace(USUAL, **{name: "odd"})) == (name,) for name in few)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_known_somewhere(name: str) -> None:
    assert any(name in capabilities(make).settings for make in PROVIDERS.values())


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "model"])
def test_a_setting_that_a_provider_does_not_know_is_reported_and_taken_out(name: str) -> None:
    """And no other is. What cannot be told to keep something keeps nothing."""
    values = {
        each: (some(each),) for each, kind in KINDS.items() if isinstance(kind, kinds.Choice | kinds.Version)
    }
    can = Capabilities(settings=frozenset(SETTINGS) - {name}, values=values)
    chosen = with_some(*SETTINGS)
    assert can.ignored(chosen) == (name,)
    wanted = False if name == "store" else getattr(USUAL, name)
    assert can.fitted(chosen) == msgspec.structs.replace(chosen, **{name: wanted})


def test_every_setting_has_a_label_and_no_other_has() -> None:
    """Tools are chosen elsewhere."""
    assert set(LABELS) == set(KINDS) == set(SETTINGS) - {"tools"}
    assert set(HELP) <= set(KINDS)


class Later(Options, frozen=True):
    """The settings of a later version."""

    penalty: float | None = None


def test_a_setting_of_a_later_version_is_in_a_file_only_if_it_is_set() -> None:
    """Those that there have been from the first are always: a file of an earlier version stays the same."""
    first = {name: getattr(USUAL, name) for name in SETTINGS[:16]}
    assert for_file(Later("m")) == for_file(USUAL) == first
    assert for_file(Later("m", penalty=0.0)) == {**first, "penalty": 0.0}


def recorded(options: Options) -> document.Cassette:
    made = document.Recording(None, "gemini", datetime(2026, 1, 1, tzinfo=UTC), None, "Hi", options, ())
    return document.Cassette("A title", (made,))


@pytest.mark.parametrize(("name", "value"), [*((name, some(name)) for name in SETTINGS), *OTHER_FORMS])
def test_a_setting_comes_back_out_of_both_files(name: str, value: Any) -> None:
    options = msgspec.structs.replace(USUAL, **{name: value})
    (preset,) = presets.load(presets.dump([presets.Preset("A name", "", options)]))
    (turn,) = document.load(document.dump(recorded(options))).turns
    assert preset.options == turn.options == options
    assert type(preset.options) is type(turn.options) is Options


OUT_OF_BOUNDS: list[tuple[str, object]] = [
    *((name, kind.least - 1) for name, kind in KINDS.items() if isinstance(kind, kinds.Number)),
    *((name, kind.most + 1) for name, kind in KINDS.items() if isinstance(kind, kinds.Number)),
    *(
        (name, "x" * (kinds.LONGEST_NAME + 1))
        for name, kind in KINDS.items()
        if isinstance(kind, kinds.Model | kinds.Name)
    ),
    *((name, "../admin") for name, kind in KINDS.items() if isinstance(kind, kinds.Version)),
]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *OUT_OF_BOUNDS,
        *((name, {}) for name in SETTINGS if not isinstance(KINDS.get(name), kinds.Json)),
        *((name, 5) for name, kind in KINDS.items() if isinstance(kind, kinds.Json)),
        ("safety_settings", {}),
        ("response_format", "image"),
    ],
)
def test_what_the_form_could_not_show_is_in_no_file(name: str, value: object) -> None:
    """Neither in a preset nor in a cassette; the sentence says which setting it is."""
    wrong = {**msgspec.structs.asdict(USUAL), name: value}
    with pytest.raises(Misfit) as misfit:
        fitted(wrong, Choosable)
    assert str(misfit.value).startswith(f"{name}: expected ")
    preset = {"name": "A name", "endpoint": "", "options": wrong}
    file = {"format": presets.FORMAT, "version": presets.VERSION, "presets": [preset]}
    with pytest.raises(PresetError, match=rf"options\.{name}: expected"):
        presets.load(msgspec.json.encode(file))
    cassette = msgspec.json.decode(document.dump(recorded(USUAL)))
    cassette["turns"][0]["prompt"]["options"] = wrong
    with pytest.raises(CassetteError, match=rf"options\.{name}: expected"):
        document.load(msgspec.json.encode(cassette))


@pytest.mark.parametrize(("name", "value"), OUT_OF_BOUNDS)
def test_a_stored_turn_is_read_whatever_it_was_sent_with(name: str, value: object) -> None:
    """There are some that are older than the bounds."""
    stored = Prompt("p", "Hi", msgspec.structs.replace(USUAL, **{name: value}))
    assert msgspec.json.decode(msgspec.json.encode(stored), type=Prompt) == stored


def opened(options: Options) -> AppTest:
    """Each widget, with a provider that knows all settings, when these have been chosen."""

    def script() -> None:
        import streamlit as st

        from interactions.conversations.request import KINDS, Options
        from interactions.providers.protocol import Capabilities
        from interactions.ui.sidebar import widgets
        from interactions.ui.tab import choices

        options = st.session_state["wanted"]
        choices.adopt("gemini", options, Capabilities(settings=frozenset(Options.__struct_fields__)))
        for name, kind in KINDS.items():
            widgets.draw(name, kind, ("v1beta", "v1", "low", "auto"))
        choices.remember()
        st.session_state["options"] = choices.options("", options.tools)

    page = AppTest.from_function(script, default_timeout=15)
    page.session_state["wanted"] = options
    return page.run()


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [(), SETTINGS], ids=["the usual", "another of each"])
def test_a_widget_says_what_was_put_into_it(chosen: tuple[str, ...]) -> None:
    """One for each setting, and the same options come out of all of them together."""
    page = opened(with_some(*chosen))
    assert not page.exception
    assert {widget.label for widget in widgets(page)} == set(LABELS.values())
    wanted = with_some(*chosen)
    assert page.session_state["options"] == msgspec.structs.replace(
        wanted, api_version=wanted.api_version or "v1beta"
    )


def widgets(page: AppTest) -> list[Any]:
    drawn = (page.selectbox, page.text_input, page.text_area, page.number_input, page.toggle)
    return [widget for kind in drawn for widget in kind]
