"""Crawls of listings that load more by script, through a real Chromium."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import playwright
import pytest

from tests.support.crawl_runner import Crawl, CrawlRunner, Process
from tests.support.preloaded import PROJECT
from tests.support.site import Answer, Site, serving
from testsite import Server, SyntheticSite

CHROMIUM = "/usr/bin/chromium"
HERE = "MAYADEEN_TEST"
FAST = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")

pytestmark = pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"no {CHROMIUM}: apt-get install chromium")


@pytest.fixture(autouse=True)
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test starts has its folder in the environment."""
    monkeypatch.setenv(HERE, str(tmp_path))


def running(tmp_path: Path) -> list[str]:
    """The command lines of what the test has started and still runs."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{HERE}={tmp_path}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def stats(stderr: str) -> dict[str, int]:
    """The numbers among Scrapy's stats."""
    return {name: int(value) for name, value in re.findall(r"'([\w/ .-]+)': (\d+)[,}]", stderr)}


def numbered(count: int, start: int = 1) -> list[str]:
    return [f"/news/politics/story-number-{n}" for n in range(start, start + count)]


def cards(articles: list[str], shown: str = "") -> str:
    return "".join(
        f'<article><h3><a href="{a}">Headline of {a}</a></h3><span>{shown}</span></article>' for a in articles
    )


# Three cards at a time. Only the script knows the address.
SCRIPT = """
    const list = document.querySelector('main'), button = document.querySelector('#more');
    button.addEventListener('click', async () => {
        const answer = await fetch(['', 'more', list.querySelectorAll('article').length].join('/'));
        if (!answer.ok) { return; }
        button.insertAdjacentHTML('beforebegin', await answer.text());
        if (list.querySelectorAll('article').length >= %d) { button.remove(); }
    });
"""


def scripted(site: Site, total: int = 9, path: str = "/news/politics", extra: str = "", **dates: str) -> list[str]:
    """A listing of ``total`` articles, three at first and three a click, with its articles."""
    articles = numbered(total)
    site.listing(path, articles[:3], f"<button id='more'>Load more</button><script>{SCRIPT % total}</script>{extra}")
    for shown in range(3, total, 3):
        site.pages[f"/more/{shown}"] = Answer(cards(articles[shown : shown + 3], dates.get(f"at_{shown}", "")))
    for number, article in enumerate(articles, 1):
        site.article(article, number)
    return articles


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """Another host, which must not hear of the crawl."""
    with serving() as made:
        yield made


# --- the test site -----------------------------------------------------------------------------------------------------


