"""The headlines of the front page: the ticker, Most Read and the stories."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from lxml.html import HtmlElement

from mayadeen.extraction.dom import HEADINGS, INLINE, SILENT, base_url, class_and_id, collapse, parse_html, text_of
from mayadeen.extraction.menu import menu_of
from mayadeen.site import words
from mayadeen.site.phrases import Phrases
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import Addresses

_TICKER_MARKS = re.compile(r"(?:^|[\s_-])(?:ticker|breaking|news-?flash|urgent)(?:$|[\s_-])", re.IGNORECASE)
_MOST_READ_MARKS = re.compile(r"(?:^|[\s_-])most[_-]?(?:read|viewed|popular)(?:$|[\s_-])", re.IGNORECASE)
_TITLE_WORDS = 4
"""Shorter link texts are names and labels, unless they are headings."""


@dataclass(frozen=True)
class Line:
    """A headline as the front page shows it. ``rank`` counts from 1 among the headlines of its kind."""

    kind: Literal["ticker", "most_read", "front"]
    rank: int
    text: str
    url: str | None


def read_headlines(html: str, url: str, addresses: Addresses) -> list[Line]:
    """The ticker's lines, the Most Read entries and the stories of the front page, each in page order."""
    root = parse_html(html)
    menu = menu_of(root, url, addresses)
    base = base_url(root, url)
    listings = {addresses.canonical(addresses.resolve(e.path, url) or url) for e in menu.entries} if menu else set()
    ticker = _part(root, _TICKER_MARKS, words.TICKER_TITLES)
    most_read = _part(root, _MOST_READ_MARKS, words.MOST_READ_TITLES)
    lines = [*_ticker_lines(ticker, base, addresses)]
    for kind, top, others in (
        ("most_read", most_read, ()),
        ("front", root, [e for e in (ticker, most_read) if e is not None]),
    ):
        stories = _stories(top, others, base, addresses, listings) if top is not None else {}
        lines += [Line(kind, rank, text, link) for rank, (link, text) in enumerate(stories.items(), 1)]  # type: ignore[arg-type]
    return lines


def _part(root: HtmlElement, by_marks: re.Pattern[str], titles: Phrases) -> HtmlElement | None:
    """The first part of a page that its title, or else its class, says to be it."""
    for element in root.iter(*HEADINGS, "span", "div", "p", "strong", "b", "a", "label"):
        if len(element) <= 2 and text_of(element) in titles:
            for box in islice(element.iterancestors(), 4):
                if box.tag in ("body", "html", "main"):
                    break
                if len(_leaves(box)) > 1:
                    return box
    return next(
        (e for e in root.iter() if isinstance(e.tag, str) and by_marks.search(class_and_id(e)) and _leaves(e)), None
    )


def _leaves(element: HtmlElement) -> list[HtmlElement]:
    """Return the elements that contain lines. They have text, and only inline elements in them."""
    if element.tag in SILENT:
        return []
    children = [c for c in element if isinstance(c.tag, str) and c.tag not in SILENT]
    if all(c.tag in INLINE and all(d.tag in INLINE for d in c.iterdescendants()) for c in children):
        # Links next to each other are separate lines.
        anchors = [c for c in children if c.tag in ("a", "span") and text_of(c)]
        own = collapse("".join((element.text or "", *(c.tail or "" for c in element))))
        if len(anchors) > 1 and not re.search(r"\w", own):
            return anchors
        return [element] if text_of(element) else []
    return [leaf for child in children for leaf in _leaves(child)]


def _ticker_lines(ticker: HtmlElement | None, base: str, addresses: Addresses) -> Iterator[Line]:
    """Return lines without repetitions. A ticker that runs in a circle has its lines twice."""
    seen: dict[str, str | None] = {}
    for leaf in _leaves(ticker) if ticker is not None else ():
        text = text_of(leaf)
        if normalize_label(text) and text not in words.TICKER_TITLES and len(text.split()) > 1:
            anchor = next(chain(leaf.iter("a"), leaf.iterancestors("a")), None)
            link = addresses.resolve(anchor.get("href"), base) if anchor is not None else None
            at_post = link if link and addresses.may_be_article(link) else None
            seen.setdefault(text, addresses.canonical(at_post) if at_post else None)
    for rank, (text, link) in enumerate(seen.items(), 1):
        yield Line("ticker", rank, text, link)


def _stories(
    top: HtmlElement, others: Collection[HtmlElement], base: str, addresses: Addresses, listings: Collection[str]
) -> dict[str, str]:
    """Canonical address → title of the posts that a part of the page links to, in page order."""
    headed: dict[str, str] = {}
    plain: dict[str, str] = {}
    order: dict[str, None] = {}
    for anchor in top.iter("a"):
        link = addresses.resolve(anchor.get("href"), base)
        if link is None or not addresses.may_be_article(link) or addresses.canonical(link) in listings:
            continue
        around = list(anchor.iterancestors())
        if any(e in others or _is_frame(e) for e in around):
            continue
        post = addresses.canonical(link)
        heading = next((e for e in (*anchor.iter(*HEADINGS), *around[:3]) if e.tag in HEADINGS), None)
        text = text_of(heading if heading is not None and heading in anchor.iter() else anchor)
        if heading is not None and text:
            headed.setdefault(post, text)
        elif len(text.split()) >= _TITLE_WORDS:
            plain.setdefault(post, text)
        order.setdefault(post)
    titles = headed or plain
    return {post: titles[post] for post in order if post in titles}


def _is_frame(element: HtmlElement) -> bool:
    parent = element.getparent()
    whole_page = parent is not None and parent.tag == "body"
    return element.tag == "nav" or (element.tag in ("header", "footer") and whole_page)
