"""An article's page: one short method for each field, which yields its raw values in order of trust.

A field's method yields ``(source, raw value)`` pairs, most trusted first. The loader uses the first value that is not
empty after cleaning. The order is ``tawsiyat``, ``json-ld``, ``meta``, ``html``, ``generic``. Comments explain the
exceptions. When the layout changes, fix ``Layout`` (selectors, with the date) and the field's method.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property, reduce
from itertools import dropwhile, islice
from operator import itemgetter
from typing import Any, Literal
from urllib.parse import unquote

from lxml.html import HtmlElement

from mayadeen.extraction.body import read_body
from mayadeen.extraction.body_builder import Body, block
from mayadeen.extraction.bylines import byline_rest, is_name, marked_line, names_in
from mayadeen.extraction.date_labels import DatedText, Meaning, dated_parts
from mayadeen.extraction.dom import (
    INLINE,
    MAX_DEPTH,
    SILENT,
    base_url,
    class_and_id,
    class_test,
    collapse,
    common_ancestor,
    css,
    holds_only_links,
    is_noise,
    parse_html,
    text_of,
    xpath,
)
from mayadeen.extraction.embeds import embed_address, provider_of, video_of
from mayadeen.extraction.images import figure_image
from mayadeen.extraction.labels import is_byline_row, source_of, without_site_name
from mayadeen.extraction.main_text import MainText, compare_readings, copy_with_texts
from mayadeen.extraction.menu import menu_of
from mayadeen.extraction.metadata import Sources, names, text, texts, urls
from mayadeen.extraction.numbers import reading_minutes, shares
from mayadeen.extraction.shown_dates import join_clocks, shown_dates
from mayadeen.extraction.text_runs import SENTENCE_WORDS, TextRun, holders_of_most, text_runs
from mayadeen.items import Block, Image, Named, Source, Video
from mayadeen.site import words
from mayadeen.site.editions import Section, labels_of
from mayadeen.site.kinds import NON_TEXT_KINDS, NOT_AN_ARTICLE, kind_of
from mayadeen.site.text import normalize_label
from mayadeen.site.urls import Addresses, image_url, record_url

Candidates = Iterator[tuple[Source, Any]]

NameKind = Literal["tag", "author", "coverage"]

LISTING_PATHS: dict[NameKind, re.Pattern[str]] = {
    "tag": re.compile(r"/(?:tags?|topics?|keywords?|labels?|etiquetas?|وسوم)/[^/]", re.IGNORECASE),
    "author": re.compile(r"/(?:authors?|writers?|columnists?|contributors?|profiles?|autor(?:es)?|كتاب)/[^/]", re.I),
    "coverage": re.compile(r"/(?:coverages?|dossiers?|cobertura|تغطيات)/[^/]", re.IGNORECASE),
}
"""Common part of the paths of tag, author and coverage listings."""


class Layout:
    """Selectors of the layout known since June 2023. ``docs/site.md`` says how certain each is."""

    HEADING = css("div.details-white-box h1, div.details-white-box h2")
    SUMMARY = css("p.lg_para.summary, p.summary, .article-summary")
    BODY = css("section.read-section div.p-content")


_SUMMARY_CLASS = re.compile(
    r"(?:^|[\s_-])(?:summary|deck|dek|standfirst|lead|lede|excerpt|sub-?(?:title|heading|head|headline)|intro|chapeau|stand)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
_has_summary_class = class_test(_SUMMARY_CLASS)
_TAGS_CLASS = re.compile(r"(?:^|[\s_-])(?:article-?)?(?:tags?|tag-?list|keywords?|topics?)(?:$|[\s_-])", re.IGNORECASE)
_has_tags_class = class_test(_TAGS_CLASS)
_BYLINE_CLASS = re.compile(r"(?:^|[\s_-])(?:authors?|byline|writers?)(?:$|[\s_-])", re.IGNORECASE)

_COVERAGE_MARKED = xpath("descendant-or-self::*[contains(@class, 'overage') or contains(@id, 'overage')]")
_HEADINGS_ANYWHERE = xpath("//h1 | //h2 | //*[@role='heading'][@aria-level='1']")
_BAR_CHARACTERS = "|•·"
_BARS = re.compile(rf"(?:(?<!\s)\s+)?[{_BAR_CHARACTERS}](?!\s*\d{{1,2}}[:.]\d{{2}})\s*")
"""Separators of byline rows on one line. A bar between day and time does not separate rows."""
_TITLE_END = re.compile(r"\s*[|｜ㅣ–—-]\s*\S")
_MAX_TITLE_END = 40
_TITLES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SHORT_ROW = 80
_MAX_ROW = 240
"""Maximum length of a byline row. A longer line is text."""


_MIN_ARTICLE_LETTERS = 600
"""Minimum letters of the main text, about 100 words, for a page without id, date and byline to be an article."""

_AUTHOR_METAS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator")
"""Meta tags that name authors. Some contain the URL of a profile, which is not a name."""
_LITTLE, _MANY_WORDS = 0.25, 100
"""A known container is doubted if it has less than this share of the text, and at least this many words are outside."""
_MIN_AGREEMENT = 0.6
_MAX_LEADING = 20
"""Number of first texts that can be headline, deck or byline rows."""
_MOST_OF_TEXT = 0.75
_VIDEO_WORDS, _VIDEO_PARAGRAPHS = 10, 3
"""A page that JSON-LD calls a video is a text if it has at least this many paragraphs of this many words."""

_MAX_DATES = 8
"""Maximum shown dates that are tried. Each may take milliseconds, and an article shows one or two."""


class NotAnArticle(Exception):
    """The page is not an article. ``reason`` is ``listing``, ``profile`` or ``static``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Row:
    """A short line of text around the headline, with its links."""

    __slots__ = ("element", "text")

    def __init__(self, element: HtmlElement, text: str) -> None:
        self.element = element
        self.text = text


