"""Files of the data folder that somebody else has written: one line or a normal result, and no link is followed."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mayadeen.archives.extract_unit import COUNTS, read_counts
from mayadeen.commands.rebuild import _rebuild
from mayadeen.crawling.known_articles import format_via, parse_via
from mayadeen.monitoring.metrics import Metrics
from mayadeen.pipelines.identify import reason_without_change
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.database import FILE
from mayadeen.storage.errors import StateError
from mayadeen.storage.outbox import MAX_LINE
from mayadeen.storage.posts import Post
from mayadeen.storage.state import State
from tests.support.archive import article
from tests.support.damage import COUNTED

DEEP = "[" * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    state = State.open(tmp_path)
    crawl = state.runs.begin("articles", '{"edition": "en"}', "20250101T000000.000Z", "2025-01-01T00:00:00Z")
    state.queue.save_listing_crawl(crawl, 0, {"url": "https://x/"})
    state.database.run("INSERT INTO known_listings VALUES ('l', '', 0, '[]', NULL, '2025')")
    state.database.run("INSERT INTO readings VALUES (1, 1, 'en', 'news', '', '', '{\"title\": [5, 1]}')")
    state.database.run("INSERT INTO doubts VALUES ('en', 'title', 'html', 1, 'alarm', '{\"field\": \"title\"}')")
    state.outbox.add(1, "articles", b"{}\n")
    state.close()
    return tmp_path


def read_all(folder: Path) -> None:
    state = State.open(folder)
    try:
        state.runs.unfinished()
        state.runs.begin("articles", '{"edition": "en"}', "20250101T000001.000Z", "2025-01-01T00:00:00Z")
        state.queue.known_listings("l", "")
        for reading in state.drift.readings("en"):
            reading.has("title", "html")
        state.drift.alarms("en")
        list(state.outbox.lines(1, "articles"))
    finally:
        state.close()


def test_the_rows_are_read(folder: Path) -> None:
    read_all(folder)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("crawls", "arguments", DEEP), ("crawls", "arguments", "[]"), ("crawls", "arguments", '{"a": []}'), ("crawls", "articles", "many"),
        ("listing_crawls", "saved", "[]"), ("listing_crawls", "saved", DEEP), ("known_listings", "newest_urls", "[1]"),
        ("known_listings", "newest_urls", b"\xff"), ("readings", "fields", "[]"), ("readings", "fields", '{"title": 5}'),
        ("readings", "fields", '{"title": [1, "x"]}'), ("doubts", "alarm", "5"), ("doubts", "alarm", '{"field": 1}'), ("outbox", "line", b"x"),
        ("outbox", "line", "text"), ("runs", "run_id", b"x"),
    ],
)  # fmt: skip
def test_a_forged_row_is_one_line(folder: Path, table: str, column: str, value: object) -> None:
    with closing(sqlite3.connect(folder / FILE)) as db, db:
        db.execute(f"UPDATE {table} SET {column} = ?", (value,))
    with pytest.raises(StateError, match=r"is damaged \(") as caught:
        read_all(folder)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_an_outbox_line_that_unpacks_without_end(folder: Path) -> None:
    state = State.open(folder)
    state.outbox.add(1, "articles", bytes(MAX_LINE + 1))
    with pytest.raises(StateError, match="cut or too long"):
        list(state.outbox.lines(1, "articles"))
    state.close()


@pytest.mark.parametrize(
    "via", ["", "[]", "5", DEEP, '["x", null]', '[null, "x"]', "[{}, [1, 2, 3, 4]]", "[null, null, null]"]
)
def test_a_forged_source_of_a_url(via: str) -> None:
    with pytest.raises(StateError, match="is damaged"):
        parse_via(via)
    assert parse_via(format_via(None, None)) == (None, None)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1", "1e300", "x", "", "{"])
def test_forged_metrics(tmp_path: Path, value: str) -> None:
    path = tmp_path / "articles-en.prom"
    names = ("last_run_exit_status", "last_run_finished_timestamp_seconds", "last_success_timestamp_seconds")
    path.write_text(
        "".join(f"# TYPE mayadeen_{name} gauge\nmayadeen_{name} {value}\n" for name in names), encoding="utf-8"
    )
    assert Metrics._read_past(SimpleNamespace(_path=path)) == (None, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "forged",
    [
        DEEP, "[]", "{}", *(json.dumps(COUNTED | {name: value}) for name in COUNTED.keys() - {"version", "format"} for value in (None, "x", [[1]], {"a": "b"})),
    ],
)  # fmt: skip
def test_forged_counts_of_a_job(tmp_path: Path, forged: str) -> None:
    (tmp_path / COUNTS).mkdir()
    path = tmp_path / COUNTS / "unit.json"
    path.write_text(json.dumps(COUNTED), encoding="utf-8")
    assert read_counts(path) == COUNTED
    path.write_text(forged, encoding="utf-8")
    if json.dumps(COUNTED | {"kind": "x"}) != forged:
        assert read_counts(path) is None


def test_a_link_in_place_of_a_temporary_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept", encoding="utf-8")
    (tmp_path / f".report.json.{os.getpid()}").symlink_to(other)
    write_atomic(tmp_path / "report.json", "new")
    assert other.read_text(encoding="utf-8") == "kept"
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == "new"
    assert not (tmp_path / "report.json").is_symlink()


@pytest.mark.parametrize("parts", ["", "5", DEEP, "[1]", "[[1, []]]", "[[[], {}]]", '{"a": 1}'])
def test_forged_parts_of_a_post_count_as_a_change(parts: str) -> None:
    now = Post(id="en:1", edition="en", url="https://x/", parts='[["a", "html"]]', crawler="mayadeen/0.1.0")
    assert reason_without_change(now, replace(now, parts=parts)) is None


@pytest.mark.parametrize(
    ("folder", "record"),
    [
        (
            "removals",
            {
                "id": "en:1",
                "url": "https://english.almayadeen.net/news/a-b",
                "status": "gone",
                "seen_at": "2099-01-01T00:00:00Z",
            },
        ),
        ("articles", article(2) | {"discovered_via": "somewhere"}),
        ("articles", article(2) | {"revision": True, "discovered_via": []}),
        ("articles", article(2) | {"revision": "two"}),
    ],
)
def test_a_forged_line_of_a_feed_is_not_rebuilt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, record: dict[str, Any]
) -> None:
    whole = article(1) | {"id": "en:1"}
    for name, lines in (("articles", [whole]), (folder, [whole, record] if folder == "articles" else [record])):
        (tmp_path / name).mkdir(exist_ok=True)
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (tmp_path / name / "20250101T000000.000Z.jsonl").write_text(text, encoding="utf-8")
    assert _rebuild(tmp_path, None) == 3
    assert "not a record of this folder" in capsys.readouterr().err
    state = State.open(tmp_path)
    assert state.posts.count() == 1
    state.close()
