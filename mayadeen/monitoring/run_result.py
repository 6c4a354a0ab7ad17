"""How a run ended: one decision, in one place, for the exit status, the finish reason and the last line."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from mayadeen.crawling.arguments import data_dir, max_reject_share
from mayadeen.crawling.completeness import COMPLETE_ENDS
from mayadeen.crawling.outcomes import WALKED_OUT, UrlSource, total
from mayadeen.monitoring.drift import told
from mayadeen.monitoring.previous_reports import complete_crawls
from mayadeen.spiders.base import ListingSpider

logger = logging.getLogger(__name__)

DONE, FAILED, USAGE, SHORT = 0, 1, 2, 3
"""Exit statuses: did what was asked · could not start, or crashed · Scrapy's own usage error · ended short."""

MAX_NAMED = 5
"""So many listings are named in full in the last line."""

MAX_ALARMS = 2
"""So many alarms are told in full in the last line; the report has all."""

MIN_REJECTS = 5
"""Fewer rejects than this never end a run short, however few records there are."""

NO_CHANGE = ("read_last", "less_trusted", "more_trusted", "other_version")
"""Why a difference is no revision, as ``articles/not_revised/…`` counts it."""

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


def outcome(
    stats: Mapping[str, Any],
    reason: str,
    reject_share: float,
    error: str | None = None,
    origins: Collection[UrlSource] = (),
    unsettled: Mapping[str, UrlSource] | None = None,
) -> Outcome:
    """Decide how a run ended from its stats, its ``origins`` of addresses and Scrapy's finish reason.

    ``error`` is a refused argument's line; ``unsettled`` are the addresses asked for that have no fate yet.
    """
    if error is not None:
        return Outcome(FAILED, error)
    if reason == "start_error":
        return Outcome(FAILED, "crashed at its start; the error stands in the log")
    articles, rejects = stats.get("articles/written", 0), stats.get("rejects/written", 0)
    troubles = [*_troubles(stats, reason, reject_share, origins), *_missing(stats, reason, origins, unsettled or {})]
    notes = list(_notes(stats, origins))
    other = [
        f"{_number(stats[f'{folder}/written'], noun)}{_to(stats.get(f'{folder}/path'))}"
        for folder, noun in (("authors", "author profile"), ("headlines", "headline"))
        if stats.get(f"{folder}/written")
    ]
    own = [f"{_number(articles, 'article')}{_to(stats.get('articles/path'))}"] if articles or not other else []
    written = ", ".join([*other, *own])
    if revised := stats.get("articles/revised"):
        written += f", {_number(revised, 'new version')} among them"
    if removed := stats.get("removals/written"):
        written += f", {_number(removed, 'removal')}{_to(stats.get('removals/path'))}"
    if rejects:
        written += f", {_number(rejects, 'reject')}{_to(stats.get('rejects/path'))}"
    if troubles:
        return Outcome(SHORT, f"ended short (exit {SHORT}): {'; '.join(troubles + notes)}; {written}")
    return Outcome(DONE, f"done: {'; '.join([written, *notes])}")


