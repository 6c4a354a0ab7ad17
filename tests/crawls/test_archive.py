"""Whole crawls of the archive: which sitemaps, which posts, and what the listings fill in."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import pytest

from tests.support.crawl_runner import Crawl, Run
from tests.support.site import Answer, Site
from testsite import Server, SyntheticSite

FAST = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8", "-a", "render=never")
SCRIPT_ONLY = {"Explainers", "شرح", "Claves"}
"""The testsite's section that cannot be walked without a browser: its part of the hole stays one."""


def answers(testsite: SyntheticSite) -> dict[str, dict[str, Any]]:
    return {a["record"]["id"]: a for a in testsite.answers() if a["reachable"]}


def sections(answer: dict[str, Any]) -> set[str]:
    return {entry["label"] for entry in answer["listings"] if entry["kind"] == "section"}


def ids(run: Run) -> set[str]:
    found = [record["id"] for record in run.records]
    assert len(found) == len(set(found))
    return set(found)


def assert_all_there(run: Run, wanted: Iterable[dict[str, Any]], *, sitemaps: bool = True) -> None:
    """All that was wanted and nothing else, but for what a script-only listing keeps to itself."""
    wanted = {answer["record"]["id"]: answer for answer in wanted}
    assert ids(run) <= wanted.keys()
    missing = [wanted[name] for name in wanted.keys() - ids(run)]
    assert all(sections(answer) <= SCRIPT_ONLY for answer in missing)
    if sitemaps:
        assert all(answer["record"]["published_at"][8:10] in ("28", "29", "30", "31") for answer in missing)


def sitemap_paths(server: Server) -> list[str]:
    return [arrival.path for arrival in server.log if arrival.path.startswith("/sitemaps/")]


def urlset(*locs: str) -> Answer:
    entries = "".join(f"<url><loc>{loc}</loc></url>" for loc in locs)
    return Answer(f"<?xml version='1.0'?><urlset>{entries}</urlset>", content_type="application/xml")


def index(*locs: str) -> Answer:
    entries = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in locs)
    return Answer(f"<?xml version='1.0'?><sitemapindex>{entries}</sitemapindex>", content_type="application/xml")


@pytest.mark.parametrize(
    ("edition", "addresses", "sitemaps"),
    [("en", "plain", "plain"), ("en", "dated", "gzip"), ("en", "short", "plain"), ("ar", "plain", "plain")],
)
def test_an_archive_whole(crawl: Crawl, edition: str, addresses: str, sitemaps: str) -> None:
    testsite = SyntheticSite(posts=600, seed=3, edition=edition, addresses=addresses, sitemaps=sitemaps)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", f"edition={edition}", *FAST, spider="archive")
        fetched = Counter(arrival.path for arrival in server.log)
        assert sitemap_paths(server)[0] == "/sitemaps/all.xml"
        assert len(sitemap_paths(server)) == 3
    assert_all_there(run, answers(testsite).values())
    assert set(fetched.values()) == {1}
    kinds = Counter(record["discovered_via"]["kind"] for record in run.records)
    assert kinds.keys() == {"sitemap", "section"}
    assert f"'archive/only_in_listings': {kinds['section']}" in run.stderr
    assert f"listings had {kinds['section']} posts that the sitemaps lack" in run.last_line
    assert "posts that the crawled listings lack" in run.last_line
    assert run.report["totals"]["gone"] > 0
    assert "'feeds/failed': 1" in run.stderr
    assert "'sitemaps/failed'" not in run.stderr
    # Nothing but the listing that only a script can follow kept it from being whole.
    assert run.exit_code == 3
    assert run.last_line.count("is not followed") == 1
    if addresses == "plain":
        assert run.skipped["address"] > 0


def test_posts_come_newest_month_first_and_tell_their_place(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=600, seed=3)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", "limit=40", *FAST, spider="archive")
        assert sitemap_paths(server) == ["/sitemaps/all.xml", "/sitemaps/all/sitemap-2025-11.xml"]
        assert len(server.log) < 80
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 40
    assert {record["published_at"][:7] for record in run.records} == {"2025-11"}
    places = {record["discovered_via"]["position"] for record in run.records}
    assert min(places) == 1
    assert max(places) < 60
    assert {record["discovered_via"]["url"] for record in run.records} == {
        f"{server.url}sitemaps/all/sitemap-2025-11.xml"
    }


