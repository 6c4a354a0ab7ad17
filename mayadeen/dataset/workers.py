"""Processes that run the steps of a build on all cores, since Python runs one thread at a time.

They change nothing about the result: batches come back in the order in which they were given.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar

from mayadeen.dataset.inputs import InputError

MAX_PROCESSES = 4
"""More would wait for the process that writes."""
MIN_BYTES = 32 << 20
"""Bytes of input. A smaller build is done before a process has started."""
_AHEAD = 2
"""Batches of each process that wait or are done. They bound the memory."""

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Workers:
    """The processes of a build, or none with ``processes=1``. Use it as a context manager."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1:
            self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_start)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def map(self, step: Callable[[Batch], Result], batches: Iterable[Batch]) -> Iterator[Result]:
        """Yield ``step(batch)`` for each batch in order. Raises what the step raises, and ``InputError``."""
        if self._pool is None:
            yield from map(step, batches)
            return
        waiting: deque[Future[Result]] = deque()
        try:
            for batch in batches:
                waiting.append(self._pool.submit(step, batch))
                if len(waiting) > _AHEAD * self._processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise InputError("a process of the build was killed. Free some memory and build again") from None


def processes_for(size: int) -> int:
    """Return how many processes a build of ``size`` bytes gets: one for each core."""
    if size < MIN_BYTES:
        return 1
    return min(MAX_PROCESSES, len(os.sched_getaffinity(0)))


def _start() -> None:
    """Leave Ctrl-C to the main process, and end with it even if it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
