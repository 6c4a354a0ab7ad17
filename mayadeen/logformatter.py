"""Log lines that name a record by its address, where Scrapy's print all of it."""

from __future__ import annotations

from typing import Any

from itemadapter import ItemAdapter
from scrapy import Spider, logformatter
from scrapy.http import Response
from twisted.python.failure import Failure


def _named(item: Any) -> dict[str, Any]:
    return {"url": ItemAdapter(item).get("url")} if ItemAdapter.is_item(item) else {"type": type(item).__name__}


class LogFormatter(logformatter.LogFormatter):
    """Scrapy's lines, with a record's address in place of the record."""

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
