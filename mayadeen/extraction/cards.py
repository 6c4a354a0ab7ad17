"""The cards of a listing's page: the articles that the listing itself shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime

from lxml.html import HtmlElement

from mayadeen.extraction.dates import BEIRUT
from mayadeen.extraction.dom import base_url, class_and_id, collapse
from mayadeen.extraction.listing_page import Card
from mayadeen.extraction.paging_controls import PAGER_MARKS, is_more
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import Addresses

_RAILS = tuple(
    normalize_label(words)
    for words in (
        "Most Read", "Most Viewed", "Most Popular", "Most Shared", "Popular", "Read Next", "Coverage", "Related",
        "Trending", "Latest", "Recommended", "You may also like", "Editor's Picks", "Don't miss", "Breaking",
        "Top Stories", "More from",
        "الأكثر قراءة", "الأكثر مشاهدة", "اقرأ التالي", "اقرأ أيضا", "تغطيات", "ذات صلة", "آخر الأخبار",
        "الأكثر تداولا", "مختارات",
        "Lo más leído", "Más leídas", "Más vistos", "Cobertura", "Relacionado", "Tendencias", "Últimas", "Lea también",
        "Te puede interesar",
    )
)  # fmt: skip
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
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CARD_CLIMB = 6
_LONG_TITLE = 24

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril", "may mayo",
            "jun june junio", "jul july julio", "aug august ago agosto", "sep sept september septiembre set setiembre",
            "oct october octubre", "nov november noviembre", "dec december dic diciembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?:de\s+)?([^\W\d_]{3,10})\.?,?[\s-]+(?:de\s+|del\s+)?(\d{4})\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.IGNORECASE)
_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?!\d)")


def shown_date(text: str) -> date | None:
    """The day a text shows, with its year; relative and yearless ones are none."""
    try:
        if match := _ISO_DAY.search(text):
            return _day_of(text[match.start() :]) or date(int(match[1]), int(match[2]), int(match[3]))
        for match in _DAY_FIRST.finditer(text):
            if month := _MONTHS.get(match[2].casefold()):
                return date(int(match[3]), month, int(match[1]))
        for match in _MONTH_FIRST.finditer(text):
            if month := _MONTHS.get(match[1].casefold()):
                return date(int(match[3]), month, int(match[2]))
    except ValueError:
        return None
    return None


def _day_of(text: str) -> date | None:
    """The day in Beirut of a time with zone."""
    try:
        at = datetime.fromisoformat(text.strip())
        return at.astimezone(BEIRUT).date() if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


class CardReader:
    """Reads the cards of one page. ``around`` is then what is not part of the listing: navigation, rails, footers.

    ``links`` are then the links of the cards.
    """

    def __init__(
        self, root: HtmlElement, url: str, addresses: Addresses, not_articles: Collection[str], *, is_page: bool
    ) -> None:
        self.root = root
        self.url = url
        self.base = base_url(root, url)
        self.addresses = addresses
        self.not_articles = not_articles
        self.is_page = is_page
        self.around: set[HtmlElement] = set()
        self.links: list[HtmlElement] = []

    def cards(self) -> list[Card]:
        """The cards of the listing itself; where strictness leaves none, hints of class names are not believed."""
        main = next(iter(self.root.xpath("//main | //*[@role='main']")), None)
        for root, by_marks in ((main, True), (self.root, True), (main, False), (self.root, False)):
            if root is None:
                continue
            self.around = self._surroundings(root, by_marks=by_marks)
            if found := self._cards_in(root):
                return found
        return []

    def _surroundings(self, root: HtmlElement, *, by_marks: bool) -> set[HtmlElement]:
        """Elements that stand around the listing: navigation, footers, asides, and rails by mark or heading."""
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
        heading = element.tag in _HEADINGS
        if not heading and not (element.tag in ("div", "p", "span", "strong", "a", "b") and len(element) == 0):
            return False
        text = collapse("".join(element.itertext()))
        if not text or len(text) > 40:
            return False
        key = normalize_label(text)
        return key in _RAILS or (heading and len(text.split()) <= 4 and key.startswith(_RAILS))

    def _headed(self, heading: HtmlElement) -> Iterator[HtmlElement]:
        """The blocks that a heading heads: its siblings after it, or its wrapper's, up to the next such heading."""
        level = _HEADINGS.index(heading.tag) if heading.tag in _HEADINGS else len(_HEADINGS)
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
        """Whether a new part of the page starts here: a heading as high as ``level`` that is no card's."""
        for heading in element.iter(*_HEADINGS):
            linked = next(heading.iter("a"), None) is not None or any(True for _ in heading.iterancestors("a"))
            return not linked and _HEADINGS.index(heading.tag) <= level
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
            cards[canonical] = Card(url, _title(found), _box_date(box))
        return list(cards.values())

    def _strength(self, anchor: HtmlElement, lineage: list[HtmlElement]) -> int:
        """3: a card's headline. 2: reads like one. 1: a picture. 0: a name or a label."""
        if any(_PEOPLE_MARKS.search(class_and_id(e)) for e in lineage[:3]) and not any(
            e.tag in _HEADINGS for e in lineage[:3]
        ):
            return 0
        text = collapse("".join(anchor.itertext()))
        if any(e.tag in _HEADINGS for e in lineage[:4]) or any(True for _ in anchor.iter(*_HEADINGS)):
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
    """For each element around the anchors, which of the wanted addresses it holds."""
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
        heading = next(anchor.iter(*_HEADINGS), None)
        texts.append(collapse("".join((anchor if heading is None else heading).itertext())))
        if heading is not None or any(True for _ in anchor.iterancestors(*_HEADINGS)):
            return texts[-1] or None
    texts += [collapse(image.get("alt") or "") for anchor in anchors for image in anchor.iter("img")]
    return max(texts, key=len, default="") or None


def _box_date(box: HtmlElement) -> date | None:
    for element in box.iter("time"):
        value = element.get("datetime") or ""
        if found := shown_date(value):
            return found
    pieces = [collapse(text) for text in box.itertext()]
    for piece in pieces:
        # A day within a headline is not the day of the article.
        if piece and len(piece) <= 40 and (found := shown_date(piece)):
            return found
    return None
