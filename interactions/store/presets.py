"""Presets in the database. Unlike turns they are written at once: their visitor waits for it, no stream does,
and an error is better than a preset that is only in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, Engine, delete, select

from interactions.conversations.conversation import Owner
from interactions.conversations.presets import Preset, dump
from interactions.conversations.words import fold
from interactions.errors.background import guard
from interactions.store.database import durable_transaction, insert_or_replace, reading
from interactions.store.schema import presets
from interactions.turns.values import encoded

UNCHANGED = "The presets could not be changed."

_preset = msgspec.json.Decoder(Preset)


class Presets:
    """The presets of all owners. Names are each owner's own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, owner: Owner) -> Sequence[Preset]:
        """By name, without case and accents. Raises `StoreError`."""
        with reading(self._engine) as connection:
            return _all(connection, owner)

    def put(self, owner: Owner, new: Iterable[Preset]) -> None:
        """Adds presets, or replaces those with the same names; returns when they are in the database. Raises
        `StoreError`, and `PresetError` if what the owner then had would not go into one file; in both cases
        nothing has changed."""
        values = {preset.name: encoded(preset) for preset in new}
        with durable_transaction(self._engine, UNCHANGED) as connection:
            insert = insert_or_replace(connection.dialect.name, presets, "value")
            for name, value in sorted(
                values.items()
            ):  # in one order for all, or two could wait for each other
                connection.execute(insert, {"owner": owner, "name": name, "value": value})
            dump(_all(connection, owner))  # what could not be exported again is not taken in

    def remove(self, owner: Owner, name: str) -> None:
        """Returns when the database does not have it, or never had. Raises `StoreError`."""
        mine = (presets.c.owner == owner, presets.c.name == name)
        with durable_transaction(self._engine, UNCHANGED) as connection:
            connection.execute(delete(presets).where(*mine))


def _all(connection: Connection, owner: Owner) -> list[Preset]:
    """A preset that cannot be read is left out, and stays in the database as it is."""
    rows = connection.scalars(select(presets.c.value).where(presets.c.owner == owner))
    found = []
    for row in rows:
        with guard("a stored preset"):
            found.append(_preset.decode(row))
    return sorted(found, key=lambda preset: (fold(preset.name), preset.name))
