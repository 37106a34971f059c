"""Every test of the store runs on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from interactions.store.database import open_engine
from interactions.store.store import Store
from tests.postgres import server
from tests.store.turns import refold

Open = Callable[[], Store]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def empty_postgres(postgres: str, tmp_path: Path) -> str:
    engine = open_engine(postgres, tmp_path)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/conversations.sqlite3"
        return
    yield request.getfixturevalue("empty_postgres")


@pytest.fixture
def open_store(url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the database once more, as another process would."""
    opened: list[Store] = []

    def make() -> Store:
        opened.append(Store(open_engine(url, tmp_path), refold))
        return opened[-1]

    yield make
    for store in opened:
        store.close(5.0)


@pytest.fixture
def store(open_store: Open) -> Store:
    made = open_store()
    made.create("ann", "c")
    return made
