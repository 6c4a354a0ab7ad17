"""The cards of a listing's page: the articles that the listing itself shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime

from lxml.html import HtmlElement

from mayadeen.extraction.dates import read_day
from mayadeen.extraction.dom import HEADINGS, base_url, class_and_id, collapse
from mayadeen.extraction.listing_page import Card
from mayadeen.extraction.paging_controls import PAGER_MARKS, is_more
from mayadeen.site import words
from mayadeen.site.urls import Addresses

_AROUND_MARKS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|submenu|mega-?menu|breadcrumbs?|footer|sidebar|aside|ticker|breaking|most[_-]?(?:read|viewed|"
    r"popular|shared)|trending|popular|related|read[_-]?next|recommended|coverage|rail|share|social|cookie\w*|modal|"
    r"newsletter|promo|advert\w*|ads?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PEOPLE_MARKS = re.compile(
    r"(?:^|[\s_-])(?:authors?|byline|writers?|tags?|categor(?:y|ies)|keywords?|topics?|labels?|avatar)(?:$|[\s_-])",
    re.I,
)
_TITLE_MARKS = re.compile(
    r"(?:^|[\s_-])(?:title|headline|heading|media-caption|entry-title)(?:$|[\s_-])", re.IGNORECASE
)
_CARD_CLIMB = 6
_LONG_TITLE = 24
_MAX_DATE = 40
_DAY_WORDS = 2  # Maximum words of a day without a number, such as "yesterday".


def card_day(text: str, language: str, fetched_at: datetime | None) -> tuple[date | None, bool]:
    """Return the day that a text shows, and whether it is only the latest day that the text can mean."""
    if (day := read_day(text, language=language)) is not None:
        return day, False
    day = read_day(text, language=language, not_after=fetched_at) if fetched_at is not None else None
    return day, day is not None


class CardReader:
    """Reads the cards of one page.

    After reading, ``around`` has the elements that are not part of the listing: navigation, rails, footers. ``links``
    are the links of the cards.
    """

    def __init__(
        self,
        root: HtmlElement,
        url: str,
        addresses: Addresses,
        not_articles: Collection[str],
        *,
        is_page: bool,
        fetched_at: datetime | None = None,
    ) -> None:
        self.root = root
        self.url = url
        self.base = base_url(root, url)
        self.addresses = addresses
        self.not_articles = not_articles
        self.is_page = is_page
        self.fetched_at = fetched_at
        self.around: set[HtmlElement] = set()
        self.links: list[HtmlElement] = []

    def cards(self) -> list[Card]:
        """Return the cards of the listing itself. If no card is left, read again without the hints of class names."""
        main = next(iter(self.root.xpath("//main | //*[@role='main']")), None)
        for root, by_marks in ((main, True), (self.root, True), (main, False), (self.root, False)):
            if root is None:
                continue
            self.around = self._surroundings(root, by_marks=by_marks)
            if found := self._cards_in(root):
                return found
        return []

    def _surroundings(self, root: HtmlElement, *, by_marks: bool) -> set[HtmlElement]:
        """Return elements that are not part of the listing: navigation, footers, asides, marked or titled rails."""
        kept: set[HtmlElement] = {root, *root.iterancestors()}
        for element in self.root.iter("h1", "main", "body"):
            kept.update((element, *element.iterancestors()))
        if not self.is_page:
            return set()
        around: set[HtmlElement] = set()
        for element in root.iter():
            if not isinstance(element.tag, str) or element in kept:
                continue
            in_card = any(True for _ in element.iterancestors("article", "li"))
            if (
                element.tag in ("nav", "aside")
                or (element.tag in ("header", "footer") and not in_card and _is_page_part(element))
                or element.get("role") in ("navigation", "complementary", "banner", "contentinfo")
                or (by_marks and not in_card and element.tag != "a" and _AROUND_MARKS.search(class_and_id(element)))
            ):
                around.add(element)
            elif self._heads_rail(element):
                around.update(block for block in self._headed(element) if block not in kept)
        return around

    def _heads_rail(self, element: HtmlElement) -> bool:
        if element.tag == "h1" or len(element) > 4:
            return False
        heading = element.tag in HEADINGS
        if not heading and not (element.tag in ("div", "p", "span", "strong", "a", "b") and len(element) == 0):
            return False
        text = collapse("".join(element.itertext()))
        if not text or len(text) > 40:
            return False
        titles = words.RAIL_TITLES
        return text in titles or (heading and len(text.split()) <= 4 and titles.prefix_end(text) > 0)

    def _headed(self, heading: HtmlElement) -> Iterator[HtmlElement]:
        """Return the blocks under a heading: siblings of the heading or its wrapper, up to the next such heading."""
        level = HEADINGS.index(heading.tag) if heading.tag in HEADINGS else len(HEADINGS)
        element = heading
        for _ in range(4):
            found = False
            for sibling in element.itersiblings():
                if not isinstance(sibling.tag, str):
                    continue
                if self._starts_part(sibling, level) or PAGER_MARKS.search(class_and_id(sibling)) or is_more(sibling):
                    break
                if any(True for _ in sibling.iter("a")):
                    yield sibling
                    found = True
            parent = element.getparent()
            if found or parent is None or parent.tag in ("body", "main", "html"):
                return
            element = parent

    def _starts_part(self, element: HtmlElement, level: int) -> bool:
        """Return whether a part of the page starts here: a heading at least as high as ``level``, not in a card."""
        for heading in element.iter(*HEADINGS):
            linked = next(heading.iter("a"), None) is not None or any(True for _ in heading.iterancestors("a"))
            return not linked and HEADINGS.index(heading.tag) <= level
        return False

    def _cards_in(self, root: HtmlElement) -> list[Card]:
        anchors: list[tuple[HtmlElement, str, int]] = []
        here = self.addresses.canonical(self.url)
        for anchor in root.iter("a"):
            url = self.addresses.resolve(anchor.get("href"), self.base)
            if url is None or not self.addresses.may_be_article(url):
                continue
            canonical = self.addresses.canonical(url)
            if (
                canonical in self.not_articles
                or canonical == here
                or (anchor.get("rel") or "") in ("next", "prev", "tag", "author")
            ):
                continue
            lineage = [anchor, *anchor.iterancestors()]
            if self.around and not self.around.isdisjoint(lineage):
                continue
            if any(PAGER_MARKS.search(class_and_id(e)) for e in lineage[:4]) or is_more(anchor):
                continue
            anchors.append((anchor, url, self._strength(anchor, lineage)))
        strong = {url for _, url, strength in anchors if strength >= 3}
        titled = {url for _, url, strength in anchors if strength >= 2}
        holds = _held_urls(anchors, titled)
        accepted = [(anchor, url) for anchor, url, _ in anchors if url in strong]
        if strong:
            boxes = {box for anchor, url in accepted for box in _box(anchor, url, holds, strong)}
            accepted_set = strong | {
                url
                for anchor, url, strength in anchors
                if strength >= 2 and boxes.isdisjoint([anchor, *anchor.iterancestors()])
            }
        else:
            accepted_set = titled or {url for _, url, strength in anchors if strength == 1}
        holds = _held_urls(anchors, accepted_set)
        cards: dict[str, Card] = {}
        order: dict[str, list[HtmlElement]] = {}
        for anchor, url, _ in anchors:
            if url in accepted_set:
                order.setdefault(url, []).append(anchor)
        for url, found in order.items():
            canonical = self.addresses.canonical(url)
            if canonical in cards:
                continue
            box = _box(found[0], url, holds, accepted_set)[-1]
            self.links += found
            title = _title(found)
            cards[canonical] = Card(url, title, *self._day_in(box, title))
        return list(cards.values())

    def _day_in(self, box: HtmlElement, title: str | None) -> tuple[date | None, bool]:
        """The day that a card shows, and whether it may be earlier. A day in a headline is not the article's."""
        texts = [*(time.get("datetime") or "" for time in box.iter("time")), *map(collapse, box.itertext())]
        for text in texts:
            may_be_day = any(c.isdigit() for c in text) or len(text.split()) <= _DAY_WORDS
            if text and text != title and may_be_day and len(text) <= _MAX_DATE:
                day, is_latest = card_day(text, self.addresses.edition.language, self.fetched_at)
                if day is not None:
                    return day, is_latest
        return None, False

    def _strength(self, anchor: HtmlElement, lineage: list[HtmlElement]) -> int:
        """Return 3 for a card's headline, 2 for a similar text, 1 for a picture, 0 for a name or a label."""
        if any(_PEOPLE_MARKS.search(class_and_id(e)) for e in lineage[:3]) and not any(
            e.tag in HEADINGS for e in lineage[:3]
        ):
            return 0
        text = collapse("".join(anchor.itertext()))
        if any(e.tag in HEADINGS for e in lineage[:4]) or any(True for _ in anchor.iter(*HEADINGS)):
            return 3 if text else 1
        if text and (
            any(_TITLE_MARKS.search(class_and_id(e)) for e in lineage[:3])
            or any(_TITLE_MARKS.search(class_and_id(e)) for e in anchor.iterdescendants())
        ):
            return 3
        alts = [collapse(image.get("alt") or "") for image in anchor.iter("img")]
        words = max((text, *alts), key=len)
        if len(words) >= _LONG_TITLE or len(words.split()) >= 4:
            return 2
        return 1 if alts or any(True for _ in anchor.iter("picture", "figure")) else 0


