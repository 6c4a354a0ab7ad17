"""``scrapy crawl authors``: profiles, and the authors' articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar

from scrapy.http import TextResponse

from mayadeen.crawling import arguments
from mayadeen.crawling.listing_crawl import ListingCrawl
from mayadeen.crawling.listing_finder import ALL
from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.loaders import load_author
from mayadeen.items import AuthorProfile, Discovery, Reject
from mayadeen.spiders.articles import ArticlesSpider, rejected


class AuthorsSpider(ArticlesSpider):
    """Profile and articles of the authors named; by default of everybody on the Authors page.

    An author's page is both: profile and first page of the listing.
    """

    name = "authors"
    accepted: Collection[str] = ("authors", *arguments.COMMON)
    defaults: ClassVar[Mapping[str, str]] = {"authors": ALL}
    main_record = AuthorProfile

    def first_page(self, response: TextResponse, walk: ListingCrawl) -> Iterator[AuthorProfile | Reject]:
        if walk.kind != "author":
            return
        fetched_at = response.meta.get("fetched_at") or utc_string(datetime.now(UTC))
        discovery = Discovery(kind="author", url=response.url, position=None)
        try:
            with bounded():
                profile = load_author(
                    AuthorPage(response.text, response.url, self.addresses), fetched_at=fetched_at, discovery=discovery
                )
        except PageError as error:
            yield rejected(error, response.url, fetched_at, discovery)
        else:
            yield profile
