"""The run's report: what became of every address it met, as JSON in the data folder and as a table in the log."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self
from urllib.parse import urlsplit

from rich import box
from rich.console import Console
from rich.table import Table
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from mayadeen import CRAWLER
from mayadeen.crawling.arguments import data_dir
from mayadeen.crawling.outcomes import URL_OUTCOMES, WALKED_OUT, Settled, UrlOutcome, UrlSource
from mayadeen.extraction.dates import utc_string
from mayadeen.items import Article, Reject
from mayadeen.monitoring.logformatter import without_secrets
from mayadeen.monitoring.previous_reports import Past, past, same_kind, since
from mayadeen.monitoring.run_result import FAILED
from mayadeen.monitoring.run_statistics import Latencies, RejectGroups, Timeline, WrittenBy
from mayadeen.politeness.handler import Slot, downloader_of, host_of
from mayadeen.spiders.base import ListingSpider
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.feeds import FOLDERS, feed_paths, new_run_id

logger = logging.getLogger(__name__)

SCHEMA_VERSION = "1.1.0"
MAX_MISSING = 1000
"""So many missing addresses are named in the report; ``missing`` of its rows counts all."""
MAX_PAST = 300
"""So many runs, the newest, stand in the index; among them the last run of the same kind is looked for."""
_WIDTH = 120


class Report:
    """Tells the walker the fates that are decided after its callbacks, and reports on all of them at the end."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        # Scrapy's own count takes a page that a middleware gives out of memory for one that was asked for.
        self.requests = 0
        self.responses: Counter[int] = Counter()
        self.bytes_received = 0
        self.began = monotonic()
        self.delay: float | None = None
        self.timeline, self.latencies = Timeline(), Latencies()
        self.written_by, self.reject_groups = WrittenBy(), RejectGroups()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        report = cls(crawler)
        for name in (
            "spider_opened", "request_left_downloader", "response_downloaded",
            "item_scraped", "item_dropped", "item_error", "spider_error", "spider_closed",
        ):  # fmt: skip
            crawler.signals.connect(getattr(report, name), signal=getattr(signals, name))
        return report

    # --- the network ---------------------------------------------------------------------------------------------

    def spider_opened(self) -> None:
        self.began = monotonic()

    def request_left_downloader(self) -> None:
        self.requests += 1
        self.timeline.add(monotonic() - self.began, requests=1)

    def response_downloaded(self, response: Response, request: Request) -> None:
        received = len(response.body)  # not unpacked yet
        self.responses[response.status] += 1
        self.bytes_received += received
        self.timeline.add(monotonic() - self.began, received=received)
        # Measured by Scrapy from when it was sent: waiting for its turn is ours, and not in it.
        if (seconds := request.meta.get("download_latency")) is not None:
            self.latencies.add(response.status, seconds)
        downloader = downloader_of(self.crawler)
        slot = downloader.slots.get(request.meta.get(downloader.DOWNLOAD_SLOT, ""))
        if isinstance(slot, Slot) and downloader.is_site(request.url):
            self.delay = slot.delay * 2 ** downloader.pace.slower(host_of(request))

    # --- fates ---------------------------------------------------------------------------------------------------

    def item_scraped(self, item: Any, response: Response | Failure | None) -> None:
        self._count(item, "written")
        self._settle(response, "written")

    def item_dropped(self, item: Any, response: Response | Failure | None, exception: BaseException) -> None:
        if isinstance(exception, Settled):
            self._count(item, exception.fate)
            self._settle(response, exception.fate, exception.reason)
        else:  # by a pipeline that is not ours
            self._settle(response, "skipped", "dropped")

    def _count(self, item: Any, fate: UrlOutcome) -> None:
        if isinstance(item, Article) and fate == "written":
            self.written_by.add(item)
            self.timeline.add(monotonic() - self.began, written=1)
        elif isinstance(item, Reject) and fate == "rejected":
            self.reject_groups.add(item)

    def item_error(self, response: Response | Failure | None, failure: Failure) -> None:
        self._settle(response, "failed", _crash(failure))

    def spider_error(self, response: Response | Failure | None, failure: Failure) -> None:
        self._settle(response, "failed", _crash(failure))

    def _settle(self, response: Response | Failure | None, fate: UrlOutcome, reason: str | None = None) -> None:
        request = getattr(response, "request", None)
        asked = request.meta.get("asked") if isinstance(request, Request) else None
        spider = self.crawler.spider
        if asked is not None and isinstance(spider, ListingSpider):
            spider.settle(asked, fate, reason)

    # --- the end -------------------------------------------------------------------------------------------------

    def spider_closed(self, spider: ListingSpider, reason: str) -> None:
        """Write the report and log its table, also of a run that was refused, unless the data folder itself was."""
        if not isinstance(spider, ListingSpider) or getattr(spider.error, "name", None) == "MAYADEEN_DATA_DIR":
            return
        if table := as_table(spider.origins, reason):
            logger.info("what became of every address listed:\n%s", table)
        folder = data_dir(self.crawler.settings) / "reports"
        if not spider.stem:
            spider.stem = new_run_id(folder.parent, self._started, spider.arguments.job)
        report = self.report(spider, reason, folder.parent)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                self._write(folder, spider.stem, report)
        except OSError as error:
            self._failed(report, f"the report could not be written to {folder} ({error.strerror or error})")
        else:
            logger.info("report: %s", folder / f"{spider.stem}.html")

    def _write(self, folder: Path, stem: str, report: dict[str, Any]) -> None:
        """Write the report as JSON, its page, and the index of all runs; raises ``OSError`` for want of the first."""
        path = folder / f"{stem}.json"
        _write_json(path, report)
        try:
            # Half the time of a small report goes into this; a run that is refused has no need of it.
            from mayadeen.monitoring.html import index, run

            rows = [index.row(Past(stem, report), has_page=True)]
            for earlier in past(folder, MAX_PAST):
                if earlier.stem == stem:
                    continue
                rows.append(index.row(earlier, has_page=(folder / f"{earlier.stem}.html").exists()))
                if report["since_last_run"] is None and earlier.stem < stem and same_kind(report, earlier):
                    report["since_last_run"] = since(report, earlier)
                    _write_json(path, report)
            run.write(folder, stem, report)
            index.write(folder, rows)
        except Exception as error:  # whatever fails in making a page: the crawl and the JSON stand
            why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            self._failed(report, f"the report's page could not be made in {folder} ({why})")
            _write_json(path, report)

    def _failed(self, report: dict[str, Any], why: str) -> None:
        """Have the run end as failed, since its report did, unless it has already."""
        logger.error("%s", why)
        if report["exit_status"] != FAILED:
            report["exit_status"] = FAILED
            report["ending"] = f"{why}; all else is written: {report['ending']}"
            self.crawler.stats.set_value("ending/status", FAILED)
            self.crawler.stats.set_value("ending/text", report["ending"])

    @property
    def _started(self) -> datetime:
        # Scrapy has none where an error kept the run from starting.
        started: datetime = self.crawler.stats.get_value("start_time") or datetime.now(UTC)
        return started

    def report(self, spider: ListingSpider, reason: str, data: Path) -> dict[str, Any]:
        """The report as plain JSON values; ``schemas/report.schema.json`` describes it."""
        get = self.crawler.stats.get_value
        started, finished = self._started, datetime.now(UTC)
        rows = [as_row(origin, reason) for origin in spider.origins]
        totals: Counter[str] = Counter()
        for row in rows:
            totals.update({"listed": row["listed"], **row["fates"], "missing": row["missing"]})
        return {
            "schema_version": SCHEMA_VERSION,
            "crawler": CRAWLER,
            "spider": spider.name,
            "arguments": without_secrets(spider.given),
            "edition": spider.arguments.edition.code,
            "base_url": spider.addresses.base_url,
            "begun_at": spider.memory.crawl.started_at if spider.memory.begun else utc_string(started),
            "started_at": utc_string(started),
            "finished_at": utc_string(finished),
            "seconds": round((finished - started).total_seconds(), 3),
            "exit_status": get("ending/status"),
            "finish_reason": reason,
            "ending": get("ending/text"),
            "requests": self.requests,
            "responses": {str(status): self.responses[status] for status in sorted(self.responses)},
            "bytes_received": self.bytes_received,
            "menu_assumed": get("menu/assumed"),
            "totals": {key: totals[key] for key in ("listed", *URL_OUTCOMES, "missing")},
            "listings": rows,
            "missing": list(spider.unsettled)[:MAX_MISSING] if reason in WALKED_OUT else [],
            "pending": get("state/pending", []),
            "comparison": spider.comparison,
            **{fate: _examples(examples) for fate, examples in spider.examples.items()},
            "reject_groups": self.reject_groups.as_json(),
            "revisions": get("articles/revised", 0),
            "written_by": self.written_by.as_json(),
            "timeline": self.timeline.as_json(),
            "pace": self._pace(spider),
            "latencies": self.latencies.as_json(),
            "since_last_run": None,
            "fields": spider.measure.report(),
            "alarms": get("alarms/found", []),
            "alarms_standing": get("alarms/standing", []),
            "feeds": [
                {
                    "folder": name,
                    "records": get(f"{name}/written"),
                    "paths": [path.relative_to(data).as_posix() for path in feed_paths(data, name, spider.stem)],
                }
                for name in FOLDERS.values()
                if get(f"{name}/written")
            ],
        }

    def _pace(self, spider: ListingSpider) -> dict[str, Any]:
        if not self.requests:  # a run that could not start may have no downloader, and no readable delay
            return {"delay": None, "in_force": None, "held_seconds": 0.0}
        asked = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        floor = downloader_of(self.crawler).floors.get(urlsplit(spider.addresses.base_url).netloc.lower(), 0.0)
        return {
            "delay": max(asked, floor),
            "in_force": None if self.delay is None else round(max(self.delay, floor), 3),
            "held_seconds": self.crawler.stats.get_value("politeness_settings/held_seconds", 0.0),
        }


