"""What can go wrong on our side of the wire.

InteractionsError
├── SettingsError       a configuration value that cannot be used
├── NotFound            no such conversation, turn or frame for this owner
├── StoreError          what is kept cannot be read now, or not by this version
├── OverLimit           this visitor has had the turns of an hour
├── FileRefused         a file cannot go out with a message
├── Misfit              a value that was given is not what is expected at its place
├── CassetteError       a file is no conversation that could be carried here
├── PresetError         settings cannot be kept or carried as a preset
├── HookError           the application around it did not say what it was asked
└── UpstreamError       the provider could not be asked, or refused to answer
    └── Unreachable     nobody answered at its address

A stream never raises: what the network or the server does to it is a frame in its journal.
Every message is a sentence for the person who reads it.
"""


class InteractionsError(Exception):
    """The root: catch this to catch everything raised on purpose here."""


class SettingsError(InteractionsError):
    """Raised before anything starts; the message names the variable and the accepted values."""


class NotFound(InteractionsError):
    """Also raised for what exists but belongs to another owner: the two cannot be told apart. `conversation`
    and `turn` are the ids that were asked for; "" if none was."""

    def __init__(self, message: str, *, conversation: str = "", turn: str = "") -> None:
        self.conversation, self.turn = conversation, turn
        super().__init__(message)


class StoreError(InteractionsError):
    """Raised to whoever reads. Nobody who writes sees it: what cannot be written now is written later. If it
    is about one conversation or turn, it has their ids."""

    def __init__(self, message: str, *, conversation: str = "", turn: str = "") -> None:
        self.conversation, self.turn = conversation, turn
        super().__init__(message)


class OverLimit(InteractionsError):
    """Raised before anything is stored or sent; the message says when the next turn is possible."""


class FileRefused(InteractionsError):
    """Raised before anything is stored or sent; the message names the file and what would be taken."""


class Misfit(InteractionsError):
    """What is wrong, as the end of a sentence, and the `place` of it in what was given, such as
    `turns[3].id`; "" is all of it. Whoever knows what was given makes an error of their own of it."""

    def __init__(self, what: str, place: str = "") -> None:
        self.place = place.removeprefix(".")
        super().__init__(f"{self.place}: {what}" if self.place else what)


class CassetteError(InteractionsError):
    """Raised before anything of the file is kept; the message says what is wrong with it."""


class PresetError(InteractionsError):
    """Raised before any preset is kept; the message says which one is wrong, where, and what is expected."""


class HookError(InteractionsError):
    """Raised before anything is stored or sent. What the application itself said is in the log alone."""


class UpstreamError(InteractionsError):
    """A plain request (not a stream) that got no usable answer."""


class Unreachable(UpstreamError):
    """No connection, or no answer in time: the server does not run, or the address is wrong."""
