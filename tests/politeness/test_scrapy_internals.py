"""The private names that the project uses are as they were when it was written."""

from __future__ import annotations

import ast
import inspect
from importlib.metadata import version
from pathlib import Path

from scrapy.core.downloader import Downloader
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.core.engine import ExecutionEngine
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol, HTTPParser
from twisted.web.client import HTTPConnectionPool

import mayadeen
from mayadeen.politeness._scrapy_internals import ROBOTS_SITE_WIDE, ROBOTS_USER_AGENT, split_robots_line

PACKAGE = Path(mayadeen.__file__).parent


def test_the_versions_are_those_that_were_looked_at() -> None:
    assert (version("scrapy").split(".")[:2], version("twisted").split(".")[:2]) == (["2", "19"], ["26", "10"])
    assert version("protego").split(".")[:2] == ["0", "7"]


def test_private_names_are_there() -> None:
    assert split_robots_line("User-agent mayadeen") == ("user-agent", "mayadeen")
    assert "user-agent" in ROBOTS_USER_AGENT
    assert "sitemap" in ROBOTS_SITE_WIDE
    assert callable(HTTPConnectionPool._factory)
    assert list(inspect.signature(HTTP11ClientProtocol._giveUp).parameters) == ["self", "reason"]
    assert (STATUS, HEADER) == ("STATUS", "HEADER")
    assert "self.state = STATUS" in inspect.getsource(HTTPParser)
    assert "_pool" in inspect.getsource(HTTP11DownloadHandler.__init__)
    assert "self._slot" in inspect.getsource(ExecutionEngine.__init__)
    assert list(inspect.signature(Downloader._process_queue).parameters) == ["self", "slot"]
    assert list(inspect.signature(Downloader._wait_for_download).parameters)[1:] == ["slot", "request", "queue_dfd"]
    assert "slot.transferring.add(request)" in inspect.getsource(Downloader._download)
    source = inspect.getsource(RobotsTxtMiddleware.__init__)
    assert all(
        f"self.{name}" in source for name in ("_default_useragent", "_robotstxt_useragent", "_parserimpl", "_stats")
    )


def test_no_other_module_imports_a_private_name() -> None:
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and node.module.startswith(("scrapy", "twisted", "playwright", "protego"))
            ):
                private = any(part.startswith("_") for part in node.module.split("."))
                if private or any(alias.name.startswith("_") for alias in node.names):
                    found.append(path.name)
    assert set(found) == {"_scrapy_internals.py"}
