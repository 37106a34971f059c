"""The parts of a request that are never shown: keys, also those in an address."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import httpx

from interactions.stream.echoes import LONG, MASK, SHORTEST, Name

__all__ = ["MASK", "SECRETS", "secrets_of", "shown_call", "shown_url"]
SECRETS = frozenset({"x-goog-api-key", "authorization", "x-api-key", "api-key", "cookie", "set-cookie"})

# Gateways take keys in parameters of many names: `key`, `api-key`, `token`, `sig`, `code` (Azure Functions).
_SECRET = re.compile(r"key|token|secret|sig|auth|pass|code|credential", re.IGNORECASE)
# A part of a path, as some gateways have their keys: it begins as keys do, or letters and digits take turns
# in it, as they do not in the names of models and deployments.
_KEY = re.compile(
    r"(?:(?:sk|pk|rk|key|tok|token|secret|pat)[-_.](?=[^/]*[0-9])(?=[^/]{8})"
    r"|(?=[^/]{16})(?:[^/]*[^/A-Za-z0-9])?(?=[A-Za-z0-9]{8})"
    r"[A-Za-z0-9]*(?:[0-9][A-Za-z]+[0-9]|[A-Za-z][0-9]+[A-Za-z]))[^/]*"
)
_API = re.compile(r"v[0-9]\w*|interactions|messages|responses|models|chat|completions")
_WORD = re.compile(r"[A-Za-z][a-z]*")
_WORDS = re.compile(r"(?=.{0,15}\Z)[A-Za-z][a-z]*(?:[-_. ][A-Za-z]*)*")  # and such as the types of events
_NUMBER = re.compile(r"[0-9.,:+-]*")
NO_URL = "(no address)"
# What local servers are given where a key has to be, for want of one.
_NO_KEYS = frozenset({"lm-studio", "not-needed", "not-required", "no-key-required", "sk-no-key-required"})
# Headers that are no secrets, whoever sets them: their values are words of the protocol, or names.
_OPEN = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-type"),
        *("user-agent", "origin", "referer", "http-referer", "x-title", "x-goog-api-client"),
        *("anthropic-version", "anthropic-beta", "openai-beta"),
        *("openai-organization", "openai-project", "x-goog-user-project"),
    }
)


def shown_url(url: str) -> str:
    """A configured address without name and password, without values of parameters that look like keys, and
    without such parts of its path."""
    place, mark, query = shown_call(url).partition("?")
    scheme, slashes, rest = place.rpartition("//")
    host, *parts = rest.split("/")
    shown = (MASK if _KEY.fullmatch(part) else part for part in parts)
    return scheme + slashes + "/".join((host, *shown)) + mark + query


def shown_call(url: str) -> str:
    """The address of a request in the same way, but with all of its path: that has ids, too."""
    parsed = _parsed(url)
    if parsed is None:
        return NO_URL
    shown = str(parsed.copy_with(userinfo=MASK.encode())) if parsed.userinfo else url
    place, mark, query = shown.partition("?")
    return place + mark + "&".join(map(_shown, query.split("&")))


def _parsed(url: str) -> httpx.URL | None:
    """None for what no request can go to: an id or a mark of a server can make an address too long."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        return None


def _shown(parameter: str) -> str:
    name, sign, _value = parameter.partition("=")
    return f"{name}={MASK}" if sign and _SECRET.search(unquote(name)) else parameter


def secrets_of(
    url: str, headers: Mapping[str, str], names: frozenset[str] = frozenset(), *, base: bool = False
) -> frozenset[str]:
    """The secrets of a request: keys in its headers, among them those of these names, and in its address. Of
    the path, what looks like a key and stands before the API begins; of a `base` all of it."""
    parsed = _parsed(url)
    found = set() if parsed is None else {*_of_address(parsed, base=base)}
    for name, value in headers.items():
        if name.lower() in SECRETS | names and name.lower() not in _OPEN:
            found |= {*_of_header(name.lower(), value)}
    return frozenset(value for value in found if len(value) >= SHORTEST and value.lower() not in _NO_KEYS)


def _of_address(url: httpx.URL, *, base: bool) -> Iterator[str]:
    name, _, password = url.userinfo.decode("ascii", "replace").partition(":")
    yield from (password, unquote(password))
    if not password or not _WORD.fullmatch(unquote(name)):
        yield from (name, unquote(name))
    for parameter in url.query.decode("ascii", "replace").split("&"):
        key, _, value = parameter.partition("=")
        if _SECRET.search(unquote(key)):
            yield from (value, unquote(value))
    for part in url.raw_path.decode("ascii", "replace").partition("?")[0].split("/"):
        if not base and _API.fullmatch(part):
            break
        if _KEY.fullmatch(part):
            yield from (part, unquote(part))


def _of_header(name: str, value: str) -> Iterator[str]:
    """A header that a gateway wants may be anything. It is a key if its name says so or if it looks like one;
    else it is a name, and of short plain words not even that: they stand in any answer."""
    if name in {"cookie", "set-cookie"}:
        yield from (each.partition("=")[2].strip() for each in value.split(";"))
        return
    value = value.strip()
    if name not in SECRETS and not _SECRET.search(name) and not _like_a_key(value):
        if not _WORDS.fullmatch(value) and not _NUMBER.fullmatch(value):
            yield Name(value)
        return
    scheme, _, token = value.rpartition(" ")
    yield token if _WORD.fullmatch(scheme) else value
    if scheme.lower() == "basic":
        yield from _of_basic(token)


def _like_a_key(value: str) -> bool:
    """Whether it is made as keys are, or says that it is one."""
    mixed = value != value.lower() and value != value.upper() and any(map(str.isdigit, value))
    return bool(_KEY.fullmatch(value) or _SECRET.search(value)) or (len(value) >= LONG and mixed)


def _of_basic(token: str) -> Iterator[str]:
    """The password in the header of RFC 7617, and the name if there is none."""
    try:
        name, _, password = b64decode(token).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return
    yield password or name
