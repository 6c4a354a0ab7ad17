"""Disks that fill, files that break, runs that meet on one data folder."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import Settings

from mayadeen import settings
from mayadeen.crawling.arguments import BadArgument, lock_wait
from mayadeen.storage.database import FILE
from tests.support.crawl_runner import CrawlRunner, Run
from testsite import Server, SyntheticSite


def with_trouble(**classes: int) -> tuple[str, str]:
    """The option that adds extensions of ``trouble``: 505 is just before the end is noted, 515 before the report."""
    own = {f"tests.support.trouble.{name}": order for name, order in classes.items()}
    return "-s", f"EXTENSIONS={json.dumps({**settings.EXTENSIONS, **own})}"


def crawls_of(url: str, data: Path) -> CrawlRunner:
    return CrawlRunner(url, data, CONCURRENT_REQUESTS_PER_DOMAIN=4)


class Gate:
    """Holds the testsite's answers back from its n-th request on, until it is opened."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, number: int, path: str) -> None:
        if number >= self.at:
            self.reached.set()
            assert self.opened.wait(300)


def whole(testsite: SyntheticSite, data: Path) -> None:
    """Every article is there once, in both forms, and nothing else."""
    kinds = {"news", "opinion", "analysis", "blog", "feature"}
    expected = {a["record"]["id"] for a in testsite.answers() if a["reachable"] and a["record"]["kind"] in kinds}
    run = Run(0, "", "", data)
    ids = [record["id"] for record in run.records]
    assert len(ids) == len(set(ids))
    assert set(ids) == expected
    assert [row["id"] for row in run.rows] == ids


def refused(run: Run) -> None:
    """One line, exit 1, nothing that only programmers read."""
    assert run.exit_code == 1, run.stderr
    assert "Traceback" not in run.stderr, run.stderr


# --- a disk that fills ------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill_and_go_on(testsite: SyntheticSite, data: Path, moment: str, ballast: Path | None) -> None:
    with Server(testsite) as server:
        crawls = crawls_of(server.url, data)
        more = {"BALLAST": str(ballast)} if ballast else {}
        run = crawls.run(*with_trouble(Full=505, FullLate=515), environment={"TROUBLE": moment, **more})
        refused(run)
        if moment == "report":
            assert "the report could not be written" in run.last_line
            assert "All else is written: done: " in run.last_line
        else:
            assert run.last_line.startswith(f"articles: nothing more can be written in {data} (")
            assert "Free space" in run.last_line
        if moment == "start":
            assert server.log == []
        if ballast:
            ballast.unlink()
        before = len(server.log)
        run = crawls.run()
        assert run.exit_code == 0, run.stderr
        if moment in ("close", "report"):
            assert not [e for e in server.log[before:] if e.path.count("/") > 2], "what is safe is not fetched again"
        whole(testsite, data)


@pytest.mark.parametrize("moment", ["start", "listing", "fetching", "close", "report"])
def test_a_file_that_may_not_grow(tmp_path: Path, moment: str) -> None:
    fill_and_go_on(SyntheticSite(posts=100, seed=5), tmp_path / "data", moment, None)


@pytest.mark.parametrize("moment", ["start", "listing", "fetching", "close", "report"])
def test_a_disk_that_fills(small_disk: Path, moment: str) -> None:
    fill_and_go_on(SyntheticSite(posts=100, seed=5), small_disk / "data", moment, small_disk / "ballast")


# --- a state that cannot be used --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda path: path.unlink(), f"has articles but no {FILE}"),
        (lambda path: path.write_bytes(b"not ours" * 1000), "is damaged (it is not an SQLite file)"),
        (lambda path: os.truncate(path, 8192), "is damaged (it is cut short)"),
    ],
    ids=["missing", "no database", "cut short"],
)
def test_a_state_that_cannot_be_used_is_refused_before_anything_is_asked_for(
    tmp_path: Path, spoil: object, line: str
) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    with Server(testsite) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        assert crawls.run().exit_code == 0
        before = len(server.log)
        path = crawls.data / FILE
        spoil(path)  # type: ignore[operator]
        copy = tmp_path / "copy.jsonl"
        copy.write_text("kept\n", encoding="utf-8")
        files = {p: p.read_bytes() for p in crawls.data.rglob("*") if p.is_file()}
        run = crawls.run("-O", str(copy))
        refused(run)
        assert line in run.last_line
        assert "scrapy rebuild" in run.last_line
        assert len(server.log) == before
        left = {p: p.read_bytes() for p in crawls.data.rglob("*") if p.is_file() and p.parent.name != "metrics"}
        (report, page) = sorted((p for p in left.keys() - files.keys()), key=lambda p: p.suffix, reverse=True)
        assert (page.parent.name, page.suffix, report.suffix) == ("reports", ".html", ".json")
        assert json.loads(left.pop(report))["finish_reason"] == "state_error"
        own = {page, crawls.data / "reports" / "index.html"}
        assert {p: text for p, text in left.items() if p not in own} == {
            p: text for p, text in files.items() if p not in own and p.parent.name != "metrics"
        }
        assert copy.read_text(encoding="utf-8") == "kept\n"


