"""Two visitors: what one has brought here runs nowhere, asks nothing elsewhere, and is not the other's."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect
from streamlit.runtime.memory_media_file_storage import _calculate_file_id

from benchmarks.harness import CHROMIUM_ARGS, Server, chromium_path
from interactions.conversations.presets import Preset, dump
from interactions.conversations.request import Options
from interactions.sandbox import sounds
from interactions.settings import Settings
from interactions.ui import words
from interactions.ui.server.identity import COOKIE
from interactions.workspace import Workspace
from tests.browser.playground import button, close_popover, expect_ended, poll, send, turns, visit
from tests.browser.scripted import Wire, scripted, step, stream
from tests.browser.test_files import attach
from tests.browser.test_hostile import CORPUS, ELSEWHERE, PROMPT, events, open_all
from tests.waiting import until

SCRIPT = f"window.ran = 'media'; fetch('{ELSEWHERE}/x')".encode()
PAGE = b"<!doctype html><script>(parent || self).ran = 'page'</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="parent.ran = 1"><script>parent.ran = 2</script></svg>'
CLAIMS = {
    "text/javascript": SCRIPT,
    "text/html": PAGE,
    "image/svg+xml": SVG,
    "audio/wav": SCRIPT,
    "audio/mpeg; x=y": PAGE,
    "text/css": b"body { display: none }",
}
REFUSED = """document.addEventListener('securitypolicyviolation', event => {
    (window.refused ||= []).push(`${event.violatedDirective} ${event.blockedURI}`);
})"""
DOWNLOADS = 9  # in a row; Chromium asks before it saves a tenth


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


def media() -> list[Wire]:
    """Each claim by each kind of part, and a sound that is one; all in one answer."""
    parts = [
        {"type": kind, "mime_type": claim, "data": encoded(data), "name": f"{claim}<script>.html"}
        for kind in ("audio", "image", "video", "document")
        for claim, data in CLAIMS.items()
    ]
    sound = {"type": "audio", "mime_type": "text/html", "data": sounds.wav(440, 1.0)}
    plain = {"type": "text", "text": "between them"}
    return step(99, {"type": "model_output"}, *parts, plain, sound)


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A conversation that was recorded elsewhere, from a server that means no good."""
    with scripted({PROMPT: stream([*events(), *media()])}) as url:
        folder = str(tmp_path_factory.mktemp("elsewhere"))
        workspace = Workspace(Settings(base_url=url, api_key="theirs", data=folder))
        workspace.turns.send("somebody", "c", PROMPT, Options("m"))
        until(lambda: workspace.library.conversation("somebody", "c").turns[0].journal.closed)
        data = workspace.cassettes.export("somebody", "c")
        workspace.close()
    return data


class Visitor:
    """A page of a browser of its own, and all that it asked for."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page = self.context.new_page()
        self.page.add_init_script(REFUSED)
        self.asked: list[str] = []
        self.broken: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.broken.append(str(error)))
        self.page.on("dialog", lambda dialog: self.broken.append(dialog.message))

    def cookie(self) -> dict[str, str]:
        return {each["name"]: each["value"] for each in self.context.cookies() if each["name"] == COOKIE}

    def reads(self, app: Server, path: str) -> httpx.Response:
        return httpx.get(app.url + path, cookies=self.cookie(), trust_env=False)

    def served(self) -> list[str]:
        """The paths of the files that its page has asked for."""
        paths = (urlsplit(url).path for url in self.asked)
        return list(dict.fromkeys(path for path in paths if path.startswith("/media/")))

    def expect_unharmed(self) -> None:
        assert self.page.evaluate("window.ran") is None
        assert self.broken == []
        assert set(self.page.evaluate("window.refused ?? []")) <= {
            "script-src wasm-eval"
        }  # Streamlit asks for it
        assert {urlsplit(url).hostname for url in self.asked if url.startswith("http")} == {"127.0.0.1"}
        expect(self.page.locator(".stApp")).to_be_visible()
        assert self.page.locator("iframe, .stApp script, [onerror], [onload], a[href^='java' i]").count() == 0


@pytest.fixture
def visitors(browser: Browser) -> Iterator[tuple[Visitor, Visitor]]:
    both = Visitor(browser), Visitor(browser)
    yield both
    for each in both:
        each.context.close()


def give(page: Page, popover: str, name: str, data: bytes) -> None:
    """A file to a popover of the sidebar, which closes when it has it."""
    button(page, popover).click()
    taker = page.locator(f'[class*="st-key-{popover}_file"] input[type="file"]')
    taker.set_input_files(FilePayload(name=name, mimeType="application/json", buffer=data))
    expect(taker).to_have_count(0)


def download(visitor: Visitor) -> Sequence[str]:
    """Presses the last buttons of files; returns what they were saved as."""
    names = []
    buttons = turns(visitor.page).last.get_by_test_id("stDownloadButton").get_by_role("button")
    for place in buttons.all()[-DOWNLOADS:]:
        with visitor.page.expect_download() as saved:
            place.click()
        names.append(saved.value.suggested_filename)
    return names


def loaded_as_script(page: Page, path: str) -> str:
    """What becomes of a file that markup of somebody's names as a script of the page."""
    said: str = page.evaluate(
        """path => new Promise(done => {
            const script = document.createElement('script');
            script.src = path;
            script.onload = () => done('loaded');
            script.onerror = () => done('refused');
            document.head.append(script);
        })""",
        path,
    )
    return said


