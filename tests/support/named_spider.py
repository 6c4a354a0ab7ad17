"""A new spider, written as in the documentation: it names a listing and inherits the rest."""

from __future__ import annotations

from mayadeen.crawling import arguments
from mayadeen.crawling.listing_crawl import ListingKind
from mayadeen.site.editions import Section
from mayadeen.spiders.articles import ArticlesSpider


class InvestigationsSpider(ArticlesSpider):
    name = "investigations"
    accepted = arguments.COMMON
    narrow = True

    def choose(self) -> list[tuple[Section, ListingKind]]:
        return [(Section("Investigations", None, "/tag/investigations"), "tag")]
