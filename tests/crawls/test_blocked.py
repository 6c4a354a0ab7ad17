"""Whole crawls of a test site that refuses: when that is a block, and what is asked for after it."""

from __future__ import annotations

import pytest

from tests.support.crawl_runner import Crawl
from tests.support.site import Answer, Site
from tests.support.troubles import gaps, visit
from testsite import scenarios
from testsite.scenarios import Scenario

AFTER = 8


@pytest.mark.parametrize(
    ("scenario", "refused", "seen"),
    [
        (scenarios.blocked(AFTER), 6, "5 refusals in a row, the first HTTP status 403 at http://"),
        (scenarios.refused(AFTER), 6, "5 refusals in a row, the first HTTP status 429 at http://"),
        (scenarios.challenge_200(AFTER), 2, "a challenge at http://"),
        (scenarios.challenge_403(AFTER), 2, "a challenge (cf-mitigated: challenge) at http://"),
        (scenarios.challenge_503(AFTER), 2, "a challenge at http://"),
    ],
)
def test_a_block_ends_the_run(crawl: Crawl, scenario: Scenario, refused: int, seen: str) -> None:
    run, arrivals = visit(crawl, scenario, "-s", "MAYADEEN_BACKOFF=0.3", "-s", "DOWNLOAD_DELAY=0.05")
    assert run.exit_code == 3
    assert "'finish_reason': 'blocked'" in run.stderr
    assert run.last_line.startswith("articles: incomplete (exit 3): blocked since 20")
    assert seen in run.last_line
    assert "then the front page: " in run.last_line
    assert "Wait some hours, then run it again with a longer DOWNLOAD_DELAY" in run.last_line
    assert "MAYADEEN_CONTACT" in run.last_line
    # One slow probe, the front page, and nothing after it.
    assert len(arrivals) == AFTER + refused
    assert arrivals[-1].path == "/"
    assert gaps(arrivals)[-1] >= 0.3
    # Nothing of it enters the feeds.
    assert len(run.records) == len(run.rows) > 0
    assert run.rejects == []
    assert "Traceback" not in run.stderr
    assert {arrival.user_agent for arrival in arrivals} == {"mayadeen/0.1.0"}


def test_many_at_once_wait_for_the_probe(crawl: Crawl) -> None:
    options = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "-s", "DOWNLOAD_DELAY=0.02", "-s", "MAYADEEN_BACKOFF=0.5")
    run, arrivals = visit(crawl, scenarios.challenge_403(AFTER), *options)
    assert run.exit_code == 3
    assert "'finish_reason': 'blocked'" in run.stderr
    assert arrivals[-1].path == "/"
    assert gaps(arrivals)[-1] >= 0.5
    assert len(arrivals) <= AFTER + 8 + 1, "what was under way, and the probe"


def test_a_wall_before_the_articles_alone(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.login_wall(AFTER))
    assert run.exit_code == 3
    assert "'finish_reason': 'blocked'" in run.stderr
    assert "10 refusals in a row, the first a login wall at http://" in run.last_line
    assert sum(arrival.path == "/" for arrival in arrivals) == 2, "one probe"
    assert run.rejects == []
    assert all("Sign in" not in (record["title"] or "") for record in run.records)


def test_one_page_that_is_refused_is_that_page(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.lone_refusal(AFTER), "-a", "sections=politics")
    assert run.exit_code == 3
    assert "'finish_reason': 'incomplete'" in run.stderr
    assert "1 page failed (" in run.last_line
    assert "HTTP status 403" in run.last_line
    assert sum(arrival.path == "/" for arrival in arrivals) == 1, "no probe"
    assert len(run.records) > 0


def test_robots_txt_is_answered_with_a_challenge(crawl: Crawl) -> None:
    run, arrivals = visit(crawl, scenarios.robots_challenge(), "-s", "MAYADEEN_BACKOFF=0.3")
    assert run.exit_code == 3
    assert "'finish_reason': 'blocked'" in run.stderr
    assert "robots.txt was answered with a challenge, twice" in run.last_line
    assert [arrival.path for arrival in arrivals] == ["/robots.txt"] * 2
    assert gaps(arrivals)[0] >= 0.3


def site_of(site: Site, articles: int) -> None:
    site.front(Politics="/news/politics")
    paths = [f"/news/politics/a-{n}" for n in range(1, articles + 1)]
    site.listing("/news/politics", paths)
    for number, path in enumerate(paths, 1):
        site.article(path, number)


def test_an_article_about_challenges_is_an_article(crawl: Crawl, site: Site) -> None:
    site_of(site, 2)
    words = "Just a moment... Cloudflare: access denied, solve the captcha, sign in with your password"
    site.article("/news/politics/a-1", 1, title=words)
    widgets = (
        "<div class='cf-turnstile'></div><form action='/login'><input type='password'></form>"
        "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    )
    body = site.pages["/news/politics/a-1"].body
    assert isinstance(body, str)
    site.pages["/news/politics/a-1"] = Answer(body.replace("</main>", f"{widgets}</main>"))
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    assert {record["title"] for record in run.records} == {words, "Post 2"}


def test_a_section_that_is_forbidden_is_no_block(crawl: Crawl, site: Site) -> None:
    site_of(site, 12)
    for number in range(2, 8):
        site.pages[f"/news/politics/a-{number}"] = Answer("<h1>Forbidden</h1>", 403)
    run = crawl(site.url)
    assert run.exit_code == 3
    assert "6 pages failed (" in run.last_line
    assert "blocked" not in run.last_line
    assert site.requests.count("/") == 2, "one probe, which was answered"
    assert len(run.records) == 6


def test_sitemaps_and_the_feed_may_be_refused(crawl: Crawl, site: Site) -> None:
    site_of(site, 3)
    challenge = "<html><body><form id='challenge-form'></form></body></html>"
    for path in ("/rss", "/sitemaps/all.xml"):
        site.pages[path] = Answer(challenge, 403)
    run = crawl(site.url, spider="archive")
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 3
    assert site.requests.count("/") == 1


def test_shells_in_a_row_are_looked_into(crawl: Crawl, site: Site) -> None:
    site_of(site, 9)
    shell = Answer("<html><body><div id='root'></div><script src='/x.js'></script></body></html>")
    for number in range(1, 10):
        site.pages[f"/news/politics/a-{number}"] = shell
    run = crawl(site.url)
    assert run.exit_code == 3
    assert site.requests.count("/") == 2
    assert run.records == []
