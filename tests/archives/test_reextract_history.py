"""The history of an article after re-extraction: returns, removals, ids, and what a kill leaves."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mayadeen.archives.reextract import Reextraction
from mayadeen.archives.writer import Exchange, WarcWriter
from mayadeen.commands.reextract import lines, reextract
from mayadeen.extraction.article import ArticlePage
from mayadeen.storage.feeds import Feed
from mayadeen.storage.posts import Post
from mayadeen.storage.state import State
from testsite import SyntheticSite

SITE = SyntheticSite(posts=50, seed=3)
NUMBER = next(n for n in range(50) if SITE.variants(n) == ["plain"] and SITE.answer(n)["record"]["summary"])
RECORD = SITE.answer(NUMBER)["record"]
URL, ID = RECORD["canonical_url"], RECORD["id"]
PAGE = SITE.page(NUMBER, "https://english.almayadeen.net")
EDITED = PAGE.replace(RECORD["title"], "Another title")
WITHOUT_ID = PAGE.replace(RECORD["post_id"], "")
DAYS = [f"2026-11-{day:02}T10:00:00Z" for day in range(1, 9)]
START = datetime(2030, 1, 1, tzinfo=UTC)


def keep(data: Path, name: str, visit: tuple[str, str], second: tuple[str, str] | None = None) -> None:
    """Keep the page of the article as a run does, and that of a second address: time and text."""
    writer = WarcWriter(data, name, {"mayadeen-run": name, "mayadeen-edition": "en"})
    for url, (at, page) in ((URL, visit), *(((f"{URL}-2", second),) if second else ())):
        note = {
            "record": "article", "kind": None, "section": None, "requested_url": url,
            "discovered_via": {"kind": "url", "url": url, "position": None},
        }  # fmt: skip
        headers = [("Content-Type", "text/html; charset=utf-8")]
        writer.write(Exchange(url, at, "GET", [], 200, "OK", headers, page.encode(), note))
    writer.close()


def append(data: Path, folder: str, record: dict[str, Any] | str) -> None:
    """Add a line to a feed."""
    path = data / folder / "20261101T000000.000Z.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{record if isinstance(record, str) else json.dumps(record)}\n")


def reject(data: Path, at: str, url: str = URL) -> None:
    append(data, "rejects", {"url": url, "fetched_at": at})


def remove(data: Path, at: str, last: str = DAYS[0]) -> None:
    append(data, "removals", {"id": ID, "seen_at": at, "last_seen_at": last, "status": 410})


def again(data: Path, hour: int) -> dict[str, Any]:
    return reextract(data, START + timedelta(hours=hour), None, dry_run=False, accepted=("summary",))


def feed(data: Path, folder: str = "articles") -> list[dict[str, Any]]:
    paths = sorted((data / folder).glob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def chain(data: Path) -> list[tuple[str, int, str, str | None]]:
    """The versions of the article in their present reading."""
    read = {(one["id"], one["fetched_at"], one["revision"]): one for f in ("articles", "corrections") for one in feed(data, f)}  # fmt: skip
    return [(one["fetched_at"], one["revision"], one["content_hash"], one["previous_hash"]) for one in read.values()]


@contextmanager
def state(data: Path) -> Iterator[State]:
    opened = State.open(data)
    try:
        yield opened
    finally:
        opened.close()


def post(data: Path) -> Post:
    with state(data) as opened:
        found = opened.posts.get(ID)
        assert found is not None
        return found


@contextmanager
def no_summary() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ArticlePage, "summary", lambda self: iter(()))
        yield


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with the article's first version, of day 0."""
    folder = tmp_path / "data"
    folder.mkdir()
    State.open(folder).close()
    keep(folder, "a", (DAYS[0], PAGE))
    reject(folder, DAYS[0])
    assert again(folder, 0)["counts"] == {"no_page": 0, "recovered": 1}
    return folder


