"""``scrapy crawl tags``: articles by tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from mayadeen.crawling.listing_finder import ALL
from mayadeen.spiders.articles import ArticlesSpider


class TagsSpider(ArticlesSpider):
    """The articles of the tags in ``tags``, by default of every tag on the articles of the crawled sections."""

    name = "tags"
    defaults: ClassVar[Mapping[str, str]] = {"tags": ALL}
