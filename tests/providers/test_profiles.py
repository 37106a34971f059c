"""What is known of a vendor beside its wire: one value, which an installed package can bring as well."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

import interactions
from interactions.conversations.conversation import Prompt
from interactions.conversations.exchanges import curl
from interactions.conversations.request import Access, Options
from interactions.conversations.scripts import python_script
from interactions.endpoints.endpoint import Endpoint, endpoints
from interactions.errors import SettingsError
from interactions.providers.built_in import COMMON, HOME, NATIVE, PROFILES
from interactions.providers.profile import Meaning, Profile, Profiles, profile_of
from interactions.providers.responses.provider import OpenAIResponses
from interactions.running.runner import stream
from interactions.settings import Settings
from interactions.stream.journal import Frame, Journal
from interactions.stream.masks import MASK
from interactions.stream.notes import Request
from interactions.turns.events import ErrorDetail, Usage
from interactions.turns.turn import Turn
from interactions.ui.answer.pricing import in_words
from interactions.ui.log.rows import describe
from interactions.ui.words import chain
from interactions.ui.words.causes import CAUSES, VAGUE
from interactions.ui.words.endpoints import title
from interactions.ui.words.trouble import trouble
from interactions.workspace import Workspace
from tests.folding import requested
from tests.oddities import PROTOCOLS
from tests.packages import install
from tests.peers import peer, says
from tests.vendors import asking

KNOWN = Profiles(PROTOCOLS.values())
BRINGS = """
from interactions.conversations.request import Access
from interactions.conversations.request import Access, Options
from interactions.conversations.scripts import Sdk
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.profile import Profile, Service

def gist(kind, value):
    return f"{kind} says {value.get('say')}"

class Ours(OpenAIChat):
    profile = Profile(
        service=Service(
            "ours", "Ours", "https://api.ours.example/v1", ("small",), keys=("OURS_KEY",), header="x-ours"
        ),
        sdk=Sdk(
            "ours-sdk", "import ours", "ours.Client", "client.ask", "/chat/completions", "model",
            keys=("x-ours",),
        ),
        prices="x-ai",
        previous_field="after",
        retention={"": 3600},
        refusals={"no_coins": "unpaid", "not_found": "no_model"},
        messages={"out of cheese": "busy"},
        vague=frozenset({"error_418"}),
        gist=gist,
    )

def made(client, endpoint):
    return Ours(client, Access(endpoint.base_url, endpoint.api_key), protocol="ours")
"""
MODULES = {
    "ours": BRINGS,
    "ours_wrong": BRINGS.replace("    profile = Profile(", "    profile = dict("),
    "ours_keyless": BRINGS.replace('("OURS_KEY",)', "()"),
    "ours_nowhere": BRINGS.replace("https://api.ours.example/v1", "nowhere"),
    "ours_strange": BRINGS.replace('"unpaid"', '"bankrupt"'),
    "ours_plain": BRINGS.replace("    profile = Profile(", "    _unused = Profile("),
}
MINE = {"mine": Endpoint("mine", "ours", "http://127.0.0.1:9")}


def begun(folder: Path, patch: pytest.MonkeyPatch, module: str = "ours") -> Workspace:
    (package := folder / "package-of-ours").mkdir()
    install(package, patch, MODULES, {"ours": f"{module}:made"})
    return Workspace(Settings(api_key="k", base_url="http://127.0.0.1:9", data=str(folder)), MINE)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    made = begun(tmp_path, monkeypatch)
    yield made
    made.close()


def asked(url: str, header: str) -> Request:
    return requested(url=url, headers={header: MASK}, body={"model": "m", "odd": 1})


def failed(code: str, message: str = "No.") -> Turn:
    return Turn(status="failed", ended=True, error=ErrorDetail(code, message, http_status=400))


@pytest.mark.parametrize("protocol", PROFILES)
def test_every_protocol_that_is_built_in_stands_beside_its_profile(protocol: str) -> None:
    """The table and the provider say the same."""
    (provider,) = (each for each in PROTOCOLS.values() if each.protocol == protocol)
    assert profile_of(provider) is PROFILES[protocol]


def test_the_endpoints_are_those_of_the_profiles() -> None:
    """The one that is always there comes from the settings; a vendor's key and address by its variables."""
    assert PROFILES[NATIVE].service == HOME
    assert Settings().model == HOME.models[0]
    services = {name: profile.service for name, profile in PROFILES.items() if profile.service}
    given = {service.keys[-1]: "planted" for service in services.values()}
    for endpoint in endpoints(given, {}).values():
        service = services[endpoint.protocol]
        assert endpoint.models == service.models
        assert endpoint.base_url == service.base_url
        assert (endpoint.api_key, endpoint.key_source) == ("planted", service.keys[-1])
        assert endpoint.bearer == (service.keys[-1] in service.tokens)
        assert title(endpoint.name) == service.title


