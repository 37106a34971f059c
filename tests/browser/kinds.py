"""Every kind of step and delta as JSON on the wire, and what a person is to see of it."""

import base64

from tests.browser.scripted import Wire, frame, step, stream

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


FAILING = "Fail"


def bodies() -> dict[str, bytes]:
    """Answers for a scripted server: all kinds in one stream, and a failure."""
    error = {"event_type": "error", "error": {"code": "service_unavailable", "message": "High demand."}}
    return {PROMPT: stream(events()), FAILING: frame(error)}