def _troubles(
    stats: Mapping[str, Any], reason: str, reject_share: float, origins: Collection[UrlSource]
) -> Iterator[str]:
    """What kept the run from doing what was asked, each with what to do."""
    limit_reached = reason == "limit"
    if reason not in ("finished", "limit", "short"):
        yield stats.get("ending/why") or _STOPPED.get(reason, f"stopped ({reason})")
    listings = _listings(origins)
    left = [o for o in listings if o.ended in ("failed", "script_only", "unknown", "incomplete") and not limit_reached]
    for origin in left[:MAX_NAMED]:
        yield f"listing {origin.trouble or origin.name}"
    if len(left) > MAX_NAMED:
        yield f"{len(left) - MAX_NAMED} more listings likewise: {', '.join(o.name for o in left[MAX_NAMED:])}"
    if any(origin.ended == "failed" for origin in left):
        yield "run it again later; if none of the site answers, look at MAYADEEN_BASE_URL and the network"
    empty = [origin.name for origin in listings if origin.ended == "empty"]
    if empty and len(empty) == len(listings) and not stats.get("authors/written"):
        yield f"no article could be made out in {_some(empty)}: has the layout changed?"
    failed = stats.get("articles/failed", 0)
    if failed and not limit_reached:
        first = stats.get("articles/failed_first")
        yield f"{_number(failed, 'page')} failed ({first}): run it again to get what is missing"
    fates = total(origins)
    lost = fates["gone"] + sum(origin.skipped["listing"] for origin in origins)
    if lost >= MIN_REJECTS and lost > stats.get("articles/written", 0) + fates["known"] + fates["unchanged"]:
        yield f"{_number(lost, 'listed page')} gone or only leading to a listing: have the addresses changed?"
    without = stats.get("images/failed", 0)
    if without >= MIN_REJECTS and without > stats.get("images/stored", 0):
        yield f"{_pictures(stats)}: have their addresses changed, or does their host refuse?"
    if found := stats.get("alarms/found"):
        yield (
            f"the layout of the pages has changed: {told(found, MAX_ALARMS)}; if the site is meant to be so now, "
            f"`{stats['alarms/accepted_by']}`"
        )
    if days := stats.get("archive/missing_days"):
        yield f"the listings lack {_number(len(days), 'day')} that the sitemaps have ({_some(days)})"
    for copy in stats.get("copies/failed", ()):
        yield f"copy not written: {copy}. The records are in the data folder"
    crashed = stats.get("spider_exceptions/count", 0) + stats.get("records/failed", 0)
    if crashed:
        yield f"{_number(crashed, 'page')} lost by an error in the program, logged above; please report it"
    articles, rejects = stats.get("articles/written", 0), stats.get("rejects/written", 0)
    if rejects >= MIN_REJECTS and rejects > reject_share * (articles + rejects):
        yield (
            f"{_number(rejects, 'reject')} in {articles + rejects} records is more than MAYADEEN_MAX_REJECT_SHARE="
            f"{reject_share:g}: has the layout changed?"
        )


def _missing(
    stats: Mapping[str, Any], reason: str, origins: Collection[UrlSource], unsettled: Mapping[str, UrlSource]
) -> Iterator[str]:
    """What does not add up; what has no fate is no wonder where something stopped the run."""
    waiting = Counter(unsettled.values())
    if reason in WALKED_OUT:
        if unsettled:
            named = ", ".join(islice(unsettled, MAX_NAMED))
            more = f" and {len(unsettled) - MAX_NAMED} more" if len(unsettled) > MAX_NAMED else ""
            yield f"{_number(len(unsettled), 'page')} missing, with no reason known ({named}{more}): run it again"
        if cut := [origin.name for origin in origins if origin.ended is None]:
            yield f"not walked to its end: {_some(cut)}; run it again"
        off = any(origin.open != waiting[origin] for origin in origins)
    else:
        off = any(origin.open < waiting[origin] for origin in origins)
    counted, written = total(origins)["written"], stats.get("articles/written", 0)
    if off or counted != written:
        yield f"the counts do not agree (by listing {counted} written, in the feed {written}); please report it"


