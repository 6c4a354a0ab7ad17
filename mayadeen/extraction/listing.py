"""A listing's page, in HTML or JSON: its cards, and where its next page is.

How the site shows and pages its listings is not known, so nothing here depends on one class name or address: cards
are told by what cards have in common, the next page by every means of paging in wide use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dates import BEIRUT
from mayadeen.extraction.dom import base_url, class_and_id, collapse, parse_html, xpath
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import Addresses


@dataclass(frozen=True)
class Card:
    """An article as a listing shows it; ``date`` is the day shown, in Beirut, ``None`` where none or a vague one is."""

    url: str
    title: str | None
    date: date | None


@dataclass(frozen=True)
class NextPage:
    """Where the next page is. ``fragment``: the page's own script would ask for it, and gets a piece of a page."""

    url: str
    fragment: bool = False


@dataclass(frozen=True)
class ListingPage:
    """What a listing's page shows.

    ``script_only``: there is more, but only a script knows where. ``complete``: the page says that it is the last.
    ``control``: the XPath of the element that loads more by script when clicked or scrolled to.
    """

    cards: tuple[Card, ...] = ()
    next: NextPage | None = None
    script_only: bool = False
    complete: bool = False
    control: str | None = None


def read_listing(
    text: str, url: str, addresses: Addresses, not_articles: Collection[str] = (), listing_url: str | None = None
) -> ListingPage:
    """Read a page of a listing that was fetched from ``url``.

    ``not_articles`` are canonical addresses known to be listings or static pages, ``listing_url`` the listing's first
    address, to which bare slugs of a JSON answer are relative. Never fails: what cannot be read shows no cards.
    """
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            data = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            return ListingPage()
        return _JsonPage(data, url, addresses, not_articles, listing_url or url).read()
    return _HtmlPage(text, url, addresses, not_articles).read()


# --- words -----------------------------------------------------------------------------------------------------------

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
_NEXT_WORDS = frozenset(
    normalize_label(words)
    for words in (
        "Next", "Next page", "Older", "Older posts", "Older articles", "Older stories", "Older entries", "Older news",
        "التالي", "التالية", "الصفحة التالية", "الأقدم", "أقدم",
        "Siguiente", "Página siguiente", "Siguientes", "Más antiguas", "Más antiguos", "Anteriores",
        "Entradas antiguas",
    )
)  # fmt: skip
_NEXT_SIGNS = frozenset({"›", "»", "→", ">", ">>", "⟩", "❯", "▶"})
_MORE_WORDS = re.compile(
    r"\b(?:load|show|view|see|get) (?:\w+ )?more\b|^more (?:articles|stories|news|posts|results)$|^more$|"
    r"(?:تحميل|عرض|شاهد|اقرأ|أظهر) المزيد|^المزيد|مزيد من|(?:cargar|ver|mostrar) más",
    re.IGNORECASE,
)
_MORE_MARKS = re.compile(
    r"(?:load|show|view|see)[_-]?more|more[_-]?(?:btn|button|link|posts|articles|stories)|btn[_-]?more|ajax[_-]?more",
    re.IGNORECASE,
)
_SENTINEL_MARKS = re.compile(
    r"infinite[_-]?(?:scroll|load|list)|(?:scroll|load(?:er|ing)?|list)[_-]?(?:sentinel|trigger|observer)|sentinel|lazy[_-]?load(?:er|-more)",
    re.IGNORECASE,
)
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
_PAGER_MARKS = re.compile(r"pag(?:ination|inator|er|es|ing|e-?numbers?|e-?nav)\b", re.IGNORECASE)
_OFF_MARKS = re.compile(r"(?:^|[\s_-])(?:disabled|hidden|inactive|d-none)(?:$|[\s_-])", re.IGNORECASE)

