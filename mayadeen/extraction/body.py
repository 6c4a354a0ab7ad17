"""The body of an article as typed blocks, in page order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from lxml.html import HtmlElement

from mayadeen.extraction.dom import (
    INLINE,
    MAX_DEPTH,
    SILENT,
    class_and_id,
    collapse,
    holds_only_links,
    is_hidden,
    is_inline,
    text_of,
)
from mayadeen.extraction.embeds import (
    embed_address,
    is_quoted_tweet,
    provider_of,
    social_embed,
    telegram_script,
    video_of,
)
from mayadeen.extraction.images import (
    Resolve,
    figure_image,
    is_caption,
    is_icon,
    is_in_noscript,
    is_pixel,
    symbol_of,
)
from mayadeen.extraction.labels import is_disclaimer, read_next_end
from mayadeen.extraction.noise import is_hinted, is_noise_box, is_related_box
from mayadeen.extraction.tables import cells_of, is_layout_table, row_text, rows_of, table_caption
from mayadeen.extraction.text_runs import SENTENCE_WORDS, letters_of, text_runs
from mayadeen.items import Block, Image, Link, Related, Video
from mayadeen.site import words

_TOOL_CLASS = re.compile(
    r"(?:^|[\s_-])(?:share[rs]?|sharing|disclaimer|sr-only|visually-hidden)(?:$|[\s_-])", re.IGNORECASE
)
"""Classes that hint at a tool in a paragraph or heading too, where other class names often say only its looks."""
_MAX_DROPPED = 0.2
_LONG_CAPTION = 500
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_KNOWN_CONTAINERS = frozenset(
    "div section article main center body html picture figure span a form nav tbody td".split()
)


def block(type_: str, **values: object) -> Block:
    """A block with every key."""
    empty: dict[str, object] = dict.fromkeys(("text", "level", "items", "url", "caption", "credit", "provider"))
    return {"type": type_, **empty, **values}  # type: ignore[typeddict-item]


@dataclass
class Body:
    """What a body holds.

    ``text`` is derived from ``blocks``. ``unknown`` counts elements of no known type, ``dropped`` the letters of boxes
    that were left out as noise.
    """

    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    unknown: int = 0
    dropped: int = 0

    @property
    def text(self) -> str | None:
        parts: list[str] = []
        for b in self.blocks:
            if b["type"] in ("paragraph", "heading", "quote"):
                parts.append(b["text"] or "")
            elif b["type"] in ("list", "table"):
                parts += b["items"] or []
        return "\n\n".join(parts) or None

    @property
    def is_cut(self) -> bool:
        """Whether more than a fifth of the text was left out as noise."""
        return self.dropped > 0 and self.dropped > _MAX_DROPPED * (self.dropped + len(letters_of(self.text or "")))

    def add(self, other: Body) -> None:
        """Add what another part of the body holds."""
        self.blocks += other.blocks
        self.links += other.links
        self.images += other.images
        self.videos += other.videos
        self.related += other.related
        self.unknown += other.unknown
        self.dropped += other.dropped


def read_body(container: HtmlElement, resolve: Resolve, skip: Callable[[HtmlElement], bool] | None = None) -> Body:
    """Read the element that holds an article's text. ``skip`` names elements in it that are not of the body."""
    reader = _BodyReader(resolve, skip, container)
    reader.flow(container, 0)
    reader.flush()
    return reader.body


