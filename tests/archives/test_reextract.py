"""Records made again from kept pages after a fix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mayadeen.commands.reextract import lines, reextract
from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.inputs import find
from mayadeen.extraction.article import ArticlePage
from mayadeen.extraction.dates import utc_string
from mayadeen.pipelines.identify import parts_of
from mayadeen.storage.drift_history import FILLED, Reading
from mayadeen.storage.state import State
from tests.support.crawl_runner import Crawl, Run
from tests.support.preloaded import scrapy
from testsite import Server, SyntheticSite

pytestmark = pytest.mark.process
KEEP = ("-s", "MAYADEEN_WARC=True")
FOLLOWS = {"summary", "content_hash", "provenance", "previous_hash"}
"""What follows from another summary."""
START = datetime(2030, 1, 1, tzinfo=UTC)


@contextmanager
def no_summary() -> Iterator[None]:
    """The code as it was before a fix: no source has the summary."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ArticlePage, "summary", lambda self: iter(()))
        yield


def again(
    data: Path, hour: int, since: str | None = None, *, dry_run: bool = False, accepted: tuple[str, ...] = ()
) -> dict[str, Any]:
    return reextract(data, START + timedelta(hours=hour), since, dry_run=dry_run, accepted=accepted)


ACCEPTED = ("summary",)
"""The field that ``no_summary`` may empty."""


def corrections(data: Path) -> list[dict[str, Any]]:
    return Run(0, "", "", data).lines("corrections")


def dataset(data: Path, out: Path) -> dict[str, dict[str, Any]]:
    build(find(data, []), out, BuildOptions(formats=("jsonl",)))
    lines = [line for path in (out / "data").glob("*.jsonl") for line in path.read_text().splitlines()]
    return {record["id"]: record for record in map(json.loads, lines)}


def test_only_what_a_fix_changes_is_corrected_and_the_next_crawl_writes_nothing(crawl: Crawl, tmp_path: Path) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP)
        data, feed = run.data, {record["id"]: record for record in run.records}
        assert again(data, 0)["counts"] == {"no_page": 0, "unchanged": len(feed)}
        assert corrections(data) == []
        with no_summary():
            dry = again(data, 1, dry_run=True, accepted=ACCEPTED)
            assert corrections(data) == []
            report = again(data, 1, accepted=ACCEPTED)
        assert dry["counts"] == report["counts"]
        with_summary = {id for id, record in feed.items() if record["summary"]}
        broken = {record["id"]: record for record in corrections(data)}
        assert set(broken) == with_summary
        assert set(report["fields"]) <= FOLLOWS
        assert report["fields"]["summary"]["emptied"] == len(with_summary)
        for id, record in broken.items():
            assert {n for n, value in record.items() if value != feed[id][n]} <= {*FOLLOWS, "extracted_at"}
            assert record["extracted_at"] == "2030-01-01T01:00:00Z"
        assert all(r["summary"] is None for id, r in dataset(data, tmp_path / "a").items() if id in with_summary)
        assert again(data, 2)["fields"]["summary"]["filled"] == len(with_summary)
        assert again(data, 3)["counts"] == {"no_page": 0, "unchanged": len(feed)}
        built = dataset(data, tmp_path / "b")
        assert {id: built[id]["summary"] for id in feed} == {id: record["summary"] for id, record in feed.items()}
        before = run.records
        refreshed = crawl(server.url, "-a", "mode=refresh")
        assert refreshed.exit_code == 0, refreshed.stderr
        assert refreshed.records == before


@pytest.mark.soak
def test_pages_of_authors_are_counted_and_the_next_crawl_corrects_the_profiles(crawl: Crawl) -> None:
    def profiles() -> list[dict[str, Any]]:
        return Run(0, "", "", run.data).lines("authors")

    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP, spider="authors")
        known = profiles()
        assert known
        assert again(run.data, 0)["counts"]["author_not_read"] == len(known)
        assert profiles() == known
        state = State.open(run.data)
        post = state.posts.get(f"author:{known[0]['id']}")
        assert post is not None
        post.hash = "of the reading before a fix"
        state.posts.put(post, ())
        state.close()
        crawl(server.url, spider="authors")
    assert [record["id"] for record in profiles()[len(known) :]] == [known[0]["id"]]


def test_an_edit_that_a_broken_field_hid_becomes_a_revision_of_its_own_time(crawl: Crawl, tmp_path: Path) -> None:
    site = SyntheticSite(posts=60, seed=6)
    with Server(site) as server:
        first = crawl(server.url, *KEEP)
        ids = {record["id"] for record in first.records}
        with no_summary():
            again(first.data, 0, accepted=ACCEPTED)
        edited = next(n for n in range(60) if site.answer(n)["record"] and site.answer(n)["record"]["summary"] and site.answer(n)["record"]["id"] in ids)  # fmt: skip
        id = site.answer(edited)["record"]["id"]
        while utc_string(datetime.now(UTC)) <= max(record["fetched_at"] for record in first.records):
            pass  # two visits within a second have one time
        site.edit(edited, "summary")
        crawl(server.url, *KEEP, "-a", "mode=refresh")
    again(first.data, 1)
    versions = [r for r in Run(0, "", "", first.data).records if r["id"] == id]
    assert [r["revision"] for r in versions] == [1, 2]
    assert versions[1]["fetched_at"] >= versions[0]["fetched_at"]
    assert again(first.data, 2)["counts"].keys() <= {"no_page", "unchanged"}