@pytest.mark.parametrize("removed", [0, 1, 2])
def test_a_rejected_page_of_a_return_after_a_removal_is_a_version_of_its_own(data: Path, removed: int) -> None:
    (first,) = chain(data)
    remove(data, DAYS[removed])
    keep(data, "b", (DAYS[2], PAGE))
    reject(data, DAYS[2])
    assert again(data, 1)["counts"] == {"no_page": 0, "recovered": 1, "unchanged": 1}
    assert chain(data) == [first, (DAYS[2], 2, first[2], first[2])]
    assert post(data).gone is None
    assert again(data, 2)["counts"] == {"no_page": 0, "unchanged": 2}


@pytest.mark.parametrize("removed", [1, 2])
def test_a_page_that_was_read_before_a_removal_leaves_the_article_gone(data: Path, removed: int) -> None:
    keep(data, "b", (DAYS[1], EDITED))
    remove(data, DAYS[removed], DAYS[1])
    assert again(data, 1)["counts"]["revised"] == 1
    assert (post(data).revision, post(data).gone) == (2, 410)


@pytest.mark.parametrize("rejected", [True, False])
def test_a_page_without_an_id_is_the_article_known_at_its_address(data: Path, rejected: bool) -> None:
    keep(data, "b", (DAYS[1], WITHOUT_ID.replace(RECORD["title"], "Another title")))
    if rejected:
        reject(data, DAYS[1])
    again(data, 1)
    assert [(one["id"], one["post_id"], one["revision"]) for one in feed(data)] == [
        (ID, RECORD["post_id"], 1), (ID, RECORD["post_id"], 2)
    ]  # fmt: skip


def test_a_page_with_another_id_at_a_known_address_is_another_article(data: Path) -> None:
    keep(data, "b", (DAYS[1], EDITED.replace(RECORD["post_id"], "2399001")))
    assert again(data, 1)["counts"] == {"no_page": 0, "not_recorded": 1, "unchanged": 1}


@pytest.mark.parametrize("has_record", [True, False])
def test_a_second_address_of_an_article_in_one_run_is_no_edit(data: Path, has_record: bool) -> None:
    if has_record:
        path = data / "warc" / "a-00001.warc.gz"
        (data / "articles" / "20300101T000000.000Z.jsonl").rename(data / "articles" / "a.jsonl")
        path.unlink()
        keep(data, "a", (DAYS[0], PAGE), second=(DAYS[1], EDITED))
    else:
        keep(data, "b", (DAYS[1], PAGE), second=(DAYS[2], EDITED))
    counts = again(data, 1)["counts"]
    assert counts == {"duplicate": 1, "no_page": 0, "unchanged": 1 if has_record else 2}
    assert len(feed(data)) == 1


def test_files_are_read_in_order_of_time_whatever_their_names_are(data: Path) -> None:
    keep(data, "Z", (DAYS[1], EDITED))  # before "a"
    again(data, 1)
    with no_summary():
        again(data, 2)
    (_, _, first, none), (_, _, _, previous) = chain(data)
    assert (none, previous) == (None, first)
    assert again(data, 3)["counts"]["corrected"] == 2
    assert again(data, 4)["counts"] == {"no_page": 0, "unchanged": 2}


def test_two_records_of_one_second_are_left_as_they_are(data: Path) -> None:
    (first,) = feed(data)
    append(data, "articles", first | {"revision": 2, "previous_hash": first["content_hash"], "title": "Another title"})
    keep(data, "b", (DAYS[0], EDITED))
    with no_summary():
        assert again(data, 1)["counts"] == {"no_page": 0, "same_second": 2}
    assert feed(data, "corrections") == []


def killed(data: Path, hour: int, owner: type, method: str, *, after: bool = False) -> None:
    """Run the command in a process that is killed when it calls a method first, or ``after`` that."""
    original = getattr(owner, method)

    def kill(*values: Any, **names: Any) -> None:
        if after:
            original(*values, **names)
        os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if pid == 0:
        setattr(owner, method, kill)
        again(data, hour)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


