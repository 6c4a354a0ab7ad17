"""The blocks of a body, and what is collected while they are read: lines of text, images, embeds, related articles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lxml.html import HtmlElement

from mayadeen.extraction.calls import is_call
from mayadeen.extraction.dom import INLINE
from mayadeen.extraction.embeds import embed_address, provider_of, video_of
from mayadeen.extraction.images import IMAGE_PARTS, Resolve, figure_image, is_icon, is_in_noscript, is_pixel, symbol_of
from mayadeen.extraction.labels import is_ad_label, is_disclaimer
from mayadeen.extraction.related import read_next_links, related_links
from mayadeen.extraction.text_lines import TextLines
from mayadeen.extraction.text_runs import letters_of
from mayadeen.items import Block, Image, Link, Related, Video

_MAX_DROPPED = 0.2
_AFTER_WORD = ".,;:!?)…،؛؟"
"""Signs that follow a word without a blank."""


def block(type_: str, **values: object) -> Block:
    """A block with every key."""
    empty: dict[str, object] = dict.fromkeys(("text", "level", "items", "url", "caption", "credit", "provider"))
    return {"type": type_, **empty, **values}  # type: ignore[typeddict-item]


@dataclass
class Body:
    """What a body holds.

    ``text`` is derived from ``blocks``. ``unknown`` counts elements of unknown type, ``dropped`` the letters of boxes
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


class BodyBuilder:
    """Collects text until it is a block, and adds blocks to ``body``.

    ``scope`` is the element that the body is read from. ``loose`` says that the text collected so far is in no
    paragraph. ``is_part`` says that the text is that of a cell or quotation, in which a call such as "Share" is text.
    """

    def __init__(self, resolve: Resolve, scope: HtmlElement) -> None:
        self.resolve = resolve
        self.scope = scope
        self.body = Body()
        self.lines = TextLines()
        self.loose = False
        self.is_part = False
        self._waiting: list[HtmlElement] = []  # images in a sentence, read after it

    def flush(self, type_: str = "paragraph", **values: object) -> None:
        """End the run of text collected so far and make it a block."""
        loose, self.loose = self.loose, False
        if not self.lines.is_empty:
            text, links = self.lines.take()
            if text and not (type_ in ("paragraph", "heading") and self._is_around(text, links, type_)):
                if type_ == "paragraph":
                    self.body.unknown += loose
                self.body.blocks.append(block(type_, text=text, **values))
                self.body.links += links
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for img in waiting:
                self._add_image(img)

    def _is_around(self, text: str, links: list[Link], type_: str) -> bool:
        """Whether a paragraph or heading is not part of the article: a call, a disclaimer, a pointer, or a label."""
        if (not self.is_part and is_call(text, links)) or self._is_read_next(text, links):
            return True
        return type_ != "heading" and (is_disclaimer(text) or is_ad_label(text))

    def _is_read_next(self, text: str, links: list[Link]) -> bool:
        found = read_next_links(text, links)
        if found is not None:
            self.add_related(found, "read_next")
        return found is not None

    def related_box(self, el: HtmlElement) -> None:
        """Add the articles that a box points to."""
        self.flush()
        self.add_related(related_links(el, self.resolve), "inline")

    def add_related(self, links: list[Link], relation: Literal["inline", "read_next"]) -> None:
        for link in links:
            self.body.related.append(Related(title=link["text"], url=link["url"], relation=relation))
            self.body.blocks.append(block("related", text=link["text"], url=link["url"]))

    def text(self, text: str) -> None:
        """Add text that is outside a paragraph."""
        if not text.isspace():
            self.loose = True
        self.lines.add(text)

    def image(self, img: HtmlElement) -> None:
        """Add an image. An icon is added as its text, and an image in a sentence after the sentence."""
        if is_pixel(img) or is_icon(img):
            self.lines.add(symbol_of(img))
            return
        outermost = img
        while (parent := outermost.getparent()) is not None and parent.tag in IMAGE_PARTS:
            outermost = parent
        in_line = parent is not None and (parent.tag == "p" or parent.tag in INLINE)
        if in_line and self.lines.is_in_line:
            self._waiting.append(img)
            if (outermost.tail or "")[:1] not in _AFTER_WORD:
                self.lines.add(" ")  # the image stands between the words around it
            return
        self._add_image(img)

    def _add_image(self, img: HtmlElement) -> None:
        image = figure_image(img, self.resolve, "inline", self.scope)
        if image is None or (is_in_noscript(img) and any(image["url"] == i["url"] for i in self.body.images)):
            return
        self.flush()
        self.body.images.append(image)
        self.body.blocks.append(block("image", url=image["url"], caption=image["caption"], credit=image["credit"]))

    def embed(self, el: HtmlElement, provider: str | None = None) -> None:
        """Add an embedded post or player."""
        self.flush()
        url = embed_address(el, provider, self.resolve)
        provider = provider or (provider_of(url) if url else None)
        if provider is None:
            return
        self.body.blocks.append(block("embed", url=url, provider=provider))
        if (video := video_of(el, url, provider)) is not None:
            self.body.videos.append(video)

    def absorb(self, other: Body) -> None:
        """Add what another part of the body holds, without its blocks and links."""
        self.body.images += other.images
        self.body.videos += other.videos
        self.body.related += other.related
        self.body.unknown += other.unknown
        self.body.dropped += other.dropped
