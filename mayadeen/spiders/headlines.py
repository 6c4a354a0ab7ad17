"""``scrapy crawl headlines``: the headlines of the current front page."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

from scrapy.http import Response
from twisted.python.failure import Failure

from mayadeen.crawling import arguments
from mayadeen.crawling.failure_reasons import RunStopped, failure_reason
from mayadeen.crawling.headline_reader import make_headlines
from mayadeen.crawling.outcomes import UrlSource
from mayadeen.crawling.session import HEADLINES
from mayadeen.extraction.dom import PageError
from mayadeen.items import Headline
from mayadeen.spiders.base import ListingSpider

logger = logging.getLogger(__name__)


class HeadlinesSpider(ListingSpider):
    """The ticker's lines, the Most Read entries and the stories of the front page, with the time of the request.

    It requests one page, so dates and ``max_pages`` have no effect.
    """

    name = "headlines"
    accepted = arguments.COMMON
    main_record = Headline
    lock = HEADLINES

    async def parse_front_page(self, response: Response) -> AsyncIterator[Any]:
        """Yield a record for each headline."""
        headlines: list[Headline] = []
        try:
            if not (headlines := make_headlines(response, self.session.addresses)):
                self.note_trouble("shows no headline: has the layout changed?")
        except PageError as error:
            self.note_trouble(f"cannot be read: {error}")
        for headline in headlines:
            yield headline

    async def front_page_failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Record why there are no headlines."""
        if not isinstance(failure.value, RunStopped):
            self.note_trouble(f"failed: {failure_reason(failure)[1]}")
        return
        yield

    def note_trouble(self, trouble: str) -> None:
        """Record and log why the front page has no headlines."""
        url = f"{self.session.addresses.base_url}/"
        page = UrlSource(kind="front", label="front page", first_url=url, ended="failed")
        page.trouble = f"{page.name} ({url}) {trouble}"
        self.session.outcomes.sources.append(page)
        logger.warning("listing %s", page.trouble)
