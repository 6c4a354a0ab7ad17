"""The body of an article as typed blocks, in page order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

from lxml.html import HtmlElement

from mayadeen.extraction.body_builder import Body, BodyBuilder, block
from mayadeen.extraction.dom import INLINE, MAX_DEPTH, SILENT, holds_only_links, is_hidden, is_inline, text_of
from mayadeen.extraction.embeds import is_quoted_tweet, social_embed, telegram_script
from mayadeen.extraction.images import IMAGE_PARTS, Resolve, is_caption, is_caption_of_image, unnamed_figures
from mayadeen.extraction.noise import is_for_screen_readers, is_hinted, is_noise_box, is_tool_label
from mayadeen.extraction.related import (
    is_card,
    is_headed_as_related,
    is_list_of_titles,
    is_related_box,
    is_related_heading,
    is_related_title,
)
from mayadeen.extraction.tables import cells_of, is_layout_table, row_text, rows_of, table_caption
from mayadeen.extraction.text_runs import letters_in, text_runs
from mayadeen.items import Block, Link

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_CONTAINER_TAGS = frozenset("div section article main center body html picture figure span a form nav tbody td".split())


Skip = Callable[[HtmlElement], bool] | None


def read_body(container: HtmlElement, resolve: Resolve, skip: Skip = None) -> Body:
    """Read the element that holds an article's text. ``skip`` tells which elements in it are no part."""
    reader = _BodyReader(resolve, skip, container, unnamed_figures(container))
    return reader.read(container, 0)


