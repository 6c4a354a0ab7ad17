"""The report of a run: the outcome of every URL, as JSON in the data folder and as a table in the log."""

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

from mayadeen import CRAWLER
from mayadeen.crawling.arguments import data_dir
from mayadeen.crawling.outcomes import FINISHED_REASONS, URL_OUTCOMES, RecordDropped, UrlSource
from mayadeen.crawling.run_result import FAILED
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.crawling.signals import request_sent
from mayadeen.extraction.dates import utc_string
from mayadeen.items import Article, Reject
from mayadeen.monitoring.drift_alert import DriftAlert
from mayadeen.monitoring.field_sampler import FieldSampler
from mayadeen.monitoring.logformatter import without_secrets
from mayadeen.monitoring.previous_reports import SCHEMA_VERSION, PreviousReport, previous_reports, same_kind, since
from mayadeen.monitoring.run_statistics import Latencies, RejectGroups, Timeline, WrittenBy
from mayadeen.politeness.handler import downloader_of, host_of
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.feeds import FOLDERS, feed_paths, new_run_id

logger = logging.getLogger(__name__)

MAX_MISSING = 1000
"""Maximum number of missing addresses named in the report. ``missing`` of its rows counts all."""
MAX_PAST = 300
"""Number of the newest runs in the index. The last run of the same kind is looked for among them."""
_WIDTH = 120


class Report:
    """Counts requests, responses and records, and reports on every URL at the end."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.requests = 0
        """Requests that were handed to an open connection. Scrapy's own count has others too."""
        self.left_downloader = 0
        self.responses: Counter[int] = Counter()
        self.bytes_received = 0
        self.began = monotonic()
        self.delay: float | None = None
        self.timeline, self.latencies = Timeline(), Latencies()
        self.written_by, self.reject_groups = WrittenBy(), RejectGroups()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        report = cls(crawler, required_session(crawler))
        for name in (
            "spider_opened", "request_left_downloader", "response_downloaded",
            "item_scraped", "item_dropped", "spider_closed",
        ):  # fmt: skip
            crawler.signals.connect(getattr(report, name), signal=getattr(signals, name))
        crawler.signals.connect(report.request_sent, signal=request_sent)
        return report

    # --- the network ---------------------------------------------------------------------------------------------

    def spider_opened(self) -> None:
        self.began = monotonic()

    def request_sent(self) -> None:
        self.requests += 1
        self.timeline.add(monotonic() - self.began, requests=1)

    def request_left_downloader(self) -> None:
        self.left_downloader += 1

    @property
    def not_sent(self) -> int:
        """Requests that never reached the site: refused connections, failed DNS, waits that a stop ended."""
        return max(self.left_downloader - self.requests, 0)

    def response_downloaded(self, response: Response, request: Request) -> None:
        received = len(response.body)  # not unpacked yet
        self.responses[response.status] += 1
        self.bytes_received += received
        self.timeline.add(monotonic() - self.began, received=received)
        # Scrapy measures from when the request is sent, so the wait for the throttle is not included.
        if (seconds := request.meta.get("download_latency")) is not None:
            self.latencies.add(response.status, seconds)
        downloader = downloader_of(self.crawler)
        slot = downloader.slots.get(request.meta.get(downloader.DOWNLOAD_SLOT, ""))
        if slot is not None and downloader.is_site(request.url):
            self.delay = slot.delay * 2 ** downloader.pace.slower(host_of(request))

    # --- records -------------------------------------------------------------------------------------------------

    def item_scraped(self, item: Any) -> None:
        self._count_written(item)

    def item_dropped(self, item: Any, exception: BaseException) -> None:
        if isinstance(exception, RecordDropped) and exception.outcome == "written":
            self._count_written(item)
        elif isinstance(exception, RecordDropped) and exception.outcome == "rejected" and isinstance(item, Reject):
            self.reject_groups.add(item)

    def _count_written(self, item: Any) -> None:
        if isinstance(item, Article):
            self.written_by.add(item)
            self.timeline.add(monotonic() - self.began, written=1)

    # --- the end -------------------------------------------------------------------------------------------------

    def spider_closed(self, reason: str) -> None:
        """Write the report and log its table, also for a refused run, unless the data folder itself is refused."""
        session = self.session
        if not session.can_report:
            return
        if table := as_table(session.outcomes.sources, reason):
            logger.info("Outcomes of all listed URLs:\n%s", table)
        folder = data_dir(self.crawler.settings) / "reports"
        if not session.run_id:
            session.run_id = new_run_id(folder.parent, self._started, session.arguments.job)
        report = self.report(reason, folder.parent)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _index_lock(folder):
                self._write(folder, session.run_id, report)
        except OSError as error:
            self._failed(report, f"the report could not be written to {folder} ({error.strerror or error})")
        else:
            logger.info("report: %s", folder / f"{session.run_id}.html")

    def _write(self, folder: Path, run_id: str, report: dict[str, Any]) -> None:
        """Write the report as JSON, its page, and the index of all runs. Raises ``OSError`` without the JSON."""
        path = folder / f"{run_id}.json"
        _write_json(path, report)
        try:
            # This import takes half the time of a small report, and a refused run does not need it.
            from mayadeen.monitoring.html import index, run

            rows = [index.row(PreviousReport(run_id, report), has_page=True)]
            for earlier in previous_reports(folder, MAX_PAST):
                if earlier.run_id == run_id:
                    continue
                rows.append(index.row(earlier, has_page=(folder / f"{earlier.run_id}.html").exists()))
                if report["since_last_run"] is None and earlier.run_id < run_id and same_kind(report, earlier):
                    report["since_last_run"] = since(report, earlier)
                    _write_json(path, report)
            run.write(folder, run_id, report)
            index.write(folder, rows)
        except Exception as error:  # a page can fail with any error, and the JSON is complete
            why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            self._failed(report, f"the report's page could not be made in {folder} ({why})")
            _write_json(path, report)

    def _failed(self, report: dict[str, Any], why: str) -> None:
        """Let the run end as failed because its report failed, unless it has failed already."""
        logger.error("%s", why)
        if report["exit_status"] != FAILED:
            report["exit_status"] = FAILED
            report["ending"] = f"{why}. All else is written: {report['ending']}"
            self.session.result.status, self.session.result.text = FAILED, report["ending"]

    @property
    def _started(self) -> datetime:
        # Scrapy has no start time if an error prevented the start.
        started: datetime = self.crawler.stats.get_value("start_time") or datetime.now(UTC)
        return started

    def report(self, reason: str, data: Path) -> dict[str, Any]:
        """Return the report as plain JSON values. ``schemas/report.schema.json`` describes them."""
        get = self.crawler.stats.get_value
        session, result = self.session, self.session.result
        drift = self.crawler.get_extension(DriftAlert) if self.crawler._extensions is not None else None
        started, finished = self._started, datetime.now(UTC)
        rows = [as_row(origin, reason) for origin in session.outcomes.sources]
        totals: Counter[str] = Counter()
        for row in rows:
            totals.update({"listed": row["listed"], **row["outcomes"], "missing": row["missing"]})
        return {
            "schema_version": SCHEMA_VERSION,
            "crawler": CRAWLER,
            "spider": session.profile.name,
            "arguments": without_secrets(session.given),
            "edition": session.arguments.edition.code,
            "base_url": session.addresses.base_url,
            "begun_at": session.crawl.started_at if session.begun else utc_string(started),
            "started_at": utc_string(started),
            "finished_at": utc_string(finished),
            "seconds": round((finished - started).total_seconds(), 3),
            "exit_status": result.status,
            "finish_reason": reason,
            "ending": result.text,
            "requests": self.requests,
            "not_sent": self.not_sent,
            "responses": {str(status): self.responses[status] for status in sorted(self.responses)},
            "bytes_received": self.bytes_received,
            "menu_assumed": result.menu_assumed,
            "totals": {key: totals[key] for key in ("listed", *URL_OUTCOMES, "missing")},
            "listings": rows,
            "missing": list(session.outcomes.pending)[:MAX_MISSING] if reason in FINISHED_REASONS else [],
            "pending": result.interrupted_runs,
            "comparison": result.comparison(),
            **{outcome: _examples(found) for outcome, found in session.outcomes.examples.items()},
            "reject_groups": self.reject_groups.as_json(),
            "revisions": get("articles/revised", 0),
            "written_by": self.written_by.as_json(),
            "timeline": self.timeline.as_json(),
            "pace": self._pace(),
            "latencies": self.latencies.as_json(),
            "since_last_run": None,
            "fields": (drift.sampler if drift is not None else FieldSampler()).report(),
            "drift_alerts": result.drift_alerts,
            "open_alerts": result.open_alerts,
            "feeds": [
                {
                    "folder": name,
                    "records": get(f"{name}/written"),
                    "paths": [path.relative_to(data).as_posix() for path in feed_paths(data, name, session.run_id)],
                }
                for name in FOLDERS.values()
                if get(f"{name}/written")
            ],
        }

    def _pace(self) -> dict[str, Any]:
        if not self.requests:  # a run that could not start may have no downloader, and no readable delay
            return {"delay": None, "in_force": None, "held_seconds": 0.0}
        asked = self.crawler.settings.getfloat("DOWNLOAD_DELAY")
        floor = downloader_of(self.crawler).floors.get(urlsplit(self.session.addresses.base_url).netloc.lower(), 0.0)
        return {
            "delay": max(asked, floor),
            "in_force": None if self.delay is None else round(max(self.delay, floor), 3),
            "held_seconds": self.crawler.stats.get_value("politeness_settings/held_seconds", 0.0),
        }


