"""What shows that a listing which ended as complete is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mayadeen.crawling.completeness import incompleteness, missing_days
from mayadeen.crawling.listing_crawl import ListingCrawl
from mayadeen.extraction.listing import Card, ListingPage, NextPage
from mayadeen.site.editions import Section

URL = "https://site.test/politics"


def listing(seen: int = 20, **values: Any) -> ListingCrawl:
    first: dict[str, Any] = {"pages": 2, "first_page_size": 10, "ended": "complete", **values}
    crawl = ListingCrawl(
        kind="section", label="Politics", section=Section("Politics", None, "/p"), first_url=URL, url=URL, **first
    )
    crawl.seen = {f"{URL}/{n}" for n in range(seen)}
    return crawl


@pytest.mark.parametrize(
    ("crawl", "longest", "earlier", "expected"),
    [
        (listing(), 10, (), None),
        (listing(last_page_shown=2), 10, (), None),
        (listing(last_page_shown=3), 10, (), "shows 3 pages, but only 2 could be reached"),
        (listing(last_page_shown=9, least_last_page=2, ended="nothing_new"), 10, (), None),
        (listing(last_page_shown=9, least_last_page=9, ended="nothing_new"), 10, (), "shows 9 pages, but only 2 could be reached"),
        (listing(total_shown=22), 10, (), None),
        (listing(total_shown=23), 10, (), "says that it has 23 articles, but only 20 were found"),
        (listing(10, repeats_first_page=True), 0, (), "shows its first page again as the second one"),
        (listing(10, repeats_first_page=True), 10, (), "shows its first page again as the second one"),
        (listing(6, repeats_first_page=True, first_page_size=6), 10, (), None),
        (listing(), 10, (100, 100, 41, 100, 100), "has 20 articles, but each of the last 5 complete crawls found at least 41"),
        (listing(), 10, (100, 100, 40, 100, 100), None),
        (listing(), 10, (30, 100, 100, 100, 100, 100), "has 20 articles, but each of the last 5 complete crawls found at least 100"),
        (listing(), 10, (100, 100, 100, 100), None),
    ],
)  # fmt: skip
def test_evidence(crawl: ListingCrawl, longest: int, earlier: tuple[int, ...], expected: str | None) -> None:
    assert incompleteness(crawl, longest_page=longest, earlier=earlier) == expected


@pytest.mark.parametrize("ended", ["known", "since", "max_pages", "failed", "script_only", "not_found", "empty", None])
def test_a_listing_that_did_not_end_as_complete_is_not_judged(ended: str | None) -> None:
    assert incompleteness(listing(ended=ended, last_page_shown=9, total_shown=900), longest_page=0) is None


@pytest.mark.parametrize(
    ("next_url", "cards", "new", "repeats"),
    [
        (f"{URL}?page=2", 3, 0, True),
        (f"{URL}?page=1", 3, 0, False),
        (f"{URL}?cursor=b", 3, 0, True),
        (f"{URL}?page=2", 3, 1, False),
        (f"{URL}?page=2", 0, 0, False),
    ],
)
def test_a_second_page_that_is_the_first_one(next_url: str, cards: int, new: int, *, repeats: bool) -> None:
    crawl = listing(pages=1)
    crawl.follow(NextPage(next_url), URL)
    crawl.pages = 2
    crawl.note_page(ListingPage(tuple(Card(f"{URL}/{n}", None, None) for n in range(cards))), new)
    assert crawl.repeats_first_page is repeats


def test_the_newest_month_of_an_archive_can_be_the_first_page_again() -> None:
    crawl = listing(3, pages=1)
    crawl.follow(NextPage(f"{URL}/2025/11", period=True), URL)
    crawl.pages = 2
    crawl.note_page(ListingPage((Card(f"{URL}/1", None, None),)), 0)
    assert crawl.repeats_first_page is False


def test_days_that_only_sitemaps_have() -> None:
    days = {f"{URL}/{day}-{n}": date(2025, 9, day) for day in range(1, 9) for n in range(3)}
    days |= {f"{URL}/single": date(2025, 9, 20), f"{URL}/other": date(2025, 9, 30)}
    listed = {url for url, day in days.items() if day.day in (3, 4, 7, 30)}
    assert missing_days(days, listed) == [date(2025, 9, 5), date(2025, 9, 6), date(2025, 9, 8)]
    assert missing_days(days, set(days)) == []
    assert missing_days(days, set()) == []
