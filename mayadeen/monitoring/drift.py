"""Drift: compare what a run read from articles' pages with what is usual.

Knows no state, no engine and no clock. ``docs/drift.md`` explains the statistics and how well they do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, lgamma
from statistics import median

from mayadeen.monitoring.field_sampler import FIX_LOCATIONS, WITH_LENGTH_ALERT
from mayadeen.site.kinds import NON_TEXT_KINDS
from mayadeen.storage.drift_history import (
    FILLED,
    LENGTH,
    NOTHING,
    OFF_THE_PAGE,
    SOURCE_BIT,
    WATCHED,
    Aspect,
    Doubts,
    Reading,
)

NEIGHBOURS, MIN_NEIGHBOURS = 20, 3
"""Maximum and minimum number of similar articles that an article is compared with."""
NEARBY = timedelta(days=180)
"""Articles published longer before are not compared: habits change."""
MIN_USUAL = 0.5
"""A field that fewer articles have is rare, and its absence means nothing."""
AT_MOST = 0.5
"""A share is low from this part of the usual share downward."""
ABOUT_HALF = 0.55
"""The same for a median length, which chance moves by a tenth."""
LONG_ENOUGH = 0.75
"""Part of the median length of similar articles from which an article counts as long enough."""
VARIATION = 10.0
"""Concentration of the beta distribution from which the share of a run is drawn.

Articles of one run are not independent. The standard deviation of a share of 95 % is 7 points, and of 50 % it is 15."""
MAX_P = 1e-5
"""Probability of so low a share by chance, below which an alert is raised."""


ASPECTS: tuple[Aspect, ...] = tuple(
    (name, aspect)
    for name in FIX_LOCATIONS
    for aspect in (FILLED, *WATCHED, *((LENGTH,) if name in WITH_LENGTH_ALERT else ()))
)


class History:
    """Readings of earlier runs by kind and label, in the order of publication."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._like: dict[tuple[str, str], list[Reading]] = {}
        for reading in sorted((r for r in readings if r.published_at), key=lambda r: r.published_at):
            self._like.setdefault((reading.kind, reading.label), []).append(reading)
            if reading.kind not in NON_TEXT_KINDS:
                self._like.setdefault(_ANY, []).append(reading)
        self._times = {like: [r.published_at for r in found] for like, found in self._like.items()}
        self._sums: dict[tuple[tuple[str, str], str, str], list[list[int]]] = {}

    def before(self, reading: Reading) -> tuple[tuple[str, str], int, int] | None:
        """Return where the neighbours of a reading are: the last similar articles published before it.

        None if there are too few. An article older than all similar ones has none. An article whose page does not say
        its kind or label is similar to any text.
        """
        like = (reading.kind, reading.label)
        if not (reading.kind and reading.label) and len(self._like.get(like, ())) < MIN_NEIGHBOURS:
            like = _ANY
        times = self._times.get(like, [])
        stop, first = len(times), ""
        if reading.published_at:
            stop = bisect_right(times, reading.published_at)
            first = f"{datetime.fromisoformat(reading.published_at) - NEARBY:%Y-%m-%dT%H:%M:%SZ}"
        start = max(stop - NEIGHBOURS, bisect_right(times, first) if first else 0)
        return (like, start, stop) if stop - start >= MIN_NEIGHBOURS else None

    def counts(self, like: tuple[str, str], start: int, stop: int, name: str, aspect: str) -> tuple[int, int]:
        """Return how many of these readings count, and how many of those have an aspect."""
        key = (like, name, aspect)
        if key not in self._sums:
            answers = [reading.has(name, aspect) for reading in self._like[like]]
            self._sums[key] = [
                list(accumulate((a is not None for a in answers), initial=0)),
                list(accumulate((a is True for a in answers), initial=0)),
            ]
        counted, having = self._sums[key]
        return counted[stop] - counted[start], having[stop] - having[start]

    def lengths(self, like: tuple[str, str], start: int, stop: int, name: str) -> list[int]:
        """Return the lengths of a field in those of these readings that have it."""
        return [found[0] for r in self._like[like][start:stop] if (found := r.fields.get(name)) and found[0]]

    def last_with(self, name: str, aspect: str) -> int | None:
        """Return the last run that read an aspect."""
        wanted = FILLED if aspect == LENGTH else aspect
        return max((r.run for found in self._like.values() for r in found if r.has(name, wanted)), default=None)

    def first_source(self, name: str) -> str | None:
        """Return the source that a field usually comes from: the most trusted one that has it."""
        bits = (found[1] for like in self._like.values() for r in like if (found := r.fields.get(name)))
        firsts = Counter(next((s for s in OFF_THE_PAGE if b & SOURCE_BIT[s]), None) for b in bits)
        return max(firsts, key=lambda s: firsts[s], default=None)


_ANY = ("*", "*")


