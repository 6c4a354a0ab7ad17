"""A page of a listing, in HTML or JSON: its cards, and how the listing continues.

Nothing here depends on one class name or URL. Cards are found by their common structure. The next page is found by
every common way of paging.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from mayadeen.extraction.block_page import is_article_page
from mayadeen.extraction.cards import CardReader
from mayadeen.extraction.dom import collapse, parse_html
from mayadeen.extraction.json_listing import JsonListingReader
from mayadeen.extraction.listing_page import Answer, Card, ListingPage, NextPage
from mayadeen.extraction.listing_total import printed_total
from mayadeen.extraction.page_urls import count_on, earlier_period, page_number, with_page
from mayadeen.extraction.pager import PagerReader
from mayadeen.extraction.paging_controls import path_of
from mayadeen.extraction.script_pager import ScriptPagerReader
from mayadeen.site.urls import Addresses

_BLANK = "\ufeff \t\r\n"
_GUARD = re.compile(r"""\s*(?:\)\]\}',?|while\s*\(1\);|for\s*\(;;\);|/\*.*?\*/)\s*""", re.DOTALL)
_CALL = re.compile(r"\s*(?:typeof\s.{0,80}&&\s*)?[\w$.]{1,80}\s*\((.*)\)\s*;?\s*\Z", re.DOTALL)
_NO_MORE = re.compile(
    r"\bno (?:more|further|results|articles|posts|stories|news)\b|nothing (?:more|found)|end of (?:the )?list|"
    r"لا (?:توجد|يوجد|مزيد)|no hay (?:más|resultados|noticias)|sin resultados",
    re.IGNORECASE,
)
_NO_MORE_LENGTH = 400
_LISTING_CARDS = 3
_PARAGRAPH = 100  # characters


def read_listing(
    text: str,
    url: str,
    addresses: Addresses,
    not_articles: Collection[str] = (),
    listing_url: str | None = None,
    fetched_at: datetime | None = None,
    shown_page: int = 1,
) -> ListingPage:
    """Read a page of a listing that was fetched from ``url``.

    ``not_articles`` are canonical URLs of listings and static pages. Bare slugs of a JSON answer are relative to
    ``listing_url``. A day without a year is the latest such day not after ``fetched_at``. ``shown_page`` is the number
    of the page that a browser shows after its clicks. A page that cannot be read has no cards, and its ``answer`` is
    not a list.
    """
    if not text.strip(_BLANK):
        return ListingPage(answer="nothing")
    if (data := _json_of(text)) is not None:
        reader = JsonListingReader(data[0], url, addresses, not_articles, listing_url or url, fetched_at)
        return reader.read(lambda part: _read_html(part, url, addresses, not_articles, fetched_at))
    if text.lstrip(_BLANK)[:1] in ("{", "["):
        return ListingPage(answer="else")
    return _read_html(text, url, addresses, not_articles, fetched_at, shown_page)


def is_listing_page(text: str, url: str, addresses: Addresses, not_articles: Collection[str] = ()) -> bool:
    """Whether a page shows several articles and has no sign of being one itself."""
    root = parse_html(text)
    if is_article_page(root):
        return False
    reader = CardReader(root, url, addresses, not_articles, is_page=True)
    cards = len(reader.cards())
    has_text = any(len(collapse("".join(p.itertext()))) >= _PARAGRAPH for p in root.iter("p"))
    return cards >= _LISTING_CARDS or (cards > 1 and not has_text)


def _json_of(text: str) -> tuple[Any] | None:
    """The value of a JSON answer, also after a guard such as ``)]}',`` or in a JSONP call. ``None`` for other text."""
    text = text.strip(_BLANK)
    if text[:1] not in ("{", "["):
        if text[:1] == "<":
            return None
        guard = _GUARD.match(text)
        rest = text[guard.end() :] if guard else text
        call = _CALL.match(rest) if rest[:1] not in ("{", "[") else None
        text = call[1].strip() if call else rest
        if text[:1] not in ("{", "["):
            return None
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def _read_html(
    text: str,
    url: str,
    addresses: Addresses,
    not_articles: Collection[str],
    fetched_at: datetime | None,
    shown_page: int = 1,
) -> ListingPage:
    root = parse_html(text)
    is_page = bool(root.xpath("boolean(//body//h1 | //main | //nav | //footer | //head/title)"))
    reader = CardReader(root, url, addresses, not_articles, is_page=is_page, fetched_at=fetched_at)
    cards = tuple(reader.cards())
    pager = PagerReader(
        root,
        url,
        addresses,
        not_articles=not_articles,
        around=reader.around,
        card_links=reader.links,
        is_page=is_page,
    )
    following = pager.following()
    control = pager.load_control()
    scripted = ScriptPagerReader(pager, shown_page)
    page_control = scripted.control() if following is None and control is None and cards else None
    filled = following is None and (pager.loads_on_scroll() if cards else pager.fills_by_script())
    clicked = control if control is not None else page_control
    if following is None and clicked is None and not filled:
        earlier = earlier_period(url, (linked for _, linked in pager.named_urls()))
        following = NextPage(earlier, period=True) if earlier else None
    answer: Answer = "list" if cards else _answer_of(collapse("".join(root.itertext())), is_page=is_page)
    return ListingPage(
        cards,
        following,
        script_only=following is None and (filled or clicked is not None),
        control=None if clicked is None else path_of(clicked),
        names_next=page_control is not None,
        next_is_itself=following is None and pager.leads_to_itself(),
        answer=answer,
        last_page=pager.last_page() or scripted.last_page(),
        total=printed_total(root, reader.around, set(reader.links)) if cards else None,
    )


def _answer_of(text: str, *, is_page: bool) -> Answer:
    """Classify an HTML answer without cards: nothing, a marked empty list, or something else."""
    if not text:
        return "nothing"
    return "list" if len(text) <= _NO_MORE_LENGTH and not is_page and _NO_MORE.search(text) else "else"


__all__ = ["Card", "ListingPage", "NextPage", "count_on", "page_number", "read_listing", "with_page"]
