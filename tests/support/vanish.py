"""Parts that lose records, without a word or with an error, for tests of what the crawl says then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy.exceptions import DropItem
from scrapy.http import Response


class Vanish:
    """A spider middleware that loses post 2 without a word."""

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            if getattr(found, "post_id", None) != "2":
                yield found


class Crash:
    """A spider middleware that fails at post 2."""

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            if getattr(found, "post_id", None) == "2":
                raise ValueError("no  such\nthing")
            yield found


class Refuse:
    """A pipeline that fails at post 3 and drops post 4."""

    def process_item(self, item: Any) -> Any:
        if item.post_id == "3":
            raise KeyError("three")
        if item.post_id == "4":
            raise DropItem("not wanted")
        return item
