"""The run's report: every address listed has one outcome, and its sums are those of the feeds and of the site's own log."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mayadeen import published_schemas as schemas
from mayadeen import settings
from mayadeen.crawling.outcomes import URL_OUTCOMES
from tests.support.crawl_runner import Crawl, CrawlRunner, Run
from tests.support.site import Answer, Site
from testsite import Server, SyntheticSite

FAST = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "-a", "render=never")
SCHEMA = Draft202012Validator(schemas.load("report.schema.json"), format_checker=FormatChecker())
FETCHED = {"written", "rejected", "failed", "gone", "other_kind", "duplicate", "skipped", "over_limit"}


def totals(run: Run) -> dict[str, int]:
    """The report's totals, after a look at whether all its sums agree, with each other and with the feeds."""
    report = run.report
    assert list(SCHEMA.iter_errors(report)) == []
    assert (report["exit_status"], f"{report['spider']}: {report['ending']}") == (run.exit_code, run.last_line)
    rows, found = report["listings"], report["totals"]
    for row in rows:
        assert row["listed"] == sum(row["outcomes"].values()) + row["missing"], row
        assert row["outcomes"]["skipped"] == sum(row["skipped"].values()), row
    assert len({(row["kind"], row["label"], row["url"]) for row in rows}) == len(rows)
    for outcome in URL_OUTCOMES:
        assert found[outcome] == sum(row["outcomes"][outcome] for row in rows)
    assert found["listed"] == sum(row["listed"] for row in rows)
    assert found["written"] == len(run.records)
    assert found["rejected"] == len(run.rejects)
    assert {feed["folder"]: feed["records"] for feed in report["feeds"]} == {
        folder: len(run.lines(folder)) for folder in ("articles", "rejects") if run.lines(folder)
    }
    written = {path for feed in report["feeds"] for path in feed["paths"]}
    assert written == {
        path.relative_to(run.data).as_posix()
        for path in run.data.glob("*/*")
        if path.parent.name not in ("reports", "metrics")
    }
    (own,) = (run.data / "reports").glob("*.json")
    assert all(Path(path).stem == own.stem for path in written)
    assert {path.name for path in own.parent.iterdir()} == {own.name, f"{own.stem}.html", "index.html"}
    measures_agree(run)
    return dict(found)


def measures_agree(run: Run) -> None:
    """The figures by time, section, latency and reason add up to those of the whole."""
    report = run.report
    buckets = report["timeline"]["buckets"]
    assert sum(bucket["requests"] for bucket in buckets) == report["requests"]
    assert sum(bucket["written"] for bucket in buckets) == len(run.records)
    assert sum(bucket["bytes"] for bucket in buckets) == report["bytes_received"]
    assert report["timeline"]["seconds"] == 1 or len(buckets) > 60
    sections = report["written_by"]["categories"]
    assert {row["category"]: row["written"] for row in sections} == Counter(
        record["category"] for record in run.records
    )
    days = Counter(record["published_at"][:10] for record in run.records if record["published_at"])
    assert (
        dict(
            zip(
                report["written_by"]["days"],
                map(sum, zip(*(row["days"] for row in sections), strict=True)),
                strict=True,
            )
        )
        == days
    )
    classes = Counter({name: sum(counts) for name, counts in report["latencies"]["counts"].items()})
    answers = Counter[str]()
    for status, count in report["responses"].items():
        answers[f"{status[0]}xx"] += count
    assert classes == answers
    assert sum(group["count"] for group in report["reject_groups"]) == len(run.rejects)
    assert report["revisions"] == sum(record["revision"] > 1 for record in run.records)


