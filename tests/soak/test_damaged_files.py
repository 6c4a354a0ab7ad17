"""Damaged reports, throttle files, feeds and states: a clear line or a normal result, never a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mayadeen.dataset.gaps import gaps
from mayadeen.dataset.inputs import BadLine, Line, Reader
from mayadeen.monitoring.previous_reports import previous_reports, same_kind, since
from mayadeen.politeness.throttle import FILE, SharedThrottle
from mayadeen.storage.database import FILE as DATABASE
from mayadeen.storage.errors import StateError
from mayadeen.storage.state import State
from tests.support.archive import article
from tests.support.damage import damaged
from tests.support.reports import full

pytestmark = pytest.mark.soak

SEEDS = 2_000
HOST = "example.org"


def test_reports(tmp_path: Path) -> None:
    whole: dict[str, Any] = full()
    data = json.dumps(whole).encode()
    path = tmp_path / "20251122T040506.123Z.json"
    for seed in range(SEEDS):
        path.write_bytes(damaged(data, Random(seed)))
        (read,) = previous_reports(tmp_path, 9)
        if read.report is not None and same_kind(whole, read):
            since(whole, read)
        assert "\n" not in (read.trouble or "")
        gaps([(path.name, path.read_bytes())], ["en"])


def test_throttle_files(tmp_path: Path) -> None:
    throttle = SharedThrottle(tmp_path)
    throttle.acquire(HOST, 2.0)
    throttle.hold(HOST, 60)
    data = (tmp_path / FILE).read_bytes()
    for seed in range(SEEDS):
        (tmp_path / FILE).write_bytes(damaged(data, Random(seed)))
        other = SharedThrottle(tmp_path)
        other.acquire(HOST, 1.0)
        other.good(HOST)
        other.close()


def test_feeds(tmp_path: Path) -> None:
    data = json.dumps(article(1)).encode()
    reader = Reader()
    messages: list[str] = []
    for seed in range(SEEDS):
        text = damaged(data, Random(seed))
        try:
            reader.article(Line(1, 0, text, whole=True))
        except BadLine as error:
            messages.append(str(error))
    assert not any("\n" in message for message in messages)


def test_states(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    State.open(whole).close()
    messages: list[str] = []
    data = (whole / DATABASE).read_bytes()
    for seed in range(SEEDS):
        folder = tmp_path / "damaged"
        folder.mkdir()
        (folder / DATABASE).write_bytes(damaged(data, Random(seed)))
        try:
            State.open(folder).close()
        except StateError as error:
            messages.append(str(error))
        shutil.rmtree(folder)
    assert not any("\n" in message for message in messages)