@dataclass
class Comparison:
    """Of ``n`` articles with neighbours, ``seen`` have an aspect, and of the neighbours a share ``earlier``.

    ``usual`` is that share corrected for few neighbours. ``known`` is the number of readings that it was learned from.
    ``ratio`` is the median of length to usual length. ``without`` are addresses of articles without the aspect.
    """

    n: int = 0
    seen: int = 0
    earlier: float = 0.0
    usual: float = 0.0
    known: int = 0
    ratio: float | None = None
    without: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.seen / self.n if self.n else 0.0

    @property
    def is_low(self) -> bool:
        """Return whether the aspect is usual, and the share is half of that or less."""
        low = self.n > 0 and self.usual >= MIN_USUAL and self.share <= AT_MOST * self.usual
        return low and (self.ratio is None or self.ratio <= ABOUT_HALF)

    @property
    def raises_alert(self) -> bool:
        """Return whether the share is low, and not by chance."""
        return self.is_low and self.p < MAX_P

    @property
    def p(self) -> float:
        """Return the probability of so few by chance."""
        sure = 1 / (1 / VARIATION + 1 / max(self.known, 1))
        return beta_binomial(self.seen, self.n, self.usual * sure, (1 - self.usual) * sure)


def beta_binomial(k: int, n: int, a: float, b: float) -> float:
    """Return the probability of ``k`` or fewer of ``n``, with a share from a beta distribution of ``a`` and ``b``."""
    whole = lgamma(a) + lgamma(b) - lgamma(a + b) + lgamma(n + a + b) - lgamma(n + 1)
    return sum(exp(lgamma(i + a) + lgamma(n - i + b) - lgamma(i + 1) - lgamma(n - i + 1) - whole) for i in range(k + 1))


def compare(readings: Sequence[Reading], history: History, name: str, aspect: str) -> Comparison:
    """Compare readings with what is usual for one aspect of a field."""
    result = Comparison()
    ratios: list[float] = []
    earlier = expected = 0.0
    used: dict[tuple[str, str], set[int]] = {}
    for reading in readings:
        where = history.before(reading)
        if where is None or (has := reading.has(name, FILLED if aspect == LENGTH else aspect)) is None:
            continue
        like, start, stop = where
        if aspect == LENGTH:
            lengths = history.lengths(like, start, stop, name)
            own = (reading.fields.get(name) or NOTHING)[0]
            if not own or len(lengths) < MIN_NEIGHBOURS:
                continue
            usual = median(lengths)
            ratios.append(own / usual)
            has = own >= LONG_ENOUGH * usual
            counted, having = len(lengths), sum(length >= LONG_ENOUGH * usual for length in lengths)
        else:
            counted, having = history.counts(like, start, stop, name, aspect)
            if counted < MIN_NEIGHBOURS:
                continue
        result.n += 1
        result.seen += has
        earlier += having / counted
        expected += (having + 0.5) / (counted + 1)
        used.setdefault(like, set()).update(range(start, stop))
        if not has and len(result.without) < 3:
            result.without.append(reading.url)
    if result.n:
        result.earlier, result.usual = earlier / result.n, expected / result.n
        result.known = sum(map(len, used.values()))
        result.ratio = median(ratios) if ratios else None
    return result


# --- what is not usual any more --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LostField:
    """An aspect that raises an alert: its comparison, the first run without it, and the last run that read it."""

    name: str
    aspect: str
    comparison: Comparison
    first: int
    last_good: int | None


@dataclass
class Verdict:
    """The verdict of a run on all aspects.

    ``lost`` raise an alert. ``doubted`` are too low to count as usual. ``fine`` are as usual. An aspect in none of them
    could not be compared.
    """

    lost: list[LostField] = field(default_factory=list)
    doubted: list[Aspect] = field(default_factory=list)
    fine: list[Aspect] = field(default_factory=list)
    first_sources: dict[str, str | None] = field(default_factory=dict)


def judge(
    run: int, readings: Sequence[Reading], earlier: Collection[Reading], doubts: Mapping[Aspect, Doubts]
) -> Verdict:
    """Compare a run's readings with the ``earlier`` ones of the edition.

    If too few articles are low, they stay in doubt and count with those of the next runs. This ends when they are
    enough, or when a run is as usual.
    """
    verdict = Verdict()
    histories: dict[tuple[frozenset[int], int], History] = {}
    for name, aspect in ASPECTS:
        doubt = doubts.get((name, aspect), Doubts())
        excluded, since = doubt.key
        if doubt.key not in histories:
            histories[doubt.key] = History(r for r in earlier if r.run not in excluded and r.run >= since)
        history = histories[doubt.key]
        now = compare(readings, history, name, aspect)
        if not now.n:
            continue
        if not now.is_low:
            verdict.fine.append((name, aspect))
            continue
        verdict.doubted.append((name, aspect))
        whole = now
        if doubt.open:
            whole = compare([*readings, *(r for r in earlier if r.run in doubt.open)], history, name, aspect)
            whole.without = now.without
        if whole.raises_alert:
            first = min([*doubt.open, run])
            verdict.lost.append(LostField(name, aspect, whole, first, history.last_with(name, aspect)))
            verdict.first_sources[name] = history.first_source(name)
    return verdict