@dataclass
class _Column:
    """Rows before the headline and between headline and body, and the elements that follow the body."""

    before: list[Row] = field(default_factory=list)
    between: list[Row] = field(default_factory=list)
    after: list[HtmlElement] = field(default_factory=list)


class ArticlePage:
    """A saved or fetched page, read as an article's page."""

    def __init__(self, html: str, url: str, addresses: Addresses) -> None:
        self.url = url
        self.addresses = addresses
        self.root = parse_html(html)
        self.base = base_url(self.root, url)
        self.sources = Sources(self.root, url)
        self.readings_differ = False
        self._unmarked_deck: str | None = None
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
        """Raise ``NotAnArticle`` for listings, static pages and profiles. Pages without any sign of these pass."""
        if self.sources.tawsiyat.get("type") == "page":
            raise NotAnArticle("listing")
        if self.kind == NOT_AN_ARTICLE:
            raise NotAnArticle("profile")

    @property
    def has_evidence(self) -> bool:
        """Return whether the page has a sign of a post other than its text: an id, a date, a block, a byline."""
        sources = self.sources
        return bool(
            sources.tawsiyat.get("postid")
            or sources.json_ld
            or sources.broken
            or "article:published_time" in sources.metas
            or "postid" in sources.metas
            or sources.metas.get("og:type") == "article"
            or self._shown_dates
            or self._byline
            or self._is_mostly_text
        )

    @property
    def _is_mostly_text(self) -> bool:
        """Whether the page is running text for the most part, and enough of it to be an article."""
        texts = self._main_text or []
        running = sum(len(run.letters) for run in texts if run.is_running)
        return running >= _MIN_ARTICLE_LETTERS and running * 2 > sum(len(run.letters) for run in texts)

    @property
    def _has_sentences(self) -> bool:
        """Whether the page has several paragraphs of running text, so that it is not a video page."""
        paragraphs = [r for r in text_runs(self.root) if r.element.tag == "p" and r.is_running]
        return sum(r.words >= _VIDEO_WORDS and not _inside_noise(r.element) for r in paragraphs) >= _VIDEO_PARAGRAPHS

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
        yield "meta", self._as_shown(self._without_site_name(self.sources.metas.get("og:title")))
        yield "html", text_of(next(iter(Layout.HEADING(self.root)), None))
        yield "generic", text_of(self.heading)
        yield "generic", self._page_title

    def _as_shown(self, title: str | None) -> str | None:
        """A stated title without the name of site or section that it has after the shown headline and a dash or bar."""
        shown = text_of(self.heading) if title else ""
        stated = collapse(title or "")
        if not shown or not stated.startswith(shown):
            return title
        end = stated[len(shown) :]
        return shown if _TITLE_END.match(end) and len(end) < min(len(shown), _MAX_TITLE_END) else title

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
            next((text_of(r.element) for r in self._rows if _has_summary_class(r.element)), None),
        )
        yield "generic", next((text_of(r.element) for r in self._column.between if self._is_deck(r.element)), None)
        yield "generic", self._unmarked_deck

    @staticmethod
    def _is_deck(el: HtmlElement) -> bool:
        """Whether a line between headline and body is a sentence, not a byline row, label or link."""
        line = text_of(el)
        is_row = is_byline_row(line)
        caption = "caption" in class_and_id(el).casefold() or next(el.iterancestors("figure"), None) is not None
        plain = el.tag in ("p", "h2", "h3", "h4") and next(el.iter("a"), None) is None and not caption
        return plain and len(line.split()) >= 6 and not is_row

    def authors(self) -> Candidates:
        yield "tawsiyat", text(self.sources.tawsiyat.get("author")) or self.sources.classes.get("author")
        metas = self.sources.metas
        labels = [f"twitter:data{n}" for n in (1, 2) if metas.get(f"twitter:label{n}") in words.BYLINES]
        stated: list[tuple[Source, list[str]]] = [
            ("json-ld", names(self.sources.json_ld.get("author"))),
            *(("meta", names(metas.get(key))) for key in (*_AUTHOR_METAS, *labels)),
            ("html", [n["name"] for n in self._byline]),
        ]
        # The publisher is the author only if the page names no other.
        for source, found in stated:
            if not {normalize_label(name) for name in found} <= self._publishers:
                yield source, found
        yield from stated

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
        for name in ("datepublished", "article:published", "date", "dc.date", "dcterms.created", "pubdate"):
            if value := self.sources.metas.get(name):
                yield "meta", (value, "assume_utc")
        yield from self._dates("published")

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
            if not _inside_noise(img, self._scope) and (i := figure_image(img, self.resolve, "gallery", self._scope)):
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
        if self._main_text is not None:
            kept = {run.element for run in self._main_text}
            body = read_body(copy_with_texts(self._text_root, kept), self.resolve, self._is_tag_label)
            self._drop_rows(body.blocks)
            return body
        body = Body()
        for part in self._known_containers:
            body.add(read_body(part, self.resolve, self._is_tag_label))
        return body

    @staticmethod
    def _drop_rows(blocks: list[Block]) -> None:
        """Drop rows of the byline that only a line break divides from the text."""
        while blocks and blocks[0]["type"] == "paragraph":
            lines = (blocks[0]["text"] or "").split("\n")
            if rest := list(dropwhile(lambda line: not line or _is_row(line), lines)):
                blocks[0]["text"] = "\n".join(rest)
                return
            del blocks[0]

    @property
    def body_source(self) -> Source | None:
        if self._text_root is None and self._json_ld_lines:
            return "json-ld"
        if self._main_text is None and self._known_containers:
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
        found = Layout.BODY(self.root)
        if len(found) > 1:
            parts = {text_of(el): el for el in reversed(found)}
            full = [el for el in found if (t := text_of(el)) and parts[t] is el] or found[:1]
            found = [el for el in full if el.getparent() is full[0].getparent()]
        return found

    @cached_property
    def _main_text(self) -> list[TextRun] | None:
        """The texts of an article without a known container, without its headline and byline."""
        if self._stated_kind in NON_TEXT_KINDS or (self._known_containers and not self._holds_little):
            return None
        main = MainText(self.root)
        kept = main.kept
        if self._known_containers:
            share, is_whole = compare_readings(kept, self._known_containers)
            self.readings_differ = share < _MIN_AGREEMENT
            # A longer text is not better by itself. The page's text is better if it contains the container's text.
            if not is_whole:
                return None
        kept = self._in_column(kept)
        begin = 0
        for n, run in enumerate(kept[:_MAX_LEADING]):
            if self._introduces(run):
                begin = n + 1
            elif run.is_sentence:
                break
        kept = [run for run in kept[begin:] if not _is_dated_row(run)]
        if self._begins_with_deck(kept):
            self._unmarked_deck = collapse("".join(kept.pop(0).pieces))
        return self._without_end(kept, main.runs) or None

    def _without_end(self, kept: list[TextRun], runs: list[TextRun]) -> list[TextRun]:
        """The texts without what may follow an article in its own box: a copyright line and lines about its author."""
        if not kept:
            return kept
        at = {id(run): n for n, run in enumerate(runs)}
        authors = cache(lambda: self._authors_above(runs[: at[id(kept[0])]]))
        end = len(kept)
        while end > 1:
            n = at[id(kept[end - 1])]
            name = _line_of(runs[n - 1]) if n else ""
            if is_name(name) and normalize_label(name) in authors():
                end = max(end - 1 - (kept[end - 2] is runs[n - 1]), 1)
            elif _is_copyright(_line_of(runs[n])):
                end -= 1
            else:
                break
        return kept[:end]

    def _authors_above(self, runs: list[TextRun]) -> set[str]:
        """The authors that the page states, and those that texts above the article name, normalized."""
        authors = set(map(normalize_label, names(self.sources.json_ld.get("author"))))
        for run in runs:
            line = _line_of(run)
            rest = byline_rest(line)
            if rest or _is_marked_byline(run.element) or _links_to_authors(run.element):
                authors.add(normalize_label(rest or line))
        return authors

    @property
    def _holds_little(self) -> bool:
        """Whether the known containers have only a small part of the page's running text."""
        inside = {p for container in self._known_containers for p in container.iter("p")}
        outside = [(p, n) for p in self.root.iter("p") if p not in inside and (n := _words_in(p)) >= SENTENCE_WORDS]
        words = sum(map(_words_in, self._known_containers))

        def is_little(outside: int) -> bool:
            return outside >= _MANY_WORDS and words < _LITTLE * (words + outside)

        return is_little(sum(n for _, n in outside)) and is_little(sum(n for p, n in outside if not _inside_noise(p)))

    def _in_column(self, kept: list[TextRun]) -> list[TextRun]:
        """The texts without those outside the element that holds the headline and most of the text."""
        holders = holders_of_most(kept, _MOST_OF_TEXT)
        if self.heading is None or not holders:
            return kept
        innermost = max(holders, key=lambda el: sum(1 for _ in el.iterancestors()))
        column = common_ancestor(self.heading, innermost)
        return [run for run in kept if run.element is column or column in run.element.iterancestors()]

    def _introduces(self, run: TextRun) -> bool:
        """Whether a text introduces the article: its headline, deck, a row of the byline, or a linked label."""
        line = collapse("".join(run.pieces))
        if _is_row(line) or normalize_label(line) in self._repeated_above:
            return True
        if _is_linked_label(run):
            return True
        box = run.element.getparent()
        alone = box is not None and len(box) == 1
        boxes = [run.element, box] if alone else [run.element]
        if not self._has_deck and any(_has_summary_class(el) for el in boxes):
            return True
        children = [c for c in run.element if isinstance(c.tag, str)]
        inside = _inline_content(run.element, children)
        return inside is not None and any(_is_row(row.text) for row in _rows_of(run.element, children, inside))

    def _begins_with_deck(self, kept: list[TextRun]) -> bool:
        """Whether the first text is an unmarked deck: next to the headline, while all others are in a box."""
        if self._has_deck or self.heading is None or len(kept) < 3 or kept[0].element.tag != "p":
            return False
        rest = reduce(common_ancestor, [run.element for run in kept[1:]])
        parent = self.heading.getparent()
        is_list = rest.tag in ("ul", "ol", "dl", "table")
        return not is_list and kept[0].element.getparent() is parent and parent in rest.iterancestors()

    @property
    def _has_deck(self) -> bool:
        """Whether metadata or known markup of the page gives its deck, or shows that it has none."""
        metas = self.sources.metas
        stated = "description" in self.sources.tawsiyat or text(self.sources.json_ld.get("description"))
        return bool(stated or metas.get("og:description") or metas.get("description") or Layout.SUMMARY(self.root))

    @cached_property
    def _repeated_above(self) -> set[str]:
        """Headline and deck of the page, normalized."""
        metas = self.sources.metas
        stated = [
            text_of(self.heading), self._page_title, metas.get("og:title"), metas.get("og:description"),
            metas.get("description"),
            *(text(block.get(key)) for block in (self.sources.tawsiyat, self.sources.json_ld)
              for key in ("title", "headline", "description")),
        ]  # fmt: skip
        return {normalize_label(collapse(line)) for line in stated if line}

    @cached_property
    def _text_tops(self) -> list[HtmlElement]:
        """The elements that hold the text: the known container, or each block of the main text."""
        if self._main_text is None:
            return self._known_containers[:1]
        blocks = dict.fromkeys(run.element for run in self._main_text)
        return [el for el in blocks if not any(around in blocks for around in el.iterancestors())]

    @cached_property
    def _text_root(self) -> HtmlElement | None:
        """The nearest element that holds the whole text."""
        return reduce(common_ancestor, self._text_tops) if self._text_tops else None

    def _is_tag_label(self, el: HtmlElement) -> bool:
        """Whether an element in the body contains only links to tags: the labels after the text."""
        if not len(el) or el.tag not in ("p", "ul", "div") or (el.text or "").strip():
            return False
        return all(_leads_to("tag", a) for a in el.iter("a")) and holds_only_links(el)

    # --- around the headline ----------------------------------------------------------------------------------------

    @cached_property
    def _page_title(self) -> str | None:
        return self._without_site_name(text_of(next(self.root.iter("title"), None)))

    def _without_site_name(self, title: str | None) -> str | None:
        return without_site_name(title, self.sources.metas.get("og:site_name"))

    @cached_property
    def heading(self) -> HtmlElement | None:
        """The headline's element: in the known container, otherwise the heading with the page's title."""
        if known := Layout.HEADING(self.root):
            return known[0]
        headings = [h for h in _HEADINGS_ANYWHERE(self.root) if text_of(h)]
        sources = self.sources
        stated = {
            normalize_label(t)
            for t in (text(sources.tawsiyat.get("title")), text(sources.json_ld.get("headline")),
                      self._without_site_name(sources.metas.get("og:title")), self._page_title)
            if t
        }  # fmt: skip

        def doubt(heading: HtmlElement) -> tuple[bool, bool, bool]:
            return normalize_label(text_of(heading)) not in stated, _inside_noise(heading), heading.tag != "h1"

        best = min(headings, key=doubt, default=None)
        return None if best is None or doubt(best)[:2] == (True, True) else best

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
    def _column(self) -> _Column:
        """The elements around headline and body in the article's own column."""
        column = _Column()
        tops = list(self._text_tops)
        opened = {around for top in tops for around in top.iterancestors()}
        rows = column.before if self.heading is not None else column.between
        stack = [(self._scope, 0)]
        while stack:
            el, depth = stack.pop()
            if el is self.heading:
                rows = column.between
            elif el in tops:
                if self.heading is not None and el in self.heading.iterancestors():
                    column.between += self._rows_in_container(el)
                rows = []  # lines between the texts are not rows
                if el is tops[-1]:
                    # What is still to come follows the text.
                    column.after = [rest for rest, _ in reversed(stack)]
                    break
            elif isinstance(el.tag, str) and (el in opened or not self._is_around(el, depth)):
                children = [c for c in el if isinstance(c.tag, str)]
                if el not in opened and (inside := _inline_content(el, children)) is not None:
                    rows += _rows_of(el, children, inside)
                elif depth < MAX_DEPTH:
                    stack += [(child, depth + 1) for child in reversed(children)]
        return column

    def _rows_in_container(self, container: HtmlElement) -> Iterator[Row]:
        """The byline's rows if headline, rows and text are siblings: from the headline to the first text."""
        below = False
        for el in container.iter("h1", "h2", "p", "li", "div", "span", "time"):
            line = text_of(el)
            if el is self.heading:
                below = True
            elif below and line and all(c.tag in INLINE for c in el.iterdescendants()):
                if not _has_summary_class(el) and not _is_row(line):
                    return
                yield from (Row(el, part) for part in _parts(el, line))

    def _is_around(self, el: HtmlElement, depth: int) -> bool:
        """Return whether an element is outside the article. An element that contains the headline is not outside."""
        if el.tag in SILENT:
            return el.tag != "form" or self.heading not in el.iter()
        return bool(depth) and _is_rail(el) and "share" not in class_and_id(el) and self.heading not in el.iter()

    @cached_property
    def _rows(self) -> list[Row]:
        """Short lines between headline and body first, then those before the headline."""
        return self._column.between + self._column.before

    @cached_property
    def _after_body(self) -> list[HtmlElement]:
        """Elements of the article's column that follow the body, or the whole column if there is no body."""
        return self._column.after if self._text_root is not None else [self._scope]

    @cached_property
    def _byline(self) -> list[Named]:
        for row in self._rows:
            if (rest := byline_rest(row.text)) and not self._is_summary(row.element):
                return names_in(rest, self._author_anchors(row.element))
        for row in self._rows:
            el = row.element
            if _is_marked_byline(el) or _links_to_authors(el):
                line = marked_line(el)
                if found := names_in(byline_rest(line) or line, self._author_anchors(el)):
                    return found
        return []

    def _author_anchors(self, el: HtmlElement) -> list[tuple[HtmlElement, str | None]]:
        """The links of a byline with the pages they lead to: ``""`` if it is not the page of an author."""
        found: list[tuple[HtmlElement, str | None]] = []
        for anchor in el.iter("a"):
            url = self.resolve(anchor.get("href"))
            if url and not self.addresses.is_site(url):
                url = None if anchor.get("rel") == "author" or _leads_to("author", anchor) else ""
            found.append((anchor, url))
        return found

    @staticmethod
    def _is_summary(el: HtmlElement) -> bool:
        return any(_has_summary_class(e) for e in (el, *islice(el.iterancestors(), 2)))

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
            if (image := figure_image(img, self.resolve, "main", self._scope))
        ]
        return min(found, key=itemgetter(0))[1] if found else None

    def _before_text(self, *tags: str) -> Iterator[HtmlElement]:
        """Elements with these tags in the article's column, up to the text."""
        top = self._text_tops[0] if self._text_tops else None
        for el in self._scope.iter(*tags, *([top.tag] if top is not None else [])):
            if el is top:
                return
            if el.tag in tags and not _inside_noise(el, self._scope):
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
        around = [el for top in self._after_body for el in _outside_rails(top)]
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
            if isinstance(top.tag, str) and not _is_rail(top):
                labels = self._labels(top)
                if labels and all(normalize_label(label["name"]) in known for label in labels):
                    return [], labels
        return [], []

    def _marked_labels(self, elements: Iterable[HtmlElement]) -> tuple[list[Named], list[Named]] | None:
        """Labels among elements, by class or by the addresses of their links."""
        links: list[HtmlElement] = []
        for el in elements:
            if _has_tags_class(el) and (found := self._labels(el)):
                return found, []
            if (el.tag == "a" and (_leads_to("tag", el) or _is_marked_tag(el))) or (len(el) and self._is_tag_label(el)):
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
            if _is_rail(el) or _inside_noise(el, self._scope):
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