def test_programs_on_this_machine_are_those_of_the_profile() -> None:
    found = endpoints({"INTERACTIONS_LOCAL_SERVERS": "1"}, {}).values()
    local = {each.name: (each.protocol, each.base_url) for each in found if each.local}
    programs = {each.name: (name, each) for name, profile in PROFILES.items() for each in profile.local}
    assert local == {
        name: (protocol, f"http://localhost:{each.port}{each.path}")
        for name, (protocol, each) in programs.items()
    }
    assert [*local][: len(PROFILES[COMMON].local)] == [each.name for each in PROFILES[COMMON].local]
    for name, (_, each) in programs.items():
        assert title(name) == f"{each.title} · this machine"


@pytest.mark.parametrize("protocol", [*PROFILES, "of-nobody-here"])
@pytest.mark.parametrize("service", [profile.service for profile in PROFILES.values() if profile.service])
def test_a_vendors_key_is_known_by_its_host_in_any_protocol(protocol: str, service: Any) -> None:
    """Vendors speak each other's."""
    command = curl(asked(f"{service.base_url}/x", "authorization"), KNOWN.key_names(protocol))
    assert f"Bearer ${service.keys[0]}" in command


@pytest.mark.parametrize("protocol", [*PROFILES, "of-nobody-here"])
@pytest.mark.parametrize("header", ["x-goog-api-key", "x-api-key", "authorization"])
def test_on_this_machine_a_header_names_the_key_of_its_own_protocol_only(protocol: str, header: str) -> None:
    """Any server may call its header `x-api-key`."""
    google = dict.fromkeys(
        [(each, "x-goog-api-key") for each in ("gemini", "gemini_generate_content")], "GEMINI_API_KEY"
    )
    own = {**google, ("anthropic", "x-api-key"): "ANTHROPIC_API_KEY"}
    variable = own.get((protocol, header), "API_KEY")
    request, names = asked("http://localhost:9/x", header), KNOWN.key_names(protocol)
    assert shlex.split(curl(request, names).replace("\\\n", " "))[-3].endswith(f"${variable}")
    assert f"os.environ['{variable}']" in python_script(request, KNOWN.of(protocol).sdk, names)


def test_of_a_protocol_that_nobody_speaks_any_more_nothing_is_guessed() -> None:
    """It has a row, a sentence and a program all the same."""
    profile = KNOWN.of("of-nobody-here")
    assert profile == Profile()
    script = python_script(asked("https://x.test/y", "x-api-key"), profile.sdk, KNOWN.key_names("gone"))
    assert script.startswith("# pip install httpx\n")
    assert "os.environ['API_KEY']" in script
    assert chain.follows(profile.previous_field) == chain.NO_CHAIN
    assert "not known" in chain.life(1, profile.retention)
    assert describe(Frame(0, 0, 0, "wire", b'data: {"type":"a","text":"b"}\n\n'), profile.gist).gist == "b"
    found = trouble(failed("overloaded_error"), profile)
    assert found is not None
    assert found.happened.startswith("The model is overloaded or down")


def test_every_meaning_of_a_refusal_has_a_sentence() -> None:
    assert set(CAUSES) == set(get_args(Meaning))
    told = [each for profile in PROFILES.values() for each in (profile.refusals, profile.messages)]
    assert {meaning for each in told for meaning in each.values()} == set(CAUSES), "and each is meant"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profiles_words_are_such_as_can_be_found(profile: Profile) -> None:
    """What is compared with them is in lower case; a code that says little is one that is known."""
    words = [*profile.refusals, *profile.messages, *profile.vague, *profile.forgotten]
    assert [word for word in words if word != word.lower()] == []
    assert profile.vague <= set(profile.refusals)
    assert profile.vague < VAGUE


@pytest.mark.parametrize(
    ("protocol", "advice"),
    [
        (
            "gemini",
            "Interactions are kept for 1 day on the free tier and"
            " 7, 14, 28 or 55 days on a paid one, depending on its project's settings. Start a new",
        ),
        ("openai_responses", "Interactions are kept for 30 days. Start a new"),
        ("anthropic", "Start a new"),
        ("of-nobody-here", "Start a new"),
    ],
)
def test_how_long_something_was_kept_is_said_of_its_own_vendor(protocol: str, advice: str) -> None:
    found = trouble(failed("not_found"), KNOWN.of(protocol))
    assert found is not None
    assert found.advice.startswith(advice)


