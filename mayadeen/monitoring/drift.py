"""Whether the site's pages still look as they did: what was read off them, held against what is usual.

Pure: knows no state, no engine, no clock. ``docs/alarm.md`` says which statistics, why, and how well they do.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from math import exp, lgamma
from statistics import median, median_low
from typing import Any, Literal

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import ArticleLoader
from mayadeen.fields import FieldSpec, specs
from mayadeen.items import PROVENANCE_FIELDS, Article, Source
from mayadeen.site.editions import labels_of
from mayadeen.site.kinds import NON_TEXT_KINDS
from mayadeen.site.text import normalize_label
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

What = Literal["vanished", "fell_back", "shortened", "source_lost"]
ALL_SOURCES: tuple[Source, ...] = (*WATCHED, "generic", "listing", "assumed")

_WATCHED_FIELDS = tuple(spec for spec in specs(Article) if spec.drift)


def _fix_location(spec: FieldSpec) -> tuple[str, str]:
    processor = f"{spec.name}_in"
    if not hasattr(ArticleLoader, processor):
        processor = "default_input_processor"
    return f"ArticlePage.{spec.page_method}", spec.loader or f"ArticleLoader.{processor}"


FIX_LOCATIONS: dict[str, tuple[str, str]] = {spec.name: _fix_location(spec) for spec in _WATCHED_FIELDS}
"""Where each watched field is read and cleaned, in ``extraction/article.py`` and ``extraction/loaders.py``."""

_WITH_LENGTH_ALERT = tuple(spec.name for spec in _WATCHED_FIELDS if spec.drift == LENGTH)
_MEASURED = tuple(spec.name for spec in _WATCHED_FIELDS if spec.drift == LENGTH or spec.entry_type is not None)
"""Fields whose length is recorded: characters of a text, entries of a list."""
_CHOSEN_BY: dict[str, tuple[str, ...]] = {
    "tag": ("tags", "keywords"),
    "author": ("authors",),
    "coverage": ("coverage",),
    "region": ("country",),
}
"""What says nothing about an article that was found by such a listing: it is listed there for having it."""

ALL_OF_THE_FIRST, THEN_EVERY = 200, 10
"""So many articles of a run are looked at closely, then one of so many: it costs a third of the time of reading."""
PER_CELL, PER_RUN = 20, 1000
"""Of those, so many of a kind, label and month are kept, and so many of a run."""
NEIGHBOURS, MIN_NEIGHBOURS = 20, 3
"""An article is held against the last so many of its like, not fewer than the second number."""
NEARBY = timedelta(days=180)
"""What was published longer before an article says nothing about it: habits change."""
MIN_USUAL = 0.5
"""What fewer articles have is rare by nature, and its absence no news."""
AT_MOST = 0.5
"""A share, or a length, is alarming from this part of the usual one downward."""
ABOUT_HALF = 0.55
"""The same of a median length, which chance moves by a tenth."""
LONG_ENOUGH = 0.75
"""Of its like's median length: articles shorter than this are counted, to tell whether chance made them so."""
VARIATION = 10.0
"""Shares differ from run to run as if each were drawn from a beta distribution with this concentration: the standard
deviation of a share of 95 % is 7 points, of 50 % 15. Articles of one run are no independent witnesses."""
MAX_P = 1e-5
"""Probability of so low a share by chance, below which it is none."""


# --- what was read ---------------------------------------------------------------------------------------------------


def read(page: ArticlePage, article: Article | None) -> dict[str, list[int] | None]:
    """The ``fields`` of a page's ``Reading``: every source is asked, not only the first that has something."""
    found: dict[str, list[int] | None] = {}
    for name in FIX_LOCATIONS:
        bits = 0
        if name == "body":
            source = page.body_source if article is None or article.body else None
            bits = SOURCE_BIT[source] if source else 0
        elif name == "related":
            bits = SOURCE_BIT["html"] if page.body.related else 0
        else:
            for source, raw in getattr(page, name)():
                if source == "generic" or source == "assumed":
                    break  # costly, and of no meaning where a better one is there
                if raw:
                    bits |= SOURCE_BIT[source]
        if article is not None and (taken := article.provenance[name]) in OFF_THE_PAGE:
            bits |= SOURCE_BIT[taken]
        if bits:
            found[name] = [_length(article, name) or 0, bits]
    return found


def _length(article: Article | None, name: str) -> int | None:
    """Characters of a text, entries of a list; ``None`` for other fields and where there is none."""
    value = getattr(article, name, None) if name in _MEASURED else None
    return len(value) if value else None


