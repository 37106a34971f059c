"""Presets in the database. They are written at once and by whoever asks: a visitor waits for them, no stream
does, and what was not saved is better said than kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import SQLAlchemyError

from interactions.errors import StoreError
from interactions.presets import Preset, dump
from interactions.store.conversation import Owner
from interactions.store.database import insert_or_replace, outlast_power_cut, reason
from interactions.store.schema import presets
from interactions.store.words import fold

_preset = msgspec.json.Decoder(Preset)


def listed(connection: Connection, owner: Owner) -> list[Preset]:
    """By name, without case and accents."""
    rows = connection.scalars(select(presets.c.value).where(presets.c.owner == owner))
    return sorted(map(_preset.decode, rows), key=lambda preset: (fold(preset.name), preset.name))


def keep(engine: Engine, owner: Owner, new: Iterable[Preset]) -> None:
    """Adds or replaces by name, in one transaction. Raises `StoreError` and `PresetError`."""
    values = {preset.name: msgspec.json.encode(preset) for preset in new}
    with _transaction(engine) as connection:
        put = insert_or_replace(connection.dialect.name, presets, "value")
        for name, value in sorted(values.items()):  # in one order for all, or two could wait for each other
            connection.execute(put, {"owner": owner, "name": name, "value": value})
        dump(listed(connection, owner))  # what could not leave again is not taken in


def remove(engine: Engine, owner: Owner, name: str) -> None:
    """Raises `StoreError`."""
    mine = (presets.c.owner == owner, presets.c.name == name)
    with _transaction(engine) as connection:
        connection.execute(delete(presets).where(*mine))


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            outlast_power_cut(connection, wanted=True)
            yield connection
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"The presets could not be changed. {reason(error)}") from error
