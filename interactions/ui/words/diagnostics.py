"""The words of the page *Diagnostics*."""

from __future__ import annotations

TITLE = "Diagnostics"
HEALTH = "Health"
CONFIGURATION = "Configuration"
VERSIONS = "Versions"
ENDPOINT = "Endpoint"
REACH = "Asks the endpoint for its list of models."
CHECK = "Check now"
RAW = "Raw interaction"
ID = "Interaction id"
FETCH = "Fetch"
ANSWER = "HTTP {} in {:,.0f} ms, {:,} bytes"
CUT = "{:,} characters more are in the file."