class _BodyReader:
    def __init__(self, resolve: Resolve, skip: Callable[[HtmlElement], bool] | None, scope: HtmlElement) -> None:
        self.resolve = resolve
        self.skip = skip
        self.scope = scope
        self.body = Body()
        self.lines: list[list[str]] = [[]]
        self.anchors: list[tuple[str, str]] = []
        self.waiting: list[HtmlElement] = []  # images in a sentence, read after it
        self.loose = False
        self.related_follows = False
        self.quoting = False

    # Text runs: a list of lines, each a list of raw pieces; a <br> starts a line.

    def flush(self, type_: str = "paragraph", **values: object) -> None:
        """End the run of text collected so far and make it a block."""
        text, links = self.take()
        loose, self.loose = self.loose, False
        waiting, self.waiting = self.waiting, []
        if text and not (type_ == "paragraph" and (self._points_elsewhere(text, links) or is_disclaimer(text))):
            if type_ == "paragraph":
                self.body.unknown += loose
            self.body.blocks.append(block(type_, text=text, **values))
            self.body.links += links
        for img in waiting:
            self._add_image(img)

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
        end = read_next_end(text)
        if not end or not links:
            return False
        titles = [link["text"][read_next_end(link["text"]) :] for link in links]
        rest = text[end:]
        for title in titles:
            rest = rest.replace(title, "", 1)
        if re.search(r"\w", rest):
            return False
        for title, link in zip(titles, links, strict=True):
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
        if not text.isspace():
            self.loose = True
        self.lines[-1].append(text)

    def element(self, el: HtmlElement, tag: str, depth: int) -> None:
        if (tag in SILENT and tag not in ("form", "nav")) or is_hidden(el) or (self.skip is not None and self.skip(el)):
            self._silent(el, tag, depth)
            return
        if depth > MAX_DEPTH:
            self.lines[-1].append("".join(el.itertext()))
            return
        if self.related_follows and tag != "br":
            self.related_follows = holds_only_links(el)
            if self.related_follows:
                self._related_box(el)
                return
        marked = el.get("class") or el.get("id")
        if tag == "p" and not len(el):
            if self.has_text():
                self.flush()
            if el.text and not (marked and self._is_label(el)):
                self.lines[-1].append(el.text)
                self.flush()
            return
        if (marked or tag in ("form", "nav")) and self._special(el, tag):
            return
        handler = self._HANDLERS.get(tag)
        if handler is not None:
            handler(self, el, depth)
        elif tag == "br":
            self.lines.append([])
        elif tag in INLINE or is_inline(el):
            if _has_block(el):
                self.flow(el, depth + 1)
            else:
                self.loose = True
                self.inline(el, depth)
        else:
            self._other(el, tag, depth)

    def _silent(self, el: HtmlElement, tag: str, depth: int) -> None:
        """What silent elements hold nevertheless: images for readers without scripts, and script widgets."""
        if tag == "noscript":
            for img in el.iter("img"):
                self._image(img, depth)
        elif tag == "script" and (url := telegram_script(el)):
            self.flush()
            self.body.blocks.append(block("embed", url=url, provider="telegram"))

    def _is_label(self, el: HtmlElement) -> bool:
        """Whether a marked paragraph is a tool's label or a caption, and no sentence of the article."""
        if is_caption(el):
            return self._is_caption(el)
        return _TOOL_CLASS.search(class_and_id(el)) is not None and len(text_of(el).split()) < SENTENCE_WORDS

    def _is_caption(self, el: HtmlElement) -> bool:
        """Whether an element marked as a caption is one: short, or next to what it is the caption of."""
        if next(el.iter("img", "iframe", "video"), None) is not None:
            return False
        line = text_of(el)
        if len(line) > _LONG_CAPTION:
            return False
        parent = el.getparent()
        around = [parent] if parent is not None and parent is not self.scope else [el.getprevious(), el.getnext()]
        pictured = any(a is not None and next(a.iter("img", "iframe", "video"), None) is not None for a in around)
        return pictured or len(line.split()) < SENTENCE_WORDS

    def _special(self, el: HtmlElement, tag: str) -> bool:
        """Boxes and embeds that class or tag hint at. True when the element is dealt with."""
        if is_caption(el) and self._is_caption(el):
            return True
        is_embed, provider = social_embed(el, tag)
        if is_embed:
            self._embed(el, provider)
            return True
        if tag in _HEADINGS or tag == "p":
            return self._is_label(el)
        if tag not in INLINE and is_related_box(el):
            self.flush()
            self._related_box(el)
            return True
        if self.quoting or not is_hinted(el, tag):
            return False
        is_noise, letters = is_noise_box(el, tag, self._scope_letters)
        self.body.dropped += letters if is_noise else 0
        return is_noise

    @cached_property
    def _scope_letters(self) -> int:
        return sum(len(run.letters) for run in text_runs(self.scope))

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
        if text_of(el) in words.RELATED_TITLES:
            self.related_follows = True
            return
        self.inline_content(el, depth)
        self.flush("heading", level=_HEADINGS[el.tag])

    def _quote(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        if is_quoted_tweet(el, text_of(el)):
            self._embed(el, "twitter")
            return
        if next(el.iter("iframe", "img", "video", "table"), None) is not None:
            self.flow(el, depth + 1)
            self.flush()
            return
        self._add_quote(el, depth)

    def _add_quote(self, el: HtmlElement, depth: int) -> None:
        lines, links = self._lines_of(el, depth, quoting=True)
        if lines:
            self.body.blocks.append(block("quote", text="\n".join(lines)))
            self.body.links += links

    def _lines_of(self, el: HtmlElement, depth: int, quoting: bool = False) -> tuple[list[str], list[Link]]:
        """The text of an element, one line per paragraph in it."""
        reader = _BodyReader(self.resolve, self.skip, self.scope)
        reader.quoting = quoting or self.quoting
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
            if child.tag in ("li", "dt", "dd") and not is_hidden(child):
                reader = _BodyReader(self.resolve, self.skip, self.scope)
                reader.flow(child, depth + 1)
                reader.loose = False  # the entry is the block of this text
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
        if is_layout_table(el):
            for cell in cells_of(el):
                self.flow(cell, depth + 1)
                self.loose = False  # the cell is the block of this text
                self.flush()
            return
        rows: list[str] = []
        for row in rows_of(el):
            cells: list[str] = []
            for cell in row:
                lines, links = self._lines_of(cell, depth)
                cells.append(" ".join(" ".join(lines).split()))
                self.body.links += links
            if line := row_text(cells):
                rows.append(line)
        if rows:
            self.body.blocks.append(block("table", items=rows, caption=table_caption(el)))
        for img in el.iter("img"):
            self._image(img, depth)

    def _figure(self, el: HtmlElement, depth: int) -> None:
        self.flush()
        images = list(el.iter("img"))
        quote = next(el.iter("blockquote"), None)
        if quote is not None and not images and not social_embed(quote, "blockquote")[0]:
            # The caption of a quotation is its attribution, which is text of it.
            self._add_quote(el, depth)
            return
        if not images or next(el.iter("iframe", "video", "blockquote", "table"), None) is not None:
            self.flow(el, depth + 1)
            self.flush()
            return
        for img in images:
            self._image(img, depth)

    def _image(self, img: HtmlElement, depth: int) -> None:
        if is_pixel(img) or is_icon(img):
            self.lines[-1].append(symbol_of(img))
            return
        parent = img.getparent()
        in_line = parent is not None and (parent.tag == "p" or parent.tag in INLINE)
        if in_line and any(not piece.isspace() for piece in self.lines[-1]):
            self.waiting.append(img)
            return
        self._add_image(img)

    def _add_image(self, img: HtmlElement) -> None:
        image = figure_image(img, self.resolve, "inline", self.scope)
        if image is None or (is_in_noscript(img) and any(image["url"] == i["url"] for i in self.body.images)):
            return
        self.flush()
        self.body.images.append(image)
        self.body.blocks.append(block("image", url=image["url"], caption=image["caption"], credit=image["credit"]))

    def _figcaption(self, el: HtmlElement, depth: int) -> None:
        """The caption of a figure: text of a quotation, else already with its image or table."""
        if self.quoting:
            self._paragraph(el, depth)
        else:
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
        if self._is_related_by_title(el):
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
        return next((t for c in inside if (t := text_of(c))), "") in words.RELATED_TITLES

    def _absorb(self, other: Body) -> None:
        self.body.images += other.images
        self.body.videos += other.videos
        self.body.related += other.related
        self.body.unknown += other.unknown
        self.body.dropped += other.dropped

    # Inline content.

    def has_text(self) -> bool:
        return bool(self.lines[0]) or len(self.lines) > 1

    def inline_content(self, el: HtmlElement, depth: int) -> None:
        if el.text:
            self.lines[-1].append(el.text)
        for child in el:
            tag = child.tag
            if isinstance(tag, str) and tag not in SILENT and not is_hidden(child):
                if tag == "br":
                    self.lines.append([])
                elif tag == "img":
                    self._image(child, depth)
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

    _HANDLERS: ClassVar[dict[str, Callable[[_BodyReader, HtmlElement, int], None]]] = {
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
    """Whether inline content holds something that is a block of its own. An image in a line is none."""
    return any(
        isinstance(child.tag, str) and child.tag not in INLINE and child.tag not in SILENT and child.tag != "img"
        and not is_inline(child)
        for child in el.iterdescendants()
    )  # fmt: skip
