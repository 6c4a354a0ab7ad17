"""``scrapy crawl articles``: the site's articles, by section, region, tag, author, running story or URL."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from scrapy.http import Response

from mayadeen.crawling import arguments
from mayadeen.crawling.article_reader import ArticleReader
from mayadeen.extraction.article import NotAnArticle
from mayadeen.items import Article, Discovery, Reject
from mayadeen.site.editions import Section
from mayadeen.spiders.base import ListingSpider


class ArticlesSpider(ListingSpider):
    """Articles of the sections under News and Articles, or of the listings named in the arguments."""

    name = "articles"
    accepted: Collection[str] = arguments.ARTICLES

    def parse_article(
        self, response: Response, discovery: Discovery, section: Section | None
    ) -> Iterator[Article | Reject]:
        """Yield the record of the page, or a reject with the reason why there is no record."""
        try:
            yield from ArticleReader(self.plan).read(response, discovery, section)
        except NotAnArticle as error:
            self.skip(error.reason, response)
