"""Whole crawls of listings that end, although the site shows that they have more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.crawl_runner import Crawl
from tests.support.reports import empty
from tests.support.site import Answer, Site

PATH = "/news/politics"
STORIES = [f"{PATH}/story-{n}-of-the-day" for n in range(6)]


@pytest.fixture
def paged(site: Site) -> Site:
    """A section of six articles on two pages."""
    site.front(Politics=PATH)
    for number, story in enumerate(STORIES):
        site.article(story, 100 + number)
    site.listing(PATH, STORIES[:3], f"<a rel='next' href='{PATH}?page=2'>Next</a>")
    site.listing(f"{PATH}?page=2", STORIES[3:])
    return site


def test_an_ordinary_listing_is_complete(crawl: Crawl, paged: Site) -> None:
    paged.listing(PATH, STORIES[:3], f"<p>1–3 of 6</p><a href='{PATH}?page=2'>2</a>")
    run = crawl(paged.url)
    assert (run.exit_code, len(run.records)) == (0, 6), run.stderr
    assert run.listing("Politics")["ended"] == "complete"


@pytest.mark.parametrize(
    ("extra", "second", "trouble"),
    [
        (f"<a href='{PATH}?page=2'>2</a><a href='{PATH}?page=9'>9</a>", STORIES[3:], "shows 9 pages, but only 2 could be reached"),
        (f"<p>1–3 of 250</p><a href='{PATH}?page=2'>2</a>", STORIES[3:], "says that it has 250 articles, but only 6 were found"),
        (f"<a href='{PATH}?page=2'>2</a>", STORIES[:3], "shows its first page again as the second one"),
    ],
)  # fmt: skip
def test_what_the_pages_show(crawl: Crawl, paged: Site, extra: str, second: list[str], trouble: str) -> None:
    paged.listing(PATH, STORIES[:3], extra)
    paged.listing(f"{PATH}?page=2", second)
    run = crawl(paged.url)
    assert run.exit_code == 3
    assert f"listing Politics ({paged.url}{PATH}) {trouble}" in run.last_line
    assert run.listing("Politics")["ended"] == "incomplete"
    assert crawl(paged.url).exit_code == 3, "it is not taken for known by the next run"


def test_far_fewer_articles_than_before(crawl: Crawl, paged: Site, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "reports"
    folder.mkdir(parents=True)
    row = {"kind": "section", "url": f"{paged.url}{PATH}", "ended": "complete", "listed": 20}
    for day in range(1, 6):
        report = {**empty(), "edition": "en", "base_url": paged.url, "arguments": {}, "listings": [row]}
        (folder / f"2025110{day}T000000.000Z.json").write_text(json.dumps(report))
    run = crawl(paged.url)
    assert run.exit_code == 3
    assert "has 6 articles, but each of the last 5 complete crawls found at least 20" in run.last_line


def test_days_that_only_the_sitemap_has(crawl: Crawl, site: Site) -> None:
    site.front(Politics=PATH)
    stories = [f"{PATH}/story-{n}-of-the-day" for n in range(9)]
    for number, story in enumerate(stories):
        site.article(story, 100 + number, f"2025-11-0{1 + number // 3}T12:00:00+02:00")
    site.listing(PATH, [*stories[:3], *stories[6:]])
    index = f"<sitemapindex><sitemap><loc>{site.url}/sitemap-2025-11.xml</loc></sitemap></sitemapindex>"
    entries = "".join(
        f"<url><loc>{site.url}{story}</loc><lastmod>2025-11-0{1 + number // 3}</lastmod></url>"
        for number, story in enumerate(stories)
    )
    site.pages["/sitemaps/all.xml"] = Answer(index, content_type="text/xml")
    site.pages["/sitemap-2025-11.xml"] = Answer(f"<urlset>{entries}</urlset>", content_type="text/xml")
    run = crawl(site.url, spider="archive")
    assert len(run.records) == 9, run.stderr
    assert run.exit_code == 3
    assert "the listings lack 1 day that the sitemaps have (2025-11-02)" in run.last_line