def _is_dated_row(run: TextRun) -> bool:
    """Whether a text is only a date with its label, as ``Updated: 27 Jun 2023``. Some pages have it below a deck."""
    line = collapse("".join(run.pieces)) if len(run.letters) <= _SHORT_ROW else ""
    return len(line) <= _SHORT_ROW and any(part.meaning for part in dated_parts(line))


def _line_of(run: TextRun) -> str:
    return collapse("".join(run.pieces))


def _is_copyright(line: str) -> bool:
    """Whether a line only says who holds the rights."""
    return len(line) <= _MAX_ROW and ("©" in line or words.RIGHTS_RESERVED.find(line) is not None)


def _words_in(el: HtmlElement) -> int:
    return len("".join(el.itertext() if len(el) else el.text or "").split())


def _inside_noise(el: HtmlElement, stop: HtmlElement | None = None) -> bool:
    for around in el.iterancestors():
        if around is stop or around.tag == "body":
            return False
        if is_noise(around):
            return True
    return False


def _is_rail(el: HtmlElement) -> bool:
    """Whether an element is a page-wide rail, by its class or its title."""
    if is_noise(el):
        return True
    if len(el) and el.tag in ("div", "section", "ul"):
        # The title of a rail is at its start.
        first = next((h for h in islice(el.iterdescendants(), 8) if h.tag in _TITLES), None)
        if first is not None:
            title = text_of(first)
            # A box of related articles inside the text can have the same title.
            return title in words.RAIL_TITLES and title not in words.RELATED_TITLES
    return False


