"""Pages of the testsite cut, doubled, swapped and re-encoded: no exception leaves a reader, none takes long or keeps memory.

``MUTANTS`` in the environment is the number of mutants in the long tests. ``make fuzz`` sets it.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from protego import Protego
from scrapy.http import HtmlResponse

from mayadeen.extraction import names as name_pages
from mayadeen.extraction.article import ArticlePage, NotAnArticle
from mayadeen.extraction.author import AuthorPage
from mayadeen.extraction.block_page import read_refusal
from mayadeen.extraction.dom import PageError, parse_html
from mayadeen.extraction.encodings import with_web_encoding
from mayadeen.extraction.headlines import read_headlines
from mayadeen.extraction.listing import read_listing
from mayadeen.extraction.loaders import load_article, load_author
from mayadeen.extraction.menu import read_menu
from mayadeen.extraction.sitemap import Malformed, read_sitemap
from mayadeen.monitoring.field_sampler import read_fields as look
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.politeness.robots_groups import normalize_robots
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from testsite import SyntheticSite

BASE = "http://127.0.0.1:8000"
URL = f"{BASE}/news/politics/x-y"
VIA: Any = {"kind": "url", "url": f"{BASE}/", "position": None}
NOW = "2025-01-01T00:00:00Z"
GUARD_SECONDS = 30.0
"""Well over ten times what the slowest page takes."""
GUARD_MB = 200
"""What reading the second half of the mutants may add to the most memory ever held."""


def mutate(data: bytes, random: Random) -> bytes:
    """One to four changes, each at random."""
    for _ in range(random.randint(1, 4)):
        at, to = sorted(random.randrange(len(data) + 1) for _ in range(2))
        to = min(to, at + random.choice([3, 40, 2000]))
        piece = data[at:to]
        change = random.randrange(8)
        if change == 0:
            data = data[:at] + data[to:]
        elif change == 1:
            data = data[:to] + piece * random.randint(1, 3) + data[to:]
        elif change == 2:
            other = random.randrange(len(data) + 1)
            data = data[:other] + piece + data[other:]
        elif change == 3:
            data = data[:at] + bytes(random.randrange(256) for _ in piece[:200]) + data[to:]
        elif change == 4:
            data = data[:at]
        elif change == 5:
            encoding = random.choice(["utf-16", "utf-32", "windows-1256", "latin-1"])
            data = data.decode("utf-8", "replace").encode(encoding, "replace")
        elif change == 6:
            data = data[:at] + piece[:200] * random.choice([10, 200]) + data[to:]
        else:
            old = random.choice([b"0", b"1", b"2", b"<div", b"</", b'"', b"https:", b"class=", b"2025", b":00"])
            new = random.choice(
                [b"9" * 20, b"-1", b"", b"<table", b"<p", b"'", b"javascript:", b"0000", b"\x00", b"\xff"]
            )
            data = data.replace(old, new, random.randint(1, 50))
        data = data[: 1 << 20] or b"<"
    return data


class Reader:
    """Reads mutants of one test site's pages."""

    def __init__(self, code: str, layout: str, seed: int) -> None:
        self.testsite = SyntheticSite(posts=200, seed=seed, edition=code, addresses=layout)
        self.addresses = Addresses(EDITIONS[code], BASE)
        self.articles, self.authors = SchemaValidator("article.schema.json"), SchemaValidator("author.schema.json")
        self.made = 0
        authors = [
            profile["canonical_url"].partition("://")[2].partition("/")[2] for profile in self.testsite.profiles()
        ]
        menu = read_menu(self.testsite.reply("/", BASE).body.decode(), f"{BASE}/", self.addresses)
        assert menu is not None
        self.kinds: tuple[tuple[list[str], Callable[[str, bytes], None]], ...] = (
            (["/"], self.front),
            ([entry.path for entry in menu.entries], self.listing),
            ([f"/{path}" for path in authors], self.author),
            (["/sitemaps/all.xml", "/rss", *self.months()], self.sitemap),
            (["/robots.txt"], self.robots),
        )

    def months(self) -> list[str]:
        index = self.testsite.reply("/sitemaps/all.xml", BASE).body
        return [entry.url.removeprefix(BASE) for entry in read_sitemap(index)]

    def read(self, random: Random) -> None:
        """Make a mutant and read it: every other one an article's."""
        if random.random() < 0.5:
            self.article(URL, mutate(self.testsite.page(random.randrange(200), BASE).encode(), random))
            return
        targets, read = random.choice(self.kinds)
        target = random.choice(targets)
        with suppress(PageError):
            read(f"{BASE}{target}", mutate(self.testsite.reply(target, BASE).body, random))

    @staticmethod
    def text(url: str, data: bytes) -> str:
        return with_web_encoding(HtmlResponse(url, body=data)).text

    def article(self, url: str, data: bytes) -> None:
        text = self.text(url, data)
        with suppress(NotAnArticle, PageError):
            page = ArticlePage(text, url, self.addresses)
            look(page, None)
            item = load_article(page, fetched_at=NOW, discovery=VIA)
            self.made += 1
            json.dumps(vars(item), ensure_ascii=False).encode()
            self.articles.violations(vars(item))
        read_refusal(text, url)

    def front(self, url: str, data: bytes) -> None:
        text = self.text(url, data)
        read_menu(text, url, self.addresses)
        read_headlines(text, url, self.addresses)
        name_pages.authors_page(parse_html(text), url, self.addresses)

    def listing(self, url: str, data: bytes) -> None:
        text = self.text(url, data)
        page = read_listing(text, url, self.addresses, frozenset(), url)
        assert all(self.addresses.is_site(card.url) for card in page.cards)
        name_pages.names_on(parse_html(text), url, self.addresses)

    def author(self, url: str, data: bytes) -> None:
        text = self.text(url, data)
        self.listing(url, data)
        name_pages.names_listed(parse_html(text), url, self.addresses)
        item = load_author(AuthorPage(text, url, self.addresses), fetched_at=NOW, discovery=VIA)
        json.dumps(vars(item), ensure_ascii=False).encode()
        self.authors.violations(vars(item))

    def sitemap(self, url: str, data: bytes) -> None:
        with suppress(Malformed):
            for entry in read_sitemap(data):
                self.addresses.resolve(entry.url, url)

    def robots(self, url: str, data: bytes) -> None:
        rules = Protego.parse(normalize_robots(data, "mayadeen").decode())
        rules.can_fetch(URL, "mayadeen")
        assert (rules.crawl_delay("mayadeen") or 0.0) >= 0


def most_memory() -> float:
    """The most MB this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def check(mutants: int, seed: int) -> None:
    random = Random(seed)
    readers = [
        Reader(code, layout, seed)
        for code, layout in (("en", "plain"), ("en", "dated"), ("ar", "plain"), ("es", "short"))
    ]
    slowest = halfway = 0.0
    for number in range(mutants):
        started = time.process_time()
        try:
            random.choice(readers).read(random)
        except Exception as error:
            error.add_note(f"mutant {number} of seed {seed}")
            raise
        slowest = max(slowest, time.process_time() - started)
        if number == mutants // 2:
            halfway = most_memory()
    assert sum(reader.made for reader in readers) > mutants / 20
    assert slowest < GUARD_SECONDS
    assert most_memory() - halfway < GUARD_MB


def test_some_mutants() -> None:
    check(600, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_mutants(seed: int) -> None:
    check(int(os.environ.get("MUTANTS", "20000")) // 4, seed)
