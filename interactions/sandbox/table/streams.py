"""Streams that are odd, or that break. Those that play at once change the stream in the order of the rows.

What is said of GETs holds in the foreground. A background run goes on behind its first stream, to its end.
"""

from interactions.sandbox import faults, gallery
from interactions.sandbox.runs import Later
from interactions.sandbox.table.scenario import ASK, DO, Scenario

STREAMS = (
    Scenario(
        "slow",
        "Answer slowly, please.",
        "about two words a second",
        r"\b(?:answer|count|reply|respond|say|speak|stream|talk|tell|write|type)\b[^.?!\n]*\bslowly\b"
        r"|(?:^|[,;:] *)(?:very )?slowly\b[^?]*$",
        manner=faults.slow,
    ),
    Scenario(
        "queued",
        "Answer from the queue.",
        "waits 2 s as queued, then answers",
        ASK + r"from the queue\b",
        manner=faults.queued,
    ),
    Scenario(
        "citations late",
        "Answer with late citations.",
        "annotations in three shapes: on a text delta, as text_annotation, as text_annotation_delta; "
        "one without start, one without end",
        ASK + r"late citations\b",
        output=gallery.citations_late,
        manner=faults.citations_late,
    ),
    Scenario(
        "no usage",
        "Answer without usage.",
        "interaction.completed without usage; a GET finds it",
        ASK + r"without usage\b",
        faults.no_usage,
    ),
    Scenario(
        "no step.start",
        "Answer without step.start.",
        "deltas of steps that were never started",
        ASK + r"without (?:a |any )?step\.start\b",
        faults.no_step_start,
    ),
    Scenario(
        "no delta type",
        "Answer without delta types.",
        "deltas of text and thought summaries that do not say what they are",
        ASK + r"without (?:any )?delta types?\b",
        faults.no_delta_type,
    ),
    Scenario(
        "large frame",
        "Send a large frame of 3 MB.",
        "an image of N MB base64 in one delta; 3 unless said",
        ASK + r"(?:large|huge|big) frame\b",
        faults.large_frame,
    ),
    Scenario(
        "keep-alive",
        "Send keep-alive comments.",
        "a comment before every frame",
        ASK + r"keep-?alive comments?\b",
        faults.keep_alive,
    ),
    Scenario(
        "garbage frame",
        "Send a garbage frame.",
        "a broken JSON frame, an unknown event, an unknown step and a comment in the middle of a good answer",
        ASK + r"garbage\b|\bgarbage frames?\b",
        faults.garbage,
    ),
    Scenario(
        "no completion",
        "End without completion.",
        "the body ends cleanly before interaction.completed; a GET finds it whole",
        ASK + r"without (?:a )?(?:completion|completing|interaction\.completed)\b",
        faults.no_completion,
    ),
    Scenario(
        "error event",
        "Answer with an error event.",
        "an error event in mid-answer, then the end, without [DONE]; a GET finds it failed",
        ASK + r"error event\b",
        faults.error_event,
    ),
    Scenario(
        "deadline",
        "Answer with an exceeded deadline.",
        "an error event deadline_exceeded with an empty message; a GET finds the interaction whole",
        ASK + r"(?:exceeded deadline|deadline exceeded)\b",
        faults.deadline,
    ),
    Scenario(
        "bare error",
        "Send a bare error line.",
        "a JSON error without `data:`, then the end; a GET answers 404",
        ASK + r"bare (?:JSON )?error\b",
        faults.bare_error,
    ),
    Scenario(
        "ten-minute cut",
        "Play the ten-minute cut.",
        "half an answer, then a JSON error over several lines, without `data:`; a GET finds it cancelled",
        ASK + r"ten-minute cut\b",
        faults.ten_minute_cut,
    ),
    Scenario(
        "cut",
        "Cut the stream after 5 events.",
        "the socket closes after N events, 8 unless said; a GET finds it whole, or 404 with “and forget it”",
        DO + r"(?:cut|drop|break)(?: off)? (?:the |this |your )?(?:answer|stream|connection|socket)\b"
        r"|" + DO + r"cut (?:off )?after \d+\b(?! *(?:s\b|sec|min|hour|day|week|month|year))",
        faults.cut,
    ),
    Scenario(
        "slow finish",
        "Finish later.",
        "the socket closes in mid-answer; a GET finds it in progress for 3 s, then whole; "
        "a GET with stream=true follows it",
        DO + r"finish (?:it |this |the answer )?later\b",
        faults.cut_before_the_end,
        manner=faults.finish_late,
    ),
    Scenario(
        "no stream on GET",
        "Refuse to stream again.",
        "as with “Finish later.”, but a GET with stream=true answers 400",
        DO + r"refuse to stream (?:it |this )?again\b",
        faults.cut_before_the_end,
        manner=faults.finish_late,
        later=Later.NO_STREAM,
    ),
    Scenario(
        "silence",
        "Stay silent.",
        "headers and interaction.created, then nothing until the client leaves",
        DO + r"(?:stay|be|go|fall|remain|keep) (?:silent|quiet)\b(?! before)",
        faults.silence,
    ),
    Scenario(
        "silence before headers",
        "Stay silent before the headers.",
        "not even headers, until the client leaves",
        r"\b(?:silent|silence|quiet) before (?:the |any )?headers\b",
        faults.silence_before_headers,
    ),
    Scenario(
        "legacy schema",
        "Answer in the legacy schema.",
        "content.* events, as before June 2026",
        ASK + r"legacy (?:schema|events)\b",
        faults.legacy,
    ),
    Scenario(
        "plain JSON",
        "Answer with plain JSON.",
        "a JSON interaction although a stream was asked for",
        ASK + r"plain JSON\b",
        faults.plain_json,
    ),
    Scenario(
        "BOM and CRLF",
        "Use BOM and CRLF framing.",
        "a byte order mark first, CRLF at each line's end",
        ASK + r"(?:BOM|CRLF)\b",
        faults.bom_and_crlf,
    ),
)