class _BodyReader:
    def __init__(self, resolve: Resolve, skip: Skip, scope: HtmlElement, figures: set[HtmlElement]) -> None:
        self.resolve, self.skip, self.scope, self.figures = resolve, skip, scope, figures
        self.out = BodyBuilder(resolve, scope)
        self.related_follows = False
        self.quoting = False

    def read(self, el: HtmlElement, depth: int, *, is_entry: bool = False) -> Body:
        """Read the content of an element to its end. ``is_entry``: the element is itself the block of its text."""
        if el.tag == "pre":
            self._pre(el, depth)
        else:
            self.read_children(el, depth)
        self.out.loose = self.out.loose and not is_entry
        self.out.flush()
        return self.out.body

    def _nested(self) -> _BodyReader:
        return _BodyReader(self.resolve, self.skip, self.scope, self.figures)

    # Elements.

    def read_children(self, el: HtmlElement, depth: int) -> None:
        """Read the content of a container: blocks in it become blocks, text between them paragraphs."""
        if el.text:
            self.out.text(el.text)
        for child in el:
            tag = child.tag
            if isinstance(tag, str):
                self.element(child, tag, depth)
            if child.tail:
                self.out.text(child.tail)

    def element(self, el: HtmlElement, tag: str, depth: int) -> None:
        if (tag in SILENT and tag not in ("form", "nav")) or is_hidden(el) or (self.skip is not None and self.skip(el)):
            self._without_text(el, tag, depth)
            return
        if depth > MAX_DEPTH:
            self.out.lines.add("".join(el.itertext()))
            return
        if self.related_follows and tag != "br":
            self.related_follows = holds_only_links(el)
            if self.related_follows:
                self.out.related_box(el)
                return
        marked = el.get("class") or el.get("id")
        if tag == "p" and not len(el):
            self.out.flush()
            if is_related_title(el):
                self.related_follows = True
            elif el.text and not (marked and _is_label(el, self.scope)):
                self.out.lines.add(el.text)
                self.out.flush()
            return
        if (marked or tag in ("form", "nav")) and self._is_handled(el, tag):
            return
        handler = self._HANDLERS.get(tag)
        if handler is not None:
            handler(self, el, depth)
        elif tag == "br":
            self.out.lines.end_line()
        elif tag in INLINE or is_inline(el):
            if is_card(el):
                self.out.related_box(el)
            elif _has_block(el):
                self.read_children(el, depth + 1)
            else:
                self.out.loose = True
                self.inline(el, depth)
        else:
            self._other(el, tag, depth)

    def _without_text(self, el: HtmlElement, tag: str, depth: int) -> None:
        """Read what elements without shown text hold: images in ``noscript``, and widgets of scripts."""
        if tag == "noscript":
            for img in el.iter("img"):
                self.out.image(img)
        elif tag == "script" and (url := telegram_script(el)):
            self.out.flush()
            self.out.body.blocks.append(block("embed", url=url, provider="telegram"))

    def _is_handled(self, el: HtmlElement, tag: str) -> bool:
        """Handle captions, embeds and boxes, known by class or tag. Returns whether it handled the element."""
        if is_caption(el) and is_caption_of_image(el, self.scope):
            return True
        is_embed, provider = social_embed(el, tag)
        if is_embed:
            self.out.embed(el, provider)
            return True
        if tag in _HEADINGS or tag == "p":
            return _is_label(el, self.scope)
        if tag not in INLINE and is_related_box(el):
            self.out.related_box(el)
            return True
        if self.quoting or not is_hinted(el, tag):
            return False
        is_noise, letters = is_noise_box(el, tag, lambda: self._scope_letters)
        self.out.body.dropped += letters if is_noise else 0
        return is_noise

    @cached_property
    def _scope_letters(self) -> int:
        return letters_in(text_runs(self.scope))

    def _paragraph(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        if is_related_title(el):
            self.related_follows = True
            return
        if _has_block(el):
            self.read_children(el, depth + 1)
        else:
            self.inline_content(el, depth)
        self.out.loose = False
        self.out.flush()

    def _heading(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        if is_related_heading(el):
            self.related_follows = True
            return
        self.inline_content(el, depth)
        self.out.flush("heading", level=_HEADINGS[el.tag])

    def _quote(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        if is_quoted_tweet(el, text_of(el)):
            self.out.embed(el, "twitter")
            return
        if next(el.iter("iframe", "img", "video", "table"), None) is not None:
            self.read_children(el, depth + 1)
            self.out.flush()
            return
        self._add_quote(el, depth)

    def _add_quote(self, el: HtmlElement, depth: int) -> None:
        lines, links = self._lines_of(el, depth, quoting=True)
        if lines:
            self.out.body.blocks.append(block("quote", text="\n".join(lines)))
            self.out.body.links += links

    def _lines_of(self, el: HtmlElement, depth: int, quoting: bool = False) -> tuple[list[str], list[Link]]:
        """Return the text of an element, one line per paragraph in it."""
        reader = self._nested()
        reader.quoting = quoting or self.quoting
        reader.out.is_part = True
        found = reader.read(el, depth + 1)
        self.out.body.related += found.related
        return [part for part in (found.text or "").split("\n\n") if part], found.links

    def _list(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        if is_list_of_titles(el):
            self.out.related_box(el)
            return
        if _holds_text(el):  # a list that only indents its text
            self.read_children(el, depth + 1)
            self.out.flush()
            return
        items: list[str] = []
        rest: list[Block] = []
        links: list[Link] = []
        for child in el:
            if child.tag in ("li", "dt", "dd") and not is_hidden(child):
                found = self._nested().read(child, depth + 1, is_entry=True)
                own = [p for p in (found.text or "").split("\n\n") if p]
                nested = any(b["type"] == "list" for b in found.blocks)
                items += own if nested else ["\n".join(own)] if own else []
                rest += [b for b in found.blocks if b["type"] in ("image", "embed", "related")]
                links += found.links
                self.out.absorb(found)
            elif isinstance(child.tag, str):
                self.element(child, child.tag, depth + 1)
                self.out.flush()
        if items:
            self.out.body.blocks.append(block("list", items=items))
            self.out.body.links += links
        self.out.body.blocks += rest

    def _table(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        if is_layout_table(el):
            for cell in cells_of(el):
                self.read_children(cell, depth + 1)
                self.out.loose = False  # the cell is the block of this text
                self.out.flush()
            return
        rows: list[str] = []
        for row in rows_of(el):
            cells: list[str] = []
            for cell in row:
                lines, links = self._lines_of(cell, depth)
                cells.append(" ".join(" ".join(lines).split()))
                self.out.body.links += links
            if line := row_text(cells):
                rows.append(line)
        if rows:
            self.out.body.blocks.append(block("table", items=rows, caption=table_caption(el)))
        for img in el.iter("img"):
            self.out.image(img)

    def _pre(self, el: HtmlElement, depth: int) -> None:
        """Text whose line breaks are shown, such as a poem. With blocks or links in it, it is read like a box."""
        self.out.flush()
        if next(el.iter("a", "br", "img", *SILENT), None) is not None or _has_block(el):
            self.read_children(el, depth + 1)
            self.out.flush()
            return
        for line in "".join(el.itertext()).splitlines():
            self.out.lines.add(line)
            self.out.lines.end_line()
        self.out.flush()

    def _figure(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        images = list(el.iter("img"))
        quote = next(el.iter("blockquote"), None)
        if quote is not None and not images and not social_embed(quote, "blockquote")[0]:
            self._add_quote(el, depth)  # its caption is the attribution, which is text of it
            return
        if not images or next(el.iter("iframe", "video", "blockquote", "table"), None) is not None:
            self.read_children(el, depth + 1)
            self.out.flush()
            return
        for img in images:
            self.out.image(img)

    def _figcaption(self, el: HtmlElement, depth: int) -> None:
        """Read the caption of a figure. In a quotation it is text. Otherwise its image or table already has it."""
        if self.quoting:
            self._paragraph(el, depth)
        else:
            self.out.flush()

    def _img(self, el: HtmlElement, depth: int) -> None:
        self.out.image(el)

    def _frame(self, el: HtmlElement, depth: int) -> None:
        self.out.embed(el)

    def _other(self, el: HtmlElement, tag: str, depth: int) -> None:
        """Read a container, or an element of unknown type. The text of both is kept."""
        self.out.flush()
        if is_headed_as_related(el):
            self.out.related_box(el)
            return
        if el in self.figures:
            self.out.image(next(el.iter("img")))
            return
        known = tag in _CONTAINER_TAGS
        before = len(self.out.body.blocks)
        self.read_children(el, depth + 1)
        self.out.loose = self.out.loose and known
        self.out.flush()
        self.out.body.unknown += not known and any(b["text"] or b["items"] for b in self.out.body.blocks[before:])

    # Inline content.

    def inline_content(self, el: HtmlElement, depth: int) -> None:
        if el.text:
            self.out.lines.add(el.text)
        for child in el:
            tag = child.tag
            if tag in IMAGE_PARTS:
                for img in child.iter("img"):
                    self.out.image(img)
            elif tag == "br":
                self.out.lines.end_line()
            elif isinstance(tag, str) and tag not in SILENT and not is_hidden(child):
                self.inline(child, depth + 1)
            if child.tail:
                self.out.lines.add(child.tail)

    def inline(self, el: HtmlElement, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.out.lines.add("".join(el.itertext()))
        elif not is_for_screen_readers(el):
            if el.tag == "a" and (url := self.resolve(el.get("href"))):
                self.out.lines.add_link(text_of(el), url)
            self.inline_content(el, depth)

    _HANDLERS: ClassVar[dict[str, Callable[[_BodyReader, HtmlElement, int], None]]] = {
        "p": _paragraph,
        **dict.fromkeys(_HEADINGS, _heading),
        "blockquote": _quote,
        "ul": _list,
        "ol": _list,
        "dl": _list,
        "table": _table,
        "pre": _pre,
        "figure": _figure,
        "picture": _figure,
        "img": _img,
        "figcaption": _figcaption,
        "iframe": _frame,
        "video": _frame,
        "audio": _frame,
        "embed": _frame,
    }


def _is_label(el: HtmlElement, scope: HtmlElement) -> bool:
    """Whether a marked paragraph is a label or a caption, not a sentence of the article."""
    return is_caption_of_image(el, scope) if is_caption(el) else is_tool_label(el)


def _holds_text(el: HtmlElement) -> bool:
    """Whether text is directly in an element, not in elements of it."""
    return any(text is not None and not text.isspace() for text in (el.text, *(child.tail for child in el)))


def _has_block(el: HtmlElement) -> bool:
    """Whether inline content contains a block. An image in a line is not a block."""
    return any(
        isinstance(child.tag, str) and child.tag not in INLINE and child.tag not in SILENT
        and child.tag not in IMAGE_PARTS and not is_inline(child)
        for child in el.iterdescendants()
    )  # fmt: skip