class FieldSampler:
    """What one run reads: counts of every article, and readings of some, enough to tell what is usual."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._read = 0
        self._sources: dict[str, Counter[str]] = {name: Counter() for name in PROVENANCE_FIELDS}
        self._lengths = {name: array("L") for name in _MEASURED}
        self._cells: Counter[tuple[str, str, str]] = Counter()

    def take(self, page: ArticlePage, article: Article | None, found_by: str, published_at: str | None = None) -> None:
        """Count an article's page; ``article`` is ``None`` where no record could be made of it.

        ``found_by`` is the kind of its discovery, ``published_at`` what is known of it where the page does not say.
        """
        self._read += 1
        if article is not None:
            for name, source in article.provenance.items():
                if source is not None:
                    self._sources[name][source] += 1
            for name, lengths in self._lengths.items():
                if length := _length(article, name):
                    lengths.append(length)
        kind, label = "", ""
        if article is not None and "kind: assumed" not in article.warnings:
            kind, label = article.kind, normalize_label(article.category or "")
        published = (article.published_at if article is not None else None) or published_at or ""
        if not published and found_by == "sitemap":
            return  # of any year: there is nothing to hold it against
        cell = (kind, label, published[:7])
        if self._read > ALL_OF_THE_FIRST and self._read % THEN_EVERY:
            return
        if len(self.readings) >= PER_RUN or self._cells[cell] >= PER_CELL:
            return
        self._cells[cell] += 1
        if label not in labels_of(page.addresses.edition) and label not in page.menu:
            label = ""
        fields = read(page, article) | dict.fromkeys(_CHOSEN_BY.get(found_by, ()))
        self.readings.append(Reading(kind, label, published, fields, page.url))

    def report(self) -> dict[str, dict[str, Any]]:
        """Of each field: articles ``read``, ``filled`` among them, by which ``sources``, and the median ``length``."""
        return {
            name: {
                "read": self._read,
                "filled": counts.total(),
                "sources": {source: counts[source] for source in ALL_SOURCES},
                "length": median_low(self._lengths[name]) if self._lengths.get(name) else None,
            }
            for name, counts in self._sources.items()
        }


# --- what is usual ---------------------------------------------------------------------------------------------------

ASPECTS: tuple[Aspect, ...] = tuple(
    (name, aspect)
    for name in FIX_LOCATIONS
    for aspect in (FILLED, *WATCHED, *((LENGTH,) if name in _WITH_LENGTH_ALERT else ()))
)


class History:
    """Readings of earlier runs, by what they are like, in the order they were published in."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._like: dict[tuple[str, str], list[Reading]] = {}
        for reading in sorted((r for r in readings if r.published_at), key=lambda r: r.published_at):
            self._like.setdefault((reading.kind, reading.label), []).append(reading)
            if reading.kind not in NON_TEXT_KINDS:
                self._like.setdefault(_ANY, []).append(reading)
        self._times = {like: [r.published_at for r in found] for like, found in self._like.items()}
        self._sums: dict[tuple[tuple[str, str], str, str], list[list[int]]] = {}

    def before(self, reading: Reading) -> tuple[tuple[str, str], int, int] | None:
        """Where its neighbours are: the last of its like that were published before it. ``None`` where they are few.

        What is older than all that is known of its like has none. What does not say what it is, is like any text.
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
        """How many of these readings count, and how many of those have an aspect."""
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
        """The lengths of a field in these readings, of those that have it."""
        return [found[0] for r in self._like[like][start:stop] if (found := r.fields.get(name)) and found[0]]

    def last_with(self, name: str, aspect: str) -> int | None:
        """The last run that read an aspect."""
        wanted = FILLED if aspect == LENGTH else aspect
        return max((r.run for found in self._like.values() for r in found if r.has(name, wanted)), default=None)

    def first_source(self, name: str) -> str | None:
        """The source that a field is usually taken from: the most trusted that has it."""
        bits = (found[1] for like in self._like.values() for r in like if (found := r.fields.get(name)))
        firsts = Counter(next((s for s in OFF_THE_PAGE if b & SOURCE_BIT[s]), None) for b in bits)
        return max(firsts, key=lambda s: firsts[s], default=None)


_ANY = ("*", "*")


@dataclass
class Comparison:
    """Of ``n`` articles that have neighbours ``seen`` have an aspect, and a share ``earlier`` of those neighbours.

    ``usual`` is what that share is taken for, since few neighbours prove little; ``known`` is how many readings it was
    learned from, ``ratio`` the median of length to usual length, ``without`` are addresses of articles that lack the
    aspect.
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
        """Whether the aspect is usual, and the share half of that or less: enough to look closer."""
        low = self.n > 0 and self.usual >= MIN_USUAL and self.share <= AT_MOST * self.usual
        return low and (self.ratio is None or self.ratio <= ABOUT_HALF)

    @property
    def is_alarming(self) -> bool:
        """Whether, moreover, chance does not make so low a share."""
        return self.is_low and self.p < MAX_P

    @property
    def p(self) -> float:
        """The probability of so few by chance."""
        sure = 1 / (1 / VARIATION + 1 / max(self.known, 1))
        return beta_binomial(self.seen, self.n, self.usual * sure, (1 - self.usual) * sure)


def beta_binomial(k: int, n: int, a: float, b: float) -> float:
    """The probability of ``k`` or fewer of ``n``, their share drawn from a beta distribution of ``a`` and ``b``."""
    whole = lgamma(a) + lgamma(b) - lgamma(a + b) + lgamma(n + a + b) - lgamma(n + 1)
    return sum(exp(lgamma(i + a) + lgamma(n - i + b) - lgamma(i + 1) - lgamma(n - i + 1) - whole) for i in range(k + 1))


