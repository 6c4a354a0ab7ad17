"""A run is killed, then a record gains a field. The run resumes, and its data folder is rebuilt and becomes a dataset."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mayadeen.dataset.manifest import UNREADABLE
from tests.support.crawl_runner import CrawlRunner
from tests.test_generate import project_with_a_new_field, python
from testsite import Server, SyntheticSite


@pytest.mark.soak
def test_older_records_go_on_with_the_new_field_unknown(tmp_path: Path) -> None:
    project, data = tmp_path / "project", tmp_path / "data"
    project.mkdir()
    project_with_a_new_field(project)
    python(project, "-m", "tools.generate")
    with Server(SyntheticSite(posts=100, seed=2)) as server:
        slow = CrawlRunner(server.url, data, DOWNLOAD_DELAY=0.05, LOG_LEVEL="DEBUG")
        killed = slow.stop_at("/news/sports/", by=signal.SIGKILL)
        assert killed.exit_code == -9
        older = len(killed.records)
        assert older > 0
        for path in (data / "articles").glob("*.csv"):  # the kill left it behind
            path.write_bytes(path.read_bytes()[:-20])
        runner = CrawlRunner(server.url, data)
        runner.project = project
        run = runner.run()
    assert run.exit_code == 0, run.stderr
    assert {record.get("opinion", "older") for record in run.records} == {"older", True}
    for path in (data / "articles").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert {row["opinion"] for row in csv.DictReader(file)} <= {"", "true"}

    for command in ("rebuild", "dataset"):
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", command, f"-sMAYADEEN_DATA_DIR={data}"],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project), "SCRAPY_SETTINGS_MODULE": "mayadeen.settings"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    manifest = json.loads((data / "dataset" / "manifest.json").read_bytes())
    assert not any(manifest["counts"]["left_out"][reason] for reason in UNREADABLE)
    assert len(manifest["schema_versions"]) == 2
    written = [json.loads(line) for line in (data / "dataset" / "data" / "articles.jsonl").read_bytes().splitlines()]
    assert {record["opinion"] for record in written} == {None, True}
