"""Statistics of a dataset for card and profile page, counted while its records are written.

``DatasetStatistics.result()`` is a dict of JSON values. Counted values are lists of pairs ``[value, records]``, most
records first. The value None counts the records without a value:

``records``, ``articles``
    Records written, and how many different ids they have (fewer with ``--history``).
``published``, ``fetched``
    ``{"first": time or None, "last": time or None}`` of ``published_at`` and ``fetched_at``.
``counts``
    ``{"kind": pairs, "language": pairs, "edition": pairs, "section": pairs, "category": pairs, "source": pairs,
    "split": pairs}``, at most 1,000 values each. The pairs of ``year_month`` (``"2025-03"``, or None without a date)
    are in order of time.
``section_months``
    ``[section or None, "2025-03" or None, records]`` triples, in order of time, then section.
``section_days``
    The same with days, ``"2025-03-02"``. Empty if the records span more than ``MAX_DAYS`` days.
``fill``
    ``{field: records}``: how many have a value, neither null nor ``[]``. Has every field of a record.
``provenance``
    ``{field: pairs}`` by source (``"html"``, …, None for a field without value). Has every key of ``provenance``.
``warnings``
    Pairs by code.
``words``
    ``{"records", "total", "median", "longest", "histogram"}`` of ``word_count``, for records that have one. ``median``
    and ``longest`` are None if none has. ``histogram`` is ``[{"from", "to", "records"}]`` from 0 in steps of 100
    without gaps. ``from`` is included and ``to`` is not. The last step is open, its ``to`` is None.
``top``
    ``{"tags": pairs, "authors": pairs, "coverage": pairs, "countries": pairs}``, at most 50 each.
``distinct``
    ``{"tags": n, "authors": n, "coverage": n, "countries": n}``: number of different values.
``duplicates``
    ``{"exact": records marked so, "near": records marked so, "groups": groups of at least two articles, "records":
    records in them, "largest": [[group, records], …] at most 10}``, before ``--drop-duplicates`` dropped any.
``removed``
    Records of articles that are gone from the site and were kept (``--removals flag``).
``superseded``
    Records whose address a newer article has (``superseded_by``).
``gaps``
    What the runs' reports say is missing, as ``gaps.gaps`` returns it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from operator import itemgetter
from typing import Any

from mayadeen.items import PROVENANCE_FIELDS, Article

TOP = 50
"""Number of the most frequent tags, authors and so on that are named."""
MAX_DAYS = 182
"""Longest span in days for which records are counted by day."""
STEP = 100
"""Words per step of the histogram."""
_BARS = 30
_LONGEST = 100_000
"""A longer text counts as this many words, so that the number of counters is bounded."""
_MAX_IN_MEMORY = 50_000
"""Maximum number of different values that are counted in memory. More are counted on disk."""
_MAX_VALUES = 1000

_COLUMNS = tuple(field.name for field in fields(Article))
_COUNTED = ("kind", "language", "edition", "section", "category", "source", "split")
_counted = itemgetter(*_COUNTED)
_fields_of = itemgetter(*_COLUMNS)
_sources_of = itemgetter(*PROVENANCE_FIELDS)
_NAMED = {"tags": "tags", "authors": "authors", "coverage": "coverage", "countries": "country"}

Pairs = list[list[Any]]


class Counts:
    """Exact counts of each value of each name, for any number of values."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._in_memory: Counter[tuple[str, Any]] = Counter()
        db.execute("CREATE TABLE counts (name, value, n INTEGER, PRIMARY KEY (name, value)) WITHOUT ROWID")

    def add(self, name: str, value: Any, n: int = 1) -> None:
        """Count a value: text, None or a tuple of these."""
        self._in_memory[name, value] += n
        if len(self._in_memory) > _MAX_IN_MEMORY:
            self._flush()

    def pairs(self, name: str, limit: int = -1) -> Pairs:
        """Return values and their counts, most frequent first, equal ones in order of the value."""
        self._flush()
        rows = self._db.execute(
            "SELECT value, n FROM counts WHERE name = ? ORDER BY n DESC, value LIMIT ?", (name, limit)
        )
        return [[json.loads(value), n] for value, n in rows]

    def distinct(self, name: str) -> int:
        """Count the different values of a name."""
        self._flush()
        (count,) = self._db.execute("SELECT count(*) FROM counts WHERE name = ?", (name,)).fetchone()
        return int(count)

    def _flush(self) -> None:
        self._db.executemany(
            "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
            ((name, json.dumps(value, ensure_ascii=False), n) for (name, value), n in self._in_memory.items()),
        )
        self._in_memory.clear()


