"""What card and profile page tell of a dataset, counted while it is written.

``DatasetStatistics.result()`` is a dict of JSON values. Where values are counted it has a list of pairs
``[value, records]``, most records first, and ``None`` among the values where a record has none:

``records``, ``articles``
    Records written, and how many different ids they have (fewer, with ``--history``).
``published``, ``fetched``
    ``{"first": time or None, "last": time or None}``, of ``published_at`` and ``fetched_at``.
``counts``
    ``{"kind": pairs, "language": pairs, "edition": pairs, "section": pairs, "category": pairs, "source": pairs,
    "split": pairs}``, at most 1,000 values each; in ``year_month`` (``"2025-03"``, ``None`` without a date) the pairs
    are in order of time.
``section_months``
    ``[section or None, "2025-03" or None, records]`` triples, in order of time, then section.
``fill``
    ``{field: records}``: how many have a value, that is neither null nor ``[]``; every field of a record.
``provenance``
    ``{field: pairs}`` by source (``"html"``, …, ``None`` for a field without value); every key of ``provenance``.
``warnings``
    Pairs by code.
``words``
    ``{"records", "total", "median", "longest", "histogram"}`` of ``word_count``, of the records that have one;
    ``median`` and ``longest`` are ``None`` where none has. ``histogram``: ``[{"from", "to", "records"}]``, from 0 in
    steps of 100 without gap, ``from`` included, ``to`` not and ``None`` in the last, which is open.
``top``
    ``{"tags": pairs, "authors": pairs, "coverage": pairs, "countries": pairs}``: by records, at most 50 each.
``distinct``
    ``{"tags": n, "authors": n, "coverage": n, "countries": n}``: how many different ones there are.
``duplicates``
    ``{"exact": records marked so, "near": records marked so, "groups": groups of two records or more, "records":
    records in them, "largest": [[group, records], …] at most 10}``, before any were dropped by ``--drop-duplicates``.
``removed``
    Records of articles that are gone from the site and were kept (``--removals flag``).
``gaps``
    What the runs' reports say is missing, as ``gaps`` gives it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from mayadeen.crawling.outcomes import URL_OUTCOMES
from mayadeen.items import PROVENANCE_FIELDS, Article

TOP = 50
"""So many of the most frequent tags, authors, … are named."""
STEP = 100
"""Words a bar of the histogram."""
_BARS = 30
_LONGEST = 100_000
"""Texts beyond this many words count as that long: what is counted is bounded."""
_HELD = 50_000
"""So many different values are counted in memory, more on disk."""
_MAX_NAMED = 100
_MAX_VALUES = 1000

_COLUMNS = tuple(field.name for field in fields(Article))
_COUNTED = ("kind", "language", "edition", "section", "category", "source", "split")
_NAMED = {"tags": "tags", "authors": "authors", "coverage": "coverage", "countries": "country"}

Pairs = list[list[Any]]


class Counts:
    """How often each value of each name was met: exact, however many values there are."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._held: Counter[tuple[str, Any]] = Counter()
        db.execute("CREATE TABLE counts (name, value, n INTEGER, PRIMARY KEY (name, value)) WITHOUT ROWID")

    def add(self, name: str, value: Any) -> None:
        """Count a value: text, None or a tuple of these."""
        self._held[name, value] += 1
        if len(self._held) > _HELD:
            self._flush()

    def pairs(self, name: str, limit: int = -1) -> Pairs:
        """Values and their counts, most frequent first, equal ones in order of the value."""
        self._flush()
        rows = self._db.execute(
            "SELECT value, n FROM counts WHERE name = ? ORDER BY n DESC, value LIMIT ?", (name, limit)
        )
        return [[json.loads(value), n] for value, n in rows]

    def distinct(self, name: str) -> int:
        """How many different values a name has."""
        self._flush()
        (count,) = self._db.execute("SELECT count(*) FROM counts WHERE name = ?", (name,)).fetchone()
        return int(count)

    def _flush(self) -> None:
        self._db.executemany(
            "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
            ((name, json.dumps(value, ensure_ascii=False), n) for (name, value), n in self._held.items()),
        )
        self._held.clear()