@pytest.mark.process
@pytest.mark.parametrize(
    ("method", "after"), [("_update_post", False), ("_write", True), ("_correct_chains", False), ("report", False)]
)
def test_a_killed_run_is_completed_by_the_next(data: Path, method: str, after: bool) -> None:
    keep(data, "b", (DAYS[1], EDITED))
    again(data, 1)
    next((data / "warc").glob("b*")).unlink()  # the second version has no page any more
    with no_summary():
        killed(data, 2, Reextraction, method, after=after)
        with state(data) as opened:
            assert opened.runs.unfinished() == []
        again(data, 3)
        assert again(data, 4)["counts"] == {"no_page": 1, "unchanged": 1}
    (_, _, first, _), (_, _, second, previous) = chain(data)
    assert (previous, post(data).hash) == (first, second)
    assert again(data, 5)["counts"]["corrected"] == 2


@pytest.mark.process
def test_a_record_and_its_post_are_stored_together(data: Path) -> None:
    keep(data, "b", (DAYS[1], EDITED))
    killed(data, 1, Feed, "write")
    assert post(data).revision == 2
    assert again(data, 2)["counts"] == {"no_page": 0, "unchanged": 2}
    assert [one[:2] for one in chain(data)] == [(DAYS[0], 1), (DAYS[1], 2)]


def test_pages_that_no_longer_read_and_lines_that_are_not_records_are_named(data: Path) -> None:
    append(data, "articles", '{"id": ["x"]}')
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ArticlePage, "title", lambda self: iter(()))
        report = again(data, 1)
    assert report["counts"] == {"no_page": 0, "now_rejected": 1}
    (line,) = (line for line in lines(report) if "now_rejected:" in line)
    assert line.startswith(f"  now_rejected: {URL}: ")
    path = data / "articles" / "20261101T000000.000Z.jsonl"
    assert report["unreadable_lines"] == [f"{path}, line 1: not a record of this folder"]


def test_pages_of_another_program_are_counted(data: Path) -> None:
    keep(data, "b", (DAYS[1], EDITED))
    path = next((data / "warc").glob("b*"))
    records = gzip.decompress(path.read_bytes()).partition(b"WARC/1.1\r\nWARC-Type: response")
    path.write_bytes(gzip.compress(records[1] + records[2].partition(b"WARC/1.1\r\nWARC-Type: metadata")[0]))
    assert again(data, 1)["counts"] == {"no_page": 0, "other_program": 1, "unchanged": 1}
    assert len(feed(data)) == 1


@pytest.mark.parametrize("damage", [{"blocks": 3, "schema_version": "1.0.0"}, {"provenance": [], "schema_version": "1.0.0"}, {"images": [{}]}])  # fmt: skip
def test_a_damaged_record_is_named_and_does_not_end_the_command(data: Path, damage: dict[str, Any]) -> None:
    (first,) = feed(data)
    (path,) = (data / "articles").glob("*.jsonl")
    path.write_text(json.dumps(first | damage), encoding="utf-8")
    keep(data, "b", (DAYS[1], EDITED))
    report = again(data, 1)
    assert report["counts"] == {"no_page": 0, "revised": 1}
    (line,) = report["unreadable_lines"]
    assert line.startswith(f"{path}: {URL} cannot be read: ")


def test_a_truncated_page_of_a_record_is_counted_once(data: Path) -> None:
    path = next((data / "warc").glob("a*"))
    whole = gzip.decompress(path.read_bytes())
    path.write_bytes(
        gzip.compress(whole.replace(b"WARC-Type: response", b"WARC-Type: response\r\nWARC-Truncated: length"))
    )
    assert again(data, 1)["counts"] == {"no_page": 0, "truncated": 1}
