"""Addresses as they may be seen."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.masks import MASK, shown_url

PLACE = "https://gateway.example/v1/responses"
SECRET = st.text(string.ascii_letters + string.digits, min_size=12)


@pytest.mark.parametrize(
    "name", ["key", "api-key", "subscription%2Dkey", "access_token", "sig", "code", "X-Auth", "%6Bey"]
)
@given(secret=SECRET)
def test_a_parameter_that_may_be_a_key_is_masked(name: str, secret: str) -> None:
    assert shown_url(f"{PLACE}?api-version=v1&{name}={secret}&stream=true") == (
        f"{PLACE}?api-version=v1&{name}={MASK}&stream=true"
    )


@given(name=SECRET, password=SECRET)
def test_neither_name_nor_password_is_shown(name: str, password: str) -> None:
    shown = shown_url(f"https://{name}:{password}@gateway.example/v1?key={password}")
    assert name not in shown.replace("gateway.example", "")
    assert password not in shown


@pytest.mark.parametrize(
    "url",
    [
        PLACE,
        "http://127.0.0.1:1234/v1/",
        f"{PLACE}/resp_1?stream=true&starting_after=12",
        f"{PLACE}?",
        f"{PLACE}?keyless",
        "http://[::1]:8000/v1?last_event_id=a%2Fb",
    ],
)
def test_all_else_is_shown_as_it_is(url: str) -> None:
    assert shown_url(url) == url