class DatasetStatistics:
    """Counts the records of a dataset; ``db`` takes what is too much for memory. Without ``history`` an article has one
    record."""

    def __init__(self, db: sqlite3.Connection, *, history: bool = False) -> None:
        self._counts = Counts(db)
        self._history = history
        self._words: Counter[int] = Counter()
        # Records alike in what is filled, and in where it is from, are counted as one pattern.
        self._filled: Counter[tuple[bool, ...]] = Counter()
        self._sources: Counter[tuple[str | None, ...]] = Counter()
        self._fill: Counter[str] = Counter()
        self._provenance: Counter[tuple[str, str | None]] = Counter()
        self._first: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self.records = 0
        self.removed = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a record as it is written, with the dataset's own fields."""
        count = self._counts.add
        self.records += 1
        for name in _COUNTED:
            count(name, record[name])
        if self._history:
            count("id", record["id"])
        for name in ("published_at", "fetched_at"):
            if (time := record[name]) is not None:
                self._first[name] = min(time, self._first.get(name, time))
                self._last[name] = max(time, self._last.get(name, time))
        month = record["published_at"] and record["published_at"][:7]
        count("year_month", month)
        count("section_months", (month, record["section"]))
        for code in record["warnings"]:
            count("warnings", code)
        for name in ("tags", "authors"):
            for value in dict.fromkeys(entry["name"] for entry in record[name]):
                count(name, value)
        for name in ("coverage", "country"):
            if record[name] is not None:
                count(name, record[name])
        if record["word_count"] is not None:
            self._words[min(record["word_count"], _LONGEST)] += 1
        if record["removed_at"] is not None:
            self.removed += 1
        self._filled[tuple([record[name] is not None and record[name] != [] for name in _COLUMNS])] += 1
        self._sources[tuple([record["provenance"][name] for name in PROVENANCE_FIELDS])] += 1
        if len(self._filled) + len(self._sources) > _HELD:
            self._unfold()

    def result(self, duplicates: Mapping[str, Any], gaps: Mapping[str, Any]) -> dict[str, Any]:
        """All of it; what was counted elsewhere is given."""
        self._unfold()
        counts = self._counts
        months = counts.pairs("section_months")
        return {
            "records": self.records,
            "articles": counts.distinct("id") if self._history else self.records,
            "published": self._range("published_at"),
            "fetched": self._range("fetched_at"),
            "counts": {
                **{name: counts.pairs(name, _MAX_VALUES) for name in _COUNTED},
                "year_month": sorted(counts.pairs("year_month"), key=lambda pair: _in_time(pair[0])),
            },
            "section_months": sorted(
                ([section, month, n] for (month, section), n in months),
                key=lambda row: (*_in_time(row[1]), *_in_time(row[0])),
            ),
            "fill": {name: self._fill[name] for name in _COLUMNS},
            "provenance": {
                name: sorted(
                    ([source, n] for (field, source), n in self._provenance.items() if field == name),
                    key=lambda pair: (-pair[1], *_in_time(pair[0])),
                )
                for name in PROVENANCE_FIELDS
            },
            "warnings": counts.pairs("warnings"),
            "words": self._words_told(),
            "top": {label: counts.pairs(name, TOP) for label, name in _NAMED.items()},
            "distinct": {label: counts.distinct(name) for label, name in _NAMED.items()},
            "duplicates": dict(duplicates),
            "removed": self.removed,
            "gaps": dict(gaps),
        }

    def _unfold(self) -> None:
        for pattern, n in self._filled.items():
            for name, filled in zip(_COLUMNS, pattern, strict=True):
                self._fill[name] += n * filled
        for origin, n in self._sources.items():
            for name, source in zip(PROVENANCE_FIELDS, origin, strict=True):
                self._provenance[name, source] += n
        self._filled.clear()
        self._sources.clear()

    def _range(self, name: str) -> dict[str, str | None]:
        return {"first": self._first.get(name), "last": self._last.get(name)}

    def _words_told(self) -> dict[str, Any]:
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


def gaps(reports: Iterable[tuple[str, bytes]]) -> tuple[dict[str, Any], list[str]]:
    """What the reports of runs, each a name and its JSON, say is missing; and a line for each that is no report.

    ``runs``
        How many reports were read.
    ``ended``
        ``[exit status, runs]`` pairs.
    ``first``, ``last``
        When the first run began and the last one ended; None without reports.
    ``totals``
        ``{fate: addresses}`` over all runs: the fates of docs/reports.md, and ``missing``. An address that several runs
        met counts in each.
    ``listings``
        ``{"run", "label", "kind", "url", "ended", "trouble"}`` of listings that were not followed to their end because
        something failed, the latest runs first, at most 100; ``listings_more`` says how many more there are.
    """
    found = []
    troubles = []
    for name, text in reports:
        try:
            report = json.loads(text)
            listings = [
                {key: row[key] for key in ("label", "kind", "url", "ended", "trouble")}
                for row in report["listings"]
                if row["trouble"]
            ]
            totals = {fate: int(report["totals"][fate]) for fate in (*URL_OUTCOMES, "missing")}
            found.append(
                (str(report["started_at"]), str(report["finished_at"]), int(report["exit_status"]), totals, listings)
            )
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            troubles.append(f"{name}: no report of a run")
    found.sort(key=lambda run: run[0])
    named = [{"run": run[0], **listing} for run in reversed(found) for listing in run[4]]
    return {
        "runs": len(found),
        "ended": [list(pair) for pair in sorted(Counter(run[2] for run in found).items())],
        "first": min((run[0] for run in found), default=None),
        "last": max((run[1] for run in found), default=None),
        "totals": {name: sum(run[3][name] for run in found) for name in (*URL_OUTCOMES, "missing")},
        "listings": named[:_MAX_NAMED],
        "listings_more": max(0, len(named) - _MAX_NAMED),
    }, troubles


def _in_time(value: str | None) -> tuple[bool, str]:
    """Sorts None last."""
    return value is None, value or ""


def _nth(counts: Counter[int], n: int) -> int | None:
    """The n-th of the counted numbers, from 0 in ascending order; None where there are not as many."""
    for number in sorted(counts):
        if n < counts[number]:
            return number
        n -= counts[number]
    return None
