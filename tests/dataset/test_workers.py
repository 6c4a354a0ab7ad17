"""Processes of a build: the same bytes as without them, and an end that is named."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from mayadeen.dataset import build as building
from mayadeen.dataset import steps
from mayadeen.dataset.inputs import InputError
from mayadeen.dataset.split import parse
from mayadeen.dataset.workers import MIN_BYTES, Workers, processes_for
from tests.support.archive import article, built, feed, files, removal


@pytest.mark.process
def test_processes_make_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    feed(data / "articles" / "1.jsonl", *(article(n) for n in range(20)), b"not JSON\n", b"[1]\n")
    feed(data / "articles" / "2.jsonl", *(article(n, title="Same", body="Same") for n in range(15, 40)))
    packed = data / "articles" / "3.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(article(50)).encode() + b"\n")[:-9])
    feed(data / "removals" / "1.jsonl", removal(3, "2026-01-01T00:00:00Z"), b"{}\n")
    monkeypatch.setattr(steps, "BATCH", 20_000)
    folders = {}
    for processes in (1, 2):
        monkeypatch.setattr(building, "processes_for", lambda _size, n=processes: n)
        out = tmp_path / str(processes)
        built(data, out, formats=("jsonl", "csv", "parquet"), split=parse("train=0.7,test=0.3"), history=True)
        folders[processes] = files(out)
    assert folders[1] == folders[2]
    assert len(json.loads(folders[1]["manifest.json"])["read_errors"]) == 4


@pytest.mark.process
def test_a_process_that_is_killed_ends_the_build() -> None:
    with Workers(2) as workers, pytest.raises(InputError, match="a process of the build was killed"):
        list(workers.map(os._exit, [1]))


def test_a_small_build_starts_no_process() -> None:
    assert processes_for(MIN_BYTES - 1) == 1
    assert processes_for(MIN_BYTES) == min(4, len(os.sched_getaffinity(0)))
