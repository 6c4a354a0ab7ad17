"""A spider middleware that loses a record without a word, for a test of what the crawl says then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy.http import Response


class Vanish:
    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            if getattr(found, "post_id", None) != "2":
                yield found