@pytest.mark.parametrize("edition", ["en", pytest.param("ar", marks=pytest.mark.soak)])
def test_one_month_of_thirty(crawl: Crawl, edition: str) -> None:
    testsite = SyntheticSite(posts=20_000, seed=1, edition=edition)
    archive = testsite.archive
    months = {index: f"{archive.published(index):%Y-%m}" for index in archive.indexes()}
    in_month = [testsite.answer(index) for index, month in months.items() if month == "2025-06"]
    with Server(testsite) as server:
        run = crawl(
            server.url, "-a", f"edition={edition}", "-a", "since=2025-06-01", "-a", "until=2025-06-30", *FAST,
            spider="archive",
        )  # fmt: skip
        # July's is read, since on cards the last hours of 30 June are 1 July in Beirut. None of its posts is fetched.
        assert sitemap_paths(server) == [
            "/sitemaps/all.xml", "/sitemaps/all/sitemap-2025-6.xml", "/sitemaps/all/sitemap-2025-7.xml",
        ]  # fmt: skip
        asked = {arrival.path for arrival in server.log}
    assert "to know the posts of the next month" in run.stderr
    wanted = {testsite.path(a["index"]) for a in in_month}
    assert [path for path in map(unquote, asked) if path not in wanted and archive.find(path) is not None] == []
    assert_all_there(run, [a for a in in_month if a["reachable"]])
    hole = {r["published_at"][:10] for r in run.records if r["discovered_via"]["kind"] == "section"}
    assert hole == {"2025-06-30"}
    assert "'sitemaps/out_of_range': 33" in run.stderr


def test_a_range_without_the_end_of_a_month_needs_no_listing(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=600, seed=3)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", "since=2025-10-10", "-a", "until=2025-10-12", *FAST, spider="archive")
        assert sitemap_paths(server) == ["/sitemaps/all.xml", "/sitemaps/all/sitemap-2025-10.xml"]
    assert run.exit_code == 0, run.stderr
    assert "'listings/pages'" not in run.stderr
    assert ids(run) == {
        name
        for name, a in answers(testsite).items()
        if "2025-10-10" <= a["record"]["published_at"][:10] <= "2025-10-12"
    }


@pytest.mark.parametrize("sitemaps", ["malformed", "forbidden", "absent"])
@pytest.mark.parametrize("ranged", [False, True])
def test_the_listings_take_over(crawl: Crawl, sitemaps: str, ranged: bool) -> None:
    testsite = SyntheticSite(posts=200, seed=4, sitemaps=sitemaps)
    options = ["-a", "since=2025-10-25", "-a", "until=2025-11-05"] if ranged else []
    with Server(testsite) as server:
        run = crawl(server.url, *options, *FAST, spider="archive")
    wanted = [
        a
        for a in answers(testsite).values()
        if not ranged or "2025-10-25" <= a["record"]["published_at"][:10] <= "2025-11-05"
    ]
    assert_all_there(run, wanted, sitemaps=False)
    assert "Traceback" not in run.stderr
    failed = 2 if sitemaps == "malformed" else 1
    assert f"'sitemaps/failed': {failed}" in run.stderr
    reason = {"malformed": "no well-formed XML", "forbidden": "HTTP status 403", "absent": "HTTP status 404"}[sitemaps]
    assert f"{failed} sitemap{'s' * (failed > 1)} not read (http" in run.last_line
    assert reason in run.last_line
    assert "listings were used instead" in run.last_line
    assert {r["discovered_via"]["kind"] for r in run.records} == (
        {"sitemap", "section"} if sitemaps == "malformed" else {"section"}
    )


def small(site: Site) -> None:
    """Set up one section that lists posts 1 to 6 of two months. Post 3 came out on the last day of a month."""
    days = {1: "2025-11-02", 2: "2025-11-01", 3: "2025-10-31", 4: "2025-10-30", 5: "2025-10-05", 6: "2025-10-01"}
    site.front(Politics="/news/politics")
    shown = {
        f"/news/politics/a-{number}": f"{int(day[8:])} {'Oct' if day[5:7] == '10' else 'Nov'} 2025"
        for number, day in days.items()
    }
    site.listing("/news/politics", list(shown), dates=shown)
    for number, day in days.items():
        site.article(f"/news/politics/a-{number}", number, f"{day}T12:00:00+02:00")


