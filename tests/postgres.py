"""A real PostgreSQL for the tests, from the distribution's binaries."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import free_port

MISSING = (
    "There is no PostgreSQL server here: install the package postgresql. scripts/test does it by itself."
)
PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")
UNPRIVILEGED = ("postgres", "nobody")  # the server refuses to run as root


def program(name: str) -> str:
    """Where it is. Raises `FileNotFoundError` with what to install."""
    folders = [str(folder) for place in PLACES for folder in sorted(Path("/").glob(place))]
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))
    if found is None:
        raise FileNotFoundError(MISSING)
    return found


@contextmanager
def server() -> Iterator[str]:
    """The URL of an empty database; everything that was written is gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    data, port = str(folder / "data"), free_port()
    control = (program("pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"))
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    try:
        _give_away(folder)
        made = ("-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        _run(folder, program("initdb"), *made)
        _run(folder, *control, "-o", options, "start")
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            _run(folder, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd | None:
    """Whom it runs as, if not as whoever runs the tests."""
    if os.getuid():
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)


def _give_away(folder: Path) -> None:
    if user := _user():
        os.chown(folder, user.pw_uid, user.pw_gid)


def _run(folder: Path, *command: str) -> None:
    user = _user()
    with (folder / "commands").open("ab") as output:
        done = subprocess.run(
            command,
            cwd=folder,
            user=user and user.pw_uid,
            group=user and user.pw_gid,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{(folder / 'commands').read_text(errors='replace')}")
