"""A process that talks, to be killed: python -m tests.store.talker FOLDER BASE_URL DATABASE_URL BACKGROUND

Its first turn runs in the background if told so ("yes"); three more messages wait. Prints, line by line, how
many frames that turn has. SIGTERM ends it in order."""

import signal
import sys
import time

from interactions.conversations.request import Options
from interactions.settings import Settings
from interactions.workspace import Workspace


def main() -> None:
    folder, base_url, database_url, background = sys.argv[1:]
    settings = Settings(data=folder, base_url=base_url, database_url=database_url, api_key="any")
    workspace = Workspace(settings)
    workspace.turns.send(
        "ann", "c", "Give me a long answer.", Options("gemini-2.5-flash", background=background == "yes")
    )
    for text in ("Second", "Third", "Fourth"):
        workspace.turns.send("ann", "c", text, Options("gemini-2.5-flash"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            print(len(workspace.library.conversation("ann", "c").turns[0].journal), flush=True)
            time.sleep(0.02)
    finally:
        workspace.close()


if __name__ == "__main__":
    main()
