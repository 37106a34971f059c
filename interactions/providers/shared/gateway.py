"""What goes to an address beside the body: its own parts, and headers that were set for it, such as an
organization, a beta, or what a gateway wants beside the key."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from interactions.conversations.request import Access


def meant_for(access: Access, own: Access, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, by their names in lower case, if `access` leads to the address that they were set for: no
    other has any business with them."""
    return {name.lower(): value for name, value in headers.items()} if access.base_url == own.base_url else {}


def segment(value: str) -> str:
    """One segment of a path, or the value of one parameter, whatever it says: no part of it leads anywhere
    else. Clients and servers take `..` for a step up, unless its dots are escaped."""
    encoded = quote(value, safe="", errors="replace")
    return encoded if encoded.strip(".") else encoded.replace(".", "%2E")
