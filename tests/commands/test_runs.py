"""`scrapy runs`: what ran, and how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mayadeen.commands.runs import describe_run, read_runs
from mayadeen.crawling.session import HEADLINES, POSTS
from mayadeen.storage.database import FILE
from mayadeen.storage.locks import Lock, WaitingNote
from mayadeen.storage.runs import Crawl
from mayadeen.storage.state import State
from tests.support.preloaded import PROJECT, scrapy

ARGUMENTS = json.dumps({"edition": "en", "limit": "5", "mode": "new", "render": "auto"})


def run_id(day: int, job: str = "") -> str:
    return f"202611{day:02d}T040000.000Z{'-' + job if job else ''}"


def begin(state: State, day: int, spider: str = "articles", job: str = "") -> Crawl:
    return state.runs.begin(spider, ARGUMENTS, run_id(day, job), f"2026-11-{day:02d}T04:00:00Z")


def report(data: Path, day: int, job: str = "", **changes: Any) -> Path:
    path = data / "reports" / f"{run_id(day, job)}.json"
    path.parent.mkdir(exist_ok=True)
    default_report = {
        "spider": "articles", "arguments": {"limit": "5", "_job": job}, "started_at": f"2026-11-{day:02d}T04:00:00Z",
        "finished_at": f"2026-11-{day:02d}T05:00:05Z", "seconds": 3605.2, "exit_status": 0, "finish_reason": "finished",
        "ending": "done: 5 articles", "feeds": [{"folder": "articles", "records": 5, "paths": []}],
    }  # fmt: skip
    path.write_text(json.dumps({**default_report, **changes}), encoding="utf-8")
    return path


@pytest.fixture
def state(tmp_path: Path):
    found = State.open(tmp_path)
    yield found
    found.close()


def read(data: Path, number: int = 20) -> tuple[dict[str, dict[str, Any]], list[str]]:
    troubles: list[str] = []
    rows = read_runs(data, number, troubles.append)
    assert [row["run"] for row in rows] == sorted((row["run"] for row in rows), reverse=True)
    return {row["run"]: row for row in rows}, troubles


def test_runs_that_ended_were_killed_refused_or_go_on(tmp_path: Path, state: State) -> None:
    first = begin(state, 1, job="j-1")
    state.end(first, "en", 0, "done: 5 articles", "2026-11-01T05:00:05Z", finished=True)
    report(tmp_path, 1, "j-1")
    begin(state, 2)
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / f"{run_id(2)}.jsonl").write_bytes(b"{}\n" * 3)
    report(
        tmp_path, 3, exit_status=1, finish_reason="bad_argument", ending='limit: "0" is not an integer ≥ 1', feeds=[]
    )
    deleted = begin(state, 4)
    state.end(deleted, "en", 3, "incomplete", "2026-11-04T04:00:10Z", finished=True)
    begin(state, 5, "headlines")
    begin(state, 6)
    (tmp_path / ".posts.lock").write_text("articles (process 1, since 2026-11-05T04:00:00Z)\n", encoding="utf-8")
    found, troubles = read(tmp_path)
    assert troubles == []
    assert {name: (row["state"], row["exit_status"], row["finish_reason"]) for name, row in found.items()} == {
        run_id(6): ("killed", None, None),  # whoever was killed left its name, but no lock
        run_id(5): ("killed", None, None),
        run_id(4): ("ended", 3, None),
        run_id(3): ("ended", 1, "bad_argument"),
        run_id(2): ("killed", None, None),
        run_id(1, "j-1"): ("ended", 0, "finished"),
    }
    assert (found[run_id(2)]["wrote"], found[run_id(2)]["seconds"]) == ({"articles": 3}, None)
    assert (found[run_id(4)]["ending"], found[run_id(4)]["seconds"]) == ("incomplete", 10.0)
    assert {key: found[run_id(1, "j-1")][key] for key in ("job", "arguments", "wrote", "seconds", "report")} == {
        "job": "j-1", "arguments": {"limit": "5"}, "wrote": {"articles": 5}, "seconds": 3605.2,
        "report": f"reports/{run_id(1, 'j-1')}.json",
    }  # fmt: skip
    assert found[run_id(5)]["arguments"] == {"limit": "5"}

    lock = Lock(tmp_path, POSTS)
    assert lock.acquire("articles") is None  # since now: not the run of the 6th
    assert read(tmp_path)[0][run_id(6)]["state"] == "killed"
    state.runs.begin("articles", "{}", "20991231T000000.000Z", "2099-12-31T00:00:00Z")
    found, _ = read(tmp_path)
    assert [name for name, row in found.items() if row["state"] == "running"] == ["20991231T000000.000Z"]
    lock.release()
    lock = Lock(tmp_path, HEADLINES)
    assert lock.acquire("headlines") is None
    assert {row["state"] for row in read(tmp_path)[0].values()} == {"killed", "ended"}
    lock.release()


def test_the_last_ones_only(tmp_path: Path) -> None:
    for day in range(1, 10):
        report(tmp_path, day)
    (tmp_path / "reports" / "index.html").touch()
    (tmp_path / "reports" / "other.json").touch()
    found, troubles = read(tmp_path, 2)
    assert (list(found), troubles) == ([run_id(9), run_id(8)], [])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"spider": "articles"}', "\udcff"])
def test_a_damaged_report_hides_no_other(tmp_path: Path, state: State, text: str) -> None:
    known = begin(state, 2)
    state.end(known, "en", 0, "done", "2026-11-02T04:00:10Z", finished=True)
    report(tmp_path, 1)
    for day in (2, 3):
        report(tmp_path, day).write_bytes(text.encode("utf-8", "surrogateescape"))
    found, troubles = read(tmp_path)
    assert [found[run_id(day)]["state"] for day in (1, 2, 3)] == ["ended", "ended", "unknown"]
    assert [str(tmp_path / "reports" / f"{run_id(day)}.json") in line for day, line in zip((3, 2), troubles, strict=True)] == [True, True]  # fmt: skip
    assert all("damaged" in line and "\n" not in line for line in troubles)
    assert describe_run(found[run_id(3)])[1] == "  unknown: its report cannot be read"


@pytest.mark.parametrize("damage", [b"", b"not ours" * 100, None])
def test_a_damaged_state_hides_no_report(tmp_path: Path, damage: bytes | None) -> None:
    report(tmp_path, 1)
    if damage is None:
        made = State.open(tmp_path)
        made.database._db.execute("DROP TABLE runs")
        made.close()
    else:
        (tmp_path / FILE).write_bytes(damage)
    found, (line,) = read(tmp_path)
    assert list(found) == [run_id(1)]
    assert "is damaged" in line
    assert "\n" not in line


def test_a_run_under_way_is_not_disturbed(tmp_path: Path, state: State) -> None:
    with state.transaction():
        crawl = begin(state, 1)
        assert read(tmp_path)[0] == {}
    state.outbox.add(crawl.run, "articles", b"{}\n")
    before = (tmp_path / FILE).read_bytes()
    assert list(read(tmp_path)[0]) == [run_id(1)]
    assert (tmp_path / FILE).read_bytes() == before
    state.outbox.add(crawl.run, "articles", b"{}\n")
    assert len(list(state.outbox.lines(crawl.run, "articles"))) == 2


def runs(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return scrapy("runs", "-s", f"MAYADEEN_DATA_DIR={data}", *options, environment={"COLUMNS": "90"})


@pytest.mark.process
def test_the_command(tmp_path: Path) -> None:
    done = runs(tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"runs: folder not found: {tmp_path / 'nowhere'}. Name it with -s MAYADEEN_DATA_DIR=…\n"
    done = runs(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"no run in {tmp_path} yet\n", "")
    assert list(tmp_path.iterdir()) == []
    report(tmp_path, 1, "j-1", arguments={"urls": "a\n\x1b[31mb"}, ending="done: " + "x" * 200)
    report(tmp_path, 2).write_text("{", encoding="utf-8")
    done = runs(tmp_path)
    assert done.returncode == 3
    assert done.stderr == f"runs: {tmp_path}/reports/{run_id(2)}.json is damaged: not a report of a run\n"
    lines = done.stdout.splitlines()
    assert lines[0] == "20261102 040000.000 UTC, ?: unknown spider: nothing written"
    assert lines[2] == "2026-11-01 04:00:00 UTC, 1:00:05: articles urls=a \\x1b[31mb (job j-1): 5 articles"
    assert lines[3].startswith("  exit 0, finished: done: xxx")
    assert len(lines) == 4
    assert lines[3].endswith("x" * 200), "nothing is cut in a pipe"
    (line,) = runs(tmp_path, "--json", "-n", "1").stdout.splitlines()
    assert json.loads(line)["state"] == "unknown"
    assert runs(tmp_path, "-n", "0").returncode == 2


@pytest.mark.process
def test_a_reader_that_stops_early_sees_no_traceback(tmp_path: Path) -> None:
    for day in range(1, 29):
        report(tmp_path, day, ending="done: " + "x" * 9000)
    command = [sys.executable, "-m", "scrapy", "runs", "-n", "100", "-s", f"MAYADEEN_DATA_DIR={tmp_path}"]
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings"}
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("2026-11-28")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=300) == 0


def test_one_is_not_plural(tmp_path: Path) -> None:
    feeds = [{"folder": folder, "records": 1, "paths": []} for folder in ("articles", "removals")]
    report(tmp_path, 1, feeds=feeds)
    (row,) = read_runs(tmp_path, 1, pytest.fail)
    assert describe_run(row)[0].endswith(": 1 article, 1 removal")


def test_a_run_that_waits_for_the_data_folder_is_listed_first(tmp_path: Path) -> None:
    report(tmp_path, 1)
    text = json.dumps({"spider": "articles", "arguments": {"mode": "refresh"}, "job": "refresh-1"})
    with WaitingNote(tmp_path, text):
        waiting, ended = read_runs(tmp_path, 5, pytest.fail)
        assert (waiting["state"], waiting["run"], ended["state"]) == ("waiting", None, "ended")
        first, second = describe_run(waiting)
        assert first.endswith("?: articles mode=refresh (job refresh-1): nothing written")
        assert second == "  waiting: another run has the data folder"
    assert [row["state"] for row in read_runs(tmp_path, 5, pytest.fail)] == ["ended"]
    assert list(tmp_path.glob(".waiting*")) == []
    (tmp_path / ".waiting-1.lock").write_text("left by a killed run (process 1, since 2026-11-01T00:00:00Z)\n")
    assert len(read_runs(tmp_path, 5, pytest.fail)) == 1
