"""Which request goes out next, without an engine."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.statscollectors import MemoryStatsCollector

from mayadeen.crawling.listing_crawl import ListingCrawl, ListingTab
from mayadeen.crawling.outcomes import UrlSource
from mayadeen.crawling.scheduler import MAX_TABS, CrawlScheduler
from mayadeen.crawling.session import CrawlSession, session_of
from mayadeen.site.editions import Section
from mayadeen.storage.errors import StateError
from tests.support.sessions import make_crawler

SITE = "https://site.test"


class Run:
    """A session whose requests are answered by the test: what the scheduler gives out is in ``in_flight``."""

    def __init__(self, crawler: Crawler, concurrency: int = 1) -> None:
        crawler.stats = MemoryStatsCollector(crawler)
        session = session_of(crawler)
        assert session is not None
        session._store_outcome = lambda *_: None  # type: ignore[method-assign]
        session.outcomes._store = None
        self.session: CrawlSession = session
        self.scheduler: CrawlScheduler = session.scheduler
        self.scheduler.concurrency = concurrency
        self.source = UrlSource(kind="urls", label="given", first_url=None)
        self.in_flight: deque[Request] = deque()
        self.requested: list[str] = []

    def add(self, *names: str) -> None:
        for name in names:
            self.source.add(f"{SITE}/{name}")
            self.session.outcomes.request(f"{SITE}/{name}", self.source)
            self.scheduler.add_article(Request(f"{SITE}/{name}", meta={"mayadeen_url": f"{SITE}/{name}"}))

    def pull(self) -> list[str]:
        """What goes out until the scheduler has nothing more for now, by name."""
        names = []
        while request := self.scheduler.next_request():
            self.in_flight.append(request)
            names.append(request.url.removeprefix(f"{SITE}/"))
        self.requested += names
        return names

    def answer(self, outcome: str = "written") -> None:
        """Let the oldest request arrive: an article gets the outcome, a page is noted."""
        request = self.in_flight.popleft()
        if "mayadeen_url" in request.meta:
            if outcome == "written":
                self.session.crawler.stats.inc_value("articles/written")
            self.session.outcomes.record(request.meta["mayadeen_url"], outcome)  # type: ignore[arg-type]
        else:
            self.scheduler.page_arrived(request.cb_kwargs["source"])

    def add_listing(self, name: str, tab: int | None = None) -> ListingCrawl:
        listing = ListingCrawl(
            kind="section", label=name, section=Section(name, None, f"/{name}"), first_url=f"{SITE}/{name}", url=""
        )
        listing.tab = None if tab is None else ListingTab(tab, "", "")
        self.scheduler.add_page(listing, Request(f"{SITE}/{name}", cb_kwargs={"source": listing}))
        return listing


Make = Callable[..., Run]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda concurrency=1, **arguments: Run(make_crawler(tmp_path, **arguments), concurrency)


def test_repeats_go_out_before_articles_and_articles_before_pages(make: Make) -> None:
    run = make()
    run.add_listing("politics")
    run.add("a")
    run.scheduler.enqueue_request(Request(f"{SITE}/redirected"))
    assert run.pull() == ["redirected", "a", "politics"]


def test_articles_in_flight_are_twice_the_concurrency(make: Make) -> None:
    run = make(concurrency=3)
    run.add(*"abcdefgh")
    assert run.pull() == list("abcdef")
    run.answer()
    assert run.pull() == ["g"]


def test_a_page_goes_out_only_while_articles_run_low(make: Make) -> None:
    run = make()
    run.add(*"abc")
    run.add_listing("politics")
    assert run.pull() == ["a", "b"]
    run.answer()
    assert run.pull() == ["c"]
    run.answer()
    assert run.pull() == ["politics"]


def test_the_limit_is_exact(make: Make) -> None:
    run = make(concurrency=8, limit="5")
    run.add(*"abcdefghij")
    run.add_listing("politics")
    assert run.pull() == list("abcde")
    for _ in range(5):
        run.answer()
    assert run.pull() == []
    assert not run.scheduler.has_pending_requests()


def test_an_article_that_is_not_written_is_replaced(make: Make) -> None:
    run = make(limit="2")
    run.add(*"abcd")
    assert run.pull() == ["a", "b"]
    run.answer("failed")
    assert run.pull() == ["c"]


def test_two_listings_are_in_the_browser_at_most(make: Make) -> None:
    run = make(concurrency=32)
    listings = [run.add_listing(f"listing{n}", tab=n) for n in range(4)]
    run.add_listing("plain")
    assert run.pull() == ["listing0", "listing1", "plain"]
    run.scheduler.page_arrived(listings[0])
    run.scheduler.add_page(listings[0], Request(f"{SITE}/listing0-again", cb_kwargs={"source": listings[0]}))
    assert run.pull() == ["listing0-again"]
    run.scheduler.tab_closed(1)
    assert run.pull() == ["listing2"]
    assert len(run.scheduler._tabs) == MAX_TABS


def test_feeders_are_read_lazily_and_in_turn(make: Make) -> None:
    run = make()
    read: list[str] = []

    def feeder(*names: str) -> Callable[[], bool]:
        left = list(names)

        def feed() -> bool:
            if not left:
                return False
            read.append(left[0])
            run.add(left.pop(0))
            return True

        return feed

    run.scheduler.feeders += [feeder("a", "b"), feeder("c", "d")]
    assert run.pull() == read == ["a", "b"]
    run.answer()
    assert run.pull() == ["c"]
    assert run.scheduler.has_pending_requests()


def test_a_feeder_that_cannot_read_the_database_stops_the_run(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    stopped: list[StateError] = []
    monkeypatch.setattr(run.session, "stop", stopped.append)

    def feed() -> bool:
        raise StateError("damaged")

    run.scheduler.feeders.append(feed)
    assert run.scheduler.next_request() is None
    assert [str(error) for error in stopped] == ["damaged"]


def test_after_sigint_nothing_goes_out_and_what_is_left_stays_pending(make: Make) -> None:
    run = make()
    run.scheduler.feeders.append(lambda: run.scheduler.stop() or False)  # type: ignore[func-returns-value]
    run.scheduler.next_request()
    run.add(*"ab")
    assert run.pull() == []
    assert run.scheduler.has_pending_requests()


def test_lost_requests_do_not_hold_up_the_rest(make: Make) -> None:
    run = make()
    run.add(*"abc")
    assert run.pull() == ["a", "b"]
    run.in_flight.clear()  # as a middleware that drops requests
    with pytest.raises(DontCloseSpider):
        run.scheduler.spider_idle()
    assert run.pull() == ["c"]
    run.answer()
    run.scheduler.spider_idle()
    assert run.session.outcomes.pending.keys() == {f"{SITE}/a", f"{SITE}/b"}


def test_without_a_session_requests_go_out_as_they_come() -> None:
    scheduler = CrawlScheduler()
    for name in "ab":
        assert scheduler.enqueue_request(Request(f"{SITE}/{name}"))
    assert scheduler.has_pending_requests()
    first, second = scheduler.next_request(), scheduler.next_request()
    assert first is not None
    assert second is not None
    assert (first.url, second.url) == (f"{SITE}/a", f"{SITE}/b")
    assert scheduler.next_request() is None
    assert not scheduler.has_pending_requests()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    concurrency=st.sampled_from([1, 2, 8]),
    limit=st.one_of(st.none(), st.integers(1, 12)),
    articles=st.integers(0, 30),
    listings=st.integers(0, 6),
)
def test_never_none_with_work_pending_and_nothing_in_flight(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    concurrency: int,
    limit: int | None,
    articles: int,
    listings: int,
) -> None:
    random = Random(seed)
    arguments = {} if limit is None else {"limit": str(limit)}
    run = Run(make_crawler(tmp_path_factory.getbasetemp(), **arguments), concurrency)
    run.add(*(f"a{n}" for n in range(articles)))
    for n in range(listings):
        run.add_listing(f"listing{n}", tab=random.choice([None, n]))
    fed = [f"fed{n}" for n in range(random.randint(0, 9))]

    def feed() -> bool:
        if fed:
            run.add(fed.pop())
            return True
        return False

    run.scheduler.feeders.append(feed)
    while True:
        run.pull()
        if not run.in_flight:
            break
        run.in_flight.rotate(random.randint(0, 5))
        listing = run.in_flight[0].cb_kwargs.get("source")
        run.answer(random.choice(["written", "failed", "unchanged"]))
        if listing is not None and listing.tab is not None:
            run.scheduler.tab_closed(listing.tab.number)
    assert not run.scheduler.has_pending_requests()
    written = run.session.crawler.stats.get_value("articles/written", 0)
    if limit is not None and written >= limit:
        assert written == limit
    else:
        assert not fed
        assert not run.session.outcomes.pending
        assert len(run.requested) == len(set(run.requested))