class RecordCounts:
    """Counts of some records in memory. Processes count their share, and ``DatasetStatistics`` adds it up.

    With ``history`` the ids are counted too, since an article may have several records.
    """

    def __init__(self, *, history: bool = False) -> None:
        self._history = history
        self.values: Counter[tuple[str, str]] = Counter()
        # Records with the same values, filled fields or sources are counted as one pattern.
        self.patterns: Counter[tuple[str | None, ...]] = Counter()
        self.filled: Counter[tuple[bool, ...]] = Counter()
        self.sources: Counter[tuple[str | None, ...]] = Counter()
        self.section_days: Counter[tuple[str, str | None]] = Counter()
        self.words: Counter[int] = Counter()
        self.first: dict[str, str] = {}
        self.last: dict[str, str] = {}
        self.records = self.removed = self.superseded = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a record with every column of the dataset."""
        values = self.values
        published = record["published_at"]
        self.records += 1
        self.patterns[*_counted(record), published and published[:7]] += 1
        if published:
            self.section_days[published[:10], record["section"]] += 1
        if self._history:
            values["id", record["id"]] += 1
        for name, time in (("published_at", published), ("fetched_at", record["fetched_at"])):
            if time is not None:
                self.first[name] = min(time, self.first.get(name, time))
                self.last[name] = max(time, self.last.get(name, time))
        for code in record["warnings"]:
            values["warnings", code] += 1
        for name in ("tags", "authors"):
            for value in {entry["name"] for entry in record[name]}:
                values[name, value] += 1
        for name in ("coverage", "country"):
            if record[name] is not None:
                values[name, record[name]] += 1
        if record["word_count"] is not None:
            self.words[min(record["word_count"], _LONGEST)] += 1
        self.removed += record["removed_at"] is not None
        self.superseded += record["superseded_by"] is not None
        self.filled[tuple([value is not None and value != [] for value in _fields_of(record)])] += 1
        self.sources[_sources_of(record["provenance"])] += 1


class DatasetStatistics:
    """Adds up the counts of a dataset's records. ``db`` holds the counts that are too many for memory.

    Without ``history`` each article has one record.
    """

    def __init__(self, db: sqlite3.Connection, *, history: bool = False) -> None:
        self._counts = Counts(db)
        self._history = history
        self._words: Counter[int] = Counter()
        self._fill: Counter[str] = Counter()
        self._provenance: Counter[tuple[str, str | None]] = Counter()
        self._first: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self.records = 0
        self.removed = 0
        self.superseded = 0

    def add(self, counts: RecordCounts) -> None:
        """Add the counts of some records."""
        self.records += counts.records
        self.removed += counts.removed
        self.superseded += counts.superseded
        for name, time in counts.first.items():
            self._first[name] = min(time, self._first.get(name, time))
            self._last[name] = max(counts.last[name], self._last.get(name, time))
        self._words += counts.words
        count = self._counts.add
        for (label, value), n in counts.values.items():
            count(label, value, n)
        for (*counted, month), n in counts.patterns.items():
            pattern = dict(zip(_COUNTED, counted, strict=True))
            for column, text in pattern.items():
                count(column, text, n)
            count("year_month", month, n)
            count("section_months", (month, pattern["section"]), n)
        if self._span_days() <= MAX_DAYS:
            for day, n in counts.section_days.items():
                count("section_days", day, n)
        for filled, n in counts.filled.items():
            for name, is_filled in zip(_COLUMNS, filled, strict=True):
                self._fill[name] += n * is_filled
        for sources, n in counts.sources.items():
            for field, source in zip(PROVENANCE_FIELDS, sources, strict=True):
                self._provenance[field, source] += n

    def result(self, duplicates: Mapping[str, Any], gaps: Mapping[str, Any]) -> dict[str, Any]:
        """Return the statistics, with ``duplicates`` and ``gaps`` that were counted elsewhere."""
        counts = self._counts
        return {
            "records": self.records,
            "articles": counts.distinct("id") if self._history else self.records,
            "published": self._range("published_at"),
            "fetched": self._range("fetched_at"),
            "counts": {
                **{name: counts.pairs(name, _MAX_VALUES) for name in _COUNTED},
                "year_month": sorted(counts.pairs("year_month"), key=lambda pair: _in_time(pair[0])),
            },
            "section_months": _in_order(counts.pairs("section_months")),
            "section_days": _in_order(counts.pairs("section_days")) if self._span_days() <= MAX_DAYS else [],
            "fill": {name: self._fill[name] for name in _COLUMNS},
            "provenance": {
                name: sorted(
                    ([source, n] for (field, source), n in self._provenance.items() if field == name),
                    key=lambda pair: (-pair[1], *_in_time(pair[0])),
                )
                for name in PROVENANCE_FIELDS
            },
            "warnings": counts.pairs("warnings"),
            "words": self._word_statistics(),
            "top": {label: counts.pairs(name, TOP) for label, name in _NAMED.items()},
            "distinct": {label: counts.distinct(name) for label, name in _NAMED.items()},
            "duplicates": dict(duplicates),
            "removed": self.removed,
            "superseded": self.superseded,
            "gaps": dict(gaps),
        }

    def _range(self, name: str) -> dict[str, str | None]:
        return {"first": self._first.get(name), "last": self._last.get(name)}

    def _span_days(self) -> int:
        """Return the days from the first to the last publication, so far."""
        if "published_at" not in self._first:
            return 0
        first, last = (date.fromisoformat(times["published_at"][:10]) for times in (self._first, self._last))
        return (last - first).days + 1

    def _word_statistics(self) -> dict[str, Any]:
        records = self._words.total()
        bars: Counter[int] = Counter()
        for words, n in self._words.items():
            bars[min(words // STEP, _BARS)] += n
        return {
            "records": records,
            "total": sum(words * n for words, n in self._words.items()),
            "median": _nth(self._words, (records - 1) // 2),
            "longest": max(self._words, default=None),
            "histogram": [
                {"from": bar * STEP, "to": (bar + 1) * STEP if bar < _BARS else None, "records": bars[bar]}
                for bar in range(_BARS + 1)
            ],
        }


def _in_order(pairs: Pairs) -> Pairs:
    """Turn ``[(time, section), records]`` pairs into ``[section, time, records]`` in order of time, then section."""
    rows = [[section, time, n] for (time, section), n in pairs]
    return sorted(rows, key=lambda row: (*_in_time(row[1]), *_in_time(row[0])))


def _in_time(value: str | None) -> tuple[bool, str]:
    """Return a sort key that puts None last."""
    return value is None, value or ""


def _nth(counts: Counter[int], n: int) -> int | None:
    """Return the n-th of the counted numbers, from 0 in ascending order, or None if there are fewer."""
    for number in sorted(counts):
        if n < counts[number]:
            return number
        n -= counts[number]
    return None