def _is_linked_label(run: TextRun) -> bool:
    """Whether a text is a link of a few words, not a heading or entry of a list."""
    is_label = run.linked == len(run.letters) and run.words < SENTENCE_WORDS
    return is_label and run.element.tag not in _TITLES and run.element.tag != "li"


def _leads_to(kind: NameKind, anchor: HtmlElement) -> bool:
    """Whether a link leads to the listing of a name."""
    return LISTING_PATHS[kind].search(unquote(anchor.get("href") or "")) is not None


def _is_marked_tag(anchor: HtmlElement) -> bool:
    """Whether the ``rel`` of a link says that it leads to a tag. Categories are marked as both."""
    rel = (anchor.get("rel") or "").split()
    return "tag" in rel and "category" not in rel


def _is_marked_byline(el: HtmlElement) -> bool:
    """Whether ``rel``, ``itemprop`` or class say that a row names authors."""
    marks = (el.get("rel"), el.get("itemprop"))
    return "author" in marks or _BYLINE_CLASS.search(el.get("class", "")) is not None


def _links_to_authors(el: HtmlElement) -> bool:
    """Whether a row has no text but links to pages of authors."""
    anchors = list(el.iter("a"))
    return bool(anchors) and all(_leads_to("author", a) for a in anchors) and holds_only_links(el)