def test_sitemaps_of_many_kinds(crawl: Crawl, site: Site) -> None:
    small(site)
    host = "https://english.almayadeen.net"
    site.pages["/robots.txt"] = Answer(
        f"Sitemap: {host}/a/index.xml\nSitemap: /b/flat.xml.gz\nSitemap: https://elsewhere.example/sitemap.xml\n"
        "User-agent: *\nAllow: /\n",
        content_type="text/plain",
    )
    site.pages["/a/index.xml"] = index(
        f"{host}/a/sitemap-2025-10.xml", f"{host}/a/sitemap-2025-11.xml", "/a/extra.xml", f"{host}/a/index.xml"
    )
    site.pages["/a/sitemap-2025-11.xml"] = urlset(
        f"{host}/news/politics/a-1", f"{host}/news/politics/a-1/", "/news/politics/a-2"
    )
    site.pages["/a/sitemap-2025-10.xml"] = urlset(
        f"{host}/news/politics/a-4", f"{host}/authors/somebody", f"{host}/news/politics", "https://other.example/b-1",
        f"{host}/news/politics/a-1", f"{host}/news/politics/a-gone", "http://[broken", f"{host}/news/politics/a-5",
    )  # fmt: skip
    site.pages["/a/extra.xml"] = urlset(f"{host}/news/politics/a-6", f"{host}/news/politics/a-7")
    site.article("/news/politics/a-7", 7)
    site.article("/news/politics/a-8", 8)
    site.pages["/b/flat.xml.gz"] = Answer(
        gzip.compress(str(urlset("/news/politics/a-8").body).encode()), content_type="application/x-gzip"
    )
    run = crawl(site.url, spider="archive")
    assert run.exit_code == 0, run.stderr
    assert ids(run) == {f"en:{number}" for number in range(1, 9)}
    found = {r["post_id"]: r["discovered_via"] for r in run.records}
    assert found["5"] == {"kind": "sitemap", "url": f"{site.url}/a/sitemap-2025-10.xml", "position": 8}
    assert found["3"] == {"kind": "section", "url": f"{site.url}/news/politics", "position": 3}
    order = [path for path in site.requests if path.endswith((".xml", ".gz"))]
    assert order[0] == "/a/index.xml"
    assert order.index("/a/sitemap-2025-11.xml") < order.index("/a/sitemap-2025-10.xml")
    assert len(site.requests) == len(set(site.requests))
    assert "/sitemaps/all.xml" not in site.requests
    for counted in ("'sitemaps/failed': 1", "'archive/only_in_listings': 1"):
        assert counted in run.stderr
    comparison = run.report["comparison"]
    assert (comparison["only_in_listings"]["count"], comparison["only_in_sitemaps"]["count"]) == (1, 3)
    assert run.report["totals"]["gone"] == 1
    assert run.skipped == {"address": 2, "offsite": 2}
    assert "1 sitemap not read (https://elsewhere.example/sitemap.xml: it is not on the site)" in run.last_line


def test_a_range_reads_its_months_and_those_without_name(crawl: Crawl, site: Site) -> None:
    small(site)
    site.pages["/sitemaps/all.xml"] = index(
        *(f"/sitemaps/all/sitemap-{month}.xml" for month in ("2025-11", "2025-10", "2025-9")), "/sitemaps/other.xml"
    )
    site.pages["/sitemaps/all/sitemap-2025-11.xml"] = urlset("/news/politics/a-1", "/news/politics/a-2")
    site.pages["/sitemaps/all/sitemap-2025-10.xml"] = urlset(
        "/news/politics/a-4", "/news/politics/a-5", "/news/politics/a-6"
    )
    site.pages["/sitemaps/other.xml"] = Answer(
        "<urlset><url><loc>/news/politics/a-8</loc><lastmod>2025-09-01</lastmod></url></urlset>",
        content_type="text/xml",
    )
    run = crawl(site.url, "-a", "since=2025-10-05", "-a", "until=2025-10-31", spider="archive")
    assert run.exit_code == 0, run.stderr
    assert ids(run) == {"en:3", "en:4", "en:5"}
    assert "/news/politics/a-8" not in site.requests
    assert "/rss" not in site.requests
    assert "/sitemaps/all/sitemap-2025-9.xml" not in site.requests
    assert not {"/news/politics/a-1", "/news/politics/a-2"} & set(site.requests)


def test_a_month_that_cannot_be_read_is_looked_for_in_the_listings(crawl: Crawl, site: Site) -> None:
    small(site)
    site.pages["/sitemaps/all.xml"] = index("/s/sitemap-2025-11.xml", "/s/sitemap-2025-10.xml", "/s/sitemap-2025-9.xml")
    site.pages["/s/sitemap-2025-11.xml"] = urlset("/news/politics/a-1", "/news/politics/a-2")
    site.pages["/s/sitemap-2025-10.xml"] = Answer("no", 500)
    run = crawl(site.url, "-a", "since=2025-10-02", "-a", "until=2025-11-10", spider="archive")
    assert run.exit_code == 0, run.stderr
    assert ids(run) == {"en:1", "en:2", "en:3", "en:4", "en:5"}
    assert "/news/politics/a-6" not in site.requests
    assert "1 sitemap not read" in run.last_line


