"""The result of a run: events that are not counted, and the decision about exit status and last line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mayadeen.crawling.outcomes import FINISHED_REASONS, UrlSource, total

DONE, FAILED, USAGE, INCOMPLETE = 0, 1, 2, 3
"""Exit statuses: complete, could not start or crashed, Scrapy's own usage error, incomplete."""

SEPARATOR = " · "
"""Between the statements of the last line."""

MAX_NAMED = 5
"""Maximum listings named in full in the last line."""

MIN_REJECTS = 5
"""Minimum rejects that make a run incomplete, however few records there are."""

NO_CHANGE = ("read_last", "less_trusted", "more_trusted", "other_version")
"""Reasons why a difference is not a revision, as ``articles/not_revised/…`` counts them."""

_STOPPED = {
    "shutdown": "interrupted. Run it again to get the rest",
    "cancelled": "stopped. Run it again to get the rest",
    "closespider_timeout": "CLOSESPIDER_TIMEOUT reached. Run it again to get the rest",
    "memusage_exceeded": "MEMUSAGE_LIMIT_MB reached. Allow more, or crawl fewer sections at a time",
}


@dataclass
class RunResult:
    """What a run reports in addition to its counts.

    ``status`` and ``text`` are exit status and last line, ``None`` until the run has ended. ``stop_text`` is the reason
    if something stopped the run. ``menu_assumed`` is the reason if the built-in menu was used. ``interrupted_runs``
    describes runs that were not resumed yet. ``first_failed_page`` and ``first_failed_sitemap`` are one URL each with
    its reason. ``only_in_sitemaps`` counts URLs that no listing showed, ``None`` if they were not compared.
    ``missing_days`` are days that sitemaps list and listings lack. ``failed_copies`` are the copies (``-O``) that could
    not be written, each with its reason. ``drift_alerts`` were raised by this run, ``open_alerts`` by earlier runs.
    ``drift_text`` describes the alerts of this run. ``comparison`` returns the posts that only sitemaps or only
    listings had, ``None`` if not both were read.
    """

    status: int | None = None
    text: str | None = None
    stop_text: str | None = None
    menu_assumed: str | None = None
    interrupted_runs: list[str] = field(default_factory=list)
    first_failed_page: str | None = None
    first_failed_sitemap: str | None = None
    only_in_sitemaps: int | None = None
    missing_days: list[str] = field(default_factory=list)
    failed_copies: list[str] = field(default_factory=list)
    drift_alerts: list[dict[str, Any]] = field(default_factory=list)
    drift_text: str | None = None
    open_alerts: list[dict[str, Any]] = field(default_factory=list)
    comparison: Callable[[], dict[str, Any] | None] = lambda: None


@dataclass(frozen=True)
class Decision:
    """Exit status and, for people, how the run ended and what to do."""

    status: int
    text: str


def decide(
    result: RunResult,
    stats: Mapping[str, Any],
    reason: str,
    reject_share: float,
    error: str | None = None,
    sources: Collection[UrlSource] = (),
    pending: Mapping[str, UrlSource] | None = None,
) -> Decision:
    """Decide how a run ended from its counts, its sources of URLs and Scrapy's finish reason.

    ``error`` is the line of a refused argument. ``pending`` are the URLs requested that have no outcome yet.
    """
    if error is not None:
        return Decision(FAILED, error)
    if reason == "start_error":
        return Decision(FAILED, "crashed at its start. The log has the error")
    faults = [
        *_faults(result, stats, reason, reject_share, sources),
        *_missing(stats, reason, sources, pending or {}),
    ]
    notes = list(_notes(result, stats, sources))
    written = _written(stats)
    if faults:
        return Decision(INCOMPLETE, f"incomplete (exit {INCOMPLETE}): {SEPARATOR.join([*faults, *notes, written])}")
    return Decision(DONE, f"done: {SEPARATOR.join([written, *notes])}")


def _written(stats: Mapping[str, Any]) -> str:
    """``12 articles → data/articles/x.jsonl, 1 reject → …``."""
    articles, rejects = stats.get("articles/written", 0), stats.get("rejects/written", 0)
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
    return written


def _faults(
    result: RunResult, stats: Mapping[str, Any], reason: str, reject_share: float, sources: Collection[UrlSource]
) -> Iterator[str]:
    """Yield the problems that make the run incomplete, each with advice."""
    limit_reached = reason == "limit"
    if reason not in (*FINISHED_REASONS, "limit"):
        yield result.stop_text or _STOPPED.get(reason, f"stopped ({reason})")
    if not limit_reached:
        yield from _listing_faults(sources)
    empty, listings = _empty(sources), _listings(sources)
    if empty and len(empty) == len(listings) and not stats.get("authors/written"):
        yield f"no article was found in {_some(empty)}: has the layout changed?"
    failed = stats.get("articles/failed", 0)
    if failed and not limit_reached:
        yield f"{_number(failed, 'page')} failed ({result.first_failed_page}): run it again to get what is missing"
    outcomes = total(sources)
    lost = outcomes["gone"] + sum(source.skipped["listing"] for source in sources)
    if lost >= MIN_REJECTS and lost > stats.get("articles/written", 0) + outcomes["known"] + outcomes["unchanged"]:
        yield f"{_number(lost, 'listed page')} gone or redirected to a listing: have the URLs changed?"
    if _images_lost(stats):
        yield f"{_images(stats)}: have their URLs changed, or does their host refuse?"
    if result.drift_text is not None:
        yield result.drift_text
    if days := result.missing_days:
        yield f"the listings lack {_number(len(days), 'day')} that the sitemaps have ({_some(days)})"
    for copy in result.failed_copies:
        yield f"copy not written: {copy}. The records are in the data folder"
    crashed = stats.get("spider_exceptions/count", 0) + stats.get("records/failed", 0)
    if crashed:
        yield f"{_number(crashed, 'page')} lost by an error in the program, logged above. Please report it"
    articles, rejects = stats.get("articles/written", 0), stats.get("rejects/written", 0)
    if rejects >= MIN_REJECTS and rejects > reject_share * (articles + rejects):
        yield (
            f"{_number(rejects, 'reject')} in {articles + rejects} records is more than MAYADEEN_MAX_REJECT_SHARE="
            f"{reject_share:g}: has the layout changed?"
        )


