"""The statistics of a dataset add up, however much there is to count."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import Any

import pytest

from mayadeen.dataset import dataset_statistics
from mayadeen.dataset.columns import OWN_COLUMNS
from mayadeen.dataset.dataset_statistics import Counts, DatasetStatistics, RecordCounts
from tests.support.archive import article


def statistics_of(records: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    made = DatasetStatistics(sqlite3.connect(":memory:", isolation_level=None), **more)
    for record in records:
        counts = RecordCounts(**more)
        counts.add(dict.fromkeys(OWN_COLUMNS) | record)
        made.add(counts)
    result = made.result({}, {})
    assert json.loads(json.dumps(result)) == result
    return result


@pytest.mark.parametrize("held", [1, 3, 50_000])
def test_counts_are_exact_whatever_is_held_in_memory(monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(dataset_statistics, "_MAX_IN_MEMORY", held)
    counts = Counts(sqlite3.connect(":memory:", isolation_level=None))
    values = [None if n % 7 == 0 else ("a", None) if n % 5 == 0 else f"v{n % 4}" for n in range(100)]
    for value in values:
        counts.add("x", value)
    expected = Counter(json.dumps(value) for value in values)
    found = counts.pairs("x")
    assert {json.dumps(value): n for value, n in found} == expected
    assert [n for _, n in found] == sorted(expected.values(), reverse=True)
    assert counts.distinct("x") == len(expected)
    assert counts.pairs("x", 1) == found[:1]


@pytest.mark.parametrize("held", [1, 50_000])
def test_facts(monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(dataset_statistics, "_MAX_IN_MEMORY", held)
    tag = {"name": "port", "url": None}
    records = [
        article(1, tags=[tag, tag], word_count=50), article(1, tags=[], section=None, word_count=99, split="test"),
        article(2, published_at=None, word_count=200_000), article(3, word_count=None, body=None, removed_at="2025-05-01T00:00:00Z"),
        article(4, published_at="2024-12-31T23:59:59Z", coverage="Story", word_count=100),
    ]  # fmt: skip
    found = statistics_of(records, history=True)
    assert (found["records"], found["articles"], found["removed"]) == (5, 4, 1)
    assert statistics_of(records[1:])["articles"] == 4
    assert found["published"] == {"first": "2024-12-31T23:59:59Z", "last": "2025-03-02T00:03:00Z"}
    assert found["counts"]["year_month"] == [["2024-12", 1], ["2025-03", 3], [None, 1]]
    assert found["section_months"] == [
        ["News", "2024-12", 1],
        ["News", "2025-03", 2],
        [None, "2025-03", 1],
        ["News", None, 1],
    ]
    assert found["counts"]["split"] == [[None, 4], ["test", 1]]
    assert found["top"]["tags"] == [["ports", 3], ["port", 1]]
    assert found["distinct"] == {"tags": 2, "authors": 1, "coverage": 1, "countries": 0}
    assert found["fill"]["tags"] == 4
    assert found["fill"]["body"] == 4
    assert found["fill"]["previous_hash"] == 0
    assert found["provenance"]["title"] == [["tawsiyat", 5]]
    assert found["provenance"]["region"] == [[None, 5]]
    words = found["words"]
    assert (words["records"], words["median"], words["longest"]) == (4, 99, 100_000)
    assert [bar["records"] for bar in words["histogram"] if bar["records"]] == [2, 1, 1]
    assert sum(bar["records"] for bar in words["histogram"]) == 4
    assert words["histogram"][-1] == {"from": 3000, "to": None, "records": 1}


def test_facts_of_nothing() -> None:
    found = statistics_of([])
    assert (found["words"]["median"], found["words"]["longest"], found["published"]["first"]) == (None, None, None)
