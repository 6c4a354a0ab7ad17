"""The body of an article as typed blocks, in page order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import ClassVar

from lxml.html import HtmlElement

from mayadeen.extraction.body_builder import Body, BodyBuilder, block
from mayadeen.extraction.dom import INLINE, MAX_DEPTH, SILENT, holds_only_links, is_hidden, is_inline, text_of
from mayadeen.extraction.embeds import is_quoted_tweet, social_embed, telegram_script
from mayadeen.extraction.images import Resolve, is_caption, is_caption_of_image
from mayadeen.extraction.noise import is_hinted, is_noise_box, is_tool_label
from mayadeen.extraction.related import is_headed_as_related, is_related_box, is_related_title
from mayadeen.extraction.tables import cells_of, is_layout_table, row_text, rows_of, table_caption
from mayadeen.extraction.text_runs import text_runs
from mayadeen.items import Block, Link
from mayadeen.site import words

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_KNOWN_CONTAINERS = frozenset(
    "div section article main center body html picture figure span a form nav tbody td".split()
)


def read_body(container: HtmlElement, resolve: Resolve, skip: Callable[[HtmlElement], bool] | None = None) -> Body:
    """Read the element that holds an article's text. ``skip`` has the elements in it that are not part of the body."""
    reader = _BodyReader(resolve, skip, container)
    return reader.read(container, 0)


class _BodyReader:
    def __init__(self, resolve: Resolve, skip: Callable[[HtmlElement], bool] | None, scope: HtmlElement) -> None:
        self.resolve = resolve
        self.skip = skip
        self.scope = scope
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
            if not self.out.lines.is_empty:
                self.out.flush()
            if is_related_title(el):
                self.related_follows = True
            elif el.text and not (marked and self._is_label(el)):
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
            if _has_block(el):
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

    def _is_label(self, el: HtmlElement) -> bool:
        """Whether a marked paragraph is a label or a caption, not a sentence of the article."""
        return is_caption_of_image(el, self.scope) if is_caption(el) else is_tool_label(el)

    def _is_handled(self, el: HtmlElement, tag: str) -> bool:
        """Handle captions, embeds and boxes, known by class or tag. Returns whether it handled the element."""
        if is_caption(el) and is_caption_of_image(el, self.scope):
            return True
        is_embed, provider = social_embed(el, tag)
        if is_embed:
            self.out.embed(el, provider)
            return True
        if tag in _HEADINGS or tag == "p":
            return self._is_label(el)
        if tag not in INLINE and is_related_box(el):
            self.out.flush()
            self.out.related_box(el)
            return True
        if self.quoting or not is_hinted(el, tag):
            return False
        is_noise, letters = is_noise_box(el, tag, self._scope_letters)
        self.out.body.dropped += letters if is_noise else 0
        return is_noise

    @cached_property
    def _scope_letters(self) -> int:
        return sum(len(run.letters) for run in text_runs(self.scope))

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
        if text_of(el) in words.RELATED_TITLES:
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
        reader = _BodyReader(self.resolve, self.skip, self.scope)
        reader.quoting = quoting or self.quoting
        reader.out.is_part = True
        found = reader.read(el, depth + 1)
        self.out.body.related += found.related
        return [part for part in (found.text or "").split("\n\n") if part], found.links

    def _list(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        items: list[str] = []
        rest: list[Block] = []
        links: list[Link] = []
        for child in el:
            if child.tag in ("li", "dt", "dd") and not is_hidden(child):
                found = _BodyReader(self.resolve, self.skip, self.scope).read(child, depth + 1, is_entry=True)
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
        """Text whose line breaks are shown, such as a poem. With elements in it, it is read like a box."""
        self.out.flush()
        if len(el):
            self.read_children(el, depth + 1)
            self.out.flush()
            return
        for line in (el.text or "").splitlines():
            self.out.lines.add(line)
            self.out.lines.end_line()
        self.out.flush()

    def _figure(self, el: HtmlElement, depth: int) -> None:
        self.out.flush()
        images = list(el.iter("img"))
        quote = next(el.iter("blockquote"), None)
        if quote is not None and not images and not social_embed(quote, "blockquote")[0]:
            # The caption of a quotation is its attribution, which is text of it.
            self._add_quote(el, depth)
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
        known = tag in _KNOWN_CONTAINERS
        before = len(self.out.body.blocks)
        self.read_children(el, depth + 1)
        self.out.loose = self.out.loose and known
        self.out.flush()
        self.out.body.unknown += not known and len(self.out.body.blocks) > before

    # Inline content.

    def inline_content(self, el: HtmlElement, depth: int) -> None:
        if el.text:
            self.out.lines.add(el.text)
        for child in el:
            tag = child.tag
            if isinstance(tag, str) and tag not in SILENT and not is_hidden(child):
                if tag == "br":
                    self.out.lines.end_line()
                elif tag == "img":
                    self.out.image(child)
                else:
                    self.inline(child, depth + 1)
            if child.tail:
                self.out.lines.add(child.tail)

    def inline(self, el: HtmlElement, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.out.lines.add("".join(el.itertext()))
            return
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


def _has_block(el: HtmlElement) -> bool:
    """Whether inline content contains a block. An image in a line is not a block."""
    return any(
        isinstance(child.tag, str) and child.tag not in INLINE and child.tag not in SILENT and child.tag != "img"
        and not is_inline(child)
        for child in el.iterdescendants()
    )  # fmt: skip
