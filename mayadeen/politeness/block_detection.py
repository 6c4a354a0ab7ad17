"""Tells whether a response is a page that was put in the way of what was requested."""

from __future__ import annotations

from scrapy.http import HtmlResponse, Response

from mayadeen.extraction.block_page import CHALLENGE, challenge_header, may_be_refusal, read_refusal
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.dom import PageError


def detect_block_page(response: Response) -> str | None:
    """What a page is that was put in the way, for people, or ``None`` for any other answer."""

    def header(name: str) -> str | None:
        value = response.headers.get(name)
        return value.decode("latin-1") if value else None

    if told := challenge_header(header):
        return f"{CHALLENGE} ({told})"
    if not isinstance(response, HtmlResponse) or not may_be_refusal(response.body, response.url):
        return None
    try:
        with bounded():
            return read_refusal(response.text, response.url)
    except PageError:  # who asked for the page will say so
        return None
