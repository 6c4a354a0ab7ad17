"""What a run counts, for a monitoring system: a file in Prometheus' text format, kept up to date while it goes on."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Self

from prometheus_client import CollectorRegistry, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from mayadeen.crawling.arguments import data_dir
from mayadeen.crawling.outcomes import URL_OUTCOMES, total
from mayadeen.crawling.run_result import DONE
from mayadeen.crawling.session import CrawlSession, session_of
from mayadeen.crawling.signals import session_opened
from mayadeen.monitoring.report import Report
from mayadeen.politeness.handler import downloader_of
from mayadeen.storage.errors import StateError
from mayadeen.storage.feeds import FOLDERS
from mayadeen.storage.runs import past_runs

logger = logging.getLogger(__name__)


class Metrics:
    """Writes ``metrics/<spider>-<edition>.prom`` when the data folder is the run's, each ``LOGSTATS_INTERVAL`` seconds,
    and at the end. A file that cannot be written is no reason for a run to fail."""

    def __init__(self, crawler: Crawler, session: CrawlSession) -> None:
        self.crawler = crawler
        self.session = session
        self.running = False
        self.task: Any = None
        self._past: tuple[float | None, float | None, int | None] | None = None
        self._failed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = session_of(crawler)
        if session is None:
            raise NotConfigured
        metrics = cls(crawler, session)
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
        """Write the file anew: a reader sees the old one or the new."""
        session = self.session
        name = f"{session.profile.name}-{session.arguments.edition.code}.prom"
        path = data_dir(self.crawler.settings) / "metrics" / name
        registry = CollectorRegistry()
        registry.register(self)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_to_textfile(str(path), registry)
        except OSError as error:
            if not self._failed:
                logger.warning("metrics cannot be written to %s (%s); the run goes on", path, error.strerror or error)
            self._failed = True

    def collect(self) -> Iterator[Metric]:
        """The values as they are now, as ``prometheus_client`` asks for them."""
        crawler, session = self.crawler, self.session
        get = crawler.stats.get_value
        labels = {"spider": session.profile.name, "edition": session.arguments.edition.code}

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
        yield from gauge("running", "1 while a run is under way.", int(self.running))
        yield from gauge("updated_timestamp_seconds", "When all of these were read.", datetime.now(UTC).timestamp())
        yield from gauge(
            "run_started_timestamp_seconds", "When the last run began.", started.timestamp() if started else None
        )
        yield from gauge("last_run_finished_timestamp_seconds", "When a run last ended.", finished)
        yield from gauge("last_run_exit_status", "Exit status of the run that ended last.", status)
        yield from gauge("last_success_timestamp_seconds", "When a run last ended with exit status 0.", success)
        yield from gauge(
            "delay_seconds", "PrefetchedMiddleware between two requests to the site, before jitter.", self._delay()
        )
        alarms = len(session.result.drift_alerts) + len(session.result.open_alerts)
        yield from gauge("alarms", "Alarms about the site's layout: this run's, and those that stand.", alarms)
        yield from gauge("listings", "Listings to be walked.", get("listings/asked", 0))
        counted = crawler.get_extension(Report) if crawler._extensions is not None else None
        report = counted or Report(crawler, session)
        yield counter("requests", "Requests sent.", {"": report.requests})
        yield counter(
            "responses", "Answers by HTTP status.", {str(s): n for s, n in sorted(report.responses.items())}, "status"
        )
        yield counter("received_bytes", "Bytes of bodies as they came.", {"": report.bytes_received})
        yield counter("listings_ended", "Listings that are done with.", {"": get("listings/ended", 0)})
        yield counter("listing_pages", "Pages of listings read.", {"": get("listings/pages", 0)})
        written = {folder: get(f"{folder}/written", 0) for folder in FOLDERS.values()}
        yield counter("records_written", "Records by folder of the data folder.", written, "folder")
        fates = total(session.outcomes.sources)
        yield counter(
            "addresses", "Addresses met, by what became of them.", {f: fates[f] for f in URL_OUTCOMES}, "fate"
        )

    def _ended(self) -> tuple[float | None, float | None, int | None]:
        """When a run last ended, when one last did so well, and the exit status of the former: this one, if it has
        ended; else what the state says."""
        status = self.session.result.status
        if self._past is None:
            self._past = self._read_past()
        finished, success, before = self._past
        if status is None:
            return finished, success, before
        now = datetime.now(UTC).timestamp()
        return now, now if status == DONE else success, status

    def _read_past(self) -> tuple[float | None, float | None, int | None]:
        try:
            runs = past_runs(data_dir(self.crawler.settings))
        except StateError:
            return None, None, None
        spider, edition = self.session.profile.name, self.session.arguments.edition.code
        ended = [
            (datetime.fromisoformat(run.ended_at).timestamp(), run.status)
            for run in runs
            if run.ended_at and run.spider == spider and json.loads(run.arguments).get("edition") == edition
        ]
        finished, status = ended[-1] if ended else (None, None)
        return finished, max((at for at, exit_status in ended if exit_status == DONE), default=None), status

    def _delay(self) -> float | None:
        return downloader_of(self.crawler).delay() if self.crawler._engine is not None else None
