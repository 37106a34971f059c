"""A request as a program of its own: for the vendor's SDK, or plainly for httpx where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pprint import pformat
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import UNSET

from interactions.conversations.exchanges import BEARER, NO_KEYS, KeyNames, key_variable
from interactions.stream.masks import MASK
from interactions.stream.notes import Request

_OWN = frozenset({"accept", "content-type"})  # headers that an SDK sets for itself
_FOLLOW_UPS = {"get": "get", "stream": "get", "cancel": "cancel"}
_NO_KEY = '"none"'  # an SDK wants one, also where the server does not


class Sdk(msgspec.Struct, frozen=True):
    """A vendor's client for Python, and how a program is written with it.

    `path` is where a base URL ends, `fields` what `create` takes by name; all else goes as `extra_body`.
    `follow_ups` are the methods for requests about an answer that exists. `keys` are the headers that stand
    for `api_key`, by rank; of those it does not send `unsent` itself, unless its address is `home`.

    With `options` the address and the headers go into one dictionary of that name, the last part of the
    address under `version`. `call` makes what `create` takes, where that is not the body, of the address
    behind the `path` and the body; such a `create` always streams.
    """

    package: str
    module: str
    client: str
    create: str
    path: str
    fields: str
    keys: tuple[str, ...]
    follow_ups: Mapping[str, str] = {}
    unsent: str = ""
    home: str = ""
    options: str = ""
    version: str = ""
    call: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] | None = None


# What a request about an answer says in its query, as an argument.
_WANTED: Mapping[str, Callable[[str], object]] = {
    "stream": lambda value: value == "true",
    "starting_after": lambda value: int(value) if re.fullmatch(r"[0-9]{1,18}", value) else value,
    "last_event_id": str,
}


def python_script(request: Request, sdk: Sdk | None, names: KeyNames = NO_KEYS) -> str:
    """A program that sends the same request and prints what comes of it: an event a line, or without an SDK
    each line as it came. Keys are taken from the environment, by their `names`; all that was recorded stands
    in it as a literal."""
    method = sdk and sdk.follow_ups.get(_FOLLOW_UPS.get(request.follow_up, ""))
    # What the SDK has no call for is said plainly: a program with half an address would go elsewhere.
    told = sdk and sdk.path in _address(request)[0] and (method or not request.follow_up)
    lines = _with_sdk(request, sdk, method or "", names) if sdk and told else _with_httpx(request, names)
    return "\n".join(lines) + "\n"


def _address(request: Request) -> tuple[str, str]:
    """Without its query, and the query."""
    address, _, query = request.url.partition("?")
    return address, query


def _with_httpx(request: Request, names: KeyNames) -> Iterator[str]:
    url, body = request.url, None if request.body is UNSET else request.body
    sent = _sent(request.headers, url, names)
    yield "# pip install httpx"
    if MASK in request.headers.values():
        yield "import os\n"
    yield "import httpx\n"
    yield "headers = {"
    yield from (f"    {name!r}: {_scheme(name, code)}{code}," for name, code in sent.items())
    yield "}"
    if body is not None:
        yield f"body = {_literal(body)}"
    method, given = request.method, "" if body is None else " json=body,"
    yield f"with httpx.stream({method!r}, {url!r}, headers=headers,{given} timeout=None) as answer:"
    yield "    for line in answer.iter_lines():"
    yield "        print(line)"


def _scheme(name: str, code: str) -> str:
    """The mask of a bearer's token covers its scheme as well."""
    return f"{BEARER!r} + " if name == "authorization" and code.startswith("os.") else ""


def _with_sdk(request: Request, sdk: Sdk, method: str, names: KeyNames) -> Iterator[str]:
    address, query = _address(request)
    base, _, behind = address.rpartition(sdk.path)
    asked = dict(parse_qsl(query))
    wanted = {name: read(asked.pop(name)) for name, read in _WANTED.items() if name in asked}
    body = request.body if isinstance(request.body, Mapping) else {}
    body = sdk.call(unquote(behind), body) if sdk.call else body
    sent = {name: code for name, code in _sent(request.headers, base, names).items() if name not in _OWN}
    yield f"# pip install {sdk.package}"
    yield "import os\n"
    yield f"{sdk.module}\n"
    yield from _client(sdk, sent, base, asked)
    yield from _about(method, behind, wanted) if method else _created(sdk, body)
    yield from _printed(sdk.call is not None or bool({**body, **wanted}.get("stream")))


def _sent(headers: Mapping[str, str], url: str, names: KeyNames) -> dict[str, str]:
    """The code for each header's value."""
    return {
        name.lower(): f"os.environ[{key_variable(name, url, names)[1:]!r}]" if value == MASK else repr(value)
        for name, value in headers.items()
    }


def _client(sdk: Sdk, sent: Mapping[str, str], base: str, query: Mapping[str, str]) -> Iterator[str]:
    key = next((sent[name] for name in sdk.keys if name in sent), _NO_KEY)
    own = {name for name in sdk.keys if name != sdk.unsent or base == sdk.home}
    others = ", ".join(f"{name!r}: {code}" for name, code in sent.items() if name not in own)
    headers = f"{{{others}}}" if others else ""
    yield f"client = {sdk.client}("
    yield f"    api_key={key},"
    if sdk.options:
        host, _, version = base.rpartition("/")
        told = {"base_url": repr(host), sdk.version: repr(version), "headers": headers}
        fields = ", ".join(f"{name!r}: {code}" for name, code in told.items() if code)
        yield f"    {sdk.options}={{{fields}}},"
    else:
        told = {"base_url": repr(base), "default_headers": headers, "default_query": repr(query)}
        yield from (f"    {name}={code}," for name, code in told.items() if code not in {"", "{}"})
    yield ")"


def _about(method: str, path: str, wanted: Mapping[str, object]) -> Iterator[str]:
    """A call about an answer that exists."""
    id = unquote(path.removeprefix("/").partition("/")[0])
    arguments = [repr(id), *(f"{name}={value!r}" for name, value in wanted.items())]
    yield f"answer = {method}({', '.join(arguments)})"


def _created(sdk: Sdk, body: Mapping[str, Any]) -> Iterator[str]:
    fields = sdk.fields.split()
    other = {name: value for name, value in body.items() if name not in fields}
    yield f"body = {_literal({name: value for name, value in body.items() if name not in other})}"
    if other:
        yield f"extra_body = {_literal(other)}"
    yield f"answer = {sdk.create}(**body{', extra_body=extra_body' if other else ''})"


def _literal(value: object) -> str:
    return pformat(value, width=100, sort_dicts=False)


def _printed(streamed: bool) -> Iterator[str]:
    shown = "model_dump_json(exclude_unset=True, warnings=False)"
    yield f"for event in answer:\n    print(event.{shown})" if streamed else f"print(answer.{shown})"
