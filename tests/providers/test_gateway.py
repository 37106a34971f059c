"""Whatever goes into an address is one encoded part of it."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.endpoints.endpoint import Endpoint
from interactions.endpoints.protocols import FACTORIES
from interactions.errors import UpstreamError
from interactions.providers.protocol import Keeps, keeping, listing
from interactions.providers.shared.gateway import segment
from interactions.stream.notes import Unreachable, read_note
from interactions.stream.transport import UNSENDABLE
from tests.vendors import asking

BASE = "http://host/v1/"
WAYS_OUT = (
    "..",
    ".",
    "../../admin",
    "..%2f..%2fadmin",
    "%2e%2e",
    "a/b",
    "a?b=c",
    "a#b",
    "\\..",
    "\ud800",
    "\0",
    "",
    "//evil/",
)


@given(st.text() | st.sampled_from(WAYS_OUT))
def test_a_segment_stays_where_it_is_put(value: str) -> None:
    """Its client takes no step up for it, and what stands before and behind it stays."""
    url = httpx.URL(f"{BASE}{segment(value)}/cancel?after={segment(value)}")
    path, _, query = url.raw_path.partition(b"?")
    first, version, inner, last = path.split(b"/")
    assert (first, version, last) == (b"", b"v1", b"cancel")
    assert set(inner) <= set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~%")
    assert query.count(b"&") == 0
    assert (url.host, url.fragment) == ("host", "")


@pytest.mark.parametrize("value", ["", "v1_abc", "resp-1.2~x", "models"])
def test_a_usual_id_is_written_as_it_is(value: str) -> None:
    assert segment(value) == value


@pytest.mark.parametrize("protocol", FACTORIES)
@pytest.mark.parametrize("value", WAYS_OUT)
def test_no_id_leads_a_provider_to_another_address(protocol: str, value: str) -> None:
    """An id may come from a server or a file: all that is asked about it is asked below the same place."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(404, json={"error": {"message": "none"}})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        provider = FACTORIES[protocol](
            client, Endpoint("one", protocol, "https://host/base/v1", "planted-key")
        )
        if isinstance(provider, Keeps):
            for kind in sorted(provider.can.follow_ups):
                list(provider.follow_up(asking(), kind, value, value))
            provider.retrieve(value)
            provider.forget(value)
        list(provider.frames(asking(api_version=value)))
    paths = [each.url.raw_path.partition(b"?")[0] for each in asked]
    assert {path.count(b"/") for path in paths} <= {3, 4, 5, 6}
    assert all(path.startswith(b"/base/v1/") for path in paths)
    assert not any(step in path.split(b"/") for path in paths for step in (b"..", b".", b"admin"))


@pytest.mark.parametrize("protocol", [name for name in FACTORIES if name in {"gemini", "openai_responses"}])
def test_an_id_that_no_address_can_have_is_an_end_with_a_sentence(protocol: str) -> None:
    """A server may call an answer anything; nobody is asked, and nothing is raised that is not ours."""
    value = "x" * 70_000
    with httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(500))) as client:
        made = FACTORIES[protocol](client, Endpoint("one", protocol, "https://host/base/v1", "planted-key"))
        provider = keeping(made)
        for ask in (provider.retrieve, provider.forget):
            with pytest.raises(UpstreamError, match="The address is no URL"):
                ask(value)
        frames = list(provider.follow_up(asking(), "get", value))
    said = read_note(frames[-1].raw)
    assert said == Unreachable("InvalidURL", UNSENDABLE)


def test_a_list_of_models_that_leads_nowhere_is_an_end_with_a_sentence() -> None:
    """The mark of the next page is the server's."""

    def serve(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"models": [{"name": "models/m"}], "nextPageToken": "x" * 70_000})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        provider = FACTORIES["gemini"](client, Endpoint("one", "gemini", "https://host", "planted-key"))
        with pytest.raises(UpstreamError, match="The address is no URL"):
            listing(provider).models()