def compare(readings: Sequence[Reading], history: History, name: str, aspect: str) -> Comparison:
    """Hold readings against what is usual of one aspect of a field."""
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
    """An aspect that alarms: what it is compared to, the first run of that, and the last run that read it."""

    name: str
    aspect: str
    comparison: Comparison
    first: int
    last_good: int | None


@dataclass
class Verdict:
    """What a run says of all aspects: ``lost`` those that alarm, ``doubted`` those too low to be taken for usual,
    ``fine`` those as usual. An aspect in none of them was not met with anything to hold it against."""

    lost: list[LostField] = field(default_factory=list)
    doubted: list[Aspect] = field(default_factory=list)
    fine: list[Aspect] = field(default_factory=list)
    first_sources: dict[str, str | None] = field(default_factory=dict)


def judge(
    run: int, readings: Sequence[Reading], earlier: Collection[Reading], doubts: Mapping[Aspect, Doubts]
) -> Verdict:
    """Hold a run's readings against the ``earlier`` ones of the edition.

    What too few articles say is kept in doubt, and adds to what the next run says, until it is enough or a run is as
    usual again.
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
        if whole.is_alarming:
            first = min([*doubt.open, run])
            verdict.lost.append(LostField(name, aspect, whole, first, history.last_with(name, aspect)))
            verdict.first_sources[name] = history.first_source(name)
    return verdict


_GRAVITY: tuple[What, ...] = ("vanished", "fell_back", "shortened", "source_lost")


def alarms(verdict: Verdict, when: Mapping[int, str]) -> list[dict[str, Any]]:
    """An alarm for each field that lost something, gravest first: plain JSON values, as in the report.

    ``when`` has the times that runs were begun at.
    """
    by_field: dict[str, list[tuple[What, LostField]]] = {}
    for lost in verdict.lost:
        what: What
        if lost.aspect == FILLED:
            what = "vanished"
        elif lost.aspect == LENGTH:
            what = "shortened"
        else:
            what = "fell_back" if lost.aspect == verdict.first_sources[lost.name] else "source_lost"
        by_field.setdefault(lost.name, []).append((what, lost))
    found = []
    for name, losses in by_field.items():
        what, lost = min(losses, key=lambda pair: _GRAVITY.index(pair[0]))
        sources = [one.aspect for _, one in losses if one.aspect in WATCHED]
        method, line = FIX_LOCATIONS[name]
        length = lost.comparison.ratio if what == "shortened" else None
        found.append(
            {
                "field": name,
                "what": what,
                "sources": sources,
                "share": round(lost.comparison.share if length is None else length, 3),
                "usual": round(lost.comparison.earlier if length is None else 1.0, 3),
                "articles": lost.comparison.n,
                "since": when[lost.first],
                "last_good": when.get(lost.last_good) if lost.last_good is not None else None,
                "urls": lost.comparison.without,
                "method": f"mayadeen/extraction/article.py {method}",
                "line": f"mayadeen/extraction/loaders.py {line}",
            }
        )
    return sorted(found, key=lambda alarm: (_GRAVITY.index(alarm["what"]), alarm["share"] - alarm["usual"]))


_MANY = 5
"""So many fields that lose a machine-readable block say that it is the block that is lost."""


def told(found: Sequence[Mapping[str, Any]], full: int) -> str:
    """The alarms of a run for its last line, so many of them in full."""
    blocks = [source for source in WATCHED[:3] if sum(source in alarm["sources"] for alarm in found) >= _MANY]
    lines = [f"nothing is in {', '.join(blocks)} any more: fix mayadeen/extraction/metadata.py"] if blocks else []
    lines += map(in_words, found[:full])
    if rest := [f"{alarm['field']} {alarm['what'].replace('_', ' ')}" for alarm in found[full:]]:
        lines.append(f"and {', '.join(rest)}: all in the report")
    return " | ".join(lines)


def command(edition: str, *options: str) -> str:
    """``scrapy drift`` as it is typed for an edition."""
    return " ".join(["scrapy drift", *options, *(["--edition", edition] if edition != "en" else [])])


def in_words(alarm: Mapping[str, Any]) -> str:
    """An alarm as a line for people."""
    name, sources = alarm["field"], ", ".join(alarm["sources"])
    shares = f"{alarm['share']:.0%} of {alarm['articles']} articles, usually {alarm['usual']:.0%}"
    said = {
        "vanished": f"{name} is not found any more ({shares})",
        "fell_back": f"{name} is not read from {sources} any more, only from what is trusted less ({shares})",
        "shortened": f"{name} is {alarm['share']:.0%} as long as usual, the median of {alarm['articles']} articles",
        "source_lost": f"{name} is not in {sources} any more, another source still has it ({shares})",
    }[alarm["what"]]
    good = f", last good {alarm['last_good']}" if alarm["last_good"] else ""
    return (
        f"{said}; since {alarm['since']}{good}; open {' '.join(alarm['urls'])}; "
        f"fix {alarm['method']}, cleaned by {alarm['line']}"
    )