def _notes(stats: Mapping[str, Any], origins: Collection[UrlSource]) -> Iterator[str]:
    fates = total(origins)
    if known := fates["known"] + fates["unchanged"]:
        yield f"{known} known already" if stats.get("articles/written") else f"nothing new, {known} known already"
    if doubtful := sum(stats.get(f"articles/not_revised/{why}", 0) for why in NO_CHANGE):
        yield f"{_number(doubtful, 'difference')} not taken for changes of the site, see the log"
    for line in stats.get("state/pending", ()):
        yield f"cut short and not gone on with yet: {line}"
    if standing := stats.get("alarms/standing"):
        alarms = ", ".join(f"{alarm['field']} since {alarm['since']}" for alarm in standing)
        yield f"too little was read to say anything about the alarm on {alarms}"
    if why := stats.get("menu/assumed"):
        yield f"the menu was not read ({why}), the built-in table of sections was used"
    empty = [origin.name for origin in _listings(origins) if origin.ended == "empty"]
    if empty:
        yield f"no article listed in {_some(empty)}"
    if unread := stats.get("sitemaps/failed"):
        first = stats.get("sitemaps/failed_first")
        yield f"{_number(unread, 'sitemap')} not read ({first}), the listings took over"
    compared = any(origin.kind == "sitemap" and origin.listed for origin in origins)
    if compared and (added := stats.get("archive/only_in_listings")):
        yield f"listings had {_number(added, 'post')} that the sitemaps lack"
    if (lacked := stats.get("archive/only_in_sitemaps")) is not None:
        yield f"sitemaps had {_number(lacked, 'post')} that the listings walked lack"
    if gone := total(origins)["gone"]:
        yield f"{_number(gone, 'listed page')} gone"
    if other := sum((origin.skipped for origin in origins if origin.kind == "urls"), Counter[str]()):
        why = ", ".join(f"{n} {code}" for code, n in sorted(other.items()))
        yield f"{_number(other.total(), 'page')} given gave no article ({why})"
    without = stats.get("images/failed", 0)
    if without and not (without >= MIN_REJECTS and without > stats.get("images/stored", 0)):
        yield _pictures(stats)


def _pictures(stats: Mapping[str, Any]) -> str:
    """``3 images could not be had (2 404, 1 not_image)``."""
    counts = {key.removeprefix("images/failed/"): n for key, n in stats.items() if key.startswith("images/failed/")}
    why = ", ".join(f"{n} {code}" for code, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return f"{_number(stats['images/failed'], 'image')} could not be had ({why})"


def _listings(origins: Collection[UrlSource]) -> list[UrlSource]:
    return [origin for origin in origins if origin.kind not in ("sitemap", "feed", "urls", "retries", "left", "known")]


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
        self._earlier: dict[str, list[int]] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        ending = cls(crawler)
        crawler.signals.connect(ending.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(ending.item_error, signal=signals.item_error)
        crawler.signals.connect(ending.spider_closed, signal=signals.spider_closed)
        return ending

    def outcome(self, spider: Spider, reason: str) -> Outcome:
        error = getattr(spider, "error", None) or getattr(getattr(spider, "memory", None), "error", None)
        share = 0.0 if error else max_reject_share(self.crawler.settings)
        return outcome(
            self.crawler.stats.get_stats(),
            reason,
            share,
            str(error) if error else None,
            getattr(spider, "origins", ()),
            getattr(spider, "unsettled", None),
        )

    def spider_idle(self, spider: Spider) -> None:
        """End as ``short`` what would end as ``finished`` without being it."""
        if isinstance(spider, ListingSpider) and spider.all_walked:
            spider.check_completeness(self._earlier_crawls(spider))
        if self.outcome(spider, "finished").status == SHORT:
            raise CloseSpider("short")

    def _earlier_crawls(self, spider: ListingSpider) -> dict[str, list[int]]:
        """What earlier complete crawls found, if any listing of this run ended as complete."""
        if self._earlier is None and any(walk.ended in COMPLETE_ENDS for walk in spider.walks):
            like = {
                "edition": spider.arguments.edition.code,
                "base_url": spider.addresses.base_url,
                "bounds": {name: spider.given.get(name) for name in ("since", "until", "max_pages")},
            }
            self._earlier = complete_crawls(data_dir(self.crawler.settings) / "reports", like, COMPLETE_ENDS)
        return self._earlier or {}

    def item_error(self) -> None:
        self.crawler.stats.inc_value("records/failed")

    def spider_closed(self, spider: Spider, reason: str) -> None:
        stats = self.crawler.stats
        requests, received = (
            stats.get_value("politeness_settings/requests", 0),
            stats.get_value("downloader/response_bytes", 0),
        )
        logger.info("%d requests, %.1f MB received", requests, received / 1e6)
        result = self.outcome(spider, reason)
        if isinstance(spider, ListingSpider):
            error = spider.memory.close(reason, result.status, result.text)
            if error is not None and result.status != FAILED:
                result = Outcome(FAILED, str(error))
        self.crawler.stats.set_value("ending/status", result.status)
        self.crawler.stats.set_value("ending/text", result.text)
