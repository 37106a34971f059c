"""Headers set for an address: an organization, a beta, what a gateway wants beside the key."""

from __future__ import annotations

from collections.abc import Mapping

from interactions.request import Access


def meant_for(access: Access, own: Access, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, by their names in lower case, if `access` leads to the address that they were set for: no
    other has any business with them."""
    return {name.lower(): value for name, value in headers.items()} if access.base_url == own.base_url else {}
