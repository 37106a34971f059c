"""What turns have cost: every token once, by the price list of its vendor, and never a guess for a fact."""

import subprocess
import sys
from decimal import Decimal
from typing import Any

import httpx
import pytest
from genai_prices import calc_price, extract_usage
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.costs import Total, estimate, price, spent, total
from interactions.conversations.request import Access
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.built_in import PROFILES
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.profile import Profile
from interactions.providers.protocol import Provider
from interactions.providers.responses.provider import OpenAIResponses
from interactions.turns.events import StepDelta, StepStart, SummaryDelta, TextDelta, Usage
from interactions.turns.turn import Turn
from interactions.ui.words.figures import UNKNOWN, cost, costs
from tests import folding
from tests.vendors import RECORDINGS, turn_after, turn_of

CLIENT = httpx.Client()
VENDORS: dict[str, tuple[Provider, str, str]] = {
    "anthropic": (Anthropic(CLIENT, Access("https://x.test")), "anthropic", "default"),
    "openai_responses": (OpenAIResponses(CLIENT, Access("https://x.test")), "openai", "responses"),
    "openai_chat": (OpenAIChat(CLIENT, Access("https://x.test")), "openai", "chat"),
}
COUNTED = [
    {"input_tokens": 900, "cache_read_input_tokens": 500, "cache_creation_input_tokens": 300}
    | {"output_tokens": 250, "output_tokens_details": {"thinking_tokens": 180}},
    {"input_tokens": 1700, "input_tokens_details": {"cached_tokens": 500, "cache_write_tokens": 300}}
    | {"output_tokens": 250, "output_tokens_details": {"reasoning_tokens": 180}, "total_tokens": 1950},
    {"prompt_tokens": 1700, "prompt_tokens_details": {"cached_tokens": 500, "cache_write_tokens": 300}}
    | {"completion_tokens": 250, "completion_tokens_details": {"reasoning_tokens": 180}},
]
MODELS = ("claude-opus-5-5", "gpt-6-astra", "gpt-6-astra")


def listed(protocol: str) -> str:
    """Whose price list counts, by the protocol's profile."""
    return PROFILES[protocol].prices if protocol in PROFILES else Profile().prices


