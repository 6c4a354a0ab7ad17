"""``scrapy crawl headlines``: the front page as it is now."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from mayadeen import CRAWLER
from mayadeen.crawling import arguments
from mayadeen.crawling.failure_reasons import RunStopped, failure_reason
from mayadeen.crawling.outcomes import UrlSource
from mayadeen.crawling.session import HEADLINES
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.dom import PageError
from mayadeen.extraction.headlines import read_headlines
from mayadeen.items import Headline
from mayadeen.spiders.base import ListingSpider

logger = logging.getLogger(__name__)


class HeadlinesSpider(ListingSpider):
    """The ticker's lines, the Most Read entries and the stories of the front page, with the time of the visit.

    It requests one page, so dates and ``max_pages`` have no effect.
    """

    name = "headlines"
    accepted = arguments.COMMON
    main_record = Headline
    lock = HEADLINES

    async def parse_front_page(self, response: Response) -> AsyncIterator[Any]:
        """Yield a record for each headline."""
        seen_at = utc_string(datetime.now(UTC))
        lines, why = [], "shows no headline: has the layout changed?"
        if isinstance(response, TextResponse):
            try:
                with bounded():
                    lines = read_headlines(response.text, response.url, self.session.addresses)
            except PageError as error:
                why = f"cannot be read: {error}"
        if not lines:
            self.front_page_useless(why)
        for line in lines:
            yield Headline(
                crawler=CRAWLER,
                edition=self.session.arguments.edition.code,
                kind=line.kind,
                rank=line.rank,
                text=line.text,
                url=line.url,
                page_url=response.url,
                seen_at=seen_at,
            )

    async def front_page_failed(self, failure: Failure) -> AsyncIterator[Any]:
        """Note why there are no headlines."""
        if not isinstance(failure.value, RunStopped):
            self.front_page_useless(f"failed: {failure_reason(failure)[1]}")
        return
        yield

    def front_page_useless(self, trouble: str) -> None:
        url = f"{self.session.addresses.base_url}/"
        page = UrlSource(kind="front", label="front page", first_url=url, ended="failed")
        page.trouble = f"{page.name} ({url}) {trouble}"
        self.session.outcomes.sources.append(page)
        logger.warning("listing %s", page.trouble)
