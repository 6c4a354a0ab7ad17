"""Thirty shapes of pages that are made to take long, in any size."""

from __future__ import annotations

import json
from collections.abc import Callable

Shape = Callable[[int], str]
"""Returns a page of about that number of bytes."""


def article_page(body: str = "", head: str = "", before: str = "", **block: object) -> str:
    """Return an article's page with this in its text, its head, before its text, and in its metadata block."""
    values = {"type": "article", "postid": "1", "title": "A title", "url": "/news/politics/a-b"} | block
    return (
        f"<html lang='en'><head><title>t</title><script id='tawsiyat-metadata'>{json.dumps(values)}</script>{head}</head>"
        f"<body><main><div class='details-white-box'><h1>A title</h1>{before}<section class='read-section'>"
        f"<div class='p-content'><p>First paragraph, long enough to be one.</p>{body}</div></section></div></main></body></html>"
    )


def main_page(main: str) -> str:
    """Return a page with this in its main part."""
    return f"<html><head><title>t</title></head><body><main><h1>x</h1>{main}</main></body></html>"


def _body(piece: str) -> Shape:
    return lambda size: article_page(_fill(piece, size))


def _main(piece: str) -> Shape:
    return lambda size: main_page(_fill(piece, size))


def _fill(piece: str, size: int) -> str:
    """Repeat the piece, with its number in place of ``#``."""
    if "#" not in piece:
        return piece * (size // len(piece.encode()))
    count = size // (len(piece.encode()) + 4)
    return "".join(piece.replace("#", str(n)) for n in range(count))


def _attributes(piece: str) -> Shape:
    return lambda size: main_page(f"<p {_fill(piece, size)}>x</p>")


SHAPES: dict[str, Shape] = {
    "attributes": _attributes("a#=x "),
    "attributes without values": _attributes("a# "),
    "attributes after slashes": _attributes("/a#"),
    "attributes that hold tags": _attributes("a#='<p>' "),
    "attributes after a comment": lambda size: "<!-->" + _attributes("a#=x ")(size),
    "attributes after a script with a quote": lambda size: "<script>x<a b='</script>" + _attributes("a#=x ")(size),
    "one attribute": lambda size: main_page(f"<p class='{_fill('share ', size)}'>x</p>"),
    "tags of 900 attributes": _main("<i " + " ".join(f"a{n}=x" for n in range(900)) + ">x</i>"),
    "siblings": _body("<p>x</p>"),
    "open paragraphs": _body("<p>x"),
    "open siblings in the main part": _main("<p>x"),
    "elements in each other": _body("<div>x"),
    "formatting elements in each other": _body("<b><i>x<p>"),
    "boxes": _main("<div class='x'><p>a paragraph that is long enough to count as the text of an article</p></div>"),
    "links": _main("<a href='/news/politics/a-#'>A long headline of article # here</a>"),
    "cards": _main("<article><h3><a href='/news/politics/a-#'>A long headline #</a></h3><time>1 Jan 2025</time></article>"),
    "cards of one article": _main("<article><h3><a href='/news/politics/a-b'>A long headline of it</a></h3></article>"),
    "buttons": _main("<button class='load-more' id='b#'>Load more</button>"),
    "page numbers": _main("<a href='?page=#'>#</a>"),
    "menus": lambda size: f"<nav><ul><li><a href='/news'>News</a><ul>{_fill('<li><a href=/news/s#>S #</a></li>', size)}",
    "headings": _main("<h1>x #</h1>"),
    "tables": _body("<table><tr><td>x"),
    "images": _body("<figure><img src='/a#.jpg'><figcaption>x (y</figcaption></figure>"),
    "comments": _body("<!-- x -->"),
    "comments without end": _body("<!--x"),
    "scripts": lambda size: article_page(head=_fill("<script>var x = '</scrip';</script>", size)),
    "JSON-LD blocks": lambda size: article_page(
        head=_fill("<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"x\"}</script>", size)
    ),
    "nested JSON-LD": lambda size: article_page(head=f"<script type='application/ld+json'>{'[' * size}</script>"),
    "one text": _body("word "),
    "entities": _body("&amp;&lt;&#;"),
}  # fmt: skip
