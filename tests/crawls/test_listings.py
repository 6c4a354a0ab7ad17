"""Whole crawls of every sort of listing: each yields exactly the posts it should, every one once, as answered."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.crawl_runner import Crawl, Run
from tests.support.site import Answer, Site
from testsite import Server, SyntheticSite

FAST = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")


def listed(testsite: SyntheticSite, **labels: set[str] | None) -> dict[str, dict[str, Any]]:
    """Return the records that the addresses in the listings serve, by id. ``None`` means every listing of a kind.

    An address that two posts share serves the newer post, even if the older one is listed.
    """
    answers = list(testsite.answers())
    addresses = {
        answer["record"]["canonical_url"]
        for answer in answers
        if any(e["kind"] in labels and (labels[e["kind"]] or {e["label"]}) >= {e["label"]} for e in answer["listings"])
    }
    records = [answer["record"] for answer in answers if answer["reachable"]]
    return {record["id"]: record for record in records if record["canonical_url"] in addresses}


def check(run: Run, want: dict[str, dict[str, Any]], wanted_kinds: set[str]) -> None:
    """Exactly these posts, each once, their fields as answered."""
    got = run.records
    ids = [record["id"] for record in got]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(want)
    for record in got:
        assert record["discovered_via"]["kind"] in wanted_kinds
        assert record["discovered_via"]["position"] >= 1
        for field, value in want[record["id"]].items():
            if field not in ("shares", "provenance"):
                assert record[field] == value, (record["url"], field)


def fetched_once(server: Server) -> None:
    paths = [arrival.path for arrival in server.log]
    assert sorted(paths) == sorted(set(paths))


NAMES = {
    "en": ("Gaza", "Rana Abboud", "The Long Truce"),
    "ar": ("غزة", "رنا عبود", "ملفات المرفأ"),
    "es": ("Líbano", "Elena Márquez", "Camino a las urnas"),
}


@pytest.mark.parametrize("addresses", ["plain", "dated", "short"])
@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_each_and_all_together(crawl: Crawl, edition: str, addresses: str) -> None:
    testsite = SyntheticSite(posts=120, seed=11, edition=edition, addresses=addresses)
    tag, author, story = NAMES[edition]
    asked = {"tags": ("tag", tag), "authors": ("author", author), "coverage": ("coverage", story)}
    runs = [{argument: (kind, name)} for argument, (kind, name) in asked.items()] if addresses == "plain" else []
    for listings in [*runs, asked]:
        with Server(testsite) as server:
            given = [part for argument, (_, name) in listings.items() for part in ("-a", f"{argument}={name}")]
            run = crawl(server.url, "-a", f"edition={edition}", *given, *FAST)
            fetched_once(server)
        assert run.exit_code == 0, run.stderr[-3000:]
        want = listed(testsite, **{kind: {name} for kind, name in listings.values()})
        assert want
        check(run, want, {kind for kind, _ in listings.values()})
        shutil.rmtree(run.data)


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_authors_and_their_profiles(crawl: Crawl, tmp_path: Path, edition: str) -> None:
    testsite = SyntheticSite(posts=80, seed=6, edition=edition)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", f"edition={edition}", "-O", str(tmp_path / "copy.jsonl"), *FAST, spider="authors")
        fetched_once(server)
    assert run.exit_code == 0, run.stderr[-3000:]
    check(run, listed(testsite, author=None), {"author"})
    profiles = run.lines("authors")
    wanted = {profile["canonical_url"]: profile for profile in testsite.profiles()}
    assert {profile["canonical_url"] for profile in profiles} == set(wanted)
    for profile in profiles:
        for field, value in wanted[profile["canonical_url"]].items():
            assert profile[field] == value, (profile["name"], field)
    assert (tmp_path / "copy.jsonl").read_text(encoding="utf-8").count("\n") == len(profiles)
    assert f"authors: done: {len(profiles)} author profiles → " in run.last_line


def test_one_author_of_the_spider_of_authors(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=80, seed=6, addresses="short")
    with Server(testsite) as server:
        run = crawl(server.url, "-a", "authors=yara-tannous", "-a", "limit=1", spider="authors")
    assert run.exit_code == 0, run.stderr[-3000:]
    assert [profile["name"] for profile in run.lines("authors")] == ["Yara Tannous"]
    assert len(run.records) == 1


@pytest.mark.parametrize("edition", ["en", "es"])
def test_all_tags_of_the_articles_walked(crawl: Crawl, edition: str) -> None:
    testsite = SyntheticSite(posts=80, seed=2, edition=edition)
    section = {"en": "Sports", "es": "Deportes"}[edition]
    with Server(testsite) as server:
        run = crawl(
            server.url, "-a", f"edition={edition}", "-a", f"sections={section}", *FAST, "-s", "LOG_LEVEL=WARNING",
            spider="tags",
        )  # fmt: skip
        fetched_once(server)
    assert run.exit_code == 0, run.stderr[-3000:]
    # Every article brings its own tags, so that the walk spreads from the section to all that tags join.
    want = listed(testsite, section={section})
    while True:
        tags = {tag["name"] for record in want.values() for tag in record["tags"]}
        more = {**want, **listed(testsite, tag=tags)}
        if len(more) == len(want):
            break
        want = more
    check(run, want, {"section", "tag"})


@pytest.mark.parametrize("edition", ["en", "ar", "es"])
def test_media(crawl: Crawl, edition: str) -> None:
    testsite = SyntheticSite(posts=200, seed=9, edition=edition)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", f"edition={edition}", *FAST, spider="media")
    assert run.exit_code == 0, run.stderr[-3000:]
    kinds = {"video", "infograph", "gallery"}
    assert {record["kind"] for record in run.records} == kinds
    want = {
        answer["record"]["id"]: answer["record"]
        for answer in testsite.answers()
        if answer["record"]["kind"] in kinds and answer["reachable"]
    }
    check(run, want, {"section"})
    frames = [image for record in run.records for image in record["images"] if image["role"] == "gallery"]
    assert len(frames) >= 8
    assert all(frame["caption"] for frame in frames)


def test_a_coverage_page_is_a_post_of_its_own(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=1)) as server:
        run = crawl(server.url, "-a", f"urls={server.url}coverage/the-long-truce,{server.url}authors/rana-abboud")
    assert run.exit_code == 0, run.stderr[-3000:]
    (record,) = run.records
    assert (record["kind"], record["title"], record["body"]) == ("coverage", "The Long Truce", None)
    assert run.skipped == {"profile": 1}


def test_headlines_of_two_runs_can_be_compared(crawl: Crawl) -> None:
    for edition in ("en", "ar", "es"):
        testsite = SyntheticSite(posts=80, seed=3, edition=edition)
        with Server(testsite) as server:
            fetches = []
            for _ in range(2):
                run = crawl(server.url, "-a", f"edition={edition}", spider="headlines")
                assert run.exit_code == 0, run.stderr[-3000:]
                fetches.append(len(server.log))
            assert [arrival.path for arrival in server.log] == ["/robots.txt", "/"] * 2
        files = sorted((run.data / "headlines").glob("*.jsonl"))
        for fetch, file in zip(fetches, files, strict=True):
            seen = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
            assert len({line["seen_at"] for line in seen}) == 1
            assert [{k: line[k] for k in ("kind", "rank", "text", "url")} for line in seen] == testsite.headlines(fetch)
        assert f"headlines: done: {len(seen)} headlines → " in run.last_line
        for file in files:
            file.unlink()


def test_a_front_page_without_headlines(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    run = crawl(site.url, spider="headlines")
    assert run.exit_code == 3
    assert "shows no headline: has the layout changed?" in run.last_line
    site.pages["/"] = Answer("", 500)
    assert "HTTP status 500" in crawl(site.url, spider="headlines").last_line


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("tags=Gazza", 'articles: tags: "Gazza" was not found on the site. Use Gaza, or one of '),
        ("authors=Rana Aboud", "was not found on the site. Use Rana Abboud, or one of "),
        ("coverage=The Long Truth", "was not found on the site. Use The Long Truce, or one of "),
    ],
)  # fmt: skip
def test_a_wrong_name_gets_the_nearest_ones(crawl: Crawl, argument: str, line: str) -> None:
    with Server(SyntheticSite(posts=60, seed=1)) as server:
        run = crawl(server.url, "-a", argument)
        fetched = len(server.log)
    assert run.exit_code == 1
    assert line in run.last_line
    assert "Traceback" not in run.stderr
    assert fetched <= 75
    assert {path.parent.name for path in run.data.glob("*/*")} == {"metrics", "reports"}


def test_a_wrong_name_among_others_ends_short(crawl: Crawl) -> None:
    testsite = SyntheticSite(posts=60, seed=1)
    with Server(testsite) as server:
        run = crawl(server.url, "-a", "tags=Gazza,Gaza,Zzyzx", *FAST)
    assert run.exit_code == 3
    assert "tag 'Gazza' was not found on the site (nearest: Gaza) · " in run.last_line
    assert "tag 'Zzyzx' was not found on the site (none like it is known) · " in run.last_line
    check(run, listed(testsite, tag={"Gaza"}), {"tag"})


def tag_page(site: Site, path: str, label: str, articles: list[str]) -> None:
    site.listing(path, articles)
    site.pages[path].body = str(site.pages[path].body).replace("<h1>Listing</h1>", f"<h1>{label}</h1>")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Côte d'Ivoire", "/t/c%C3%B4te-d-ivoire"), ("cote-d-ivoire", "/t/cote-d-ivoire"), ("US & Canada", "/t/us-canada"),
    ],
)  # fmt: skip
def test_an_address_is_made_like_those_that_are_known(crawl: Crawl, site: Site, name: str, path: str) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", ["/news/politics/a-1"])
    site.article("/news/politics/a-1", 1)
    body = str(site.pages["/news/politics/a-1"].body)
    site.pages["/news/politics/a-1"].body = body.replace(
        "</section>", "</section><ul class='tags'><li><a href='/t/gaza'>Gaza</a></li></ul>"
    )
    tag_page(site, path, name, ["/news/politics/b-2"])
    site.article("/news/politics/b-2", 2)
    run = crawl(site.url, "-a", f"tags={name}")
    assert run.exit_code == 0, run.stderr[-3000:]
    assert [record["id"] for record in run.records] == ["en:2"]
    assert run.records[0]["discovered_via"] == {"kind": "tag", "url": f"{site.url}{path}", "position": 1}


def test_a_page_that_answers_every_address_is_not_a_listing(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    front = str(site.pages["/"].body)
    site.pages["/"].body = front.replace("</main>", "<p class='tags'><a href='/t/gaza'>Gaza</a></p></main>")
    tag_page(site, "/t/lebanon", "Latest stories", ["/news/politics/a-1"])
    run = crawl(site.url, "-a", "tags=Lebanon")
    assert run.exit_code == 1
    assert run.last_line.endswith("was not found on the site. Use one of Gaza.")
    site.pages["/t/lebanon"] = Answer(status=302, location="/")
    assert crawl(site.url, "-a", "tags=Lebanon").exit_code == 1


def test_without_an_authors_page_bylines_are_followed(crawl: Crawl, site: Site) -> None:
    site.front(Politics="/news/politics")
    site.listing("/news/politics", ["/news/politics/a-1"])
    site.article("/news/politics/a-1", 1)
    body = str(site.pages["/news/politics/a-1"].body)
    site.pages["/news/politics/a-1"].body = body.replace(
        "</h1>", "</h1><p>By <a href='/people/7/a-writer'>A. Writer</a></p>"
    )
    tag_page(site, "/people/7/a-writer", "A. Writer", ["/news/politics/a-1", "/news/politics/b-2"])
    site.article("/news/politics/b-2", 2)
    run = crawl(site.url, spider="authors")
    assert run.exit_code == 0, run.stderr[-3000:]
    assert [profile["name"] for profile in run.lines("authors")] == ["A. Writer"]
    assert sorted(record["id"] for record in run.records) == ["en:1", "en:2"]
    assert "No page lists all authors" in run.stderr


def test_profiles_as_csv(crawl: Crawl, tmp_path: Path) -> None:
    with Server(SyntheticSite(posts=50, seed=1)) as server:
        crawl(server.url, "-a", "authors=Rana Abboud", "-O", str(tmp_path / "copy.csv"), spider="authors")
    head, row = (tmp_path / "copy.csv").read_text(encoding="utf-8").splitlines()
    assert head.startswith("schema_version,crawler,id,post_id,edition,url,canonical_url,name,bio,portrait,links,")
    assert "Rana Abboud" in row
