"""Presets: the settings of a turn under a name, and the file that carries them elsewhere.

The file is JSON, indented, so that it can be read, compared and written by hand. It has no place for a key:
there is no such field, what is no field is refused, and so is a tool with a field that is for secrets.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from interactions.conversations.request import KINDS, Choosable, Options, for_file
from interactions.errors import Misfit, PresetError
from interactions.files.fitting import fitted, parsed, shallow
from interactions.turns.values import encoded

FORMAT = "interactions-presets"
VERSION = 1
LARGEST = 2**20  # bytes
MOST = 200  # presets
LONGEST_NAME = 80  # characters

_NAME = f"a name has 1 to {LONGEST_NAME} characters in one line, no control characters, no blanks around it"
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, halves of a character, ends of lines and paragraphs

# Where tools carry secrets: MCP servers (Gemini, OpenAI, Anthropic) and the containers of OpenAI; and where
# the environment of an agent does (Gemini). A schema may have properties of the same names, which are none.
_SECRETS = frozenset(
    {"headers", "authorization", "authorization_token", "domain_secrets", "transform", "env"}
)
_SCHEMAS = frozenset({"parameters", "input_schema", "output_schema"})

T = TypeVar("T")


class Preset(msgspec.Struct, frozen=True):
    """Settings under a name. `endpoint` is the name of the endpoint that is chosen with them, or "" for none.
    Raises `PresetError` for a name that a file would not take."""

    name: str
    endpoint: str
    options: Options

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise PresetError(f"The preset cannot be named like that: {_NAME}.")


def dump(presets: Iterable[Preset]) -> bytes:
    """The file with these presets: the same bytes for the same presets. Raises `PresetError` for what `load`
    would refuse."""
    checked = _presets([msgspec.to_builtins(preset) for preset in presets])
    told = [{**msgspec.structs.asdict(each), "options": for_file(each.options)} for each in checked]
    file = {"format": FORMAT, "version": VERSION, "presets": told}
    data = msgspec.json.format(encoded(file), indent=2) + b"\n"
    _check_size(data)
    return data


def load(data: bytes) -> tuple[Preset, ...]:
    """The presets in a file, in its order. Raises `PresetError` for a file with anything wrong in it, with
    the place and what is expected there."""
    _check_size(data)
    try:
        file = parsed(data, object)
    except Misfit as error:
        raise PresetError(f"The file cannot be read: {error}.") from error
    _check_head(file)
    return _presets(_fitting(file, _File, "The file").presets)


class _Options(Choosable, frozen=True, forbid_unknown_fields=True):
    """The settings with no other field beside them: above all, none for a key."""


class _Preset(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    endpoint: str
    options: _Options


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    presets: list[Any]


def _check_size(data: bytes) -> None:
    if len(data) > LARGEST:
        size = f"{len(data) / 2**20:,.1f} MB, of at most {LARGEST / 2**20:,.0f}"
        raise PresetError(f"The presets are too large for one file: {size}. Take some out.")


def _check_head(file: object) -> None:
    head = file if isinstance(file, dict) else {}
    version = head.get("version")
    if head.get("format") != FORMAT or type(version) is not int or version < 1:
        raise PresetError(
            f'The file has no presets: it does not begin with "format": "{FORMAT}" and a "version".'
            " Choose one that was exported here."
        )
    if version > VERSION:
        raise PresetError("The file was written by a newer version: update the app.")


def _presets(raws: list[Any]) -> tuple[Preset, ...]:
    if len(raws) > MOST:
        raise PresetError(f"There are {len(raws):,} presets, of at most {MOST}. Take some out.")
    found = tuple(_preset(_place(number, raw), raw) for number, raw in enumerate(raws, start=1))
    for name, count in Counter(preset.name for preset in found).items():
        if count > 1:
            raise PresetError(f"There are {count} presets with the name “{name}”: give each its own.")
    return found


def _place(number: int, raw: object) -> str:
    """What a message calls a preset: its number, and its name if it has one."""
    name = raw.get("name") if isinstance(raw, dict) else None
    return f"Preset {number}" + (f" (“{name}”)" if isinstance(name, str) and _is_name(name) else "")


def _preset(place: str, raw: object) -> Preset:
    read = _fitting(raw, _Preset, place)
    if not _is_name(read.name):
        raise PresetError(f"{place} cannot be used: {_NAME}.")
    for index, tool in enumerate(read.options.tools):
        where = f"{place} cannot be used: options.tools[{index}]"
        _check_depth(tool, where)
        _check_secrets(tool, where)
    chosen = msgspec.structs.asdict(read.options)
    for name in KINDS:
        _check_depth(chosen[name], f"{place} cannot be used: options.{name}")
    _check_secrets(read.options.environment, f"{place} cannot be used: options.environment")
    return Preset(read.name, read.endpoint, Options(**chosen))


def _check_depth(value: object, where: str) -> None:
    if not shallow(value):
        raise PresetError(f"{where} is nested too deeply.")


def _check_secrets(value: object, where: str) -> None:
    if secret := _secret(value):
        raise PresetError(f"{where} has `{secret}`, which may hold a key: a preset holds none, take it out.")


def _fitting(raw: object, kind: type[T], place: str) -> T:
    try:
        return fitted(raw, kind)
    except Misfit as error:
        raise PresetError(f"{place} cannot be used: {error}.") from error


def _is_name(name: str) -> bool:
    seen = all(unicodedata.category(character) not in _UNSEEN for character in name)
    return 0 < len(name) <= LONGEST_NAME and seen and name == name.strip()


def _secret(value: object) -> str:
    """The name of the first field in it that is for a secret and is not empty; "" if there is none."""
    if isinstance(value, Mapping):
        own = next((key for key in value if key in _SECRETS and value[key]), "")
        inner = [each for key, each in value.items() if key not in _SCHEMAS]
    else:
        own, inner = "", list(value) if isinstance(value, list | tuple) else []
    return own or next(filter(None, map(_secret, inner)), "")
