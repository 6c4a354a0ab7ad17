"""Finds the next page of a listing's page.

URLs count before words. A link to the same listing with another page number, offset or cursor is part of its pager,
with any label and at any place. A next page that only a script, a button or a form can request is reported as such.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from lxml.html import HtmlElement

from mayadeen.extraction.dom import base_url, class_and_id, collapse, xpath
from mayadeen.extraction.listing_page import NextPage
from mayadeen.extraction.load_more import (
    PARAMETER,
    data_of,
    fill_address,
    is_address_name,
    looks_like_address,
    parameter_of,
)
from mayadeen.extraction.page_forms import TEXT_INPUTS, hidden_fields, submits, with_query
from mayadeen.extraction.page_urls import (
    PAGE_PARAMETERS,
    PagePosition,
    is_number,
    page_number,
    position_of,
    without_page,
)
from mayadeen.extraction.paging_controls import (
    SENTINEL_MARKS,
    direction_of,
    is_in_other_widget,
    is_in_pager,
    is_more,
    is_off,
    label_of,
    sign_of,
)
from mayadeen.site.urls import Addresses

_SAYS_MORE = xpath(
    "//*[@*[starts-with(name(), 'data-next') or starts-with(name(), 'data-load-more') or name()='hx-get']]"
)
_LINKED = xpath("//a[@href] | //option[@value] | //*[@data-href] | //*[@data-url] | //*[@data-link] | //*[@onclick]")
_QUOTED = re.compile(r"""(['"])([^'"\s]{1,2000})\1""")
_CURRENT_MARKS = re.compile(r"(?:^|[\s_-])(?:active|current|selected)(?:$|[\s_-])")
_PAGE_OF = re.compile(
    r"\b(?:page|página|صفحة|الصفحة)\s+(\d{1,5})\s+(?:of|de|من)\s+(\d{1,5})\b|^(\d{1,5})\s*/\s*(\d{1,5})$", re.I
)
_FETCHES = re.compile(r"\bfetch\(|XMLHttpRequest|\$\.(?:get|getJSON|ajax|post)\(|\baxios\b")
_SCROLLS = re.compile(r"\bIntersectionObserver\b|\bonscroll\b|['\"]scroll['\"]|\.scroll\(")
_ADDS = re.compile(r"\binsertAdjacent(?:HTML|Element)\b|\bappend(?:Child|To)?\(|\binnerHTML\b")
_MAX_LABEL = 40
_MAX_SCRIPT = 10_000


@dataclass(frozen=True)
class _PageLink:
    """A link to another page of this listing."""

    element: HtmlElement
    url: str
    position: PagePosition
    number: int | None

    @property
    def leads_back(self) -> bool:
        return direction_of(self.element) in ("previous", "first")


class PagerReader:
    """Reads where the next page of a listing is, from its page fetched from ``url``.

    ``around`` holds the elements that are not part of the listing, ``card_links`` the links of its cards.
    """

    def __init__(
        self,
        root: HtmlElement,
        url: str,
        addresses: Addresses,
        *,
        not_articles: Collection[str],
        around: Collection[HtmlElement],
        card_links: Collection[HtmlElement],
        is_page: bool,
    ) -> None:
        self.root = root
        self.url = url
        self.base = base_url(root, url)
        self.addresses = addresses
        self.not_articles = not_articles
        self.around = set(around)
        self.card_links = set(card_links)
        self.is_page = is_page

    def following(self) -> NextPage | None:
        """Return the next page, if a plain request can fetch it."""
        for read in (self._rel_next, self._load_more, self._linked_next, self._worded_next, self._numbered_next):
            if found := read():
                return found
        return None

    def _usable(self, href: str | None) -> str | None:
        url = self.addresses.resolve(href, self.base)
        return url if url and url != self.url and self.addresses.is_site(url) else None

    def _rel_next(self) -> NextPage | None:
        for element in self.root.iter("link", "a"):
            if "next" in (element.get("rel") or "").casefold().split() and (url := self._usable(element.get("href"))):
                return NextPage(url)
        return None

    def in_rail(self, element: HtmlElement) -> bool:
        lineage = [element, *element.iterancestors()]
        return not self.around.isdisjoint(lineage) and not is_in_pager(element)

    # --- links to this same listing -------------------------------------------------------------------------------

    @cached_property
    def page_links(self) -> list[_PageLink]:
        """The links, options and forms that name another page of this listing."""
        own = without_page(self.addresses.canonical(self.url), self.url)
        position = position_of(self.url)
        found = []
        for element, url in self.named_urls():
            there = position_of(url)
            if there is None and url.startswith(f"{self.url.rstrip('/')}/"):
                rest = url.removeprefix(f"{self.url.rstrip('/')}/")
                there = PagePosition("page", rest) if re.fullmatch(r"[2-9]|\d{2,3}", rest) else None
                same = there is not None and rest == "2"
            else:
                same = without_page(self.addresses.canonical(url), url, of=own) == own
            if there is None or not same or there == position or is_off(element) or is_in_other_widget(element):
                continue
            label = label_of(element)
            found.append(_PageLink(element, url, there, int(label) if is_number(label) else None))
        return found

    def named_urls(self) -> Iterator[tuple[HtmlElement, str]]:
        """Yield the URLs of links, options, data attributes and forms, each with its element."""
        for element in _LINKED(self.root):
            for name in ("href", "value", "data-href", "data-url", "data-link"):
                value = element.get(name)
                if value and (name == "href" or looks_like_address(value)) and (url := self._usable(value)):
                    yield element, url
            for _, quoted in _QUOTED.findall(element.get("onclick") or ""):
                if looks_like_address(quoted) and (url := self._usable(quoted)):
                    yield element, url
        for form in self.root.iter("form"):
            yield from self._form_urls(form)
        for select in self.root.iter("select"):
            yield from self._select_urls(select)

    def _select_urls(self, select: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
        """The URLs of a list of pages that a script requests, such as ``location = "?page=" + this.value``."""
        for _, quoted in _QUOTED.findall(select.get("onchange") or ""):
            if quoted.endswith(("=", "/")) and looks_like_address(quoted):
                for option in select.iter("option"):
                    if url := self._usable(f"{quoted}{option.get('value') or collapse(option.text or '')}"):
                        yield option, url

    def _form_urls(self, form: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
        """The URLs that the buttons and page options of a GET form request."""
        if (form.get("method") or "get").strip().casefold() != "get" or TEXT_INPUTS(form):
            return
        action = self.addresses.resolve(form.get("action") or self.url, self.base)
        if action is None or not self.addresses.is_site(action):
            return
        fields = hidden_fields(form)
        for button in submits(form):
            own = [(button.get("name") or "", button.get("value") or "")] if button.get("name") else []
            yield button, with_query(action, [*fields, *own])
        for select in form.iter("select"):
            if (select.get("name") or "").casefold() in PAGE_PARAMETERS:
                for option in select.iter("option"):
                    value = option.get("value") or collapse(option.text or "")
                    yield option, with_query(action, [*fields, (select.get("name") or "", value)])

    def _linked_next(self) -> NextPage | None:
        """The page after this one, among the links to this listing."""
        numbered = [link for link in self.page_links if link.position.kind == "page"]
        if numbered and (link := self._next_numbered(numbered)):
            return NextPage(link.url)
        offsets = [link for link in self.page_links if link.position.kind == "offset"]
        here = position_of(self.url)
        start = here.number if here and here.kind == "offset" else 0
        further = [link for link in offsets if link.position.number > start]
        if further:
            return NextPage(min(further, key=lambda link: link.position.number).url)
        cursors = [link for link in self.page_links if link.position.kind == "cursor" and not link.leads_back]
        if cursors:
            return NextPage(next((c for c in cursors if direction_of(c.element) == "next"), cursors[-1]).url)
        return None

    def _next_numbered(self, links: list[_PageLink]) -> _PageLink | None:
        # Pages may be counted from 0 in URLs: the labels of the links tell by how much they differ.
        shifts = Counter(link.number - link.position.number for link in links if link.number is not None)
        shift = shifts.most_common(1)[0][0] if shifts else 0
        here = position_of(self.url)
        own = here.number if here is not None and here.kind == "page" else (self.current_label or 1) - shift
        wanted = own + 1
        if found := next((link for link in links if link.position.number == wanted), None):
            return found
        if here is None and not shifts:
            # Without labels, a first page whose only link is to page 1 counts from 0.
            return next((x for x in links if x.position.number == 1 and self._is_forward(x.element)), None)
        return None

    def _is_forward(self, element: HtmlElement) -> bool:
        return direction_of(element) == "next" or (sign_of(element) is not None and is_in_pager(element))

    @cached_property
    def current_label(self) -> int | None:
        """The page number that the pager shows as the current one."""
        for element in self.root.iter("a", "span", "li", "strong", "b", "em", "button"):
            text = collapse("".join(element.itertext()))
            if (
                text.isdecimal()
                and len(text) <= 5
                and (element.get("aria-current") or _CURRENT_MARKS.search(class_and_id(element)))
            ):
                return int(text)
        return None

    def leads_to_itself(self) -> bool:
        """Whether a link or form that says "next" leads to the same page."""
        for element in self.root.iter("a", "link"):
            own = self.addresses.resolve(element.get("href"), self.base) == self.url
            if own and direction_of(element) == "next" and not is_off(element):
                return True
        return any(
            url == self.url and direction_of(button) == "next"
            for form in self.root.iter("form")
            for button, url in self._form_urls(form)
        )

    # --- links by what they say -----------------------------------------------------------------------------------

    def _worded_next(self) -> NextPage | None:
        signs: list[str] = []
        rtl = self.addresses.edition.direction == "rtl"
        for anchor in self.root.iter("a"):
            if is_off(anchor) or self.in_rail(anchor) or is_in_other_widget(anchor):
                continue
            url = self._usable(anchor.get("href"))
            if url is None:
                continue
            if direction_of(anchor) == "next":
                return NextPage(url)
            if (sign := sign_of(anchor)) and (rtl or sign == "next"):
                signs.append(url)
        # In a page read from right to left either arrow may lead to the next page. The arrow back comes first.
        return NextPage(signs[-1 if rtl else 0]) if signs else None

    def _numbered_next(self) -> NextPage | None:
        """The link whose label is the next number, in a pager whose URLs do not name pages."""
        numbers: dict[int, str] = {}
        for anchor in self.root.iter("a"):
            text = collapse("".join(anchor.itertext()))
            if text.isdecimal() and len(text) <= 5 and not self.in_rail(anchor) and not is_in_other_widget(anchor):
                url = self.addresses.resolve(anchor.get("href"), self.base)
                if url and self.addresses.is_site(url):
                    numbers.setdefault(int(text), url)
        if not numbers:
            return None
        current = next((number for number, url in numbers.items() if url == self.url), page_number(self.url))
        following = numbers.get((self.current_label or current) + 1)
        return NextPage(following) if following and following != self.url else None

    # --- load more ------------------------------------------------------------------------------------------------

    @cached_property
    def _controls(self) -> list[HtmlElement]:
        """Elements that load more when clicked or scrolled to, and lists that name the URL of more entries."""
        return [
            element
            for element in self.root.iter()
            if isinstance(element.tag, str)
            and element.tag not in ("script", "style", "svg", "path")
            and (is_more(element) or SENTINEL_MARKS.search(class_and_id(element)))
            and not is_off(element)
            and not self.in_rail(element)
        ]

    def _load_more(self) -> NextPage | None:
        for control in self._controls:
            if control.tag == "a" and (url := self._usable(control.get("href"))):
                own_data = any(is_address_name(name) for name in control.attrib)
                if not own_data and self._continues(url):
                    return NextPage(url)
            for element in _near(control):
                if url := self._endpoint(element):
                    return NextPage(url, fragment=True)
        for element in _SAYS_MORE(self.root):
            asks = element.get("hx-get")
            if asks is not None and page_number(asks, 0) <= page_number(self.url):
                continue
            if not is_off(element) and not self.in_rail(element) and (url := self._endpoint(element)):
                return NextPage(url, fragment=True)
        return None

    @cached_property
    def _card_urls(self) -> set[str]:
        """The canonical URLs of the cards' articles."""
        urls = (self._usable(link.get("href")) for link in self.card_links)
        return {self.addresses.canonical(url) for url in urls if url}

    def _continues(self, url: str) -> bool:
        """Whether a link that says "more" continues this listing, not an article or another listing."""
        canonical = self.addresses.canonical(url)
        if canonical in self._card_urls:
            return False
        return canonical == self.addresses.canonical(self.url) or canonical not in self.not_articles

    def _endpoint(self, element: HtmlElement) -> str | None:
        """The URL that an element's data attributes give for more of the list."""
        data = data_of(element)
        own_page = page_number(self.url)
        values = {parameter_of(name): value for name, value in data.items() if PARAMETER.fullmatch(parameter_of(name))}
        names_next = {parameter_of(name) for name in data if "next" in name}
        for name in ("page", "paged", "pageno", "p"):
            value = values.get(name, "")
            if is_number(value) and name not in names_next and int(value) <= own_page:
                values[name] = str(int(value) + 1)
        for name, value in data.items():
            if not is_address_name(name) or not looks_like_address(value):
                continue
            if (filled := fill_address(value, values, own_page)) and (url := self._usable(filled)):
                return url
        return None

    # --- scripts, buttons and forms -------------------------------------------------------------------------------

    def fills_by_script(self) -> bool:
        """Whether a script may add cards to a page without any."""
        asks = any(_FETCHES.search(script.text or "") for script in self.root.iter("script"))
        asks_for_scripts = any("javascript" in "".join(e.itertext()).casefold() for e in self.root.iter("noscript"))
        return self.is_page and (asks or asks_for_scripts)

    def loads_on_scroll(self) -> bool:
        """Whether a script of the page itself adds what it fetches when a reader scrolls down."""
        # A longer script has many purposes, and may observe and fetch for another one.
        scripts = (s for script in self.root.iter("script") if len(s := script.text or "") <= _MAX_SCRIPT)
        return self.is_page and any(_SCROLLS.search(s) and _FETCHES.search(s) and _ADDS.search(s) for s in scripts)

    def load_control(self) -> HtmlElement | None:
        """The element to click or scroll to, so that a script loads more. A link to a page is not one."""
        for control in self._controls if self.is_page else ():
            clicked = next(control.iter("button", "a", "input"), control)
            if clicked.tag != "a" or not self._usable(clicked.get("href")):
                return clicked
        return None

    # --- what the page says about the listing ---------------------------------------------------------------------

    def last_page(self) -> int | None:
        """The highest page number that the pager shows."""
        numbers = [link.number for link in self.page_links if link.number is not None]
        last = [link for link in self.page_links if direction_of(link.element) == "last"]
        numbers += [link.position.number for link in last if link.position.kind == "page"]
        for element in self.root.iter("span", "p", "div", "li", "strong"):
            if len(element) <= 3 and is_in_pager(element):
                text = collapse("".join(element.itertext()))
                if len(text) <= _MAX_LABEL and (match := _PAGE_OF.search(text)):
                    numbers.append(int(match[2] or match[4]))
        return max(numbers, default=None)


def _near(control: HtmlElement) -> Iterator[HtmlElement]:
    """A control, its parents and previous siblings: where the URL of more entries may be."""
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
