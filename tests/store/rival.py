"""A process that sends in a conversation which others send in: python -m tests.store.rival FOLDER BASE_URL
DATABASE_URL NAME COUNT

Says "ready", and begins when it is told a line. Prints all turns as it sees them when `COUNT` of its own and
`expected` in all are over; the next line says how many those are."""

import json
import sys
import time

from interactions.conversations.request import Options
from interactions.running import watch
from interactions.settings import Settings
from interactions.workspace import Workspace

OPTIONS = Options("gemini-2.5-flash")
PATIENCE = 60.0  # seconds


def main() -> None:
    folder, base_url, database_url, name, count = sys.argv[1:]
    watch.PERIOD = 0.1
    settings = Settings(data=folder, base_url=base_url, database_url=database_url, api_key="any")
    workspace = Workspace(settings)
    workspace.library.conversation("ann", "c")
    print("ready", flush=True)
    sys.stdin.readline()
    took = []
    for number in range(int(count)):
        began = time.perf_counter()
        workspace.turns.send("ann", "c", f"{name}{number}", OPTIONS)
        took.append(time.perf_counter() - began)
    expected = int(sys.stdin.readline())
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = workspace.library.conversation("ann", "c")
        if len(found.turns) >= expected and not found.queue and not found.running:
            break
        time.sleep(0.05)
    seen = [(each.id, each.parent, each.prompt.input, each.head.status) for each in found.turns]
    print(json.dumps({"turns": seen, "waiting": len(found.queue), "took": took}), flush=True)
    sys.stdin.readline()
    workspace.close()


if __name__ == "__main__":
    main()
