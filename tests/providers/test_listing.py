"""The models that servers list: what is a list, what is none, and where it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions import sandbox
from interactions.conversations.request import Access
from interactions.errors import UpstreamError
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.protocol import Provider, listing
from interactions.providers.responses.provider import OpenAIResponses
from interactions.providers.shared.listing import MOST, PAGES, gathered, page
from interactions.stream.documents import Document
from interactions.stream.transport import new_client
from tests.folding import ODD_VALUES, jsons

ACCESS = Access("https://x.test/v1", "planted-key")
MAKES: dict[str, Callable[[httpx.Client], Provider]] = {
    "gemini": lambda client: Gemini(client, ACCESS, "v1beta"),
    "anthropic": lambda client: Anthropic(client, ACCESS),
    "openai_responses": lambda client: OpenAIResponses(client, ACCESS),
    "openai_chat": lambda client: OpenAIChat(client, ACCESS),
    "lmstudio": lambda client: LMStudio(client, ACCESS),
}
WRITES = {"supportedGenerationMethods": ["generateContent", "countTokens"]}


def document(value: object, status: int = 200) -> Document:
    return Document(status, value if isinstance(value, bytes) else json.dumps(value).encode(), 1.0)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ({"object": "list", "data": [{"id": "b"}, {"id": "a"}, {"id": "b"}]}, ("b", "a", "b")),
        ({"models": [{"name": "models/g", **WRITES}]}, ("g",)),
        ({"models": [{"name": "models/e", "supportedGenerationMethods": ["embedContent"]}]}, ()),
        ({"models": [{"name": "models/i", "supportedGenerationMethods": ["createInteraction"]}]}, ("i",)),
        ({"models": [{"name": "models/unsaid"}]}, ("unsaid",)),
        ({"data": [{"id": "old", "lifecycle": "retired"}, {"id": "new", "lifecycle": "active"}]}, ("new",)),
        ({"data": [{"id": "a.gguf"}], "models": [{"name": "other"}]}, ("a.gguf",)),
        ({"models": [{"type": "llm", "key": "l"}, {"type": "embedding", "key": "e"}]}, ("l",)),
        ({"object": "list", "data": None}, ()),
        ({"data": [], "error": None}, ()),
        ([{"id": "bare"}, "named"], ("bare", "named")),
        ({"data": [{"id": ""}, {"id": 5}, {}, None, [], 7, {"id": "a"}]}, ("a",)),
    ],
)
def test_the_ids_of_a_list_are_read(value: object, ids: tuple[str, ...]) -> None:
    """In the server's order, without those that cannot write as far as it says so, and what has no name."""
    assert page(document(value)).ids == ids


@pytest.mark.parametrize(
    ("value", "status", "words"),
    [
        ({"error": "Unexpected endpoint or method. (GET /models)"}, 200, "Unexpected endpoint or method"),
        ({"data": [], "error": {"message": "No."}}, 200, "HTTP 200.: No. Check"),
        (
            {"error": {"message": "Incorrect API key.", "code": "invalid_api_key"}},
            401,
            "Incorrect API key. C",
        ),
        ([{"error": {"message": "API key not valid"}}], 400, "API key not valid"),
        ({"data": [{"id": "a"}]}, 500, "HTTP 500"),
        (b"<html>Sign in</html>", 200, "no list of models"),
        (b"", 200, "no list of models"),
        (b"", 404, "HTTP 404"),
        ({"data": {"id": "a"}}, 200, "no list of models"),
        ({"status": "ok"}, 200, "no list of models"),
    ],
)
def test_what_is_no_list_is_refused_in_the_server_s_words(value: object, status: int, words: str) -> None:
    """Whatever its status: LM Studio reports failures as 200."""
    with pytest.raises(UpstreamError, match=words.replace("(", r"\(")) as caught:
        page(document(value, status))
    assert "heck" in str(caught.value), "it says what to do"


@given(jsons() | st.fixed_dictionaries({"data": jsons(), "has_more": jsons(), "last_id": jsons()}))
def test_any_json_is_a_list_or_is_refused(value: Any) -> None:
    try:
        found = page(document(value))
    except UpstreamError:
        return
    assert all(found.ids)
    assert {type(id) for id in found.ids} <= {str}


