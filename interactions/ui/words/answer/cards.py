"""The words on cards: of calls and results, of steps that only some vendors have, and of what nobody has
read."""

from __future__ import annotations

APPROVAL = "Approval"
NOT_JSON = "These arguments are not valid JSON."
UNREAD = "Unknown fields, as they came"
DETAILS = "More about this answer"

# What may stand in `caller`: a model may call a tool itself, or write a program that does.
CALLED_BY = "Called by {}"
CALLED_BY_ONE = "Called by {} ({})"
CALLERS = {"direct": "the model itself", "program": "a program"}

PHASES = {"commentary": "commentary", "final_answer": "final answer"}

# Steps that only some vendors have, by their type.
STEPS = {
    "advisor_tool_result": "What another model advised",
    "choice": "Another answer to choose from",
    "compaction": "Summary of what was said before",
    "container_upload": "A file for the container",
    "fallback": "Another model took over",
    "mcp_list_tools": "Tools of a server",
    "mcp_tool_listing": "Tools of a server",
    "program": "A program that calls tools",
    "program_output": "Output of the program",
    "additional_tools": "More tools",
}
OUTPUT_OF = "Output of {}"
SEALED = "A summary that only the server can read: {:,} characters."
NO_TOOLS_LISTED = "The server names no tools."
FILE_ID = "File {}"

STDERR = "Standard error"
EXIT_CODE = "Exit code {}"
ENDINGS = {"timeout": "It took too long and was stopped."}
CHECK = "Safety check: {}"
CHECKED = "Accepted: {}"
APPROVED = "Approved"
REFUSED = "Refused"
REASON = "{}: {}"
OUTCOMES = {"completed": "Applied", "failed": "Not applied"}
PATCHES = {"create_file": "Creates {}", "update_file": "Changes {}", "delete_file": "Deletes {}"}

# What is said of the answer as a whole.
STOP_SEQUENCE = "It ended at the stop sequence {}."
CONTAINER = "Its code ran in the container {}."
CONTAINER_UNTIL = "Its code ran in the container {}, which is kept until {}."