def test_an_answer_is_said_to_be_kept_as_long_as_it_may_be() -> None:
    """On a paid tier that is chosen; what the shorter choices have deleted is said to be gone."""
    kept, day = KNOWN.of("gemini").retention, 24 * 3600
    chosen = "depending on its project's settings."
    paid = f"on a paid one, {chosen}"
    for age, left in (
        (0, f"24 more hours on the free tier and 7, 14, 28 or 55 more days {paid}"),
        (5.5 * day, f"36 more hours, 8 more days, 22 more days or 49 more days {paid}"),
        (
            10 * day,
            f"4, 18 or 45 more days on a paid one, or gone already, {chosen}",
        ),
        (54 * day, f"24 more hours on a paid one, or gone already, {chosen}"),
    ):
        assert chain.life(age, kept) == f"Kept by the server for {left}"
    assert chain.life(56 * day, kept).startswith("Probably gone")


@pytest.mark.parametrize(
    ("protocol", "names"),
    [
        ("gemini", "google.genai._gaos.types.interactions.model:Model"),
        ("gemini_generate_content", "google.genai._gaos.types.interactions.model:Model"),
        ("anthropic", "anthropic.types.model:Model"),
        ("openai_responses", "openai.types.shared.responses_model:ResponsesModel"),
    ],
)
def test_the_models_that_we_name_are_those_that_the_vendor_s_client_names(protocol: str, names: str) -> None:
    """None by heart: with the day on which they were looked up."""
    module, name = names.split(":")
    service = KNOWN.of(protocol).service
    assert service is not None
    assert set(service.models) <= literals(getattr(import_module(module), name))
    assert date.fromisoformat(service.looked_up) >= date(2026, 12, 1)


def test_every_service_that_names_models_says_when_they_were_looked_up() -> None:
    services = [profile.service for profile in PROFILES.values() if profile.service]
    assert all(service.looked_up for service in services if service.models)


def literals(kind: Any) -> set[str]:
    """The texts that a type has, in whatever unions and aliases."""
    return {kind} if isinstance(kind, str) else set().union(*map(literals, get_args(kind)))


def test_a_package_brings_the_profile_of_its_provider(workspace: Workspace) -> None:
    """Exports, keys, prices, the chain, gists and refusals go by it."""
    profile, names = workspace.profiles.of("ours"), workspace.profiles.key_names("ours")
    url = "https://api.ours.example/v1/chat/completions"
    script = python_script(asked(url, "x-ours"), profile.sdk, names)
    assert script == (
        "# pip install ours-sdk\nimport os\n\nimport ours\n\nclient = ours.Client(\n"
        "    api_key=os.environ['OURS_KEY'],\n    base_url='https://api.ours.example/v1',\n)\n"
        "body = {'model': 'm'}\nextra_body = {'odd': 1}\n"
        "answer = client.ask(**body, extra_body=extra_body)\n"
        "print(answer.model_dump_json(exclude_unset=True, warnings=False))\n"
    )
    for at in (url, "http://localhost:9/v1"):
        assert '"x-ours: $OURS_KEY"' in curl(asked(at, "x-ours"), names)
    assert '"x-ours: $API_KEY"' in curl(asked("https://evil.test/v1", "x-ours"), names)
    spent = Turn(ended=True, reported=(Usage(None, 1_000_000, 0),))
    for model, amount in (("grok-3", "≈ $3.00"), ("gpt-4o", "cost unknown")):
        prompt = Prompt("p", "Hi", Options(model), protocol="ours", endpoint="mine")
        assert in_words(workspace, prompt)(spent) == amount, "by its own list, and no other"
    assert chain.follows(profile.previous_field) == "`after` of the next turn"
    assert chain.life(1800, profile.retention) == "Kept by the server for 30 more minutes."
    frame = Frame(0, 0, 0, "wire", b'data: {"type":"talk","say":"x"}\n\n')
    assert describe(frame, profile.gist).gist == "talk says x"


@pytest.mark.parametrize(
    ("code", "message", "happened"),
    [
        ("no_coins", "No.", "The account behind the key has no credit left"),
        ("not_found", "No.", "There is no such model for this key"),
        ("overloaded_error", "No.", "The model is overloaded or down"),
        ("error_418", "Out of cheese.", "The model is overloaded or down"),
        ("crash", "No.", "This program failed"),
    ],
)
def test_a_packages_words_for_refusals_come_before_those_of_others(
    workspace: Workspace, code: str, message: str, happened: str
) -> None:
    """And those are known beside them. What this program says itself is nobody else's."""
    found = trouble(failed(code, message), workspace.profiles.of("ours"))
    assert found is not None
    assert found.happened.startswith(happened)