@pytest.mark.parametrize("odd", ODD_VALUES)
def test_an_odd_value_is_a_list_or_is_refused(odd: str) -> None:
    """Nested ones and numbers without end too."""
    for raw in (odd, f'{{"data":{odd}}}', f'{{"models":[{odd}]}}', f'{{"data":[{{"id":{odd}}}]}}'):
        with suppress(UpstreamError):
            assert all(page(document(raw.encode())).ids)


def test_a_list_without_end_is_read_up_to_a_bound() -> None:
    """Of ids, and of pages with nothing but one of them."""
    numbers = count()

    def endless(size: int) -> Callable[[str], Document]:
        def fetch(_mark: str) -> Document:
            ids = [{"id": str(next(numbers))} for _ in range(size)]
            return document({"data": ids, "has_more": True, "last_id": ids[-1]["id"]})

        return fetch

    assert len(gathered(endless(MOST // 2 + 1))) == MOST
    assert len(gathered(endless(1))) == PAGES


PAGED: dict[str, tuple[Any, Any, list[str]]] = {
    "gemini": (
        {"models": [{"name": "models/a", **WRITES}], "nextPageToken": "n/1"},
        {"models": [{"name": "models/b", **WRITES}]},
        ["/v1/v1beta/models?pageSize=1000", "/v1/v1beta/models?pageSize=1000&pageToken=n%2F1"],
    ),
    "anthropic": (
        {"data": [{"id": "a"}], "has_more": True, "last_id": "n/1"},
        {"data": [{"id": "b"}], "has_more": False, "last_id": "b"},
        ["/v1/models?limit=1000", "/v1/models?limit=1000&after_id=n%2F1"],
    ),
}
PAGED["openai_responses"] = PAGED["openai_chat"] = (
    *PAGED["anthropic"][:2],
    ["/v1/models", "/v1/models?after=n%2F1"],
)
PAGED["lmstudio"] = (*PAGED["anthropic"][:2], ["/api/v1/models", "/api/v1/models?after=n%2F1"])


@pytest.mark.parametrize("vendor", MAKES)
def test_the_pages_of_a_list_are_followed(vendor: str) -> None:
    """As each API has it; the key goes along every time."""
    first, second, paths = PAGED[vendor]
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=first if len(asked) == 1 else second)

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        assert listing(MAKES[vendor](client)).models() == ("a", "b")
    assert [each.url.raw_path.decode() for each in asked] == paths
    assert all("planted-key" in str(each.headers.raw) for each in asked)


@pytest.mark.parametrize("vendor", MAKES)
def test_a_page_that_is_given_again_is_the_last(vendor: str) -> None:
    """A server that does not know how to go on begins anew."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=PAGED[vendor][0])

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        assert listing(MAKES[vendor](client)).models() == ("a",)
    assert len(asked) == 2


@pytest.mark.parametrize("vendor", MAKES)
def test_a_refusal_is_told_without_the_key(vendor: str) -> None:
    """Servers repeat it."""

    def serve(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"error": {"message": f"Who is {request.headers}, planted-key?"}})

    with (
        httpx.Client(transport=httpx.MockTransport(serve)) as client,
        pytest.raises(UpstreamError, match="HTTP 401") as caught,
    ):
        listing(MAKES[vendor](client)).models()
    assert "planted-key" not in str(caught.value)
    assert caught.value.status == 401
    assert caught.value.host


@pytest.mark.parametrize("vendor", MAKES)
def test_another_access_is_asked_with_its_own_key(vendor: str) -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": []})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        assert listing(MAKES[vendor](client)).models(Access("https://own.test", "own-key")) == ()
    assert asked[0].url.host == "own.test"
    assert "planted-key" not in str(asked[0].headers.raw)


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_the_sandbox_lists_its_models(version: str) -> None:
    """Those that it lists can be asked; without a key none is listed."""
    server = sandbox.serve(pace=0)
    try:
        with new_client(2.0) as client:
            listed = Gemini(client, Access(server.url, "k"), version).models()
            with pytest.raises(UpstreamError, match="HTTP 40"):
                Gemini(client, Access(server.url), version).models()
    finally:
        server.close()
    assert "gemini-2.5-flash" in listed
    assert ("gemini-flash-latest" in listed) == (version == "v1beta")
