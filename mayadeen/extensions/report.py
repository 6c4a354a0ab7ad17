"""The run's report: what became of every address it met, as JSON in the data folder and as a table in the log."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Self

from rich import box
from rich.console import Console
from rich.table import Table
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from mayadeen import CRAWLER
from mayadeen.arguments import data_dir
from mayadeen.dates import utc_string
from mayadeen.extensions.ending import FAILED
from mayadeen.feeds import FOLDERS, paths_of
from mayadeen.spiders.walker import Walker
from mayadeen.tally import FATES, WALKED_OUT, Fate, Origin, Settled

logger = logging.getLogger(__name__)

SCHEMA_VERSION = "1.1.0"
MAX_MISSING = 1000
"""So many missing addresses are named in the report; ``missing`` of its rows counts all."""
_WIDTH = 120


class Report:
    """Tells the walker the fates that are decided after its callbacks, and reports on all of them at the end."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        # Scrapy's own count takes a page that a middleware gives out of memory for one that was asked for.
        self.requests = 0
        self.responses: Counter[int] = Counter()
        self.bytes_received = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        report = cls(crawler)
        for name in (
            "request_left_downloader", "response_downloaded",
            "item_scraped", "item_dropped", "item_error", "spider_error", "spider_closed",
        ):  # fmt: skip
            crawler.signals.connect(getattr(report, name), signal=getattr(signals, name))
        return report

    # --- the network ---------------------------------------------------------------------------------------------

    def request_left_downloader(self) -> None:
        self.requests += 1

    def response_downloaded(self, response: Response) -> None:
        self.responses[response.status] += 1
        self.bytes_received += len(response.body)  # not unpacked yet

    # --- fates ---------------------------------------------------------------------------------------------------

    def item_scraped(self, response: Response | Failure | None) -> None:
        self._settle(response, "written")

    def item_dropped(self, response: Response | Failure | None, exception: BaseException) -> None:
        if isinstance(exception, Settled):
            self._settle(response, exception.fate, exception.reason)
        else:  # by a pipeline that is not ours
            self._settle(response, "skipped", "dropped")

    def item_error(self, response: Response | Failure | None, failure: Failure) -> None:
        self._settle(response, "failed", _crash(failure))

    def spider_error(self, response: Response | Failure | None, failure: Failure) -> None:
        self._settle(response, "failed", _crash(failure))

    def _settle(self, response: Response | Failure | None, fate: Fate, reason: str | None = None) -> None:
        request = getattr(response, "request", None)
        asked = request.meta.get("asked") if isinstance(request, Request) else None
        spider = self.crawler.spider
        if asked is not None and isinstance(spider, Walker):
            spider.settle(asked, fate, reason)

    # --- the end -------------------------------------------------------------------------------------------------

    def spider_closed(self, spider: Walker, reason: str) -> None:
        """Write the report and log its table; nothing for a run that ended before it asked for anything."""
        if not isinstance(spider, Walker) or not spider.memory.begun:
            return
        if spider.error is not None and not self.requests:
            return
        if table := as_table(spider.origins, reason):
            logger.info("what became of every address listed:\n%s", table)
        folder = data_dir(self.crawler.settings) / "reports"
        report = self.report(spider, reason, folder.parent)
        try:
            path = self._write(folder, report, spider.arguments.job)
        except OSError as error:
            why = f"the report could not be written to {folder} ({error.strerror or error})"
            logger.error("%s", why)
            if report["exit_status"] != FAILED:
                self.crawler.stats.set_value("ending/status", FAILED)
                self.crawler.stats.set_value("ending/text", f"{why}; all else is written: {report['ending']}")
        else:
            logger.info("report: %s", path)

    def report(self, spider: Walker, reason: str, data: Path) -> dict[str, Any]:
        """The report as plain JSON values; ``schemas/report.schema.json`` describes it."""
        get = self.crawler.stats.get_value
        started, finished = get("start_time"), datetime.now(UTC)
        rows = [as_row(origin, reason) for origin in spider.origins]
        totals: Counter[str] = Counter()
        for row in rows:
            totals.update({"listed": row["listed"], **row["fates"], "missing": row["missing"]})
        return {
            "schema_version": SCHEMA_VERSION,
            "crawler": CRAWLER,
            "spider": spider.name,
            "arguments": spider.given,
            "edition": spider.arguments.edition.code,
            "base_url": spider.addresses.base_url,
            "begun_at": spider.memory.crawl.started_at,
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
            "totals": {key: totals[key] for key in ("listed", *FATES, "missing")},
            "listings": rows,
            "missing": list(spider.unsettled)[:MAX_MISSING] if reason in WALKED_OUT else [],
            "pending": get("state/pending", []),
            "comparison": spider.comparison,
            **{fate: _examples(examples) for fate, examples in spider.examples.items()},
            "fields": spider.measure.report(),
            "alarms": get("alarms/found", []),
            "feeds": [
                {
                    "folder": name,
                    "records": get(f"{name}/written"),
                    "paths": [path.relative_to(data).as_posix() for path in paths_of(data, name, spider.stem)],
                }
                for name in FOLDERS.values()
                if get(f"{name}/written")
            ],
        }

    def _write(self, folder: Path, report: dict[str, Any], job: str | None) -> Path:
        """Write the report under the name of the run's feeds, whole or not at all; raises ``OSError``."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.crawler.spider.stem}.json"  # type: ignore[union-attr]
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            unfinished.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return path


def as_row(origin: Origin, reason: str) -> dict[str, Any]:
    """An origin and its counts. What has no fate is missing, or was not fetched where something stopped the run."""
    fates = {fate: origin.tally[fate] for fate in FATES}
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


def as_table(origins: Collection[Origin], reason: str) -> str:
    """A line for each origin and one for all; fates that nothing had are left out. Empty without any origin."""
    if not origins:
        return ""
    rows = [as_row(origin, reason) for origin in origins]
    counts = [{**row["fates"], "missing": row["missing"]} for row in rows]
    shown = [name for name in (*FATES, "missing") if name == "written" or any(count[name] for count in counts)]
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