def test_code_that_reads_less_corrects_nothing_and_makes_no_revision(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP)
        before = run.records
        state = State.open(run.data)
        for record in before:  # the next visit gets the page, and no 304
            post = state.posts.get(record["id"])
            assert post is not None
            state.posts.put(replace(post, etag=None, last_modified=None), ())
        state.close()
        crawl(server.url, *KEEP, "-a", "mode=refresh")
    with_summary = [record for record in before if record["summary"]]
    with no_summary():
        report = again(run.data, 0)
    assert (run.records, corrections(run.data)) == (before, [])
    assert report["counts"]["not_revised"] >= len(with_summary)
    assert [*report["reads_less"]] == ["summary"]
    (line,) = (line for line in lines(report) if "--accept" in line)
    assert line.startswith(f"  summary: {report['reads_less']['summary']} records not corrected")
    state = State.open(run.data)
    post = state.posts.get(with_summary[0]["id"])
    state.close()
    assert post is not None
    assert post.hash == with_summary[0]["content_hash"]
    assert post.parts == parts_of(with_summary[0])


def test_a_drift_alert_ends_when_the_pages_of_its_run_read_well_again(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP)
    state = State.open(run.data)
    readings = [Reading("news", "politics", "2025-11-20T00:00:00Z", {"title": [60, 15]})] * 20
    alarm = {"field": "summary", "since": "x"}
    state.drift.replace("en", 1, readings, ())
    state.drift.save("en", 1, (), doubted=[("summary", FILLED)], lost={("summary", FILLED)}, alarms=[alarm])
    state.close()
    dry = again(run.data, 0, dry_run=True)
    assert lines(dry)[-1] == "  drift alerts that would end: summary"
    state = State.open(run.data)
    assert [found["field"] for found in state.drift.alarms("en")] == ["summary"]
    state.close()
    report = again(run.data, 0)
    assert lines(report)[-1] == "  drift alerts ended: summary"
    assert report["alerts_ended"] == dry["alerts_ended"] == ["summary"]
    state = State.open(run.data)
    assert state.drift.alarms("en") == []
    assert any(reading.fields.get("summary") for reading in state.drift.readings("en"))
    state.close()


def test_an_alert_stays_if_too_few_pages_of_its_run_are_kept_to_judge_it(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP, "-a", "limit=1")
    state = State.open(run.data)
    readings = [Reading("news", "politics", "2025-11-20T00:00:00Z", {"title": [60, 15]})] * 20
    state.drift.replace("en", 1, readings, ())
    alarm = {"field": "summary", "since": "x"}
    state.drift.save("en", 1, (), doubted=[("summary", FILLED)], lost={("summary", FILLED)}, alarms=[alarm])
    state.close()
    for hour in range(2):
        assert again(run.data, hour)["alerts_ended"] == []


def test_records_without_a_kept_page_are_left_as_they_are(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        first = crawl(server.url, "-a", "sections=politics")
        without = {r["id"] for r in first.records}
        crawl(server.url, *KEEP)
    with no_summary():
        report = again(first.data, 0, accepted=ACCEPTED)
    assert report["counts"]["no_page"] == len(without)
    assert not without & {r["id"] for r in corrections(first.data)}


def test_the_command_reports_and_refuses_in_one_line(crawl: Crawl, tmp_path: Path) -> None:
    def command(*args: str) -> tuple[int, str, str]:
        done = scrapy("reextract", "-s", f"MAYADEEN_DATA_DIR={tmp_path / 'data'}", *args)
        return done.returncode, done.stdout, done.stderr

    status, out, error = command()
    assert (status, out, error.count("\n")) == (1, "", 1)
    with Server(SyntheticSite(posts=60, seed=6)) as server:
        run = crawl(server.url, *KEEP, "-a", "limit=5")
    with no_summary():
        before = datetime(2026, 1, 1, tzinfo=UTC)  # the command has a clock of its own
        reextract(run.data, before, None, dry_run=False, accepted=ACCEPTED)
    changed = len(corrections(run.data))
    assert command("--since", "yesterdayish")[0] == 1
    status, out, error = command("--accept", "summery")
    assert (status, out) == (2, "")
    assert '--accept: "summery" is not a field that is read from a page. Use post_id, ' in error
    status, out, error = command("--dry-run")
    assert (status, error) == (0, "")
    assert f"corrected {changed}" in out
    assert f"summary: {changed} changed, {changed} of them filled, 0 emptied" in out
    assert command("--since", "2099-01-01")[1].startswith("reextract: no_page 0")
    assert command()[1] == out.replace(" (dry run)", "")
    assert "unchanged 5" in command()[1]
    runs = scrapy("runs", "-s", f"MAYADEEN_DATA_DIR={run.data}").stdout
    assert f": reextract: {changed} corrections\n" in runs
    state = State.open(run.data)
    assert state.outbox.incomplete_runs() == []
    assert state.runs.unfinished() == []
    state.close()
