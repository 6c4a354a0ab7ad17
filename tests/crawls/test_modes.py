"""Run after run: what each mode asks for, and what it writes."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from mayadeen.pipelines.validate import SchemaValidator
from tests.support.site import Answer, Site
from tests.support.small_site import SLOTS, CrawledSite, Crawls, address, is_text, listed_in, published
from testsite.site import Reply

BuildOptions = Callable[[dict[str, Any]], bool]
CHROMIUM = "/usr/bin/chromium"
MEDIA = ("NewsFeed", "Video Features", "Explainers", "TV", "Digital Series", "Infographs", "In Pictures")


@pytest.fixture
def crawled_site(tmp_path: Path) -> Iterator[CrawledSite]:
    with published(tmp_path / "data", posts=80, seed=3) as made:
        yield made


# --- new ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spider", "arguments", "wanted", "listings"),
    [
        ("articles", [], is_text, 12),
        ("articles", ["since=2025-11-09T12:00:00Z"], is_text, 12),
        ("articles", ["kinds=news,opinion"], lambda a: a["record"]["kind"] in ("news", "opinion"), 12),
        ("articles", ["sections=politics,economy"], listed_in("Politics", "Economy"), 2),
        ("articles", ["regions=Asia,MENA"], listed_in("Asia", "MENA", kind="region"), 2),
        ("articles", ["tags=Red Sea"], listed_in("Red Sea", kind="tag"), 1),
        # The Authors page, which has the addresses, is a listing of its own.
        ("authors", ["authors=Peter Lindqvist"], listed_in("Peter Lindqvist", kind="author"), 2),
        ("media", ["render=never"], listed_in(*MEDIA), 7),
        # robots.txt, the index that it names, the month's sitemap, the feed and the listings of all sections.
        ("archive", [], lambda a: True, 3 + 19),
    ],
    ids=["all", "since", "kinds", "sections", "regions", "tags", "authors", "media", "archive"],
)
def test_a_second_run_costs_what_is_new(
    crawled_site: CrawledSite, spider: str, arguments: list[str], wanted: BuildOptions, listings: int
) -> None:
    first = crawled_site.run(*arguments, spider=spider)
    assert first.exit_code == 0, first.last_line
    known = {record["canonical_url"].lower() for record in crawled_site.written()}
    before = crawled_site.ids(wanted)
    crawled_site.testsite.publish(12)
    there = {a["record"]["id"] for a in crawled_site.testsite.answers() if a["reachable"] and address(a) not in known}
    news = [id for id in crawled_site.ids(wanted) if id not in before and id in there]
    second = crawled_site.run(*arguments, spider=spider)
    assert second.exit_code == 0, second.last_line
    assert second.ids == sorted(news) != []
    assert "authors" not in second.records  # the profiles are as they were
    asked = Counter(second.paths)
    assert len(second.log) <= 1.2 * len(news) + listings + 2
    assert asked.most_common(1)[0][1] == 1


@pytest.mark.parametrize(
    ("spider", "arguments"),
    [
        ("articles", ["limit=15"]),
        ("articles", ["max_pages=1"]),
        ("articles", ["since=2025-11-10"]),
        ("articles", ["until=2025-11-09"]),
        ("articles", ["kinds=news"]),
        ("articles", ["sections=health,blog"]),
        ("tags", ["tags=Red Sea,Palestine"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_run_for_less_leaves_no_gap(crawled_site: CrawledSite, spider: str, arguments: list[str]) -> None:
    less = crawled_site.run(*arguments, spider=spider)
    assert less.exit_code == 0, less.last_line
    assert 0 < len(less.articles) < len(crawled_site.ids())
    crawled_site.testsite.publish(3)
    known = {record["canonical_url"].lower() for record in less.articles}
    rest = crawled_site.run()
    assert rest.exit_code == 0, rest.last_line
    # What the first run was asked for it has done: nothing of it is left over.
    assert "Resuming the run" not in rest.stderr
    assert "interrupted" not in rest.last_line
    assert not set(rest.ids) & set(less.ids)
    collided = [
        a["record"]["id"] for a in crawled_site.testsite.answers() if a["record"]["canonical_url"].lower() in known
    ]
    assert set(rest.ids) | set(collided) >= set(crawled_site.ids())
    assert crawled_site.run().articles == []


def test_a_gap_below_a_full_listing_is_filled_after_a_failure(crawled_site: CrawledSite) -> None:
    crawled_site.faults["/news/politics?page=2"] = Reply(500, b"")
    short = crawled_site.run("sections=politics")
    assert short.exit_code == 3
    assert 0 < len(short.articles) < len(crawled_site.ids(listed_in("Politics")))
    crawled_site.testsite.publish(2)
    again = crawled_site.run("sections=politics")  # its first page is known, the second fails still
    assert again.exit_code == 3
    del crawled_site.faults["/news/politics?page=2"]
    whole = crawled_site.run("sections=politics")
    assert whole.exit_code == 0
    assert sorted(r["id"] for r in crawled_site.written()) == crawled_site.ids(listed_in("Politics"))


def test_a_run_cut_short_leaves_no_gap_for_one_with_other_arguments(crawled_site: CrawledSite) -> None:
    cut = crawled_site.run(at_request=40)
    assert cut.exit_code == -9
    crawled_site.testsite.publish(2)
    other = crawled_site.run("sections=politics")
    assert other.exit_code == 0, other.last_line
    assert re.search(
        r"interrupted and not resumed yet: `scrapy crawl articles` of .*, \d+ pages to fetch", other.last_line
    )
    assert set(crawled_site.ids(listed_in("Politics"))) <= {record["id"] for record in crawled_site.written()}
    first = crawled_site.run()
    assert first.exit_code == 0, first.last_line
    assert "Resuming the run" in first.stderr
    assert "interrupted" not in first.last_line
    assert sorted(record["id"] for record in crawled_site.written()) == crawled_site.ids()


def test_pinned_cards_are_passed(tmp_path: Path) -> None:
    with published(tmp_path / "data", posts=400, seed=3) as crawled_site:
        wanted = listed_in("Economy")
        crawled_site.run("sections=economy")
        assert len(crawled_site.run("sections=economy").log) == 3
        crawled_site.testsite.publish(140)  # more than a page of this section's
        news = sorted(set(crawled_site.ids(wanted)) - {record["id"] for record in crawled_site.written()})
        second = crawled_site.run("sections=economy")
        assert second.ids == news
        assert len(second.log) <= 1.2 * len(news) + 1 + 2


def test_a_listing_that_is_not_in_order_of_time_is_walked_on(site: Site, tmp_path: Path) -> None:
    site.front(Mixed="/news/mixed")
    days = {f"/news/mixed/story-{n}": f"{1 + 7 * n % 27:02d} November 2025" for n in range(1, 13)}
    stories = list(days)
    for number, path in enumerate(stories, 1):
        site.article(path, number)

    def list_them(order: list[str]) -> None:
        for page in range(3):
            more = f'<a rel="next" href="/news/mixed?page={page + 2}">Next</a>' if page < 2 else ""
            address = "/news/mixed" + (f"?page={page + 1}" if page else "")
            site.listing(address, order[4 * page : 4 * page + 4], more, days)

    list_them([*stories[:9], *stories[10:]])
    crawls = Crawls(site.url, tmp_path / "data", site.requests)
    assert len(crawls.run().articles) == 11
    list_them(stories)
    assert [record["post_id"] for record in crawls.run().articles] == ["10"]


# --- refresh -----------------------------------------------------------------------------------------------------


def test_refresh_finds_every_change_once(crawled_site: CrawledSite) -> None:
    testsite = crawled_site.testsite
    crawled_site.run()
    edited, touched, missing, gone, collided, broken, moved = crawled_site.plain_posts()[4:32:4]
    ids = {index: crawled_site.id(index) for index in (edited, touched, missing, gone, collided, broken, moved)}
    testsite.edit(edited, "title")
    testsite.touch(touched)
    testsite.remove(missing, 404)
    testsite.remove(gone, 410)
    newer = testsite.collide(collided)
    testsite.break_blocks(broken)
    testsite.redirect(moved)

    first = crawled_site.run("mode=refresh")
    assert first.exit_code == 0, first.last_line
    revised = [record for record in first.articles if record["revision"] > 1]
    hashes = testsite.answer(edited)["hashes"]
    assert [(r["id"], r["revision"], r["previous_hash"], r["content_hash"]) for r in revised] == [
        (ids[edited], 2, *hashes)
    ]
    # The new post at the old address is an article of its own, and so is each post published before it.
    assert {crawled_site.id(newer), ids[edited]} <= set(first.ids)
    old = {record["id"] for record in crawled_site.written()[: -len(first.articles)]}
    assert set(first.ids) - {ids[edited]} == set(crawled_site.ids()) - {crawled_site.id(broken)} - old
    assert {r["id"]: r["status"] for r in first.removals} == {ids[missing]: 404, ids[gone]: 410}
    valid = SchemaValidator("removal.schema.json")
    assert [fault for record in first.removals for fault in valid.violations(record)] == []
    statuses = Counter(arrival.status for arrival in first.log if arrival.conditional)
    assert statuses[200] >= 4  # edited, touched, taken, broken
    assert statuses[304] >= len(crawled_site.ids()) - 12
    assert f"{first.outcomes['unchanged']} known already" in first.last_line

    second = crawled_site.run("mode=refresh")
    assert (second.articles, second.removals, second.exit_code) == ([], [], 0)
    testsite.edit(edited, "body")
    testsite.repair_blocks(broken)
    third = crawled_site.run("mode=refresh")
    assert [(r["id"], r["revision"]) for r in third.articles] == [(ids[edited], 3)]
    chain = [r for r in crawled_site.written() if r["id"] == ids[edited]]
    assert [r["content_hash"] for r in chain] == testsite.answer(edited)["hashes"]
    assert [r["previous_hash"] for r in chain] == [None, *testsite.answer(edited)["hashes"][:-1]]
    assert max(Counter((r["id"], r["revision"]) for r in crawled_site.written()).values()) == 1


@pytest.mark.parametrize("validators", ["etag", "last-modified", "none"])
def test_refresh_of_sites_that_tell_less(tmp_path: Path, validators: str) -> None:
    with published(tmp_path / "data", posts=50, seed=3, validators=validators) as crawled_site:
        crawled_site.run("sections=politics")
        edited, touched = crawled_site.plain_posts()[:2]
        politics = [i for i in crawled_site.plain_posts() if listed_in("Politics")(crawled_site.testsite.answer(i))]
        edited, touched = politics[3], politics[5]
        crawled_site.testsite.edit(edited, "summary")
        crawled_site.testsite.touch(touched)
        again = crawled_site.run("sections=politics", "mode=refresh")
        assert [(r["id"], r["revision"]) for r in again.articles] == [(crawled_site.id(edited), 2)]
        conditional = {arrival.status for arrival in again.log if arrival.conditional}
        assert conditional == (set() if validators == "none" else {200, 304})


def test_a_summary_where_there_was_none_is_a_revision(crawled_site: CrawledSite) -> None:
    index = next(i for i in crawled_site.plain_posts() if crawled_site.testsite.answer(i)["record"]["summary"] is None)
    url = f"urls={crawled_site.testsite.answer(index)['record']['canonical_url']}"
    crawled_site.run(url)
    crawled_site.testsite.edit(index, "summary")
    again = crawled_site.run(url, "mode=refresh")
    assert [(r["id"], r["revision"]) for r in again.articles] == [(crawled_site.id(index), 2)]
    assert [arrival.conditional for arrival in again.log] == [False, True]


def test_refresh_takes_the_newest_first_and_keeps_to_its_bounds(crawled_site: CrawledSite) -> None:
    crawled_site.run()
    answers = {
        f"/{a['record']['canonical_url'].split('/', 3)[3]}": a
        for a in crawled_site.testsite.answers()
        if a["reachable"]
    }
    old = crawled_site.plain_posts()[40]
    crawled_site.testsite.edit(old, "title")
    crawled_site.run("mode=refresh")
    again = crawled_site.run("mode=refresh", settings=("CONCURRENT_REQUESTS_PER_DOMAIN=1",))
    asked = [answers[arrival.path] for arrival in again.log if arrival.conditional]
    # What changed last comes before what was published last.
    assert asked[0]["index"] == old
    times = [answer["record"]["published_at"] for answer in asked[1:]]
    assert len(times) > 50
    assert times == sorted(times, reverse=True)
    bounded = crawled_site.run("mode=refresh", "since=2025-11-09", "until=2025-11-09")
    days = {answers[arrival.path]["record"]["published_at"][:10] for arrival in bounded.log if arrival.conditional}
    assert days == {"2025-11-09"}
    named = crawled_site.run("mode=refresh", "regions=Asia")
    seen = {answers[arrival.path]["record"]["id"] for arrival in named.log if arrival.conditional}
    assert seen == set(crawled_site.ids(lambda a: is_text(a) and listed_in("Asia", kind="region")(a)))


def test_a_post_that_comes_back_is_written_again(crawled_site: CrawledSite) -> None:
    crawled_site.run("sections=politics")
    index = next(i for i in crawled_site.plain_posts() if listed_in("Politics")(crawled_site.testsite.answer(i)))
    path = crawled_site.testsite.path(index)
    (text,) = crawled_site.testsite.answer(index)["hashes"]
    for revision, status in ((2, 404), (3, 410)):  # it is listed all the while
        crawled_site.faults[path] = Reply(status, b"")
        assert crawled_site.run("sections=politics").removals == []
        removals = crawled_site.run("sections=politics", "mode=refresh").removals
        assert [(r["id"], r["status"]) for r in removals] == [(crawled_site.id(index), status)]
        assert crawled_site.run("sections=politics", "mode=refresh").removals == []
        del crawled_site.faults[path]
        back = crawled_site.run("sections=politics", "mode=refresh")
        assert [(r["id"], r["revision"], r["previous_hash"], r["content_hash"]) for r in back.articles] == [
            (crawled_site.id(index), revision, text, text)
        ]
        assert (back.removals, back.exit_code) == ([], 0)
        assert crawled_site.run("sections=politics", "mode=refresh").articles == []


def test_an_article_that_moved_is_not_gone_with_its_old_address(crawled_site: CrawledSite) -> None:
    index = crawled_site.plain_posts()[0]
    old, new = crawled_site.testsite.path(index), f"{crawled_site.testsite.path(index)}-moved"
    page = crawled_site.testsite.page(index, crawled_site.url.rstrip("/")).replace(old, new)
    urls = f"urls={crawled_site.url.rstrip('/')}{old},{crawled_site.url.rstrip('/')}{new}"
    crawled_site.run(urls.partition(",")[0])
    crawled_site.faults |= {old: Reply(404, b""), new: Reply(200, page.encode())}
    crawled_site.run(urls, "mode=refresh")  # its removal is seen before or after its new address
    for _ in range(2):
        done = crawled_site.run(urls, "mode=refresh")
        assert (done.articles, done.removals) == ([], [])
    crawled_site.faults[new] = Reply(410, b"")
    assert [removal["id"] for removal in crawled_site.run(urls, "mode=refresh").removals] == [crawled_site.id(index)]


def test_full_fetches_all_and_writes_what_changed(crawled_site: CrawledSite) -> None:
    first = crawled_site.run("sections=politics,opinion")
    edited = next(i for i in crawled_site.plain_posts() if listed_in("Politics")(crawled_site.testsite.answer(i)))
    crawled_site.testsite.edit(edited, "title")
    full = crawled_site.run("sections=politics,opinion", "mode=full")
    assert sorted(full.paths) == sorted(first.paths)
    assert not any(arrival.conditional for arrival in full.log)
    assert [(r["id"], r["revision"]) for r in full.articles] == [(crawled_site.id(edited), 2)]
    assert crawled_site.run("sections=politics,opinion", "mode=full").articles == []


def test_another_reading_of_the_same_page_is_no_revision(crawled_site: CrawledSite) -> None:
    crawled_site.run("sections=politics")
    here = [i for i in crawled_site.plain_posts() if listed_in("Politics")(crawled_site.testsite.answer(i))]
    changed, edited = here[2], here[4]
    with closing(sqlite3.connect(crawled_site.data / "state.sqlite")) as db, db:
        # As if an earlier version read other texts from the pages.
        for index in (changed, edited):
            (parts,) = db.execute("SELECT parts FROM posts WHERE id = ?", (crawled_site.id(index),)).fetchone()
            db.execute(
                "UPDATE posts SET crawler = 'mayadeen/0.0.1', hash = 'sha256:' || hex(zeroblob(32)), parts = ? "
                "WHERE id = ?",
                (re.sub(r'^\[\["[0-9a-f]+"', '[["0"', parts), crawled_site.id(index)),
            )
    crawled_site.testsite.edit(edited, "body")  # a change of the site too, shown by its own date
    full = crawled_site.run("sections=politics", "mode=full")
    assert [(r["id"], r["revision"]) for r in full.articles] == [(crawled_site.id(edited), 2)]
    assert "1 difference not treated as changes of the site" in full.last_line
    assert crawled_site.run("sections=politics", "mode=full").articles == []


# --- pages that give no record -------------------------------------------------------------------------------------


def test_rejects_are_tried_three_times_more_and_failures_until_they_answer(site: Site, tmp_path: Path) -> None:
    site.front(Politics="/news/politics")
    bad, repaired, down = (f"/news/politics/{name}" for name in ("bad", "repaired", "down"))
    for number, path in enumerate((bad, repaired, down), 1):
        site.article(path, number)
    good = dict(site.pages)
    for path in (bad, repaired):
        site.pages[path] = Answer(re.sub(r"<section.*</section>", "", str(good[path].body)))
    site.pages[down] = Answer("", 500)
    site.listing("/news/politics", [bad, repaired, down])
    crawls = Crawls(site.url, tmp_path / "data", site.requests)
    found = []
    for number in range(1, 7):
        if number == 3:
            site.pages[repaired] = good[repaired]
        if number == 6:
            site.pages[down] = good[down]
        ran = crawls.run()
        asked = {path for path in (bad, repaired, down) if path in ran.log}
        found.append((asked, ran.ids, len(ran.records.get("rejects", [])), ran.skipped["given_up"], ran.exit_code))
    assert found == [
        ({bad, repaired, down}, [], 2, 0, 3),
        ({bad, repaired, down}, [], 2, 0, 3),
        ({bad, repaired, down}, ["en:2"], 1, 0, 3),
        ({bad, down}, [], 1, 0, 3),
        ({down}, [], 0, 1, 3),
        ({down}, ["en:3"], 0, 1, 0),
    ]


# --- cut short and resumed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spider", "arguments", "wanted", "at"),
    [
        ("articles", [], is_text, 50),
        ("articles", ["tags=Red Sea"], listed_in("Red Sea", kind="tag"), 7),
        ("authors", ["authors=Peter Lindqvist"], listed_in("Peter Lindqvist", kind="author"), 10),
        ("archive", [], lambda answer: True, 60),
        ("media", ["render=never"], listed_in(*MEDIA), 14),
        ("articles", ["mode=full"], is_text, 50),
    ],
    ids=["all", "tags", "authors", "archive", "media", "full"],
)
def test_what_was_killed_is_gone_on_with(
    crawled_site: CrawledSite, spider: str, arguments: list[str], wanted: BuildOptions, at: int
) -> None:
    killed = crawled_site.run(*arguments, spider=spider, at_request=at)
    assert killed.exit_code == -9
    rest = crawled_site.run(*arguments, spider=spider)
    assert rest.exit_code == 0, rest.last_line
    assert "Resuming the run" in rest.stderr
    assert sorted(record["id"] for record in crawled_site.written()) == crawled_site.ids(wanted)
    pages = {unquote(a["record"]["canonical_url"].split("/", 3)[3]) for a in crawled_site.testsite.answers()}
    twice = [path for path in killed.paths if path in rest.paths and unquote(path)[1:] in pages]
    assert len(twice) <= 2 * SLOTS  # on their way, and arrived
    assert crawled_site.run(*arguments, spider=spider).articles == []


def test_a_refresh_that_was_killed_is_gone_on_with(crawled_site: CrawledSite) -> None:
    crawled_site.run()
    posts = crawled_site.plain_posts()
    edited = [posts[1], posts[20], posts[-1]]
    for index in edited:
        crawled_site.testsite.edit(index, "title")
    killed = crawled_site.run("mode=refresh", at_request=45)
    assert killed.exit_code == -9
    rest = crawled_site.run("mode=refresh")
    assert rest.exit_code == 0, rest.last_line
    versions = [(r["id"], r["revision"]) for r in crawled_site.written() if r["revision"] > 1]
    assert sorted(versions) == sorted((crawled_site.id(index), 2) for index in edited)
    both = [
        {arrival.path for arrival in ran.log if arrival.conditional and arrival.status in (200, 304)}
        for ran in (killed, rest)
    ]
    assert len(both[0] & both[1]) <= 2 * SLOTS
    assert len(both[0] | both[1]) >= len(crawled_site.ids()) - 2


@pytest.mark.skipif(not os.access(CHROMIUM, os.X_OK), reason=f"no {CHROMIUM}: apt-get install chromium")
def test_a_listing_in_the_browser_is_gone_on_with(tmp_path: Path) -> None:
    with published(tmp_path / "data", posts=150, seed=3) as crawled_site:
        wanted = listed_in("Palestine", kind="region")
        expected = crawled_site.ids(wanted)
        killed = crawled_site.run("regions=palestine", at_request=len(expected) - 3)
        assert killed.exit_code == -9
        crawled_site.testsite.publish(20)
        rest = crawled_site.run("regions=palestine")
        assert rest.exit_code == 0, rest.last_line
        assert "Resuming the run" in rest.stderr
        assert sorted(record["id"] for record in crawled_site.written()) == crawled_site.ids(wanted)
        assert len(rest.log) < len(killed.log) + 15  # not from the start: little of it is fetched again
        after = crawled_site.run("regions=palestine")
        assert (after.articles, len(after.log)) == ([], 3)  # and no browser


def test_given_addresses_and_ctrl_c(crawled_site: CrawledSite) -> None:
    wanted = crawled_site.plain_posts()[:12]
    given = "urls=" + ",".join(crawled_site.testsite.answer(index)["record"]["canonical_url"] for index in wanted)
    stopped = crawled_site.run(given, at_request=6, by=signal.SIGINT)
    assert stopped.exit_code == 3
    assert "interrupted. Run it again to get the rest" in stopped.last_line
    assert 0 < len(stopped.articles) < 12
    other = crawled_site.run("sections=blog")
    assert f"interrupted and not resumed yet: `scrapy crawl articles -a {given[:20]}" in other.last_line.replace(
        "'", ""
    )
    rest = crawled_site.run(given)
    assert rest.exit_code == 0, rest.last_line
    assert len(rest.log) <= 12 - len(stopped.articles) + 1
    ids = [record["id"] for record in crawled_site.written()]
    assert len(set(ids)) == len(ids)
    assert {crawled_site.id(index) for index in wanted} <= set(ids)


def test_the_limit_holds_over_a_crawl_that_was_cut_short(crawled_site: CrawledSite) -> None:
    cut = crawled_site.run("limit=20", at_request=18)
    assert cut.exit_code == -signal.SIGKILL
    again = crawled_site.run("limit=20")
    assert again.exit_code == 0, again.stderr
    written = [path.read_bytes().count(b"\n") for path in (crawled_site.data / "articles").glob("*.jsonl")]
    assert sum(written) == 20
    assert len(written) == 2
    assert 0 < len(again.articles) < 20
