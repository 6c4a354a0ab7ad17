"""Bounds for what a hostile page can cost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mayadeen.extraction.dom import PageError

SECONDS = 10.0
"""CPU time for reading one page: a thousand times the usual, so that only a page made for it takes longer."""


@contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Let the block have so much CPU time; raises ``PageError`` where that does not do.

    For pure code without ``await`` or ``yield``. In other threads than the main one, where no signal arrives, nothing
    is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    late = False

    def stop(*_: object) -> None:
        nonlocal late
        late = True
        raise too_slow()

    def too_slow() -> PageError:
        return PageError("too_slow", f"reading it took more than {seconds:g} seconds of CPU time")

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        # Once more each second: libraries catch exceptions of all sorts.
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)
        yield
    except Exception:
        if late:
            raise too_slow() from None
        raise
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
    if late:
        raise too_slow()
