"""A process that talks, to be killed: python -m tests.store.talker FOLDER

Prints, line by line, how many frames its turn has."""

import sys
import time

from interactions.request import Options
from interactions.settings import Settings
from interactions.workspace import Workspace


def main() -> None:
    workspace = Workspace(Settings(data=sys.argv[1]))
    for text in ("Give me a long answer.", "Second", "Third", "Fourth"):
        workspace.send("ann", "c", text, Options("gemini-2.5-flash"))
    while True:
        print(len(workspace.conversation("ann", "c").turns[0].journal), flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main()
