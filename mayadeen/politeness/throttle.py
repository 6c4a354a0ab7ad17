"""When the next request may go out: one pace for all runs on a data folder, kept in a small file of it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

FILE = ".pace"
MAX_SLOWER = 5
"""After holds the delay is doubled at most so many times: 32 times as long."""

GOOD_ANSWERS = 10
"""After so many good answers in a row a delay that was doubled is halved."""

LONGEST_HOLD = 30 * 86400.0
"""Seconds. What asks for more is a mistake in a header, and would outlive whoever could mend it."""

_CLOCK_SET_BACK = 60.0


@dataclass
class _Host:
    """What is known of a host; instants are seconds since 1970.

    ``last``: a request went out. ``next``: another may. ``held``: none before. ``held_since``: when that was laid down.
    ``slower``: how often the delay is doubled. ``good``: good answers since the last change of that.
    """

    last: float = 0.0
    next: float = 0.0
    held: float = 0.0
    held_since: float = 0.0
    slower: int = 0
    good: int = 0


class SharedThrottle:
    """The pace of all runs on one data folder, host by host.

    A host is named as in an address, ``example.org:8080``. Times are by the system's clock, so that all processes mean
    the same and a hold outlives a restart; where that clock was set back by more than a minute, all is forgotten.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self.clock = clock
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._last: dict[str, float] = {}
        self._slower: dict[str, int] = {}

    def close(self) -> None:
        os.close(self._file)

    def take(self, host: str, delay: float, floor: float = 0.0) -> float:
        """Take the right to send now, and return 0; or return the seconds after which to ask again.

        ``delay`` is what is kept after this request, longer while the host wants it slower, ``floor`` what must be kept
        before and after it.
        """
        with self._hosts() as hosts:
            state = hosts.setdefault(host, _Host())
            now = self.clock()
            # Without a delay the file does not have the last one.
            last = max(state.last, min(self._last.get(host, 0.0), now))
            wait = max(state.next, last + floor if floor else 0.0, state.held) - now
            self._slower[host] = state.slower
            if wait > 0:
                return wait
            state.last = self._last[host] = now
            state.next = now + max(delay * 2**state.slower, floor)
            return 0.0

    def held(self, host: str) -> float:
        """Until when the host is held back."""
        with self._hosts() as hosts:
            return hosts.get(host, _Host()).held

    def hold(self, host: str, seconds: float, sent: float | None = None) -> bool:
        """Let nothing out to the host for so many seconds.

        ``sent`` is when the request went out that was refused: where that was after the last hold the refusal is a new
        one, which doubles the delay. Returns whether it was.
        """
        with self._hosts() as hosts:
            state = hosts.setdefault(host, _Host())
            now = self.clock()
            new = sent is not None and sent >= state.held_since
            state.held = max(state.held, now + min(max(seconds, 0.0), LONGEST_HOLD))
            if new:
                state.held_since = now
                state.slower = min(state.slower + 1, MAX_SLOWER)
                state.good = 0
            self._slower[host] = state.slower
            return new

    def good(self, host: str) -> None:
        """Note a good answer: so many of them, and the delay is halved again."""
        if not self._slower.get(host):
            return
        with self._hosts() as hosts:
            state = hosts.setdefault(host, _Host())
            state.good += 1
            if state.good >= GOOD_ANSWERS and state.slower:
                state.slower -= 1
                state.good = 0
            self._slower[host] = state.slower

    def slower(self, host: str) -> int:
        """How often the host's delay is doubled, as far as known here."""
        return self._slower.get(host, 0)

    @contextmanager
    def _hosts(self) -> Iterator[dict[str, _Host]]:
        """What the file says, locked; changes are written at the end."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            before = os.pread(self._file, 1 << 20, 0)
            hosts = self._read(before)
            yield hosts
            # Without a delay there is nothing to write down from one request to the next.
            kept = {host: asdict(state) for host, state in hosts.items() if state.next > state.last or state.held}
            after = json.dumps(kept).encode() if kept else b""
            if after != before:
                os.pwrite(self._file, after, 0)
                os.ftruncate(self._file, len(after))
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _read(self, data: bytes) -> dict[str, _Host]:
        try:
            found = {host: _Host(**state) for host, state in json.loads(data).items()} if data else {}
            latest = self.clock() + _CLOCK_SET_BACK
            return {host: state for host, state in found.items() if max(state.last, state.held_since) < latest}
        except (ValueError, TypeError, AttributeError):  # cut short by a crash
            return {}


def retry_after(value: str | None, now: float, date: str | None = None) -> float | None:
    """The seconds that a Retry-After header asks for, or ``None`` where it asks for nothing that can be told.

    It is a number of seconds or an instant; an instant is counted from the answer's own ``date``, since the clocks may
    differ, else from ``now``, seconds since 1970.
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