def agree_with_the_log(run: Run, testsite: SyntheticSite, server: Server) -> None:
    log = [arrival for arrival in server.log if not arrival.path.startswith("/.testsite")]
    assert run.report["requests"] == len(log)
    assert run.report["responses"] == {
        str(status): count for status, count in Counter(arrival.status for arrival in log).items()
    }
    found = run.report["totals"]
    gone = [arrival for arrival in log if arrival.status in (404, 410) and arrival.path != "/rss"]
    posts = [arrival for arrival in log if testsite.archive.find(unquote(arrival.path)) is not None]
    # Some posts out of range are only recognized on their page. A post skipped for its address is never fetched.
    fetched = sum(found[outcome] for outcome in FETCHED) - run.skipped.get("address", 0)
    assert fetched <= len({*posts, *gone}) <= fetched + found["out_of_range"]
    assert found["gone"] == len(gone)


@pytest.mark.parametrize(
    ("spider", "options"),
    [
        ("articles", []),
        ("articles", ["-a", "limit=17"]),
        ("articles", ["-a", "max_pages=2", "-a", "kinds=news"]),
        ("articles", ["-a", "sections=politics", "-a", "regions=africa", "-a", "since=2025-11-01"]),
        ("archive", []),
        ("archive", ["-a", "limit=30"]),
        ("archive", ["-a", "since=2025-10-10", "-a", "until=2025-10-31"]),
        ("archive", ["-a", "since=2025-11-10", "-a", "until=2025-11-12"]),
        ("tags", ["-a", "max_pages=1"]),
        ("media", []),
    ],
)
def test_the_sums_agree(crawl: Crawl, spider: str, options: list[str]) -> None:
    testsite = SyntheticSite(posts=300, seed=3)
    with Server(testsite) as server:
        run = crawl(server.url, *FAST, *options, spider=spider)
        agree_with_the_log(run, testsite, server)
    found = totals(run)
    assert found["written"] > 0
    assert found["missing"] == 0
    assert "Outcomes of all listed URLs:" in run.stderr
    if "limit=" not in "".join(options):
        assert found["not_fetched"] == 0
        assert all(row["ended"] for row in run.report["listings"])


def test_posts_that_only_sitemaps_or_only_listings_have(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=300, seed=3)
    with Server(testsite) as server:
        run = crawl(server.url, *FAST, spider="archive")
    comparison = run.report["comparison"]
    from_listings = {r["canonical_url"] for r in run.records if r["discovered_via"]["kind"] == "section"}
    assert comparison["only_in_listings"]["count"] == len(from_listings) > 0
    assert set(comparison["only_in_listings"]["examples"]) <= from_listings
    assert comparison["only_in_sitemaps"]["count"] > 0
    kinds = {row["kind"] for row in run.report["listings"]}
    assert kinds == {"section", "sitemap", "feed"}
    assert run.listing("/rss", "feed")["ended"] == "failed"


def test_a_range_that_needs_no_listing_compares_nothing(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=300, seed=3)) as server:
        run = crawl(server.url, *FAST, "-a", "since=2025-11-10", "-a", "until=2025-11-12", spider="archive")
    assert run.report["comparison"] is None
    assert {row["kind"] for row in run.report["listings"]} == {"sitemap"}


