"""How listings end in whole crawls, besides the table of ``next_step``."""

from __future__ import annotations

import pytest

from tests.support.crawl_runner import Crawl
from tests.support.site import Site

pytestmark = pytest.mark.process

NEW_SPIDER = ("-s", "SPIDER_MODULES=mayadeen.spiders,tests.support.named_spider")


def test_a_listing_that_a_new_spider_names_must_exist(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    run = crawl(site.url, *NEW_SPIDER, spider="investigations")
    assert run.exit_code == 3
    assert "HTTP status 404" in run.last_line
    assert run.listing("Investigations", "tag")["ended"] == "failed"


def test_a_listing_that_a_new_spider_names_is_crawled(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing("/tag/investigations", ["/news/politics/a-1"])
    site.article("/news/politics/a-1", 1)
    run = crawl(site.url, *NEW_SPIDER, spider="investigations")
    assert (run.exit_code, len(run.records)) == (0, 1), run.stderr


def test_since_ends_a_listing_without_dates_after_two_pages_of_older_articles(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    for page in range(1, 9):
        paths = [f"/news/politics/a-{page}-{number}" for number in range(4)]
        address = "/news/politics" if page == 1 else f"/news/politics?page={page}"
        site.listing(address, paths, f"<a rel='next' href='/news/politics?page={page + 1}'>Next</a>")
        for number, path in enumerate(paths):
            # One article of the second page is in the range: that page does not count as older.
            recent = page == 1 or (page, number) == (2, 3)
            published = "2025-11-08T12:00:00+02:00" if recent else "2024-11-08T12:00:00+02:00"
            site.article(path, 10 * page + number, published)
    run = crawl(site.url, "-a", "since=2025-11-01")
    assert (run.exit_code, len(run.records)) == (0, 5), run.stderr
    row = run.listing("Politics")
    assert row["ended"] == "since"
    # Pages 3 and 4 are older. The next page may have been requested before their last articles were read.
    assert 4 <= row["pages"] <= 5
    assert "/news/politics?page=6" not in site.requests
