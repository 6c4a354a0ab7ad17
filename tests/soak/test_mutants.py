"""Pages of the newsroom cut, doubled, swapped and re-encoded: no exception leaves the page, none takes long."""

from __future__ import annotations

import json
import time
from random import Random

import pytest
from scrapy.http import HtmlResponse

from mayadeen.loaders import load_article
from mayadeen.pages.article import ArticlePage, NotAnArticle
from mayadeen.pages.document import Unreadable
from mayadeen.pages.front import read_menu
from mayadeen.pages.listing import read_listing
from mayadeen.pipelines.validate import SchemaValidator
from mayadeen.site import EDITIONS, Addresses
from newsroom import Newsroom

BASE = "http://127.0.0.1:8000"
GUARD_SECONDS = 5.0
"""Well over ten times what the slowest page takes."""


def mutate(data: bytes, random: Random) -> bytes:
    """One to four changes, each at random."""
    for _ in range(random.randint(1, 4)):
        at, to = sorted(random.randrange(len(data) + 1) for _ in range(2))
        to = min(to, at + random.choice([3, 40, 2000]))
        piece = data[at:to]
        change = random.randrange(6)
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
        else:
            encoding = random.choice(["utf-16", "windows-1256", "latin-1"])
            data = data.decode("utf-8", "replace").encode(encoding, "replace")
        data = data or b"<"
    return data


def check(mutants: int, seed: int) -> None:
    random = Random(seed)
    validator = SchemaValidator("article.schema.json")
    papers = [
        (EDITIONS[code], Newsroom(posts=200, seed=seed, edition=code, addresses=layout))
        for code, layout in (("en", "plain"), ("en", "dated"), ("ar", "plain"), ("es", "short"))
    ]
    via = {"kind": "url", "url": f"{BASE}/", "position": None}
    slowest = 0.0
    made = 0
    for number in range(mutants):
        edition, paper = random.choice(papers)
        data = mutate(paper.page(random.randrange(200), BASE).encode(), random)
        addresses = Addresses(edition, BASE)
        started = time.process_time()
        text = HtmlResponse(f"{BASE}/news/politics/x-y", body=data).text
        try:
            item = load_article(
                ArticlePage(text, f"{BASE}/news/politics/x-y", addresses),
                fetched_at="2025-01-01T00:00:00Z",
                discovery=via,
            )
        except (NotAnArticle, Unreadable):
            pass
        else:
            made += 1
            json.dumps(vars(item), ensure_ascii=False).encode()
            validator.violations(vars(item))
        if number % 5 == 0:
            read_menu(text, f"{BASE}/", addresses)
            read_listing(text, f"{BASE}/news/politics", addresses, frozenset(), f"{BASE}/news/politics")
        slowest = max(slowest, time.process_time() - started)
    assert made > mutants / 10
    assert slowest < GUARD_SECONDS


def test_some_mutants() -> None:
    check(400, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_mutants(seed: int) -> None:
    check(5000, seed)
