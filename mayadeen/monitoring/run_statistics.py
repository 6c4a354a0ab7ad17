"""Statistics of a run for its report, bounded in memory and in size for runs of any length."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from itertools import accumulate
from typing import Any

from mayadeen.items import Article, Reject

MAX_BUCKETS = 120
"""Maximum number of stretches in a timeline. Neighbours are merged when the run becomes longer."""

BOUNDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
"""Upper bounds, in seconds, of the classes of latencies. Slower responses are in a class of their own."""

MAX_CATEGORIES = 40
"""Maximum number of categories that are counted. A menu has about thirty, but a page can name any number."""

MAX_DAYS = 400
"""Maximum number of days, else months, else years."""

MAX_GROUPS = 50
"""Maximum number of kinds of rejects. The rest are counted together."""

_FINE = math.log(1.05)
_FINEST = 1e-4
_INDEX = re.compile(r"\[\d+\]")


class Timeline:
    """Counts over time, in stretches of equal length: 1 second first, twice as long each time there are too many.

    A stretch counts the requests sent, the articles written and the bytes received in it.
    """

    def __init__(self) -> None:
        self.seconds = 1
        self._buckets: list[list[int]] = []

    def add(self, at: float, *, requests: int = 0, written: int = 0, received: int = 0) -> None:
        """Count an event ``at`` seconds after the start."""
        index = int(max(at, 0.0) // self.seconds)
        while index >= MAX_BUCKETS:
            self.seconds *= 2
            index //= 2
            pairs = (self._buckets[n : n + 2] for n in range(0, len(self._buckets), 2))
            self._buckets = [[sum(counts) for counts in zip(*pair, strict=True)] for pair in pairs]
        while len(self._buckets) <= index:
            self._buckets.append([0, 0, 0])
        for place, count in enumerate((requests, written, received)):
            self._buckets[index][place] += count

    def as_json(self) -> dict[str, Any]:
        names = ("requests", "written", "bytes")
        return {
            "seconds": self.seconds,
            "buckets": [
                {"start": n * self.seconds, **dict(zip(names, counts, strict=True))}
                for n, counts in enumerate(self._buckets)
            ],
        }


class Latencies:
    """Seconds until the site answered: counted by class of status, and three quantiles of all."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}
        self._fine: Counter[int] = Counter()

    def add(self, status: int, seconds: float) -> None:
        counts = self._counts.setdefault(f"{status // 100}xx", [0] * (len(BOUNDS) + 1))
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._fine[math.ceil(math.log(max(seconds, _FINEST) / _FINEST) / _FINE)] += 1

    def quantile(self, share: float) -> float | None:
        """Return the time within which this share of the responses came, to within 3 %. None without responses."""
        order = sorted(self._fine)
        for index, count in zip(order, accumulate(self._fine[n] for n in order), strict=True):
            if count >= share * self._fine.total():
                return float(f"{_FINEST * math.exp(_FINE * (index - 0.5)):.3g}")
        return None

    def as_json(self) -> dict[str, Any]:
        return {
            "bounds": list(BOUNDS),
            "counts": dict(sorted(self._counts.items())),
            **{name: self.quantile(share) for name, share in (("median", 0.5), ("p90", 0.9), ("p99", 0.99))},
        }


class WrittenBy:
    """Written articles by category and day of publication."""

    def __init__(self) -> None:
        self._counts: dict[str | None, Counter[str]] = {}

    def add(self, article: Article) -> None:
        category = article.category[:100] if article.category else None
        if category not in self._counts and len(self._counts) >= MAX_CATEGORIES:
            category = None
        self._counts.setdefault(category, Counter())[(article.published_at or "")[:10]] += 1

    def as_json(self) -> dict[str, Any]:
        """Return the counts by category, for the newest days. Other articles count only in ``written``."""
        all_days = {day for counts in self._counts.values() for day in counts if day}
        for unit, length in (("day", 10), ("month", 7), ("year", 4)):
            days = {day[:length] for day in all_days}
            if len(days) <= MAX_DAYS or unit == "year":
                break
        kept = sorted(days)[-MAX_DAYS:]
        place = {day: n for n, day in enumerate(kept)}
        categories = []
        for category, counts in sorted(
            self._counts.items(), key=lambda pair: (-pair[1].total(), pair[0] is None, pair[0] or "")
        ):
            row = [0] * len(kept)
            for day, count in counts.items():
                if (at := place.get(day[:length])) is not None:
                    row[at] += count
            categories.append({"category": category, "written": counts.total(), "days": row})
        return {"unit": unit, "days": kept, "categories": categories}


class RejectGroups:
    """Rejects by their first violation: stage, rule and path in the record, with an example of each."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str], dict[str, Any]] = {}

    def add(self, reject: Reject) -> None:
        first = reject.violations[0] if reject.violations else {"path": "$", "message": "", "rule": "unknown"}
        # The entries of a list break a rule for the same reason.
        key = (reject.stage, first["rule"][:100], _INDEX.sub("[*]", first["path"])[:200])
        if key not in self._groups and len(self._groups) >= MAX_GROUPS:
            key = (reject.stage, "other", "$")
        group = self._groups.setdefault(
            key, {"count": 0, "example": {"url": reject.url, "message": first["message"][:300]}}
        )
        group["count"] += 1

    def as_json(self) -> list[dict[str, Any]]:
        """Return the groups, the largest first."""
        names = ("stage", "rule", "path")
        rows = [{**dict(zip(names, key, strict=True)), **group} for key, group in self._groups.items()]
        return sorted(rows, key=lambda row: -row["count"])
