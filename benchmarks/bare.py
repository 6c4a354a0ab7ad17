"""The bare spider that the crawl is compared with. It downloads a list of addresses and parses nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Response


class BareSpider(scrapy.Spider):
    name = "bare"

    async def start(self) -> AsyncIterator[Any]:
        for url in Path(self.addresses).read_text(encoding="utf-8").split():  # type: ignore[attr-defined]
            yield scrapy.Request(url)

    def parse(self, response: Response) -> None:
        return None
