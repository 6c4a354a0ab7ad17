"""The outcome of every URL that a run finds. Each source of URLs has its own counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from scrapy.exceptions import DropItem

UrlOutcome = Literal[
    "written", "known", "unchanged", "rejected", "failed", "gone", "out_of_range", "other_kind", "duplicate",
    "skipped", "over_limit", "elsewhere", "not_fetched",
]  # fmt: skip
"""The outcomes of a URL that a source lists. docs/reports.md describes each outcome."""
URL_OUTCOMES: tuple[UrlOutcome, ...] = get_args(UrlOutcome)
FINISHED_REASONS = ("finished", "incomplete")
"""Finish reasons of a run that nothing stopped. At its end every URL must have an outcome."""
MAX_EXAMPLES = 100
"""Maximum URLs of one outcome that the report names as examples. It counts all of them."""

_NAMED_BY_LABEL = ("section", "front", "urls", "retries", "left", "known")
UrlSourceKind = Literal[
    "section", "region", "tag", "author", "coverage", "front", "sitemap", "feed", "urls", "retries", "left", "known"
]


@dataclass(eq=False, kw_only=True)
class UrlSource:
    """Where URLs come from: a listing, a sitemap or feed, or the user. One row of the run's report.

    ``listed`` counts the different URLs that it showed. ``outcomes`` counts their outcomes, one for each URL.
    ``skipped`` counts the reasons why URLs were skipped. ``ended`` is the reason of its end, and ``None`` before the
    end. ``trouble`` describes a problem, as a line for people.
    """

    kind: UrlSourceKind
    label: str
    first_url: str | None
    pages: int = 0
    listed: int = 0
    ended: str | None = None
    trouble: str | None = None
    seen: set[str] = field(default_factory=set)
    outcomes: Counter[UrlOutcome] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """Its name in the log. A region may have the label of a section, and a tag that of a region."""
        return self.label if self.kind in _NAMED_BY_LABEL else f"{self.kind} {self.label}"

    @property
    def pending(self) -> int:
        """How many of its URLs have no outcome yet."""
        return self.listed - self.outcomes.total()

    def add(self, url: str) -> bool:
        """Note a canonical URL. Returns ``False`` if this source showed it before."""
        if url in self.seen:
            return False
        self.seen.add(url)
        self.listed += 1
        return True

    def count(self, outcome: UrlOutcome, reason: str | None = None) -> None:
        """Count the outcome of one of its URLs. ``reason`` is a short code, kept for skipped URLs."""
        self.outcomes[outcome] += 1
        if outcome == "skipped":
            self.skipped[reason or "other"] += 1


class RecordDropped(DropItem):
    """A record is dropped. The exception has the outcome of the URL that the record came from."""

    def __init__(self, outcome: UrlOutcome, message: str, log_level: str, reason: str | None = None) -> None:
        super().__init__(message, log_level=log_level)
        self.outcome: UrlOutcome = outcome
        self.reason = reason


class OutcomeLedger:
    """The sources of URLs of a run, and the outcome of every URL that was requested.

    ``pending`` are the requested URLs without an outcome, each with its source. At the end they count as missing.
    ``in_flight`` are the pending URLs that the scheduler gave to the downloader. ``seen`` are all URLs found so far.
    ``older_urls`` are URLs whose article is older than ``since``. ``store`` is called with each outcome and may raise.
    ``notify`` is called afterwards.
    """

    def __init__(
        self,
        store: Callable[[str, UrlOutcome, str | None], None] | None = None,
        notify: Callable[[str, UrlOutcome, str | None, UrlSource], None] | None = None,
    ) -> None:
        self.sources: list[UrlSource] = []
        self.pending: dict[str, UrlSource] = {}
        self.in_flight: set[str] = set()
        self.seen: set[str] = set()
        self.older_urls: set[str] = set()
        self.examples: dict[UrlOutcome, list[tuple[str, str]]] = {
            "failed": [],
            "rejected": [],
            "gone": [],
            "skipped": [],
        }
        self._store = store
        self._notify = notify

    def request(self, url: str, source: UrlSource) -> None:
        """Note that a URL will be requested: it needs an outcome from now on."""
        self.seen.add(url)
        self.pending[url] = source

    def record(self, url: str, outcome: UrlOutcome, reason: str | None = None) -> None:
        """Record the outcome of a requested URL. The first outcome of a URL counts.

        ``reason`` is a short code for skipped URLs, and a text for people otherwise. Raises what ``store`` raises.
        """
        self.in_flight.discard(url)
        if (source := self.pending.pop(url, None)) is None:
            return
        source.count(outcome, reason)
        self.add_example(outcome, url, reason)
        if self._store is not None:
            self._store(url, outcome, reason)
        if self._notify is not None:
            self._notify(url, outcome, reason, source)

    def add_example(self, outcome: UrlOutcome, url: str, reason: str | None) -> None:
        """Store a URL for the report, if the report names URLs of this outcome and has fewer than the maximum."""
        examples = self.examples.get(outcome)
        if examples is not None and len(examples) < MAX_EXAMPLES:
            examples.append((url, reason or "no reason known"))


def total(sources: Iterable[UrlSource]) -> Counter[UrlOutcome]:
    """The outcomes of all sources together."""
    return sum((source.outcomes for source in sources), Counter[UrlOutcome]())
