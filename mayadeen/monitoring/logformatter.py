"""The log: records are named by their address, secrets are left out, and pages cannot play with the terminal."""

from __future__ import annotations

import logging
import re
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
_USER = re.compile(r"(?<=://)[^\s/@'\"]*@|(?<=s3://|gs://|tp://)[^\s'\"]*@")
"""User and password of an address; of a feed's also where a slash stands in the password."""
_SECRET = re.compile(
    r"""(['"]\w*(?:SECRET|PASSW|TOKEN|API_?KEY|ACCESS_KEY|CREDENTIAL)\w*['"]: )"""
    r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""",
    re.IGNORECASE,
)
"""A setting with a telling name, as it is printed, and its value."""


def harmless(text: str) -> str:
    """Text for terminal and log: control characters written out, users and passwords of addresses left out."""
    return _SECRET.sub(r"\1'***'", _USER.sub("***@", text)).translate(_CONTROLS)


class Lines(logging.Formatter):
    """Python's formatter, tracebacks included, made harmless."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


def _named(item: Any) -> dict[str, Any]:
    return {"url": ItemAdapter(item).get("url")} if ItemAdapter.is_item(item) else {"type": type(item).__name__}


class LogFormatter(logformatter.LogFormatter):
    """Scrapy's lines, with a record's address in place of the record.

    It gives the log's handler its formatter: at once, since the settings are logged next, and when the spider opens,
    since Scrapy makes a new handler between the two.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.lines = Lines(crawler.settings["LOG_FORMAT"], crawler.settings["LOG_DATEFORMAT"])
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
