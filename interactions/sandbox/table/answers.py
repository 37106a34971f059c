"""Answers that hold something else than a few words, and answers that end otherwise than completed."""

from interactions.sandbox import gallery
from interactions.sandbox.table.scenario import ASK, DO, WITH, Scenario

ANSWERS = (
    Scenario(
        "long answer",
        "Give me a long answer.",
        "about 1 200 words with headings, lists, tables and code",
        ASK + r"long(?:er)? (?:answer|reply|response|text|essay)\b|\ba long answer\b",
    ),
    Scenario(
        "function call",
        "Call a function.",
        "calls a declared function and ends requires_action",
        DO + r"(?:call|use|invoke|run|try)\b[^.?!\n]{0,40}\b(?:functions?|tools?)\b"
        r"|" + DO + r"(?:do|make|produce) [^.?!\n]{0,20}\b(?:function|tool) calls?\b",
    ),
    Scenario(
        "search",
        "Answer with a Google search.",
        "an answer with overlapping citations, and after it the search with its suggestions in HTML",
        ASK + r"Google Search\b",
        output=gallery.search,
    ),
    Scenario(
        "URL context",
        "Answer with URL context.",
        "reads four pages: one well, one with an error, one behind a paywall, one unsafe",
        ASK + r"URL context\b",
        output=gallery.url_context,
    ),
    Scenario(
        "code execution",
        "Answer with code execution.",
        "runs a piece of Python; the answer shows a plot",
        ASK + r"code execution\b",
        output=gallery.code_execution,
    ),
    Scenario(
        "maps",
        "Answer with Google Maps.",
        "finds two places and cites them",
        ASK + r"Google Maps\b",
        output=gallery.maps,
    ),
    Scenario(
        "file search",
        "Answer with a file search.",
        "cites two pages of a file",
        ASK + r"file search\b",
        output=gallery.file_search,
    ),
    Scenario(
        "MCP",
        "Answer with an MCP server.",
        "calls a tool of an MCP server, on Google's side",
        ASK + r"MCP\b",
        output=gallery.mcp,
    ),
    Scenario(
        "rare steps",
        "Answer with the rare steps.",
        "retrieval, tool search, processing, and a step of a kind unheard of",
        ASK + r"rare steps\b",
        output=gallery.rare_steps,
    ),
    Scenario(
        "every step",
        "Play every step.",
        "one step of each kind, and one of a kind unheard of",
        ASK + r"every (?:kind of )?step\b",
        output=gallery.every_step,
    ),
    Scenario(
        "image",
        "Answer with an image.",
        "a PNG in the stream, and a picture of which only the address comes",
        WITH + r"(?:images?|pictures?)\b",
        output=gallery.image,
    ),
    Scenario(
        "audio",
        "Answer with audio.",
        "a tone as two chunks of raw samples, and one as a WAV file",
        WITH + r"(?:audio|sound)\b",
        output=gallery.audio,
    ),
    Scenario(
        "video",
        "Answer with a video.",
        "the address of a film",
        WITH + r"video\b",
        output=gallery.video,
    ),
    Scenario(
        "document",
        "Answer with a document.",
        "the address of a PDF",
        WITH + r"document\b",
        output=gallery.document,
    ),
    Scenario(
        "structured output",
        "Answer with structured output.",
        "JSON in fragments; in the form of response_format if the request has one",
        ASK + r"structured output\b",
    ),
    Scenario(
        "continuation",
        "Answer in two hops, with a continuation token.",
        "ends requires_continuation; the second hop completes the answer",
        ASK + r"(?:continuation(?: token)?|hops)\b",
    ),
    Scenario(
        "incomplete",
        "Give an incomplete answer.",
        "half an answer, ended incomplete, as at max_output_tokens",
        ASK + r"incomplete (?:answer|reply|response)\b",
        ending="incomplete",
    ),
    Scenario(
        "budget exceeded",
        "Answer until the budget is exceeded.",
        "half an answer, ended budget_exceeded",
        ASK + r"budget (?:is )?exceeded\b",
        ending="budget_exceeded",
    ),
    Scenario(
        "status failed",
        "End with status failed.",
        "half an answer, then interaction.completed with status failed and its errors",
        ASK + r"status failed\b",
        ending="failed",
    ),
)