_PAGE_IN_PATH = re.compile(r"/(?:page|p|pagina)[/-]?\d{1,6}/?\Z")
_FETCHES = re.compile(r"\bfetch\(|XMLHttpRequest|\$\.(?:get|getJSON|ajax|post)\(|\baxios\b")
_SAYS_MORE = xpath(
    "//*[@*[starts-with(name(), 'data-next') or starts-with(name(), 'data-load-more') or name()='hx-get']]"
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CARD_CLIMB = 6
_LONG_TITLE = 24

# --- dates -----------------------------------------------------------------------------------------------------------

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


# --- HTML ------------------------------------------------------------------------------------------------------------


class _HtmlPage:
    def __init__(self, text: str, url: str, addresses: Addresses, not_articles: Collection[str]) -> None:
        self.root = parse_html(text)
        self.url = url
        self.base = base_url(self.root, url)
        self.addresses = addresses
        self.not_articles = not_articles
        self.is_page = bool(self.root.xpath("boolean(//body//h1 | //main | //nav | //footer | //head/title)"))
        self.around: set[HtmlElement] = set()

    def read(self) -> ListingPage:
        cards = self.cards()
        step, control = self.following(), self.script_control()
        filled = not cards and step is None and self._filled_by_script()
        by_script = step is None and (filled or control is not None)
        return ListingPage(tuple(cards), step, script_only=by_script, control=control)

    def resolve(self, href: str | None) -> str | None:
        return self.addresses.resolve(href, self.base)

    # cards

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
                if (
                    self._starts_part(sibling, level)
                    or _PAGER_MARKS.search(class_and_id(sibling))
                    or self._is_more(sibling)
                ):
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
            url = self.resolve(anchor.get("href"))
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
            if any(_PAGER_MARKS.search(class_and_id(e)) for e in lineage[:4]) or self._is_more(anchor):
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

    # next page

    def following(self) -> NextPage | None:
        """Where the next page is, as far as the page itself tells."""
        for step in (self._rel_next, self._load_more, self._worded_next, self._numbered_next):
            if found := step():
                return found
        return None

    def _usable(self, href: str | None) -> str | None:
        url = self.resolve(href)
        return url if url and url != self.url and self.addresses.is_site(url) else None

    def _rel_next(self) -> NextPage | None:
        for element in self.root.iter("link", "a"):
            if "next" in (element.get("rel") or "").casefold().split() and (url := self._usable(element.get("href"))):
                return NextPage(url)
        return None

    def _in_rail(self, element: HtmlElement) -> bool:
        if element.tag == "a" and self._leads_on(element):
            return False
        return not self.around.isdisjoint([element, *element.iterancestors()]) and not any(
            _PAGER_MARKS.search(class_and_id(e)) for e in (element, *element.iterancestors())
        )

    def _leads_on(self, anchor: HtmlElement) -> bool:
        """Whether a link names another page of this very listing: then it is its pager's, wherever it stands."""
        url = self.resolve(anchor.get("href"))
        if url is None or page_number(url, None) is None:
            return False
        return self._first_page(url) == self._first_page(self.url)

    def _first_page(self, url: str) -> str:
        return _PAGE_IN_PATH.sub("", self.addresses.canonical(url))

    def _worded_next(self) -> NextPage | None:
        signs: NextPage | None = None
        rtl = self.addresses.edition.direction == "rtl"
        for anchor in self.root.iter("a"):
            if _is_off(anchor) or self._in_rail(anchor):
                continue
            text = collapse("".join(anchor.itertext()))
            worded = normalize_label(text.strip("›»→>⟩❯▶‹«←< "))
            spoken = normalize_label(anchor.get("aria-label") or anchor.get("title") or "")
            if (
                worded in _NEXT_WORDS
                or spoken in _NEXT_WORDS
                or (not worded and "next" in re.split(r"[\s_-]", class_and_id(anchor).casefold()))
            ):
                if url := self._usable(anchor.get("href")):
                    return NextPage(url)
            elif text in _NEXT_SIGNS and not rtl and signs is None and (url := self._usable(anchor.get("href"))):
                signs = NextPage(url)
        return signs

    def _numbered_next(self) -> NextPage | None:
        numbers: dict[int, str] = {}
        for anchor in self.root.iter("a"):
            text = collapse("".join(anchor.itertext()))
            if (
                text.isdecimal()
                and len(text) <= 5
                and not self._in_rail(anchor)
                and (url := self.resolve(anchor.get("href")))
            ):
                numbers.setdefault(int(text), url)
        if not numbers:
            return None
        # Pages may be counted from 0 in addresses: the label of the link to this very page is surer.
        current = next((number for number, url in numbers.items() if url == self.url), page_number(self.url))
        for element in self.root.iter("a", "span", "li", "strong", "b", "em", "button"):
            text = collapse("".join(element.itertext()))
            if (
                text.isdecimal()
                and len(text) <= 5
                and (
                    element.get("aria-current")
                    or re.search(r"(?:^|[\s_-])(?:active|current|selected)(?:$|[\s_-])", class_and_id(element))
                )
            ):
                current = int(text)
                break
        following = numbers.get(current + 1)
        return (
            NextPage(following) if following and following != self.url and self.addresses.is_site(following) else None
        )

    # load more

    def _is_more(self, element: HtmlElement) -> bool:
        if element.tag not in ("a", "button", "div", "span", "input", "li", "p"):
            return False
        if _MORE_MARKS.search(class_and_id(element)) and len(element) <= 4:
            return True
        if element.tag not in ("a", "button", "input") and element.get("role") != "button":
            return False
        text = collapse("".join(element.itertext()) or element.get("value") or element.get("aria-label") or "")
        return bool(text) and len(text) <= 40 and _MORE_WORDS.search(text) is not None

    @cached_property
    def _controls(self) -> list[HtmlElement]:
        """What loads more when pressed or scrolled to, and lists that say where more of them comes from."""
        return [
            element
            for element in self.root.iter()
            if isinstance(element.tag, str)
            and element.tag not in ("script", "style", "svg", "path")
            and (self._is_more(element) or _SENTINEL_MARKS.search(class_and_id(element)))
            and not _is_off(element)
            and not self._in_rail(element)
        ]

    def _load_more(self) -> NextPage | None:
        for control in self._controls:
            if control.tag == "a" and (url := self._usable(control.get("href"))):
                own_data = any(_is_address_name(name) for name in control.attrib)
                if not own_data and self._continues(url):
                    return NextPage(url)
            for element in _near(control):
                if url := self._endpoint(element):
                    return NextPage(url, fragment=True)
        for element in _SAYS_MORE(self.root):
            asks = element.get("hx-get")
            if asks is not None and page_number(asks, 0) <= page_number(self.url):
                continue
            if not _is_off(element) and not self._in_rail(element) and (url := self._endpoint(element)):
                return NextPage(url, fragment=True)
        return None

    def _continues(self, url: str) -> bool:
        """Whether a link that says "more" leads on in this listing, and not to another one."""
        canonical = self.addresses.canonical(url)
        return canonical == self.addresses.canonical(self.url) or canonical not in self.not_articles

    def _endpoint(self, element: HtmlElement) -> str | None:
        """The address that an element's data attributes give for more of the list."""
        data = _data(element)
        own_page = page_number(self.url)
        values = {_parameter(name): value for name, value in data.items() if _PARAMETER.fullmatch(_parameter(name))}
        said_next = {_parameter(name) for name in data if "next" in name}
        for name in ("page", "paged", "pageno", "p"):
            value = values.get(name, "")
            if _is_number(value) and name not in said_next and int(value) <= own_page:
                values[name] = str(int(value) + 1)
        for name, value in data.items():
            if not _is_address_name(name) or not _looks_like_address(value):
                continue
            if filled := _fill(value, values, own_page):
                url = self.resolve(filled)
                if url and url != self.url and self.addresses.is_site(url):
                    return url
        return None

    def _filled_by_script(self) -> bool:
        """Whether a page without cards may get them by script: one asks for something, or the page asks for scripts."""
        asks = any(_FETCHES.search(script.text or "") for script in self.root.iter("script"))
        asks_for_scripts = any("javascript" in "".join(e.itertext()).casefold() for e in self.root.iter("noscript"))
        return self.is_page and (asks or asks_for_scripts)

    def script_control(self) -> str | None:
        """What a reader clicks, or scrolls to, for the page's script to load more. A link elsewhere is none."""
        for control in self._controls if self.is_page else ():
            clicked = next(control.iter("button", "a", "input"), control)
            if clicked.tag != "a" or not self._usable(clicked.get("href")):
                return _path_of(clicked)
        return None


def _path_of(element: HtmlElement) -> str:
    tree = element.getroottree()
    name = element.get("id")
    if name and '"' not in name and tree.xpath("count(//*[@id=$name])", name=name) == 1:
        return f'//*[@id="{name}"]'
    return str(tree.getpath(element))


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


def _is_off(element: HtmlElement) -> bool:
    for e in (element, element.getparent()):
        if e is None:
            break
        style = (e.get("style") or "").replace(" ", "")
        if (
            e.get("hidden") is not None or e.get("disabled") is not None or e.get("aria-disabled") == "true"
            or _OFF_MARKS.search(e.get("class") or "") or "display:none" in style
        ):  # fmt: skip
            return True
    return False


def _near(control: HtmlElement) -> Iterator[HtmlElement]:
    """A control, what it is in, and what stands before it: where the address of more may be written."""
    yield control
    yield from control.iterdescendants("a", "button", "input")
    level = control
    for _ in range(3):
        yield from level.itersiblings(preceding=True)
        parent = level.getparent()
        if parent is None or parent.tag in ("body", "html"):
            return
        yield parent
        level = parent


# --- addresses of more -----------------------------------------------------------------------------------------------

_ADDRESS_NAME = re.compile(
    r"^(?:data-)?(?:[a-z-]*(?:url|uri|href|endpoint|api|ajax|feed|action|path|route|link|next|more|fetch|hx-get|remote|load)"
    r"[a-z-]*|hx-get|source|up-href|get)$"
)
_NOT_ADDRESS_NAME = re.compile(r"share|image|img|thumb|poster|background|srcset|icon|logo|canonical|login|lazy|avatar")
_PARAMETER = re.compile(
    r"page|paged|pageno|p|offset|start|skip|from|cursor|after|before|token|continuation|last(?:id|_id|-id)?|max(?:_id|-id)"
)
_PLACEHOLDER = re.compile(
    r"\{\{?\s*(\w+)\s*\}?\}|%7B(\w+)%7D|__(\w+?)__|\[(\w+)\]|(?<=[=/]):(\w+)|\$\{(\w+)\}|<(\w+)>", re.IGNORECASE
)
_PAGE_PARAMETERS = (
    "page",
    "p",
    "paged",
    "pg",
    "pageno",
    "pagenumber",
    "page_no",
    "page_number",
    "pagina",
    "currentpage",
)
_OFFSET_PARAMETERS = ("offset", "start", "skip", "from", "begin")
_CURSOR_PARAMETERS = ("cursor", "after", "token", "continuation", "next", "before", "last", "last_id", "max_id")


def _is_address_name(name: str) -> bool:
    return (name.startswith("data-") or name in ("hx-get", "up-href")) and bool(
        _ADDRESS_NAME.match(name) and not _NOT_ADDRESS_NAME.search(name)
    )


def _looks_like_address(value: str) -> bool:
    value = value.strip()
    return (
        0 < len(value) <= 4096
        and not re.search(r"[\s<>]", re.sub(_PLACEHOLDER, "", value))
        and ("/" in value or value.startswith("?"))
        and not re.search(r"\.(?:jpe?g|png|gif|webp|svg|css|js|mp4)(?:$|\?)", value, re.IGNORECASE)
    )


def _data(element: HtmlElement) -> dict[str, str]:
    """An element's data attributes, with what a JSON value among them holds; a form's fields as data too."""
    found: dict[str, str] = {}
    for name, value in element.attrib.items():
        if not (name.startswith("data-") or name in ("hx-get", "up-href")):
            continue
        if value.lstrip()[:1] == "{" and ":" in value:
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                inner = None
            if isinstance(inner, dict):
                found.update({f"data-{_dashed(str(k))}": str(v) for k, v in inner.items() if isinstance(v, (str, int))})
                continue
        found[name] = value
    return found


def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-").casefold()


def _parameter(name: str) -> str:
    plain = name.removeprefix("data-")
    for prefix in ("next-", "current-", "list-", "load-", "init-"):
        plain = plain.removeprefix(prefix)
    for suffix in ("-number", "-num", "-no", "-index"):
        plain = plain.removesuffix(suffix)
    return "page" if plain in ("next", "current") else plain


def _fill(value: str, parameters: Mapping[str, str], current: int) -> str | None:
    """An address with its placeholders filled, or with the parameters given beside it added."""
    plain = {name: v for name, v in parameters.items() if v and len(v) <= 500 and not _looks_like_address(v)}
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        name = next(g for g in match.groups() if g).casefold()
        if (known := plain.get(_parameter(_dashed(name)))) is not None:
            return known
        if name in _PAGE_PARAMETERS or name in ("n", "num", "number", "i", "next", "nextpage"):
            return str(current + 1)
        missing = True
        return ""

    filled, count = _PLACEHOLDER.subn(fill, value)
    if missing:
        return None
    if count:
        return filled
    if not plain:
        return value
    if value.endswith(("=", "/")) and len(plain) == 1:
        return value + next(iter(plain.values()))
    parts = urlsplit(value)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, given in plain.items():
        if name in query and name in _PAGE_PARAMETERS and _is_number(query[name]) and _is_number(given):
            query[name] = str(max(int(query[name]), int(given)))
        elif not (name in _PAGE_PARAMETERS and page_number(value, None) is not None and name not in query):
            query[name] = given
    return urlunsplit(parts._replace(query=urlencode(query, errors="replace")))


def _is_number(text: str) -> bool:
    """Whether a text is a number that can count pages or entries: longer ones are something else."""
    return text.isdecimal() and len(text) <= 12


def page_number(url: str, default: int | None = 1) -> Any:
    """The number of the page that an address names, ``default`` where it names none."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name.casefold() in _PAGE_PARAMETERS and _is_number(value):
            return int(value)
    if match := re.search(r"/(?:page|p|pagina)[/-]?(\d{1,6})/?\Z", parts.path):
        return int(match[1])
    return default


def with_page(url: str, number: int) -> str | None:
    """The address with the number of another page, ``None`` where it names no page."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for index, (name, value) in enumerate(query):
        if name.casefold() in _PAGE_PARAMETERS and _is_number(value):
            query[index] = (name, str(number))
            return urlunsplit(parts._replace(query=urlencode(query, errors="replace")))
    path, count = re.subn(r"(/(?:page|p|pagina)[/-]?)\d{1,6}(/?)\Z", rf"\g<1>{number}\g<2>", parts.path)
    return urlunsplit(parts._replace(path=path)) if count else None


def count_on(url: str, previous: str | None, cards: int) -> str | None:
    """The address after ``url`` of pages that do not name their next: the same with its number counted on.

    The step is what ``previous`` and ``url`` differ by in one number; else one for a page, ``cards`` for an offset.
    ``None`` where the address has no number to count.
    """
    if previous is not None:
        ours, theirs = re.split(r"(\d+)", url), re.split(r"(\d+)", previous)
        if len(ours) == len(theirs):
            differing = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
            if len(differing) == 1 and differing[0] % 2:
                i = differing[0]
                ours[i] = str(2 * int(ours[i]) - int(theirs[i]))
                return "".join(ours) if int(ours[i]) > 0 else None
    number = page_number(url, None)
    if number is not None:
        return with_page(url, number + 1)
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for index, (name, value) in enumerate(query):
        if name.casefold() in _OFFSET_PARAMETERS and _is_number(value):
            query[index] = (name, str(int(value) + cards))
            return urlunsplit(parts._replace(query=urlencode(query, errors="replace")))
    if match := re.search(r"/(\d{1,6})/?\Z", parts.path):
        return url.replace(
            parts.path, f"{parts.path[: match.start(1)]}{int(match[1]) + 1}{parts.path[match.end(1) :]}", 1
        )
    return None


# --- JSON ------------------------------------------------------------------------------------------------------------

_URL_KEYS = ("url", "link", "href", "permalink", "canonical_url", "canonical", "web_url", "path", "uri", "slug")
_TITLE_KEYS = ("title", "headline", "heading", "name", "caption")
_DATE_KEYS = (
    "date", "published_at", "publishedat", "published", "publish_date", "publishdate", "published_time",
    "publishedtime", "datepublished", "date_published", "pubdate", "created_at", "time",
)  # fmt: skip
_NEXT_KEYS = frozenset(
    {"next", "nexturl", "nextpageurl", "nextlink", "nextpage", "nexthref", "loadmore", "loadmoreurl", "moreurl", "more",
     "nextcursor", "nextoffset", "nexttoken", "cursor"}
)  # fmt: skip
_MORE_KEYS = frozenset({"hasmore", "hasnext", "hasnextpage", "more", "morepages", "moreavailable"})
_LAST_KEYS = frozenset({"islast", "lastpage", "last", "end", "isend", "finished", "done"})


class _JsonPage:
    def __init__(
        self, data: Any, url: str, addresses: Addresses, not_articles: Collection[str], listing_url: str
    ) -> None:
        self.data = data
        self.url = url
        self.addresses = addresses
        self.not_articles = not_articles
        self.listing_url = listing_url
        self.found: dict[str, Card] = {}
        self.steps: list[NextPage] = []
        self.complete = False
        self.more = False

    def read(self) -> ListingPage:
        self._visit(self.data, 0)
        step = next(iter(self.steps), None)
        if self.complete and not self.more:
            step = None
        return ListingPage(tuple(self.found.values()), step, complete=self.complete and step is None)

    def _visit(self, value: Any, depth: int) -> None:
        if depth > 12:
            return
        if isinstance(value, str):
            if "<" in value and "href" in value:
                page = read_listing(value, self.url, self.addresses, self.not_articles)
                for inner in page.cards:
                    self.found.setdefault(self.addresses.canonical(inner.url), inner)
                if page.next:
                    self.steps.append(NextPage(page.next.url, fragment=True))
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict) and (card := self._card(entry)):
                    self.found.setdefault(self.addresses.canonical(card.url), card)
                else:
                    self._visit(entry, depth + 1)
        elif isinstance(value, dict):
            self._paging(value)
            for entry in value.values():
                if isinstance(entry, dict) and not _holds_list(entry) and (card := self._card(entry)):
                    self.found.setdefault(self.addresses.canonical(card.url), card)
                else:
                    self._visit(entry, depth + 1)

    def _card(self, entry: dict[str, Any]) -> Card | None:
        folded = {str(k).casefold(): v for k, v in entry.items()}
        titles = (v.get("rendered") if isinstance(v := folded.get(k), dict) else v for k in _TITLE_KEYS)
        title = next((v for v in titles if isinstance(v, str) and v.strip()), None)
        if title is None:
            return None
        for key in _URL_KEYS:
            value = folded.get(key)
            if not isinstance(value, str) or not value.strip():
                continue
            if "/" not in value.strip("/"):
                # A bare slug lies under the listing it came from.
                value = urljoin(f"{self.addresses.canonical(self.listing_url)}/", value.strip("/"))
            url = self.addresses.resolve(value, f"{self.addresses.base_url}/")
            if url and self.addresses.may_be_article(url) and self.addresses.canonical(url) not in self.not_articles:
                dated = (self._date(folded[k]) for k in _DATE_KEYS if k in folded)
                return Card(url, collapse(title), next((d for d in dated if d), None))
        return None

    @staticmethod
    def _date(value: Any) -> date | None:
        if isinstance(value, str):
            return shown_date(value)
        if isinstance(value, int) and not isinstance(value, bool) and 10**9 <= value < 10**11:
            return datetime.fromtimestamp(value, BEIRUT).date()
        return None

    def _paging(self, entry: dict[str, Any]) -> None:
        for key, value in entry.items():
            plain = re.sub(r"[^a-z]", "", str(key).casefold())
            if isinstance(value, bool):
                if plain in _MORE_KEYS or plain in _NEXT_KEYS:
                    self.complete, self.more = self.complete or not value, self.more or value
                elif plain in _LAST_KEYS:
                    self.complete = self.complete or value
            elif plain in _NEXT_KEYS:
                if value is None or value == "":
                    self.complete = True
                elif isinstance(value, dict):
                    for inner in ("url", "href", "link"):
                        if isinstance(value.get(inner), str):
                            self._add(plain, value[inner])
                elif isinstance(value, (str, int)):
                    self._add(plain, value)
        number, pages = (
            _whole(entry, "page", "current_page", "currentPage"),
            _whole(entry, "pages", "total_pages", "totalPages", "last_page", "lastPage", "page_count", "pageCount"),
        )
        if number is not None and pages is not None and number >= pages:
            self.complete = True

    def _add(self, key: str, value: str | int) -> None:
        text = str(value).strip()
        url: str | None
        if isinstance(value, str) and ("/" in text or text.startswith("?")) and "<" not in text:
            url = self.addresses.resolve(text, self.url)
        elif isinstance(value, str) and "<" in text:
            return
        elif "cursor" in key or "token" in key or not _is_number(text):
            url = self._with_cursor(text)
        elif "offset" in key:
            url = self._with_parameter(_OFFSET_PARAMETERS, text, "offset")
        else:
            url = with_page(self.url, int(text)) or self._with_parameter(_PAGE_PARAMETERS, text, "page")
        if url and url != self.url and self.addresses.is_site(url):
            self.steps.append(NextPage(url, fragment=True))

    def _with_cursor(self, value: str) -> str:
        return self._with_parameter(_CURSOR_PARAMETERS, value, "cursor")

    def _with_parameter(self, names: tuple[str, ...], value: str, default: str) -> str:
        parts = urlsplit(self.url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        at = next((i for i, (name, _) in enumerate(query) if name.casefold() in names), None)
        if at is None:
            query.append((default, value))
        else:
            query[at] = (query[at][0], value)
        url = urlunsplit(parts._replace(query=urlencode(query, errors="replace")))
        return self.addresses.resolve(url, self.url) or self.url


def _holds_list(entry: dict[str, Any]) -> bool:
    """Whether a dict is around entries, and so none itself."""
    return any(isinstance(v, list) and any(isinstance(e, dict) for e in v) for v in entry.values())


def _whole(entry: dict[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = entry.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


__all__ = ["Card", "ListingPage", "NextPage", "count_on", "page_number", "read_listing", "shown_date", "with_page"]
