"""Pagers that only a script, a button or a form can move: found, so that their listing is not taken for complete."""

from __future__ import annotations

import re
from functools import cached_property

from lxml.html import HtmlElement

from mayadeen.extraction.dom import class_and_id, collapse, xpath
from mayadeen.extraction.page_forms import TEXT_INPUTS, hidden_fields, submits
from mayadeen.extraction.page_urls import PAGE_PARAMETERS, is_number, position_of
from mayadeen.extraction.pager import PagerReader
from mayadeen.extraction.paging_controls import (
    direction_of,
    is_in_other_widget,
    is_in_pager,
    is_more,
    is_off,
    label_of,
    sign_of,
)

_SCRIPT_CONTROLS = xpath(
    "//a | //button | //input[@type='button' or @type='submit' or @type='image'] | //*[@role='button'] | //*[@onclick]"
    " | //li[@data-page] | //span[@data-page]"
)
_PAGE_IN_SCRIPT = re.compile(
    r"page\W{0,3}(\d{1,5})\b|(?:page|pager|paging|go|load)\w{0,60}\(\D{0,40}?(\d{1,5})\b|__doPostBack\(.{0,200}?(\d{1,5})\b",
    re.IGNORECASE,
)


class ScriptPagerReader:
    """Reads what moves a listing to its next page where its pager has no links."""

    def __init__(self, pager: PagerReader, shown_page: int) -> None:
        self.pager = pager
        self.shown_page = shown_page

    def control(self) -> HtmlElement | None:
        """The control of the next page, or ``None`` where there is none, or where the pager has links to pages."""
        if not self.pager.is_page or self.pager.page_links:
            return None
        for find in (self._next_button, self._posting_form, self._page_select):
            if (found := find()) is not None:
                return found
        return None

    def _next_button(self) -> HtmlElement | None:
        numbers: dict[int, HtmlElement] = {}
        for element in _SCRIPT_CONTROLS(self.pager.root):
            if is_off(element) or self._is_elsewhere(element) or self._is_link(element):
                continue
            marked = is_in_pager(element)
            by_script = _names_page(element) is not None
            if not (marked or by_script or self._is_below_cards(element)):
                continue
            if direction_of(element) == "next" or (marked and sign_of(element) == "next" and not self._is_rtl):
                return element
            label = label_of(element)
            if is_number(label) and len(label) <= 4 and (marked or by_script):
                numbers.setdefault(int(label), element)
        current = self.pager.current_label or self._hidden_position or 1
        # A pager may not mark its current page. Each click has led one page further.
        return numbers.get(max(current, self.shown_page) + 1)

    @property
    def _is_rtl(self) -> bool:
        return self.pager.addresses.edition.direction == "rtl"

    @property
    def _hidden_position(self) -> int | None:
        position = position_of(self.pager.url)
        return position.number if position is not None and position.kind == "page" else None

    def _posting_form(self) -> HtmlElement | None:
        """The button of a POST form that asks for the next page."""
        for form in self.pager.root.iter("form"):
            if (
                is_off(form)
                or self._is_elsewhere(form)
                or TEXT_INPUTS(form)
                or not self.pager.card_links.isdisjoint(form.iter("a"))
            ):
                continue
            fields = {name.casefold(): value for name, value in hidden_fields(form)}
            names_page = any(is_number(fields.get(name, "")) for name in PAGE_PARAMETERS)
            for button in submits(form):
                own = (button.get("name") or "").casefold()
                if names_page or own in PAGE_PARAMETERS or direction_of(button) == "next" or is_more(button):
                    return button
        return None

    def _page_select(self) -> HtmlElement | None:
        """A list of page numbers to choose from, which only its script follows."""
        for select in self.pager.root.iter("select"):
            values = [option.get("value") or collapse(option.text or "") for option in select.iter("option")]
            counts = [int(value) for value in values if is_number(value)]
            name = f"{select.get('name') or ''} {class_and_id(select)} {select.get('onchange') or ''}".casefold()
            if (
                len(counts) > 1 and counts == list(range(counts[0], counts[0] + len(counts))) and counts[0] in (0, 1)
                and (re.search(r"(?<!per[_-])(?<!per)page(?![_-]?size)", name) or is_in_pager(select))
                and not self._is_elsewhere(select)
            ):  # fmt: skip
                return select
        return None

    def _is_elsewhere(self, element: HtmlElement) -> bool:
        """Whether a control belongs to something else than this listing."""
        if is_in_other_widget(element) or self.pager.in_rail(element):
            return True
        for form in element.iterancestors("form"):
            if TEXT_INPUTS(form) and self.pager.card_links.isdisjoint(form.iter("a")):
                return True
        frame = {"nav", "aside", "header", "footer", "dialog"}
        outside = any(
            e.tag in frame or e.get("role") in ("navigation", "complementary", "dialog")
            for e in element.iterancestors()
        )
        return outside and not is_in_pager(element)

    def _is_below_cards(self, element: HtmlElement) -> bool:
        return self._last_card_order < self._order[element]

    @cached_property
    def _order(self) -> dict[HtmlElement, int]:
        return {element: number for number, element in enumerate(self.pager.root.iter())}

    @cached_property
    def _last_card_order(self) -> int:
        return max((self._order[link] for link in self.pager.card_links), default=-1)

    def _is_link(self, element: HtmlElement) -> bool:
        """Whether a control is a plain link, wherever it leads. One to this very page may be a script's."""
        href = (element.get("href") or "").strip() if element.tag == "a" else ""
        if not href or href.casefold().startswith(("#", "javascript:")):
            return False
        own = self.pager.addresses.resolve(href, self.pager.base) == self.pager.url
        return not (own and (element.get("onclick") or _names_page(element) is not None))

    def last_page(self) -> int | None:
        """The highest page number that the pager shows."""
        if not self.pager.is_page or self.pager.page_links:
            return None
        numbers = [
            int(label)
            for element in _SCRIPT_CONTROLS(self.pager.root)
            if is_number(label := label_of(element))
            and len(label) <= 4
            and (is_in_pager(element) or _names_page(element) is not None)
            and not self._is_elsewhere(element)
        ]
        return max(numbers, default=None)


def _names_page(element: HtmlElement) -> int | None:
    """The page that a control's attributes name, for its script."""
    for name in ("data-page", "data-page-number", "data-pagenum", "data-pageno", "data-next-page", "data-p"):
        value = element.get(name) or ""
        if is_number(value):
            return int(value)
    for name in ("href", "onclick"):
        value = element.get(name) or ""
        if name == "href" and not value.startswith("#") and not value.casefold().startswith("javascript:"):
            continue
        if match := _PAGE_IN_SCRIPT.search(value):
            return int(next(group for group in match.groups() if group))
    return None
