"""An article's page: one short method for each field, which yields its raw values in order of trust.

A field's method yields ``(source, raw value)`` pairs, most trusted first. The loader uses the first value that is not
empty after cleaning. The order is ``tawsiyat``, ``json-ld``, ``meta``, ``html``, ``generic``. Comments explain the
exceptions. When the layout changes, fix ``Layout`` (selectors) and the field's method.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, reduce
from itertools import compress, islice, pairwise, takewhile
from operator import itemgetter, not_
from typing import Any

from lxml.html import HtmlElement

from mayadeen.extraction.article_rows import (
    MAX_ROW,
    ArticleColumn,
    Row,
    has_summary_class,
    is_alike,
    is_marked_byline,
    is_rail,
    leads_to,
    links_to_authors,
    only_content,
    outside_rails,
)
from mayadeen.extraction.article_text import ArticleText, drop_open_titles, drop_rows
from mayadeen.extraction.body import read_body
from mayadeen.extraction.body_builder import Body, block
from mayadeen.extraction.bylines import byline_rest, is_full_name, is_role, marked_line, names_in, split_names
from mayadeen.extraction.date_labels import DatedText, Meaning, label_at_end, split_date
from mayadeen.extraction.dom import (
    HEADINGS,
    base_url,
    class_and_id,
    collapse,
    common_ancestor,
    css,
    has_tags_class,
    holds_only_links,
    is_inside_noise,
    leads_away,
    parse_html,
    text_of,
    xpath,
)
from mayadeen.extraction.embeds import embed_address, provider_of, video_of
from mayadeen.extraction.heading import common_words, heading_with_title, page_title
from mayadeen.extraction.images import figure_image, is_ornament
from mayadeen.extraction.labels import is_byline_row, source_of, without_site_name
from mayadeen.extraction.menu import menu_of
from mayadeen.extraction.metadata import Sources, names, text, texts, urls
from mayadeen.extraction.microdata import properties_of, value_of
from mayadeen.extraction.numbers import reading_minutes, shares
from mayadeen.extraction.related import TITLE_WORDS
from mayadeen.extraction.shown_dates import shown_dates
from mayadeen.extraction.text_copy import copy_with_texts
from mayadeen.extraction.text_runs import SENTENCE_WORDS, TextRun, letters_in, text_runs
from mayadeen.items import Image, Named, Source, Video
from mayadeen.site import words
from mayadeen.site.editions import Section, labels_of
from mayadeen.site.kinds import NON_TEXT_KINDS, NOT_AN_ARTICLE, kind_of
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import Addresses, image_url, record_url

Candidates = Iterator[tuple[Source, Any]]


class Layout:
    """Selectors of the layout known since June 2023. ``docs/site.md`` says how certain each is."""

    HEADING = css("div.details-white-box h1, div.details-white-box h2")
    SUMMARY = css("p.summary, .article-summary")
    BODY = css("section.read-section div.p-content")


_COVERAGE_MARKED = xpath("descendant-or-self::*[contains(@class, 'overage') or contains(@id, 'overage')]")
_TITLE_START = re.compile(r"[^|｜]{1,40}[|｜] ?")
_TITLE_END = re.compile(r" ?[|｜ㅣ–—-] ?\S|：| : | \(")
_MAX_TITLE_END = 40
_HALF = 0.5


_MIN_ARTICLE_WORDS = 100
"""Minimum words of the running text of a page without id, date and byline that is an article."""

_AUTHOR_METAS = (
    "author", "authors", "article:author", "article_author", "parsely-author", "sailthru.author", "dc.creator",
    "dcterms.creator",
)  # fmt: skip
"""Meta tags that name authors. Some contain the URL of a profile, which is not a name."""
_DATE_METAS = (
    "datepublished", "article:published", "article.published", "og:published_time", "og:article:published_time",
    "originalpublicationdate", "date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.issued", "dcterms.date",
    "pubdate", "publish-date", "publish_date", "publishdate", "publication_date", "parsely-pub-date", "sailthru.date",
    "bt:pubdate", "cxenseparse:recs:publishtime",
)  # fmt: skip
"""Meta tags that give the time of publication, often without a zone."""
_DATES_OF_POSTS = ("article:published_time", *(name for name in _DATE_METAS if not re.fullmatch(r"date|dc.*", name)))
"""Those that other pages than posts do not have."""
_AUTHOR_LINKS = xpath("//a[contains(concat(' ', @rel, ' '), ' author ')]")
_DAY_IN_PATH = re.compile(r"/((?:19|20)\d\d)[/-](0\d|1[0-2])[/-]([0-2]\d|3[01])(?![\d])")
"""The day in a URL, as in ``/2023/06/26/a-port-is-quiet``."""
_LITTLE, _MANY_WORDS = 0.25, 100
"""A known container is doubted if it has less than this share of the text, and at least this many words are outside."""
_VIDEO_WORDS, _VIDEO_PARAGRAPHS = 10, 3
"""A page that JSON-LD calls a video is a text if it has at least this many paragraphs of this many words."""

_MAX_OWN_DATES = 5
"""Maximum shown dates of an article, with those for machines: published and updated, each up to twice, and an event."""
_MAX_MARKED = 20
"""Maximum elements that are marked as author or time, if one of them may be the article's only one."""
_MAX_DATES = 8
"""Maximum shown dates that are tried. Each may take milliseconds, and an article shows one or two."""


