"""Makes records of the headlines on the front page."""

from __future__ import annotations

from datetime import UTC, datetime

from scrapy.http import Response, TextResponse

from mayadeen import CRAWLER
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dates import utc_string
from mayadeen.extraction.headlines import read_headlines
from mayadeen.items import Headline
from mayadeen.site.urls import Addresses


def make_headlines(response: Response, addresses: Addresses) -> list[Headline]:
    """The ticker's lines, the Most Read entries and the stories of a front page. Raises ``PageError``."""
    seen_at = utc_string(datetime.now(UTC))
    if not isinstance(response, TextResponse):
        return []
    with bounded():
        lines = read_headlines(response.text, response.url, addresses)
    return [
        Headline(
            crawler=CRAWLER,
            edition=addresses.edition.code,
            kind=line.kind,
            rank=line.rank,
            text=line.text,
            url=line.url,
            page_url=response.url,
            seen_at=seen_at,
        )
        for line in lines
    ]
