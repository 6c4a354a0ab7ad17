"""Whole crawls: what is fetched, what is written, and how the run ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.support.crawl_runner import Crawl, CrawlRunner
from tests.support.site import Answer, Site
from testsite import Server, SyntheticSite

TEXT_KINDS = {"news", "opinion", "analysis", "blog", "feature"}


def expected_ids(testsite: SyntheticSite) -> set[str]:
    return {a["record"]["id"] for a in testsite.answers() if a["reachable"] and a["record"]["kind"] in TEXT_KINDS}


def paths(site: Site) -> list[str]:
    return [path for path in site.requests if path != "/robots.txt"]


@pytest.mark.parametrize("addresses", ["plain", "dated", "short"])
def test_every_article_of_a_site_once(crawl: Crawl, addresses: str) -> None:
    testsite = SyntheticSite(posts=200, seed=7, addresses=addresses)
    with Server(testsite) as server:
        run = crawl(server.url, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
        fetched = [arrival.path for arrival in server.log]
    assert run.exit_code == 0, run.stderr
    ids = [record["id"] for record in run.records]
    assert len(ids) == len(set(ids))
    assert set(ids) == expected_ids(testsite)
    assert len(fetched) == len(set(fetched))
    assert [row["id"] for row in run.rows] == ids
    assert run.last_line.startswith(f"articles: done: {len(ids)} articles")


@pytest.mark.parametrize("edition", ["ar", "es"])
def test_other_editions(crawl: Crawl, edition: str) -> None:
    testsite = SyntheticSite(posts=60, seed=3, edition=edition)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", f"edition={edition}", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
    assert run.exit_code == 0, run.stderr
    assert {record["id"] for record in run.records} == expected_ids(testsite)


def test_a_site_that_publishes_while_it_is_crawled(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=200, seed=5, publish_every=2)
    expected = expected_ids(testsite)
    with Server(testsite) as server:
        run = crawl(server.url)
    assert run.exit_code == 0, run.stderr
    assert expected <= {record["id"] for record in run.records}


def test_a_region_that_loads_more_by_script_is_named(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=300, seed=2)) as server:
        run = crawl(server.url, "-a", "regions=palestine,africa", "-a", "render=never")
    assert run.exit_code == 3
    assert "Palestine (" in run.last_line
    assert "loads more by script and is not followed" in run.last_line
    assert {record["region"] for record in run.records} == {"Palestine", "Africa"}
    assert {record["discovered_via"]["kind"] for record in run.records} == {"region"}


def test_limit_is_exact_and_fetches_little_more(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=100, seed=1)) as server:
        run = crawl(server.url, "-a", "limit=3")
        fetched = len(server.log)
    assert run.exit_code == 0
    assert len(run.records) == len(run.rows) == 3
    assert fetched < 12


def test_sections_are_found_by_label_slug_and_group(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics", Economy="/n/12/money", Sports="/news/sports")
    for number, path in enumerate(("/news/politics", "/n/12/money", "/news/sports")):
        site.listing(path, [f"{path}/story-{number}"])
        site.article(f"{path}/story-{number}", number + 1)
    run = crawl(site.url, "-a", "sections=politics,money")
    assert run.exit_code == 0, run.stderr
    assert sorted(record["id"] for record in run.records) == ["en:1", "en:2"]
    assert "/news/sports" not in site.requests
    assert {(r["section"], r["category"]) for r in run.records} >= {("News", "Economy")}


def test_discovery_counts_over_the_whole_listing(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing(
        "/news/politics", ["/news/politics/a-1", "/news/politics/a-2"], "<a href='/news/politics?page=2'>Next</a>"
    )
    site.listing("/news/politics?page=2", ["/news/politics/a-2", "/news/politics/a-3"])
    for number in (1, 2, 3):
        site.article(f"/news/politics/a-{number}", number)
    run = crawl(site.url)
    found = {record["id"]: record["discovered_via"] for record in run.records}
    assert found["en:3"] == {"kind": "section", "url": f"{site.url}/news/politics?page=2", "position": 3}
    assert found["en:1"]["position"] == 1
    assert len(paths(site)) == len(set(paths(site)))


def test_bad_arguments_cost_no_request(crawl: Crawl, site: Site) -> None:
    run = crawl(site.url, "-a", "limit=0")
    assert run.exit_code == 1
    assert run.last_line == 'articles: limit: "0" is not an integer ≥ 1. Give a number such as 20.'
    assert "Traceback" not in run.stderr
    assert site.requests == []
    assert {path.name for path in run.data.iterdir()} == {"metrics", "reports"}
    assert (run.report["exit_status"], run.report["finish_reason"]) == (1, "bad_argument")
    assert f"articles: {run.report['ending']}" == run.last_line


def test_an_unknown_section_costs_the_menu_only(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    run = crawl(site.url, "-a", "sections=Polotics")
    assert run.exit_code == 1
    assert run.last_line.startswith(
        'articles: sections: "Polotics" is not in the site\'s menu. Use Politics, or one of '
    )
    assert site.requests == ["/robots.txt", "/"]


@pytest.mark.parametrize("argument", ["crawler=1", "self=1", "foo=1", "name=x"])
def test_unknown_arguments(crawl: Crawl, site: Site, argument: str) -> None:
    run = crawl(site.url, "-a", argument)
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    assert run.last_line.startswith(f'articles: {argument.partition("=")[0]}: "')


def test_unknown_spider_is_a_usage_error(crawl: Crawl, site: Site) -> None:
    run = crawl(site.url, spider="artcles")
    assert run.exit_code == 2
    assert "is not a spider. Use articles, or one of " in run.stderr
    assert "Traceback" not in run.stderr


def test_no_menu_falls_back_to_the_table(crawl: Crawl, site: Site) -> None:
    site.listing("/news/politics", ["/news/politics/a-1"])
    site.article("/news/politics/a-1", 1)
    run = crawl(site.url, "-a", "sections=politics")
    assert run.exit_code == 0, run.stderr
    assert "the menu was not read (HTTP status 404), the built-in table of sections was used" in run.last_line
    assert [record["id"] for record in run.records] == ["en:1"]


def test_a_dead_site_ends_short(crawl: Crawl, site: Site) -> None:
    run = crawl(site.url)
    assert run.exit_code == 3
    assert "Politics" in run.last_line
    assert "HTTP status 404" in run.last_line
    assert {path.parent.name for path in run.data.glob("*/*")} == {"metrics", "reports"}


def test_robots_txt_is_obeyed(crawl: Crawl, site: Site) -> None:
    site.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /news/\n", content_type="text/plain")
    site.front(Politics="/news/politics")
    run = crawl(site.url)
    assert run.exit_code == 3
    assert "forbidden by robots.txt" in run.last_line
    assert site.requests == ["/robots.txt", "/"]


def test_pages_that_are_no_articles(crawl: Crawl, site: Site) -> None:
    names = ["gone", "home", "list", "away", "moved", "picture", "broken", "fine"]
    site.front(Politics="/news/politics")
    site.listing("/news/politics", [f"/news/politics/a-{name}" for name in names])
    site.pages["/news/politics/a-home"] = Answer(status=302, location="/")
    site.pages["/news/politics/a-list"] = Answer(status=301, location="/news/politics")
    site.pages["/news/politics/a-away"] = Answer(status=301, location="http://localhost:9/elsewhere")
    site.pages["/news/politics/a-moved"] = Answer(status=301, location="/news/politics/b-fine")
    site.pages["/news/politics/a-picture"] = Answer(b"\x89PNG\r\n\x1a\n\x00\x00", content_type="image/png")
    site.pages["/news/politics/a-broken"] = Answer("Server error", 500)
    site.article("/news/politics/a-fine", 1)
    site.article("/news/politics/b-fine", 2)
    run = crawl(site.url)
    assert run.exit_code == 3
    assert sorted(record["id"] for record in run.records) == ["en:1", "en:2"]
    assert [(r["stage"], r["url"], r["violations"][0]["rule"]) for r in run.rejects] == [
        ("extract", f"{site.url}/news/politics/a-picture", "content_type")
    ]
    assert f"1 page failed ({site.url}/news/politics/a-broken: HTTP status 500)" in run.last_line
    assert run.report["totals"]["gone"] == 1
    assert run.skipped == {"listing": 2, "offsite": 1}


@pytest.mark.parametrize(
    ("second", "reason", "status"),
    [
        (Answer("gone", 404), "not_found", 0),
        (Answer("error", 500), "failed", 3),
        (
            Answer(
                "<html><body><main><h1>Nothing more</h1><a href='/news/politics?page=3'>Next</a></main></body></html>"
            ),
            "nothing_new",
            0,
        ),
    ],
)
def test_how_a_listing_ends(crawl: Crawl, site: Site, second: Answer, reason: str, status: int) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", ["/news/politics/a-1"], "<a href='/news/politics?page=2'>Next</a>")
    site.article("/news/politics/a-1", 1)
    site.pages["/news/politics?page=2"] = second
    run = crawl(site.url)
    assert run.exit_code == status, run.stderr
    assert run.listing("Politics")["ended"] == reason
    assert len(run.records) == 1


def test_one_page_without_anything_new_is_walked_past(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    listed = {1: [1, 2], 2: [1, 2], 3: [3], 4: [3], 5: [3], 6: [4]}
    for page, numbers in listed.items():
        path = "/news/politics" if page == 1 else f"/news/politics?page={page}"
        site.listing(
            path, [f"/news/politics/a-{n}" for n in numbers], f"<a href='/news/politics?page={page + 1}'>Next</a>"
        )
    for number in (1, 2, 3, 4):
        site.article(f"/news/politics/a-{number}", number)
    run = crawl(site.url)
    assert sorted(record["id"] for record in run.records) == ["en:1", "en:2", "en:3"]
    assert "/news/politics?page=6" not in site.requests


def test_a_next_link_that_leads_back_ends_the_listing(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", ["/news/politics/a-1"], "<a href='/news/politics?page=2'>Next</a>")
    site.listing("/news/politics?page=2", ["/news/politics/a-2"], "<a href='/news/politics'>Next</a>")
    site.article("/news/politics/a-1", 1)
    site.article("/news/politics/a-2", 2)
    run = crawl(site.url)
    assert run.exit_code == 0
    assert run.listing("Politics")["ended"] == "loop"


def test_max_pages_kinds_and_dates(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    listed = [f"/news/politics/a-{n}" for n in range(1, 5)]
    shown = dict(zip(listed, ("10 Nov 2025", "8 Nov 2025", "7 Nov 2025", "1 Nov 2025"), strict=True))
    site.listing("/news/politics", listed, "<a href='/news/politics?page=2'>Next</a>", shown)
    site.listing("/news/politics?page=2", ["/news/politics/b-5"])
    for number, path in enumerate(listed, 1):
        site.article(path, number, f"2025-11-{shown[path].split()[0].zfill(2)}T12:00:00+02:00")
    site.article("/news/politics/b-5", 5)
    run = crawl(site.url, "-a", "since=2025-11-08", "-a", "until=2025-11-08", "-a", "max_pages=1")
    assert [record["id"] for record in run.records] == ["en:2"]
    assert "/news/politics/a-4" not in site.requests
    assert "/news/politics?page=2" not in site.requests
    assert run.listing("Politics")["ended"] == "max_pages"


def test_addresses_given_need_no_menu(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    for number in (1, 2):
        site.article(f"/news/politics/a-{number}", number)
    listed = tmp_path / "urls.txt"
    listed.write_text("https://english.almayadeen.net/news/politics/a-2\n", encoding="utf-8")
    run = crawl(site.url, "-a", f"urls={site.url}/news/politics/a-1", "-a", f"urls_file={listed}")
    assert run.exit_code == 0, run.stderr
    assert sorted(record["id"] for record in run.records) == ["en:1", "en:2"]
    assert {record["discovered_via"]["kind"] for record in run.records} == {"url"}
    assert site.requests[0] == "/robots.txt"
    # The two are asked for at once: which arrives first is the network's to say.
    assert sorted(site.requests[1:]) == ["/news/politics/a-1", "/news/politics/a-2"]


def test_feeds(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", ["/news/politics/a-1", "/news/politics/a-2"])
    site.article("/news/politics/a-1", 1, title="=SUM(A1)")
    site.pages["/news/politics/a-2"] = Answer("x", content_type="text/plain")
    run = crawl(
        site.url, "-a", "_job=j-1", "-O", str(tmp_path / "copy.jsonl"), "-O", str(tmp_path / "copy.csv"), "-s", "MAYADEEN_CONTACT=x@y.example"
    )  # fmt: skip
    assert run.exit_code == 0, run.stderr
    names = sorted(p.name for p in run.data.glob("*/*") if p.parent.name != "metrics" and p.name != "index.html")
    assert [name.partition("-")[2] for name in names] == ["j-1.csv", "j-1.html", "j-1.json", "j-1.jsonl", "j-1.jsonl"]
    assert len({name.partition("-")[0] for name in names}) == 1
    own = next((run.data / "articles").glob("*.jsonl"))
    assert (tmp_path / "copy.jsonl").read_text(encoding="utf-8") == own.read_text(encoding="utf-8")
    assert (tmp_path / "copy.csv").read_bytes() == own.with_suffix(".csv").read_bytes()
    assert len(run.rejects) == 1
    with (tmp_path / "copy.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["title"] == "'=SUM(A1)"
    assert "1 reject" in run.last_line


def test_a_reject_is_whole(crawl: Crawl, site: Site) -> None:
    site.pages["/news/politics/a-1"] = Answer("x", content_type="text/plain")
    run = crawl(site.url, "-a", f"urls={site.url}/news/politics/a-1")
    assert set(run.rejects[0]) == {
        "schema_version", "crawler", "url", "stage", "violations", "record", "fetched_at", "discovered_via",
    }  # fmt: skip


def test_an_interrupted_run_keeps_what_it_has(site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    numbers = range(1, 200)
    site.listing("/news/politics", [f"/news/politics/a-{n}" for n in numbers])
    for number in numbers:
        site.article(f"/news/politics/a-{number}", number)
    run = CrawlRunner(site.url, tmp_path, DOWNLOAD_DELAY=0.05, LOG_LEVEL="DEBUG").stop_at("Scraped from")
    assert run.exit_code == 3
    assert run.last_line.startswith("articles: incomplete (exit 3): interrupted")
    (feed,) = (tmp_path / "articles").glob("*.jsonl")
    records = [json.loads(line) for line in feed.read_text(encoding="utf-8").splitlines()]
    assert 0 < len(records) < 199


def test_bad_settings(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = crawl(site.url, "-s", f"MAYADEEN_DATA_DIR={tmp_path / 'file'}")
    assert run.exit_code == 1
    assert run.last_line.startswith("articles: MAYADEEN_DATA_DIR: ")
    run = crawl("english.almayadeen.net")
    assert run.exit_code == 1
    assert run.last_line.startswith('articles: MAYADEEN_BASE_URL: "english.almayadeen.net" ')
    assert site.requests == []
