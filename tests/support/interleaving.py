"""Crawls, kills and changes of the site in any order, and what must hold whatever the order."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from mayadeen.pipelines.validate import SchemaValidator
from tests.support.small_site import CrawledSite, is_text, published

Step = tuple[str, int, Any]

_nth = st.integers(0, 30)
_crawls = st.tuples(
    st.just("crawl"),
    st.one_of(st.just(0), st.integers(2, 60)),  # the request at which it is killed, 0 for never
    st.sampled_from(
        [
            (),
            ("mode=refresh",),
            ("mode=full",),
            ("sections=politics,economy",),
            ("sections=politics", "mode=refresh"),
            ("since=2025-11-09",),
            ("since=2025-11-09", "mode=refresh"),
            ("kinds=news",),
            ("limit=9",),
            ("max_pages=1",),
        ]
    ),
)
_changes = st.tuples(
    st.sampled_from(["publish", "title", "summary", "body", "touch", "remove", "collide", "redirect"]), _nth, st.none()
)


def steps(min_size: int, max_size: int) -> st.SearchStrategy[list[Step]]:
    """Steps to ``play``: half of them crawls, on the average."""
    return st.lists(st.one_of(_crawls, _changes), min_size=min_size, max_size=max_size)


def play(made: list[Step], seed: int = 3) -> None:
    """Play the steps and hold what is written against what the site was."""
    with TemporaryDirectory() as folder, published(Path(folder) / "data", posts=50, seed=seed) as crawled_site:
        versions: dict[str, set[str]] = defaultdict(set)
        see(crawled_site, versions)
        for what, number, arguments in made:
            if what == "crawl":
                ran = crawled_site.run(*arguments, at_request=number)
                assert ran.exit_code in ((0, 3) if number == 0 else (0, 3, -9)), ran.stderr[-2000:]
                if ran.exit_code >= 0:
                    check(crawled_site, versions)
            else:
                change(crawled_site, what, number)
                see(crawled_site, versions)
        last = crawled_site.run("mode=full")
        if "Resuming the run" in last.stderr:  # records from before the kill may have changed since
            last = crawled_site.run("mode=full")
        assert last.exit_code == 0, last.last_line
        check(crawled_site, versions)
        latest = {record["id"]: record["content_hash"] for record in crawled_site.written()}
        now = {a["record"]["id"]: a["record"]["content_hash"] for a in crawled_site.testsite.answers()}
        assert {id: latest.get(id) for id in crawled_site.ids()} == {id: now[id] for id in crawled_site.ids()}


def change(crawled_site: CrawledSite, what: str, number: int) -> None:
    """Change the site: its n-th post with nothing particular about it, or publish some."""
    testsite = crawled_site.testsite
    if what == "publish":
        testsite.publish(1 + number % 20)
        return
    posts = crawled_site.plain_posts()
    index = posts[number % len(posts)]
    if what in ("title", "summary", "body"):
        testsite.edit(index, what)
    elif what == "remove":
        testsite.remove(index, (404, 410)[number % 2])
    else:
        getattr(testsite, what)(index)


def see(crawled_site: CrawledSite, versions: dict[str, set[str]]) -> None:
    """Take note of the versions there are."""
    for answer in crawled_site.testsite.answers():
        if is_text(answer):
            versions[answer["record"]["id"]].update(answer["hashes"])


def check(crawled_site: CrawledSite, versions: dict[str, set[str]]) -> None:
    """Every record valid, each version of an article once, in order, and one that there was."""
    valid = SchemaValidator("article.schema.json")
    chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in crawled_site.written():
        assert valid.violations(record) == []
        chains[record["id"]].append(record)
    for id, chain in chains.items():
        hashes = [record["content_hash"] for record in chain]
        assert [record["revision"] for record in chain] == list(range(1, len(chain) + 1)), id
        assert [record["previous_hash"] for record in chain] == [None, *hashes[:-1]], id
        assert len(set(hashes)) == len(hashes), id
        assert set(hashes) <= versions[id], id