def _is_row(line: str) -> bool:
    """Whether a line alone is a row of the byline."""
    return len(line) <= _SHORT_ROW and is_byline_row(line)


def _parts(el: HtmlElement, line: str) -> list[str]:
    """Return the parts of a line between bars, dots or line breaks: ``By A | Source: B | 26 Jun 2023 10:58``."""
    if len(el) and next(el.iter("br"), None) is not None:
        line = collapse(_text_with_bars(el))
    if not any(bar in line for bar in _BAR_CHARACTERS):
        return [line]
    return join_clocks([part for piece in _BARS.split(line) if (part := piece.strip())])


def _text_with_bars(el: HtmlElement) -> str:
    pieces = [el.text or ""]
    for child in el:
        if isinstance(child.tag, str) and child.tag not in SILENT:
            pieces.append("|" if child.tag == "br" else _text_with_bars(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _inline_content(el: HtmlElement, children: list[HtmlElement]) -> list[HtmlElement] | None:
    """Everything in an element that is one line of text, or ``None`` for other elements."""
    if any(c.tag not in INLINE and c.tag != "img" for c in children):
        return None
    inside = [c for c in el.iterdescendants() if isinstance(c.tag, str)] if children else []
    return inside if all(c.tag in INLINE or c.tag == "img" for c in inside) else None


def _rows_of(el: HtmlElement, children: list[HtmlElement], inside: list[HtmlElement]) -> list[Row]:
    """The rows of a line of text: its parts, its inline elements, then the whole line."""
    line = text_of(el)
    if not line or (len(line) > _MAX_ROW and not _has_summary_class(el)):
        return []
    parts = [Row(c, t) for c in inside if (t := text_of(c))] if len(children) > 1 else []
    return parts + [Row(el, part) for part in _parts(el, line)]


def _outside_rails(el: HtmlElement) -> Iterator[HtmlElement]:
    """An element and everything in it, in page order, without rails and elements that show no text."""
    stack = [el]
    while stack:
        el = stack.pop()
        if isinstance(el.tag, str) and el.tag not in SILENT and not _is_rail(el):
            yield el
            stack += reversed(el)
