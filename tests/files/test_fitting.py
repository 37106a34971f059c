"""What does not fit is told in our own words: where it stands, and what is expected there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.errors import Misfit
from interactions.files.fitting import DEEPEST, fitted, parsed, shallow

Few = Annotated[int, msgspec.Meta(ge=1, lt=4)]


class Leg(msgspec.Struct, forbid_unknown_fields=True):
    long: Annotated[float, msgspec.Meta(gt=0, le=2)]
    side: Literal["left", "right"] = "left"


class Animal(msgspec.Struct):
    """One field of each kind that files have."""

    name: str
    legs: tuple[Leg, ...]
    tame: bool = True
    few: Few | None = None
    said: str | list[dict[str, Any]] = ""
    born: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    photo: bytes = b""
    call: Annotated[str, msgspec.Meta(max_length=8)] = ""
    home: Annotated[str, msgspec.Meta(pattern="^https?://")] = "http://"
    marks: dict[str, int] = {}
    rest: Any = None


GOOD: dict[str, Any] = {"name": "Rex", "legs": [{"long": 1, "side": "right"}]}

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": 5}, "name: expected a text, found 5"),
    ({"name": None}, "name: expected a text, found null"),
    ({"legs": {}}, "legs: expected a list, found an object"),
    ({"legs": [3]}, "legs[0]: expected an object, found 3"),
    ({"legs": [{}]}, "legs[0]: the field `long` is missing"),
    ({"legs": [{"long": 0}]}, "legs[0].long: expected a number of more than 0 and at most 2, found 0"),
    ({"legs": [{"long": 1}, {"long": True}]}, "legs[1].long: expected a number of more than 0 and at most 2"),
    ({"legs": [{"long": 1, "side": "up"}]}, "legs[0].side: expected one of 'left', 'right', found a text"),
    ({"legs": [{"long": 1, "x\n<b>": 1}]}, "legs[0]: the field `x <b>` is unknown: take it out"),
    ({"legs": [{"long": 1, "x" * 500: 1}]}, f"legs[0]: the field `{'x' * 80}…` is unknown"),
    ({"tame": "yes"}, "tame: expected true or false, found a text"),
    ({"few": 4}, "few: expected a whole number of at least 1 and less than 4, found 4"),
    ({"few": 10**400}, "few: expected a whole number of at least 1 and less than 4, found a number"),
    ({"few": 1.5}, "few: expected a whole number of at least 1 and less than 4, found 1.5"),
    ({"said": 1}, "said: expected a text or a list, found 1"),
    ({"said": [1]}, "said[0]: expected an object, found 1"),
    (
        {"born": "yesterday"},
        "born: expected a time with its zone, such as 2026-01-31T12:00:00Z, found",
    ),
    ({"born": "2026-01-31T12:00:00"}, "born: expected a time with its zone"),
    ({"call": "x" * 9}, "call: expected a text of at most 8 characters, found a text"),
    ({"home": "-K/etc"}, "home: expected a text like ^https?://, found a text"),
    ({"photo": "!"}, "photo: expected base64, found a text"),
    ({"marks": {"a": 1, "b": "2"}}, "marks.b: expected a whole number, found a text"),
]


def test_what_fits_is_taken() -> None:
    """And what is not known to a value that takes more is passed over."""
    assert fitted({**GOOD, "more": 1}, Animal) == Animal("Rex", (Leg(1.0, "right"),))


@pytest.mark.parametrize(("spoilt", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_does_not_fit_is_told_by_its_place(spoilt: dict[str, Any], said: str) -> None:
    """The same for a value and for a document."""
    value = GOOD | spoilt
    with pytest.raises(Misfit) as of_value:
        fitted(value, Animal)
    with pytest.raises(Misfit) as of_document:
        parsed(json.dumps(value).encode(), Animal)
    assert str(of_value.value).startswith(said)
    assert str(of_document.value) == str(of_value.value)


def test_whatever_is_wrong_the_words_are_ours() -> None:
    """A library may word its errors as it likes: none of its words is in a sentence of ours."""
    for spoilt, _ in WRONG:
        with pytest.raises(Misfit) as caught:
            fitted(GOOD | spoilt, Animal)
        assert str(caught.value.__cause__) not in str(caught.value)
        assert "`str`" not in str(caught.value)
        assert "$" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(Animal.__struct_fields__), json_values) | json_values)
def test_any_value_fits_or_its_misfit_is_found(value: object) -> None:
    """What msgspec refuses has a place of ours and never the words for what nobody has found."""
    said = ""
    try:
        fitted(value, Animal)
    except Misfit as error:
        said = str(error)
    assert "another form" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is not JSON (line 1, column 1)"),
        (b'{"a": 1,\n "b": }', "it is not JSON (line 2, column 7)"),
        (b'{"a": NaN}', "it is not JSON"),
        (b'{"a": "\xff"}', "it is not JSON (not in UTF-8)"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"name": ' + b"[" * 100_000, "it is nested too deeply"),
    ],
    ids=["nothing", "a line", "NaN", "Latin-1", "deep", "deep in a field"],
)
def test_what_is_no_json_is_told_by_its_line(data: bytes, said: str) -> None:
    with pytest.raises(Misfit) as caught:
        parsed(data, Animal)
    assert str(caught.value) == said


def test_a_byte_order_mark_is_no_part_of_a_document() -> None:
    """Editors on Windows write one."""
    assert parsed(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), Animal).name == "Rex"


def test_depth_is_counted_in_lists_and_objects() -> None:
    deep: Any = 1
    for _ in range(DEEPEST - 1):
        deep = [deep] if isinstance(deep, dict) else {"x": deep}
    assert shallow(deep)
    assert not shallow([deep])