def _is_page_part(element: HtmlElement) -> bool:
    """Whether a header or footer is the page's, and not that of a card in a plain ``div``."""
    parent = element.getparent()
    return (parent is not None and parent.tag == "body") or sum(1 for _ in element.iter("a")) > 3


def _held_urls(anchors: list[tuple[HtmlElement, str, int]], wanted: Collection[str]) -> dict[HtmlElement, set[str]]:
    """Map each element around the anchors to the wanted URLs that it contains."""
    held: dict[HtmlElement, set[str]] = {}
    for anchor, url, _ in anchors:
        if url in wanted:
            held.setdefault(anchor, set()).add(url)
            for ancestor in anchor.iterancestors():
                held.setdefault(ancestor, set()).add(url)
    return held


def _box(
    anchor: HtmlElement, url: str, holds: dict[HtmlElement, set[str]], others: Collection[str]
) -> list[HtmlElement]:
    """The elements from an anchor up to its card: the largest that holds no other card's address."""
    box = [anchor]
    for ancestor in anchor.iterancestors():
        held = holds.get(ancestor, set()) - {url}
        if (
            len(box) > _CARD_CLIMB
            or ancestor.tag in ("body", "main", "html")
            or not held.isdisjoint(others)
            or len(held) >= 3
        ):
            break
        box.append(ancestor)
        if ancestor.tag in ("article", "li"):
            break
    return box


def _title(anchors: list[HtmlElement]) -> str | None:
    texts: list[str] = []
    for anchor in anchors:
        heading = next(anchor.iter(*HEADINGS), None)
        texts.append(collapse("".join((anchor if heading is None else heading).itertext())))
        if heading is not None or any(True for _ in anchor.iterancestors(*HEADINGS)):
            return texts[-1] or None
    texts += [collapse(image.get("alt") or "") for anchor in anchors for image in anchor.iter("img")]
    return max(texts, key=len, default="") or None
