"""What goes on after the first stream: GETs, second streams, cancellations."""

from interactions.sandbox.runs import Later
from interactions.sandbox.table.scenario import DO, Scenario

LATER = (
    Scenario(
        "replay",
        "Replay on resume.",
        "in the background: a stream that resumes the finished run stops the step of its last_event_id and "
        "repeats all steps under new indices and event ids",
        DO + r"(?:replay|repeat)(?: it| all| everything)? on resume\b",
        later=Later.REPEATED,
    ),
    Scenario(
        "busy GET",
        "Be busy on GET.",
        "503 with Retry-After: 1 for the first two GETs of the interaction, streamed or not",
        DO + r"be busy on (?:every |each )?GETs?\b",
        later=Later.BUSY,
    ),
    Scenario(
        "cancelled late",
        "Be slow to cancel.",
        "in the background: the cancel call answers in_progress, and 1 s later the run is cancelled",
        DO + r"be slow to cancel\b",
        later=Later.SLOW_CANCEL,
    ),
)
