"""The place of a dataset: replaced whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mayadeen.dataset import atomic_dir
from mayadeen.dataset.atomic_dir import AtomicDirectory, AtomicDirectoryError
from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.inputs import InputError, find
from mayadeen.storage.locks import Lock
from tests.support.archive import article, built, feed, files
from tests.support.preloaded import PROJECT


def there(folder: Path) -> list[str]:
    """What is in a folder, locks left out."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    feed(tmp_path / "data" / "articles" / "1.jsonl", article(1), article(2))
    return tmp_path / "data"


@pytest.mark.process
def test_killed_at_any_moment_the_old_dataset_is_there_or_the_new_one(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "out"
    built(data, out, formats=("jsonl", "csv.gz"))
    feed(
        data / "articles" / "2.jsonl",
        article(1, title="Changed", revision=2, fetched_at="2025-04-01T00:00:00Z"),
        article(3),
    )
    built(data, tmp_path / "whole", formats=("jsonl", "csv.gz"))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parents[1] / "support" / "killed_build.py"), str(data), str(out), "3"],
        cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert {kill["status"] for kill in kills[:-1]} == {9}
    assert len(kills) > 20
    hashes = [kill["out"] for kill in kills]
    assert len(set(hashes)) == 2
    assert hashes[-1] not in hashes[: len(hashes) // 2], (
        "for the most part it was killed before the new one was in place"
    )
    assert there(tmp_path / "made") == ["before", "out"], "the next build removes what one that was killed left"


def test_leftovers_and_an_old_one_without_a_new_one(data: Path, tmp_path: Path) -> None:
    """As a kill between the two renames leaves it where folders cannot be exchanged."""
    out = tmp_path / "made" / "out"
    built(data, out)
    before = files(out)
    beside = out.parent / ".out.work"
    (beside / "new").mkdir(parents=True)
    (beside / atomic_dir.MARK).touch()
    (beside / "new" / "half").write_text("x")
    out.rename(beside / "old")
    with pytest.raises(InputError):
        built(feed(tmp_path / "empty" / "articles" / "1.jsonl", b"\n").parents[1], out)
    assert files(out) == before
    assert there(out.parent) == ["out"]


def test_where_folders_cannot_take_each_others_place(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "made" / "out"
    built(data, out)
    first = files(out)
    monkeypatch.setattr(atomic_dir, "_RENAME_EXCHANGE", 99)
    feed(data / "articles" / "2.jsonl", article(3))
    built(data, out)
    assert files(out) != first
    assert there(out.parent) == ["out"]


def test_one_build_at_a_time(data: Path, tmp_path: Path) -> None:
    lock = Lock(tmp_path, "out")
    assert lock.acquire("dataset") is None
    with pytest.raises(
        AtomicDirectoryError,
        match=rf"^{tmp_path}/out is being built by dataset \(process {os.getpid()}, since .*\)\. Wait",
    ):
        built(data, tmp_path / "out")
    lock.release()
    built(data, tmp_path / "out")


@pytest.mark.parametrize("strange", ["notes.txt", "data/mine.jsonl", ".git/HEAD"])
def test_what_no_build_has_put_there_is_not_replaced(data: Path, tmp_path: Path, strange: str) -> None:
    out = tmp_path / "out"
    built(data, out)
    path = out / strange
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = files(out)
    with pytest.raises(AtomicDirectoryError, match=f"holds {strange}, which no build wrote"):
        built(data, out)
    assert files(out) == before
    (out / "manifest.json").unlink()
    with pytest.raises(
        AtomicDirectoryError, match=r"is not empty and not a dataset\. Name another folder, or empty it"
    ):
        built(data, out)
    with pytest.raises(AtomicDirectoryError, match="is not a folder"):
        built(data, path)


@pytest.mark.parametrize("changed", ["features.json", "data/articles.jsonl"])
def test_what_was_changed_since_it_was_built_is_not_replaced(data: Path, tmp_path: Path, changed: str) -> None:
    out = tmp_path / "out"
    built(data, out)
    (out / changed).write_bytes((out / changed).read_bytes() + b"my notes\n")
    before = files(out)
    with pytest.raises(
        AtomicDirectoryError, match=f"holds {changed}, which no build wrote, or which was changed since"
    ):
        built(data, out)
    assert files(out) == before
    (out / changed).unlink()
    (out / "link").symlink_to(data)
    with pytest.raises(AtomicDirectoryError, match="holds link, which no build wrote"):
        built(data, out)
    (out / "link").unlink()
    built(data, out)
    assert set(files(out)) == set(before)


def test_what_is_put_there_while_it_is_built_is_not_replaced(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    built(data, out)

    def note(*_: object) -> None:
        (out / "notes.txt").write_text("mine")

    with pytest.raises(AtomicDirectoryError, match=r"holds notes\.txt"):
        build(find(data, []), out, BuildOptions(), (note,))
    assert (out / "notes.txt").read_text() == "mine"
    assert not (tmp_path / ".out.work").exists()


def test_a_mount_point_is_refused_before_anything_is_read(data: Path) -> None:
    with pytest.raises(AtomicDirectoryError, match="/ is a mount point"):
        built(data, Path("/"))


def test_an_empty_folder_and_a_link_are_built_in(data: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    built(data, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "manifest.json").is_file()
    built(data, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()


def test_an_error_leaves_nothing_beside(tmp_path: Path) -> None:
    def fails() -> None:
        with AtomicDirectory(tmp_path / "out") as made:
            (made.new / "half").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert there(tmp_path) == []


@pytest.mark.parametrize("name", ["notes.txt", "new", "old", "work"])
def test_a_working_folder_that_no_build_made_is_refused_and_kept(data: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "made" / "out"
    mine = out.parent / ".out.work" / name
    mine.mkdir(parents=True)
    (mine / "file").write_text("mine")
    with pytest.raises(AtomicDirectoryError, match="was not made by a build"):
        built(data, out)
    assert (mine / "file").read_text() == "mine"
    assert not out.exists()


def test_files_next_to_those_of_a_killed_build_are_kept(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "out"
    beside = out.parent / ".out.work"
    beside.mkdir(parents=True)
    (beside / atomic_dir.MARK).touch()
    (beside / "mine").write_text("mine")
    with pytest.raises(AtomicDirectoryError, match="Move it away"):
        built(data, out)
    assert (beside / "mine").read_text() == "mine"
    (beside / "mine").unlink()
    built(data, out)
    assert there(out.parent) == ["out"]
