"""What follows a page of a listing: the whole rule as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mayadeen.crawling.listing_crawl import (
    MAX_CLICKS,
    MAX_PAGES,
    MAX_URLS_WITHOUT_ARTICLE,
    Follow,
    ListingCrawl,
    ListingLimits,
    ListingTab,
    NextStep,
    PageFacts,
    Render,
    Resume,
    Stop,
    following_page,
    next_step,
)
from mayadeen.extraction.listing import Card, ListingPage, NextPage
from mayadeen.site.editions import Section

URL = "https://site.test/politics"
CARDS = tuple(Card(f"{URL}/{n}", f"Title {n}", date(2025, 1, 9)) for n in range(3))
NEXT = NextPage(f"{URL}?page=2")
MONTH = NextPage(f"{URL}/2025/11", period=True)
PIECE = NextPage(f"{URL}/more?offset=3", fragment=True)
FACTS = PageFacts(url=URL, new_urls=3)
PAGE = ListingPage(CARDS, next=NEXT)
BY_SCRIPT = ListingPage(CARDS, script_only=True, control="//button")


def listing(**values: Any) -> ListingCrawl:
    """A listing of which one page was read, unless ``values`` say otherwise."""
    first: dict[str, Any] = {"pages": 1, "seen": {card.url for card in CARDS}, "first_page_size": 3, **values}
    return ListingCrawl(
        kind="section",
        label="Politics",
        section=Section("Politics", None, "/politics"),
        first_url=URL,
        url=URL,
        **first,
    )


def in_browser(**values: Any) -> ListingCrawl:
    return listing(tab=ListingTab(1, URL, "", **values))


CASES: dict[str, tuple[ListingCrawl, ListingPage, PageFacts, ListingLimits, NextStep]] = {
    "a next page is followed": (listing(), PAGE, FACTS, ListingLimits(), Follow(NEXT)),
    "a piece of a page is followed": (listing(), replace(PAGE, next=PIECE), FACTS, ListingLimits(), Follow(PIECE)),
    "without a next page it is complete": (listing(), ListingPage(CARDS), FACTS, ListingLimits(), Stop("complete")),
    "no card at all is empty": (
        listing(seen=set()),
        ListingPage(),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("empty", "shows no article on its first page"),
    ),
    "a first page without cards that leads on is followed": (
        listing(seen=set()),
        ListingPage(next=NEXT),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Follow(NEXT),
    ),
    "a later page without cards has nothing new": (
        listing(pages=2),
        ListingPage(next=NEXT),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("nothing_new"),
    ),
    "two pages without any card failed": (
        listing(pages=2, seen=set()),
        ListingPage(next=NEXT),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("failed", "has a next page, but no article was found on either"),
    ),
    "a list that was scrolled is scrolled again": (
        listing(pages=2, tab=ListingTab(1, URL, "", clicks=1)),
        ListingPage(CARDS),
        FACTS,
        ListingLimits(),
        Render(None),
    ),
    "one page without new URLs is followed": (
        listing(pages=2, pages_without_new_urls=1),
        PAGE,
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Follow(NEXT),
    ),
    "two pages without new URLs end it": (
        listing(pages=3, pages_without_new_urls=2),
        PAGE,
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("nothing_new"),
    ),
    "months without new URLs are followed": (
        listing(pages=9, pages_without_new_urls=8),
        ListingPage(CARDS, next=MONTH),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Follow(MONTH),
    ),
    "a month without cards is followed": (
        listing(pages=2),
        ListingPage(next=MONTH),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Follow(MONTH),
    ),
    "known below": (listing(), PAGE, replace(FACTS, known_below=True), ListingLimits(), Stop("known")),
    "complete before known": (
        listing(),
        ListingPage(CARDS),
        replace(FACTS, known_below=True),
        ListingLimits(),
        Stop("complete"),
    ),
    "max_pages": (listing(pages=2), PAGE, FACTS, ListingLimits(max_pages=2), Stop("max_pages")),
    "below max_pages": (listing(pages=1), PAGE, FACTS, ListingLimits(max_pages=2), Follow(NEXT)),
    "dates on the cards before since": (
        listing(),
        PAGE,
        replace(FACTS, beyond_range=True),
        ListingLimits(),
        Stop("since"),
    ),
    "one page of older articles is followed": (
        listing(),
        PAGE,
        replace(FACTS, older_pages=1),
        ListingLimits(),
        Follow(NEXT),
    ),
    "two pages of older articles end it": (
        listing(),
        PAGE,
        replace(FACTS, older_pages=2),
        ListingLimits(),
        Stop("since"),
    ),
    "URLs without an article": (
        listing(urls_without_article=MAX_URLS_WITHOUT_ARTICLE),
        PAGE,
        FACTS,
        ListingLimits(),
        Stop("failed", "has more pages, but 200 consecutive URLs led to no new article"),
    ),
    "pages without end": (
        listing(pages=MAX_PAGES),
        PAGE,
        FACTS,
        ListingLimits(),
        Stop("failed", "has more after 20000 pages. Limit the crawl with since"),
    ),
    "a page again": (listing(), PAGE, replace(FACTS, next_visited=True), ListingLimits(), Stop("loop")),
    "another host": (
        listing(),
        replace(PAGE, next=NextPage("https://other.test/p2")),
        replace(FACTS, next_on_site=False),
        ListingLimits(),
        Stop("failed", "has its next page on another host: https://other.test/p2"),
    ),
    "a piece without cards that leads on": (
        listing(pages=2, fragment=True),
        ListingPage(next=PIECE),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("failed", "has a next page, but no article was found in what it loads"),
    ),
    "load more answers with an error": (
        listing(pages=3, fragment=True),
        ListingPage(answer="else"),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("failed", "has a next page, but its answer is not a list of articles"),
    ),
    "load more answers at once with nothing": (
        listing(pages=2, fragment=True),
        ListingPage(answer="nothing"),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("failed", "has a next page, but its answer is empty"),
    ),
    "an empty answer after the last page": (
        listing(pages=3, fragment=True),
        ListingPage(answer="nothing"),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("nothing_new"),
    ),
    "an error where no page named the URL": (
        listing(pages=3, fragment=True, counted=True),
        ListingPage(answer="else"),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("nothing_new"),
    ),
    "an empty list": (
        listing(pages=2, fragment=True),
        ListingPage(complete=True),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("complete"),
    ),
    "an empty list that names a next one, after the last page": (
        listing(pages=4, fragment=True),
        ListingPage(next=PIECE),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("nothing_new"),
    ),
    "a closed section": (
        listing(seen=set()),
        ListingPage(),
        replace(FACTS, new_urls=0, redirected_to="the front page (https://site.test/)"),
        ListingLimits(),
        Stop("failed", "redirects to the front page (https://site.test/). Has the listing been closed?"),
    ),
    "a full piece that does not lead on": (
        listing(pages=2, fragment=True),
        ListingPage(CARDS),
        replace(FACTS, url=f"{URL}/more"),
        ListingLimits(),
        Stop("failed", "loads more once, and does not say where it continues"),
    ),
    "a full piece that says it is the last": (
        listing(pages=2, fragment=True),
        ListingPage(CARDS, complete=True),
        replace(FACTS, url=f"{URL}/more"),
        ListingLimits(),
        Stop("complete"),
    ),
    "a short piece is the last": (
        listing(pages=2, fragment=True),
        ListingPage(CARDS[:1]),
        replace(FACTS, url=f"{URL}/more", new_urls=1),
        ListingLimits(),
        Stop("complete"),
    ),
    "the number of a piece is counted on": (
        listing(pages=3, fragment=True, previous_url=f"{URL}/more/2"),
        ListingPage(CARDS),
        replace(FACTS, url=f"{URL}/more/3"),
        ListingLimits(),
        Follow(NextPage(f"{URL}/more/4", fragment=True, counted=True)),
    ),
    "a full page that names itself as the next one is counted on": (
        listing(pages=2),
        ListingPage(CARDS, next_is_itself=True),
        replace(FACTS, url=f"{URL}?page=2"),
        ListingLimits(),
        Follow(NextPage(f"{URL}?page=3", counted=True)),
    ),
    "a first page that names itself as the next one": (
        listing(),
        ListingPage(CARDS, next_is_itself=True),
        FACTS,
        ListingLimits(),
        Stop("complete"),
    ),
    "a short page that names itself as the next one": (
        listing(pages=2),
        ListingPage(CARDS[:1], next_is_itself=True),
        replace(FACTS, url=f"{URL}?page=2"),
        ListingLimits(),
        Stop("complete"),
    ),
    "the resume point": (
        listing(resume_state={"pages": 7}),
        PAGE,
        replace(FACTS, reached_resume_point=True),
        ListingLimits(max_pages=1),
        Resume(),
    ),
    "before the resume point nothing is known": (
        listing(resume_state={"pages": 7}),
        PAGE,
        replace(FACTS, known_below=True),
        ListingLimits(),
        Follow(NEXT),
    ),
    "more by script is rendered": (listing(), BY_SCRIPT, FACTS, ListingLimits(), Render("//button")),
    "more by script with render=never": (
        listing(),
        BY_SCRIPT,
        FACTS,
        ListingLimits(render="never"),
        Stop("script_only", "loads more by script and is not followed with render=never"),
    ),
    "more by script and no card yet": (
        listing(seen=set()),
        ListingPage(script_only=True),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Render(None),
    ),
    "script on a later page is no reason to render": (
        listing(pages=2),
        replace(BY_SCRIPT, next=NEXT),
        FACTS,
        ListingLimits(),
        Follow(NEXT),
    ),
    "in the browser it is clicked again": (in_browser(clicks=3), BY_SCRIPT, FACTS, ListingLimits(), Render("//button")),
    "in the browser without a control it is complete": (
        in_browser(clicks=3, control="//button"),
        ListingPage(CARDS),
        FACTS,
        ListingLimits(),
        Stop("complete"),
    ),
    "with render=always it is scrolled": (
        in_browser(clicks=3),
        ListingPage(CARDS),
        FACTS,
        ListingLimits(render="always"),
        Render(None),
    ),
    "clicks without end": (
        in_browser(clicks=MAX_CLICKS),
        BY_SCRIPT,
        FACTS,
        ListingLimits(),
        Stop("failed", "has more after 500 clicks. Limit the crawl with since"),
    ),
    "a first click that does not open the next page": (
        listing(pages=2, tab=ListingTab(1, URL, "", clicks=1)),
        replace(BY_SCRIPT, names_next=True),
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("script_only", "has a next page, but its control shows nothing new in the browser"),
    ),
    "a click that brings nothing new": (
        listing(pages=2, tab=ListingTab(1, URL, "", clicks=1)),
        BY_SCRIPT,
        replace(FACTS, new_urls=0),
        ListingLimits(),
        Stop("nothing_new"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_next_step(case: tuple[ListingCrawl, ListingPage, PageFacts, ListingLimits, NextStep]) -> None:
    crawl, page, facts, limits, expected = case
    assert next_step(crawl, page, facts, limits) == expected


def test_next_step_changes_nothing() -> None:
    for crawl, page, facts, limits, _ in CASES.values():
        before = {**vars(crawl), "seen": set(crawl.seen), "visited_urls": set(crawl.visited_urls)}
        next_step(crawl, page, facts, limits)
        assert vars(crawl) == before


def test_the_last_piece_has_no_following_page() -> None:
    crawl = listing(pages=3, fragment=True, previous_url=f"{URL}/more/2")
    assert following_page(crawl, ListingPage(CARDS, complete=True), f"{URL}/more/3") is None


def test_pages_are_older_only_when_every_article_is() -> None:
    crawl = listing()
    crawl.recent_pages.extend([("a", "b"), ("c",), ("d", "e"), ("f",)])
    assert crawl.consecutive_older_pages({"a", "b", "c", "d"}) == 2
    assert crawl.consecutive_older_pages({"a", "c", "e"}) == 1
    assert crawl.consecutive_older_pages(set()) == 0
