"""The one way in which tests start a crawl: as a user does, in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.support.preloaded import PROJECT, WARNINGS, scrapy

INTERPRETER = (sys.executable, *WARNINGS, "-m", "scrapy")
Process = subprocess.Popen[str]
Line = Callable[[Process, str], None]


@dataclass
class Run:
    """What a crawl left behind."""

    exit_code: int
    stdout: str
    stderr: str
    data: Path
    max_memory: int = 0
    """The most memory of a crawl that ``CrawlRunner.run`` ran, in kB."""

    @property
    def last_line(self) -> str:
        return self.stderr.rstrip("\n").rpartition("\n")[2]

    @property
    def records(self) -> list[dict[str, Any]]:
        return self.lines("articles")

    @property
    def rejects(self) -> list[dict[str, Any]]:
        return self.lines("rejects")

    @property
    def report(self) -> dict[str, Any]:
        (path,) = (self.data / "reports").glob("*.json")
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return report

    def listing(self, label: str, kind: str = "section") -> dict[str, Any]:
        """Return the report's row of a listing."""
        (row,) = (row for row in self.report["listings"] if (row["kind"], row["label"]) == (kind, label))
        found: dict[str, Any] = row
        return found

    @property
    def skipped(self) -> dict[str, int]:
        """Why addresses were skipped, over all rows of the report."""
        return dict(sum((Counter(row["skipped"]) for row in self.report["listings"]), Counter[str]()))

    @property
    def rows(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = []
        for path in sorted((self.data / "articles").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows += csv.DictReader(file)
        return rows

    def lines(self, folder: str) -> list[dict[str, Any]]:
        """Return the records of a folder, in the order they were written."""
        paths = sorted((self.data / folder).glob("*.jsonl"))
        return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


class CrawlRunner:
    """Starts crawls of the site at ``url`` into the folder ``data``.

    The project's settings apply, without delays and retries. ``settings`` are added, and options come after both.
    """

    SETTINGS: Mapping[str, object] = {
        "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False, "RETRY_TIMES": 0, "MAYADEEN_BACKOFF": 0.1,
    }  # fmt: skip

    def __init__(self, url: str, data: Path, **settings: object) -> None:
        self.url = url
        self.data = data
        self.settings = settings
        self.project = PROJECT
        """The checkout whose crawler runs."""
        self.process: Process | None = None
        """The crawl that runs at the moment."""

    def command(self, spider: str, options: tuple[str, ...] = ()) -> list[str]:
        """Return the command line of a crawl."""
        addresses = {"MAYADEEN_BASE_URL": self.url, "MAYADEEN_DATA_DIR": self.data}
        settings = {**addresses, **self.SETTINGS, **self.settings}
        return [*INTERPRETER, "crawl", spider, *(f"-s{name}={value}" for name, value in settings.items()), *options]

    @contextmanager
    def started(
        self,
        *options: str,
        spider: str = "articles",
        environment: Mapping[str, str] | None = None,
        stdout: IO[str] | int = subprocess.PIPE,
        stderr: IO[str] | int = subprocess.PIPE,
        timeout: float = 300,
    ) -> Iterator[Process]:
        """Start a crawl. It is killed after ``timeout`` seconds, and at the end of the block."""
        own = {"SCRAPY_SETTINGS_MODULE": "mayadeen.settings", "PYTHONPATH": str(self.project), **(environment or {})}
        with subprocess.Popen(
            self.command(spider, options),
            cwd=self.project, env={**os.environ, **own}, stdout=stdout, stderr=stderr, text=True,
        ) as process:  # fmt: skip
            guard = threading.Timer(timeout, process.kill)
            guard.start()
            self.process = process
            try:
                yield process
            finally:
                self.process = None
                guard.cancel()
                process.kill()

    def finished(self, process: Process, log: str = "") -> Run:
        """Wait for the end of a crawl. ``log`` is what was read of its log before."""
        stdout, stderr = process.communicate()
        return Run(process.returncode, stdout or "", log + stderr, self.data)

    def run(self, *options: str, spider: str = "articles", environment: Mapping[str, str] | None = None) -> Run:
        """Crawl to the end."""
        if self.project != PROJECT:
            with self.started(*options, spider=spider, environment=environment) as process:
                return self.finished(process)
        command = self.command(spider, options)[len(INTERPRETER) :]
        done = scrapy(*command, environment={"SCRAPY_SETTINGS_MODULE": "mayadeen.settings", **(environment or {})})
        return Run(done.returncode, done.stdout, done.stderr, self.data, done.max_memory)

    def watch(
        self,
        on_line: Line,
        *options: str,
        spider: str = "articles",
        environment: Mapping[str, str] | None = None,
        timeout: float = 300,
    ) -> Run:
        """Crawl to the end, and call ``on_line(process, line)`` with every line of the log as it comes."""
        log: list[str] = []
        with self.started(
            *options, spider=spider, environment=environment, stdout=subprocess.DEVNULL, timeout=timeout
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                log.append(line)
                on_line(process, line)
            process.wait(timeout=timeout)
            return Run(process.returncode, "", "".join(log), self.data)

    def stop_at(self, text: str, *options: str, by: signal.Signals = signal.SIGINT, spider: str = "articles") -> Run:
        """Crawl until the first line of the log that has ``text``, then send the signal."""
        sent = False

        def send(process: Process, line: str) -> None:
            nonlocal sent
            if text in line and not sent:
                sent = True
                process.send_signal(by)

        return self.watch(send, *options, spider=spider)


Crawl = Callable[..., Run]
"""The fixture ``crawl``."""