@pytest.mark.parametrize(
    ("words", "error", "rebuilt"),
    [
        ({"no_such_thread"}, {"code": "no_such_thread", "message": "m"}, True),
        ({"thread is gone"}, {"code": "c", "message": "That Thread is gone."}, True),
        (set[str](), {"code": "previous_response_not_found", "message": "m"}, False),
    ],
)
def test_an_id_is_taken_for_forgotten_by_the_words_of_the_profile(
    words: set[str], error: dict[str, str], rebuilt: bool
) -> None:
    """And by those of no other vendor; then the history goes in its place."""

    class Theirs(OpenAIResponses):
        profile = Profile(forgotten=frozenset(words))

    refusal = json.dumps({"error": error}).encode()
    head = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n"
    with peer(says(head, refusal)) as server, httpx.Client() as client:
        request = asking(previous_interaction_id="r1")
        stream(Theirs(client, Access(server.url)), request, Journal(Turn()))
    assert len(server.requests) == 1 + rebuilt
    assert b"previous_response_id" not in server.requests[-1] or not rebuilt


def test_a_provider_without_a_profile_is_one_of_which_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it derives from may have one, which then is its own."""
    workspace = begun(tmp_path, monkeypatch, "ours_plain")
    assert workspace.profiles.of("ours") is PROFILES[COMMON]
    assert profile_of(object()) == Profile()
    workspace.close()


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("ours_wrong", "whose `profile` is none. Make it a `Profile` of interactions.providers.profile"),
        ("ours_keyless", "The service 'ours' needs a variable for its key"),
        ("ours_nowhere", "a host in its base_url"),
        ("ours_strange", "A refusal cannot mean 'bankrupt'; it takes one of absent, "),
    ],
)
def test_a_profile_that_is_none_is_refused_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    """With the package that it comes from."""
    with pytest.raises(SettingsError, match=r"^The protocol 'ours' of \[providers.mine\]") as caught:
        begun(tmp_path, monkeypatch, module)
    assert said in str(caught.value)


VENDORS = re.compile(
    r"gemini|goog|anthropic|claude|openai|chatgpt|gpt-?\d|lm.?studio|ollama|llama|vllm|mistral|deepseek|azure",
    re.IGNORECASE,
)
OWN = (
    "sandbox/",
    "providers/gemini/",
    "providers/generate_content/",
    "providers/anthropic/",
    "providers/responses/",
    "providers/chat/",
    "providers/lmstudio/",
)
# Where a vendor is named all the same, by module: the names, and why.
NAMED: Mapping[str, tuple[set[str], str]] = {
    "providers/built_in.py": ({"*"}, "the table of the protocols that are built in"),
    "providers/tells.py": ({"*"}, "the table of what tells one protocol from another"),
    "endpoints/protocols.py": ({"*"}, "the table of their providers"),
    "conversations/conversation.py": ({"gemini"}, "the oldest rows do not say their protocol"),
    "cassettes/__main__.py": ({"GEMINI_API_KEY"}, "a command that is told to a person, who has to set it"),
    "stream/masks.py": (
        {
            *("lm-studio", "anthropic-version", "anthropic-beta", "openai-beta", "openai-organization"),
            *("openai-project", "x-goog-user-project", "x-goog-api-client", "x-goog-api-key"),
        },
        "what is no secret is decided in one place, and by no package",
    ),
    "turns/steps.py": ({"google_search_call", "google_maps_call"}, "kinds of steps of our vocabulary"),
    "ui/answer/tools/kinds.py": ({"google_search_call", "google_maps_call"}, "likewise"),
    "ui/words/__init__.py": ({"google_search", "google_maps", "Google Search", "Google Maps"}, "likewise"),
    "ui/words/examples.py": ({"Answer with a Google search."}, "a message of an example"),
}


def names_in(tree: ast.AST) -> Iterator[str]:
    """Identifiers, modules and strings, but no docstrings."""
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        if node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in prose:
            yield str(node.value)
        for field in ("id", "attr", "name", "asname", "arg", "module"):
            if isinstance(name := getattr(node, field, None), str):
                yield name


def test_no_other_module_names_a_vendor() -> None:
    """Nor a host, nor a model. Where it has to be, the reason stands above."""
    root = Path(interactions.__path__[0])
    found: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*.py")):
        module = path.relative_to(root).as_posix()
        if not module.startswith(OWN):
            names = set(filter(VENDORS.search, names_in(ast.parse(path.read_text()))))
            found |= {module: names} if names else {}
    for module, (allowed, _why) in NAMED.items():
        words = found.pop(module)
        if "*" not in allowed:
            assert all(any(one in word for one in allowed) for word in words), module
            assert all(any(one in word for word in words) for one in allowed), f"not needed: {module}"
    assert found == {}