def wrong_fields(record: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    return {
        field for field, value in answer.items() if field not in ("shares", "provenance") and record[field] != value
    }


@pytest.mark.parametrize(
    ("edition", "addresses", "seed"), [("en", "plain", 2), ("en", "short", 4), ("ar", "dated", 3), ("es", "plain", 5)]
)
def test_listings_of_the_test_site(crawl: Crawl, tmp_path: Path, edition: str, addresses: str, seed: int) -> None:
    testsite = SyntheticSite(posts=500, seed=seed, edition=edition, addresses=addresses)
    archive = testsite.archive
    region, section = (found for found in archive.listings.values() if found.paging == "script")
    if region.kind != "region":
        region, section = section, region
    asked = [region, section] if edition == "en" else [section]
    assert all(archive.count(listing) > listing.size for listing in asked)
    # A post's address may serve a newer one of the same headline.
    served = {
        archive.find(archive.post(index).path)
        for listing in asked
        for index in archive.members(listing, 0, archive.count(listing))
    }
    expected = {answer["record"]["id"]: answer["record"] for answer in testsite.answers() if answer["index"] in served}
    with Server(testsite) as server:
        names = [part for listing in asked for part in ("-a", f"{listing.kind}s={listing.label}")]
        run = crawl(server.url, "-a", f"edition={edition}", *names, *FAST)
        arrivals = list(server.log)
    assert run.exit_code == 0, run.stderr
    assert Counter(record["id"] for record in run.records) == dict.fromkeys(expected, 1)
    assert {r["id"]: wrong for r in run.records if (wrong := wrong_fields(r, expected[r["id"]]))} == {}
    by_listing: dict[str, list[int]] = {}
    for record in run.records:
        by_listing.setdefault(record["discovered_via"]["url"], []).append(record["discovered_via"]["position"])
    for positions in by_listing.values():
        assert len(positions) == len(set(positions))
    # Everything went through the crawler: it counts as many requests as the server, and each address came once.
    assert {arrival.user_agent for arrival in arrivals} == {"mayadeen/0.1.0"}
    assert max(Counter(arrival.path for arrival in arrivals).values()) == 1
    assert not [
        arrival.path for arrival in arrivals if arrival.path.startswith("/assets/") and not arrival.path.endswith(".js")
    ]
    assert stats(run.stderr)["downloader/request_count"] == len(arrivals)
    assert (run.report["requests"], run.report["responses"]) == (len(arrivals), {"200": len(arrivals)})
    assert stats(run.stderr)["listings/rendered"] == len(asked)
    assert running(tmp_path) == []


# --- how a listing is followed ---------------------------------------------------------------------------------------


def test_cards_are_read_in_their_order(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    scripted(site, 9)
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    found = {record["id"]: record["discovered_via"] for record in run.records}
    assert found == {
        f"en:{n}": {"kind": "section", "url": f"{site.url}/news/politics", "position": n} for n in range(1, 10)
    }
    assert len(site.requests) == len(set(site.requests))
    assert run.listing("Politics")["ended"] == "complete"
    assert site.requests.index("/news/politics/story-number-1") < site.requests.index("/more/6")
    assert running(tmp_path) == []


def test_a_list_so_long_that_it_is_no_longer_read_whole(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    articles = scripted(site, 200)
    for shown in range(3, 200, 40):
        site.pages[f"/more/{shown}"] = Answer(cards(articles[shown : shown + 40], "1 Nov 2025"))
    run = crawl(site.url, "-a", "until=2000-01-01")  # the cards are enough
    assert run.exit_code == 0, run.stderr
    assert run.report["totals"]["out_of_range"] >= 197
    assert run.listing("Politics")["pages"] == 6
    assert run.listing("Politics")["ended"] == "complete"


@pytest.mark.parametrize(
    ("argument", "reason", "count"),
    [("limit=4", None, 4), ("max_pages=2", "max_pages", 6), ("since=2025-11-05", "since", 6)],
)
def test_what_ends_it_early(
    crawl: Crawl, site: Site, tmp_path: Path, argument: str, reason: str | None, count: int
) -> None:
    site.front(Politics="/news/politics")
    scripted(site, 30, at_6="1 Nov 2025", at_9="1 Nov 2025")
    run = crawl(site.url, "-a", argument)
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == count
    assert "/more/9" not in site.requests
    if reason:
        assert run.listing("Politics")["ended"] == reason
    assert running(tmp_path) == []


SCROLLED = """
    const list = document.querySelector('main'), end = document.querySelector('#end');
    let busy = false;
    const more = async () => {
        const shown = list.querySelectorAll('article').length;
        if (busy || shown >= 9) { return; }
        busy = true;
        const answer = await fetch('/more/' + shown);
        end.insertAdjacentHTML('beforebegin', await answer.text());
        busy = false;
    };
"""
OBSERVED = SCROLLED + "new IntersectionObserver((seen) => { if (seen[0].isIntersecting) { more(); } }).observe(end);"
LISTENED = SCROLLED + "addEventListener('scroll', () => { setTimeout(more, 300); });"
POSTED = """
    const list = document.querySelector('main'), button = document.querySelector('#end');
    button.addEventListener('click', async () => {
        const shown = list.querySelectorAll('article').length;
        const answer = await fetch('/more', { method: 'POST', headers: { 'X-Nonce': 'n1' }, body: 'shown=' + shown });
        button.insertAdjacentHTML('beforebegin', await answer.text());
        if (shown >= 6) { button.hidden = true; }
    });
"""


@pytest.mark.parametrize(
    ("end", "script", "render"),
    [
        ("<div id='end' class='infinite-scroll-sentinel' style='height:2000px'></div>", OBSERVED, "auto"),
        ("<div id='end' style='height:2000px'></div>", LISTENED, "auto"),
        ("<div id='end' style='height:2000px'></div>", LISTENED, "always"),
        ("<div class='load-more-wrap'><button id='end'>Show more</button></div>", POSTED, "auto"),
    ],
)
def test_ways_of_loading_more(crawl: Crawl, site: Site, end: str, script: str, render: str) -> None:
    site.front(Politics="/news/politics")
    articles = scripted(site, 9)
    site.posts["/more"] = lambda body: cards(articles[int(body.partition("=")[2]) :][:3])
    site.listing("/news/politics", articles[:3], f"{end}<script>{script}</script>")
    run = crawl(site.url, "-a", f"render={render}")
    assert run.exit_code == 0, run.stderr
    assert sorted(r["discovered_via"]["position"] for r in run.records) == list(range(1, 10))


NUMBERED = """
    const list = document.querySelector('.list');
    const go = async (number) => { list.innerHTML = await (await fetch('/more/' + number)).text(); };
"""


def test_numbers_that_never_show_which_page_is_the_current_one(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    articles = numbered(12)
    pager = "".join(f"<button onclick='go({number})'>{number}</button>" for number in range(1, 5))
    site.listing(
        "/news/politics", [], f"<div class='list'>{cards(articles[:3])}</div>{pager}<script>{NUMBERED}</script>"
    )
    for number in range(1, 5):
        site.pages[f"/more/{number}"] = Answer(cards(articles[3 * number - 3 : 3 * number]))
    for number, article in enumerate(articles, 1):
        site.article(article, number)
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 12
    assert run.listing("Politics")["ended"] == "complete"


def test_a_list_that_a_script_fills_is_scrolled_to_its_end(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    articles = scripted(site, 9)
    site.pages["/more/0"] = Answer(cards(articles[:3]))
    end = "<div id='end' style='height:2000px'></div>"
    site.listing("/news/politics", [], f"{end}<script>{LISTENED} more();</script>")
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 9


def test_a_button_that_leads_to_another_page(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    articles = numbered(6)
    button = "<button class='load-more' onclick='location = \"?page=\" + (1 + %d)'>Load more</button>"
    site.listing("/news/politics", articles[:3], button % 1)
    site.listing("/news/politics?page=2", articles[3:])
    for number, article in enumerate(articles, 1):
        site.article(article, number)
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    assert sorted(r["discovered_via"]["position"] for r in run.records) == list(range(1, 7))


def test_render_always_opens_every_page(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    articles = numbered(4)
    late = "<script>document.querySelector('h1').insertAdjacentHTML('afterend', %s)</script>"
    site.listing("/news/politics", articles[:1], late % json.dumps(cards(articles[1:2])) + "<a href='?page=2'>Next</a>")
    site.listing("/news/politics?page=2", articles[2:3], late % json.dumps(cards(articles[3:4])))
    for number, article in enumerate(articles, 1):
        site.article(article, number)
    run = crawl(site.url, "-a", "render=always")
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 4
    assert stats(run.stderr)["rendering/opened"] == 2
    assert len(site.requests) == len(set(site.requests))
    assert running(tmp_path) == []


def test_render_never_names_the_listing(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    scripted(site)
    run = crawl(site.url, "-a", "render=never")
    assert run.exit_code == 3
    assert "Politics (" in run.last_line
    assert "loads more by script and is not followed with render=never" in run.last_line
    assert len(run.records) == 3


# --- politeness_settings ---------------------------------------------------------------------------------------------------------


def test_nothing_but_what_the_list_needs_is_asked_for(
    crawl: Crawl, site: Site, elsewhere: Site, tmp_path: Path
) -> None:
    other = elsewhere.url.replace("127.0.0.1", "localhost")
    site.front(Politics="/news/politics")
    extra = f"""
        <img src="/p.png"><img src="{other}/p.png"><link rel="stylesheet" href="/s.css"><video src="/v.mp4"></video>
        <link rel="preload" as="font" href="/f.woff2" crossorigin><iframe src="/frame"></iframe><iframe src="{other}/i"></iframe>
        <script src="{other}/t.js"></script><script src="/js/analytics.js"></script><link rel="prefetch" href="{other}/next">
        <script>
            fetch('{other}/x').catch(() => 0); navigator.sendBeacon('/b', '1'); fetch('/collect/visit').catch(() => 0);
            try {{ new WebSocket('{other.replace("http", "ws")}/w'); new WebSocket('{site.url.replace("http", "ws")}/w'); }} catch {{}}
            window.open('{other}/popup'); setInterval(() => fetch('/poll').catch(() => 0), 20);
        </script>"""
    scripted(site, 9, extra=extra)
    run = crawl(site.url)
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 9
    assert elsewhere.requests == []
    asked = {path for path in site.requests if not path.startswith("/news/politics")}
    assert asked - {"/poll"} == {"/robots.txt", "/", "/more/3", "/more/6"}
    assert stats(run.stderr)["downloader/request_count"] == len(site.requests)
    assert running(tmp_path) == []


def test_robots_txt_holds_for_what_scripts_ask_for(crawl: Crawl, site: Site) -> None:
    site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /more/6\n", content_type="text/plain")
    site.front(Politics="/news/politics")
    scripted(site, 9)
    run = crawl(site.url)
    assert run.exit_code == 3
    assert "its script could not load more" in run.last_line
    assert "/more/6: Forbidden by robots.txt" in run.last_line
    assert "/more/6" not in site.requests
    assert len(run.records) == 6


@pytest.mark.parametrize(
    ("button", "message"),
    [
        ("<button class='load-more'>Load more</button>", "its button does nothing in the browser"),
        pytest.param(
            "<button class='load-more' onclick='for (;;) {}'>Load more</button>",
            "its script has been busy",
            marks=pytest.mark.soak,  # half a minute, the time that a script is given
        ),
    ],
)
def test_a_button_that_brings_nothing_is_reported(
    crawl: Crawl, site: Site, tmp_path: Path, button: str, message: str
) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", numbered(1), button)
    site.article(numbered(1)[0], 1)
    run = crawl(site.url)
    assert run.exit_code == 3
    assert message in run.last_line
    assert len(run.records) == 1
    assert running(tmp_path) == []


def test_two_tabs_at_most(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    labels = [f"Part {n}" for n in range(5)]
    site.front(**{label: f"/part/{n}" for n, label in enumerate(labels)})
    for n in range(5):
        articles = [f"/part/{n}/story-number-{n}-{k}" for k in range(6)]
        script = SCRIPT.replace("'more'", f"'more', '{n}'") % 6
        site.listing(f"/part/{n}", articles[:3], f"<button id='more'>Load more</button><script>{script}</script>")
        site.pages[f"/more/{n}/3"] = Answer(cards(articles[3:]))
        for k, article in enumerate(articles):
            site.article(article, 10 * n + k + 1)
    run = crawl(site.url, *FAST, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16")
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 30
    counted = stats(run.stderr)
    assert counted["playwright/page_count"] == counted["rendering/opened"] == 5
    assert counted["playwright/page_count/max_concurrent"] <= 2
    assert running(tmp_path) == []


# --- the browser -----------------------------------------------------------------------------------------------------


WITHOUT_PACKAGE = "import sys\nsys.modules['scrapy_playwright.handler'] = sys.modules['playwright'] = None\n"


@pytest.mark.parametrize(
    ("code", "options", "line"),
    [
        ("", ["-sMAYADEEN_CHROMIUM=/nowhere/chromium"], "no browser at /nowhere/chromium. Install one with: apt-get install chromium"),
        (WITHOUT_PACKAGE, [], "scrapy-playwright cannot be used (import of scrapy_playwright.handler halted; None in sys.modules). Install it with: pip install -r requirements.txt"),
    ],
    ids=["no browser", "no package"],
)  # fmt: skip
def test_without_a_browser_the_rest_is_crawled(
    site: Site, tmp_path: Path, code: str, options: list[str], line: str
) -> None:
    site.front(Politics="/news/politics", Sports="/news/sports", Health="/news/health")
    scripted(site)
    scripted(site, path="/news/sports")
    site.listing("/news/health", ["/news/health/a-1"], "<a href='?page=2'>Next</a>")
    site.listing("/news/health?page=2", ["/news/health/a-2"])
    site.article("/news/health/a-1", 101)
    site.article("/news/health/a-2", 102)
    (tmp_path / "sitecustomize.py").write_text(code)
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(PROJECT)])}
    run = CrawlRunner(site.url, tmp_path / "data").watch(lambda *_: None, *options, environment=environment)
    assert run.exit_code == 3
    assert {record["id"] for record in run.records} == {"en:1", "en:2", "en:3", "en:101", "en:102"}
    assert run.stderr.count(f"ERROR: Listings that load more by script are left out: {line}") == 1
    assert re.search(rf"Politics \(\S+\) loads more by script, and {re.escape(line)}", run.last_line)
    assert "Sports (" in run.last_line
    assert "Traceback" not in run.stderr


def test_a_browser_that_does_not_start(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    scripted(site)
    run = crawl(site.url, "-s", "MAYADEEN_CHROMIUM=/bin/false")
    assert run.exit_code == 3
    assert "the browser at /bin/false does not start" in run.last_line
    assert len(run.records) == 3
    assert running(tmp_path) == []


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_nothing_is_started_before_it_is_needed(
    crawl: Crawl, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Path(playwright.__file__).parent / "driver" / "node"
    started = tmp_path / "started"
    monkeypatch.setenv(
        "PLAYWRIGHT_NODEJS_PATH", str(program(tmp_path / "node", f'echo node >> {started}\nexec {node} "$@"'))
    )
    browser = program(tmp_path / "browser", f'echo browser >> {started}\nexec {CHROMIUM} "$@"')
    site.front(Politics="/news/politics")
    site.listing("/news/politics", numbered(1))
    site.article(numbered(1)[0], 1)
    run = crawl(site.url, "-s", f"MAYADEEN_CHROMIUM={browser}")
    assert run.exit_code == 0, run.stderr
    assert not started.exists()
    scripted(site)
    run = crawl(site.url, "-s", f"MAYADEEN_CHROMIUM={browser}")
    assert run.exit_code == 0, run.stderr
    assert started.read_text(encoding="utf-8").split() == ["node", "browser"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 3), (signal.SIGTERM, 3), (signal.SIGKILL, -9)])
def test_the_browser_ends_with_the_crawl(site: Site, tmp_path: Path, number: int, status: int) -> None:
    site.front(Politics="/news/politics")
    scripted(site, 300)

    def stop(process: Process, line: str) -> None:
        if "/more/9" in line and number not in sent:
            assert any("chromium" in command for command in running(tmp_path))
            process.send_signal(number)
            sent.append(number)

    sent: list[int] = []
    # The browser holds the log's pipe too. That the log ends means that all processes have ended.
    run = CrawlRunner(site.url, tmp_path / "data", DOWNLOAD_DELAY=0.02, LOG_LEVEL="DEBUG").watch(stop)
    assert run.exit_code == status, run.stderr
    if number != signal.SIGKILL:
        assert "Traceback" not in run.stderr
        assert "interrupted" in run.last_line
        assert running(tmp_path) == []
