"""What can go wrong on our side of the wire.

InteractionsError
├── SettingsError       a configuration value that cannot be used
├── NotFound            no such conversation, turn or frame for this owner
├── StoreError          stored data cannot be read now, or not by this version
├── OverLimit           this visitor has used up the turns of an hour
├── FileRefused         a file cannot be sent with a message
├── Misfit              a value does not have the expected form
├── CassetteError       a file cannot be imported as a conversation
├── PresetError         settings cannot be stored or imported as a preset
├── HookError           a hook of the application failed
└── UpstreamError       the provider could not be asked, or refused to answer
    └── Unreachable     nobody answered at its address

A stream never raises: what the network or the server does to it is a frame in its journal.
Every message is a sentence for the person who reads it.
"""


class InteractionsError(Exception):
    """The root: catch this to catch everything raised on purpose here."""


class SettingsError(InteractionsError):
    """A value that cannot be used. The message names the accepted ones; `setting` is the variable, or the
    section of the secrets, and "" if the value has no name."""

    def __init__(self, message: str, *, setting: str = "") -> None:
        self.setting = setting
        super().__init__(message)


class NotFound(InteractionsError):
    """No such thing for this owner. Also raised for what belongs to another owner, so that nobody learns what
    exists. `conversation` and `turn` are the ids that were asked for, or ""."""

    def __init__(self, message: str, *, conversation: str = "", turn: str = "") -> None:
        self.conversation, self.turn = conversation, turn
        super().__init__(message)


class StoreError(InteractionsError):
    """Stored data cannot be read. Writing never raises it: what cannot be written now is written later.
    `conversation` and `turn` are the ids that it is about, or ""."""

    def __init__(self, message: str, *, conversation: str = "", turn: str = "") -> None:
        self.conversation, self.turn = conversation, turn
        super().__init__(message)


class OverLimit(InteractionsError):
    """Raised before anything is stored or sent. `limit` is the number of turns an hour, `seconds` the time
    until the next turn is possible; both are 0 if unknown."""

    def __init__(self, message: str, *, limit: int = 0, seconds: float = 0.0) -> None:
        self.limit, self.seconds = limit, seconds
        super().__init__(message)


class FileRefused(InteractionsError):
    """Raised before anything is stored or sent. The message says what would be accepted; `name` is the file's
    name, or "" if it is about several files."""

    def __init__(self, message: str, *, name: str = "") -> None:
        self.name = name
        super().__init__(message)


class Misfit(InteractionsError):
    """A value of the wrong form. `place` says where it stands, such as `turns[3].id`, or "" for the whole
    value. The message is the end of a sentence: callers catch it and raise an error that names the file."""

    def __init__(self, what: str, place: str = "") -> None:
        self.place = place.removeprefix(".")
        super().__init__(f"{self.place}: {what}" if self.place else what)


class CassetteError(InteractionsError):
    """Raised before anything of the file is stored. `turn` is the number of the turn that is wrong, from 1; 0
    if it is about the whole file."""

    def __init__(self, message: str, *, turn: int = 0) -> None:
        self.turn = turn
        super().__init__(message)


class PresetError(InteractionsError):
    """Raised before any preset is stored. The message says which one is wrong, where, and what is
    expected."""


class HookError(InteractionsError):
    """Raised before anything is stored or sent. `hook` is the name of the hook that failed. The application's
    own exception is in the log only."""

    def __init__(self, message: str, *, hook: str = "") -> None:
        self.hook = hook
        super().__init__(message)


class UpstreamError(InteractionsError):
    """A plain request (not a stream) that got no usable answer. `status` is the HTTP status, 0 without an
    answer; `host` is the server that was asked, "" if the request could not be sent."""

    def __init__(self, message: str, *, status: int = 0, host: str = "") -> None:
        self.status, self.host = status, host
        super().__init__(message)


class Unreachable(UpstreamError):
    """No connection, or no answer in time: the server does not run, or the address is wrong."""
