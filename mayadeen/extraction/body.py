"""The body of an article as typed blocks, in page order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import (
    DISCLAIMER,
    INLINE,
    MAX_DEPTH,
    SILENT,
    class_and_id,
    collapse,
    has_noise_class,
    holds_only_links,
    text_of,
)
from mayadeen.extraction.images import Resolve, figure_image, is_caption, is_in_noscript, is_pixel
from mayadeen.items import Block, Image, Link, Related, Video
from mayadeen.site.text import normalize_label

READ_NEXT = re.compile(
    r"(?:read (?:next|also|more)|also read|see also|don't miss|اقرأ(?:وا)? (?:أيضا[ًَ]?|أيضاً|المزيد|التالي)|"
    r"ا?قرأ أيضاً|(?:lea|leer|lee|ver) (?:tambi[eé]n|m[aá]s|siguiente))\s*[:：|-]?\s*",
    re.IGNORECASE,
)
"""How a paragraph begins that only points to another article."""

RELATED_TITLES = frozenset(
    [
        "relatednews",
        "related",
        "relatedarticles",
        "relatedposts",
        "relatedstories",
        "readmore",
        "seealso",
        "readalso",
        "أخبارذاتصلة",
        "مواضيعذاتصلة",
        "مقالاتذاتصلة",
        "اقرأأيضا",
        "اقرأأيضاً",
        "noticiasrelacionadas",
        "articulosrelacionados",
        "relacionados",
        "relacionadas",
    ]
)
"""Folded headings of the box of related articles inside a body."""

_RELATED_CLASS = re.compile(r"(?:^|[\s_-])(?:dual-)?related", re.IGNORECASE)
_TWEET_CLASS = re.compile(r"twitter|tweet", re.IGNORECASE)
_EMBED_CLASS = re.compile(r"instagram-media|tiktok-embed|fb-(?:post|video)|telegram-post", re.IGNORECASE)
_TOOL_CLASS = re.compile(
    r"(?:^|[\s_-])(?:share[rs]?|sharing|disclaimer|sr-only|visually-hidden)(?:$|[\s_-])", re.IGNORECASE
)
"""Classes by which even a paragraph is none; the class of a box says more, that of a paragraph often only its looks."""
_TAGS_CLASS = re.compile(r"(?:^|[\s_-])(?:tags?|tag-?list|keywords|topics)(?:$|[\s_-])", re.IGNORECASE)
_LONG_CAPTION = 500
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_KNOWN_CONTAINERS = frozenset("div section article main center body html picture figure span a".split())
_STATUS = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/\w+/status/\d+")

_PROVIDERS = {
    "twitter.com": "twitter", "x.com": "twitter", "youtube.com": "youtube", "youtu.be": "youtube",
    "youtube-nocookie.com": "youtube", "facebook.com": "facebook", "instagram.com": "instagram",
    "t.me": "telegram", "telegram.org": "telegram", "tiktok.com": "tiktok", "vimeo.com": "vimeo",
    "dailymotion.com": "dailymotion", "soundcloud.com": "soundcloud", "rumble.com": "rumble",
    "spotify.com": "spotify", "almayadeen.net": "almayadeen",
}  # fmt: skip
_VIDEO_PROVIDERS = frozenset({"youtube", "vimeo", "dailymotion", "rumble", "almayadeen"})


def provider_of(url: str) -> str | None:
    """Who serves an embed, by its host: ``twitter``, ``youtube``, …; else the host itself."""
    host = urlsplit(url).netloc.lower().removeprefix("www.").partition(":")[0]
    for domain, name in _PROVIDERS.items():
        if host == domain or host.endswith(f".{domain}"):
            return name
    return host or None


def block(type_: str, **values: object) -> Block:
    """A block with every key."""
    empty: dict[str, object] = dict.fromkeys(("text", "level", "items", "url", "caption", "credit", "provider"))
    return {"type": type_, **empty, **values}  # type: ignore[typeddict-item]


def embed_address(el: HtmlElement, provider: str | None, resolve: Resolve) -> str | None:
    """Where an embed leads: a tweet's own page, a player's address, else the last link in it."""
    links = [el.get("cite") or el.get("data-instgrm-permalink") or "", *(a.get("href") or "" for a in el.iter("a"))]
    links.reverse()
    if provider == "twitter" and (status := next((m[0] for href in links if (m := _STATUS.match(href))), None)):
        return status
    players = [p for player in el.iter("iframe", "video", "audio", "embed") for p in (player, *player.iter("source"))]
    sources = [p.get(name) for p in players for name in ("data-src", "src", "data-lazy-src")]
    return next((url for href in (*sources, *links) if href and (url := resolve(href))), None)


def video_of(el: HtmlElement, url: str | None, provider: str | None) -> Video | None:
    """An embed as a video, if it is one: by who serves it, or because it is a ``video`` element."""
    is_video = provider in _VIDEO_PROVIDERS or next(el.iter("video"), None) is not None
    return Video(url=url, provider=provider, duration_seconds=None) if url and is_video else None


@dataclass
class Body:
    """What a body holds. ``text`` is derived from ``blocks``; ``unknown`` counts elements of no known type."""

    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    unknown: int = 0

    @property
    def text(self) -> str | None:
        parts: list[str] = []
        for b in self.blocks:
            if b["type"] in ("paragraph", "heading", "quote"):
                parts.append(b["text"] or "")
            elif b["type"] in ("list", "table"):
                parts += b["items"] or []
        return "\n\n".join(parts) or None

    def add(self, other: Body) -> None:
        """Go on with what another part of the body holds."""
        self.blocks += other.blocks
        self.links += other.links
        self.images += other.images
        self.videos += other.videos
        self.related += other.related
        self.unknown += other.unknown


def read_body(container: HtmlElement, resolve: Resolve, skip: Callable[[HtmlElement], bool] | None = None) -> Body:
    """Read the element that holds an article's text. ``skip`` names elements in it that are not the body's."""
    reader = _Reader(resolve, skip, container)
    reader.flow(container, 0)
    reader.flush()
    return reader.body


class _Reader:
    def __init__(self, resolve: Resolve, skip: Callable[[HtmlElement], bool] | None, scope: HtmlElement) -> None:
        self.resolve = resolve
        self.skip = skip
        self.scope = scope
        self.body = Body()
        self.lines: list[list[str]] = [[]]
        self.anchors: list[tuple[str, str]] = []
        self.loose = False
        self.related_follows = False

    # Text runs: a list of lines, each a list of raw pieces; a <br> starts a line.

    def flush(self, type_: str = "paragraph", **values: object) -> None:
        """End the run of text collected so far and make it a block."""
        text, links = self.take()
        loose, self.loose = self.loose, False
        if not text:
            return
        if type_ == "paragraph":
            if self._points_elsewhere(text, links) or DISCLAIMER.match(text):
                return
            self.body.unknown += loose
        self.body.blocks.append(block(type_, text=text, **values))
        self.body.links += links

    def take(self) -> tuple[str, list[Link]]:
        if len(self.lines) == 1:
            text = collapse("".join(self.lines[0]))
        else:
            text = "\n".join(collapse("".join(pieces)) for pieces in self.lines).strip()
        links = [Link(text=t, url=url) for t, url in self.anchors]
        self.lines, self.anchors = [[]], []
        return text, links

    def _points_elsewhere(self, text: str, links: list[Link]) -> bool:
        """A "Read next" paragraph: nothing but its prefix and links."""
        match = READ_NEXT.match(text)
        if match is None or not links:
            return False
        rest = text[match.end() :]
        for link in links:
            title = READ_NEXT.sub("", link["text"], count=1)
            rest = rest.replace(title, "", 1)
        if re.search(r"\w", rest):
            return False
        for link in links:
            title = READ_NEXT.sub("", link["text"], count=1) if READ_NEXT.match(link["text"]) else link["text"]
            if title:
                self._add_related(title, link["url"], "read_next")
        return True

    def _add_related(self, title: str, url: str, relation: str) -> None:
        self.body.related.append(Related(title=title, url=url, relation=relation))  # type: ignore[typeddict-item]
        self.body.blocks.append(block("related", text=title, url=url))

    # Elements.

    def flow(self, el: HtmlElement, depth: int) -> None:
        """Read the content of a container: blocks in it become blocks, text between them paragraphs."""
        if el.text:
            self.text(el.text)
        for child in el:
            tag = child.tag
            if isinstance(tag, str):
                self.element(child, tag, depth)
            if child.tail:
                self.text(child.tail)

    def text(self, text: str) -> None:
        if text.strip():
            self.loose = True
        self.lines[-1].append(text)

    def element(self, el: HtmlElement, tag: str, depth: int) -> None:
        if tag in SILENT or (self.skip is not None and self.skip(el)):
            if tag == "noscript":
                for img in el.iter("img"):
                    self._image(img, depth)
            return
        if depth > MAX_DEPTH:
            self.lines[-1].append("".join(el.itertext()))
            return
        if self.related_follows and tag != "br":
            self.related_follows = holds_only_links(el)
            if self.related_follows:
                self._related_box(el)
                return
        if tag == "p" and not len(el):
            if self.has_text():
                self.flush()
            if el.text and not (el.get("class") and (_TOOL_CLASS.search(class_and_id(el)) or is_caption(el))):
                self.lines[-1].append(el.text)
                self.flush()
            return
        if (
            is_caption(el)
            and next(el.iter("img", "iframe", "video"), None) is None
            and len(text_of(el)) <= _LONG_CAPTION
        ):
            return
        if (el.get("class") or el.get("id")) and self._special(el, tag):
            return
        handler = self._HANDLERS.get(tag)
        if handler is not None:
            handler(self, el, depth)
        elif tag == "br":
            self.lines.append([])
        elif tag in INLINE:
            if _has_block(el):
                self.flow(el, depth + 1)
            else:
                self.loose = True
                self.inline(el, depth)
        else:
            self._other(el, tag, depth)

    def _special(self, el: HtmlElement, tag: str) -> bool:
        """What is known by its class: boxes and embeds. True when the element is dealt with."""
        label = class_and_id(el)
        if tag not in INLINE and _RELATED_CLASS.search(label):
            self.flush()
            self._related_box(el)
            return True
        if _TWEET_CLASS.search(label) and tag in ("blockquote", "div", "iframe", "section", "figure", "twitter-widget"):
            self._embed(el, "twitter")
            return True
        if _EMBED_CLASS.search(label):
            self._embed(el, None)
            return True
        if tag in _HEADINGS or tag == "p":
            return _TOOL_CLASS.search(label) is not None
        return (tag not in INLINE and bool(_TAGS_CLASS.search(label))) or has_noise_class(el)

    def _paragraph(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        if _has_block(el):
            self.flow(el, depth + 1)
        else:
            self.inline_content(el, depth)
        self.loose = False
        self.flush()

    def _heading(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        if normalize_label(text_of(el)) in RELATED_TITLES:
            self.related_follows = True
            return
        self.inline_content(el, depth)
        self.flush("heading", level=_HEADINGS[el.tag])

    def _quote(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        if "(@" in text_of(el) and any(_STATUS.match(a.get("href") or "") for a in el.iter("a")):
            self._embed(el, "twitter")
            return
        if next(el.iter("iframe", "img", "video", "table"), None) is not None:
            self.flow(el, depth + 1)
            self.flush()
            return
        lines, links = self._lines_of(el, depth)
        if lines:
            self.body.blocks.append(block("quote", text="\n".join(lines)))
            self.body.links += links

    def _lines_of(self, el: HtmlElement, depth: int) -> tuple[list[str], list[Link]]:
        """The text of an element, one line per paragraph in it."""
        reader = _Reader(self.resolve, self.skip, self.scope)
        reader.flow(el, depth + 1)
        reader.flush()
        lines = [part for part in (reader.body.text or "").split("\n\n") if part]
        self.body.related += reader.body.related
        return lines, reader.body.links

    def _list(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        items: list[str] = []
        rest: list[Block] = []
        links: list[Link] = []
        for child in el:
            if child.tag in ("li", "dt", "dd"):
                reader = _Reader(self.resolve, self.skip, self.scope)
                reader.flow(child, depth + 1)
                reader.loose = False  # the entry is what the text stands in
                reader.flush()
                found = reader.body
                own = [p for p in (found.text or "").split("\n\n") if p]
                nested = any(b["type"] == "list" for b in found.blocks)
                items += own if nested else ["\n".join(own)] if own else []
                rest += [b for b in found.blocks if b["type"] in ("image", "embed", "related")]
                links += found.links
                self._absorb(found)
            elif isinstance(child.tag, str):
                self.element(child, child.tag, depth + 1)
                self.flush()
        if items:
            self.body.blocks.append(block("list", items=items))
            self.body.links += links
        self.body.blocks += rest

    def _table(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        rows: list[str] = []
        # A table within has its rows in the cell that it stands in.
        for row in (r for r in el.iter("tr") if next(r.iterancestors("table"), None) is el):
            cells: list[str] = []
            for cell in row:
                if cell.tag in ("td", "th"):
                    lines, links = self._lines_of(cell, depth)
                    cells.append(" ".join(" ".join(lines).split()))
                    self.body.links += links
            if any(cells):
                rows.append(" | ".join(cells))
        if rows:
            self.body.blocks.append(block("table", items=rows))
        for img in el.iter("img"):
            self._image(img, depth)

    def _figure(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        pictures = list(el.iter("img"))
        if not pictures or next(el.iter("iframe", "video", "blockquote", "table"), None) is not None:
            self.flow(el, depth + 1)
            self.flush()
            return
        for img in pictures:
            self._image(img, depth)

    def _image(self, img: HtmlElement, depth: int) -> None:
        image = figure_image(img, self.resolve, "inline", self.scope)
        if image is None or is_pixel(img):
            return
        if is_in_noscript(img) and any(image["url"] == known["url"] for known in self.body.images):
            return
        self.flush()
        self.body.images.append(image)
        self.body.blocks.append(block("image", url=image["url"], caption=image["caption"], credit=image["credit"]))

    def _figcaption(self, el: HtmlElement, depth: int) -> None:
        self.flush()

    def _frame(self, el: HtmlElement, depth: int) -> None:
        self._embed(el, None)

    def _embed(self, el: HtmlElement, provider: str | None) -> None:
        self.flush()
        url = embed_address(el, provider, self.resolve)
        provider = provider or (provider_of(url) if url else None)
        if provider is None:
            return
        self.body.blocks.append(block("embed", url=url, provider=provider))
        if (video := video_of(el, url, provider)) is not None:
            self.body.videos.append(video)

    def _related_box(self, el: HtmlElement) -> None:
        found: dict[str, str] = {}
        for a in el.iter("a"):
            url = self.resolve(a.get("href"))
            if url is None:
                continue
            title = text_of(a) or collapse(next((i.get("alt") or "" for i in a.iter("img")), ""))
            if len(title) > len(found.get(url, "")) or url not in found:
                found[url] = title
        for url, title in found.items():
            if title:
                self._add_related(title, url, "inline")

    def _other(self, el: HtmlElement, tag: str, depth: int) -> None:
        """Containers, and elements of no known type: their text is kept, whatever they are."""
        self.flush()
        if tag not in INLINE and self._is_related_by_title(el):
            self._related_box(el)
            return
        known = tag in _KNOWN_CONTAINERS
        before = len(self.body.blocks)
        self.flow(el, depth + 1)
        self.loose = self.loose and known
        self.flush()
        self.body.unknown += not known and len(self.body.blocks) > before

    def _is_related_by_title(self, el: HtmlElement) -> bool:
        if next(el.iter("a"), None) is None:
            return False
        inside = (c for c in el.iterdescendants() if isinstance(c.tag, str))
        return normalize_label(next((t for c in inside if (t := text_of(c))), "")) in RELATED_TITLES

    def _absorb(self, other: Body) -> None:
        self.body.images += other.images
        self.body.videos += other.videos
        self.body.related += other.related
        self.body.unknown += other.unknown

    # Inline content.

    def has_text(self) -> bool:
        return bool(self.lines[0]) or len(self.lines) > 1

    def inline_content(self, el: HtmlElement, depth: int) -> None:
        if el.text:
            self.lines[-1].append(el.text)
        for child in el:
            tag = child.tag
            if isinstance(tag, str) and tag not in SILENT:
                if tag == "br":
                    self.lines.append([])
                else:
                    self.inline(child, depth + 1)
            if child.tail:
                self.lines[-1].append(child.tail)

    def inline(self, el: HtmlElement, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.lines[-1].append("".join(el.itertext()))
            return
        if el.tag == "a" and (url := self.resolve(el.get("href"))):
            text = text_of(el)
            if text:
                self.anchors.append((text, url))
        self.inline_content(el, depth)

    _HANDLERS: ClassVar[dict[str, Callable[[_Reader, HtmlElement, int], None]]] = {
        "p": _paragraph,
        **dict.fromkeys(_HEADINGS, _heading),
        "blockquote": _quote,
        "ul": _list,
        "ol": _list,
        "dl": _list,
        "table": _table,
        "figure": _figure,
        "picture": _figure,
        "img": _image,
        "figcaption": _figcaption,
        "iframe": _frame,
        "video": _frame,
        "audio": _frame,
        "embed": _frame,
    }


def _has_block(el: HtmlElement) -> bool:
    """Whether inline content holds something that is a block of its own."""
    return any(isinstance(child.tag, str) and child.tag not in INLINE and child.tag not in SILENT for child in el.iter()
               if child is not el)  # fmt: skip
