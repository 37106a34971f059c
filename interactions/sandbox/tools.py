"""Calls of tools that the server runs, each with its result.

`salt` makes ids and signatures the interaction's own. Keys stand in the order of the recordings. A result
with a payload was seen with an empty signature; others have nothing but their signature.
"""

from collections.abc import Callable, Mapping

from interactions.sandbox.interaction import call_id, signature
from interactions.sandbox.request import Step
from interactions.sandbox.wire import Json

Round = tuple[Step, ...]

SUGGESTIONS = """<style>
.container { align-items: center; border-radius: 8px; display: flex; \
font-family: sans-serif; gap: 8px; padding: 8px }
.chip { border: 1px solid #d2d2d2; border-radius: 16px; color: #1f1f1f; font-size: 14px; padding: 5px 16px; \
text-decoration: none }
.chip:hover { background: #f2f2f2 }
@media (prefers-color-scheme: dark) { .chip { border-color: #5e5e5e; color: #fff } }
</style>
<div class="container">
  <div class="headline">Suggested searches</div>
  <div class="carousel">
<a class="chip" href="https://www.google.com/search?q=%C3%98resund+Bridge+length">Øresund Bridge length</a>
<a class="chip" href="https://www.google.com/search?q=K%C3%B8benhavn+Malm%C3%B6+train">København Malmö</a>
<a class="chip" href="https://www.google.com/search?q=Peberholm+island">Peberholm island</a>
  </div>
</div>
"""
CODE = """import matplotlib.pyplot as plt

squares = [n * n for n in range(1, 11)]
print(squares, sum(squares))
plt.bar(range(1, 11), squares)
plt.show()
"""
SQUARES = tuple(n * n for n in range(1, 11))
PAGES = {
    "https://example.com/bridge": "success",
    "https://example.com/gone": "error",
    "https://example.com/archive": "paywall",
    "https://example.com/prize": "unsafe",
}
PLACES: Mapping[str, Json] = {
    name: {
        "name": name,
        "place_id": place_id,
        "url": f"https://maps.google.com/?cid={cid}",
        "review_snippets": [
            {"title": title, "url": f"https://maps.google.com/reviews/{cid}", "review_id": f"review-{cid}"}
        ],
    }
    for name, place_id, cid, title in (
        ("Torvehallerne København", "ChIJsandboxTorvehallerne", "1001", "Smørrebrød worth the queue"),
        ("Café Norden", "ChIJsandboxNorden", "1002", "Good coffee, lively square"),
    )
}
TIMETABLE = {
    "departures": [
        {"time": "09:12", "track": 5, "minutes": 39},
        {"time": "09:32", "track": 6, "minutes": 39},
    ],
    "currency": "DKK",
}
LOADED = {
    "name": "get_tide",
    "description": "The tide at a harbour.",
    "parameters": {"type": "object", "properties": {"harbour": {"type": "string"}}},
    "type": "function",
}


def search(salt: str) -> Round:
    queries = {"queries": ["Øresund Bridge length", "Øresund Bridge opening"]}
    return _round(
        "google_search", salt, {"arguments": queries}, _returned([{"search_suggestions": SUGGESTIONS}])
    )


def url_context(salt: str) -> Round:
    result = [{"url": url, "status": status} for url, status in PAGES.items()]
    return _round("url_context", salt, {"arguments": {"urls": list(PAGES)}}, _returned(result))


def code_execution(salt: str) -> Round:
    arguments = {"code": CODE, "language": "python"}
    printed = f"{list(SQUARES)} {sum(SQUARES)}\n"
    return _round("code_execution", salt, {"arguments": arguments}, _returned(printed))


def maps(salt: str) -> Round:
    found = {"places": list(PLACES.values()), "widget_context_token": "widgetcontent/c2FuZGJveA"}
    arguments = {"queries": ["lunch near Nørreport, København"]}
    return _round("google_maps", salt, {"arguments": arguments}, {"result": [found], "signature": ""})


def file_search(salt: str) -> Round:
    return _round("file_search", salt, {}, {})


def mcp(salt: str) -> Round:
    """The one kind without signatures."""
    tool = {"name": "get_timetable", "server_name": "railways"}
    arguments = {"from": "København H", "to": "Malmö C", "after": "09:00"}
    name = call_id(salt, "mcp")
    return (
        {"id": name, **tool, "arguments": arguments, "type": "mcp_server_tool_call"},
        {"call_id": name, **tool, "result": TIMETABLE, "type": "mcp_server_tool_result"},
    )


def retrieval(salt: str) -> Round:
    asked = {"arguments": {"queries": ["maintenance of bridges"]}, "retrieval_type": "vertex_ai_search"}
    return _round("retrieval", salt, asked, {"is_error": False})


def tool_search(salt: str) -> Round:
    asked = {"arguments": {"function_names": ["get_tide"]}}
    return _round("tool_search", salt, asked, {"result": [LOADED], "signature": ""})


def processing(salt: str) -> Round:
    return _round("processing", salt, {}, {})


def function(salt: str) -> Round:
    """Run by an agent on its own: nobody waits for the client."""
    name = call_id(salt, "function")
    called = {"signature": "", "type": "function_call", "name": "get_time"}
    result = {"time": "12:00", "timezone": "Europe/Copenhagen"}
    return (
        {"id": name, **called, "arguments": {"timezone": "Europe/Copenhagen"}},
        {"call_id": name, "result": result, "name": "get_time", "is_error": False, "type": "function_result"},
    )


def unheard_of(_: str) -> Round:
    return ({"depth": 3, "shape": "a teapot", "type": "hologram"},)


ROUNDS: tuple[Callable[[str], Round], ...] = (
    function,
    search,
    url_context,
    code_execution,
    maps,
    file_search,
    mcp,
    retrieval,
    tool_search,
    processing,
    unheard_of,
)


def _round(tool: str, salt: str, asked: Json, answered: Json) -> Round:
    name = call_id(salt, tool)
    call = {"id": name, **asked, "signature": signature(salt, tool), "type": f"{tool}_call"}
    signed = (
        answered if "signature" in answered else {**answered, "signature": signature(salt, tool, "result")}
    )
    return call, {"call_id": name, **signed, "type": f"{tool}_result"}


def _returned(result: object) -> Json:
    return {"result": result, "signature": "", "is_error": False}
