"""A site of a few pages on the loopback, whose every answer a test gives."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What a site answers with at an address."""

    body: str | bytes = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    location: str | None = None


class Site:
    """A site of a few pages on the loopback.

    ``pages`` has the answers by path and query. ``posts`` has functions by path, from the body of a POST to its answer.
    ``requests`` has the requested paths in order.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {"/robots.txt": Answer("User-agent: *\nAllow: /\n", content_type="text/plain")}
        self.posts: dict[str, Callable[[str], str]] = {}
        self.requests: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append(self.path)
                self.answer(site.pages.get(self.path, Answer("<h1>Not found</h1>", 404)))

            def do_POST(self) -> None:
                site.requests.append(self.path)
                given = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(Answer(site.posts[self.path](given)))

            def answer(self, answer: Answer) -> None:
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(body)))
                if answer.location:
                    self.send_header("Location", answer.location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def front(self, **sections: str) -> None:
        """A front page whose menu has these sections, label → path, under News."""
        entries = "".join(f'<li><a href="{path}">{label}</a></li>' for label, path in sections.items())
        self.pages["/"] = Answer(
            f"<nav><ul><li><a href='/news'>News</a><ul>{entries}</ul></li></ul></nav><main></main>"
        )

    def listing(self, path: str, articles: list[str], extra: str = "", dates: dict[str, str] | None = None) -> None:
        """A listing page with a card for each path, and whatever else in its main part."""
        cards = "".join(
            f'<article><h3><a href="{article}">Headline of {article}</a></h3><span>{(dates or {}).get(article, "")}</span></article>'
            for article in articles
        )
        self.pages[path] = Answer(f"<html><body><main><h1>Listing</h1>{cards}{extra}</main></body></html>")

    def article(self, path: str, post_id: int, published: str = "2025-11-08T12:00:00+02:00", title: str = "") -> None:
        """A text article with the site's metadata block."""
        block = {
            "type": "article", "postid": str(post_id), "title": title or f"Post {post_id}", "url": f"{self.url}{path}",
            "keywords": "", "lang": "en", "published_time": published, "last_updated": published,
            "description": f"Deck of post {post_id}.", "author": "A. Writer",
            "classes": [{"key": "class1", "mapping": "posttype", "value": "News"}],
        }  # fmt: skip
        self.pages[path] = Answer(
            "<html lang='en'><head><title>t</title>"
            f"<script id='tawsiyat-metadata' type='text/tawsiyat'>{json.dumps(block)}</script></head><body><main>"
            f"<div class='details-white-box'><h1>{block['title']}</h1><p class='lg_para summary'>{block['description']}</p>"
            f"<section class='read-section'><div class='p-content'><p>First paragraph of post {post_id}, long enough.</p>"
            f"<p>Second paragraph of post {post_id}.</p></div></section></div></main></body></html>"
        )


@contextmanager
def serving() -> Iterator[Site]:
    """A small site of its own, served until the block ends."""
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()
