"""Damaged reports, throttle files, feeds and states: a clear line or a normal result, never a traceback."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from mayadeen.archives import job_report
from mayadeen.archives.extract_unit import COUNTS
from mayadeen.archives.saved_pages import SavedFolder
from mayadeen.commands.rebuild import _rebuild
from mayadeen.dataset.atomic_dir import AtomicDirectory, AtomicDirectoryError
from mayadeen.dataset.gaps import gaps
from mayadeen.dataset.inputs import BadLine, Line, Reader
from mayadeen.monitoring.doctor.fetching import Answer
from mayadeen.monitoring.doctor.history import changes_since_last
from mayadeen.monitoring.doctor.report import Check, DoctorReport
from mayadeen.monitoring.metrics import Metrics
from mayadeen.monitoring.previous_reports import previous_reports, same_kind, since
from mayadeen.politeness.throttle import FILE, SharedThrottle
from mayadeen.storage.database import FILE as DATABASE
from mayadeen.storage.errors import StateError
from mayadeen.storage.state import State
from tests.support.archive import article
from tests.support.damage import COUNTED, damaged
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


def test_metrics(tmp_path: Path) -> None:
    names = ("last_run_exit_status", "last_run_finished_timestamp_seconds", "last_success_timestamp_seconds")
    labels = 'edition="en",schedule="",spider="articles"'
    data = "".join(
        f"# HELP mayadeen_{name} x\n# TYPE mayadeen_{name} gauge\nmayadeen_{name}{{{labels}}} 1.0\n" for name in names
    )
    path = tmp_path / "articles-en.prom"
    for seed in range(SEEDS):
        path.write_bytes(damaged(data.encode(), Random(seed)))
        past = Metrics._read_past(SimpleNamespace(_path=path))  # type: ignore[arg-type]
        assert all(value is None or 0 <= value < 1e12 for value in past)


def test_counts_of_a_job(tmp_path: Path) -> None:
    (tmp_path / COUNTS).mkdir()
    path = tmp_path / COUNTS / "unit.json"
    data = json.dumps(COUNTED).encode()
    for seed in range(SEEDS):
        path.write_bytes(damaged(data, Random(seed)))
        job_report.table(job_report.report(tmp_path, [], []))


def test_manifests(tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    (out / "data").mkdir(parents=True)
    (out / "data" / "x.jsonl").write_bytes(b"{}\n")
    entry = {"path": "data/x.jsonl", "format": "jsonl", "bytes": 3, "sha256": "sha256:0"}
    data = json.dumps({"files": [entry]}).encode()
    messages: list[str] = []
    for seed in range(SEEDS):
        (out / "manifest.json").write_bytes(damaged(data, Random(seed)))
        try:
            AtomicDirectory(out)._check()
        except AtomicDirectoryError as error:
            messages.append(str(error))
    assert messages
    assert not any("\n" in message for message in messages)


def doctor_report() -> DoctorReport:
    report = DoctorReport("en", "https://x", "2025-01-01T00:00:00Z")
    for section in report.checks:
        report.add(section, Check("key", "Title", "ok", "value", "advice", {"stable": [1]}))
    report.decide("scrapy crawl articles", "1 min")
    return report


def test_reports_of_the_doctor(tmp_path: Path) -> None:
    report = doctor_report()
    path = tmp_path / "20250101T000000Z-en.json"
    data = json.dumps(report.as_json()).encode()
    for seed in range(SEEDS):
        path.write_bytes(damaged(data, Random(seed)))
        changes_since_last(tmp_path, report)


def test_saved_folders_of_the_doctor(tmp_path: Path) -> None:
    folder, url = tmp_path / "saved", "https://english.almayadeen.net/"
    saved = SavedFolder.create(folder)
    saved.keep(Answer(url, HtmlResponse(url, body=b"<html>x</html>"), cost=1))
    saved.keep(Answer(f"{url}a", code="timeout", error="no response", cost=1))
    saved.finish(doctor_report())
    files = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    messages: list[str] = []
    for seed in range(SEEDS):
        random = Random(seed)
        path = random.choice(list(files))
        whole = files[path]
        if path.suffix == ".gz" and random.random() < 0.7:
            path.write_bytes(gzip.compress(damaged(gzip.decompress(whole), random)))
        else:
            path.write_bytes(damaged(whole, random))
        try:
            SavedFolder.open(folder).report()
        except ValueError as error:
            messages.append(str(error))
        path.write_bytes(whole)
    assert messages
    assert not any("\n" in message for message in messages)


def test_feeds_that_a_state_is_rebuilt_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.dumps(article(1)).encode() + b"\n"
    name = "20250101T000000.000Z.jsonl"
    for seed in range(SEEDS // 4):
        data = tmp_path / str(seed)
        (data / "articles").mkdir(parents=True)
        line = damaged(whole, Random(seed)).replace(b"\n", b" ") + b"\n"
        (data / "articles" / name).write_bytes(line + whole)
        assert _rebuild(data, None) in (0, 3)
        State.open(data).close()
        shutil.rmtree(data)
    assert "Traceback" not in capsys.readouterr().err


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
