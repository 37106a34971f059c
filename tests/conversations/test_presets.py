"""Presets as a file: what comes out is what went in, and what cannot have come out is refused whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.kinds import VERSIONS
from interactions.conversations.presets import LARGEST, LONGEST_NAME, MOST, Preset, dump, load
from interactions.conversations.request import Options
from interactions.errors import PresetError
from interactions.files.fitting import DEEPEST

KEY = "AIza-planted-7c1e"

names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=LONGEST_NAME)
names = names.map(str.strip).filter(bool)
# A tool with one of these and something in it is refused, see below.
SECRETS = {"headers", "authorization", "authorization_token", "domain_secrets"}
fields = st.text().filter(lambda field: field not in SECRETS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=3),
    max_leaves=8,
).filter(lambda value: "Infinity" not in json.dumps(value))
counts = st.integers(1, 2**53 - 1)
options = st.builds(
    Options,
    model=st.text(),
    system_instruction=st.text(),
    temperature=st.none() | st.floats(0, 2) | st.integers(0, 2),
    max_output_tokens=st.none() | counts,
    thinking_level=st.none() | st.text(),
    thinking_summaries=st.none() | st.text(),
    tools=st.lists(st.dictionaries(fields, json_values, max_size=3), max_size=3).map(tuple),
    store=st.booleans(),
    top_p=st.none() | st.floats(0, 1),
    seed=st.none() | counts | counts.map(lambda count: -count) | st.just(0),
    stop_sequences=st.lists(st.text(), max_size=3).map(tuple),
    api_version=st.sampled_from(["", *VERSIONS]),
    background=st.booleans(),
    agent=st.text(),
)
presets = st.builds(Preset, name=names, endpoint=st.text(), options=options)


@given(st.lists(presets, max_size=5, unique_by=lambda preset: preset.name).map(tuple))
def test_whatever_is_written_is_read_as_it_was(made: tuple[Preset, ...]) -> None:
    """And what is written of that is the same file to the byte."""
    written = dump(made)
    assert load(written) == made
    assert dump(load(written)) == written


def test_a_file_can_be_read_by_a_person() -> None:
    """A line for each setting, in letters of any script."""
    lines = dump([Preset("Ärger", "local", Options("m", temperature=0))]).decode().splitlines()
    assert lines[:3] == ["{", '  "format": "interactions-presets",', '  "version": 1,']
    assert '      "name": "Ärger",' in lines
    assert '        "temperature": 0.0,' in lines


def good() -> dict[str, Any]:
    weather = {"type": "function", "parameters": {"properties": {"headers": {"type": "object"}}}}
    careful = {"name": "Careful", "endpoint": "", "options": {"model": "m"}}
    tools = {"name": "With tools", "endpoint": "local", "options": {"model": "m", "tools": [weather]}}
    return {"format": "interactions-presets", "version": 1, "presets": [careful, tools]}


def preset_with(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda file: file["presets"][1].update(fields)


def options_with(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda file: file["presets"][1]["options"].update(fields)


def tool_with(**fields: object) -> Callable[[dict[str, Any]], object]:
    return options_with(tools=[{"type": "mcp_server"}, {"type": "mcp_server", **fields}])


def nested(levels: int) -> Any:
    return {"type": nested(levels - 1)} if levels else 1


SECOND = r"Preset 2 \(“With tools”\) cannot be used: "
A_NAME = "Preset 2 cannot be used: a name has 1 to 80 characters"
WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another format": (lambda file: file.update(format="interactions-cassette"), "has no presets"),
    "no format": (lambda file: file.pop("format"), "has no presets"),
    "no version": (lambda file: file.pop("version"), "has no presets"),
    "a version that is none": (lambda file: file.update(version=True), "has no presets"),
    "a newer version": (lambda file: file.update(version=2, more=1), "newer version.*update the app"),
    "a newer version by far": (lambda file: file.update(version=10**4000), "newer version.*update the app"),
    "more beside the presets": (
        lambda file: file.update(api_key=KEY),
        "the field `api_key` is unknown: .*update the app",
    ),
    "no presets": (lambda file: file.pop("presets"), "the field `presets` is missing"),
    "presets by name": (lambda file: file.update(presets={}), "presets: expected a list, found an object"),
    "a preset that is none": (
        lambda file: file["presets"].append(3),
        "Preset 3 .*expected an object, found 3",
    ),
    "too many": (lambda file: file.update(presets=[1] * (MOST + 1)), "201 presets, of at most 200"),
    "a name twice": (preset_with(name="Careful"), "2 presets with the name “Careful”"),
    "no name": (lambda file: file["presets"][1].pop("name"), "Preset 2 .*the field `name` is missing"),
    "a name that is a number": (preset_with(name=5), "Preset 2 .*name: expected a text, found 5"),
    "an empty name": (preset_with(name=""), A_NAME),
    "a blank name": (preset_with(name=" "), A_NAME),
    "a name between blanks": (preset_with(name=" a "), A_NAME),
    "a name too long": (preset_with(name="x" * 81), A_NAME),
    "a name of two lines": (preset_with(name="a\nb"), A_NAME),
    "a name of two paragraphs": (preset_with(name="a\u2029b"), A_NAME),
    "a name with a NUL": (preset_with(name="a\0b"), A_NAME),
    "no endpoint": (
        lambda file: file["presets"][1].pop("endpoint"),
        f"{SECOND}.*the field `endpoint` is missing",
    ),
    "an endpoint that is none": (
        preset_with(endpoint=None),
        f"{SECOND}endpoint: expected a text, found null",
    ),
    "a key": (preset_with(api_key=KEY), f"{SECOND}the field `api_key` is unknown: .*update"),
    "a key among the settings": (
        options_with(api_key=KEY),
        f"{SECOND}options: the field `api_key` is unknown",
    ),
    "no model": (preset_with(options={}), f"{SECOND}options: the field `model` is missing"),
    "settings in a list": (preset_with(options=[]), f"{SECOND}options: expected an object, found a list"),
    "a temperature in words": (
        options_with(temperature="hot"),
        rf"{SECOND}options\.temperature: expected a number of at least 0 and at most 2, found a text",
    ),
    "too hot": (
        options_with(temperature=2.1),
        rf"{SECOND}options\.temperature: expected .* at most 2, found 2\.1",
    ),
    "too hot by far": (
        options_with(temperature=10**400),
        rf"{SECOND}options\.temperature: expected .*, found a number",
    ),
    "too sure": (options_with(top_p=-1), rf"{SECOND}options\.top_p: expected .* at least 0 .*found -1"),
    "no output": (
        options_with(max_output_tokens=0),
        rf"{SECOND}options\.max_output_tokens: .* at least 1 .*found 0",
    ),
    "a way to another address": (
        options_with(api_version="../../admin"),
        rf"{SECOND}options\.api_version: expected one of '', 'v1', 'v1beta', found a text",
    ),
    "a seed that no browser counts to": (options_with(seed=2**53), rf"{SECOND}options\.seed: expected"),
    "a stop that is a number": (
        options_with(stop_sequences=["a", 3]),
        rf"{SECOND}options\.stop_sequences\[1\]: expected a text, found 3",
    ),
    "a tool that is none": (
        options_with(tools=[3]),
        rf"{SECOND}options\.tools\[0\]: expected an object, found 3",
    ),
    "a tool without a bottom": (
        tool_with(x=nested(DEEPEST)),
        rf"{SECOND}options\.tools\[1\] is nested too deeply",
    ),
    "a tool with headers": (
        tool_with(headers={"Authorization": KEY}),
        rf"{SECOND}options\.tools\[1\] has `headers`, which may hold a key",
    ),
    "a tool with a token": (tool_with(authorization=KEY), "has `authorization`, which may"),
    "a server with a token": (tool_with(authorization_token=KEY), "has `authorization_token`"),
    "a container with secrets": (
        tool_with(container={"network_policy": [{"domain_secrets": [{"value": KEY}]}]}),
        "has `domain_secrets`",
    ),
    "an environment with a header": (
        options_with(
            environment={"network": {"allowlist": [{"domain": "*", "transform": {"Authorization": KEY}}]}}
        ),
        r"options\.environment has `transform`, which may hold a key",
    ),
    "an environment with a variable": (
        options_with(environment={"type": "remote", "env": {"TOKEN": KEY}}),
        "has `env`",
    ),
}


def test_the_file_that_the_wrong_ones_are_made_of_is_good() -> None:
    """Each of them is wrong for one reason; a property of a schema is no secret, whatever its name."""
    found = load(json.dumps(good()).encode())
    assert [(preset.name, preset.endpoint) for preset in found] == [("Careful", ""), ("With tools", "local")]
    assert found[0].options == Options("m")


@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_is_wrong_with_a_file_is_said_in_a_sentence(wrong: str) -> None:
    """Which preset, which field, and what is expected."""
    spoil, said = WRONG[wrong]
    file = good()
    spoil(file)
    refused(json.dumps(file).encode(), said)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"\x1f\x8b\x08", "not JSON"),
        (b'{"format":"\xff"}', "not in UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "has no presets"),
        (b"null", "has no presets"),
        (b" " * (LARGEST + 2**18), r"too large for one file: 1\.2 MB, of at most 1"),
        (json.dumps(good()).encode()[:-20], "not JSON"),
    ],
    ids=["nothing", "a zip", "Latin-1", "brackets", "a list", "null", "too much", "half of it"],
)
def test_what_has_no_presets_at_all_is_said_in_a_sentence(data: bytes, said: str) -> None:
    """Whatever a visitor may upload."""
    refused(data, said)


def refused(data: bytes, said: str) -> None:
    with pytest.raises(PresetError, match=said) as caught:
        load(data)
    sentence = str(caught.value)
    assert re.fullmatch(r"(The|There|Preset \d+) [^\n]{1,400}\.", sentence), sentence
    assert KEY not in sentence


@given(json_values, st.data())
def test_no_file_makes_anything_but_presets_or_a_sentence(value: object, data: st.DataObject) -> None:
    """Any value in the place of any other."""
    file = good()
    places = [(file, key) for key in file] + [(each, key) for each in file["presets"] for key in each]
    fields = st.sampled_from(Options.__struct_fields__) | st.text()
    places += [(file["presets"][0]["options"], data.draw(fields))]
    place, key = data.draw(st.sampled_from(places))
    place[key] = value
    try:
        read = load(json.dumps(file).encode())
    except PresetError:
        return
    assert load(dump(read)) == read


@pytest.mark.parametrize("name", ["", " ", " a", "a\tb", "a\r\nb", "\x85", "x" * 81, "\ud800"])
def test_a_preset_cannot_be_made_with_a_name_that_is_none(name: str) -> None:
    """So that nothing is kept that no file could carry; what was typed is not repeated."""
    with pytest.raises(PresetError, match=r"cannot be named like that: a name has 1 to 80"):
        Preset(name, "", Options("m"))


@pytest.mark.parametrize("name", ["x" * 80, "Ärger 東京", "👩‍🔬", "<b>*bold*</b>", "../../etc"])
def test_any_other_name_is_a_name(name: str) -> None:
    """It is data wherever it is shown."""
    made = (Preset(name, "", Options("m")),)
    assert load(dump(made)) == made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([Preset("a", "", Options("m", temperature=3))], "Preset 1 .*temperature"),
        ([Preset("a", "", Options("m"))] * 2, "2 presets with the name"),
        ([Preset(f"p{number}", "", Options("m")) for number in range(MOST + 1)], "201 presets"),
        ([Preset("a", "", Options("m", system_instruction="x" * LARGEST))], "too large for one file"),
        ([Preset("a", "", Options("m", tools=({"type": "mcp", "headers": {"x": KEY}},)))], "may hold a key"),
    ],
    ids=["settings", "names", "number", "size", "secrets"],
)
def test_nothing_is_written_that_could_not_be_read(made: list[Preset], said: str) -> None:
    """A file that was exported can be imported."""
    with pytest.raises(PresetError, match=said):
        dump(made)


def test_as_many_presets_as_may_be_go_into_a_file() -> None:
    """With a good deal of text in each."""
    made = tuple(
        Preset(f"p{number}", "", Options("m", system_instruction="x" * 4_000)) for number in range(MOST)
    )
    assert load(dump(made)) == made


def test_settings_are_those_of_a_request() -> None:
    """The stricter ones that a file is read as do not get out: they would not be equal."""
    (preset,) = load(dump([Preset("a", "", Options("m", temperature=1))]))
    assert type(preset.options) is Options
    assert msgspec.json.decode(msgspec.json.encode(preset), type=Preset) == preset
