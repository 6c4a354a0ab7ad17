"""Contracts for ``scrapy check``: callbacks tried on saved pages, without network or state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from itemadapter import ItemAdapter
from scrapy.contracts import Contract
from scrapy.exceptions import ContractFail
from scrapy.http import HtmlResponse
from scrapy.utils.conf import closest_scrapy_cfg

from mayadeen.extraction import fixtures
from mayadeen.items import Article, Discovery, Reject
from mayadeen.monitoring.drift import FIX_LOCATIONS
from mayadeen.spiders.base import ListingSpider

_SAVED_AT = "2025-01-01T00:00:00Z"


class SavedPage(Contract):
    """``@saved_page NAME``: the callback gets the page of ``tests/fixtures/NAME``, as if it had been asked for."""

    name = "saved_page"

    def __init__(self, method: Callable[..., Any], *args: Any) -> None:
        super().__init__(method, *args)
        self.spider: ListingSpider = method.__self__  # type: ignore[attr-defined]

    def adjust_request_args(self, args: dict[str, Any]) -> dict[str, Any]:
        """The page's own address. It is answered from memory, and asks for no robots.txt: nothing goes out."""
        page = fixtures.load(Path(closest_scrapy_cfg()).parent / "tests" / "fixtures" / self.args[0])
        self.spider.addresses = page.addresses
        self.spider.lookup.kept[page.url] = HtmlResponse(page.url, body=page.html, encoding="utf-8"), _SAVED_AT
        found = Discovery(kind="url", url=page.url, position=None)
        return {
            **args,
            "url": page.url,
            "meta": {"asked": page.addresses.canonical(page.url), "dont_obey_robotstxt": True},
            "cb_kwargs": {"discovery": found, "section": None},
        }


class Fills(Contract):
    """``@fills NAME …``: the callback yields one article, and these fields of it have a value."""

    name = "fills"

    def post_process(self, output: list[Any]) -> None:
        """Raise ``ContractFail`` for each field that is empty, with what is to be mended."""
        if rejects := [item for item in output if isinstance(item, Reject)]:
            raise ContractFail(f"no article but a reject: {rejects[0].violations[0]['message']}")
        articles = [ItemAdapter(item) for item in output if isinstance(item, Article)]
        if len(articles) != 1:
            raise ContractFail(f"{len(articles)} articles where one was to come")
        if empty := [name for name in self.args if not articles[0].get(name)]:
            raise ContractFail(
                "; ".join(f"{name} is empty: fix extraction/article.py {FIX_LOCATIONS[name][0]}" for name in empty)
            )
