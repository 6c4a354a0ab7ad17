"""Whole crawls of a test site in trouble: what its log of arrivals says of the crawler's politeness."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.crawl_runner import Crawl, CrawlRunner, Run
from tests.support.site import Answer, Site
from tests.support.troubles import gaps, keeps, visit
from testsite import Arrival, Server, SyntheticSite, scenarios
from testsite.scenarios import Scenario

CHROMIUM = "/usr/bin/chromium"
FEW = ("-a", "sections=politics", "-a", "limit=6")
EVEN = ("-s", "DOWNLOAD_DELAY_JITTER=0")


# --- pace --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_delay_separates_any_two_requests(crawl: Crawl, concurrency: int) -> None:
    options = ("-s", "DOWNLOAD_DELAY=0.3", "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={concurrency}")
    run, arrivals = visit(crawl, None, *FEW, *EVEN, *options)
    assert run.exit_code == 0, run.stderr
    assert len(arrivals) >= 8
    assert keeps(arrivals, 0.3)


def test_one_at_a_time_without_a_delay_too(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.slow(0.2), *FEW)
    assert run.exit_code == 0, run.stderr
    assert min(gaps(arrivals)) >= 0.2


def test_jitter_and_autothrottle_are_still_scrapys(crawl: Crawl) -> None:
    options = ("-s", "AUTOTHROTTLE_ENABLED=True", "-s", "AUTOTHROTTLE_START_DELAY=0.1", "-s", "DOWNLOAD_DELAY=0.1")
    run, arrivals = visit(crawl, scenarios.slow(0.5), *FEW, *options)
    assert run.exit_code == 0, run.stderr
    # One at a time, a reply takes half a second: the delay has grown to that, and with jitter to half of it at least.
    starts = gaps(arrivals)
    assert min(starts[2:]) >= 0.25
    assert max(starts) - min(starts) > 0


@pytest.mark.parametrize(("scenario", "seconds"), [(scenarios.crawl_delay(0.4), 0.4), (scenarios.request_rate(1), 1.0)])
def test_robots_asks_for_a_pace(crawl: Crawl, scenario: Scenario, seconds: float) -> None:
    run, arrivals = visit(crawl, scenario, *FEW, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
    assert run.exit_code == 0, run.stderr
    assert keeps(arrivals, seconds)
    assert f"asks for {seconds:g} s between requests, applied: {seconds:g} s" in run.stderr
    assert f"'robotstxt/crawl_delay': {seconds}" in run.stderr


@pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"no {CHROMIUM}: apt-get install chromium")
@pytest.mark.parametrize("scenario", [scenarios.crawl_delay(0.3), scenarios.retry_after(after=12, seconds=2)])
def test_the_browser_is_as_polite(crawl: Crawl, scenario: Scenario) -> None:
    """A listing of three cards, the rest by its script: what it asks for is among the arrivals."""
    testsite = SyntheticSite(posts=300, seed=2)
    with Server(testsite, scenario=scenario) as server:
        run = crawl(
            server.url, "-a", "regions=palestine", "-a", "max_pages=3", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2"
        )
        arrivals = sorted(server.log, key=lambda arrival: arrival.time_monotonic)
    assert run.exit_code == 0, run.stderr
    assert any(arrival.path.startswith("/stream/cards/") for arrival in arrivals)
    refused = [index for index, arrival in enumerate(arrivals) if arrival.status == 429]
    if refused:
        # Two may be under way when the wait is asked for.
        assert len(refused) <= 2
        assert gaps(arrivals)[refused[-1]] >= 2
    else:
        assert keeps(arrivals, 0.3)


def test_a_crawl_delay_is_capped(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.crawl_delay(3600), *FEW, "-s", "MAYADEEN_MAX_CRAWL_DELAY=0.2")
    assert run.exit_code == 0, run.stderr
    assert keeps(arrivals, 0.2)
    assert "asks for 3600 s between requests, applied: 0.2 s, the maximum of MAYADEEN_MAX_CRAWL_DELAY" in run.stderr


def test_two_runs_on_one_data_folder_keep_one_pace(crawl: Crawl) -> None:
    options = (*EVEN, "-s", "DOWNLOAD_DELAY=0.3")
    with Server(SyntheticSite(posts=60, seed=1)) as server:
        runs: list[Run] = []
        other = threading.Thread(target=lambda: runs.append(crawl(server.url, *FEW, *options)))
        other.start()
        runs.extend(crawl(server.url, *options, spider="headlines") for _ in range(2))
        other.join()
        arrivals = sorted(server.log, key=lambda arrival: arrival.time_monotonic)
    assert [run.exit_code for run in runs] == [0, 0, 0], [run.last_line for run in runs]
    assert sum(arrival.path == "/" for arrival in arrivals) == 3
    assert keeps(arrivals, 0.3)


# --- Retry-After -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "status", "seconds"),
    [
        (scenarios.retry_after(after=5, seconds=2), 429, 2.0),
        (scenarios.retry_after(after=5, seconds=2, status=503), 503, 2.0),
        (scenarios.retry_after_date(after=5, seconds=2), 503, 2.0),
        (scenarios.retry_after_redirect(after=5, seconds=2), 302, 2.0),
    ],
)
def test_retry_after_holds_the_whole_host_back(crawl: Crawl, scenario: Scenario, status: int, seconds: float) -> None:
    run, arrivals = visit(crawl, scenario, *FEW, "-s", "DOWNLOAD_DELAY=0.05", "-s", "RETRY_TIMES=2")
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 6
    refused = [index for index, arrival in enumerate(arrivals) if arrival.status == status]
    assert len(refused) == 1, "nobody asked inside the wait"
    assert gaps(arrivals)[refused[0]] >= seconds
    assert "is held back until" in run.stderr


def test_without_retry_after_the_waits_grow(crawl: Crawl) -> None:
    run, arrivals = visit(
        crawl, scenarios.overloaded(after=5, seconds=3), *FEW, "-s", "MAYADEEN_BACKOFF=0.4", "-s", "RETRY_TIMES=5"
    )
    assert run.exit_code == 0, run.stderr
    refused = [index for index, arrival in enumerate(arrivals) if arrival.status == 503]
    waits = [gaps(arrivals)[index] for index in refused]
    assert len(refused) >= 2
    assert all(wait >= 0.4 * 2**n for n, wait in enumerate(waits)), waits


def test_a_hold_is_shared_and_outlives_the_run(crawl: Crawl) -> None:
    long = scenarios.retry_after(after=5, seconds=3000)
    run, arrivals = visit(crawl, long, *FEW, "-s", "MAYADEEN_MAX_RETRY_AFTER=60")
    assert run.exit_code == 3
    assert "asked to be left alone until 20" in run.last_line
    assert "longer than MAYADEEN_MAX_RETRY_AFTER=60 seconds: run it again then" in run.last_line
    assert "'finish_reason': 'retry_after'" in run.stderr
    assert arrivals[-1].status == 429
    assert sum(arrival.status == 429 for arrival in arrivals) == 1
    host = next(iter(json.loads((run.data / ".pace").read_text())))
    with Server(SyntheticSite(posts=60, seed=1), port=int(host.rpartition(":")[2])) as server:
        again = crawl(server.url, *FEW, "-s", "MAYADEEN_MAX_RETRY_AFTER=60")
        assert server.log == []
    assert again.exit_code == 3
    assert "asked to be left alone until 20" in again.last_line


def stopped_at(line: str, tmp_path: Path, scenario: Scenario | None, *options: str) -> tuple[str, list[Arrival]]:
    """Interrupt a run at a line of its log. Return its last line and its requests."""
    with Server(SyntheticSite(posts=60, seed=1), scenario=scenario) as server:
        run = CrawlRunner(server.url, tmp_path).stop_at(line, *options)
        assert run.exit_code == 3, run.stderr
        return run.last_line, list(server.log)


def test_a_hold_ends_when_the_user_stops_the_run(tmp_path: Path) -> None:
    last_line, _ = stopped_at("is held back until", tmp_path, scenarios.retry_after(after=3, seconds=600))
    assert "interrupted" in last_line


# --- robots.txt --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scenario", [scenarios.robots_5xx(), scenarios.robots_5xx(status=429), scenarios.robots_unreachable()]
)
def test_an_unavailable_robots_txt_ends_the_run(crawl: Crawl, scenario: Scenario) -> None:
    run, arrivals = visit(crawl, scenario, *FEW)
    assert run.exit_code == 3
    assert "'finish_reason': 'robots_unavailable'" in run.stderr
    assert "/robots.txt could not be read in 5 attempts (" in run.last_line
    assert "so nothing may be requested" in run.last_line
    assert {arrival.path for arrival in arrivals} == {"/robots.txt"}
    assert len(arrivals) == 5
    assert all(gap >= 0.1 * 2**n for n, gap in enumerate(gaps(arrivals)))
    assert "Traceback" not in run.stderr


def test_a_robots_txt_that_recovers_is_waited_for(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.robots_5xx(times=2), *FEW)
    assert run.exit_code == 0, run.stderr
    assert [arrival.path for arrival in arrivals[:4]] == ["/robots.txt"] * 3 + ["/"]


def test_a_robots_txt_that_is_refused_allows_all(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.robots_forbidden(), *FEW)
    assert run.exit_code == 0, run.stderr
    assert sum(arrival.path == "/robots.txt" for arrival in arrivals) == 1


@pytest.mark.parametrize(("hops", "asked"), [(5, False), (6, True)])
def test_redirects_to_robots_txt_are_followed(crawl: Crawl, hops: int, asked: bool) -> None:
    run, arrivals = visit(crawl, scenarios.robots_redirect(hops), "-a", "sections=opinion", "-a", "limit=1")
    assert any(arrival.path.startswith("/articles/") for arrival in arrivals) is asked, run.stderr
    assert ("leads nowhere" in run.stderr) is asked


def test_a_robots_txt_elsewhere_is_not_fetched(crawl: Crawl, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(status=302, location="http://elsewhere.invalid/robots.txt")
    site.front(Politics="/news/politics")
    site.listing("/news/politics", ["/news/politics/a-1"])
    site.article("/news/politics/a-1", 1)
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    assert "leads nowhere" in run.stderr


def test_the_group_of_the_crawlers_own_name_counts(crawl: Crawl, site: Site) -> None:
    rules = "\ufeffUser-agent: *\nDisallow: /\n\nUser-agent: Mayadeen\nDisallow: /news/politics/a-2\n"
    padding = "# a comment\n" * 50_000
    site.pages["/robots.txt"] = Answer(f"{rules}{padding}Disallow: /news/politics/a-3\n", content_type="text/plain")
    site.front(Politics="/news/politics")
    site.listing("/news/politics", [f"/news/politics/a-{n}" for n in (1, 2, 3)])
    for number in (1, 2, 3):
        site.article(f"/news/politics/a-{number}", number)
    run = crawl(site.url)
    assert sorted(record["id"] for record in run.records) == ["en:1", "en:3"], "beyond 500 KiB nothing is read"


# --- budget and hours --------------------------------------------------------------------------------------------------


def test_a_request_budget_ends_the_run(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, None, "-s", "MAYADEEN_MAX_REQUESTS=7", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4")
    assert run.exit_code == 3
    assert len(arrivals) == 7
    assert "MAYADEEN_MAX_REQUESTS=7 used up: run it again to get the rest" in run.last_line
    assert "failed" not in run.last_line
    assert "'finish_reason': 'max_requests'" in run.stderr
    assert len(run.records) == len(run.rows) > 0


def hours(first: int, last: int) -> str:
    now = datetime.now(UTC)
    return f"MAYADEEN_CRAWL_HOURS={now + timedelta(hours=first):%H:%M}-{now + timedelta(hours=last):%H:%M} UTC"


def test_outside_the_hours_the_run_waits(tmp_path: Path) -> None:
    last_line, arrivals = stopped_at(": waiting until 20", tmp_path, None, "-s", hours(2, 3))
    assert "interrupted" in last_line
    assert arrivals == []


def test_within_the_hours_it_goes_on(crawl: Crawl) -> None:
    run, _ = visit(crawl, None, *FEW, "-s", hours(-2, 2))
    assert run.exit_code == 0, run.stderr


# --- troubles that pass ------------------------------------------------------------------------------------------------


def test_every_article_once_from_a_flaky_server(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=60, seed=1)
    texts = ("news", "opinion", "analysis", "blog", "feature")
    answers = (answer for answer in testsite.answers() if answer["reachable"])
    expected = {answer["record"]["id"] for answer in answers if answer["record"]["kind"] in texts}
    scenario = scenarios.flaky(seed=2, errors=0.1, drops=0.05, truncated=0.05)
    run, arrivals = visit(crawl, scenario, "-s", "RETRY_TIMES=8")
    assert run.exit_code == 0, run.stderr
    assert sorted(record["id"] for record in run.records) == sorted(expected)
    assert any(arrival.status >= 500 for arrival in arrivals)
    assert "'downloader/exception_count'" in run.stderr