@pytest.mark.parametrize("moment", ["listing", "fetching", "close"])
def test_damage_that_is_found_on_the_way_ends_the_run(tmp_path: Path, moment: str) -> None:
    testsite = SyntheticSite(posts=100, seed=5)
    with Server(testsite) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        run = crawls.run(*with_trouble(Damage=505), environment={"TROUBLE": moment})
        refused(run)
        assert f"{FILE} is damaged (" in run.last_line
        before = len(server.log)
        refused(crawls.run())
        assert len(server.log) == before


# --- runs that meet ---------------------------------------------------------------------------------------------------


def test_a_second_run_on_the_folder_says_who_has_it_and_leaves_all_as_it_is(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    gate = Gate(4)
    copy = tmp_path / "copy.jsonl"
    with Server(testsite, on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started("-O", str(copy)) as first:
            assert gate.reached.wait(300)
            asked = len(server.log)
            run = crawls.run("-O", str(copy), spider="tags")
            refused(run)
            assert run.last_line.startswith(f"tags: {crawls.data} is in use by articles (process {first.pid}, since 2")
            assert "MAYADEEN_LOCK_WAIT" in run.last_line
            assert len(server.log) == asked
            run = crawls.run("-s", "MAYADEEN_LOCK_WAIT=1")
            refused(run)
            assert ": up to 1 s" in run.stderr
            assert len(server.log) == asked
            gate.opened.set()
            assert crawls.finished(first).exit_code == 0
        whole(testsite, crawls.data)
        assert len(copy.read_text(encoding="utf-8").splitlines()) == len(Run(0, "", "", crawls.data).records)


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "", None])
def test_a_time_to_wait_that_is_none_is_refused(value: str | None) -> None:
    with pytest.raises(BadArgument, match=r"^MAYADEEN_LOCK_WAIT: .* is not a number of seconds ≥ 0\."):
        lock_wait(Settings({"MAYADEEN_LOCK_WAIT": value}))


