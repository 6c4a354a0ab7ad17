"""``scrapy crawl headlines``: the front page as it is now."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from mayadeen import CRAWLER, arguments
from mayadeen.dates import utc_string
from mayadeen.downloader import Ended
from mayadeen.items import Headline
from mayadeen.limits import bounded
from mayadeen.pages.document import Unreadable
from mayadeen.pages.front import read_headlines
from mayadeen.spiders.memory import HEADLINES
from mayadeen.spiders.walker import Walker, reason_of
from mayadeen.tally import Origin

logger = logging.getLogger(__name__)


class HeadlinesSpider(Walker):
    """The ticker's lines, the Most Read entries and the stories of the front page, with the time they were seen.

    One page is asked for, the front page: dates and ``max_pages`` have nothing to act on.
    """

    name = "headlines"
    accepted = arguments.COMMON
    main_record = Headline
    lock = HEADLINES

    async def parse_front(self, response: Response) -> AsyncIterator[Any]:
        seen_at = utc_string(datetime.now(UTC))
        lines, why = [], "shows no headline: has the layout changed?"
        if isinstance(response, TextResponse):
            try:
                with bounded():
                    lines = read_headlines(response.text, response.url, self.addresses)
            except Unreadable as error:
                why = f"cannot be read: {error}"
        if not lines:
            self.front_ended(why)
        for line in lines:
            yield Headline(
                crawler=CRAWLER,
                edition=self.arguments.edition.code,
                kind=line.kind,
                rank=line.rank,
                text=line.text,
                url=line.url,
                page_url=response.url,
                seen_at=seen_at,
            )

    async def front_failed(self, failure: Failure) -> AsyncIterator[Any]:
        if not isinstance(failure.value, Ended):
            self.front_ended(f"failed: {reason_of(failure)[1]}")
        return
        yield

    def front_ended(self, trouble: str) -> None:
        url = f"{self.addresses.base_url}/"
        page = Origin(kind="front", label="front page", first_url=url, ended="failed")
        page.trouble = f"{page.name} ({url}) {trouble}"
        self.origins.append(page)
        logger.warning("listing %s", page.trouble)
