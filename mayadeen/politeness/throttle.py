"""The throttle of all runs on a data folder: when the next request may be sent, kept in a small file there."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from mayadeen.storage.checked_read import DamagedError, number_in, parse_json

FILE = ".pace"
MAX_FILE = 1 << 20
"""Bytes of the file that are read. A host needs about 150."""

MAX_SLOWER = 5
"""Maximum number of times that the delay is doubled. It becomes 32 times as long."""

GOOD_ANSWERS = 10
"""Number of good responses in a row after which a doubled delay is halved."""

LONGEST_HOLD = 30 * 86400.0
"""Seconds. A header that asks for more is a mistake."""

LOCKED_WAIT = 0.05
"""Seconds after which to try again if another process has locked the file."""

_CLOCK_SET_BACK = 60.0
_LOCK_ATTEMPTS = 3


@dataclass
class _Host:
    """What is known of a host. Instants are seconds since 1970.

    ``last``: the last request was sent. ``next``: the next may be sent. ``held``: none may be sent before.
    ``held_since``: when that was set. ``slower``: how often the delay is doubled. ``good``: good responses since
    ``slower`` changed.
    """

    last: float = 0.0
    next: float = 0.0
    held: float = 0.0
    held_since: float = 0.0
    slower: int = 0
    good: int = 0


Change = Callable[[_Host, float], None]
"""Changes what is known of a host, at an instant."""


class SharedThrottle:
    """The throttle of all runs on one data folder, host by host.

    A host is named as in a URL, ``example.org:8080``. Times are those of the system's clock, so that all processes
    agree and a hold outlives a restart. If that clock is set back by more than a minute, the file is ignored.

    No method waits for another process. While the file is locked, ``acquire`` returns a short wait, and other changes
    are kept until the lock is free.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self.clock = clock
        self.locked_since: float | None = None
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with suppress(OSError):
            os.fchmod(self._file, 0o600)  # whoever can open the file can lock it
        self._last: dict[str, float] = {}
        self._held: dict[str, float] = {}
        self._slower: dict[str, int] = {}
        self._changes: list[tuple[str, Change]] = []

    def close(self) -> None:
        with suppress(BlockingIOError), self._hosts():
            pass
        os.close(self._file)

    def acquire(self, host: str, delay: float, floor: float = 0.0) -> float:
        """Acquire the right to send now, and return 0. Otherwise return the seconds after which to try again.

        ``delay`` is the time after this request, longer while the host is slowed down. ``floor`` is the least time
        before and after it.
        """
        try:
            with self._hosts() as hosts:
                return self._acquire(host, hosts.setdefault(host, _Host()), delay, floor)
        except BlockingIOError:
            return LOCKED_WAIT

    def _acquire(self, host: str, state: _Host, delay: float, floor: float) -> float:
        now = self.clock()
        # Without a delay the file does not contain the last request.
        last = max(state.last, min(self._last.get(host, 0.0), now))
        wait = max(state.next, last + floor if floor else 0.0, state.held) - now
        if wait > 0:
            return wait
        state.last = self._last[host] = now
        state.next = now + max(delay * 2**state.slower, floor)
        return 0.0

    def held(self, host: str) -> float:
        """Return until when the host is held back."""
        with suppress(BlockingIOError), self._hosts():
            pass
        return self._held.get(host, 0.0)

    def hold(self, host: str, seconds: float, sent: float | None = None) -> bool:
        """Send nothing to the host for this many seconds.

        ``sent`` is when the refused request was sent. If that was after the last hold, the refusal is a new one, which
        doubles the delay. Returns whether it was.
        """
        new = False
        until = self.clock() + min(max(seconds, 0.0), LONGEST_HOLD)

        def change(state: _Host, now: float) -> None:
            nonlocal new
            new = sent is not None and sent >= state.held_since
            state.held = max(state.held, until)
            if new:
                state.held_since = now
                state.slower = min(state.slower + 1, MAX_SLOWER)
                state.good = 0

        if not self._change(host, change):
            self._held[host] = max(self._held.get(host, 0.0), until)
            return sent is not None
        return new

    def good(self, host: str) -> None:
        """Count a good response. After ``GOOD_ANSWERS`` of them the delay is halved again."""
        if not self._slower.get(host):
            return

        def change(state: _Host, now: float) -> None:
            state.good += 1
            if state.good >= GOOD_ANSWERS and state.slower:
                state.slower -= 1
                state.good = 0

        self._change(host, change)

    def slower(self, host: str) -> int:
        """Return how often the host's delay is doubled, as far as this process knows."""
        return self._slower.get(host, 0)

    def _change(self, host: str, change: Change) -> bool:
        """Apply a change now, or keep it until the file is free. Returns whether it was applied."""
        self._changes.append((host, change))
        try:
            with self._hosts():
                return True
        except BlockingIOError:
            return False

    @contextmanager
    def _hosts(self) -> Iterator[dict[str, _Host]]:
        """Yield the hosts in the file, locked, and write them at the end. Raises ``BlockingIOError``."""
        self._lock()
        try:
            before = os.pread(self._file, MAX_FILE, 0)
            hosts = self._read(before)
            changes, self._changes = self._changes, []
            for host, change in changes:
                change(hosts.setdefault(host, _Host()), self.clock())
            yield hosts
            self._slower = {host: state.slower for host, state in hosts.items()}
            self._held = {host: state.held for host, state in hosts.items()}
            # Without a delay there is nothing to write from one request to the next.
            kept = {host: asdict(state) for host, state in hosts.items() if state.next > state.last or state.held}
            after = json.dumps(kept).encode() if kept else b""
            if after != before:
                os.pwrite(self._file, after, 0)
                os.ftruncate(self._file, len(after))
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _lock(self) -> None:
        for attempt in range(_LOCK_ATTEMPTS):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if attempt < _LOCK_ATTEMPTS - 1:
                    time.sleep(0.001)
                    continue
                self.locked_since = self.locked_since or time.monotonic()
                raise
            self.locked_since = None
            return

    def _read(self, data: bytes) -> dict[str, _Host]:
        """Return the hosts of the file. A damaged file, or one of a clock that was set back, has none."""
        now = self.clock()
        try:
            found = parse_json(data) if data else {}
            hosts = {host: _host(values, now) for host, values in found.items()}
        except (DamagedError, TypeError, AttributeError):
            return {}
        latest = now + _CLOCK_SET_BACK
        return {host: state for host, state in hosts.items() if max(state.last, state.held_since) < latest}


def _host(values: dict[str, Any], now: float) -> _Host:
    """Return what the file says of a host. Raises ``DamagedError`` or ``TypeError``."""
    state = _Host(**values)
    for value in (state.last, state.next, state.held, state.held_since):
        number_in(value, 0.0, now + 2 * LONGEST_HOLD)
    for count, most in ((state.slower, MAX_SLOWER), (state.good, GOOD_ANSWERS)):
        number_in(count, 0, most)
        if not isinstance(count, int):
            raise TypeError
    return state


def retry_after(value: str | None, now: float, date: str | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for, or ``None`` if it cannot be read.

    The header is a number of seconds or an instant. An instant is counted from the response's own ``date``, because the
    clocks may differ, or else from ``now``, in seconds since 1970.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_HOLD)
    until = _instant(text)
    if until is None:
        return None
    return min(max(until - (_instant(date) or now), 0.0), LONGEST_HOLD)


def _instant(text: str | None) -> float | None:
    try:
        at = parsedate_to_datetime(text or "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
