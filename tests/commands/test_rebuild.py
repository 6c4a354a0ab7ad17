"""The state made again from the feeds."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from mayadeen.commands.rebuild import _rebuild
from mayadeen.storage.database import FILE
from mayadeen.storage.drift_history import FILLED, Reading
from mayadeen.storage.locks import Lock
from mayadeen.storage.state import State
from tests.support.archive import article, feed, removal
from tests.support.crawl_runner import Crawl, Run
from tests.support.preloaded import scrapy
from testsite import Server, SyntheticSite

pytestmark = pytest.mark.process


def rebuild(data: Path, *, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """``scrapy rebuild``. No file gets more than ``limit`` bytes."""
    return scrapy("rebuild", "-s", f"MAYADEEN_DATA_DIR={data}", max_file_size=limit)


def files(data: Path) -> dict[Path, bytes]:
    return {p: p.read_bytes() for p in data.rglob("*") if p.is_file() and not p.name.endswith(".lock")}


@pytest.fixture(scope="module")
def testsite() -> SyntheticSite:
    return SyntheticSite(posts=60, seed=6)


def test_after_it_nothing_that_is_in_the_feeds_is_fetched_again(crawl: Crawl, tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    data = tmp_path / "data"
    with Server(testsite) as server:
        assert crawl(server.url).exit_code == 0
        testsite.edit(5, "title")
        testsite.remove(6, 410)
        assert crawl(server.url, "-a", "mode=refresh").exit_code == 0
        records = Run(0, "", "", data).records
        feeds = files(data / "articles")
        (data / FILE).write_bytes(b"broken")
        done = rebuild(data)
        assert done.returncode == 0
        (line,) = done.stderr.splitlines()
        assert line.startswith(
            f"rebuild: the drift history is not kept ({data / FILE} is damaged (it is not an SQLite file)"
        )
        assert f"{len({r['id'] for r in records})} articles known → {data / FILE}" in done.stdout
        (old,) = data.glob(f"{FILE}.*.old")
        assert old.read_bytes() == b"broken"
        assert str(old) in done.stdout
        assert files(data / "articles") == feeds
        before = len(server.log)
        testsite.publish(2)
        run = crawl(server.url)
        assert run.exit_code == 0, run.stderr
        paths = {record["canonical_url"].partition(".net")[2] for record in records}
        assert paths.isdisjoint(entry.path for entry in server.log[before:])
        new = [record for record in run.records if record not in records]
        assert {r["revision"] for r in new} <= {1}
        assert len({r["id"] for r in run.records if r["revision"] == 1}) == len(
            [r for r in run.records if r["revision"] == 1]
        )
        before = len(server.log)
        assert crawl(server.url, "-a", "mode=refresh").exit_code == 0
        assert Run(0, "", "", data).records == run.records, "no version is written twice"
        state = State.open(data)
        gone = {r["id"] for r in run.lines("removals")}
        assert gone
        assert all(state.posts.get(id).gone == 410 for id in gone)  # type: ignore[union-attr]
        state.close()


def test_torn_and_foreign_lines_are_reported_by_file_and_line(
    crawl: Crawl, tmp_path: Path, testsite: SyntheticSite
) -> None:
    data = tmp_path / "data"
    with Server(testsite) as server:
        assert crawl(server.url, "-a", "limit=12").exit_code == 0
    (feed,) = (data / "articles").glob("*.jsonl")
    rows = feed.with_suffix(".csv").read_bytes()
    lines = feed.read_bytes().splitlines(keepends=True)
    lines[2:4] = [b"not JSON\n", b"[1]\n"]
    lines[5] = json.dumps(json.loads(lines[5]) | {"fetched_at": ["a"]}).encode() + b"\n"
    lines[6] = b'{"theirs": 1}\n'
    feed.write_bytes(b"".join(lines)[:-20])
    (data / FILE).unlink()
    done = rebuild(data)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"rebuild: {feed}, line 3: not JSON",
        f"rebuild: {feed}, line 4: not JSON of a record",
        f"rebuild: {feed}, line 6: not a record of this folder",
        f"rebuild: {feed}, line 7: not a record of this folder",
        f"rebuild: {feed}, line 12: incomplete line, removed",
        "rebuild: 5 lines dropped. Their articles are fetched again",
    ]
    assert "7 articles known" in done.stdout
    assert feed.read_bytes() == b"".join(lines[:-1])
    ids = [json.loads(line)["id"] for line in lines[:-1] if b'"id"' in line and line.startswith(b"{")]
    assert [row["id"] for row in Run(0, "", "", data).rows] == ids
    assert rows.startswith(feed.with_suffix(".csv").read_bytes()[:500])


@pytest.mark.parametrize("spoil", ["cut", "behind", "absent", "ahead"])
def test_a_csv_that_a_kill_left_is_made_equal(
    crawl: Crawl, tmp_path: Path, testsite: SyntheticSite, spoil: str
) -> None:
    data = tmp_path / "data"
    with Server(testsite) as server:
        assert crawl(server.url, "-a", "limit=5").exit_code == 0
    (feed,) = (data / "articles").glob("*.jsonl")
    table = feed.with_suffix(".csv")
    whole = table.read_bytes()
    if spoil == "cut":
        table.write_bytes(whole[:-30])
    elif spoil == "behind":
        table.write_bytes(whole[: whole.index(b"\n") + 1])
    elif spoil == "absent":
        table.unlink()
    else:
        table.write_bytes(whole + whole[whole.index(b"\n") + 1 :])
    done = rebuild(data)
    assert done.returncode == 0, done.stderr
    assert table.read_bytes() == whole


def test_refused_while_a_run_holds_the_folder(tmp_path: Path) -> None:
    for name in ("posts", "headlines"):
        State.open(tmp_path).close()
        lock = Lock(tmp_path, name)
        assert lock.acquire("tags") is None
        before = files(tmp_path)
        done = rebuild(tmp_path)
        lock.release()
        assert done.returncode == 1
        assert done.stderr.startswith(f"rebuild: {tmp_path} is in use by tags (process {os.getpid()}, since ")
        assert files(tmp_path) == before


def test_a_full_disk_leaves_all_as_it_was(crawl: Crawl, tmp_path: Path, testsite: SyntheticSite) -> None:
    data = tmp_path / "data"
    with Server(testsite) as server:
        assert crawl(server.url).exit_code == 0
    before = files(data)
    for limit in (1000, 100_000):  # in making it, in filling it
        done = rebuild(data, limit=limit)
        assert done.returncode == 1
        assert done.stderr.startswith("rebuild: nothing more can be written in ")
        assert done.stderr.count("\n") == 1
        assert files(data) == before
    assert rebuild(data).returncode == 0


def test_the_journal_of_the_old_state_is_kept_with_it(tmp_path: Path) -> None:
    State.open(tmp_path).close()
    Path(tmp_path / f"{FILE}-wal").write_bytes(b"journal")
    assert rebuild(tmp_path).returncode == 0
    (kept,) = tmp_path.glob(f"{FILE}.*.old-wal")
    assert kept.read_bytes() == b"journal"
    State.open(tmp_path).close()


def test_no_such_folder(tmp_path: Path) -> None:
    done = rebuild(tmp_path / "none")
    assert done.returncode == 1
    assert done.stderr == f"rebuild: folder not found: {tmp_path / 'none'}. Name one with -s MAYADEEN_DATA_DIR=…\n"


def test_the_drift_history_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rebuild is the documented way to fix a field. It must not make the broken values the usual ones."""
    reading = Reading("news", "politics", "2025-11-08T12:00:00Z", {"tags": [3, 8]})
    alarm = {"field": "tags", "since": "2025-11-09T00:00:00Z"}
    state = State.open(tmp_path)
    for number in (1, 2):
        crawl = state.runs.begin("articles", "{}", f"r{number}", f"2025-11-0{number}T00:00:00Z")
        assert crawl.run == number
    state.drift.save("en", 1, [reading])
    state.drift.save("en", 2, [reading], doubted=[("tags", FILLED)], lost={("tags", FILLED)}, alarms=[alarm])
    before = state.drift.readings("en"), state.drift.doubts("en"), state.drift.alarms("en")
    state.close()
    assert _rebuild(tmp_path, None) == 0
    state = State.open(tmp_path)
    assert (state.drift.readings("en"), state.drift.doubts("en"), state.drift.alarms("en")) == before
    assert state.drift.alarms("en") == [alarm]
    assert state.runs.started_at({1, 2}) == {1: "2025-11-01T00:00:00Z", 2: "2025-11-02T00:00:00Z"}
    assert state.runs.unfinished() == []
    assert list(state.outbox.incomplete_runs()) == []
    later = state.runs.begin("articles", "{}", "r3", "2025-11-03T00:00:00Z")
    assert (later.run, later.resumed) == (3, False)
    state.close()
    assert "drift history" not in capsys.readouterr().err


def test_a_damaged_state_has_no_drift_history_to_keep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / FILE).write_bytes(b"not ours" * 100)
    assert _rebuild(tmp_path, None) == 0
    assert "rebuild: the drift history is not kept (" in capsys.readouterr().err


@pytest.mark.parametrize(("fetched_before", "gone"), [("2026-11-02T10:00:00Z", 404), ("2026-11-01T10:00:00Z", None)])
def test_a_removal_in_the_second_of_a_fetch_names_the_fetch_that_it_came_after(
    tmp_path: Path, fetched_before: str, gone: int | None
) -> None:
    at = "2026-11-02T10:00:00Z"
    feed(tmp_path / "articles" / "1.jsonl", article(1, fetched_at=at))
    feed(tmp_path / "removals" / "1.jsonl", removal(1, at, last_seen_at=fetched_before, status=404))
    assert rebuild(tmp_path).returncode == 0
    state = State.open(tmp_path)
    post = state.posts.get("en:1")
    state.close()
    assert post is not None
    assert post.gone == gone
