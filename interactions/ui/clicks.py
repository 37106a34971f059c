"""The callbacks of the buttons at turns and messages. Streamlit runs them before it draws the page."""

from __future__ import annotations

from functools import partial

import msgspec

from interactions.conversations.conversation import Owner, StoredTurn
from interactions.conversations.request import Input, Options
from interactions.endpoints.endpoint import Route
from interactions.endpoints.nearest import nearest
from interactions.errors import InteractionsError
from interactions.turns.steps import Wire
from interactions.ui import words
from interactions.ui.answer import branches
from interactions.ui.log.controls import Actions
from interactions.ui.tab import callbacks, choices, event_log, line, session
from interactions.ui.words.trouble import lacks_model
from interactions.workspace import Workspace


class Clicks:
    """The callbacks for one visitor. An error becomes a sentence on the page."""

    def __init__(self, workspace: Workspace, visitor: Owner) -> None:
        self._workspace = workspace
        self._visitor = visitor

    def send_results(self, answers: tuple[Wire, ...], stored: StoredTurn) -> None:
        callbacks.run(partial(self._send_results, answers, stored))

    def _send_results(self, answers: tuple[Wire, ...], stored: StoredTurn) -> None:
        conversation, options = stored.conversation, stored.prompt.options
        after = line.followed(conversation)
        try:
            self._workspace.turns.send(
                self._visitor, conversation, answers, options, self._route(stored), after=after
            )
        except InteractionsError as error:
            session.refuse(str(error), "")

    def say_instead(self, stored: StoredTurn, said: Input) -> None:
        """Sends another input in the place of this turn's, with the same settings: a sibling of the turn."""
        callbacks.run(partial(self._say_instead, stored, said, stored.prompt.options))

    def _say_instead(self, stored: StoredTurn, said: Input, options: Options) -> None:
        session.begin()
        try:
            self._workspace.turns.send(
                self._visitor,
                stored.conversation,
                said,
                options,
                self._route(stored),
                after=stored.parent or "",
                fork=True,
            )
        except InteractionsError as error:
            session.refuse(str(error), "")
        else:
            callbacks.defer(partial(line.follow, stored.conversation, ""))

    def use_nearest(self, stored: StoredTurn) -> None:
        """Sends the turn's input to the nearest model that its server lists, which is chosen from now on."""
        callbacks.run(partial(self._use_nearest, stored))

    def _use_nearest(self, stored: StoredTurn) -> None:
        route, options = self._route(stored), stored.prompt.options
        known = self._workspace.endpoints.listings.known(route)
        listing = known if known and known.models else self._workspace.endpoints.listings.ask(route)
        if not (found := nearest(options.model, listing.models)):
            session.report(listing.trouble or words.NO_NEAREST.format(options.model))
            return
        # Which of the settings is meant is looked up now: behind the message nothing may be.
        chosen = choices.endpoint() == route.endpoint and choices.model() in ("", options.model)
        self._say_instead(stored, stored.prompt.input, msgspec.structs.replace(options, model=found))
        if chosen:
            callbacks.defer(partial(choices.put, {"model": found}))

    def _stand_in(self, stored: StoredTurn) -> str | None:
        options, profile = stored.prompt.options, self._workspace.profiles.of(stored.prompt.protocol)
        if options.agent or not lacks_model(stored.turn, profile):
            return None
        known = self._workspace.endpoints.listings.known(self._route(stored))
        return nearest(options.model, known.models) if known else ""

    def fork(self, stored: StoredTurn) -> None:
        callbacks.run(partial(self._fork, stored))

    def _fork(self, stored: StoredTurn) -> None:
        with session.reporting():
            made = self._workspace.library.fork(self._visitor, stored.conversation, stored.id)
            callbacks.defer(partial(session.open_conversation, made))

    def bring_back(self, stored: StoredTurn) -> None:
        with session.reporting():
            self._workspace.turns.bring_back(
                self._visitor, stored.conversation, stored.id, choices.own_keys()
            )

    def remove(self, conversation: str, prompt: str) -> None:
        """Takes a message out of the queue."""
        with session.reporting():
            self._workspace.turns.remove(self._visitor, conversation, prompt)

    def send_next(self, conversation: str) -> None:
        """Sends the first message of the queue."""
        with session.reporting():
            self._workspace.turns.send_next(self._visitor, conversation, choices.own_keys())

    def stop(self) -> None:
        with session.reporting():
            self._workspace.turns.stop(self._visitor, session.current())

    def returned(self, stored: StoredTurn) -> bool:
        """Whether to ask the server again for a turn that needs the visitor's own key, now that it is given.
        True once for each turn."""
        keys = choices.own_keys()
        own = bool(self._route(stored).key)
        return own and self._workspace.turns.recoverable(stored, keys) and line.first_try(stored.id)

    def acts(self) -> branches.Acts:
        def recoverable(stored: StoredTurn) -> bool:
            return self._workspace.turns.recoverable(stored, choices.own_keys())

        return branches.Acts(
            self.say_instead, self.fork, self.bring_back, recoverable, self.use_nearest, self._stand_in
        )

    def actions(self, conversation: str) -> Actions:
        def replay(turn: str, pace: float) -> None:
            with session.reporting():
                self._workspace.replays.start(self._visitor, conversation, turn, pace)
                event_log.follow_replay()

        export = partial(self._workspace.cassettes.export, self._visitor, conversation)
        return Actions(export, replay, self._workspace.profiles)

    def _route(self, stored: StoredTurn) -> Route:
        """The route that a turn was sent by."""
        return self._workspace.endpoints.route(stored.prompt, choices.own_keys())