def test_every_outcome_of_a_listing(crawl: Crawl, site: Site) -> None:
    names = ["fine", "again", "gone", "home", "away", "moved", "picture", "broken", "old"]
    site.front(Politics="/news/politics", Economy="/news/economy")
    site.listing(
        "/news/politics", [f"/news/politics/a-{n}" for n in names], dates={"/news/politics/a-old": "1 Jan 2020"}
    )
    site.listing("/news/economy", ["/news/politics/a-fine", "/news/economy/a-late"])
    site.article("/news/politics/a-fine", 1)
    site.article("/news/politics/a-again", 1)
    site.article("/news/politics/b-moved", 2)
    site.article("/news/economy/a-late", 3, "2024-01-01T12:00:00+02:00")
    site.pages["/news/politics/a-moved"] = Answer(status=301, location="/news/politics/b-moved")
    site.pages["/news/politics/a-home"] = Answer(status=302, location="/")
    site.pages["/news/politics/a-away"] = Answer(status=301, location="http://localhost:9/elsewhere")
    site.pages["/news/politics/a-picture"] = Answer(b"\x89PNG\r\n\x1a\n\x00\x00", content_type="image/png")
    site.pages["/news/politics/a-broken"] = Answer("Server error", 500)
    run = crawl(site.url, "-a", "since=2025-01-01")
    totals(run)
    both = [run.listing("Politics"), run.listing("Economy")]
    # Which of the two listings is read first is the network's to say.
    assert sum(row["outcomes"]["elsewhere"] for row in both) == 1
    found = Counter(run.report["totals"])
    assert +found == {
        "listed": 11, "written": 2, "duplicate": 1, "gone": 1, "skipped": 2, "rejected": 1, "failed": 1,
        "out_of_range": 2, "elsewhere": 1,
    }  # fmt: skip
    assert run.skipped == {"listing": 1, "offsite": 1}
    home = "https://english.almayadeen.net/news/politics"
    assert run.report["gone"] == [{"url": f"{home}/a-gone", "reason": "HTTP status 404"}]
    assert sorted(run.report["skipped"], key=lambda entry: entry["url"]) == [
        {"url": f"{home}/a-away", "reason": "offsite"}, {"url": f"{home}/a-home", "reason": "listing"},
    ]  # fmt: skip
    assert run.report["failed"] == [{"url": f"{home}/a-broken", "reason": "HTTP status 500"}]
    assert [(e["url"], e["reason"][:20]) for e in run.report["rejected"]] == [
        (f"{home}/a-picture", "$: no HTML page: Con")
    ]
    assert (run.report["exit_status"], run.exit_code) == (3, 3)


def test_addresses_given_are_a_row(crawl: Crawl, site: Site) -> None:
    site.article("/news/politics/a-1", 1)
    urls = ",".join(f"{site.url}/news/politics/a-{name}" for name in ("1", "1/", "2"))
    run = crawl(site.url, "-a", f"urls={urls}")
    found = totals(run)
    assert (found["listed"], found["written"], found["gone"]) == (2, 1, 1)
    assert [(row["kind"], row["ended"]) for row in run.report["listings"]] == [("urls", "complete")]
    assert run.report["arguments"] == {"urls": urls}


def test_given_addresses_without_an_article_are_reported(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=3)) as server:
        run = crawl(server.url, "-a", f"urls={server.url}authors/rana-abboud,{server.url}about-us")
    totals(run)
    assert run.exit_code == 0
    assert " · 2 given URLs led to no article (1 listing, 1 profile)" in run.last_line


def test_addresses_given_beyond_the_limit_are_not_fetched(crawl: Crawl, site: Site) -> None:
    for number in range(30):
        site.article(f"/news/politics/a-{number}", number + 1)
    urls = ",".join(f"{site.url}/news/politics/a-{number}" for number in range(30))
    run = crawl(site.url, "-a", f"urls={urls}", "-a", "limit=2")
    found = totals(run)
    assert (run.exit_code, found["listed"], found["written"]) == (0, 30, 2)
    assert found["not_fetched"] == 28 - found["over_limit"]


