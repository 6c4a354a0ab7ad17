"""A test site and a data folder that several crawls share, one after another."""

from __future__ import annotations

import csv
import json
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.support.crawl_runner import CrawlRunner
from testsite import Server, SyntheticSite
from testsite.server import Arrival
from testsite.site import Reply

TEXT_KINDS = {"news", "opinion", "analysis", "blog", "feature"}
SLOTS = 4


@dataclass
class Ran:
    """What one crawl did: what it asked for, and the records in its own files, by folder."""

    exit_code: int
    stderr: str
    log: list[Arrival]
    records: dict[str, list[dict[str, Any]]]
    report: dict[str, Any]

    @property
    def last_line(self) -> str:
        return self.stderr.rstrip("\n").rpartition("\n")[2]

    @property
    def articles(self) -> list[dict[str, Any]]:
        return self.records.get("articles", [])

    @property
    def ids(self) -> list[str]:
        return sorted(record["id"] for record in self.articles)

    @property
    def removals(self) -> list[dict[str, Any]]:
        return self.records.get("removals", [])

    @property
    def paths(self) -> list[str]:
        return [arrival.path for arrival in self.log]

    @property
    def outcomes(self) -> Counter[str]:
        """What became of the addresses of all origins."""
        return Counter({k: n for k, n in self.report["totals"].items() if n})

    @property
    def skipped(self) -> Counter[str]:
        return sum((Counter(row["skipped"]) for row in self.report["listings"]), Counter[str]())


class Crawls:
    """Crawls the site at ``url`` into ``data``, each time in a process of its own. ``log`` is the site's."""

    def __init__(self, url: str, data: Path, log: list[Any]) -> None:
        self.url = url
        self.log = log
        self.runner = CrawlRunner(url, data, CONCURRENT_REQUESTS_PER_DOMAIN=SLOTS)
        self._countdown = 0
        self._signal = signal.SIGKILL

    @property
    def data(self) -> Path:
        """The data folder of the next crawl."""
        return self.runner.data

    @data.setter
    def data(self, data: Path) -> None:
        self.runner.data = data

    def run(
        self,
        *arguments: str,
        spider: str = "articles",
        at_request: int = 0,
        by: signal.Signals = signal.SIGKILL,
        settings: tuple[str, ...] = (),
    ) -> Ran:
        """Crawl to the end, or until a signal ``by`` arrives with its n-th request."""
        before, files = len(self.log), set(self.data.glob("*/*"))
        options = [*(f"-a{argument}" for argument in arguments), *(f"-s{setting}" for setting in settings)]
        self._countdown, self._signal = at_request, by
        if at_request:
            with self.runner.started(*options, spider=spider) as process:
                run = self.runner.finished(process)
        else:
            run = self.runner.run(*options, spider=spider)
        records: dict[str, list[dict[str, Any]]] = {}
        report: dict[str, Any] = {}
        for path in sorted(set(self.data.glob("*/*")) - files):
            if path.suffix == ".jsonl" and run.exit_code >= 0:
                records[path.parent.name] = lines_of(path)
            elif path.parent.name == "reports" and path.suffix == ".json":
                report = json.loads(path.read_text(encoding="utf-8"))
        return Ran(run.exit_code, run.stderr, self.log[before:], records, report)

    def written(self, folder: str = "articles") -> list[dict[str, Any]]:
        """Return all records of a folder in the order of writing. The CSV files must have the same."""
        found = [record for path in sorted((self.data / folder).glob("*.jsonl")) for record in lines_of(path)]
        if folder == "articles":
            rows = []
            for path in sorted((self.data / folder).glob("*.csv")):
                with path.open(encoding="utf-8", newline="") as file:
                    rows += [(row["id"], int(row["revision"]), row["content_hash"]) for row in csv.DictReader(file)]
            assert rows == [(r["id"], r["revision"], r["content_hash"]) for r in found]
        return found


class CrawledSite(Crawls):
    """A test site that is crawled. ``faults`` are what it answers instead at some paths."""

    def __init__(self, testsite: SyntheticSite, data: Path) -> None:
        self.testsite = testsite
        self.faults: dict[str, Reply] = {}
        self.server = Server(testsite, on_request=self._arrived)
        super().__init__(self.server.url, data, self.server.log)
        reply = testsite.reply

        def replies(target: str, *rest: Any) -> Reply:
            fault = self.faults.get(unquote(target))
            return fault if fault is not None else reply(target, *rest)

        testsite.reply = replies  # type: ignore[method-assign, assignment]

    def _arrived(self, number: int, path: str) -> None:
        self._countdown -= 1
        if self._countdown == 0 and self.runner.process is not None:
            self.runner.process.send_signal(self._signal)

    def ids(self, wanted: Callable[[dict[str, Any]], bool] | None = None) -> list[str]:
        """Return the ids of the posts at the addresses in listings (default: sections under News and Articles).

        Of two posts with one address both are listed, and one is served.
        """
        answers = list(self.testsite.answers())
        shown = {address(a) for a in answers if (wanted or is_text)(a) and not a["removed"]}
        return sorted(a["record"]["id"] for a in answers if a["reachable"] and address(a) in shown)

    def plain_posts(self) -> list[int]:
        """The posts with a text, an id and nothing particular about their pages, newest first."""
        return [
            a["index"]
            for a in self.testsite.answers()
            if a["reachable"]
            and is_text(a)
            and a["record"]["post_id"]
            and not {"redesigned", "no-machine-blocks"} & set(a["variants"])
        ]

    def id(self, index: int) -> str:
        found: str = self.testsite.answer(index)["record"]["id"]
        return found


def address(answer: dict[str, Any]) -> str:
    """Return the part of an address that identifies it. Case does not matter."""
    found: str = answer["record"]["canonical_url"].lower()
    return found


def is_text(answer: dict[str, Any]) -> bool:
    return answer["record"]["kind"] in TEXT_KINDS


def listed_in(*labels: str, kind: str = "section") -> Callable[[dict[str, Any]], bool]:
    """Whether a post is in one of the listings."""
    return lambda answer: any(shown["kind"] == kind and shown["label"] in labels for shown in answer["listings"])


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The records of a file, of which every line must be whole."""
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n"), path
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def published(data: Path, **options: Any) -> Iterator[CrawledSite]:
    """A test site, served until the block ends."""
    crawled_site = CrawledSite(SyntheticSite(**options), data)
    with crawled_site.server:
        yield crawled_site
