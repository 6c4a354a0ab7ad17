"""Locks of a data folder: one holder at a time, across processes."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from mayadeen.extraction.dates import utc_string

MAX_HOLDER = 1000
"""Characters that are read of a holder's name."""
_WAITING = "waiting-"
_HOLDER = re.compile(r"(.*) \(process \d+, since (\S+)\)", re.DOTALL)


class Lock:
    """A lock file with one holder. The system frees it when its process ends, however it ends."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f".{name}.lock"
        self._file: IO[str] | None = None

    def acquire(self, who: str) -> str | None:
        """Acquire the lock and return ``None``, or return its holder. Raises ``OSError`` if no file can be made."""
        # Whoever can open the file can hold the lock.
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        file = os.fdopen(handle, "a+", encoding="utf-8", errors="replace")
        with suppress(OSError):
            os.fchmod(handle, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(MAX_HOLDER).strip() or "another process"
            file.close()
            return holder
        except BaseException:
            file.close()
            raise
        with suppress(OSError):  # a full disk: the lock holds nevertheless
            file.truncate(0)
            file.write(f"{who} (process {os.getpid()}, since {utc_string(datetime.now(UTC))})\n")
            file.flush()
        self._file = file
        return None

    def release(self) -> None:
        """Release the lock, if this process holds it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
            with suppress(OSError):
                self._file.close()
            self._file = None


class WaitingNote:
    """Tells other processes that this one waits for a lock, inside ``with``. A full disk is ignored."""

    def __init__(self, folder: Path, text: str) -> None:
        self._lock = Lock(folder, f"{_WAITING}{os.getpid()}")
        self._text = text

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._lock.acquire(self._text)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        with suppress(OSError):
            self._lock.path.unlink()


def waiting_processes(folder: Path) -> list[tuple[str, str]]:
    """Return the text of each ``WaitingNote`` and since when its process waits, as UTC string."""
    found = []
    for path in sorted(folder.glob(f".{_WAITING}*.lock")):
        holder = lock_holder(folder, path.name[1:].removesuffix(".lock"))
        if holder and (match := _HOLDER.fullmatch(holder)):
            found.append((match[1], match[2]))
    return found


def other_holder(folder: Path) -> str | None:
    """Return another process that holds any lock of a data folder, or ``None``."""
    own = f" (process {os.getpid()}, "
    names = [path.name[1:].removesuffix(".lock") for path in sorted(folder.glob(".*.lock"))]
    holders = (lock_holder(folder, name) for name in names if not name.startswith(_WAITING))
    return next((holder for holder in holders if holder is not None and own not in holder), None)


def lock_holder(folder: Path, name: str) -> str | None:
    """Return who holds a lock of a data folder without acquiring it, or ``None`` if it is free."""
    try:
        with (folder / f".{name}.lock").open(encoding="utf-8", errors="replace") as file:
            who = file.read(MAX_HOLDER).strip()
            # A killed process leaves its name in the file, but no lock.
            if who:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return who
    except OSError:
        pass
    return None
