"""Presets in the sidebar: settings under a name, kept, chosen, removed and carried as a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from interactions.conversations.presets import Preset, dump, load
from interactions.conversations.request import Options
from interactions.errors import StoreError
from interactions.sandbox import Server
from interactions.ui import words
from interactions.ui.server.root import workspace
from tests.ui.conftest import whole_app

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

KEY = "sk-planted-1a7e"


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "k")
    return show(opened())


def opened() -> AppTest:
    made = whole_app()
    made.secrets["providers"] = {"one": {"base_url": "http://127.0.0.1:9", "models": ["one-set"]}}
    return made.run()


def show(page: AppTest) -> AppTest:
    """With the popover open."""
    page.session_state["presets"] = True
    return page.run()


def keep(page: AppTest, name: str) -> AppTest:
    page.text_input(key="preset_name").set_value(name)
    return page.button(key="preset_save").click().run()


def choose(page: AppTest, name: str) -> AppTest:
    return page.button(key=f"preset={name}").click().run()


def upload(page: AppTest, data: bytes) -> AppTest:
    page.file_uploader[0].upload("presets.json", data, "application/json")
    return page.run()


def file_of(**fields: Any) -> bytes:
    """A file with a preset that has these fields beside what a good one has."""
    preset = {"name": "Read", "endpoint": "", "options": {"model": "m", **fields}}
    return json.dumps({"format": "interactions-presets", "version": 1, "presets": [preset]}).encode()


def presets(page: AppTest) -> list[Preset]:
    return list(workspace().presets.all(page.session_state["_owner"]))


def names(page: AppTest) -> list[str]:
    """Of the presets that the popover shows."""
    keys = (str(button.key) for button in page.sidebar.button)
    return [key.removeprefix("preset=") for key in keys if key.startswith("preset=")]


def said(page: AppTest) -> str:
    return unescape("".join(error.value for error in page.error)).replace("\u2060", "")


def shown(page: AppTest) -> dict[str, Any]:
    """What the fields of the settings say, by the beginnings of their keys."""
    fields = [
        *page.sidebar.number_input,
        *page.sidebar.selectbox,
        *page.sidebar.text_area,
        *page.sidebar.toggle,
    ]
    return {key: node.value for node in fields if (key := str(node.key).rstrip("_0123456789"))}


def test_settings_are_kept_under_a_name_and_chosen_again(page: AppTest) -> None:
    """All of them, whatever was chosen since."""
    page.number_input(key="temperature").set_value(0.0)
    page.text_area(key="system_instruction").set_value("Be *brief*.")
    page.text_area(key="stop_sequences").set_value("END\n two")
    page.text_area(key="response_schema").set_value('{"type": "object"}')
    page.toggle(key="store").set_value(False)
    page.selectbox(key="thinking_level").set_value("low").run()
    keep(page, " Careful ")
    assert not page.exception
    assert names(page) == ["Careful"]
    assert page.text_input(key="preset_name").value == ""
    before = shown(page)
    page.number_input(key="temperature").set_value(1.0)
    page.text_area(key="response_schema").set_value("")
    page.toggle(key="store").set_value(True)
    page.selectbox(key="thinking_level").set_value(None).run()
    choose(page, "Careful")
    after = shown(page)
    assert json.loads(after.pop("response_schema")) == json.loads(before.pop("response_schema"))
    assert after == before
    (kept,) = presets(page)
    assert kept.options.stop_sequences == ("END", " two")
    assert not page.exception


def test_a_preset_brings_its_endpoint_along(page: AppTest) -> None:
    """And the other one has its model and its settings again, when it is chosen."""
    page.selectbox(key="model").set_value("gemini-3.8-flash")
    page.number_input(key="seed").set_value(7).run()
    page.selectbox(key="endpoint").set_value("one").run()
    page.number_input(key="temperature").set_value(0.5).run()
    keep(page, "Local")
    page.selectbox(key="endpoint").set_value("Gemini").run()
    assert shown(page)["model"] == "gemini-3.8-flash"
    choose(page, "Local")
    assert (shown(page)["endpoint"], shown(page)["model"]) == ("one", "one-set")
    box = next(box for box in page.selectbox if str(box.key).startswith("endpoint"))
    box.set_value("Gemini").run()
    assert (shown(page)["model"], shown(page)["seed"]) == ("gemini-3.8-flash", 7)
    assert not page.exception


def test_a_preset_of_an_endpoint_that_is_gone_says_which(page: AppTest) -> None:
    """Nothing is chosen then."""
    upload(page, dump([Preset("Old", "gone", Options("m", temperature=1.5))]))
    before = shown(show(page))
    choose(page, "Old")
    assert "There is no endpoint 'gone' any more" in said(page)
    assert shown(page) == before


def test_a_preset_is_removed(page: AppTest) -> None:
    keep(keep(page, "a"), "b")
    page.button(key="preset_remove=a").click().run()
    assert names(page) == [each.name for each in presets(page)] == ["b"]
    page.button(key="preset_remove=b").click().run()
    assert words.NO_PRESETS in [caption.value for caption in page.sidebar.caption]


@pytest.mark.parametrize(
    "name", ["name", "save", "remove", "remove_a", "=a", ":red[*a*]", "<b>東京</b>", "x" * 80]
)
def test_any_name_is_a_name(page: AppTest, name: str) -> None:
    """None of them is markup or meets the name of a field."""
    keep(keep(page, "a"), name)
    assert not page.exception
    assert sorted(names(page)) == sorted(["a", name])
    label = page.button(key=f"preset={name}").label
    assert unescape(label).replace("\u2060", "") == name
    assert ":red[" not in label
    choose(page, name)
    assert not page.exception


@pytest.mark.parametrize(("name", "reason"), [("x" * 81, "a name has 1 to 80"), ("a\x7fb", "no control")])
def test_what_cannot_be_a_name_is_refused_in_words(page: AppTest, name: str, reason: str) -> None:
    keep(page, name)
    assert reason in said(page)
    assert presets(page) == []


def test_a_schema_that_is_none_is_not_kept(page: AppTest) -> None:
    """The sentence says what to correct."""
    page.text_area(key="response_schema").set_value("{").run()
    keep(page, "a")
    assert "JSON schema of the answer" in said(page)
    assert presets(page) == []


def test_presets_leave_as_a_file_and_come_back(page: AppTest, environ: pytest.MonkeyPatch) -> None:
    """The file has what is kept and no key; it takes the place of what has its names."""
    files: dict[str, Callable[[], bytes]] = {}
    original = DeltaGenerator.download_button

    def noticed(box: DeltaGenerator, label: str, data: Any, *args: Any, **more: Any) -> bool:
        files[label] = data
        return original(box, label, data, *args, **more)

    environ.setattr(DeltaGenerator, "download_button", noticed)
    page.text_input(key="own_key_field").set_value(KEY).run()
    page.number_input(key="temperature").set_value(0.5).run()
    keep(page, "a")
    file = files[words.PRESETS_FILE]()
    assert load(file) == tuple(presets(page))
    assert KEY not in file.decode()
    page.number_input(key="temperature").set_value(1.5).run()
    keep(keep(page, "a"), "b")
    upload(page, file)
    assert page.session_state["presets"] is False
    assert [(each.name, each.options.temperature) for each in presets(page)] == [("a", 0.5), ("b", 1.5)]
    assert names(show(page)) == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"\x89PNG", "not JSON"),
        (b"{}", "has no presets"),
        (file_of(api_key=KEY), "the field `api_key` is unknown"),
        (file_of(temperature=9), "temperature"),
        (file_of(api_version="v9"), "api_version"),
        (file_of(thinking_budget=-1), "thinking_budget"),
        (file_of(response_schema=json.loads('{"a":' * 200 + "1" + "}" * 200)), "nested too deeply"),
    ],
    ids=[
        "a picture",
        "nothing",
        "a key",
        "too hot",
        "a version of no API",
        "a budget below nought",
        "a schema without a bottom",
    ],
)
def test_a_wrong_file_is_refused_in_words(page: AppTest, file: bytes, reason: str) -> None:
    """Nothing of it is kept, and the next file is taken."""
    upload(page, file)
    assert reason in said(page)
    assert KEY not in said(page)
    assert presets(page) == []
    upload(show(page), file_of())
    assert [each.name for each in presets(page)] == ["Read"]
    assert not page.exception


def test_what_a_file_says_beyond_the_fields_is_left_out(page: AppTest) -> None:
    """Values that a field does not have are shown as unset; the page lives on."""
    strange = {"thinking_level": "utmost", "thinking_summaries": "song", "agent": "a b"}
    upload(page, file_of(**strange))
    choose(show(page), "Read")
    assert not page.exception
    found = shown(page)
    assert (found["thinking_level"], found["thinking_summaries"]) == (None, None)


def test_nobody_sees_anothers_presets(page: AppTest) -> None:
    """A second browser begins with none."""
    keep(page, "mine")
    other = show(opened())
    assert names(other) == []
    keep(other, "mine")
    other.button(key="preset_remove=mine").click().run()
    assert names(show(page)) == ["mine"]


def test_presets_that_cannot_be_read_are_said_to_be_so(page: AppTest, environ: pytest.MonkeyPatch) -> None:
    """The rest of the page is there."""

    def broken(owner: str) -> list[Preset]:
        raise StoreError("The presets cannot be read *now*.")

    environ.setattr(workspace().presets, "all", broken)
    page.run()
    assert "The presets cannot be read *now*." in [unescape(each.value) for each in page.sidebar.caption]
    assert not page.exception
