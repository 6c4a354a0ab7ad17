"""How a run ended: one decision, in one place, for the exit status, the finish reason and the last line."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from mayadeen.arguments import max_reject_share

logger = logging.getLogger(__name__)

DONE, FAILED, USAGE, SHORT = 0, 1, 2, 3
"""Exit statuses: did what was asked · could not start, or crashed · Scrapy's own usage error · ended short."""

MAX_NAMED = 5
"""So many listings are named in full in the last line."""

MIN_REJECTS = 5
"""Fewer rejects than this never end a run short, however few records there are."""

_STOPPED = {
    "shutdown": "interrupted; run it again to get the rest",
    "cancelled": "stopped; run it again to get the rest",
    "closespider_timeout": "CLOSESPIDER_TIMEOUT reached; run it again to get the rest",
    "memusage_exceeded": "MEMUSAGE_LIMIT_MB reached; allow more, or walk fewer sections at a time",
}


@dataclass(frozen=True)
class Outcome:
    """Exit status and, for people, how the run ended and what to do."""

    status: int
    text: str


def outcome(stats: Mapping[str, Any], reason: str, reject_share: float, error: str | None = None) -> Outcome:
    """Decide how a run ended from its stats and Scrapy's finish reason; ``error`` is a refused argument's line."""
    if error is not None:
        return Outcome(FAILED, error)
    if reason == "start_error":
        return Outcome(FAILED, "crashed at its start; the error stands above")
    articles, rejects = stats.get("articles/written", 0), stats.get("rejects/written", 0)
    troubles = list(_troubles(stats, reason, reject_share))
    notes = list(_notes(stats))
    other = [
        f"{_number(stats[f'{folder}/written'], noun)}{_to(stats.get(f'{folder}/path'))}"
        for folder, noun in (("authors", "author profile"), ("headlines", "headline"))
        if stats.get(f"{folder}/written")
    ]
    own = [f"{_number(articles, 'article')}{_to(stats.get('articles/path'))}"] if articles or not other else []
    written = ", ".join([*other, *own])
    if rejects:
        written += f", {_number(rejects, 'reject')}{_to(stats.get('rejects/path'))}"
    if troubles:
        return Outcome(SHORT, f"ended short (exit {SHORT}): {'; '.join(troubles + notes)}; {written}")
    return Outcome(DONE, f"done: {'; '.join([written, *notes])}")


def _troubles(stats: Mapping[str, Any], reason: str, reject_share: float) -> Iterator[str]:
    """What kept the run from doing what was asked, each with what to do."""
    limit_reached = reason == "limit"
    if reason not in ("finished", "limit", "short"):
        yield stats.get("ending/why") or _STOPPED.get(reason, f"stopped ({reason})")
    listings = _listings(stats)
    left = [
        label
        for label, ended in listings.items()
        if ended in ("failed", "script_only", "unknown") and not limit_reached
    ]
    for label in left[:MAX_NAMED]:
        yield f"listing {stats.get(f'listing/{label}/trouble', label)}"
    if len(left) > MAX_NAMED:
        yield f"{len(left) - MAX_NAMED} more listings likewise: {', '.join(left[MAX_NAMED:])}"
    if any(listings[label] == "failed" for label in left):
        yield "run it again later; if none of the site answers, look at MAYADEEN_BASE_URL and the network"
    empty = [label for label, ended in listings.items() if ended == "empty"]
    if empty and len(empty) == len(listings) and not stats.get("authors/written"):
        yield f"no article could be made out in {_some(empty)}: has the layout changed?"
    failed = stats.get("articles/failed", 0)
    if failed and not limit_reached:
        first = stats.get("articles/failed_first")
        yield f"{_number(failed, 'page')} failed ({first}): run it again to get what is missing"
    lost = stats.get("articles/gone", 0) + stats.get("articles/skipped/listing", 0)
    if lost >= MIN_REJECTS and lost > stats.get("articles/written", 0):
        yield f"{_number(lost, 'listed page')} gone or only leading to a listing: have the addresses changed?"
    crashed = stats.get("spider_exceptions/count", 0) + stats.get("records/failed", 0)
    if crashed:
        yield f"{_number(crashed, 'page')} lost by an error in the program, logged above; please report it"
    articles, rejects = stats.get("articles/written", 0), stats.get("rejects/written", 0)
    if rejects >= MIN_REJECTS and rejects > reject_share * (articles + rejects):
        yield (
            f"{_number(rejects, 'reject')} in {articles + rejects} records is more than MAYADEEN_MAX_REJECT_SHARE="
            f"{reject_share:g}: has the layout changed?"
        )


def _notes(stats: Mapping[str, Any]) -> Iterator[str]:
    if why := stats.get("menu/assumed"):
        yield f"the menu was not read ({why}), the built-in table of sections was used"
    empty = [label for label, ended in _listings(stats).items() if ended == "empty"]
    if empty:
        yield f"no article listed in {_some(empty)}"
    if unread := stats.get("sitemaps/failed"):
        first = stats.get("sitemaps/failed_first")
        yield f"{_number(unread, 'sitemap')} not read ({first}), the listings took over"
    if added := stats.get("archive/only_in_listings"):
        yield f"listings had {_number(added, 'post')} that the sitemaps lack"
    if (lacked := stats.get("archive/only_in_sitemaps")) is not None:
        yield f"sitemaps had {_number(lacked, 'post')} that the listings walked lack"
    if gone := stats.get("articles/gone"):
        yield f"{_number(gone, 'listed page')} gone"


def _listings(stats: Mapping[str, Any]) -> dict[str, str]:
    """Label of each listing → why it ended."""
    return {
        key.removeprefix("listing/").removesuffix("/ended"): value
        for key, value in stats.items()
        if key.startswith("listing/") and key.endswith("/ended")
    }


def _some(labels: list[str]) -> str:
    rest = len(labels) - MAX_NAMED
    return ", ".join(labels[:MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _to(path: str | None) -> str:
    return f" → {path}" if path else ""


class Ending:
    """Gives the run an honest finish reason, and leaves its outcome in the stats for the ``crawl`` command."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ending = cls(crawler)
        crawler.signals.connect(ending.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(ending.item_error, signal=signals.item_error)
        crawler.signals.connect(ending.spider_closed, signal=signals.spider_closed)
        return ending

    def outcome(self, spider: Spider, reason: str) -> Outcome:
        error = getattr(spider, "error", None)
        share = 0.0 if error else max_reject_share(self.crawler.settings)
        return outcome(self.crawler.stats.get_stats(), reason, share, str(error) if error else None)

    def spider_idle(self, spider: Spider) -> None:
        """End as ``short`` what would end as ``finished`` without being it."""
        if self.outcome(spider, "finished").status == SHORT:
            raise CloseSpider("short")

    def item_error(self) -> None:
        self.crawler.stats.inc_value("records/failed")

    def spider_closed(self, spider: Spider, reason: str) -> None:
        stats = self.crawler.stats
        requests, received = (
            stats.get_value("manners/requests", 0),
            stats.get_value("downloader/response_bytes", 0),
        )
        logger.info("%d requests, %.1f MB received", requests, received / 1e6)
        result = self.outcome(spider, reason)
        self.crawler.stats.set_value("ending/status", result.status)
        self.crawler.stats.set_value("ending/text", result.text)
