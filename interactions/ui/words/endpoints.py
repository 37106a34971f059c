"""What the endpoints are called, and how they are."""

from __future__ import annotations

from interactions.endpoints.endpoint import Endpoint
from interactions.endpoints.listings import Listing
from interactions.providers.built_in import PROFILES
from interactions.stream.masks import shown_url

_HERE = "{} · this machine"
TITLES = {
    **{profile.service.name: profile.service.title for profile in PROFILES.values() if profile.service},
    **{each.name: _HERE.format(each.title) for profile in PROFILES.values() for each in profile.local},
}
_MODELS = "{:,} model{}"
_NO_MODELS = "It runs, and has no model loaded."
_DOWN = "Not running at {}. Start it there, then look again."


def title(name: str, *, sandboxed: bool = False) -> str:
    """In a selectbox always the same: the browser chooses by what an option is called (1.67), and a name that
    is there no more is taken for a new one."""
    return f"{TITLES.get(name, name)}{' · sandbox' if sandboxed else ''}"


def state(endpoint: Endpoint, listing: Listing) -> str:
    """What was found when the endpoint was asked for its models."""
    if listing.down and endpoint.local:
        return _DOWN.format(shown_url(endpoint.base_url))
    if listing.trouble:
        return listing.trouble
    count = len(listing.models)
    return _MODELS.format(count, "s" * (count != 1)) if count else _NO_MODELS