def _listing_faults(sources: Collection[UrlSource]) -> Iterator[str]:
    """The listings that could not be read to their end."""
    left = [
        source for source in _listings(sources) if source.ended in ("failed", "script_only", "unknown", "incomplete")
    ]
    for source in left[:MAX_NAMED]:
        yield f"listing {source.trouble or source.name}"
    if len(left) > MAX_NAMED:
        yield f"{len(left) - MAX_NAMED} more listings likewise: {', '.join(s.name for s in left[MAX_NAMED:])}"
    if any(source.ended == "failed" for source in left):
        yield "run it again later. If nothing of the site answers, look at MAYADEEN_BASE_URL and the network"


def _missing(
    stats: Mapping[str, Any], reason: str, sources: Collection[UrlSource], pending: Mapping[str, UrlSource]
) -> Iterator[str]:
    """Yield counts that do not agree. URLs without an outcome are expected if something stopped the run."""
    waiting = Counter(pending.values())
    if reason in FINISHED_REASONS:
        if pending:
            named = ", ".join(islice(pending, MAX_NAMED))
            more = f" and {len(pending) - MAX_NAMED} more" if len(pending) > MAX_NAMED else ""
            yield f"{_number(len(pending), 'page')} missing, with no reason known ({named}{more}): run it again"
        if cut := [source.name for source in sources if source.ended is None]:
            yield f"not crawled to the end: {_some(cut)}. Run it again"
        off = any(source.pending != waiting[source] for source in sources)
    else:
        off = any(source.pending < waiting[source] for source in sources)
    counted, written = total(sources)["written"], stats.get("articles/written", 0)
    if off or counted != written:
        yield f"the counts do not agree (by listing {counted} written, in the feed {written}). Please report it"


def _notes(result: RunResult, stats: Mapping[str, Any], sources: Collection[UrlSource]) -> Iterator[str]:
    outcomes = total(sources)
    if known := outcomes["known"] + outcomes["unchanged"]:
        yield f"{known} known already" if stats.get("articles/written") else f"nothing new, {known} known already"
    if doubtful := sum(stats.get(f"articles/not_revised/{why}", 0) for why in NO_CHANGE):
        yield f"{_number(doubtful, 'difference')} not treated as changes of the site, see the log"
    for line in result.interrupted_runs:
        yield f"interrupted and not resumed yet: {line}"
    if result.open_alerts:
        alerts = ", ".join(f"{alert['field']} since {alert['since']}" for alert in result.open_alerts)
        yield f"too few pages were read to decide about the open alert on {alerts}"
    if result.menu_assumed:
        yield f"the menu was not read ({result.menu_assumed}), the built-in table of sections was used"
    if empty := _empty(sources):
        yield f"no article listed in {_some(empty)}"
    if unread := stats.get("sitemaps/failed"):
        yield f"{_number(unread, 'sitemap')} not read ({result.first_failed_sitemap}), listings were used instead"
    compared = any(source.kind == "sitemap" and source.listed for source in sources)
    if compared and (added := stats.get("archive/only_in_listings")):
        yield f"listings had {_number(added, 'post')} that the sitemaps lack"
    if result.only_in_sitemaps is not None:
        yield f"sitemaps had {_number(result.only_in_sitemaps, 'post')} that the crawled listings lack"
    if gone := outcomes["gone"]:
        yield f"{_number(gone, 'listed page')} gone"
    if other := sum((source.skipped for source in sources if source.kind == "urls"), Counter[str]()):
        why = ", ".join(f"{n} {code}" for code, n in sorted(other.items()))
        yield f"{_number(other.total(), 'given URL')} led to no article ({why})"
    if stats.get("images/failed", 0) and not _images_lost(stats):
        yield _images(stats)


def _images_lost(stats: Mapping[str, Any]) -> bool:
    """Whether at least ``MIN_REJECTS`` images, and more than half, failed."""
    failed = stats.get("images/failed", 0)
    return bool(failed >= MIN_REJECTS and failed > stats.get("images/stored", 0))


def _images(stats: Mapping[str, Any]) -> str:
    """``3 images failed (2 404, 1 not_image)``."""
    counts = {key.removeprefix("images/failed/"): n for key, n in stats.items() if key.startswith("images/failed/")}
    why = ", ".join(f"{n} {code}" for code, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
    return f"{_number(stats['images/failed'], 'image')} failed ({why})"


def _listings(sources: Collection[UrlSource]) -> list[UrlSource]:
    other = ("sitemap", "feed", "urls", "retries", "left", "known")
    return [source for source in sources if source.kind not in other]


def _empty(sources: Collection[UrlSource]) -> list[str]:
    return [source.name for source in _listings(sources) if source.ended == "empty"]


def _some(labels: list[str]) -> str:
    rest = len(labels) - MAX_NAMED
    return ", ".join(labels[:MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _to(path: str | None) -> str:
    return f" → {path}" if path else ""
