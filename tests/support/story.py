"""An invented story, for pages of an unknown layout."""

from __future__ import annotations

from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.loaders import load_article
from mayadeen.items import Article
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

TEXTS = [
    "The first boat left the harbour of Tyre on Monday morning, and its crew was seen on deck at noon.",
    "The second one stayed for another day, since the union of the pilots had asked its lawyers for advice.",
    "Both are to come back in spring, as the office of the port said in a note that was read out in the hall.",
    "The mayor said that he had hoped for more, and that the quay would stay closed until the end of the year.",
    "Nobody in the town remembers a winter in which so few ships were to be seen in the bay, she added.",
    "The pilots meet again on Friday to vote on what the office has offered to them in its last letter.",
]
PARAGRAPHS = "".join(f"<p>{text}</p>" for text in TEXTS)
HEADLINE = "<h1>The port is quiet</h1>"

URL = "https://english.almayadeen.net/news/politics/a-story-of-ports"
BODY = "\n\n".join(TEXTS)
AROUND = (
    "<nav><a href='/news/politics'>Politics</a> <a href='/news/economy'>Economy</a></nav>{}"
    "<div class='zz'><h3>More stories</h3><ul><li><a href='/news/politics/x-y'>Another story of the day that is here</a></li>"
    "<li><a href='/news/politics/y-z'>A third story of the day that is not long</a></li></ul></div><footer><p>About us</p></footer>"
)


def read(shown: str, head: str = "<meta name='postid' content='7'>", body: str = "") -> Article:
    """Read a page with the story's title, a menu before what is shown, and other stories after it."""
    title = "<title>The port is quiet</title>"
    html = f"<html lang='en'><head>{title}{head}</head><body {body}>{AROUND.format(shown)}</body></html>"
    return load_article(ArticlePage(html, URL, Addresses(EDITIONS["en"])), fetched_at="2025-03-03T00:00:00Z")