INDEX_LOCK_ATTEMPTS = 100
"""Attempts in two seconds. Then the index is made without the lock, and the next run makes it again."""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait a moment for other runs that end at the same time: each makes the index of all reports there are."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(INDEX_LOCK_ATTEMPTS):
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            sleep(0.02)
        yield
    finally:
        os.close(handle)


def _write_json(path: Path, report: dict[str, Any]) -> None:
    write_atomic(path, json.dumps(report, ensure_ascii=False, indent=2) + "\n")


def as_row(origin: UrlSource, reason: str) -> dict[str, Any]:
    """An origin and its counts. What has no fate is missing, or was not fetched where something stopped the run."""
    fates = {fate: origin.tally[fate] for fate in URL_OUTCOMES}
    missing = origin.open
    if reason not in WALKED_OUT:
        fates["not_fetched"] += missing
        missing = 0
    return {
        "kind": origin.kind,
        "label": origin.label,
        "url": origin.first_url,
        "pages": origin.pages,
        "ended": origin.ended,
        "trouble": origin.trouble,
        "listed": origin.listed,
        "fates": fates,
        "skipped": dict(sorted(origin.skipped.items())),
        "missing": missing,
    }


def as_table(origins: Collection[UrlSource], reason: str) -> str:
    """A line for each origin and one for all; fates that nothing had are left out. Empty without any origin."""
    if not origins:
        return ""
    rows = [as_row(origin, reason) for origin in origins]
    counts = [{**row["fates"], "missing": row["missing"]} for row in rows]
    shown = [name for name in (*URL_OUTCOMES, "missing") if name == "written" or any(count[name] for count in counts)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, show_footer=True)
    table.add_column("listing", "all", overflow="fold")
    table.add_column("ended")
    for name in ("pages", "listed"):
        table.add_column(name, str(sum(row[name] for row in rows)), justify="right")
    for name in shown:
        table.add_column(name.replace("_", " "), str(sum(count[name] for count in counts)), justify="right")
    for origin, row, count in zip(origins, rows, counts, strict=True):
        numbers = (row["pages"], row["listed"], *(count[name] for name in shown))
        table.add_row(origin.name, (row["ended"] or "–").replace("_", " "), *map(str, numbers))
    text = StringIO()
    Console(file=text, width=_WIDTH, color_system=None, markup=False, highlight=False, emoji=False).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines())


def _crash(failure: Failure) -> str:
    return f"error in the program: {type(failure.value).__name__}: {' '.join(str(failure.value).split())}"


def _examples(found: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"url": url, "reason": reason} for url, reason in found]
