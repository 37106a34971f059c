"""Presets in the database. They are written at once and by whoever asks: a visitor waits for them, no stream
does, and what was not saved is better said than kept in memory."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Engine, delete, select

from interactions.conversations.conversation import Owner
from interactions.conversations.presets import Preset, dump
from interactions.conversations.words import fold
from interactions.errors.background import guard
from interactions.store.database import insert_or_replace, lasting
from interactions.store.schema import presets
from interactions.turns.values import encoded

UNCHANGED = "The presets could not be changed."

_preset = msgspec.json.Decoder(Preset)


def listed(connection: Connection, owner: Owner) -> list[Preset]:
    """By name, without case and accents. One that cannot be read is left where it is."""
    rows = connection.scalars(select(presets.c.value).where(presets.c.owner == owner))
    found = []
    for row in rows:
        with guard("a stored preset"):
            found.append(_preset.decode(row))
    return sorted(found, key=lambda preset: (fold(preset.name), preset.name))


def keep(engine: Engine, owner: Owner, new: Iterable[Preset]) -> None:
    """Adds or replaces by name, in one transaction. Raises `StoreError` and `PresetError`."""
    values = {preset.name: encoded(preset) for preset in new}
    with lasting(engine, UNCHANGED) as connection:
        put = insert_or_replace(connection.dialect.name, presets, "value")
        for name, value in sorted(values.items()):  # in one order for all, or two could wait for each other
            connection.execute(put, {"owner": owner, "name": name, "value": value})
        dump(listed(connection, owner))  # what could not leave again is not taken in


def remove(engine: Engine, owner: Owner, name: str) -> None:
    """Raises `StoreError`."""
    mine = (presets.c.owner == owner, presets.c.name == name)
    with lasting(engine, UNCHANGED) as connection:
        connection.execute(delete(presets).where(*mine))
