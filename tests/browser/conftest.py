"""Fixtures of the tests in a real browser. All tests of this folder get the marker `browser` and run last."""

import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from benchmarks.harness import ROOT, Server, chromium, start_page
from tests.browser.kinds import bodies
from tests.browser.scripted import Answers

HERE = Path(__file__).parent
ARTEFACTS = ROOT / "artefacts"
PATIENCE = 15_000  # ms; a page is a few hundred on an idle machine, and CI is not idle

expect.set_options(timeout=PATIENCE)


class StartApp(Protocol):
    """Start one more app. The same folder again: the same data, as after a restart."""

    def __call__(
        self, environ: Mapping[str, str] | None = None, *, folder: Path | None = None, port: int | None = None
    ) -> Server: ...


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder. Last, because Playwright's event loop stays running in the main thread."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A visitor who was never here: own cookies, own storage."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app that tests share; each sees only its own visitor's conversations."""
    server = start_page(tmp_path_factory.mktemp("app"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Answers]:
    with closing(Answers()) as server:
        yield server


@pytest.fixture(scope="session")
def scripted_app(tmp_path_factory: pytest.TempPathFactory, endpoint: Answers) -> Iterator[Server]:
    """The app that tests share whose answers are written by them."""
    environ = {"INTERACTIONS_BASE_URL": endpoint.url, "GEMINI_API_KEY": "none"}
    server = start_page(tmp_path_factory.mktemp("scripted"), environ)
    yield server
    server.stop()


@pytest.fixture
def answers(endpoint: Answers) -> Iterator[Answers]:
    """What the `scripted_app` is answered: a test writes it, and holds it for as long as it needs."""
    yield endpoint
    endpoint.forget()


@pytest.fixture
def gallery(scripted_app: Server, answers: Answers) -> Server:
    """An app whose endpoint answers with every kind of step at once."""
    answers.say(bodies())
    return scripted_app


@pytest.fixture
def start_app(tmp_path: Path) -> Iterator[StartApp]:
    started: list[Server] = []

    def start(
        environ: Mapping[str, str] | None = None, *, folder: Path | None = None, port: int | None = None
    ) -> Server:
        started.append(start_page(folder or tmp_path, environ, port=port))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def fresh_app(start_app: StartApp) -> Server:
    """An app of the test's own, for tests that stop it, or count what it does."""
    return start_app()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failure come a screenshot, and what the apps said."""
    report = yield
    if report.failed:
        for name, value in item.funcargs.items():
            if isinstance(value, Server):
                report.sections.append((f"output of {name}", value.said()))
            if isinstance(value, Page):
                report.sections.append((f"screenshot of {name}", _screenshot(item, value)))
    return report


def _screenshot(item: pytest.Item, page: Page) -> str:
    """Taken if the page still can; its path, or why there is none."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / (re.sub(r"[^\w.-]+", "_", item.nodeid) + ".png")
    try:
        page.screenshot(path=path, full_page=True)
    except Error as error:
        return f"none: {error.message}"
    return str(path)
