"""The pace: when the next request may go out."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from datetime import UTC, datetime, time
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from mayadeen.crawling.crawl_hours import CrawlHours
from mayadeen.politeness.throttle import (
    FILE,
    GOOD_ANSWERS,
    LOCKED_WAIT,
    LONGEST_HOLD,
    MAX_SLOWER,
    SharedThrottle,
    retry_after,
)
from tests.support.damage import damaged
from tests.support.preloaded import PROJECT

HOST = "example.org"
NOW = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(tmp_path: Path, clock: Clock) -> SharedThrottle:
    return SharedThrottle(tmp_path, clock)


def test_a_delay_is_kept_after_each_request(pace: SharedThrottle, clock: Clock) -> None:
    assert pace.acquire(HOST, 2.0) == 0
    assert pace.acquire(HOST, 2.0) == pytest.approx(2.0)
    clock.now += 1.5
    assert pace.acquire(HOST, 2.0) == pytest.approx(0.5)
    assert pace.acquire("elsewhere.org", 2.0) == 0
    clock.now += 0.5
    assert pace.acquire(HOST, 2.0) == 0


def test_without_a_delay_nothing_waits_and_nothing_is_written(pace: SharedThrottle) -> None:
    assert [pace.acquire(HOST, 0.0) for _ in range(3)] == [0, 0, 0]
    assert pace.path.read_bytes() == b""


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_a_floor_also_holds_for_what_went_out_before_it_was_known(
    pace: SharedThrottle, clock: Clock, delay: float
) -> None:
    assert pace.acquire(HOST, delay) == 0
    clock.now += 1
    assert pace.acquire(HOST, delay, floor=3.0) == pytest.approx(2.0)
    clock.now += 2
    assert pace.acquire(HOST, delay, floor=3.0) == 0
    assert pace.acquire(HOST, delay) == pytest.approx(3.0)


def test_two_processes_have_one_pace(tmp_path: Path, clock: Clock) -> None:
    first, second = SharedThrottle(tmp_path, clock), SharedThrottle(tmp_path, clock)
    assert first.acquire(HOST, 2.0) == 0
    assert second.acquire(HOST, 1.0) == pytest.approx(2.0)
    second.hold(HOST, 60, sent=NOW)
    clock.now += 5
    assert first.acquire(HOST, 2.0) == pytest.approx(55)


def test_a_hold_lets_nothing_out_and_the_pace_recovers_slowly(pace: SharedThrottle, clock: Clock) -> None:
    pace.acquire(HOST, 1.0)
    assert pace.hold(HOST, 10, sent=NOW)
    clock.now += 9
    assert pace.acquire(HOST, 1.0) == pytest.approx(1)
    clock.now += 1
    assert pace.acquire(HOST, 1.0) == 0
    assert pace.acquire(HOST, 1.0) == pytest.approx(2), "the delay is doubled"
    assert pace.hold(HOST, 10, sent=clock.now)
    clock.now += 10
    for expected in (4, 2, 1):
        pace.acquire(HOST, 1.0)
        assert pace.acquire(HOST, 1.0) == pytest.approx(expected)
        clock.now += expected
        for _ in range(GOOD_ANSWERS):
            pace.good(HOST)


def test_several_answers_to_one_refusal_are_one(pace: SharedThrottle, clock: Clock) -> None:
    clock.now += 1
    assert pace.hold(HOST, 5, sent=NOW)
    clock.now += 1
    assert not pace.hold(HOST, 5, sent=NOW + 0.5), "was under way when the first was reported"
    assert pace.slower(HOST) == 1
    for _ in range(20):
        pace.hold(HOST, 5, sent=clock.now)
        clock.now += 1
    assert pace.slower(HOST) == MAX_SLOWER


def test_a_longer_hold_wins(pace: SharedThrottle, clock: Clock) -> None:
    pace.hold(HOST, 60)
    pace.hold(HOST, 5)
    assert pace.held(HOST) == NOW + 60
    assert pace.slower(HOST) == 0
    pace.hold(HOST, 1e30)
    assert pace.held(HOST) == NOW + LONGEST_HOLD


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"example.org": 3}', b'{"example.org": {"no": 1}}', b"\xff\x00"])
def test_a_file_that_was_cut_short_is_started_again(tmp_path: Path, clock: Clock, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    pace = SharedThrottle(tmp_path, clock)
    assert pace.acquire(HOST, 1.0) == 0
    assert json.loads((tmp_path / FILE).read_bytes())[HOST]["last"] == NOW


def test_a_clock_that_was_set_back_locks_nobody_out(pace: SharedThrottle, clock: Clock) -> None:
    pace.acquire(HOST, 1.0)
    pace.hold(HOST, 600, sent=NOW)
    clock.now -= 86400
    assert pace.acquire(HOST, 1.0) == 0


@pytest.mark.process
def test_processes_take_turns(tmp_path: Path) -> None:
    """Two processes that wait in earnest, twenty turns each: no two of the forty come closer than the delay."""
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from mayadeen.politeness.throttle import SharedThrottle\n"
        "asked = []\n"
        "def clock():\n"
        "    asked.append(time.time())\n"
        "    return asked[-1]\n"
        "pace = SharedThrottle(Path(sys.argv[1]), clock)\n"
        "for _ in range(20):\n"
        "    while wait := pace.acquire('h', 0.02): time.sleep(wait)\n"
        "    print(repr(asked[-1]))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) for _ in range(2)]
    turns = sorted(float(line) for process in processes for line in process.communicate()[0].splitlines())
    assert len(turns) == 40
    assert min(after - before for before, after in pairwise(turns)) >= 0.02 - 1e-6


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9" * 40, LONGEST_HOLD),
        (format_datetime(datetime.fromtimestamp(NOW + 90, UTC), usegmt=True), 90.0),
        (format_datetime(datetime.fromtimestamp(NOW - 90, UTC), usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_HOLD),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_an_instant_is_counted_from_the_answers_own_clock() -> None:
    date = format_datetime(datetime.fromtimestamp(NOW - 3600, UTC), usegmt=True)
    until = format_datetime(datetime.fromtimestamp(NOW - 3540, UTC), usegmt=True)
    assert retry_after(until, NOW, date) == 60.0
    assert retry_after(until, NOW, "no date") == 0.0


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (("22:00", "06:00"), "2026-01-10T19:59:00Z", "2026-01-10T20:00:00Z"),
        (("22:00", "06:00"), "2026-01-10T20:00:00Z", "2026-01-10T20:00:00Z"),
        (("22:00", "06:00"), "2026-01-11T03:59:00Z", "2026-01-11T03:59:00Z"),
        (("22:00", "06:00"), "2026-01-11T04:00:00Z", "2026-01-11T20:00:00Z"),
        (("09:00", "17:00"), "2026-01-11T06:00:00Z", "2026-01-11T07:00:00Z"),
        (("09:00", "17:00"), "2026-01-11T15:00:00Z", "2026-01-12T07:00:00Z"),
        (("09:00", "17:00"), "2026-07-11T06:00:00Z", "2026-07-11T06:00:00Z"),  # summer time
        (("23:30", "06:00"), "2026-10-24T20:10:00Z", "2026-10-24T20:30:00Z"),  # the hour from 23:00 comes twice
        (("23:30", "06:00"), "2026-10-24T21:10:00Z", "2026-10-24T21:30:00Z"),
        (("23:30", "23:50"), "2026-10-24T20:50:00Z", "2026-10-24T21:30:00Z"),
        (("23:30", "23:50"), "2026-10-24T21:55:00Z", "2026-10-25T21:30:00Z"),
    ],
)
def test_hours_in_beirut(hours: tuple[str, str], now: str, opens: str) -> None:
    start, end = (time.fromisoformat(text) for text in hours)
    found = CrawlHours(start, end, ZoneInfo("Asia/Beirut")).opens(datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(opens)


# --- locks and damage --------------------------------------------------------------------------------------------------


def test_a_locked_file_is_not_waited_for(tmp_path: Path) -> None:
    pace = SharedThrottle(tmp_path, Clock())
    with pace.path.open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert pace.acquire(HOST, 2.0) == LOCKED_WAIT
        assert pace.hold(HOST, 60, sent=NOW)
        pace.good(HOST)
        assert pace.held(HOST) == NOW + 60
        assert pace.locked_since is not None
    assert pace.acquire(HOST, 2.0) == pytest.approx(60), "the hold is written as soon as the lock is free"
    assert pace.locked_since is None
    assert pace.slower(HOST) == 1


def test_only_the_owner_can_open_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).touch(0o644)
    pace = SharedThrottle(tmp_path, Clock())
    assert pace.path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        SharedThrottle(tmp_path, Clock())
    assert not (tmp_path / "elsewhere").exists()


ODD = (None, True, "x", -1, 1e400, 10**400, 1e308, -1e308, float("nan"), [], {}, 2**64, 0.5)


@pytest.mark.parametrize("field", ["last", "next", "held", "held_since", "slower", "good", "unknown"])
def test_odd_values_neither_crash_nor_wait_for_ever(tmp_path: Path, field: str) -> None:
    for odd in ODD:
        state = {"last": NOW - 1, "next": NOW + 1, "held": 0.0, "held_since": 0.0, "slower": 1, "good": 0} | {
            field: odd
        }
        (tmp_path / FILE).write_text(json.dumps({HOST: state}))
        pace = SharedThrottle(tmp_path, Clock())
        assert 0 <= pace.acquire(HOST, 1.0) <= 2 * LONGEST_HOLD
        pace.hold(HOST, 1, sent=NOW)
        pace.good(HOST)
        pace.close()


def test_no_damage_of_the_file_is_an_error(tmp_path: Path) -> None:
    good = SharedThrottle(tmp_path, Clock())
    good.acquire(HOST, 2.0)
    good.hold(HOST, 60, sent=NOW)
    data = good.path.read_bytes()
    for seed in range(300):
        good.path.write_bytes(damaged(data, Random(seed)))
        assert 0 <= SharedThrottle(tmp_path, Clock()).acquire(HOST, 1.0) <= 2 * LONGEST_HOLD, seed
