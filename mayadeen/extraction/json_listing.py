"""A listing's page as JSON: its entries, and its next page."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from mayadeen.extraction.cards import card_day
from mayadeen.extraction.dates import BEIRUT
from mayadeen.extraction.dom import collapse
from mayadeen.extraction.listing_page import Card, ListingPage, NextPage
from mayadeen.extraction.page_urls import CURSOR_PARAMETERS, OFFSET_PARAMETERS, PAGE_PARAMETERS, is_number, with_page
from mayadeen.site.urls import Addresses

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
_ERROR_STATUSES = ("error", "fail", "failed", "failure")
_ERROR_KEYS = ("error", "errors", "exception")
_TOTAL_KEYS = ("total", "total_count", "totalcount", "total_results", "totalresults", "total_items", "totalitems")
_LAST_KEYS = frozenset({"islast", "lastpage", "last", "end", "isend", "finished", "done"})


class JsonListingReader:
    """Reads the entries of a JSON answer, and its next page."""

    def __init__(
        self,
        data: Any,
        url: str,
        addresses: Addresses,
        not_articles: Collection[str],
        listing_url: str,
        fetched_at: datetime | None = None,
    ) -> None:
        self.data = data
        self.url = url
        self.addresses = addresses
        self.not_articles = not_articles
        self.listing_url = listing_url
        self.fetched_at = fetched_at
        self.found: dict[str, Card] = {}
        self.steps: list[NextPage] = []
        self.complete = False
        self.more = False
        self.has_list = False
        self.is_error = False
        self.total: int | None = None
        self.read_html: Callable[[str], ListingPage]

    def read(self, read_html: Callable[[str], ListingPage]) -> ListingPage:
        """Read the answer. ``read_html`` reads a part of a page, which some answers contain as text."""
        self.read_html = read_html
        self._visit(self.data, 0)
        step = next(iter(self.steps), None)
        if self.complete and not self.more:
            step = None
        has_list = bool(self.found) or self.has_list or self.complete
        return ListingPage(
            tuple(self.found.values()),
            step,
            complete=self.complete and step is None,
            answer="list" if self.found or (has_list and not self.is_error) else "else",
            total=self.total,
        )

    def _visit(self, value: Any, depth: int) -> None:
        if depth > 12:
            return
        if isinstance(value, str):
            if "<" in value and "href" in value:
                page = self.read_html(value)
                for inner in page.cards:
                    self.found.setdefault(self.addresses.canonical(inner.url), inner)
                if page.next:
                    self.steps.append(NextPage(page.next.url, fragment=True))
        elif isinstance(value, list):
            self.has_list = True
            for entry in value:
                if isinstance(entry, dict) and (card := self._card(entry)):
                    self.found.setdefault(self.addresses.canonical(card.url), card)
                else:
                    self._visit(entry, depth + 1)
        elif isinstance(value, dict):
            self._paging(value)
            self._read_status(value)
            for entry in value.values():
                if isinstance(entry, dict) and not _contains_entries(entry) and (card := self._card(entry)):
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
                # A bare slug is relative to the listing it came from.
                value = urljoin(f"{self.addresses.canonical(self.listing_url)}/", value.strip("/"))
            url = self.addresses.resolve(value, f"{self.addresses.base_url}/")
            if url and self.addresses.may_be_article(url) and self.addresses.canonical(url) not in self.not_articles:
                dated = (self._date(folded[k]) for k in _DATE_KEYS if k in folded)
                return Card(url, collapse(title), *next((d for d in dated if d[0]), (None, False)))
        return None

    def _date(self, value: Any) -> tuple[date | None, bool]:
        if isinstance(value, str):
            return card_day(value, self.addresses.edition.language, self.fetched_at)
        if isinstance(value, int) and not isinstance(value, bool) and 10**9 <= value < 10**11:
            return datetime.fromtimestamp(value, BEIRUT).date(), False
        return None, False

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
                    self.complete = self.complete or not self.steps
        number, pages = (
            _integer(entry, "page", "current_page", "currentPage"),
            _integer(entry, "pages", "total_pages", "totalPages", "last_page", "lastPage", "page_count", "pageCount"),
        )
        if number is not None and pages is not None and number >= pages:
            self.complete = True

    def _read_status(self, entry: dict[str, Any]) -> None:
        """Note whether the answer is an error, and how many entries the whole list has."""
        folded = {str(key).casefold(): value for key, value in entry.items()}
        status = folded.get("status")
        says_error = isinstance(status, str) and status.casefold() in _ERROR_STATUSES
        if says_error or False in (folded.get("success"), folded.get("ok")) or any(folded.get(k) for k in _ERROR_KEYS):
            self.is_error = True
        total = next((folded[key] for key in _TOTAL_KEYS if key in folded), None)
        if isinstance(total, int) and not isinstance(total, bool) and self.total is None:
            self.total = total

    def _add(self, key: str, value: str | int) -> None:
        text = str(value).strip()
        url: str | None
        if isinstance(value, str) and ("/" in text or text.startswith("?")) and "<" not in text:
            url = self.addresses.resolve(text, self.url)
        elif isinstance(value, str) and "<" in text:
            return
        elif "cursor" in key or "token" in key or not is_number(text):
            url = self._with_cursor(text)
        elif "offset" in key:
            url = self._with_parameter(OFFSET_PARAMETERS, text, "offset")
        elif int(text) <= 0:
            return
        else:
            url = with_page(self.url, int(text)) or self._with_parameter(PAGE_PARAMETERS, text, "page")
        if url and url != self.url and self.addresses.is_site(url):
            self.steps.append(NextPage(url, fragment=True))

    def _with_cursor(self, value: str) -> str:
        return self._with_parameter(CURSOR_PARAMETERS, value, "cursor")

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


def _contains_entries(entry: dict[str, Any]) -> bool:
    """Whether a dict contains entries, and so is not an entry."""
    return any(isinstance(v, list) and any(isinstance(e, dict) for e in v) for v in entry.values())


def _integer(entry: dict[str, Any], *keys: str) -> int | None:
    for key in keys:
        value = entry.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None