def test_a_run_waits_for_the_folder_and_goes_on(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    gate = Gate(4)
    with Server(testsite, on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            with crawls.started("-s", "MAYADEEN_LOCK_WAIT=280") as second:
                assert second.stderr is not None
                log = ""
                for line in second.stderr:
                    log += line
                    if ": up to 280 s" in line:
                        break
                gate.opened.set()
                assert crawls.finished(first).exit_code == 0
                run = crawls.finished(second, log)
        assert run.exit_code == 0, run.stderr
        assert "nothing new" in run.last_line
        whole(testsite, crawls.data)


def test_a_run_that_waits_can_be_stopped(tmp_path: Path) -> None:
    gate = Gate(1)
    with Server(SyntheticSite(posts=60, seed=6), on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            with crawls.started("-s", "MAYADEEN_LOCK_WAIT=280") as second:
                assert second.stderr is not None
                next(line for line in second.stderr if ": up to 280 s" in line)
                second.send_signal(signal.SIGINT)
                run = crawls.finished(second)
            assert run.exit_code == 3, run.stderr
            assert "Traceback" not in run.stderr
            assert first.poll() is None
            gate.opened.set()


def test_a_killed_run_frees_the_folder(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    gate = Gate(20)
    with Server(testsite, on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            first.kill()
            first.communicate()
        gate.opened.set()
        run = crawls.run()
        assert run.exit_code == 0, run.stderr
        whole(testsite, crawls.data)


def test_headlines_run_beside_a_crawl_and_neither_touches_what_the_other_writes(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    gate = Gate(20)
    with Server(testsite, on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            (feed,) = (crawls.data / "articles").glob("*.jsonl")
            before = feed.read_bytes()
            gate.at = 1_000_000
            run = crawls.run(spider="headlines")
            assert run.exit_code == 0, run.stderr
            assert run.lines("headlines")
            assert "nterrupted" not in run.stderr, "it is under way"
            assert feed.read_bytes().startswith(before)
            gate.opened.set()
            assert crawls.finished(first).exit_code == 0
        whole(testsite, crawls.data)


def test_headlines_cut_short_are_made_whole_by_the_next_run_of_any_spider(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    with Server(testsite) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        killed = crawls.run(*with_trouble(Kill=1), spider="headlines", environment={"TROUBLE": "fetching"})
        assert killed.exit_code == -signal.SIGKILL
        (feed,) = (crawls.data / "headlines").glob("*.jsonl")
        before = feed.read_bytes()
        assert before.count(b"\n") >= 10
        os.truncate(feed, len(before) // 2)  # as a power cut leaves it
        run = crawls.run("-a", "limit=1")
        assert run.exit_code == 0, run.stderr
        assert "Repaired the feeds of the interrupted run" in run.stderr
        assert feed.read_bytes() == before
        written = feed.stat().st_mtime_ns
        assert crawls.run(spider="headlines").exit_code == 0
        assert (feed.read_bytes(), feed.stat().st_mtime_ns) == (before, written)


# --- signals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_keeps_all_it_has_and_the_next_goes_on(tmp_path: Path, number: int) -> None:
    testsite = SyntheticSite(posts=100, seed=5)
    gate = Gate(40)
    with Server(testsite, on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            first.send_signal(number)
            assert first.stderr is not None
            log = ""
            for line in first.stderr:
                log += line
                if "shutting down gracefully" in line:
                    break
            gate.opened.set()
            run = crawls.finished(first, log)
        assert run.exit_code == 3, run.stderr
        assert "interrupted. Run it again to get the rest" in run.last_line
        assert "Traceback" not in run.stderr
        kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (crawls.data / "articles").iterdir()}
        assert len(run.records) == len(run.rows) > 0
        before = len(server.log)
        run = crawls.run()
        assert run.exit_code == 0, run.stderr
        assert "Resuming the run started at" in run.stderr
        assert "Repaired the feeds" not in run.stderr, "its feeds were whole"
        assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in kept} == kept
        first_half, second_half = (
            [e.path for e in log if e.path.count("/") > 2] for log in (server.log[:before], server.log[before:])
        )
        assert len(set(first_half) & set(second_half)) <= 4, "what was in flight"
        whole(testsite, crawls.data)


def test_a_run_that_is_stopped_twice_ends_at_once_and_loses_nothing(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=100, seed=5)
    gate = Gate(40)
    with Server(testsite, on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            assert first.stderr is not None
            first.send_signal(signal.SIGINT)
            next(line for line in first.stderr if "shutting down gracefully" in line)
            first.send_signal(signal.SIGINT)
            run = crawls.finished(first)
        assert run.exit_code == 3, run.stderr
        gate.opened.set()
        run = crawls.run()
        assert run.exit_code == 0, run.stderr
        whole(testsite, crawls.data)


# --- feeds ------------------------------------------------------------------------------------------------------------


def test_the_feeds_can_be_read_while_they_are_written(tmp_path: Path) -> None:
    gate = Gate(30)
    with Server(SyntheticSite(posts=60, seed=6), on_request=gate) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        with crawls.started() as first:
            assert gate.reached.wait(300)
            (feed,) = (crawls.data / "articles").glob("*.jsonl")
            text = feed.read_text(encoding="utf-8")
            assert text.endswith("\n")
            assert len([json.loads(line) for line in text.splitlines()]) >= 5
            gate.opened.set()
            assert crawls.finished(first).exit_code == 0


def test_copies_in_batches_and_compressed_work_as_anywhere_in_scrapy(tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    feeds = {
        f"{tmp_path}/part-%(batch_id)d.jsonl": {"format": "jsonlines", "batch_item_count": 10},
        f"{tmp_path}/all.jsonl.gz": {
            "format": "jsonlines", "postprocessing": ["scrapy.extensions.postprocessing.GzipPlugin"],
        },
    }  # fmt: skip
    with Server(testsite) as server:
        crawls = crawls_of(server.url, tmp_path / "data")
        run = crawls.run("-s", f"FEEDS={json.dumps(feeds)}")
        assert run.exit_code == 0, run.stderr
        whole(testsite, crawls.data)
        records = run.records
        parts = sorted(tmp_path.glob("part-*.jsonl"), key=lambda path: int(path.stem.partition("-")[2]))
        assert len(parts) == -(-len(records) // 10)
        assert [json.loads(line) for path in parts for line in path.read_text(encoding="utf-8").splitlines()] == records
        with gzip.open(tmp_path / "all.jsonl.gz", "rt", encoding="utf-8") as file:
            assert [json.loads(line) for line in file] == records
        added = tmp_path / "added.jsonl"
        testsite.publish(3)
        for _ in range(2):
            assert crawls.run("-o", str(added)).exit_code == 0
        assert len(added.read_text(encoding="utf-8").splitlines()) == len(Run(0, "", "", crawls.data).records) - len(
            records
        )
