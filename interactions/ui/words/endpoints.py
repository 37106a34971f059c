"""The titles of endpoints, and the words for what was found there."""

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
    """The title of an endpoint. A selectbox needs the one without `sandboxed`, which never changes: Streamlit
    (1.67) finds the chosen option by its title, and takes an unknown one for new."""
    return f"{TITLES.get(name, name)}{' · sandbox' if sandboxed else ''}"


def state(endpoint: Endpoint, listing: Listing) -> str:
    """What was found when an endpoint was asked for its models, in words."""
    if listing.down and endpoint.local:
        return _DOWN.format(shown_url(endpoint.base_url))
    if listing.trouble:
        return listing.trouble
    count = len(listing.models)
    return _MODELS.format(count, "s" * (count != 1)) if count else _NO_MODELS