INDEX_LOCK_ATTEMPTS = 100
"""Attempts in two seconds. Then the index is made without the lock, and the next run makes it again."""


@contextmanager
def _index_lock(folder: Path) -> Iterator[None]:
    """Wait shortly for other runs that end at the same time, because each makes the index of all reports."""
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
    """Return a source and its counts. A URL without an outcome is missing, or not fetched if the run was stopped."""
    outcomes = {outcome: origin.outcomes[outcome] for outcome in URL_OUTCOMES}
    missing = origin.pending
    if reason not in FINISHED_REASONS:
        outcomes["not_fetched"] += missing
        missing = 0
    return {
        "kind": origin.kind,
        "label": origin.label,
        "url": origin.first_url,
        "pages": origin.pages,
        "ended": origin.ended,
        "trouble": origin.trouble,
        "listed": origin.listed,
        "outcomes": outcomes,
        "skipped": dict(sorted(origin.skipped.items())),
        "missing": missing,
    }


def as_table(origins: Collection[UrlSource], reason: str) -> str:
    """Return a line for each source and one for all, without empty columns. Empty without any source."""
    if not origins:
        return ""
    rows = [as_row(origin, reason) for origin in origins]
    counts = [{**row["outcomes"], "missing": row["missing"]} for row in rows]
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


def _examples(found: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"url": url, "reason": reason} for url, reason in found]
