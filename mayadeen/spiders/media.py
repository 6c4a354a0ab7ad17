"""``scrapy crawl media``: videos, infographs, galleries."""

from __future__ import annotations

from mayadeen.crawling import arguments
from mayadeen.crawling.listing_crawl import ListingKind
from mayadeen.site.editions import Section
from mayadeen.spiders.articles import ArticlesSpider


class MediaSpider(ArticlesSpider):
    """The posts of the sections under Videos, of Infographs and of In Pictures."""

    name = "media"
    accepted = arguments.COMMON
    narrow = True

    def choose(self) -> list[tuple[Section, ListingKind]]:
        return [(section, "section") for section in self.plan.menu.media]