class NotAnArticle(Exception):
    """The page is not an article. ``reason`` is ``listing`` or ``profile``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ArticlePage:
    """A saved or fetched page, read as an article's page."""

    def __init__(self, html: str | bytes, url: str, addresses: Addresses) -> None:
        self.url = url
        self.addresses = addresses
        self.root = parse_html(html)
        self.base = base_url(self.root, url)
        self.sources = Sources(self.root, url)
        self._resolved: dict[str, str | None] = {}

    def resolve(self, href: str | None) -> str | None:
        """Return the absolute URL of a link on the page, or ``None``. URLs of the site are on the public host."""
        if not href:
            return None
        if href not in self._resolved:
            url = self.addresses.resolve(href, self.base)
            self._resolved[href] = record_url(self.addresses.public(url)) if url else None
        return self._resolved[href]

    # --- what the page is -------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise ``NotAnArticle`` for listings and profiles. Pages without any sign of these pass."""
        if self.sources.tawsiyat.get("type") == "page":
            raise NotAnArticle("listing")
        if self.kind == NOT_AN_ARTICLE:
            raise NotAnArticle("profile")

    @property
    def has_evidence(self) -> bool:
        """Return whether the page has a sign of a post: an id, type, date, block or byline, or much running text."""
        sources = self.sources
        return bool(
            sources.tawsiyat.get("postid")
            or sources.json_ld
            or sources.broken
            or any(name in sources.metas for name in _DATES_OF_POSTS)
            or "postid" in sources.metas
            or sources.metas.get("og:type") == "article"
            or (self._shown_dates and not self._lists_dates)
            or self._byline
            or self._is_mostly_text
        )

    @property
    def _lists_dates(self) -> bool:
        """Whether the page has more dates than an article has, and no text: the dates are those of other articles."""
        return len(self._shown_dates) > _MAX_OWN_DATES and not self.body.blocks

    @property
    def _is_mostly_text(self) -> bool:
        """Whether the page is running text for the most part, and enough of it to be an article."""
        texts = self._generic_runs or [run for container in self._known_containers for run in text_runs(container)]
        running = [run for run in texts if run.is_running]
        is_most = 2 * letters_in(running) > letters_in(texts)
        return is_most and sum(run.words for run in running) >= _MIN_ARTICLE_WORDS

    @property
    def _has_sentences(self) -> bool:
        """Whether the page has several paragraphs of running text, so that it is not a video page."""
        paragraphs = [r for r in text_runs(self.root) if r.element.tag == "p" and r.is_running]
        return sum(r.words >= _VIDEO_WORDS and not is_inside_noise(r.element) for r in paragraphs) >= _VIDEO_PARAGRAPHS

    @cached_property
    def kind(self) -> str | None:
        """The kind by the table of the site, from the metadata blocks or from the shown category."""
        return self._stated_kind or kind_of(None, self._shown_category, self.url)

    @cached_property
    def _stated_kind(self) -> str | None:
        classes = self.sources.classes
        category = classes.get("category") or text(self.sources.json_ld.get("articleSection"))
        block_type = text(self.sources.tawsiyat.get("type"))
        is_video = self.sources.json_ld.get("@type") == "VideoObject"
        if is_video and not self.sources.tawsiyat and not self._has_sentences:
            block_type = "videoobject"
        return kind_of(classes.get("posttype"), category, self.url, block_type)

    # --- fields -----------------------------------------------------------------------------------------------------

    def post_id(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("postid"))
        yield "meta", self.sources.metas.get("postid")

    def canonical_url(self) -> Candidates:
        """The URL by order of trust. A URL that equals the fetched one comes first."""
        stated: tuple[tuple[Source, str | None], ...] = (
            ("tawsiyat", text(self.sources.tawsiyat.get("url"))),
            ("json-ld", text(self.sources.json_ld.get("url"))),
            ("meta", self.sources.canonical),
            ("meta", self.sources.metas.get("og:url")),
        )
        own = {href: self._own_address(href) for href in {href for _, href in stated}}
        for is_fetched in (True, False):
            for source, href in stated:
                url = own[href]
                if is_fetched is (url is not None and self.addresses.canonical(url) == self._fetched):
                    yield source, url
        yield "assumed", self.url

    @cached_property
    def _fetched(self) -> str:
        return self.addresses.canonical(self.url)

    def title(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("title"))
        headline = text(self.sources.json_ld.get("headline")) or text(self.sources.json_ld.get("name"))
        yield "json-ld", self._as_shown(headline)
        yield "meta", self._as_shown(self._shared_title)
        yield "html", text_of(next(iter(Layout.HEADING(self.root)), None))
        yield "generic", text_of(self.heading)
        yield "generic", self._page_title

    def _as_shown(self, title: str | None) -> str | None:
        """A stated title, or the shown headline if the stated title is a part of it or has the name of site or section.

        Such a name follows the headline and a dash, bar, bracket or colon after a blank. A section may precede it and a
        bar. A part ends in an ellipsis, or before a quotation mark that ended the value of an attribute.
        """
        shown = text_of(self.heading) if title else ""
        stated = collapse(title or "")
        start, label = stated.rstrip(".… "), normalize_label(shown)
        if shown and shown.startswith(start):
            is_part = stated.endswith(("...", "…")) or shown[len(start) :].lstrip().startswith('"')
            return shown if is_part else title
        is_shared = normalize_label(self.sources.metas.get("og:title") or "") == label
        for end in _TITLE_END.finditer(stated, max(len(stated) - _MAX_TITLE_END, 0)):
            is_short = is_shared or len(stated) - end.start() < len(shown)
            if is_short and normalize_label(stated[: end.start()]) == label:
                return shown
        begin = _TITLE_START.match(stated)
        return shown if begin and normalize_label(stated[begin.end() :]) == label else title

    @property
    def _shared_title(self) -> str | None:
        """The title for social networks, or the headline if the page's title has it, and the shared one other words."""
        title = self._without_site_name(self.sources.metas.get("og:title"))
        shown = text_of(self.heading) if title else ""
        is_long = len(shown.split()) >= TITLE_WORDS  # a shorter one may be the section
        is_title = is_long and normalize_label(self._page_title or "").startswith(normalize_label(shown))
        return shown if title and is_title and common_words(title, shown)[1] < _HALF else title

    def summary(self) -> Candidates:
        """The deck. A metadata block with an empty description settles that there is none."""
        description = self.sources.tawsiyat.get("description")
        yield "tawsiyat", text(description)
        if description == "":
            return
        yield "json-ld", text(self.sources.json_ld.get("description"))
        yield "meta", self.sources.metas.get("og:description") or self.sources.metas.get("description")
        yield "html", text_of(next(iter(Layout.SUMMARY(self.root)), None))
        yield (
            "generic",
            next((text_of(r.element) for r in self._rows if self._is_marked_deck(r.element)), None),
        )
        yield "generic", next((text_of(r.element) for r in self._column.between if self._is_deck(r.element)), None)
        yield "generic", self._generic_text.deck if self._generic_text is not None else None

    @staticmethod
    def _is_marked_deck(el: HtmlElement) -> bool:
        """Whether the class of a line says that it is a deck, and it is not a row of the byline."""
        is_row = is_marked_byline(el) or next(el.iter("time"), None) is not None
        return has_summary_class(el) and not is_row and not is_byline_row(text_of(el))

    @staticmethod
    def _is_deck(el: HtmlElement) -> bool:
        """Whether a line between headline and body is a sentence, not a byline row, label, link or bio."""
        line = text_of(el)
        is_row = is_byline_row(line)
        caption = "caption" in class_and_id(el).casefold() or next(el.iterancestors("figure"), None) is not None
        plain = el.tag in ("p", "h2", "h3", "h4") and next(el.iter("a"), None) is None and not caption
        around = [e for e in islice(el.iterancestors(), 3) if next(e.iter("h1"), None) is None]
        return plain and len(line.split()) >= 6 and not is_row and not any(map(is_marked_byline, around))

    def authors(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("author")) or self.sources.classes.get("author")
        metas = self.sources.metas
        labels = [f"twitter:data{n}" for n in (1, 2) if metas.get(f"twitter:label{n}") in words.BYLINES]
        shown = [n["name"] for n in self._byline] or self._authors_in_microdata or self._only_author
        in_metas = [names(metas.get(key)) for key in (*_AUTHOR_METAS, *labels)]
        agreeing = [_names_one_of(found, shown) for found in in_metas]
        stated: list[tuple[Source, list[str]]] = [
            ("json-ld", names(self.sources.json_ld.get("author"))),
            *(("meta", found) for found in compress(in_metas, agreeing)),
            ("html", shown),
            *(("meta", found) for found in compress(in_metas, map(not_, agreeing))),
            ("meta", names(metas.get("parsely-page author"))),  # only the first of several authors
            ("json-ld", names(self.sources.json_ld.get("creator"))),  # sometimes the name of an account
        ]
        # The publisher is the author only if the page names no other.
        for source, found in stated:
            if not {normalize_label(name) for name in found} <= self._publishers:
                yield source, found
        yield from stated

    @property
    def _authors_in_microdata(self) -> list[str]:
        """The authors that microdata names anywhere, such as below the text."""
        return [marked_line(el) for el in properties_of(self.root, "author", self._text_root)]

    @property
    def _only_author(self) -> list[str]:
        """The author to whose page links with ``rel`` lead, such as those in a box below the text, if there is one."""
        links = _AUTHOR_LINKS(self.root)
        if len(links) > _MAX_MARKED:
            return []
        found = dict.fromkeys(text_of(a) for a in links if self._may_be_own(a))
        named = [name for name in found if is_full_name(name) and name not in words.NOT_NAMES]
        return named if len(named) == 1 else []

    @property
    def _only_time(self) -> str | None:
        """The time for machines, if the page has only one."""
        times = [el for el in self.root.iter("time") if el.get("datetime")]
        found = {el.get("datetime") for el in times if self._may_be_own(el)} if len(times) <= _MAX_MARKED else ()
        return next(iter(found)) if len(found) == 1 else None

    def _may_be_own(self, el: HtmlElement) -> bool:
        """Whether an element is not in another ``article`` than the headline, nor in noise or next to a link."""
        article = next(el.iterancestors("article"), None)
        if (article is not None and self.heading not in article.iter()) or is_inside_noise(el):
            return False
        small = takewhile(lambda box: len(text_of(box)) <= MAX_ROW, islice(el.iterancestors(), 3))
        return not any(
            a is not el and leads_away(a) and not leads_to("author", a) for box in small for a in box.iter("a")
        )

    @cached_property
    def _publishers(self) -> set[str]:
        """The names of the site as the page says them, normalized."""
        metas, block = self.sources.metas, self.sources.json_ld
        stated = [metas.get("og:site_name"), metas.get("application-name"), *names(block.get("publisher"))]
        authors = block.get("author")
        for author in authors if isinstance(authors, list) else [authors]:
            if isinstance(author, dict) and str(author.get("@type")).endswith("Organization"):
                stated += names(author)
        return {normalize_label(name) for name in stated if name} | words.SITE_NAMES.keys

    @property
    def author_links(self) -> list[Named]:
        """Names of the byline with their pages, to add to the names of a more trusted source."""
        return self._byline

    def source(self) -> Candidates:
        yield "html", next((name for r in self._rows if (name := source_of(r.text))), None)

    def published_at(self) -> Candidates:
        """Yield the times of publication.

        Times in meta tags have no zone and are UTC. In 554 of 554 pages they agree with the metadata block. A JSON-LD
        time without a zone comes after them, because its zone is not known. The shown date also has no zone, and is in
        Beirut's zone.
        """
        in_json_ld = text(self.sources.json_ld.get("datePublished") or self.sources.json_ld.get("uploadDate"))
        yield "tawsiyat", text(self.sources.tawsiyat.get("published_time"))
        yield "json-ld", in_json_ld
        yield "meta", self.sources.metas.get("article:published_time")
        yield "json-ld", (in_json_ld, "assume_utc") if in_json_ld else None
        for name in _DATE_METAS:
            if value := self.sources.metas.get(name):
                yield "meta", (value, "assume_utc")
        yield from self._dates("published")
        yield from (("html", value_of(el)) for el in properties_of(self.root, "datePublished", self._text_root))
        yield "json-ld", text(self.sources.json_ld.get("dateCreated"))
        yield "html", self._only_time
        for url in (self.url, self.sources.canonical, self.sources.metas.get("og:url")):
            if day := _DAY_IN_PATH.search(url or ""):
                yield "generic", "-".join(day.groups())

    def modified_at(self) -> Candidates:
        in_json_ld = text(self.sources.json_ld.get("dateModified"))
        yield "tawsiyat", text(self.sources.tawsiyat.get("last_updated"))
        yield "json-ld", in_json_ld
        yield "meta", self.sources.metas.get("article:modified_time") or self.sources.metas.get("og:updated_time")
        yield "json-ld", (in_json_ld, "assume_utc") if in_json_ld else None
        for name in ("datemodified", "article:modified", "last-modified", "dcterms.modified"):
            if value := self.sources.metas.get(name):
                yield "meta", (value, "assume_utc")
        yield from self._dates("modified")

    def category(self) -> Candidates:
        yield "tawsiyat", self.sources.classes.get("category")
        for label in texts(self.sources.json_ld.get("articleSection")):
            yield "json-ld", label
        yield "meta", self.sources.metas.get("article:section")
        yield "html", self._shown_category

    def post_type(self) -> Candidates:
        yield "tawsiyat", self.sources.classes.get("posttype")

    def country(self) -> Candidates:
        yield "tawsiyat", self.sources.classes.get("country")

    def coverage(self) -> Candidates:
        yield "tawsiyat", self.sources.classes.get("coverage")
        yield "html", self.coverage_link["name"] if self.coverage_link else None

    def keywords(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("keywords"))
        yield "json-ld", texts(self.sources.json_ld.get("keywords"))
        yield "meta", self.sources.metas.get("keywords") or self.sources.metas.get("news_keywords")

    def tags(self) -> Candidates:
        known, generic = self._tags
        yield "html", known
        yield "generic", generic

    def language(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("lang"))
        yield "json-ld", text(self.sources.json_ld.get("inLanguage"))
        yield "meta", self.sources.metas.get("content-language")
        yield "html", self.root.get("lang")

    def shares(self) -> Candidates:
        yield "html", next((n for r in self._rows if (n := shares(r.text)) is not None), None)

    def reading_minutes(self) -> Candidates:
        yield "html", next((n for r in self._rows if (n := reading_minutes(r.text)) is not None), None)

    def images(self) -> Candidates:
        """Yield the main picture, then the pictures of the body.

        The main picture's URL is from the most trusted source, and its caption from the page.
        """
        shown = self._main_figure
        inline = self.body.images
        thumbnail = self.sources.json_ld.get("thumbnailUrl") or self.sources.json_ld.get("image")
        for source, href in (
            ("tawsiyat", text(self.sources.tawsiyat.get("thumbnail"))),
            ("json-ld", next(iter(urls(thumbnail)), None)),
            ("meta", self.sources.metas.get("og:image")),
        ):
            url = self.resolve(href)
            if url is None:
                continue
            main = Image(url=image_url(url), caption=None, credit=None, alt=None, role="main", path=None, checksum=None)
            if shown is not None:
                main["caption"], main["credit"], main["alt"] = shown["caption"], shown["credit"], shown["alt"]
            yield source, [main, *(i for i in inline if i["url"] != main["url"])]  # type: ignore[misc]
        yield "html", [*([shown] if shown else []), *inline]

    @property
    def gallery(self) -> list[Image]:
        """The pictures of a gallery: all in the article's column, in page order."""
        found: dict[str, Image] = {}
        for img in self._scope.iter("img"):
            if not is_inside_noise(img, self._scope) and (i := figure_image(img, self.resolve, "gallery", self._scope)):
                found.setdefault(i["url"], i)
        return list(found.values())

    def videos(self) -> Candidates:
        seconds = text(self.sources.tawsiyat.get("video_duration"))
        found = [*self._main_videos, *self.body.videos]
        embed = self.sources.json_ld.get("contentUrl") or self.sources.json_ld.get("embedUrl")
        if not found and (url := self.resolve(text(embed))):
            yield "json-ld", [Video(url=url, provider=None, duration_seconds=_integer(seconds))]
        if found:
            found[0]["duration_seconds"] = _integer(seconds)
        yield "html", found

    # --- body -------------------------------------------------------------------------------------------------------

    @cached_property
    def body(self) -> Body:
        """The body from its known container, otherwise from the main text of the page, otherwise from JSON-LD."""
        if self._text_root is None:
            return Body(blocks=[block("paragraph", text=line) for line in self._json_ld_lines])
        if self._generic_runs is not None:
            return self._generic_body[0]
        body = Body()
        for part in self._known_containers:
            body.add(read_body(part, self.resolve, self._is_tag_label))
        return body

    @cached_property
    def _generic_body(self) -> tuple[Body, list[Row]]:
        """The body from the main text of the page, and rows of the byline that only line breaks divided from it."""
        kept = {run.element for run in self._generic_runs or ()}
        body = read_body(copy_with_texts(self._text_root, kept), self.resolve, self._is_tag_label)
        rows = drop_rows(body.blocks)
        drop_open_titles(body.blocks)
        return body, rows

    @property
    def body_source(self) -> Source | None:
        if self._text_root is None and self._json_ld_lines:
            return "json-ld"
        if self._generic_runs is None and self._known_containers:
            return "html"
        return "generic" if self.body.blocks else None

    @cached_property
    def _json_ld_lines(self) -> list[str]:
        """The paragraphs of ``articleBody``, for a page whose text only a script shows."""
        if self._stated_kind in NON_TEXT_KINDS:
            return []
        stated = text(self.sources.json_ld.get("articleBody")) or ""
        lines = [line for part in stated.splitlines() if (line := collapse(part))]
        return lines if any(len(line.split()) >= SENTENCE_WORDS for line in lines) else []

    @cached_property
    def _known_containers(self) -> list[HtmlElement]:
        """The known containers: several if the body is in parts, without a copy for phones."""
        found = [el for el in Layout.BODY(self.root) if _has_content(el)]
        if len(found) > 1:
            parts = {text_of(el): el for el in reversed(found)}
            full = [el for el in found if (t := text_of(el)) and parts[t] is el] or found[:1]
            found = [el for el in full if el.getparent() is full[0].getparent()]
        return found

    @cached_property
    def _generic_text(self) -> ArticleText | None:
        """The article's text by its form, unless a known container holds it."""
        if self._stated_kind in NON_TEXT_KINDS or (self._known_containers and not self._holds_little):
            return None
        return ArticleText(self.root, self.sources, self.heading, self._known_containers, has_deck=self._has_deck)

    @property
    def _generic_runs(self) -> list[TextRun] | None:
        """The texts of an article without a known container."""
        return (self._generic_text.runs or None) if self._generic_text is not None else None

    @property
    def readings_differ(self) -> bool:
        """Whether the known container has another text than the page by its form."""
        return self._generic_text is not None and self._generic_text.readings_differ

    @property
    def _holds_little(self) -> bool:
        """Whether the known containers have only a small part of the page's running text."""
        inside = {p for container in self._known_containers for p in container.iter("p")}
        outside = [(p, n) for p in self.root.iter("p") if p not in inside and (n := _words_in(p)) >= SENTENCE_WORDS]
        if sum(n for _, n in outside) < _MANY_WORDS:
            return False
        words = sum(map(_words_in, self._known_containers))

        def is_little(outside: int) -> bool:
            return outside >= _MANY_WORDS and words < _LITTLE * (words + outside)

        return is_little(sum(n for _, n in outside)) and is_little(sum(n for p, n in outside if not is_inside_noise(p)))

    @property
    def _has_deck(self) -> bool:
        """Whether metadata or known markup of the page gives its deck, or shows that it has none."""
        metas = self.sources.metas
        stated = "description" in self.sources.tawsiyat or text(self.sources.json_ld.get("description"))
        return bool(stated or metas.get("og:description") or metas.get("description") or Layout.SUMMARY(self.root))

    @cached_property
    def _text_tops(self) -> list[HtmlElement]:
        """The elements that hold the text: the known containers, or each block of the generic text."""
        if self._generic_runs is None:
            return self._known_containers
        blocks = dict.fromkeys(run.element for run in self._generic_runs)
        return [el for el in blocks if not any(around in blocks for around in el.iterancestors())]

    @cached_property
    def _text_root(self) -> HtmlElement | None:
        """The nearest element that holds the whole text."""
        return reduce(common_ancestor, self._text_tops) if self._text_tops else None

    def _is_tag_label(self, el: HtmlElement) -> bool:
        """Whether an element in the body contains only links to tags: the labels after the text."""
        if not len(el) or el.tag not in ("p", "ul", "div") or (el.text or "").strip():
            return False
        return all(leads_to("tag", a) for a in el.iter("a")) and holds_only_links(el)

    # --- around the headline ----------------------------------------------------------------------------------------

    @cached_property
    def _page_title(self) -> str | None:
        return page_title(self.root, self.sources)

    def _without_site_name(self, title: str | None) -> str | None:
        return without_site_name(title, self.sources.metas.get("og:site_name"))

    @cached_property
    def heading(self) -> HtmlElement | None:
        """The headline's element: in the known container, otherwise the heading with the page's title."""
        known = Layout.HEADING(self.root)
        return known[0] if known else heading_with_title(self.root, self.sources)

    @cached_property
    def _scope(self) -> HtmlElement:
        """The element that holds headline and body: the article's own column."""
        if self.heading is None or self._text_root is None:
            return self.root
        scope = common_ancestor(self.heading, self._text_root)
        if scope in self._text_tops and (parent := scope.getparent()) is not None:
            return parent
        return scope

    @cached_property
    def _column(self) -> ArticleColumn:
        """The rows around the headline, from the whole ``article`` if those next to it have no date."""
        column = ArticleColumn(self._scope, self.heading, self._text_tops)
        article = next(self._scope.iterancestors("article"), None)
        if article is None or self._generic_runs is None or shown_dates((r.element, r.text) for r in column.rows):
            return column
        is_of_others = set(article.iter(*HEADINGS)) - set(self._scope.iter(*HEADINGS))
        return column if is_of_others else ArticleColumn(article, self.heading, self._text_tops)

    @cached_property
    def _rows(self) -> list[Row]:
        """The rows around the headline, then those at both ends of a text of unknown layout."""
        if self._generic_text is None or self._generic_runs is None:
            return self._column.rows
        return [*self._column.rows, *self._generic_body[1], *self._generic_text.rows_below]

    @cached_property
    def _after_body(self) -> list[HtmlElement]:
        """Elements of the article's column that follow the body, or the whole column if there is no body."""
        return self._column.after if self._text_root is not None else [self._scope]

    @cached_property
    def _byline(self) -> list[Named]:
        for row in self._rows:
            if (rest := byline_rest(row.text)) and not self._is_summary(row.element):
                return names_in(rest, self._author_anchors(row.element))
        for label, row in pairwise(self._rows):
            if label.text in words.BYLINES and is_full_name(row.text):
                named = names_in(row.text, self._author_anchors(row.element))
                marked = self._marked_names
                return marked if named[:1] == marked[:1] else named
        return self._marked_names or self._boxed_name

    @property
    def _marked_names(self) -> list[Named]:
        """The names in the first row that is marked as a byline, and in the rows with the same markup next to it."""
        found: dict[str, Named] = {}
        first: HtmlElement | None = None
        for row in self._rows:
            marked = [e for e in only_content(row.element) if is_marked_byline(e) or links_to_authors(e)]
            if not marked:
                continue
            line = marked_line(marked[-1])
            line, _ = split_date(line) or (line, None)
            is_label = label_at_end(line) is not None  # as "Posted on" in front of a date
            for name in () if is_label else names_in(byline_rest(line) or line, self._author_anchors(row.element)):
                known = found.get(name["name"])
                if known is not None:
                    known["url"] = known["url"] or name["url"]
                elif first is None or is_alike(marked[0], first):
                    first = first if first is not None else marked[0]
                    found[name["name"]] = name
        return list(found.values())

    @property
    def _boxed_name(self) -> list[Named]:
        """The first name in a box that is marked as a byline, next to a picture or a role."""
        for row in self._rows:
            is_in_byline = any(map(is_marked_byline, islice(row.element.iterancestors(), 2)))
            if is_in_byline and is_full_name(row.text) and not is_role(row.text):
                return names_in(row.text, self._author_anchors(row.element))
        return []

    def _author_anchors(self, el: HtmlElement) -> list[tuple[HtmlElement, str | None]]:
        """The links of a byline with the pages they lead to: ``""`` if it is not the page of an author."""
        found: list[tuple[HtmlElement, str | None]] = []
        for anchor in el.iter("a"):
            url = self.resolve(anchor.get("href"))
            if url and not self.addresses.is_site(url):
                url = None if anchor.get("rel") == "author" or leads_to("author", anchor) else ""
            found.append((anchor, url))
        return found

    @staticmethod
    def _is_summary(el: HtmlElement) -> bool:
        return any(has_summary_class(e) for e in (el, *islice(el.iterancestors(), 2)))

    @cached_property
    def _shown_dates(self) -> list[DatedText]:
        return shown_dates((row.element, row.text) for row in self._rows)

    def _dates(self, meaning: Meaning) -> Candidates:
        for shown in [d for d in self._shown_dates if d.meaning == meaning][:_MAX_DATES]:
            yield "html", shown.text

    @cached_property
    def _shown_category(self) -> str | None:
        """A label of the menu shown as a link around the headline (breadcrumb or category label)."""
        shown = [r.text for r in self._rows if r.element.tag in ("a", "span", "li", "p", "div") and len(r.text) < 40]
        labels = self._table if any(normalize_label(line) in self._table for line in shown) else self.menu
        found = [labels[key].label for line in shown if (key := normalize_label(line)) in labels]
        return found[-1] if found else None

    @property
    def _table(self) -> dict[str, Section]:
        return labels_of(self.addresses.edition)

    @cached_property
    def menu(self) -> dict[str, Section]:
        """Normalized labels → sections of the page's menu, for labels that the built-in table lacks."""
        menu = menu_of(self.root, self.url, self.addresses)
        return {normalize_label(s.label): s for s in menu.sections} if menu else {}

    @cached_property
    def _main_figure(self) -> Image | None:
        """The picture between headline and body. A picture in a figure comes before others, such as the author's."""
        found = [
            (next(img.iterancestors("figure"), None) is None, image)
            for img in self._before_text("img")
            if not self._is_portrait(img)
            and (image := figure_image(img, self.resolve, "main", self._scope))
            and not is_ornament(img, image["url"])
        ]
        return min(found, key=itemgetter(0))[1] if found else None

    def _is_portrait(self, img: HtmlElement) -> bool:
        """Whether an image shows the author: it has the author's name, or stands in a byline without the headline."""
        if normalize_label(img.get("alt") or "") in {normalize_label(author["name"]) for author in self._byline}:
            return True
        opened = {self._scope, *(self.heading.iterancestors() if self.heading is not None else ())}
        around = takewhile(lambda el: el not in opened, img.iterancestors())
        return any(is_marked_byline(el) or (el.tag == "a" and leads_to("author", el)) for el in around)

    def _before_text(self, *tags: str) -> Iterator[HtmlElement]:
        """Elements with these tags in the article's column, up to the text."""
        top = self._text_tops[0] if self._text_tops else None
        for el in self._scope.iter(*tags, *([top.tag] if top is not None else [])):
            if el is top:
                return
            if el.tag in tags and not is_inside_noise(el, self._scope):
                yield el

    @cached_property
    def _main_videos(self) -> list[Video]:
        """Players between headline and body."""
        found: list[Video] = []
        for player in self._before_text("iframe", "video"):
            url = embed_address(player, None, self.resolve)
            video = video_of(player, url, provider_of(url) if url else None)
            found += [video] if video else []
        return found

    @cached_property
    def _tags(self) -> tuple[list[Named], list[Named]]:
        """Labels after the body that a class or URL marks as tags, or else a list of keywords only."""
        around = [el for top in self._after_body for el in outside_rails(top)]
        if found := self._marked_labels(around):
            return found
        if self._text_root is not None and (found := self._marked_labels(self._text_root.iter("p", "ul", "div"))):
            return found
        marked = [a for top in self._after_body for a in top.iter("a") if _is_marked_tag(a)]
        if found := self._marked_labels(marked):
            return found
        keywords = (raw if isinstance(raw, list) else re.split("[,،]", raw or "") for _, raw in self.keywords())
        known = {normalize_label(k) for listed in keywords for k in listed} - {""}
        for top in self._after_body if known else ():
            if isinstance(top.tag, str) and not is_rail(top):
                labels = self._labels(top)
                if labels and all(normalize_label(label["name"]) in known for label in labels):
                    return [], labels
        return [], []

    def _marked_labels(self, elements: Iterable[HtmlElement]) -> tuple[list[Named], list[Named]] | None:
        """Labels among elements, by class or by the addresses of their links."""
        links: list[HtmlElement] = []
        for el in elements:
            if has_tags_class(el) and (found := self._labels(el)):
                return found, []
            if (el.tag == "a" and (leads_to("tag", el) or _is_marked_tag(el))) or (len(el) and self._is_tag_label(el)):
                links += [el] if el.tag == "a" else el.iter("a")
        named = {name: a.get("href") for a in links if (name := text_of(a))}
        return ([], [Named(name=name, url=self.resolve(href)) for name, href in named.items()]) if named else None

    def _labels(self, el: HtmlElement) -> list[Named]:
        found: dict[str, Named] = {}
        anchors = [(a, name) for a in el.iter("a") if (name := text_of(a))]
        leaves = anchors or [(e, name) for e in el.iter("p", "li", "span") if not len(e) and (name := text_of(e))]
        for leaf, name in leaves:
            if name not in words.TAG_LABELS:
                found.setdefault(name, Named(name=name, url=self.resolve(leaf.get("href"))))
        return list(found.values())

    @cached_property
    def coverage_link(self) -> Named | None:
        """The running story of the article's own coverage box.

        The page-wide rail also has the heading "Coverage", but is outside the article.
        """
        for el in (marked for top in self._after_body for marked in _COVERAGE_MARKED(top)):
            if is_rail(el) or is_inside_noise(el, self._scope):
                continue
            if name := next((t for a in el.iter("a", "h2", "h3", "h4", "strong") if (t := text_of(a))), None):
                link = next((a for a in el.iter("a") if text_of(a) == name), None)
                return Named(name=name, url=self.resolve(link.get("href")) if link is not None else None)
        return None

    def _own_address(self, href: str | None) -> str | None:
        """A URL that the page gives as its own, if it is on the site and not the front page."""
        if not href or not href.strip().startswith(("http://", "https://", "/")):
            return None
        url = self.addresses.resolve(href, self.base)
        if url is None or not self.addresses.is_site(url) or not self.addresses.may_be_article(url):
            return None
        # Not the section that the page is in.
        return None if self._fetched.startswith(f"{self.addresses.canonical(url)}/") else url


