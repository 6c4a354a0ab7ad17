"""Feeds as a projection of the state: whatever was left of them, they are made whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mayadeen.items import Article, Headline, Reject
from mayadeen.storage.errors import StateError
from mayadeen.storage.exporters import csv_header, csv_row, decode_cell
from mayadeen.storage.feeds import FOLDERS, Feed, feed_paths, json_line, new_run_id, repair_feeds
from mayadeen.storage.state import State

START = datetime(2025, 11, 23, 4, 5, 6, 123456, tzinfo=UTC)
RUN_ID = "20251123T040506.123Z"
AWKWARD = [
    "first line\nsecond\r\nthird\rfourth\u2028fifth\x85sixth",
    "\"quoted\", 'single', «both», a\\b|c",
    "astral \U0001f4f0\U00010348, Arabic فلسطين, combining e\u0301, NUL \x00",
    "=SUM(A1)",
]
ARTICLES = [Article(id=f"en:{n}", title=text, body=text * 2, tags=[{"name": text, "url": None}]) for n, text in enumerate(AWKWARD)]  # fmt: skip


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State.open(tmp_path)
    yield opened
    opened.close()


def begun(state: State, run_id: str = RUN_ID, spider: str = "articles") -> int:
    return state.runs.begin(spider, "{}", run_id, "2025-11-23T04:05:06Z").run


def sent(state: State, run: int, items: list) -> list[bytes]:
    lines = [json_line(item) for item in items]
    for item, line in zip(items, lines, strict=True):
        state.outbox.add(run, FOLDERS[type(item)], line)
    return lines


def csv_of(items: list[Article]) -> bytes:
    return csv_header() + b"".join(csv_row(vars(item)) for item in items)


# --- writing ----------------------------------------------------------------------------------------------------------


def test_files_are_made_with_the_first_record_and_each_can_be_read_at_once(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "articles", RUN_ID)
    assert list(tmp_path.iterdir()) == []
    for n, article in enumerate(ARTICLES, 1):
        feed.write(json_line(article), vars(article))
        lines = (tmp_path / "articles" / f"{RUN_ID}.jsonl").read_bytes()
        assert lines.endswith(b"\n")
        assert [json.loads(line) for line in lines.split(b"\n")[:-1]] == [vars(a) for a in ARTICLES[:n]]
        assert (tmp_path / "articles" / f"{RUN_ID}.csv").read_bytes() == csv_of(ARTICLES[:n])
    feed.close()
    rows = list(
        csv.DictReader(io.StringIO((tmp_path / "articles" / f"{RUN_ID}.csv").read_bytes().decode(), newline=""))
    )
    assert [decode_cell("body", row["body"]) for row in rows] == [article.body for article in ARTICLES]


def test_only_articles_have_a_csv(tmp_path: Path) -> None:
    for item in (Headline(text="a"), Reject(url="https://x/")):
        feed = Feed(tmp_path, FOLDERS[type(item)], RUN_ID)
        feed.write(json_line(item), vars(item))
        feed.close()
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")) == [
        f"headlines/{RUN_ID}.jsonl", f"rejects/{RUN_ID}.jsonl",
    ]  # fmt: skip


def test_files_of_another_run_are_not_written_over(tmp_path: Path) -> None:
    feed = Feed(tmp_path, "articles", RUN_ID)
    feed.write(b"{}\n", vars(ARTICLES[0]))
    feed.close()
    with pytest.raises(FileExistsError):
        Feed(tmp_path, "articles", RUN_ID).write(b"{}\n", vars(ARTICLES[0]))


def test_the_name_is_the_start_and_the_job_and_no_other_run_has_it(tmp_path: Path) -> None:
    assert new_run_id(tmp_path, START, None) == RUN_ID
    assert new_run_id(tmp_path, START, "j1") == f"{RUN_ID}-j1"
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / f"{RUN_ID}.json").touch()
    assert new_run_id(tmp_path, START, None) == "20251123T040506.124Z"


# --- repairing --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_a_file_cut_at_any_byte_is_made_whole(
    tmp_path: Path, state: State, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)  # for speed: no power is cut here
    run = begun(state)
    articles = [replace(article, body=None, tags=[]) for article in ARTICLES[:3]]
    whole = {"jsonl": b"".join(sent(state, run, articles)), "csv": csv_of(articles)}
    state.outbox.clear = lambda run: None  # type: ignore[method-assign] # repaired again and again
    paths = {path.suffix[1:]: path for path in feed_paths(tmp_path, "articles", RUN_ID)}
    repair_feeds(state.outbox, tmp_path, run, RUN_ID)
    for length in range(len(whole[ending]) + 1):
        paths[ending].write_bytes(whole[ending][:length])
        added = repair_feeds(state.outbox, tmp_path, run, RUN_ID)
        assert {name: path.read_bytes() for name, path in paths.items()} == whole, length
        missing = len(articles) + (ending == "csv") - len(whole_lines(whole[ending], length, articles, ending))
        assert added == missing, length


def test_a_byte_order_mark_stays_when_a_file_is_repaired(tmp_path: Path, state: State) -> None:
    run = begun(state)
    feed = Feed(tmp_path, "articles", RUN_ID, csv_bom=True)
    sent(state, run, ARTICLES[:2])
    feed.write(json_line(ARTICLES[0]), vars(ARTICLES[0]))
    feed.close()
    repair_feeds(state.outbox, tmp_path, run, RUN_ID)
    assert feed.paths[1].read_bytes() == b"\xef\xbb\xbf" + csv_of(ARTICLES[:2])


def whole_lines(text: bytes, length: int, articles: list[Article], ending: str) -> list[int]:
    """Return the ends of the records in the first ``length`` bytes. A CSV row can contain line breaks."""
    parts = (
        [json_line(a) for a in articles] if ending == "jsonl" else [csv_header(), *(csv_row(vars(a)) for a in articles)]
    )
    ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts))]
    return [end for end in ends if end <= length]


text = st.text(st.characters(codec="utf-8"), max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    titles=st.lists(text, max_size=6),
    left=st.tuples(*[st.one_of(st.none(), st.tuples(st.floats(0, 1), st.binary(max_size=20)))] * 2),
)
def test_whatever_was_left_the_feeds_are_what_the_state_says(
    state: State, tmp_path_factory: pytest.TempPathFactory, titles: list[str], left: tuple
) -> None:
    data = tmp_path_factory.mktemp("data")
    run = begun(state)
    articles = [Article(id=f"en:{n}", title=title, summary=title[::-1]) for n, title in enumerate(titles)]
    whole = [b"".join(sent(state, run, articles)), csv_of(articles)]
    paths = feed_paths(data, "articles", RUN_ID)
    paths[0].parent.mkdir()
    for path, content, part in zip(paths, whole, left, strict=True):
        if part is not None:  # so much of it, and something behind that is not ours
            path.write_bytes(content[: round(part[0] * len(content))] + part[1])
    repair_feeds(state.outbox, data, run, RUN_ID)
    if titles:
        assert [path.read_bytes() for path in paths] == whole
        rows = list(csv.DictReader(io.StringIO(paths[1].read_bytes().decode(), newline="")))
        assert [decode_cell("title", row["title"]) or "" for row in rows] == titles
    else:
        assert list(data.glob("*/*")) == []
    assert run not in [row[0] for row in state.outbox.incomplete_runs()]
    assert state.outbox.folders(run) == []


@pytest.mark.parametrize(
    ("jsonl", "csv_file"),
    [(4, 2), (2, 4), (4, None), (None, 4), (0, 0), (None, None), (4, 0), (1, 0)],
    ids=["CSV behind", "JSON Lines behind", "no CSV", "no JSON Lines", "header only", "neither", "CSV empty", "first only"],
)  # fmt: skip
def test_one_file_behind_the_other(tmp_path: Path, state: State, jsonl: int | None, csv_file: int | None) -> None:
    run = begun(state)
    lines = sent(state, run, ARTICLES)
    paths = feed_paths(tmp_path, "articles", RUN_ID)
    paths[0].parent.mkdir()
    if jsonl is not None:
        paths[0].write_bytes(b"".join(lines[:jsonl]))
    if csv_file is not None:
        paths[1].write_bytes(csv_of(ARTICLES[:csv_file]))
    repair_feeds(state.outbox, tmp_path, run, RUN_ID)
    assert paths[0].read_bytes() == b"".join(lines)
    assert paths[1].read_bytes() == csv_of(ARTICLES)


def test_lines_that_were_never_safe_are_cut_off_and_files_of_them_alone_are_removed(
    tmp_path: Path, state: State
) -> None:
    run = begun(state)
    lines = sent(state, run, ARTICLES[:2])
    articles, rejects = Feed(tmp_path, "articles", RUN_ID), Feed(tmp_path, "rejects", RUN_ID)
    for article in ARTICLES:  # as after a power cut, when the disk has the feed and not the state
        articles.write(json_line(article), vars(article))
    rejects.write(json_line(Reject(url="https://x/")), {})
    articles.close()
    rejects.close()
    assert repair_feeds(state.outbox, tmp_path, run, RUN_ID) == 0
    assert articles.paths[0].read_bytes() == b"".join(lines)
    assert articles.paths[1].read_bytes() == csv_of(ARTICLES[:2])
    assert not rejects.paths[0].exists()


def test_only_the_run_s_own_files_are_touched(tmp_path: Path, state: State) -> None:
    first, second = begun(state), begun(state, "20251123T040507.000Z", "tags")
    sent(state, first, ARTICLES)
    repair_feeds(state.outbox, tmp_path, first, RUN_ID)
    others = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.glob("*/*")}
    assert len(others) == 2
    sent(state, second, ARTICLES)
    repair_feeds(state.outbox, tmp_path, second, "20251123T040507.000Z")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in others} == others
    assert len(list(tmp_path.glob("*/*"))) == 4
    assert state.outbox.incomplete_runs() == []


def test_a_repair_that_is_cut_short_is_done_again(
    tmp_path: Path, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(state)
    lines = sent(state, run, ARTICLES)
    feed = Feed(tmp_path, "articles", RUN_ID)
    feed.write(lines[0], vars(ARTICLES[0]))
    feed.close()
    with monkeypatch.context() as patched:
        patched.setattr("mayadeen.storage.feeds.csv_row", lambda record: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            repair_feeds(state.outbox, tmp_path, run, RUN_ID)
    assert state.outbox.incomplete_runs() != []
    assert repair_feeds(state.outbox, tmp_path, run, RUN_ID) == 3
    assert feed.paths[0].read_bytes() == b"".join(lines)
    assert feed.paths[1].read_bytes() == csv_of(ARTICLES)


def older(article: Article, version: str = "1.0.0") -> bytes:
    """The line of an article as that version wrote it: pictures without path and checksum."""
    record = json.loads(json_line(article)) | {"schema_version": version}
    for image in record["images"]:
        del image["path"], image["checksum"]
    return json.dumps(record).encode() + b"\n"


PICTURE = {"url": "https://e.org/a.jpg", "caption": None, "credit": None, "alt": None, "role": "main"}


def test_the_run_of_an_older_version_is_repaired_in_the_present_columns(tmp_path: Path, state: State) -> None:
    article = Article(id="en:1", title="x", images=[{**PICTURE, "path": None, "checksum": None}])
    run = begun(state)
    state.outbox.add(run, "articles", older(article))
    jsonl, table = feed_paths(tmp_path, "articles", RUN_ID)
    jsonl.parent.mkdir()
    table.write_bytes(b"id,title\nen:1,x\n")  # the columns of then
    repair_feeds(state.outbox, tmp_path, run, RUN_ID)
    assert jsonl.read_bytes() == older(article)
    assert table.read_bytes() == csv_of([article])


def test_the_run_of_a_newer_version_is_refused(tmp_path: Path, state: State) -> None:
    run = begun(state)
    state.outbox.add(run, "articles", older(ARTICLES[0], "9.0.0"))
    with pytest.raises(StateError, match=r"schema version 9\.0\.0 is newer than .*\. Use a newer mayadeen\."):
        repair_feeds(state.outbox, tmp_path, run, RUN_ID)