def test_what_one_visitor_imports_runs_nowhere_and_is_not_the_others(
    visitors: tuple[Visitor, Visitor], app: Server, cassette: bytes
) -> None:
    """Neither its sound nor its files nor its frames; not at an address that can be computed either."""
    ann, bob = visitors
    visit(ann.page, app)
    visit(bob.page, app)
    give(ann.page, "library_import", "conversation.json", cassette)
    expect(turns(ann.page).last.locator("audio")).to_have_count(1)
    open_all(ann.page)
    names = download(ann)
    assert len(names) == DOWNLOADS
    assert all(name.endswith((".txt", ".bin")) for name in names)
    ann.expect_unharmed()

    files = ann.served()
    assert len(files) > len(CLAIMS)
    missing = bob.reads(app, "/media/0")
    for path in files:
        own, theirs = ann.reads(app, path), bob.reads(app, path)
        shown = own.headers["content-type"] == "audio/wav"
        assert own.status_code == 200
        assert shown or own.headers["content-type"] == "application/octet-stream"
        assert shown != ("attachment" in own.headers.get("content-disposition", ""))
        assert own.headers["x-content-type-options"] == "nosniff"
        assert own.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert own.headers["cross-origin-resource-policy"] == "same-origin"
        assert told(theirs) == told(missing) == told(httpx.get(app.url + path, trust_env=False))
        assert loaded_as_script(ann.page, path) == "refused"
        assert loaded_as_script(bob.page, path) == "refused"
    for claim, data in CLAIMS.items():
        for mime in (claim, claim.partition(";")[0], "audio/wav", "application/octet-stream"):
            computed = f"/media/{_calculate_file_id(data, mime)}"
            assert told(bob.reads(app, computed)) == told(missing)
            assert told(ann.reads(app, computed)) == told(missing)
    ann.expect_unharmed()
    bob.expect_unharmed()

    conversation = ann.page.url.rpartition("conversation=")[2]
    frame = str(ann.page.locator(".st-key-event_log .row a").first.get_attribute("href"))
    frame = urlsplit(frame).path.removeprefix(".")
    frame = frame if frame.startswith("/") else f"/{frame}"
    assert ann.reads(app, frame).status_code == 200
    assert told(bob.reads(app, frame)) == told(bob.reads(app, "/raw/nothing/nothing/0"))
    assert ann.reads(app, f"/news/{conversation}").json()["sign"]
    assert told(bob.reads(app, f"/news/{conversation}")) == told(bob.reads(app, "/news/nothing"))
    visit(bob.page, app, f"/?conversation={conversation}")
    expect(bob.page.get_by_text(words.NOT_FOUND)).to_be_visible()
    assert turns(bob.page).count() == 0


def told(answer: httpx.Response) -> tuple[Any, ...]:
    """All that an answer says, but the time."""
    return answer.status_code, answer.content, {**answer.headers, "date": ""}


def until_lasts(sound: Locator, seconds: float) -> None:
    """The browser has loaded the sound, and it is longer than this.

    Asked from outside, each time anew: the page's policy forbids the `eval` with which
    `wait_for_function` asks a second time.
    """
    for _ in poll(sound.page):
        if sound.evaluate("(sound, seconds) => sound.duration > seconds", seconds):
            return
    raise AssertionError(f"not longer than {seconds} s: {sound.evaluate('sound => sound.duration')}")


def test_a_sound_plays_can_be_sought_in_and_goes_on_through_a_rerun(
    visitors: tuple[Visitor, Visitor], app: Server, cassette: bytes
) -> None:
    """Its address stays the same, so that the browser does not load it anew."""
    ann, _ = visitors
    visit(ann.page, app)
    give(ann.page, "library_import", "conversation.json", cassette)
    sound = turns(ann.page).last.locator("audio")
    expect(sound).to_have_count(1)
    until_lasts(sound, 0.9)
    at = sound.evaluate(
        """sound => new Promise(done => {
            sound.onseeked = () => done(sound.currentTime);
            sound.currentTime = 0.5;
        })"""
    )
    assert at == 0.5
    before = sound.get_attribute("src")
    button(ann.page, "library_import").click()
    expect(ann.page.locator('[class*="st-key-library_import_file"]').first).to_be_visible()
    assert sound.get_attribute("src") == before
    assert sound.evaluate("sound => sound.currentTime") == 0.5


