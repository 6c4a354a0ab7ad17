"""Whole crawls as a user starts them: a process of its own, against a server on the loopback."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How fast a machine is says nothing about what is tested.
settings.register_profile("project", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=5000)
settings.load_profile("project")

PROJECT = Path(__file__).resolve().parent.parent

# --- tests that start processes ---------------------------------------------------------------------------------------

_PROCESS_FOLDERS = {"crawls", "operations", "soak"}
_STARTS_PROCESS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}
_current: list[pytest.Item] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start a process. `make unit` runs all others."""
    for item in items:
        if item.path.parent.name in _PROCESS_FOLDERS or "crawl" in getattr(item, "fixturenames", ()):
            item.add_marker("process")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _current[:] = [item]
    result = yield
    _current.clear()
    return result


def _refuse_processes(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _STARTS_PROCESS and _current and not _current[0].get_closest_marker("process"):
        raise AssertionError(f"{_current[0].nodeid} starts a process. Mark it with pytest.mark.process.")


sys.addaudithook(_refuse_processes)


@dataclass
class Run:
    """What a crawl left behind."""

    exit_code: int
    stdout: str
    stderr: str
    data: Path

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
        """The report's row of a listing."""
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
        """The records of a folder, in the order they were written."""
        paths = sorted((self.data / folder).glob("*.jsonl"))
        return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


Crawl = Callable[..., Run]


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    """``crawl(base_url, "-a", "limit=3", spider="articles")`` → ``Run``; fast, with the data in a folder of the test."""

    def run(base_url: str, *options: str, spider: str = "articles") -> Run:
        data = tmp_path / "data"
        command = [sys.executable, "-W", "error::DeprecationWarning:mayadeen", "-m", "scrapy", "crawl", spider]
        command += ["-s", f"MAYADEEN_BASE_URL={base_url}", "-s", f"MAYADEEN_DATA_DIR={data}"]
        command += ["-s", "DOWNLOAD_DELAY=0", "-s", "AUTOTHROTTLE_ENABLED=False", "-s", "RETRY_TIMES=0"]
        command += ["-s", "MAYADEEN_BACKOFF=0.1", *options]
        environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings", "PYTHONPATH": str(PROJECT)}
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return Run(done.returncode, done.stdout, done.stderr, data)

    return run


@dataclass
class Answer:
    """What a site answers with at an address."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    location: str | None = None


class Site:
    """A site of a few pages on the loopback: ``pages`` by path and query, ``posts`` what a POST's body is answered
    with, ``requests`` as they came."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {"/robots.txt": Answer("User-agent: *\nAllow: /\n", content_type="text/plain")}
        self.posts: dict[str, Callable[[str], str]] = {}
        self.requests: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append(self.path)
                self.answer(site.pages.get(self.path, Answer("<h1>Not found</h1>", 404)))

            def do_POST(self) -> None:
                site.requests.append(self.path)
                given = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(Answer(site.posts[self.path](given)))

            def answer(self, answer: Answer) -> None:
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(body)))
                if answer.location:
                    self.send_header("Location", answer.location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def front(self, **sections: str) -> None:
        """A front page whose menu has these sections, label → path, under News."""
        entries = "".join(f'<li><a href="{path}">{label}</a></li>' for label, path in sections.items())
        self.pages["/"] = Answer(
            f"<nav><ul><li><a href='/news'>News</a><ul>{entries}</ul></li></ul></nav><main></main>"
        )

    def listing(self, path: str, articles: list[str], extra: str = "", dates: dict[str, str] | None = None) -> None:
        """A listing page with a card for each path, and whatever else in its main part."""
        cards = "".join(
            f'<article><h3><a href="{article}">Headline of {article}</a></h3><span>{(dates or {}).get(article, "")}</span></article>'
            for article in articles
        )
        self.pages[path] = Answer(f"<html><body><main><h1>Listing</h1>{cards}{extra}</main></body></html>")

    def article(self, path: str, post_id: int, published: str = "2025-11-08T12:00:00+02:00", title: str = "") -> None:
        """A text article with the site's metadata block."""
        block = {
            "type": "article", "postid": str(post_id), "title": title or f"Post {post_id}", "url": f"{self.url}{path}",
            "keywords": "", "lang": "en", "published_time": published, "last_updated": published,
            "description": f"Deck of post {post_id}.", "author": "A. Writer",
            "classes": [{"key": "class1", "mapping": "posttype", "value": "News"}],
        }  # fmt: skip
        self.pages[path] = Answer(
            "<html lang='en'><head><title>t</title>"
            f"<script id='tawsiyat-metadata' type='text/tawsiyat'>{json.dumps(block)}</script></head><body><main>"
            f"<div class='details-white-box'><h1>{block['title']}</h1><p class='lg_para summary'>{block['description']}</p>"
            f"<section class='read-section'><div class='p-content'><p>First paragraph of post {post_id}, long enough.</p>"
            f"<p>Second paragraph of post {post_id}.</p></div></section></div></main></body></html>"
        )


@contextmanager
def serving() -> Iterator[Site]:
    """A small site of its own, served until the block ends."""
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    """A small site, served for the length of a test."""
    with serving() as made:
        yield made
