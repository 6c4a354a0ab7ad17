"""What became of every address that the run met: each origin of addresses keeps its own count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from scrapy.exceptions import DropItem

UrlOutcome = Literal[
    "written", "known", "unchanged", "rejected", "failed", "gone", "out_of_range", "other_kind", "duplicate",
    "skipped", "over_limit", "elsewhere", "not_fetched",
]  # fmt: skip
"""What can become of an address that an origin lists; docs/reports.md says what each means."""
URL_OUTCOMES: tuple[UrlOutcome, ...] = get_args(UrlOutcome)
WALKED_OUT = ("finished", "short")
"""Finish reasons of a run that nothing stopped: every address it met must have a fate by then."""

_PLAIN = ("section", "front", "urls", "retries", "left", "known")
UrlSourceKind = Literal[
    "section", "region", "tag", "author", "coverage", "front", "sitemap", "feed", "urls", "retries", "left", "known"
]


@dataclass(eq=False, kw_only=True)
class UrlSource:
    """Where addresses come from: a listing, a sitemap or feed, or what the user gave. One row of the run's report.

    ``listed`` counts the different addresses it showed, ``tally`` what became of them, each once; ``skipped`` says why
    those with this fate were. ``ended`` is why its end came, ``None`` before; ``trouble`` a line for people.
    """

    kind: UrlSourceKind
    label: str
    first_url: str | None
    pages: int = 0
    listed: int = 0
    ended: str | None = None
    trouble: str | None = None
    seen: set[str] = field(default_factory=set)
    tally: Counter[UrlOutcome] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """What it is called in the log: a region may have a section's label, a tag a region's."""
        return self.label if self.kind in _PLAIN else f"{self.kind} {self.label}"

    @property
    def open(self) -> int:
        """How many of its addresses have no fate yet."""
        return self.listed - self.tally.total()

    def lists(self, address: str) -> bool:
        """Take note of an address; ``False`` where this origin showed it before."""
        if address in self.seen:
            return False
        self.seen.add(address)
        self.listed += 1
        return True

    def count(self, fate: UrlOutcome, reason: str | None = None) -> None:
        """Count the fate of one of its addresses; ``reason`` is a short code, kept of those that are skipped."""
        self.tally[fate] += 1
        if fate == "skipped":
            self.skipped[reason or "other"] += 1


class Settled(DropItem):
    """A record that goes no further, and the fate of the address that it came from."""

    def __init__(self, fate: UrlOutcome, message: str, log_level: str, reason: str | None = None) -> None:
        super().__init__(message, log_level=log_level)
        self.fate: UrlOutcome = fate
        self.reason = reason


def total(origins: Iterable[UrlSource]) -> Counter[UrlOutcome]:
    """The fates of all origins together."""
    return sum((origin.tally for origin in origins), Counter[UrlOutcome]())
