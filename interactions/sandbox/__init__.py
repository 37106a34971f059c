"""An embedded server that speaks Gemini's Interactions API, with faults on request.

    server = serve(pace=0)
    genai.Client(api_key="any", http_options={"base_url": server.url})

It shares no code with the client that it tests. `table.TABLE` lists what a prompt can ask of it.
"""

from interactions.sandbox.server import Server, serve
from interactions.sandbox.table import TABLE, Scenario

__all__ = ["TABLE", "Scenario", "Server", "serve"]
