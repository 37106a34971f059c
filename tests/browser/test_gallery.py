"""Every kind of step and delta, from its JSON on the wire to what a person sees."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.harness import Server, start_page
from tests.browser.conftest import ARTEFACTS
from tests.browser.playground import expect_ended, send, turns, visit
from tests.browser.scripted import Wire, scripted, step, stream

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SOUND = base64.b64encode(b"\0\1" * 2400).decode()
PLACES = [{"places": [{"name": "Café Norden", "url": "https://maps.google.com/?cid=1"}]}]
CHIPS = '<a href="https://www.google.com/search?q=sse">server-sent events</a><script>x()</script>'

# A step as it is started, its deltas, and what a person sees of it once its card is open.
KINDS: list[tuple[str, Wire, list[Wire], list[str]]] = [
    (
        "thought",
        {"type": "thought"},
        [
            {"type": "thought_summary", "content": {"type": "text", "text": "**Planning**\n\nFirst this."}},
            {"type": "thought_signature", "signature": "c2ln"},
        ],
        ["Thoughts", "First this."],
    ),
    ("silent thought", {"type": "thought", "signature": "c2ln"}, [], ["a signature of 4 characters"]),
    (
        "text",
        {"type": "model_output"},
        [
            {"type": "text", "text": "Café is *open*."},
            {
                "type": "text_annotation_delta",
                "annotations": [
                    {"type": "url_citation", "url": "https://example.org", "title": "Hours", "end_index": 5},
                    {"type": "file_citation", "file_name": "menu.pdf", "page_number": 3, "end_index": 15},
                    {"type": "place_citation", "name": "Norden", "end_index": 15},
                    {"type": "word_info", "text": "Café", "start_offset": "0.1s"},
                ],
            },
        ],
        ["Café[1]", "Hours", "menu.pdf", "page 3", "Norden", "word_info"],
    ),
    ("json", {"type": "model_output"}, [{"type": "text", "text": '{"answer": 42}'}], ['"answer": 42']),
    (
        "image and film by address",
        {"type": "model_output"},
        [
            {"type": "image", "mime_type": "image/png", "uri": "https://example.org/far.png"},
            {"type": "video", "mime_type": "video/mp4", "uri": "https://example.org/film.mp4"},
            {"type": "document", "mime_type": "application/pdf", "data": PNG},
        ],
        ["https://example.org/far.png, not loaded", "film.mp4, not loaded", "document application/pdf"],
    ),
    ("image", {"type": "model_output"}, [{"type": "image", "mime_type": "image/png", "data": PNG}], []),
    ("audio", {"type": "model_output"}, [{"type": "audio", "mime_type": "audio/l16", "data": SOUND}] * 2, []),
    (
        "error in a step",
        {"type": "model_output", "error": {"code": 3, "message": "Half done"}},
        [],
        ["Half done"],
    ),
    (
        "function call",
        {"type": "function_call", "id": "f", "name": "get_weather", "arguments": {}},
        [
            {"type": "arguments_delta", "arguments": '{"location":"Pa'},
            {"type": "arguments_delta", "arguments": 'ris"}'},
        ],
        ["get_weather", '"location": "Paris"'],
    ),
    (
        "function result",
        {"type": "function_result", "call_id": "f"},
        [{"type": "function_result", "result": {"degrees": 21}, "name": "get_weather"}],
        ['"degrees": 21'],
    ),
    (
        "code",
        {"type": "code_execution_call", "id": "c"},
        [{"type": "code_execution_call", "arguments": {"code": "print(6*7)", "language": "python"}}],
        ["Code execution", "print(6*7)"],
    ),
    (
        "its output",
        {"type": "code_execution_result", "call_id": "c"},
        [{"type": "code_execution_result", "result": "forty-two"}],
        ["forty-two"],
    ),
    (
        "search",
        {"type": "google_search_call", "id": "s"},
        [{"type": "google_search_call", "arguments": {"queries": ["what is SSE"]}}],
        ["Google Search · what is SSE"],
    ),
    (
        "suggestions",
        {"type": "google_search_result", "call_id": "s"},
        [{"type": "google_search_result", "result": [{"search_suggestions": CHIPS}]}],
        ["server-sent events"],
    ),
    (
        "maps",
        {"type": "google_maps_call", "id": "m"},
        [{"type": "google_maps_call", "arguments": {"queries": ["coffee"]}}],
        ["Google Maps · coffee"],
    ),
    (
        "places",
        {"type": "google_maps_result", "call_id": "m"},
        [{"type": "google_maps_result", "result": PLACES}],
        ["Café Norden"],
    ),
    (
        "pages",
        {"type": "url_context_call", "id": "u"},
        [{"type": "url_context_call", "arguments": {"urls": ["https://example.org/a"]}}],
        ["URL context"],
    ),
    (
        "how pages went",
        {"type": "url_context_result", "call_id": "u"},
        [{"type": "url_context_result", "result": [{"url": "https://example.org/a", "status": "paywall"}]}],
        ["paywall"],
    ),
    ("files", {"type": "file_search_call", "id": "d"}, [{"type": "file_search_call", "signature": "x"}], []),
    (
        "files found",
        {"type": "file_search_result", "call_id": "d"},
        [{"type": "file_search_result", "result": []}],
        ["The server says nothing more about it."],
    ),
    (
        "remote tool",
        {
            "type": "mcp_server_tool_call",
            "id": "r",
            "name": "find",
            "server_name": "tickets",
            "arguments": {},
        },
        [{"type": "mcp_server_tool_call", "name": "find", "server_name": "tickets", "arguments": {"q": "x"}}],
        ["tickets · find", '"q": "x"'],
    ),
    (
        "remote result",
        {"type": "mcp_server_tool_result", "call_id": "r"},
        [
            {
                "type": "mcp_server_tool_result",
                "result": {"found": 2},
                "name": "find",
                "server_name": "tickets",
            }
        ],
        ['"found": 2'],
    ),
    (
        "retrieval",
        {"type": "retrieval_call", "id": "t"},
        [{"type": "retrieval_call", "arguments": {"queries": ["bridges"]}, "retrieval_type": "rag_store"}],
        ["Retrieval · bridges"],
    ),
    (
        "retrieved",
        {"type": "retrieval_result", "call_id": "t"},
        [{"type": "retrieval_result", "is_error": True}],
        ["failed"],
    ),
    (
        "tool search",
        {"type": "tool_search_call", "id": "o"},
        [{"type": "tool_search_call", "arguments": {"function_names": ["get_tide"]}}],
        ["Tool search · get_tide"],
    ),
    (
        "tools found",
        {"type": "tool_search_result", "call_id": "o"},
        [{"type": "tool_search_result", "result": [{"name": "get_tide"}]}],
        ['"name": "get_tide"'],
    ),
    (
        "processing",
        {"type": "processing_call", "id": "p"},
        [{"type": "processing_call", "signature": "x"}],
        [],
    ),
    (
        "processed",
        {"type": "processing_result", "call_id": "p"},
        [{"type": "processing_result", "signature": "x"}],
        ["Media processing"],
    ),
    (
        "unknown step",
        {"type": "hologram", "depth": 3},
        [{"type": "hologram_delta", "shape": "teapot"}],
        ['"depth": 3', '"shape": "teapot"'],
    ),
]
PROMPT = "Show everything"


def events() -> list[Wire]:
    return [
        event for index, (_, start, deltas, _) in enumerate(KINDS) for event in step(index, start, *deltas)
    ]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with scripted({PROMPT: stream(events())}) as url:
        environ = {"INTERACTIONS_BASE_URL": url, "GEMINI_API_KEY": "none"}
        server = start_page(tmp_path_factory.mktemp("gallery"), environ)
        yield server
        server.stop()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_step_and_delta_is_drawn_for_a_person(
    browser: Browser, gallery: Server, scheme: Any
) -> None:
    """Opened, each card shows what went in and what came out; the picture of it all is kept."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        visit(page, gallery)
        send(page, PROMPT)
        expect_ended(page)
        _open_all(page)
        turn = turns(page).last
        for name, _, _, seen in KINDS:
            for text in seen:
                assert turn.get_by_text(text).count() or text in turn.inner_text(), f"{name}: {text}"
        expect(turn.locator('img[alt="Image in the answer"]')).to_have_count(1)
        expect(turn.locator("audio")).to_have_count(1)
        assert turn.locator("script, iframe, video").count() == 0
        ARTEFACTS.mkdir(exist_ok=True)
        page.add_style_tag(
            content="[class*='st-key-conversation'] { height: 6000px !important; contain: none !important; }"
        )
        turn.screenshot(path=ARTEFACTS / f"gallery-{scheme}.png")


def _open_all(page: Page) -> None:
    cards = turns(page).last.locator("details:not([open]) > summary")
    while cards.count():
        cards.first.click()
