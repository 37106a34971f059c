"""Addresses as they may be seen."""

from __future__ import annotations

import string
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.stream.echoes import Name
from interactions.stream.masks import MASK, secrets_of, shown_call, shown_url

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


KEY = "sk-live-4f9aB2c3D4e5F6"


@pytest.mark.parametrize(
    "part",
    [KEY, "key-0815-4711-aa", "0123456789abcdef0123456789abcdef", "AIzaSyD4f9Q2xK7mLp0", "tok_9f8e7d6c5b"],
)
def test_a_part_of_a_base_that_looks_like_a_key_is_not_shown(part: str) -> None:
    """It is shown in the address of a request, whose path has ids: there it is masked if it is known."""
    assert shown_url(f"https://gateway.example/{part}/v1") == f"https://gateway.example/{MASK}/v1"
    assert shown_call(f"https://gateway.example/v1/interactions/{part}") == (
        f"https://gateway.example/v1/interactions/{part}"
    )


@pytest.mark.parametrize(
    "part",
    [
        *("gpt-4o-mini-2024-07-18", "Mixtral-8x7B-Instruct-v0.1", "gemini-2.5-flash-preview-04-17"),
        *(
            "my-project-123456",
            "us-central1",
            "openai-compatible-endpoint",
            "v1beta1",
            "key",
            "token-service",
        ),
    ],
)
def test_names_in_a_path_are_no_keys(part: str) -> None:
    url = f"https://gateway.example/{part}/v1"
    assert shown_url(url) == url
    assert secrets_of(url, {}) == secrets_of(url, {}, base=True) == frozenset()


def test_what_of_a_request_is_secret() -> None:
    """Its keys, wherever they are; not what is short, nor words, nor ids, nor what the protocol calls so."""
    url = f"https://me:p%40ssw0rd1@gw.example/{KEY}/v1/interactions/v1_ChdQaaa123456789b?key=abcdefgh1&x=12345678"
    headers = {
        "Authorization": "Bearer sk-of-the-bearer",
        "X-Team": "engineering",
        "X-Token": "engineering",
        "X-Gateway": "Phrase with 4 words",
        "Cookie": "a=12345678; b=short",
        "Content-Type": "application/json",
        "Anthropic-Beta": "context-1m-2025-08-07",
        "X-Unnamed": "something-secret-1",
    }
    names = frozenset(name.lower() for name in headers if name != "X-Unnamed")
    assert secrets_of(url, headers, names) == {
        *("p%40ssw0rd1", "p@ssw0rd1", KEY, "abcdefgh1", "sk-of-the-bearer", "engineering"),
        *("Phrase with 4 words", "12345678"),
    }


@pytest.mark.parametrize("key", ["", "none", "any", "EMPTY", "sandbox", "lm-studio", "not-needed"])
def test_what_stands_in_the_place_of_a_key_is_none(key: str) -> None:
    """Else an answer could not say the word."""
    assert secrets_of("http://localhost:1234/v1", {"authorization": f"Bearer {key}"}) == frozenset()


def test_the_password_in_a_header_is_a_secret() -> None:
    """As well as the header."""
    token = b64encode(b"user:longpassword").decode()
    assert secrets_of("http://x.test", {"Authorization": f"Basic {token}"}) == {token, "longpassword"}


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_breaks_the_search(name: str, value: str) -> None:
    secrets_of("http://x.test", {name: value, "authorization": value}, frozenset({name.lower()}))


@pytest.mark.parametrize(
    ("header", "value", "found"),
    [
        ("authorization", "Bearer any", set()),
        ("authorization", "Bearer planted-key", {"planted-key"}),
        ("x-gateway-token", "production", {"production"}),
        ("x-gateway", "Ab3dEf6h9Ij2lMn5", {"Ab3dEf6h9Ij2lMn5"}),
        ("x-gateway", "blue-Team-of-2026", {"blue-Team-of-2026"}),
        ("x-gateway", "secret-of-ours", {"secret-of-ours"}),
        ("x-team", "customer-0042", {Name("customer-0042")}),
        ("x-org", "Acme Corporation of Ohio", {Name("Acme Corporation of Ohio")}),
        ("x-team", "message-bus", set()),
        ("x-purpose", "model_output", set()),
        ("x-env", "production", set()),
        ("x-tenant", "10000000", set()),
        ("x-date", "2024-10-21", set()),
        ("x-team", "blue", set()),
    ],
)
def test_what_a_gateway_wants_is_a_key_a_name_or_a_word(header: str, value: str, found: set[str]) -> None:
    """By the name of the header, or by its looks. Words of answers and of protocols are none of them."""
    known = secrets_of("https://x.test", {header: value}, frozenset({header}))
    assert known == found
    assert {isinstance(each, Name) for each in known} == {isinstance(each, Name) for each in found}
