"""Limits for the CPU time that a hostile page can cost."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mayadeen.extraction.page_error import PageError

SECONDS = 5.0
"""CPU time for reading one page: some hundred times the usual time."""

STOPPING_SECONDS = 1.0
"""CPU time for reading one page after SIGINT, so that the run ends soon."""

_STOPPING_WAIT = 2.0
"""Seconds of wall time for reading one page after SIGINT."""

_STOPPING_TOTAL = 4.0
"""Seconds of wall time for reading all pages after SIGINT. Then ``_LEAST_WAIT`` is left for each."""

_LEAST_WAIT = 0.3

_TICK = 0.1
"""CPU seconds between two checks of the limit."""

_WAIT_FACTOR = 10
"""A child that gets no CPU time is killed after this multiple of its CPU limit."""


@dataclass
class _Limit:
    """The limit of the block that is running. ``in_child``: this process only rehearses the block."""

    seconds: float
    left: float
    stops_at: float | None = None
    rehearsed: bool = False
    in_child: bool = False

    def is_over(self) -> bool:
        """Return whether the block must end. A SIGINT that arrives during the block lowers the limit."""
        if self.stops_at is None and is_stopping():
            now = time.monotonic()
            self.seconds = min(self.seconds, STOPPING_SECONDS)
            self.left = min(self.left, STOPPING_SECONDS)
            self.stops_at = min(now + _STOPPING_WAIT, max(_stopping_since() + _STOPPING_TOTAL, now + _LEAST_WAIT))
        return self.left <= 0 or (self.stops_at is not None and time.monotonic() > self.stops_at)

    def error(self) -> PageError:
        return PageError("too_slow", f"reading it took more than {self.seconds:g} seconds of CPU time")


_current: _Limit | None = None


@contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Limit the CPU time of the block. Raises ``PageError`` when the block takes longer.

    A timer interrupts Python code. It cannot interrupt the parser, which is C code, so ``rehearse`` has the operating
    system end it. The block must be pure code without ``await`` or ``yield``. In threads other than the main one no
    signal arrives, and nothing is limited.
    """
    global _current
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    outer, limit = _current, _Limit(seconds, seconds)
    late = False

    def look(*_: object) -> None:
        nonlocal late
        limit.left -= _TICK
        if limit.is_over():
            late = True
            # It fires again each second: libraries catch exceptions of all sorts.
            signal.setitimer(signal.ITIMER_VIRTUAL, 1.0, 1.0)
            raise limit.error()

    limit.is_over()
    before = signal.signal(signal.SIGVTALRM, look)
    _current = limit
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, min(_TICK, limit.left), _TICK)
        yield
    except Exception:
        if late:
            raise limit.error() from None
        raise
    finally:
        if limit.in_child:
            os._exit(0)
        _current = outer
        tick = 0.0 if outer is None else _TICK
        signal.setitimer(signal.ITIMER_VIRTUAL, tick, tick)
        signal.signal(signal.SIGVTALRM, before)
    if late:
        raise limit.error()


def rehearse() -> None:
    """Run the rest of the current ``bounded`` block in a child process first.

    The operating system ends the child when it has used half of the CPU limit, whatever code it is in. Then this
    raises ``PageError``. Otherwise the result of the child is dropped, and this process runs the same code.
    """
    limit = _current
    if limit is None or limit.rehearsed or threading.current_thread() is not threading.main_thread():
        return
    limit.rehearsed = True
    with warnings.catch_warnings():
        # The other threads resolve names and write images. The child does not need their locks.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        limit.in_child = True
        logging.disable(logging.CRITICAL)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, limit.seconds / 2)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_DFL)
        return
    limit.left = max(limit.left - _wait(child, limit), _TICK)


def _wait(child: int, limit: _Limit) -> float:
    """Wait for the child, and return the CPU seconds that it used."""
    deadline = time.monotonic() + limit.seconds * _WAIT_FACTOR
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline or limit.is_over():
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    if os.WIFSIGNALED(status):
        raise limit.error()
    return usage.ru_utime + usage.ru_stime


_sigint_handler: object = None
_stopping_from: float | None = None


def is_stopping() -> bool:
    """Return whether a SIGINT has arrived. Scrapy then has another handler for the next one."""
    global _sigint_handler
    handler = signal.getsignal(signal.SIGINT)
    if _sigint_handler is None:
        _sigint_handler = handler
    return handler != _sigint_handler


def _stopping_since() -> float:
    """Return when the SIGINT was first noticed, as monotonic time."""
    global _stopping_from
    if _stopping_from is None:
        _stopping_from = time.monotonic()
    return _stopping_from