def _integer(value: str | None) -> int | None:
    match = re.fullmatch(r"\s*(\d{1,7})(?:\.\d+)?\s*", value or "")
    return int(match[1]) if match else None


def _names_one_of(stated: list[str], shown: list[str]) -> bool:
    """Whether a meta tag has one of a byline's full names. Others name a publisher or an account."""
    names_shown = split_names(shown)
    if not all(map(is_full_name, names_shown)):
        return True
    labels = [normalize_label(name) for name in split_names(stated) if is_full_name(name)]
    # The byline may have a word more, such as "by" in another language.
    return any(one in other or other in one for one in map(normalize_label, names_shown) for other in labels)


def _has_content(el: HtmlElement) -> bool:
    """Whether an element has text or media. A page may fill an empty one by script."""
    has_paragraph = any(p.text and not p.text.isspace() for p in el.iter("p"))
    return has_paragraph or bool(text_of(el)) or next(el.iter("img", "iframe", "video", "audio"), None) is not None


def _words_in(el: HtmlElement) -> int:
    return len("".join(el.itertext() if len(el) else el.text or "").split())


def _is_marked_tag(anchor: HtmlElement) -> bool:
    """Whether the ``rel`` of a link says that it leads to a tag. Categories are marked as both."""
    rel = (anchor.get("rel") or "").split()
    return "tag" in rel and "category" not in rel