def test_a_page_that_vanishes_is_missed(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", [f"/news/politics/a-{number}" for number in (1, 2, 3)])
    for number in (1, 2, 3):
        site.article(f"/news/politics/a-{number}", number)
    run = crawl(site.url, "-s", 'SPIDER_MIDDLEWARES={"tests.support.vanish.Vanish": 1}')
    lost = "https://english.almayadeen.net/news/politics/a-2"
    assert run.exit_code == 3
    assert f"1 page missing, with no reason known ({lost}): run it again" in run.last_line
    found = totals(run)
    assert (found["written"], found["missing"]) == (2, 1)
    assert run.report["missing"] == [lost]
    assert run.listing("Politics")["missing"] == 1
    assert run.report["finish_reason"] == "incomplete"


def test_what_an_error_in_the_program_costs_is_a_failure(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", [f"/news/politics/a-{number}" for number in (1, 2, 3, 4)])
    for number in (1, 2, 3, 4):
        site.article(f"/news/politics/a-{number}", number)
    own = {**settings.ITEM_PIPELINES, "tests.support.vanish.Refuse": 50}
    run = crawl(
        site.url,
        "-s", 'SPIDER_MIDDLEWARES={"tests.support.vanish.Crash": 1}',
        "-s", f"ITEM_PIPELINES={json.dumps(own)}",
    )  # fmt: skip
    found = totals(run)
    assert (run.exit_code, found["written"], found["failed"], found["missing"]) == (3, 1, 2, 0)
    assert run.skipped == {"dropped": 1}
    assert "2 pages lost by an error in the program" in run.last_line
    assert {entry["reason"] for entry in run.report["failed"]} == {
        "error in the program: ValueError: no such thing", "error in the program: KeyError: 'three'",
    }  # fmt: skip


def test_an_interrupted_run_says_what_it_did_not_fetch(site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    numbers = range(1, 200)
    site.listing("/news/politics", [f"/news/politics/a-{n}" for n in numbers])
    for number in numbers:
        site.article(f"/news/politics/a-{number}", number)
    run = CrawlRunner(site.url, tmp_path, DOWNLOAD_DELAY=0.05, LOG_LEVEL="DEBUG").stop_at("Scraped from")
    found = totals(run)
    assert run.exit_code == 3
    assert run.report["finish_reason"] == "shutdown"
    assert found["listed"] == 199
    assert found["not_fetched"] == 199 - found["written"] > 0
    assert run.report["missing"] == []


def test_a_run_refused_after_the_menu_has_a_report(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    run = crawl(site.url, "-a", "sections=Polotics")
    totals(run)
    assert run.report["finish_reason"] == "bad_argument"
    assert run.report["listings"] == []
    assert run.report["requests"] == 2


def test_what_was_read_in_search_of_a_name_is_not_counted_twice(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=3)) as server:
        run = crawl(server.url, *FAST, "-a", "authors=Rana Abboud", "-a", "tags=Gaza")
        arrivals = list(server.log)
    assert "lookup/used_again" in run.stderr
    totals(run)
    assert run.report["requests"] == len(arrivals)
    assert sum(run.report["responses"].values()) == len(arrivals)
    assert run.report["bytes_received"] > 1000 * len(arrivals)


def test_a_name_that_is_not_there_is_a_row(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=3)) as server:
        run = crawl(server.url, *FAST, "-a", "sections=politics", "-a", "tags=no such thing")
    totals(run)
    row = run.listing("no such thing", "tag")
    assert (row["ended"], row["url"], row["listed"]) == ("unknown", None, 0)


def test_headlines(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=3)) as server:
        run = crawl(server.url, spider="headlines")
    report = run.report
    assert list(SCHEMA.iter_errors(report)) == []
    assert report["listings"] == []
    assert [(feed["folder"], feed["records"]) for feed in report["feeds"]] == [
        ("headlines", len(run.lines("headlines")))
    ]


def test_a_front_page_without_headlines(crawl: Crawl, site: Site) -> None:
    run = crawl(site.url, spider="headlines")
    totals(run)
    assert run.exit_code == 3
    assert run.listing("front page", "front")["ended"] == "failed"


def test_authors_have_their_articles_counted(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=3)) as server:
        run = crawl(server.url, *FAST, "-a", "limit=9", spider="authors")
    assert list(SCHEMA.iter_errors(run.report)) == []
    assert run.report["totals"]["written"] == len(run.records) == 9
    assert {feed["folder"] for feed in run.report["feeds"]} == {"articles", "authors"}


def test_a_folder_that_cannot_be_written(crawl: Crawl, site: Site, tmp_path: Path) -> None:
    site.article("/news/politics/a-1", 1)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "reports").write_text("in the way", encoding="utf-8")
    run = crawl(site.url, "-a", f"urls={site.url}/news/politics/a-1")
    assert run.exit_code == 1
    assert run.last_line.startswith("articles: the report could not be written to")
    assert "All else is written: done: 1 article" in run.last_line
    assert "Traceback" not in run.stderr
    assert len(run.records) == 1