def test_hostile_presets_and_files_are_names_and_bytes(
    visitors: tuple[Visitor, Visitor], app: Server
) -> None:
    """Their words are drawn as words, also in the file that they are downloaded as."""
    ann, bob = visitors
    visit(ann.page, app)
    clean = [text.replace("\0", "").encode("utf-8", "replace").decode() for text in CORPUS[:11]]
    names = ("".join(filter(str.isprintable, " ".join(text.split())))[:60].strip() for text in clean)
    presets = [Preset(name, "", Options("m", text)) for name, text in zip(names, clean, strict=True)]
    give(ann.page, "presets", "presets.json", dump(presets))
    button(ann.page, "presets").click()
    expect(ann.page.locator('[class*="st-key-preset-"]')).to_have_count(len(presets))
    ann.expect_unharmed()
    close_popover(ann.page)
    files = [
        FilePayload(name=f"{name}", mimeType=mime, buffer=data)
        for name, mime, data in (
            ("<img src=x onerror=ran=1>.html", "text/html", PAGE),
            ("run.js", "text/javascript", SCRIPT),
            ("drawing.svg", "image/svg+xml", SVG),
            ("invoice\u202efdp.html", "text/html", PAGE),
        )
    ]
    attach_unnamed(ann.page, files)
    send(ann.page, "Look")
    expect_ended(ann.page)
    open_all(ann.page)
    saved = download(ann)
    assert len(saved) == len(files)
    assert all(name.endswith(".txt") for name in saved)
    for path in ann.served():
        assert bob.reads(app, path).status_code == 404
        assert loaded_as_script(ann.page, path) == "refused"
    ann.expect_unharmed()


def attach_unnamed(page: Page, files: Sequence[FilePayload]) -> None:
    """As `attach`, for names that the page shows in its own way."""
    attach(page, FilePayload(name="plain.txt", mimeType="text/plain", buffer=b"1"))
    page.get_by_role("button", name="Remove plain.txt").click()
    page.get_by_test_id("stChatInput").locator('input[type="file"]').set_input_files(list(files))
    expect(page.get_by_test_id("stChatInput").get_by_role("button", name="Remove")).to_have_count(len(files))


@pytest.mark.parametrize("text", [CORPUS[0], CORPUS[1], CORPUS[5], "../../raw", "\u202e\u2028", "%00"])
def test_hostile_addresses_lead_to_a_page_that_works(
    visitors: tuple[Visitor, Visitor], app: Server, text: str
) -> None:
    """As a parameter, as a page's path, and in the addresses of ours."""
    ann, _ = visitors
    part = quote(text, safe="")
    for path in (f"/?conversation={part}", f"/compare?comparison={part}&conversation={part}"):
        ann.page.goto(app.url + path)
        expect(ann.page.get_by_test_id("stChatInputTextArea").first).to_be_visible()
        ann.expect_unharmed()
    for path in (f"/raw/{part}/{part}/0", f"/news/{part}", f"/media/{part}", f"/diagnostics/{part}"):
        answer = ann.reads(app, path)
        html = "text/html" in answer.headers.get("content-type", "")
        assert not html or text not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_hostile_headers_get_into_no_answer(app: Server) -> None:
    """Neither into its text nor into its headers."""
    evil = "evil.example; script-src *"
    sent = {
        "x-forwarded-host": evil,
        "x-forwarded-proto": "javascript",
        "referer": f"{ELSEWHERE}/<script>",
        "user-agent": CORPUS[0],
        "cookie": f"{COOKIE}=<script>alert(1)</script>",
        "accept-language": CORPUS[0],
        "accept": "text/html",
    }
    for path in ("/", "/compare", "/diagnostics", "/health", "/news", "/raw/c/t/0", "/media/x", "/nowhere"):
        answer = httpx.get(app.url + path, headers=sent, trust_env=False)
        said = answer.text + str(answer.headers)
        assert "evil.example" not in said
        assert "alert(1)" not in said


def test_speech_is_recorded_under_the_policy(tmp_path: Path, browser: Browser, app: Server) -> None:
    """The page reads what it has recorded; it is sent, and played."""
    del tmp_path
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    own = browser.browser_type.launch(executable_path=chromium_path(), args=[*CHROMIUM_ARGS, *fake])
    try:
        page = own.new_context(permissions=["microphone"]).new_page()
        visit(page, app)
        page.get_by_role("button", name="Start recording").click()
        page.get_by_role("button", name="Submit recording").wait_for()
        page.wait_for_timeout(1_000)  # of speech
        page.get_by_role("button", name="Submit recording").click()
        sound = turns(page).last.locator("audio")
        expect(sound).to_have_count(1)
        until_lasts(sound, 0.5)
    finally:
        own.close()
