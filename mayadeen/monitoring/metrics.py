"""Metrics of a run for a monitoring system: a file in Prometheus' text format, kept up to date during the run."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

from mayadeen.crawling.arguments import data_dir
from mayadeen.crawling.outcomes import URL_OUTCOMES, total
from mayadeen.crawling.run_result import DONE
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.crawling.signals import session_opened
from mayadeen.monitoring.report import Report
from mayadeen.politeness.handler import downloader_of
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.errors import StateError
from mayadeen.storage.feeds import FOLDERS

logger = logging.getLogger(__name__)

MAX_FILE = 1 << 20
"""Bytes that are read of the file of an earlier run. A file has some thousand."""
_LAST_TIME = 253_402_300_800.0
"""The year 10000 in seconds since 1970."""
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


class Metrics:
    """Writes the metrics file when the run has the data folder, every ``LOGSTATS_INTERVAL`` seconds, and at the end.

    The file is ``metrics/<spider>-<edition>-<schedule>.prom``, without ``-<schedule>`` for runs by hand.
    ``MAYADEEN_SCHEDULE`` names the schedule. A run by hand neither raises an alert on scheduled runs nor silences one.
    A run does not fail if the file cannot be written.
    """

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.running = False
        self.task: Any = None
        self._past: tuple[float | None, float | None, int | None] | None = None
        self._failed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        metrics = cls(crawler, required_session(crawler))
        crawler.signals.connect(metrics.session_opened, signal=session_opened)
        crawler.signals.connect(metrics.spider_closed, signal=signals.spider_closed)
        return metrics

    def session_opened(self) -> None:
        self.running = True
        self.write()
        if interval := self.crawler.settings.getfloat("LOGSTATS_INTERVAL"):
            self.task = create_looping_call(self.write)
            self.task.start(interval, now=False)

    def spider_closed(self) -> None:
        if self.task is not None and self.task.running:
            self.task.stop()
        self.running = False
        error = self.session.error
        # The file is that of the run in the way, or there is no folder for it.
        locked = isinstance(error, StateError) and error.reason == "locked"
        if not locked and self.session.can_report:
            self.write()

    def write(self) -> None:
        """Replace the file in one step."""
        path = self._path
        registry = CollectorRegistry()
        registry.register(self)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, generate_latest(registry).decode())
        except OSError as error:
            if not self._failed:
                logger.warning("metrics cannot be written to %s (%s). The run continues", path, error.strerror or error)
            self._failed = True

    def collect(self) -> Iterator[Metric]:
        """Yield the current values, in the form of ``prometheus_client``."""
        crawler, session = self.crawler, self.session
        get = crawler.stats.get_value
        edition = session.arguments.edition.code
        labels = {"spider": session.profile.name, "edition": edition, "schedule": self._schedule}

        def gauge(name: str, text: str, value: float | None) -> Iterator[Metric]:
            if value is not None:
                metric = GaugeMetricFamily(f"mayadeen_{name}", text, labels=list(labels))
                metric.add_metric(list(labels.values()), value)
                yield metric

        def counter(name: str, text: str, values: dict[str, float], label: str | None = None) -> Metric:
            metric = CounterMetricFamily(f"mayadeen_{name}", text, labels=[*labels, *([label] if label else [])])
            for key, value in values.items():
                metric.add_metric([*labels.values(), *([key] if label else [])], value)
            return metric

        finished, success, status = self._ended()
        started: datetime | None = get("start_time")
        yield from gauge("running", "1 during a run.", int(self.running))
        yield from gauge("updated_timestamp_seconds", "Time of these values.", datetime.now(UTC).timestamp())
        yield from gauge(
            "run_started_timestamp_seconds", "Start of the last run.", started.timestamp() if started else None
        )
        yield from gauge("last_run_finished_timestamp_seconds", "End of the last run.", finished)
        yield from gauge("last_run_exit_status", "Exit status of the last run that ended.", status)
        yield from gauge("last_success_timestamp_seconds", "End of the last run with exit status 0.", success)
        yield from gauge("delay_seconds", "Delay between two requests to the site, before jitter.", self._delay())
        alerts = len(session.result.drift_alerts) + len(session.result.open_alerts)
        yield from gauge("drift_alerts", "Drift alerts: of this run, and open ones of earlier runs.", alerts)
        yield from gauge("listings", "Listings to crawl.", get("listings/asked", 0))
        counted = crawler.get_extension(Report) if crawler._extensions is not None else None
        report = counted or Report(crawler, session)
        yield counter("requests", "Requests handed to an open connection.", {"": report.requests})
        yield counter("requests_not_sent", "Requests that never reached the site.", {"": report.not_sent})
        yield counter(
            "responses", "Responses by HTTP status.", {str(s): n for s, n in sorted(report.responses.items())}, "status"
        )
        yield counter("received_bytes", "Bytes of response bodies, before decompression.", {"": report.bytes_received})
        yield counter("listings_ended", "Listings that ended.", {"": get("listings/ended", 0)})
        yield counter("listing_pages", "Pages of listings read.", {"": get("listings/pages", 0)})
        written = {folder: get(f"{folder}/written", 0) for folder in FOLDERS.values()}
        yield counter("records_written", "Records by folder of the data folder.", written, "folder")
        outcomes = total(session.outcomes.sources)
        yield counter("addresses", "Addresses by outcome.", {f: outcomes[f] for f in URL_OUTCOMES}, "outcome")

    def _ended(self) -> tuple[float | None, float | None, int | None]:
        """Return the end of the last run, the end of the last successful one, and the exit status of the former.

        They are of this run if it has ended, else of the runs before it.
        """
        status = self.session.result.status
        if self._past is None:
            self._past = self._read_past()
        finished, success, before = self._past
        if status is None:
            return finished, success, before
        now = datetime.now(UTC).timestamp()
        return now, now if status == DONE else success, status

    def _read_past(self) -> tuple[float | None, float | None, int | None]:
        """Read what the last run of this schedule left in the file. Other runs have files of their own."""
        try:
            with self._path.open("rb") as file:
                families = list(text_string_to_metric_families(file.read(MAX_FILE).decode()))
            values = {sample.name: sample.value for family in families for sample in family.samples}
        except Exception:  # the parser raises errors of many types for damaged files
            return None, None, None

        def past(name: str, most: float) -> float | None:
            value = values.get(f"mayadeen_{name}")
            return value if value is not None and 0 <= value <= most else None

        status = past("last_run_exit_status", 255)
        return (
            past("last_run_finished_timestamp_seconds", _LAST_TIME),
            past("last_success_timestamp_seconds", _LAST_TIME),
            None if status is None else int(status),
        )

    @property
    def _schedule(self) -> str:
        return _NOT_IN_NAMES.sub("_", str(self.crawler.settings["MAYADEEN_SCHEDULE"] or ""))[:40]

    @property
    def _path(self) -> Path:
        session = self.session
        parts = [session.profile.name, session.arguments.edition.code, *([self._schedule] if self._schedule else [])]
        return data_dir(self.crawler.settings) / "metrics" / f"{'-'.join(parts)}.prom"

    def _delay(self) -> float | None:
        return downloader_of(self.crawler).delay() if self.crawler._engine is not None else None
