from __future__ import annotations

import signal
import threading
import time

import pytest

from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError


def spin(seconds: float = 30.0) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_what_takes_too_long_is_unreadable() -> None:
    with pytest.raises(PageError, match=r"more than 0\.1 seconds of CPU time") as caught, bounded(0.1):
        spin()
    assert caught.value.rule == "too_slow"


def test_a_library_that_wraps_every_exception_hides_nothing() -> None:
    def wrapping() -> None:
        try:
            spin()
        except Exception as error:
            raise ValueError("input processor") from error

    with pytest.raises(PageError, match="CPU time"), bounded(0.1):
        wrapping()


def test_a_library_that_swallows_every_exception_hides_nothing() -> None:
    def swallowing() -> None:
        try:
            spin()
        except Exception:
            return

    with pytest.raises(PageError, match="CPU time"), bounded(0.1):
        swallowing()


def test_what_is_in_time_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with bounded():
        pass
    with pytest.raises(KeyError), bounded():
        raise KeyError("its own")
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) is before


def test_other_threads_are_not_bounded() -> None:
    done: list[bool] = []

    def work() -> None:
        with bounded(0.01):
            spin(0.1)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
