"""An author's own page: one short method a field, like ``article.py``, each in order of trust."""

from __future__ import annotations

import re
from functools import cached_property
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from mayadeen.extraction.article import ArticlePage, Candidates
from mayadeen.extraction.dom import SUBHEADINGS, class_and_id, collapse, is_noise, text_of
from mayadeen.extraction.images import image_source
from mayadeen.extraction.labels import without_site_name
from mayadeen.extraction.metadata import text, texts
from mayadeen.items import Link
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import image_url

_BIO_CLASS = re.compile(r"(?:^|[\s_-])(?:bio(?:graphy)?|about|description)(?:$|[\s_-])", re.IGNORECASE)
_PORTRAIT_CLASS = re.compile(
    r"portrait|avatar|(?:author|writer|profile)[\w-]{0,60}(?:image|img|photo|pic)", re.IGNORECASE
)
_NO_PORTRAIT = re.compile(r"(?:logo|placeholder|default|blank|sprite)[^/]*\Z", re.IGNORECASE)
_SHARE = re.compile(r"/(?:sharer|share|intent|send|submit|sharing)\b", re.IGNORECASE)


class AuthorPage(ArticlePage):
    """A saved or fetched page, read as an author's page."""

    def name(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("title"))
        yield "json-ld", text(self.sources.person.get("name"))
        yield "meta", without_site_name(self.sources.metas.get("og:title"))
        yield "html", text_of(self.heading)
        yield "generic", self._page_title

    def bio(self) -> Candidates:
        """Yield the biography. The shown text comes before the meta description.

        The meta description can be the site's own text, which is the same on every page.
        """
        yield "tawsiyat", text(self.sources.tawsiyat.get("description"))
        yield "json-ld", text(self.sources.person.get("description"))
        yield "html", next((t for e in self._own if _BIO_CLASS.search(class_and_id(e)) and (t := text_of(e))), None)
        yield "meta", self.sources.metas.get("og:description") or self.sources.metas.get("description")
        yield "generic", next((t for e in self._own if e.tag == "p" and len(t := text_of(e)) > 40), None)

    def portrait(self) -> Candidates:
        """Yield the portrait. Pages without a portrait give the site's logo, which is left out."""
        for source, raw in (
            ("tawsiyat", text(self.sources.tawsiyat.get("thumbnail"))),
            ("json-ld", next(iter(texts(self.sources.person.get("image"))), None)),
            ("meta", self.sources.metas.get("og:image")),
            ("html", self._shown_portrait),
        ):
            url = self.resolve(raw)
            if url and not _NO_PORTRAIT.search(urlsplit(url).path):
                yield source, image_url(url)  # type: ignore[misc]

    def links(self) -> Candidates:
        found: dict[str, Link] = {}
        for anchor in (e for e in self._own if e.tag == "a"):
            url = self.resolve(anchor.get("href"))
            if url and not self.addresses.is_site(url) and not _SHARE.search(url):
                label = text_of(anchor) or collapse(anchor.get("aria-label") or anchor.get("title") or "")
                found.setdefault(url, Link(text=label or urlsplit(url).netloc, url=url))
        yield "html", list(found.values())
        same = [url for raw in texts(self.sources.person.get("sameAs")) if (url := self.resolve(raw))]
        yield "json-ld", [Link(text=urlsplit(url).netloc, url=url) for url in same if not self.addresses.is_site(url)]

    @cached_property
    def _own(self) -> list[HtmlElement]:
        """Return the elements of the page's main part, without page-wide parts and the cards of the author's posts."""
        top = next(iter(self.root.xpath("//main | //*[@role='main']")), self.root)
        found: list[HtmlElement] = []
        stack = [top]
        while stack:
            el = stack.pop()
            if not isinstance(el.tag, str) or (el is not top and is_noise(el)) or self._is_card(el):
                continue
            found.append(el)
            stack += reversed(el)
        return found

    def _is_card(self, el: HtmlElement) -> bool:
        """Return whether an element is about a post: its heading is a link to a possible article."""
        for heading in el.iter(*SUBHEADINGS):
            anchor = next((a for a in (*heading.iter("a"), *heading.iterancestors("a"))), None)
            url = self.resolve(anchor.get("href")) if anchor is not None else None
            if url and self.addresses.may_be_article(url):
                return self.heading is None or self.heading not in el.iter()
        return False

    @property
    def _shown_portrait(self) -> str | None:
        name = normalize_label(text_of(self.heading))
        images = [img for img in self._own if img.tag == "img"]
        named = [i for i in images if name and normalize_label(i.get("alt") or "") == name]
        marked = [
            i for i in images if any(_PORTRAIT_CLASS.search(class_and_id(e)) for e in (i, *list(i.iterancestors())[:2]))
        ]
        return next((url for i in (*named, *marked) if (url := image_source(i, self.resolve))), None)

    def _own_address(self, href: str | None) -> str | None:
        """As of an article, but for the shape: profiles live where listings do."""
        if not href or not href.strip().startswith(("http://", "https://", "/")):
            return None
        url = self.addresses.resolve(href, self.base)
        return url if url and self.addresses.is_site(url) and urlsplit(url).path.strip("/") else None
