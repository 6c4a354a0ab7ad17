"""Forms that ask for a page of a listing: their fields, buttons and URLs."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import xpath
from mayadeen.extraction.paging_controls import is_off

TEXT_INPUTS = xpath(
    ".//textarea | .//input[not(@type) or @type='text' or @type='search' or @type='email' or @type='password' or "
    "@type='tel' or @type='url' or @type='number' or @type='date']"
)
"""Fields to write in. A form that has some is a search or a subscription."""


def hidden_fields(form: HtmlElement) -> list[tuple[str, str]]:
    return [
        (field.get("name") or "", field.get("value") or "")
        for field in form.iter("input")
        if (field.get("type") or "").casefold() == "hidden" and field.get("name")
    ]


def submits(form: HtmlElement) -> Iterator[HtmlElement]:
    for element in form.iter("button", "input"):
        kind = (element.get("type") or ("submit" if element.tag == "button" else "text")).casefold()
        if kind in ("submit", "image") and not is_off(element):
            yield element


def with_query(url: str, fields: list[tuple[str, str]]) -> str:
    """The URL that a GET form asks for: the fields replace the query."""
    return urlunsplit(urlsplit(url)._replace(query=urlencode(fields, errors="replace"), fragment=""))
