"""What a run measures of itself: sums hold, and nothing grows without bound."""

from __future__ import annotations

import random
import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.items import Article, Reject, Violation
from mayadeen.monitoring import run_statistics
from mayadeen.monitoring.run_statistics import BOUNDS, MAX_BUCKETS, Latencies, RejectGroups, Timeline, WrittenBy


@given(st.lists(st.floats(0, 3e6), max_size=60))
def test_a_timeline_loses_nothing_and_stays_short(times: list[float]) -> None:
    timeline = Timeline()
    for at in times:
        timeline.add(at, requests=1, received=100)
    found = timeline.as_json()
    buckets = found["buckets"]
    assert len(buckets) <= MAX_BUCKETS
    assert (sum(b["requests"] for b in buckets), sum(b["bytes"] for b in buckets)) == (len(times), 100 * len(times))
    assert [b["start"] for b in buckets] == [n * found["seconds"] for n in range(len(buckets))]
    for bucket in buckets:
        inside = [at for at in times if bucket["start"] <= at < bucket["start"] + found["seconds"]]
        assert bucket["requests"] == len(inside)


def test_a_short_run_is_shown_by_the_second() -> None:
    timeline = Timeline()
    for at in (0.1, 0.9, 2.5, 119.9):
        timeline.add(at, requests=1)
    assert timeline.as_json()["seconds"] == 1
    timeline.add(120.0, written=1)
    assert timeline.as_json()["seconds"] == 2


def test_latencies_are_counted_within_their_bounds() -> None:
    latencies = Latencies()
    for status, seconds in ((200, 0.01), (200, 0.011), (404, 0.0), (503, 61.0), (200, 60.0)):
        latencies.add(status, seconds)
    counts = latencies.as_json()["counts"]
    assert {name: {n: c for n, c in enumerate(row) if c} for name, row in counts.items()} == {
        "2xx": {0: 1, 1: 1, len(BOUNDS) - 1: 1}, "4xx": {0: 1}, "5xx": {len(BOUNDS): 1},
    }  # fmt: skip
    assert all(low < high for low, high in pairwise(BOUNDS))


def test_quantiles_are_those_of_all_answers() -> None:
    chance, latencies = random.Random(1), Latencies()
    seconds = [chance.lognormvariate(-2, 1) for _ in range(3000)]
    for one in seconds:
        latencies.add(200, one)
    found, exact = latencies.as_json(), statistics.quantiles(seconds, n=100, method="inclusive")
    for name, place in (("median", 49), ("p90", 89), ("p99", 98)):
        assert found[name] == pytest.approx(exact[place], rel=0.03), name
    assert Latencies().as_json()["median"] is None


def article(category: str | None, day: str | None) -> Article:
    return Article(category=category, section="News", published_at=f"{day}T10:00:00Z" if day else None)


def test_written_by_category_and_day() -> None:
    written = WrittenBy()
    for category, day in (
        ("Politics", "2025-11-08"),
        ("Politics", "2025-11-09"),
        ("Economy", "2025-11-08"),
        ("Politics", None),
        (None, "2025-11-08"),
    ):
        written.add(article(category, day))
    assert written.as_json() == {
        "unit": "day", "days": ["2025-11-08", "2025-11-09"],
        "categories": [
            {"category": "Politics", "written": 3, "days": [1, 1]},
            {"category": "Economy", "written": 1, "days": [1, 0]},
            {"category": None, "written": 1, "days": [1, 0]},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "unit", "first"),
    [
        ([f"2025-{n // 28 + 1:02d}-{n % 28 + 1:02d}" for n in range(200)], "day", "2025-01-01"),
        ([f"{2020 + n // 336}-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(401)], "month", "2020-01"),
        ([f"{1900 + n}-{m:02d}-01" for n in range(100) for m in range(1, 13)], "year", "1900"),
        ([f"{n:04d}-01-01" for n in range(1, 2000)], "year", "1600"),
    ],
)
def test_many_days_are_shown_by_month_or_year(days: list[str], unit: str, first: str) -> None:
    written = WrittenBy()
    for day in days:
        written.add(article("Politics", day))
    found = written.as_json()
    assert (found["unit"], found["days"][0]) == (unit, first)
    assert len(found["days"]) <= run_statistics.MAX_DAYS
    assert found["categories"][0]["written"] == len(days)
    kept = [day for day in days if day[: len(first)] >= first]
    assert sum(found["categories"][0]["days"]) == len(kept)


def test_a_site_that_invents_categories_fills_no_report() -> None:
    written = WrittenBy()
    for n in range(1000):
        written.add(article(f"Category {n}" + "x" * 5000, "2025-11-08"))
    found = written.as_json()["categories"]
    assert len(found) == run_statistics.MAX_CATEGORIES + 1
    assert sum(row["written"] for row in found) == 1000
    assert max(len(row["category"] or "") for row in found) == 100


def reject(path: str, rule: str = "pattern", message: str = "wrong") -> Reject:
    return Reject(url=f"https://x/{path}", violations=[Violation(path=path, message=message, rule=rule)])


def test_rejects_are_grouped_by_what_was_wrong_first() -> None:
    groups = RejectGroups()
    for one in (
        reject("$.title", "minLength"),
        reject("$.images[0].url"),
        reject("$.images[17].url"),
        Reject(url="https://x/none"),
    ):
        groups.add(one)
    found = groups.as_json()
    assert [(g["stage"], g["rule"], g["path"], g["count"]) for g in found] == [
        ("validate", "pattern", "$.images[*].url", 2),
        ("validate", "minLength", "$.title", 1),
        ("validate", "unknown", "$", 1),
    ]
    assert found[0]["example"] == {"url": "https://x/$.images[0].url", "message": "wrong"}


def test_rejects_of_any_number_of_kinds_stay_few_and_all_count() -> None:
    groups = RejectGroups()
    for n in range(500):
        groups.add(reject(f"$.key{n}", message="x" * 9000))
    found = groups.as_json()
    assert len(found) == run_statistics.MAX_GROUPS + 1
    assert (found[0]["rule"], sum(g["count"] for g in found)) == ("other", 500)
    assert max(len(g["example"]["message"]) for g in found) == 300