EVENTS: list[Any] = [
    lambda model, counted: [
        {"type": "message_start", "message": {"id": "m", "model": model, "usage": counted}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ],
    lambda model, counted: [
        {"type": "response.completed", "response": {"id": "r", "model": model, "usage": counted}}
    ],
    lambda model, counted: [
        {"id": "c", "model": model, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"id": "c", "model": model, "choices": [], "usage": counted},
    ],
]


@pytest.mark.parametrize(
    ("protocol", "model", "events", "counted"),
    [*zip(VENDORS, MODELS, EVENTS, COUNTED, strict=True)],
    ids=VENDORS,
)
def test_a_turn_costs_what_its_vendors_own_figures_cost(
    protocol: str, model: str, events: Any, counted: dict[str, Any]
) -> None:
    """The judge is genai-prices itself, which reads the wire's usage without us. Cached, thought and written
    tokens are told in three ways there, and in one here."""
    provider, vendor, flavor = VENDORS[protocol]
    turn = turn_after(provider, *events(model, counted), done=protocol == "openai_chat")
    read = extract_usage({"model": model, "usage": counted}, provider_id=vendor, api_flavor=flavor)
    expected = calc_price(read.usage, model, provider_id=vendor).total_price
    assert spent(turn, model, listed(protocol), local=False) == expected
    assert expected > 0


def test_a_turn_of_gemini_costs_its_output_its_thoughts_and_what_its_tools_put_in() -> None:
    """22 + 198 in at 0.30 a million, 590 + 1173 out at 2.50: the figures of a recorded turn with a search."""
    usage = Usage(1983, 22, 590, 1173, 0, 198)
    in_and_out = Decimal("0.30") * 220 + Decimal("2.50") * 1763
    assert price(usage, "gemini-2.5-flash", listed("gemini"), local=False) == in_and_out / 1_000_000


def test_what_came_out_of_a_cache_costs_less() -> None:
    """By a tenth of the price of the input for this model."""
    plain, cached = Usage(None, 1000, 0), Usage(None, 1000, 0, None, 1000)
    dear = price(plain, "gemini-2.5-flash", listed("gemini"), local=False)
    cheap = price(cached, "gemini-2.5-flash", listed("gemini"), local=False)
    assert dear is not None
    assert cheap == dear / 10


def test_requests_are_priced_one_by_one() -> None:
    """This model doubles its price for long prompts; two short ones are not a long one."""
    short = Usage(None, 200_000, 0)
    turn = Turn(hop=1, reported=(short, short), ended=True)
    one = price(short, "gpt-6-astra", listed("openai_responses"), local=False)
    both = price(Usage(None, 400_000, 0), "gpt-6-astra", listed("openai_responses"), local=False)
    assert one is not None
    assert both is not None
    assert spent(turn, "gpt-6-astra", listed("openai_responses"), local=False) == 2 * one < both


@pytest.mark.parametrize(
    ("usage", "model", "protocol", "local"),
    [
        (Usage(2, 1, 1), "gemini-2.5-flash", "gemini", True),
        (Usage(2, 1, 1), "gpt-4o", "openai_chat", True),
        (Usage(2, 1, 1), "gpt-4o", "anthropic", False),
        (Usage(2, 1, 1), "qwen3-8b", "openai_chat_vllm", False),
        (Usage(2, 1, 1), "", "openai_chat", False),
        (Usage(2, 1, 1), "no-such-model", "gemini", False),
        (Usage(2), "gpt-4o", "openai_chat", False),
        (Usage(None, 1), "gpt-4o", "openai_chat", False),
        (Usage(None, 1, 1, None, 5), "gpt-4o", "openai_chat", False),
        (Usage(None, 1, -1), "gpt-4o", "openai_chat", False),
    ],
)
def test_what_is_not_known_is_not_zero(usage: Usage, model: str, protocol: str, local: bool) -> None:
    """Local servers, models of nobody or of somebody else, figures that are missing or cannot be."""
    assert price(usage, model, listed(protocol), local=local) is None


@pytest.mark.parametrize("protocol", ["openai_chat", "openai_chat_gateway"])
def test_a_gateways_model_has_a_price_if_its_name_says_whose_it_is(protocol: str) -> None:
    """Names that many serve have none."""
    assert price(Usage(2, 1, 1), "gpt-4o", listed(protocol), local=False)
    assert price(Usage(2, 1, 1), "claude-opus-5-5", listed(protocol), local=False)


def test_a_turn_that_lacks_the_figures_of_a_request_has_no_price() -> None:
    assert (
        spent(Turn(hop=1, reported=(Usage(2, 1, 1),)), "gpt-4o", listed("openai_chat"), local=False) is None
    )
    assert spent(Turn(), "gpt-4o", listed("openai_chat"), local=False) is None
    assert estimate(Turn(), "no-such-model", listed("gemini"), local=False) is None


def test_a_running_turn_is_estimated_by_what_it_has_said() -> None:
    """Eight characters of thought and twelve of text are five tokens of output."""
    bodies = (
        StepStart(0, {"type": "thought"}),
        StepDelta(0, SummaryDelta({"type": "text", "text": "12345678"})),
        StepStart(1, {"type": "model_output"}),
        StepDelta(1, TextDelta("123456789012")),
    )
    turn = folding.after(Turn(hop=0, status="in_progress"), *bodies)
    assert (
        estimate(turn, "gemini-2.5-flash", listed("gemini"), local=False) == Decimal("2.50") * 5 / 1_000_000
    )
    assert estimate(turn, "gemini-2.5-flash", listed("gemini"), local=True) is None


@pytest.mark.parametrize("name", [name for name in RECORDINGS if not name.startswith("chat_")])
def test_a_recorded_turn_has_a_price_if_it_has_figures(name: str) -> None:
    """Those that ended in an error have none, and nobody lists a model that is only called `m`."""
    protocol = "anthropic" if name.startswith("anthropic") else "openai_responses"
    turn = turn_of(VENDORS[protocol][0], RECORDINGS[name])
    found = spent(turn, turn.model, listed(protocol), local=False)
    assert (found is None) == (turn.usage is None or turn.model in {"m", "claude-x"})


amounts = st.lists(st.none() | st.decimals(0, 1000, places=6), max_size=8)


@given(amounts)
def test_a_conversation_costs_what_is_known_of_it(told: list[Decimal | None]) -> None:
    """And says of how many turns nothing is."""
    found = total(told)
    assert found.amount == sum(amount for amount in told if amount is not None)
    assert (found.known + found.unknown, found.unknown) == (len(told), told.count(None))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, UNKNOWN),
        (Decimal(0), "≈ $0.00"),
        (Decimal("0.00000001"), "≈ < $0.0001"),
        (Decimal("0.0001"), "≈ $0.0001"),
        (Decimal("0.001234"), "≈ $0.0012"),
        (Decimal("0.5"), "≈ $0.5000"),
        (Decimal("1234.5"), "≈ $1,234.50"),
    ],
)
def test_an_amount_is_told_as_an_estimate(amount: Decimal | None, words: str) -> None:
    assert cost(amount) == words


def test_a_conversation_says_what_is_not_in_its_sum() -> None:
    """A sum that hides a turn would be a lie."""
    assert costs(Total(Decimal("0.5"), 2, 0)) == "≈ $0.5000"
    assert costs(Total(Decimal("0.5"), 2, 1)) == "≈ $0.5000, and 1 turn of unknown cost"
    assert costs(Total(Decimal(0), 0, 3)) == UNKNOWN


def test_prices_are_not_loaded_before_one_is_asked_for() -> None:
    """They take longer to import than the rest of the app needs to start."""
    code = "import sys, interactions.ui.words.figures; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
