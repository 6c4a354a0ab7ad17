"""Comments of readers on pages of an unknown layout, in markup that does not call them so."""

from __future__ import annotations

import pytest

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import load_article
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from tests.support.story import PARAGRAPHS, TEXTS

OPINIONS = [
    "I have lived there for two years and nobody ever asked us what we think about this port at all.",
    "Thank you for this article, it is the first one that describes what really happened in our bay.",
    "Nonsense, the harbour never had a licence and everybody in the town hall knew that from the start.",
]
RULE = "What readers write here is their own opinion, and not the opinion of this newspaper."
FORM = "<h4>Leave a comment</h4><form><textarea></textarea></form>"


def body(shown: str) -> list[str]:
    html = f"<html lang='en'><head><title>The port</title><meta name='postid' content='7'></head><body><h1>The port</h1>{shown}</body></html>"
    url = "https://english.almayadeen.net/news/politics/the-port"
    item = load_article(ArticlePage(html, url, Addresses(EDITIONS["en"])), fetched_at="2025-03-03T00:00:00Z")
    return (item.body or "").split("\n\n")


def entries(entry: str) -> str:
    return "".join(entry.format(text=text, n=n) for n, text in enumerate(OPINIONS))


SPANS = entries("<div><b>Karim</b><p>{text}</p><span role='button'><span>Reply</span></span></div>")
REPLY = entries("<div><b>Karim {n}</b><p>{text}</p><a href='#r{n}'>Reply</a></div>")
AGES = entries("<div><div><b>Karim</b> <span>{n} hours ago</span></div><div>{text}</div></div>")
DATES = entries("<article><header><b>Lina</b> 12 March 2025, 10:0{n}</header><p>{text}</p></article>")
NESTED = entries(
    "<li><i>Sam</i><p>{text}</p><a>Responder</a><ul><li><p>{text}</p><button>Responder</button></li></ul></li>"
)
ROWS = entries("<dt>Karim, منذ ساعتين</dt><dd>{text}</dd>")


@pytest.mark.parametrize(
    "shown",
    [
        f"<div>{PARAGRAPHS}<div>{REPLY}</div></div>",
        f"<div>{PARAGRAPHS}{REPLY}</div>",
        f"<div>{PARAGRAPHS}<div>{SPANS}</div></div>",
        f"<div>{PARAGRAPHS}<section><h2>3 Comments</h2>{AGES}</section></div>",
        f"<div>{PARAGRAPHS}<h3>التعليقات ({len(OPINIONS)})</h3>{AGES}{FORM}</div>",
        f"<div>{PARAGRAPHS}<div><span>3 comentarios</span>{DATES}</div></div>",
        f"<div>{PARAGRAPHS}<ul>{NESTED}</ul></div>",
        f"<div>{PARAGRAPHS}<dl>{ROWS}</dl><form><textarea></textarea></form></div>",
        f"<div>{PARAGRAPHS}<h3>1 comment</h3><p>{OPINIONS[0]}</p>{FORM}</div>",
        f"<div>{PARAGRAPHS}<div><h2>Write</h2><p>{RULE}</p><form><textarea></textarea></form></div><div></div><div>{AGES}</div></div>",
    ],
    ids=[
        "box",
        "same box",
        "spans",
        "ages",
        "title and siblings",
        "dates",
        "nested",
        "rows before a form",
        "one",
        "box after a form",
    ],
)
def test_comments_are_no_text(shown: str) -> None:
    assert body(shown) == TEXTS


ANSWERS = "".join(f"<div><span>الرد</span><p>{text}</p></div>" for text in OPINIONS)
MENU = "".join(
    f"<p>Choose {place} to see its weather, and keep it until your next visit.</p>"
    for place in ("Tyre", "Sidon", "Acre")
)
LIVE = "".join(f"<div><time>{n} hours ago</time><p>{text}</p></div>" for n, text in enumerate(TEXTS))


@pytest.mark.parametrize(
    "shown",
    [
        f"<div>{PARAGRAPHS}{ANSWERS}</div>",
        f"<div>{PARAGRAPHS}<h2>Comments</h2><p>{OPINIONS[0]}</p><p>{OPINIONS[1]}</p></div>",
        f"<div><span>3 comments</span></div><div><time>12 March 2025</time>{PARAGRAPHS}<p>{OPINIONS[0]}</p><p>{OPINIONS[1]}</p></div>{FORM}",
        f"<div><p>{OPINIONS[0]}</p><p>{OPINIONS[1]}</p>{LIVE}</div><form><textarea></textarea></form>",
        f"<div>{PARAGRAPHS}<p>{OPINIONS[0]}</p><div><b>Karim</b><p>{OPINIONS[1]}</p></div></div>{FORM}",
        f"<div>{MENU}</div><main><div>comments</div><time>2 hours ago</time>{PARAGRAPHS}{entries('<p>{text}</p>')}</main>",
    ],
    ids=["answers", "a heading of the article", "a number above", "a live blog", "a person", "a label in the main box"],
)
def test_what_only_looks_like_comments_is_text(shown: str) -> None:
    found = body(shown)
    assert all(text in found for text in (*TEXTS, *OPINIONS[:2]))
