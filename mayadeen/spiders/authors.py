"""``scrapy crawl authors``: profiles, and the authors' articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

from scrapy.http import TextResponse

from mayadeen.crawling import arguments
from mayadeen.crawling.article_reader import fetch_time, reject_page
from mayadeen.crawling.listing_crawl import ListingCrawl
from mayadeen.crawling.listing_finder import ALL
from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.loaders import load_author
from mayadeen.items import AuthorProfile, Discovery, Reject
from mayadeen.spiders.articles import ArticlesSpider


class AuthorsSpider(ArticlesSpider):
    """Profiles and articles of the authors in ``authors``, by default of all authors on the Authors page.

    An author's page is both the profile and the first page of the listing.
    """

    name = "authors"
    accepted: Collection[str] = ("authors", *arguments.COMMON)
    defaults: ClassVar[Mapping[str, str]] = {"authors": ALL}
    main_record = AuthorProfile

    def parse_first_page(self, response: TextResponse, listing: ListingCrawl) -> Iterator[AuthorProfile | Reject]:
        """Yield the author's profile."""
        if listing.kind != "author":
            return
        fetched_at = fetch_time(response)
        discovery = Discovery(kind="author", url=response.url, position=None)
        try:
            with bounded():
                page = AuthorPage(response.text, response.url, self.session.addresses)
                profile = load_author(page, fetched_at=fetched_at, discovery=discovery)
        except PageError as error:
            yield reject_page(error, response.url, fetched_at, discovery)
        else:
            yield profile
