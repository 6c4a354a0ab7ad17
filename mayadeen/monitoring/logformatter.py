"""The log: records are named by their URL, secrets are left out, and pages cannot control the terminal."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Self

from itemadapter import ItemAdapter
from scrapy import Spider, logformatter, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.log import get_scrapy_root_handler
from twisted.python.failure import Failure

_CONTROLS = {
    c: f"\\x{c:02x}" if c < 256 else f"\\u{c:04x}"
    for c in (
        *range(9), *range(11, 32), *range(127, 160),  # all but tab and line feed
        0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A),  # line ends and directions
    )
}  # fmt: skip
_USER = re.compile(r"(?<=://)[^\s/@'\"]{0,500}+@|(?:(?<=\bs3://)|(?<=\bgs://)|(?<=ftp://))[^\s'\"]{0,500}@")
"""User and password of a URL. In the URL of a feed the password may contain a slash."""
_IS_SECRET = re.compile("SECRET|PASS|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL", re.IGNORECASE)
"""Words in the names of settings and arguments whose values no log shows."""
_SECRET = re.compile(
    rf"""(['"]\w{{0,60}}(?:{_IS_SECRET.pattern})\w{{0,60}}['"]: )"""
    r"""(?:'(?:[^'\\]|\\.)*+'?|"(?:[^"\\]|\\.)*+"?|[^\s,}'"]{1,500})""",
    re.IGNORECASE,
)
"""A setting or argument whose name says that it is secret, as Python prints it, and its value."""

MAX_RECORD = 20_000
"""Characters of a log record. A page can put a text of any length into a header or an address."""
_TAIL = 5_000


def harmless(text: str) -> str:
    """Return text for the terminal and the log.

    Control characters are written out, the users and passwords of URLs and the values of secret settings are left out.
    Only the beginning and the end remain of a text longer than ``MAX_RECORD``.
    """
    if len(text) > MAX_RECORD:
        head, tail = harmless(text[: MAX_RECORD - _TAIL]), harmless(text[-_TAIL:])
        return f"{head} [{len(text) - MAX_RECORD} characters left out] {tail}"
    return _SECRET.sub(r"\1'***'", _USER.sub("***@", text)).translate(_CONTROLS)


def without_secrets(arguments: Mapping[str, str]) -> dict[str, str]:
    """Return spider arguments with ``***`` for the values of those whose names say that they are secret."""
    return {name: "***" if _IS_SECRET.search(name) else value for name, value in arguments.items()}


class CleanFormatter(logging.Formatter):
    """Python's formatter, with clean text, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


def _named(item: Any) -> dict[str, Any]:
    return {"url": ItemAdapter(item).get("url")} if ItemAdapter.is_item(item) else {"type": type(item).__name__}


class LogFormatter(logformatter.LogFormatter):
    """Scrapy's log lines, with the URL of a record in place of the record.

    It sets the formatter of the log's handler twice. The first time is at once, because the settings are logged next.
    The second time is when the spider opens, because Scrapy makes a new handler in between.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.lines = CleanFormatter(crawler.settings["LOG_FORMAT"], crawler.settings["LOG_DATEFORMAT"])
        crawler.signals.connect(self.install, signal=signals.spider_opened)
        self.install()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def install(self) -> None:
        if (handler := get_scrapy_root_handler()) is not None:
            handler.setFormatter(self.lines)

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> logformatter.LogFormatterResult:
        return super().scraped(_named(item), response, spider)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> logformatter.LogFormatterResult:
        return super().dropped(_named(item), exception, response, spider)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> logformatter.LogFormatterResult:
        return super().item_error(_named(item), exception, response, spider)
