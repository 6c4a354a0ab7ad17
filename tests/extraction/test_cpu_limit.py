from __future__ import annotations

import logging
import os
import signal
import threading
import time

import pytest
from lxml import etree

from mayadeen.extraction import cpu_limit, dom
from mayadeen.extraction.cpu_limit import bounded, rehearse
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.markup_limits import LARGE_BYTES, LARGE_TAGS

pytestmark = pytest.mark.no_cover


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


def slow_parse(attributes: int = 1_000_000) -> None:
    """Run C code for many minutes that no signal interrupts."""
    etree.fromstring(f"<p {' '.join(f'a{n}=x' for n in range(attributes))}>", etree.HTMLParser())


@pytest.mark.process
def test_c_code_that_takes_too_long_is_ended_by_the_operating_system() -> None:
    def read() -> None:
        rehearse()
        slow_parse()

    with pytest.raises(PageError, match="more than 1 seconds of CPU time") as caught, bounded(1.0):
        read()
    assert caught.value.rule == "too_slow"
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


@pytest.mark.process
def test_what_passes_the_rehearsal_is_run_once_more_here() -> None:
    done: list[int] = []
    with bounded(60):
        rehearse()
        done.append(os.getpid())
        rehearse()
        done.append(os.getpid())
    assert done == [os.getpid()] * 2


@pytest.mark.process
def test_errors_of_the_rehearsal_are_raised_here() -> None:
    def fail() -> None:
        rehearse()
        raise KeyError("its own")

    with pytest.raises(KeyError, match="its own"), bounded(60):
        fail()


@pytest.mark.process
def test_a_rehearsal_logs_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler()
    logging.getLogger("rehearsed").addHandler(handler)
    with bounded(60):
        rehearse()
        logging.getLogger("rehearsed").warning("once")
    logging.getLogger("rehearsed").removeHandler(handler)
    assert capfd.readouterr().err == "once\n"


def test_without_a_limit_nothing_is_rehearsed() -> None:
    before = os.getpid()
    rehearse()
    assert os.getpid() == before


def test_large_pages_are_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    monkeypatch.setattr(dom, "rehearse", lambda: calls.append(True))
    dom.parse_html("<p>x" * 1000)
    assert calls == []
    dom.parse_html("<p>x" * (LARGE_TAGS + 1))
    dom.parse_html("x" * (LARGE_BYTES + 1))
    assert calls == [True, True]


def test_after_sigint_a_page_gets_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with bounded():
        pass
    before = signal.signal(signal.SIGINT, lambda *_: None)
    monkeypatch.setattr(cpu_limit, "STOPPING_SECONDS", 0.1)
    try:
        with pytest.raises(PageError, match=r"more than 0\.1 seconds"), bounded():
            spin()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_signal_lowers_the_limit_of_the_page_that_is_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.process_time()
    monkeypatch.setattr(cpu_limit, "is_stopping", lambda: time.process_time() > began + 0.1)
    monkeypatch.setattr(cpu_limit, "_stopping_from", None)
    monkeypatch.setattr(cpu_limit, "STOPPING_SECONDS", 0.1)
    with pytest.raises(PageError, match=r"more than 0\.1 seconds of CPU time"), bounded(20.0):
        spin()
    assert time.process_time() - began < 15


@pytest.mark.process
def test_a_signal_ends_a_rehearsal_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    monkeypatch.setattr(cpu_limit, "is_stopping", lambda: time.monotonic() > began + 0.3)
    monkeypatch.setattr(cpu_limit, "_stopping_from", None)

    def read() -> None:
        rehearse()
        slow_parse()

    with pytest.raises(PageError, match="more than 1 seconds of CPU time"), bounded(60.0):
        read()


def test_a_block_within_a_block_leaves_the_outer_limit() -> None:
    def read() -> None:
        with bounded(5.0):
            pass
        spin()

    with pytest.raises(PageError, match=r"more than 0\.3 seconds"), bounded(0.3):
        read()
