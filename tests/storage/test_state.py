"""What runs know of earlier runs, and the file that stores it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.monitoring.drift import ASPECTS
from mayadeen.storage import database, migrations
from mayadeen.storage.database import FILE
from mayadeen.storage.drift_history import FILLED, MAX_ALARMING, MAX_READINGS, Doubts, Reading
from mayadeen.storage.errors import StateError
from mayadeen.storage.locks import Lock
from mayadeen.storage.migrations import VERSION
from mayadeen.storage.posts import Post
from mayadeen.storage.queue import MAX_TRIES, KnownListing, QueuedUrl, SkippedUrl
from mayadeen.storage.state import State

NOW = "2025-11-23T04:05:06Z"
LATER = "2025-11-25T04:05:06Z"
POST = Post(id="en:1", edition="en", url="https://x/1", first_seen=NOW, last_seen=NOW, revision=1, kind="news")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    opened = State.open(tmp_path)
    yield opened
    opened.close()


def reopened(state: State) -> State:
    """The state as the next run sees it."""
    state.close()
    return State.open(state.path.parent)


# --- posts ------------------------------------------------------------------------------------------------------------


def test_a_post_is_known_by_its_id_and_its_addresses_in_later_runs_too(state: State) -> None:
    state.posts.put(POST, ["a", "b", "a"])
    state = reopened(state)
    assert state.posts.get("en:1") == state.posts.at("a") == state.posts.at("b") == replace(POST, recent=NOW)
    assert state.posts.get("en:2") is state.posts.at("c") is None
    state.close()


def test_a_later_version_keeps_when_the_post_was_first_seen(state: State) -> None:
    state.posts.put(POST, ["a"])
    state.posts.put(replace(POST, revision=2, hash="h", first_seen=LATER, last_seen=LATER), [])
    post = state.posts.at("a")
    assert post is not None
    assert (post.revision, post.hash, post.first_seen, post.last_seen) == (2, "h", NOW, LATER)
    assert state.posts.count() == 1


def test_an_address_that_comes_to_serve_another_post_leads_to_it(state: State) -> None:
    state.posts.put(POST, ["a", "b"])
    state.posts.put(replace(POST, id="en:2"), ["a"])
    assert [state.posts.at(address).id for address in "ab"] == ["en:2", "en:1"]  # type: ignore[union-attr]
    assert state.posts.count() == 2


def test_a_post_without_a_record_is_known_but_does_not_count(state: State) -> None:
    state.posts.put(replace(POST, revision=0), ["a"])
    assert state.posts.at("a") is not None
    assert state.posts.count() == 0
    assert list(state.posts.recent("en", None, None, (), None)) == []


@pytest.mark.parametrize(
    ("since", "until", "kinds", "listings", "expected"),
    [
        (None, None, (), None, [3, 4, 2, 1]),
        ("2025-01-02T00:00:00Z", None, (), None, [3, 4, 2]),
        (None, "2025-01-02T00:00:00Z", (), None, [3, 2, 1]),
        (None, None, ("video",), None, [4]),
        (None, None, (), {"https://x/s"}, [2]),
        (None, None, (), set(), []),
    ],
)
def test_known_posts_come_most_recently_changed_first(
    state: State,
    since: str | None,
    until: str | None,
    kinds: tuple[str, ...],
    listings: set[str] | None,
    expected: list,
) -> None:
    def post(n: int, day: str | None, **more: object) -> None:
        published = day and f"2025-01-{day}T00:00:00Z"
        state.posts.put(replace(POST, id=f"en:{n}", published_at=published, **more), [])  # type: ignore[arg-type]

    post(1, "01")
    post(2, "02", listing="https://x/s")
    post(3, None, recent="2026-01-01T00:00:00Z")
    post(4, "03", kind="video")
    post(5, "04", gone=410)
    post(6, "05", edition="ar")
    found = [int(p.id.partition(":")[2]) for p in state.posts.recent("en", since, until, kinds, listings)]
    assert found == expected


def test_known_posts_are_read_in_parts_while_they_change(state: State) -> None:
    for n in range(250):
        state.posts.put(replace(POST, id=f"en:{n}"), [])
    seen = []
    for post in state.posts.recent("en", None, None, (), None):
        seen.append(post.id)
        state.posts.put(replace(post, last_seen=LATER), [])
    assert len(seen) == len(set(seen)) == 250


# --- URLs without article ---------------------------------------------------------------------------------------------


def test_an_address_without_an_article_is_passed_by_for_a_week(state: State) -> None:
    state.queue.skip("a", "skipped", "newscast", NOW)
    assert state.queue.skipped("a", LATER) == SkippedUrl("skipped", "newscast")
    assert state.queue.skipped("a", "2025-11-30T04:05:05Z") == SkippedUrl("skipped", "newscast")
    assert state.queue.skipped("a", "2025-11-30T04:05:06Z") is None
    assert state.queue.skipped("b", NOW) is None


def test_an_article_at_it_ends_the_passing_by(state: State) -> None:
    state.queue.skip("a", "gone", None, NOW)
    state.posts.put(POST, ["a"])
    assert state.queue.skipped("a", NOW) is None


def test_a_reject_is_tried_in_so_many_later_runs_then_given_up(state: State) -> None:
    found = QueuedUrl("a", "https://x/a", "[null, null]")
    state.queue.retry(found, "en", "rejected")
    for tried in range(MAX_TRIES):
        assert state.queue.retries("en") == [found], tried
        assert state.queue.skipped("a", NOW) is None
        state.queue.retry(found, "en", "rejected")
    assert state.queue.retries("en") == []
    assert state.queue.skipped("a", NOW) == SkippedUrl("skipped", "given_up")
    assert state.queue.retries("ar") == []


def test_a_failure_is_no_try(state: State) -> None:
    found = QueuedUrl("a", "https://x/a", "[null, null]")
    for _ in range(MAX_TRIES + 2):
        state.queue.retry(found, "en", "failed")
    assert state.queue.retries("en") == [found]
    state.queue.end_retry("a")
    assert state.queue.retries("en") == []


# --- listings ---------------------------------------------------------------------------------------------------------


def test_what_is_known_of_a_listing_replaces_what_was(state: State) -> None:
    state.queue.save_known_listing("s", "", KnownListing(("a", "b"), None), NOW)
    state.queue.save_known_listing("s", "", KnownListing(("c", "a"), None), LATER)
    assert state.queue.known_listings("s", "") == [KnownListing(("c", "a"), None)]
    assert state.queue.known_listings("t", "") == []


def test_newest_urls_of_a_range_or_of_some_kinds_are_apart_from_those_of_all(state: State) -> None:
    whole, bounded, videos = KnownListing(("a",), None), KnownListing(("b",), NOW), KnownListing(("v",), None)
    state.queue.save_known_listing("s", "", whole, NOW)
    state.queue.save_known_listing("s", "", bounded, LATER)
    state.queue.save_known_listing("s", "video", videos, LATER)
    assert set(state.queue.known_listings("s", "")) == {whole, bounded}
    assert set(state.queue.known_listings("s", "video")) == {whole, bounded, videos}
    assert set(state.queue.known_listings("s", "news")) == {whole, bounded}


# --- crawls and runs --------------------------------------------------------------------------------------------------


def test_a_crawl_cut_short_is_gone_on_with_where_spider_and_arguments_are_the_same(state: State) -> None:
    first = state.runs.begin("articles", "{}", "s1", NOW)
    state.queue.save_listing_crawl(first, 0, {"pages": 3})
    for address in "abcd":
        state.queue.add(first, QueuedUrl(address, f"https://x/{address}", "[null, null]", 0))
    state.queue.mark_done(first, "a")
    state.queue.mark_done(first, "b", failed=True)
    state = reopened(state)
    other = state.runs.begin("articles", '{"sections": "x"}', "s2", LATER)
    assert not other.resumed
    again = state.runs.begin("articles", "{}", "s3", LATER)
    assert (again.n, again.resumed, again.started_at, again.listings) == (first.n, True, NOW, {0: {"pages": 3}})
    assert again.run != first.run
    assert [found.address for found in state.queue.pending(again)] == ["b", "c", "d"]
    assert state.queue.done(again) == {"a"}
    assert state.queue.listed(again, 0) == set("abcd")
    assert [crawl.n for crawl in state.runs.unfinished()] == [first.n, other.n]
    assert state.runs.unfinished()[0].pending == 3
    state.close()


def test_an_address_is_left_until_it_is_settled_wherever_it_was_listed(state: State) -> None:
    crawl = state.runs.begin("articles", "{}", "s", NOW)
    for walk in (0, 1, 1):
        state.queue.add(crawl, QueuedUrl("a", "https://x/a", "[null, null]", walk), done=walk == 1)
    assert [found.listing for found in state.queue.pending(crawl)] == [0]
    assert state.queue.done(crawl) == set()
    state.queue.mark_done(crawl, "a")
    assert state.queue.pending(crawl) == []
    assert state.queue.done(crawl) == {"a"}
    state.queue.mark_done(crawl, "a", failed=True)
    assert state.queue.pending(crawl) == [], "what is settled stays so"


def test_a_finished_crawl_leaves_only_what_failed_to_be_tried_again(state: State) -> None:
    crawl = state.runs.begin("articles", "{}", "s", NOW)
    for address in "ab":
        state.queue.add(crawl, QueuedUrl(address, f"https://x/{address}", "[null, null]"))
    state.queue.mark_done(crawl, "a")
    state.queue.mark_done(crawl, "b", failed=True)
    state.end(crawl, "en", 3, "short", LATER, finished=True)
    assert state.runs.unfinished() == []
    assert [found.address for found in state.queue.retries("en")] == ["b"]
    assert state.queue.pending(crawl) == []
    assert not state.runs.begin("articles", "{}", "s2", LATER).resumed


def test_a_crawl_that_ends_unfinished_stays_unless_it_never_began(state: State) -> None:
    begun = state.runs.begin("articles", "{}", "s", NOW)
    state.queue.add(begun, QueuedUrl("a", "https://x/a", "[null, null]"))
    state.end(begun, "en", 3, "interrupted", LATER, finished=False)
    never = state.runs.begin("tags", "{}", "s2", NOW)
    state.end(never, "en", 1, "bad", LATER, finished=False)
    assert [crawl.spider for crawl in state.runs.unfinished()] == ["articles"]


# --- the outbox -------------------------------------------------------------------------------------------------------


def test_lines_wait_in_order_until_the_feeds_are_whole(state: State) -> None:
    crawl = state.runs.begin("articles", "{}", "s", NOW)
    lines = [f"{n} «ü» {chr(0x1F4F0)}\n".encode() for n in range(250)]
    for n, line in enumerate(lines):
        state.outbox.add(crawl.run, "articles" if n % 5 else "rejects", line)
    state = reopened(state)
    assert state.outbox.incomplete_runs() == [(crawl.run, "s", "articles")]
    assert state.outbox.incomplete_runs(["headlines"]) == []
    assert sorted(state.outbox.folders(crawl.run)) == ["articles", "rejects"]
    assert list(state.outbox.lines(crawl.run, "articles")) == [line for n, line in enumerate(lines) if n % 5]
    state.outbox.clear(crawl.run)
    assert state.outbox.incomplete_runs() == state.outbox.folders(crawl.run) == []
    state.close()


def test_a_transaction_that_fails_leaves_nothing_and_one_within_it_is_part_of_it(state: State) -> None:
    def fail() -> None:
        with state.transaction():
            state.posts.put(POST, ["a"])
            with state.transaction():
                state.queue.skip("b", "gone", None, NOW)
            raise KeyError("whatever")

    with pytest.raises(KeyError):
        fail()
    assert state.posts.get("en:1") is state.posts.at("a") is state.queue.skipped("b", NOW) is None
    state.posts.put(POST, ["a"])
    assert state.posts.at("a") is not None


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.sampled_from("abc"), st.integers(-1, 1), st.booleans()),
            st.tuples(st.just("settle"), st.sampled_from("abc"), st.just(0), st.booleans()),
        ),
        max_size=20,
    )
)
def test_what_is_left_is_what_was_listed_and_not_settled(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int, bool]]
) -> None:
    state = State(tmp_path_factory.mktemp("state") / "s")
    state.database._db.execute("PRAGMA synchronous = OFF")
    state.database.create_tables()
    crawl = state.runs.begin("articles", "{}", "s", NOW)
    rows: dict[tuple[str, int], int] = {}
    for step, address, walk, flag in steps:
        if step == "add":
            state.queue.add(crawl, QueuedUrl(address, address, "", walk), done=flag)
            rows.setdefault((address, walk), int(flag))
        else:
            state.queue.mark_done(crawl, address, failed=flag)
            rows |= {key: 2 if flag else 1 for key, at in rows.items() if key[0] == address and at != 1}
    assert [(found.address, found.listing) for found in state.queue.pending(crawl)] == [
        key for key, at in rows.items() if at != 1
    ]
    done = {address for address, _ in rows if all(at == 1 for (a, _), at in rows.items() if a == address)}
    assert state.queue.done(crawl) == done
    state.close()


# --- the file ---------------------------------------------------------------------------------------------------------


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 4096)


def scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (n)")
    db.close()


def newer(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(60)
        file.write((99).to_bytes(4, "big"))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOILT = [
    pytest.param(lambda path: path.write_bytes(b""), r"is damaged \(it is not an SQLite file\)\. .*`scrapy rebuild`", id="empty"),
    pytest.param(lambda path: path.write_bytes(b"{}\n" * 2000), r"is damaged \(it is not an SQLite file\)", id="no database"),
    pytest.param(cut, r"is damaged \(it is cut short", id="cut short"),
    pytest.param(lambda path: os.truncate(path, 4096), r"is damaged \(it is cut short", id="first page only"),
    pytest.param(scribble, r"is damaged \(.*`scrapy rebuild`", id="damaged within"),
    pytest.param(foreign, r"belongs to another program\. Move it away", id="foreign"),
    pytest.param(newer, r"written by a newer version of this project .tables 99, here 3.\. Upgrade", id="newer"),
    pytest.param(folder, r"cannot be read \(Is a directory\)", id="a folder"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "line"), SPOILT)
def test_a_file_that_cannot_be_used_is_refused_in_one_line_and_left_as_it_is(
    tmp_path: Path, spoil: Callable[[Path], None], line: str
) -> None:
    state = State.open(tmp_path)
    for n in range(50):
        state.posts.put(replace(POST, id=f"en:{n}"), [f"https://x/{n}"])
    state.close()
    path = tmp_path / FILE
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateError, match=line) as error:
        State.open(tmp_path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    State.open(tmp_path).close()
    opened = Path.open

    def refuse(path: Path, *args: object, **kwargs: object) -> object:
        if path.name == FILE:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StateError, match=rf"{FILE} cannot be read \(Permission denied\)"):
        State.open(tmp_path)


@pytest.mark.parametrize("name", ["articles", "corrections", "authors", "removals", "rejects"])
def test_a_folder_with_feeds_but_no_state_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "x.jsonl").touch()
    with pytest.raises(StateError, match=rf"has {name} but no {FILE}.*`scrapy rebuild`"):
        State.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_headlines_alone_need_no_state_to_begin_with(tmp_path: Path) -> None:
    (tmp_path / "headlines").mkdir()
    (tmp_path / "headlines" / "x.jsonl").touch()
    State.open(tmp_path).close()
    assert (tmp_path / FILE).exists()


def test_what_was_left_of_making_one_is_no_hindrance(tmp_path: Path) -> None:
    for leftover in (f"{FILE}.new", f"{FILE}-wal", f"{FILE}-shm"):
        (tmp_path / leftover).write_bytes(b"whatever")
    state = State.open(tmp_path)
    assert state.posts.count() == 0
    state.close()


def test_rows_that_only_the_journal_has_are_known_after_a_kill(tmp_path: Path) -> None:
    state = State.open(tmp_path)
    state.posts.put(POST, ["a"])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in (FILE, f"{FILE}-wal"):  # as a kill leaves them
        shutil.copy(tmp_path / name, copy / name)
    state.close()
    state = State.open(copy)
    assert state.posts.at("a") is not None
    state.close()


def test_a_damage_found_while_running_is_reported_in_one_line(tmp_path: Path) -> None:
    state = State.open(tmp_path)
    for n in range(2000):
        state.posts.put(replace(POST, id=f"en:{n}"), [f"https://x/{n}"])
    state = reopened(state)
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(4096 * 2)
        file.write(os.urandom(4096 * 50))
    state.database._db.execute("PRAGMA shrink_memory")  # pages it has read are read again

    def look_up() -> None:
        for n in range(2000):
            state.posts.at(f"https://x/{n}")
            state.posts.get(f"en:{n}")

    with pytest.raises(StateError, match="is damaged") as error:
        look_up()
    assert state.error is error.value
    state.close()


# --- locks ------------------------------------------------------------------------------------------------------------


def _hold(folder: Path, acquired: multiprocessing.synchronize.Event) -> None:
    lock = Lock(folder, "posts")
    assert lock.acquire("articles") is None
    acquired.set()
    multiprocessing.Event().wait()


@pytest.mark.process
def test_a_lock_has_one_holder_is_named_and_freed_when_its_process_is_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    acquired = context.Event()
    holder = context.Process(target=_hold, args=(tmp_path, acquired))
    holder.start()
    try:
        assert acquired.wait(300)
        lock = Lock(tmp_path, "posts")
        holder_line = lock.acquire("tags")
        assert holder_line is not None
        assert holder_line.startswith(f"articles (process {holder.pid}, since ")
        beside = Lock(tmp_path, "headlines")
        assert beside.acquire("headlines") is None
        beside.release()
    finally:
        holder.kill()
        holder.join()
    assert lock.acquire("tags") is None
    assert str(Lock(tmp_path, "posts").acquire("articles")).startswith("tags (process ")
    lock.release()
    assert lock.acquire("articles") is None
    lock.release()


# --- files of another version -----------------------------------------------------------------------------------------


def shape(path: Path) -> set[tuple[str, str]]:
    """The tables and indexes of a file, and its version."""
    with sqlite3.connect(path) as db:
        found = {row for row in db.execute("SELECT name, sql FROM sqlite_master") if not row[0].startswith("sqlite_")}
        found.add(("user_version", str(db.execute("PRAGMA user_version").fetchone()[0])))
    db.close()
    return found


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> int:
    """This code as the next version of it would be, with one table more."""
    number = VERSION + 1
    steps = {**migrations.MIGRATIONS, number: "CREATE TABLE pages (n INTEGER PRIMARY KEY);"}
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    monkeypatch.setattr(migrations, "VERSION", number)
    monkeypatch.setattr(database, "VERSION", number)
    return number


def test_a_file_of_the_version_before_is_migrated_with_all_that_it_knew(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    state = State.open(tmp_path)
    state.posts.put(POST, ["a"])
    state.close()
    number = request.getfixturevalue("next_version")
    for _ in range(2):
        state = State.open(tmp_path)
        assert state.posts.at("a") == replace(POST, recent=NOW)
        state.close()
    State.create(tmp_path / "new.sqlite")
    assert shape(tmp_path / FILE) == shape(tmp_path / "new.sqlite")
    assert ("user_version", str(number)) in shape(tmp_path / FILE)


def test_tables_are_not_migrated_while_an_older_version_uses_them(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    State.open(tmp_path).close()
    before = shape(tmp_path / FILE)
    request.getfixturevalue("next_version")
    mine, other = Lock(tmp_path, "posts"), Lock(tmp_path, "headlines")
    assert mine.acquire("articles") is None
    with monkeypatch.context() as patched:
        patched.setattr("os.getpid", lambda: 1)
        assert other.acquire("headlines") is None
    with pytest.raises(StateError, match=r"older version, which headlines \(process 1, .* still uses") as caught:
        State.open(tmp_path)
    assert caught.value.reason == "locked"
    assert shape(tmp_path / FILE) == before
    other.release()
    State.open(tmp_path).close()
    assert shape(tmp_path / FILE) > before - {("user_version", str(VERSION))}
    mine.release()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    State.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("CREATE TABLE pages (x)")
    db.close()
    before = shape(tmp_path / FILE)
    request.getfixturevalue("next_version")
    with pytest.raises(StateError, match=r"already exists.*Rebuild it from the feeds"):
        State.open(tmp_path)
    assert shape(tmp_path / FILE) == before


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_from_before_the_first_release_is_refused_in_one_line(tmp_path: Path, version: int) -> None:
    State.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute(f"PRAGMA user_version = {version}")
    db.close()
    line = rf"before the first release \(tables {version}, here {VERSION}\)\. Set another MAYADEEN_DATA_DIR, or rebuild"
    with pytest.raises(StateError, match=line) as error:
        State.open(tmp_path)
    assert "\n" not in str(error.value)


# --- what pages look like ---------------------------------------------------------------------------------------------

READING = Reading("news", "politics", NOW, {"title": [60, 15], "tags": None}, "https://x/1")
TAGS = ("tags", FILLED)


def lost(run: int) -> dict[str, Any]:
    """Tags are lost, and their source is in doubt."""
    return {"doubted": [TAGS, ("tags", "html")], "lost": {TAGS}, "alarms": [{"field": "tags", "run": run}]}


def test_readings_come_back_by_edition(state: State) -> None:
    state.drift.save("en", 3, [READING, READING])
    state.drift.save("ar", 4, [READING])
    state = reopened(state)
    assert state.drift.readings("en") == [replace(READING, url="", run=3)] * 2
    assert [reading.run for reading in state.drift.readings("ar")] == [4]
    assert state.drift.readings("es") == []
    state.close()


def test_doubt_goes_with_the_next_run_that_is_fine_and_an_alarm_is_remembered(state: State) -> None:
    state.drift.save("en", 1, [], doubted=[TAGS])
    assert state.drift.doubts("en") == {TAGS: Doubts(open={1: False})}
    state.drift.save("en", 2, [], **lost(2))
    assert state.drift.doubts("en")[TAGS] == Doubts(open={1: False, 2: True})
    assert state.drift.doubts("en")[("tags", "html")] == Doubts(open={2: False})
    assert state.drift.alarms("en") == [{"field": "tags", "run": 2}]
    assert state.drift.alarms("ar") == []
    state.drift.save("en", 3, [], **lost(3))
    assert state.drift.alarms("en") == [{"field": "tags", "run": 3}]
    state.drift.save("en", 4, [], fine=list(ASPECTS))
    assert state.drift.doubts("en") == {TAGS: Doubts(closed={2, 3})}
    assert state.drift.alarms("en") == []


def test_what_is_accepted_is_usual_from_where_it_began(state: State) -> None:
    state.drift.save("en", 1, [], doubted=[TAGS, ("title", FILLED)])
    state.drift.save("en", 2, [], **lost(1))
    state.drift.accept("en")
    assert state.drift.doubts("en") == {
        TAGS: Doubts(since=1), ("tags", "html"): Doubts(since=2), ("title", FILLED): Doubts(open={1: False}),
    }  # fmt: skip
    assert state.drift.alarms("en") == []


def test_readings_are_bounded_and_alarming_ones_displace_nothing(state: State) -> None:
    thousand = [READING] * 1000
    for run in range(1, 13):
        state.drift.save("en", run, thousand)
    for run in range(13, 20):
        state.drift.save("en", run, thousand, **lost(run))
    runs = sorted({reading.run for reading in state.drift.readings("en")})
    assert runs == [*range(3, 13), 18, 19]
    assert len(state.drift.readings("en")) == MAX_READINGS + MAX_ALARMING
    assert min(state.drift.doubts("en")[TAGS].open) == 13
