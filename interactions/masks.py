"""What is not shown: keys, also those that an address carries."""

from __future__ import annotations

import re
from urllib.parse import unquote

import httpx

MASK = "(masked)"

# Gateways take keys in parameters of many names: `key`, `api-key`, `token`, `sig`, `code` (Azure Functions).
_SECRET = re.compile(r"key|token|secret|sig|auth|pass|code|credential", re.IGNORECASE)


def shown_url(url: str) -> str:
    """An address without name and password, and without values of parameters that look like keys."""
    parsed = httpx.URL(url)
    shown = str(parsed.copy_with(userinfo=MASK.encode())) if parsed.userinfo else url
    place, mark, query = shown.partition("?")
    return place + mark + "&".join(map(_shown, query.split("&")))


def _shown(parameter: str) -> str:
    name, sign, _value = parameter.partition("=")
    return f"{name}={MASK}" if sign and _SECRET.search(unquote(name)) else parameter