def test_a_feed_is_a_bonus(crawl: Crawl, site: Site) -> None:
    small(site)
    site.pages["/sitemaps/all.xml"] = index("/s/sitemap-2025-11.xml", "/s/sitemap-2025-10.xml")
    site.pages["/s/sitemap-2025-11.xml"] = urlset("/news/politics/a-1")
    site.pages["/s/sitemap-2025-10.xml"] = urlset("/news/politics/a-5", "/news/politics/a-6")
    site.article("/news/politics/a-9", 9, "2025-11-09T12:00:00+02:00")
    site.pages["/rss"] = Answer(
        "<rss><channel><item><link>/news/politics/a-9</link></item><item><link>/news/politics/a-1</link>"
        "<pubDate>Mon, 01 Sep 2025 00:00:00 GMT</pubDate></item></channel></rss>",
        content_type="application/rss+xml",
    )
    run = crawl(site.url, "-a", "since=2025-10-01", spider="archive")
    assert run.exit_code == 0, run.stderr
    assert ids(run) == {"en:1", "en:2", "en:3", "en:5", "en:6", "en:9"}
    found = {r["post_id"]: r["discovered_via"] for r in run.records}
    assert found["9"] == {"kind": "feed", "url": f"{site.url}/rss", "position": 1}
    assert found["1"]["kind"] == "sitemap"
    # A listing's card of an article that the sitemaps have is the sitemaps', whatever day it shows.
    assert sum(row["outcomes"]["elsewhere"] for row in run.report["listings"] if row["kind"] == "section") == 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer("<h1>Forbidden</h1>", 403),
        Answer("<html><head><title>Just a moment...</title></head><body></body></html>"),
        Answer(
            "<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><urlset><url><loc>/&x;</loc></url></urlset>"
        ),
        Answer(status=302, location="/"),
        Answer(status=302, location="http://localhost:9/"),
    ],
)
def test_a_sitemap_that_is_none(crawl: Crawl, site: Site, answer: Answer) -> None:
    small(site)
    site.pages["/sitemaps/all.xml"] = answer
    site.pages["/rss"] = answer
    run = crawl(site.url, spider="archive")
    assert run.exit_code == 0, run.stderr
    assert ids(run) == {f"en:{number}" for number in range(1, 7)}
    assert "1 sitemap not read" in run.last_line
    assert "'feeds/failed': 1" in run.stderr
    assert "Traceback" not in run.stderr


def test_robots_txt_may_name_sitemaps_of_other_sites_only(crawl: Crawl, site: Site) -> None:
    small(site)
    site.pages["/robots.txt"] = Answer("Sitemap: https://elsewhere.example/sitemap.xml\n", content_type="text/plain")
    run = crawl(site.url, "-a", "until=2025-11-30", spider="archive")
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 6
    assert "it is not on the site" in run.last_line


def test_robots_txt_may_forbid_the_sitemaps(crawl: Crawl, site: Site) -> None:
    small(site)
    site.pages["/robots.txt"] = Answer(
        "User-agent: *\nDisallow: /sitemaps/\nDisallow: /rss\n", content_type="text/plain"
    )
    run = crawl(site.url, spider="archive")
    assert run.exit_code == 0, run.stderr
    assert len(run.records) == 6
    assert not {"/sitemaps/all.xml", "/rss"} & set(site.requests)
    assert "forbidden by robots.txt" in run.last_line


def test_fifty_thousand_addresses_do_not_pile_up(crawl: Crawl, site: Site) -> None:
    small(site)
    site.pages["/sitemaps/all.xml"] = urlset(*(f"/news/politics/a-{number}" for number in range(1, 50_001)))
    run = crawl(site.url, "-a", "limit=6", spider="archive")
    assert run.exit_code == 0, run.stderr
    assert ids(run) == {f"en:{number}" for number in range(1, 7)}
    assert len(site.requests) < 14


def test_arguments_of_the_archive(crawl: Crawl, site: Site) -> None:
    run = crawl(site.url, "-a", "sections=politics", spider="archive")
    assert run.exit_code == 1
    assert run.last_line.startswith(
        'archive: sections: "politics" is the value of an argument that does not exist. Use edition, or one of '
    )
    assert site.requests == []
