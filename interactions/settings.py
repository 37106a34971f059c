"""Configuration, read once: from the environment, then from secrets."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import httpx
import msgspec

from interactions.conversations.kinds import VERSIONS, ApiVersion
from interactions.errors import SettingsError
from interactions.providers.built_in import HOME
from interactions.stream.masks import shown_url

Secrets: TypeAlias = Mapping[str, object]

DATABASE = "INTERACTIONS_DATABASE_URL"
DATABASES = ("postgresql://", "postgresql+psycopg://", "sqlite:///")
COMMUNITY_CLOUD = Path("/mount/src")  # where it runs apps


class Settings(msgspec.Struct, frozen=True):
    """What the process was started with. Its `repr` shows no key.

    `turns_per_hour` is what one visitor may have on the key of this deployment; 0 is no limit. Without a
    `database_url` conversations are kept in a file in `folder`. After `idle_minutes` a conversation's session
    has ended; 0 is never. `silence` and `stall` are the longest waits in seconds: for a byte, and
    for something of an answer whose connection is kept alive; a `stall` of 0 is for ever.
    """

    api_key: str = ""
    key_source: str = ""
    base_url: str = ""
    api_version: ApiVersion = VERSIONS[0]
    model: str = HOME.models[0]
    silence: float = 300.0
    turns_per_hour: int = 0
    database_url: str = ""
    data: str = ""
    idle_minutes: float = 10.0
    stall: float = 600.0

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ, secrets: Secrets | None = None) -> Settings:
        """The environment wins over secrets. Raises `SettingsError` for values that cannot work."""
        given = [*(secrets or {}).items(), *environ.items()]
        # TOML has numbers and sections: `30` is as good as "30", a section is no value.
        plain = [(name, str(value).strip()) for name, value in given if isinstance(value, str | float | int)]
        values = {name: value for name, value in plain if value}
        source = next((name for name in HOME.keys if values.get(name)), "")
        return cls(
            api_key=usable_key(source, values.get(source, "")),
            key_source=source,
            base_url=usable_url("INTERACTIONS_BASE_URL", values.get("INTERACTIONS_BASE_URL", "")),
            api_version=_version(values.get("INTERACTIONS_API_VERSION") or VERSIONS[0]),
            model=values.get("INTERACTIONS_MODEL") or HOME.models[0],
            silence=_seconds(values.get("INTERACTIONS_SILENCE_SECONDS") or "300"),
            turns_per_hour=_count(values.get("INTERACTIONS_TURNS_PER_HOUR") or "0"),
            database_url=_database(values.get(DATABASE) or _connection_url(secrets or {})),
            data=values.get("INTERACTIONS_DATA", ""),
            idle_minutes=_span("INTERACTIONS_IDLE_MINUTES", values, "10"),
            stall=_span("INTERACTIONS_STALL_SECONDS", values, "600"),
        )

    @property
    def sandboxed(self) -> bool:
        """Whether turns go to the embedded sandbox: there is neither a key nor another endpoint."""
        return not self.api_key and not self.base_url

    @property
    def folder(self) -> Path:
        """Where the app keeps its files: INTERACTIONS_DATA, else where this platform keeps such data."""
        return Path(self.data).expanduser() if self.data else _user_data() / "interactions-playground"

    @property
    def fleeting(self) -> bool:
        """Whether conversations go with the app's disk: on Streamlit Community Cloud, without a database."""
        return not self.database_url and COMMUNITY_CLOUD.is_dir()

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        shown = {
            "api_key": "(set)" if self.api_key else "",
            "base_url": shown_url(self.base_url),
            "database_url": shown_database(self.database_url),
        }
        return list((msgspec.structs.asdict(self) | shown).items())


def shown_database(url: str) -> str:
    """A database's URL without what may be secret in it: name, password and parameters."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}" if url else ""


def usable_key(name: str, key: str) -> str:
    """Checks that an HTTP header can carry the key, and returns it. Raises `SettingsError`, which does not
    repeat it."""
    if not key.isascii() or not (key.isprintable()):
        raise SettingsError(
            f"{name} has characters that no key has; copy it again from where it was issued.", setting=name
        )
    return key


def usable_url(name: str, value: str) -> str:
    """The address without a slash at its end, or "". Raises `SettingsError`."""
    if not value:
        return ""
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL:  # its words may repeat a password
        raise SettingsError(f"{name} is not a URL; it looks like {HOME.base_url}.", setting=name) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise SettingsError(
            f"{name} is {shown_url(value)!r}; it must begin with http:// or https:// and name a host.",
            setting=name,
        )
    return value.rstrip("/")


def _user_data() -> Path:
    if given := os.environ.get("XDG_DATA_HOME"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path.home() / ".local" / "share"


def _connection_url(secrets: Secrets) -> str:
    """`[connections.conversations] url`, where Streamlit's own connections have theirs."""
    section: object = secrets
    for name in ("connections", "conversations", "url"):
        section = section.get(name) if isinstance(section, Mapping) else None
    return section.strip() if isinstance(section, str) else ""


def _database(url: str) -> str:
    """The URL itself, which a refusal does not repeat: it may hold a password."""
    if not url:
        return ""
    if url.startswith("postgres://"):  # as some hosts still write it
        url = url.replace("postgres", "postgresql", 1)
    if not url.startswith(DATABASES):
        raise SettingsError(
            f"{DATABASE} is no URL of a database that can be used; it looks like"
            " postgresql://name:password@host/database or sqlite:////folder/file.",
            setting=DATABASE,
        )
    return url


def _version(value: str) -> ApiVersion:
    if value not in VERSIONS:
        raise SettingsError(
            f"INTERACTIONS_API_VERSION is {value!r}; use one of {', '.join(VERSIONS)}.",
            setting="INTERACTIONS_API_VERSION",
        )
    return value


def _seconds(value: str) -> float:
    name = "INTERACTIONS_SILENCE_SECONDS"
    try:
        seconds = float(value)
    except ValueError as error:
        raise SettingsError(
            f"{name} is {value!r}; it takes a number of seconds, such as 300.", setting=name
        ) from error
    if not 0 < seconds < float("inf"):
        raise SettingsError(f"{name} is {value!r}; it must be more than 0 seconds.", setting=name)
    return seconds


def _span(name: str, values: Mapping[str, str], default: str) -> float:
    """In the unit that its name ends with; 0 is never."""
    value, unit = values.get(name) or default, name.rpartition("_")[2].lower()
    try:
        span = float(value)
    except ValueError as error:
        raise SettingsError(
            f"{name} is {value!r}; it takes a number of {unit}, such as {default}.", setting=name
        ) from error
    if not 0 <= span < float("inf"):
        raise SettingsError(f"{name} is {value!r}; it takes 0 for never, or more.", setting=name)
    return span


def _count(value: str) -> int:
    if not value.isdecimal() or not value.isascii() or len(value) > 9:
        raise SettingsError(
            f"INTERACTIONS_TURNS_PER_HOUR is {value!r}; it takes a whole number such as 30; 0 is no limit.",
            setting="INTERACTIONS_TURNS_PER_HOUR",
        )
    return int(value)
