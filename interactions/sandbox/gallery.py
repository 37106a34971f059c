"""Prepared answers, one for each kind of content. What they say of the bridge is true, the rest invented."""

from interactions.sandbox import citations, pictures, sounds, tools
from interactions.sandbox.request import Step
from interactions.sandbox.tools import PLACES, SQUARES
from interactions.sandbox.wire import Json, model_output, text

WIKI = "https://en.wikipedia.org/wiki/"
STRUCTURED: Json = {
    "name": "Øresundsbron",
    "opened": "2000-07-01",
    "length_m": 7845,
    "cities": ["København", "Malmö"],
    "spans": [{"kind": "cable-stayed", "length_m": 490}, {"kind": "approach", "length_m": 3014}],
    "toll": True,
    "architect": "Georg K. S. Rotne",
}
LENGTH = "It is 7 845 m long — the longest combined road and rail bridge in Europe"
BRIDGE = (
    "The **Øresund Bridge** joins København and Malmö. It opened on 1 July 2000. "
    f"{LENGTH} — and its main span hangs from pylons 204 m high. "
    "At the island of Peberholm the road goes on through a tunnel, so that ships and aeroplanes have room. 🌉"
)


def search(salt: str) -> tuple[Step, ...]:
    """The answer first and then the search that it rests on, as recorded with gemini-2.5-flash."""
    return (model_output([_bridge()]), *tools.search(salt))


def _bridge() -> Json:
    about = (f"{WIKI}%C3%98resund_Bridge", "Øresund Bridge – Wikipedia")
    return citations.cited(
        BRIDGE,
        citations.page("The **Øresund Bridge** joins København and Malmö.", *about),
        citations.page("It opened on 1 July 2000.", "https://www.oresundsbron.com/", "oresundsbron.com"),
        citations.page(LENGTH, *about),
        citations.page("the longest combined road and rail bridge", f"{WIKI}Bridge", "Bridge – Wikipedia"),
        citations.page("At the island of Peberholm", f"{WIKI}Peberholm", "Peberholm – Wikipedia"),
    )


def url_context(salt: str) -> tuple[Step, ...]:
    words = (
        "Of the four pages I could read **one**: the page about the bridge says that a crossing takes about "
        "ten minutes. One is gone, one wants to be paid, and one did not seem safe – I left it alone."
    )
    note = citations.page("a crossing takes about ten minutes", "https://example.com/bridge", "The bridge")
    return (*tools.url_context(salt), model_output([citations.cited(words, note)]))


def code_execution(salt: str) -> tuple[Step, ...]:
    words = "The squares of 1 to 10 add up to **385**. Each bar outgrows the one before by an odd number."
    return (*tools.code_execution(salt), model_output([text(words), _plot()]))


def _plot() -> Json:
    return {"data": pictures.bars(SQUARES), "mime_type": "image/png", "type": "image"}


def maps(salt: str) -> tuple[Step, ...]:
    market, cafe = PLACES
    words = (
        f"Near Nørreport there is **{market}**, two glass halls full of smørrebrød. "
        f"Ten minutes’ walk away, {cafe} looks out on the fountain of Amagertorv."
    )
    notes = (citations.place(name, about) for name, about in PLACES.items())
    return (*tools.maps(salt), model_output([citations.cited(words, *notes)]))


def file_search(salt: str) -> tuple[Step, ...]:
    words = "The manual wants all 160 cables looked at “every second spring”, and the paint every year."
    every = "The stay cables are inspected every second spring."
    notes = (
        citations.file("“every second spring”", "håndbog.pdf", 12, every),
        citations.file("the paint every year", "håndbog.pdf", 31, "Coating: yearly."),
    )
    return (*tools.file_search(salt), model_output([citations.cited(words, *notes)]))


def mcp(salt: str) -> tuple[Step, ...]:
    words = (
        "The next trains from København H to Malmö C leave at **09:12** and **09:32**; each takes 39 minutes."
    )
    return (*tools.mcp(salt), model_output([text(words)]))


def rare_steps(salt: str) -> tuple[Step, ...]:
    rare = (tools.retrieval, tools.tool_search, tools.processing, tools.unheard_of)
    words = (
        "Before this answer came a retrieval, a search for tools, the processing of a file – and a hologram."
    )
    return (*(step for each in rare for step in each(salt)), model_output([text(words)]))


def image(_: str) -> tuple[Step, ...]:
    linked = {"uri": "https://example.com/bridge.jpg", "mime_type": "image/jpeg", "type": "image"}
    drawn = {"data": pictures.png(256, 144), "mime_type": "image/png", "type": "image"}
    words = "Here is a gradient:", "And this picture stands elsewhere; only its address came:"
    return (model_output([text(words[0]), drawn, text(words[1]), linked]),)


def audio(_: str) -> tuple[Step, ...]:
    shape = {"sample_rate": sounds.RATE, "channels": 1, "type": "audio"}
    samples = {"data": sounds.raw(440, 0.5), "mime_type": "audio/l16", **shape}
    whole = {"data": sounds.wav(660, 0.25), "mime_type": "audio/wav", **shape}
    words = "A short tone, in two chunks:", "And a higher one, as a WAV file:"
    return (model_output([text(words[0]), samples, text(words[1]), whole]),)


def video(_: str) -> tuple[Step, ...]:
    film = {"uri": "https://example.com/crossing.mp4", "mime_type": "video/mp4", "type": "video"}
    return (model_output([text("Eight seconds of a train on the bridge:"), film]),)


def document(_: str) -> tuple[Step, ...]:
    paper = {"uri": "https://example.com/timetable.pdf", "mime_type": "application/pdf", "type": "document"}
    return (model_output([text("The timetable, on two pages:"), paper]),)


def every_step(salt: str) -> tuple[Step, ...]:
    """Of the kinds that a stream can carry; a thought comes before them, and `user_input` is none."""
    rounds = (step for each in tools.ROUNDS for step in each(salt))
    return (*rounds, model_output([_bridge(), _plot()]))


def citations_late(_: str) -> tuple[Step, ...]:
    """Three annotations, of which the first has no start and the last no end."""
    part = _bridge()
    first, second, third, *_rest = part["annotations"]
    del first["start_index"], third["end_index"]
    return (model_output([{**part, "annotations": [first, second, third]}]),)
