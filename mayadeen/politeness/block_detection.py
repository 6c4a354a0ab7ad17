"""Detection of challenges and login walls that the site returns in place of a page."""

from __future__ import annotations

from scrapy.http import HtmlResponse, Response

from mayadeen.extraction.block_page import CHALLENGE, challenge_header, may_be_refusal, read_refusal
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError


def detect_block_page(response: Response) -> str | None:
    """Return what a page in place of the requested one is, for people, or ``None`` for any other response."""

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1") if value else None

    if sign := challenge_header(header):
        return f"{CHALLENGE} ({sign})"
    if not isinstance(response, HtmlResponse) or not may_be_refusal(response.body, response.url):
        return None
    try:
        with bounded():
            return read_refusal(response.text, response.url)
    except PageError:  # the reader of the page will report it
        return None
