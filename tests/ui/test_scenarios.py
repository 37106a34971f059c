"""Whatever the sandbox can play ends in a status, and in the sentence that a person needs."""

import re
import time
from collections.abc import Iterator

import pytest

from interactions.conversations.request import Options
from interactions.sandbox import TABLE, Scenario, serve
from interactions.settings import Settings
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.answer.turn import drawing
from interactions.ui.words.examples import WEATHER
from interactions.workspace import Workspace

pytestmark = pytest.mark.slow

OWNER = "somebody"
MODEL = "gemini-2.5-flash"

# The status of each scenario's turn, and something that the turn then shows.
ENDINGS = {
    "long answer": ("completed", "1,438 out"),
    "function call": ("requires_action", "waits for the result of a function"),
    "search": ("completed", "Google Search · Øresund Bridge length"),
    "URL context": ("completed", "paywall"),
    "code execution": ("completed", "Code execution"),
    "maps": ("completed", "Torvehallerne"),
    "file search": ("completed", "page 12"),
    "MCP": ("completed", "railways · get_timetable"),
    "rare steps": ("completed", "Media processing"),
    "every step": ("completed", "get_time"),
    "image": ("completed", "bridge.jpg , not loaded"),
    "audio": ("completed", "530 out"),
    "video": ("completed", "crossing.mp4 , not loaded"),
    "document": ("completed", "timetable.pdf , not loaded"),
    "structured output": ("completed", '": '),
    "continuation": ("completed", "2 requests: the server paused the answer"),
    "incomplete": ("incomplete", "The model stopped before it was done."),
    "budget exceeded": ("budget_exceeded", "The token budget of the run is used up."),
    "status failed": ("failed", "The run broke off: a tool did not answer."),
    "HTTP 429 always": ("failed", "Too many requests in a short time (HTTP 429, rate_limit_exceeded)."),
    "HTTP 429": ("completed", "first token 2,"),
    "HTTP 503 always": ("failed", "The model is overloaded or down (HTTP 503, service_unavailable)."),
    "HTTP 503": ("completed", "first token 2,"),
    "quota": ("failed", "The quota of this key is used up (HTTP 429, quota_exceeded)."),
    "bad key": ("failed", "The server does not accept the API key (HTTP 400, INVALID_ARGUMENT)."),
    "unauthenticated": ("failed", "The server does not accept the API key (HTTP 401, authentication)."),
    "payment required": ("failed", "The account behind the key cannot pay for this"),
    "forbidden": ("failed", "The key is not allowed to do this"),
    "model not found": ("failed", "There is no such model for this key and API version"),
    "missing signature": ("failed", "lacks the signature of a thought"),
    "long chain": ("failed", "Then its history is what the server refuses: start a new one."),
    "proxy page": ("failed", "The server has a problem (HTTP 502)."),
    "slow": ("completed", "about two words a second"),
    "queued": ("completed", "queue"),
    "large frame": ("completed", "data:image/png;base64,"),
    "citations late": ("completed", "oresundsbron.com"),
    "no usage": ("completed", "usage not reported"),
    "no step.start": ("completed", "The server sent content of a step that it had not begun (row"),
    "no delta type": ("completed", "64 thought"),
    "keep-alive": ("completed", "64 thought"),
    "garbage frame": ("completed", "hologram"),
    "no completion": ("completed", "brought back by a GET"),
    "error event": ("failed", "The model is overloaded or down (service_unavailable)."),
    "deadline": ("completed", "brought back by a GET"),
    "bare error": ("failed", "A content filter stopped the answer (prohibited_content)."),
    "ten-minute cut": ("failed", "Streams end after about ten minutes."),
    "cut": ("completed", "brought back by a GET"),
    "slow finish": ("completed", "brought back by a GET"),
    "no stream on GET": ("completed", "brought back by a GET"),
    "silence": ("cancelled", "The server said nothing for too long"),
    "silence before headers": ("interrupted", "The server said nothing for too long"),
    "legacy schema": ("completed", "64 thought"),
    "plain JSON": ("completed", "64 thought"),
    "BOM and CRLF": ("completed", "64 thought"),
    "replay": ("completed", "under new indices"),
    "busy GET": ("completed", "for the first two GETs"),
    "cancelled late": ("completed", "the cancel call answers"),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    server = serve(pace=0)
    data = str(tmp_path_factory.mktemp("data"))
    yield Workspace(Settings(base_url=server.url, api_key="any", silence=1.0, data=data))
    server.close()


def test_no_scenario_is_left_out() -> None:
    assert sorted(ENDINGS) == sorted(scenario.name for scenario in TABLE)


@pytest.mark.parametrize("scenario", TABLE, ids=lambda scenario: scenario.name)
def test_a_scenario_ends_in_its_sentence(workspace: Workspace, scenario: Scenario) -> None:
    if scenario.name == "long chain":
        play(workspace, scenario.name, "Hello")
    status, seen = play(workspace, scenario.name, scenario.example)
    expected, sentence = ENDINGS[scenario.name]
    assert status == expected
    assert sentence in seen


def play(workspace: Workspace, conversation: str, prompt: str) -> tuple[str, str]:
    """The status that the turn ends with, and all that its drawing shows, without markup."""
    tools = (WEATHER,) if "function" in prompt else ()
    workspace.turns.send(OWNER, conversation, prompt, Options(MODEL, tools=tools))
    while workspace.library.conversation(OWNER, conversation).running:
        time.sleep(0.01)
    turn = workspace.library.conversation(OWNER, conversation).turns[-1].turn
    spans = drawing(turn).elements
    leaves = [leaf for span in spans for leaf in (span.leaves if isinstance(span, Group) else (span,))]
    labels = [span.label for span in spans if isinstance(span, Group)]
    return turn.status, "\n".join([*labels, *map(_words, leaves)])


def _words(leaf: Leaf) -> str:
    return re.sub(r"<[^>]*>", " ", leaf.value) if leaf.kind == "html" else leaf.value
