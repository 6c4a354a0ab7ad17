"""The report and the metrics count a request as sent if the site got it, and only then."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.crawl_runner import Crawl
from tests.support.preloaded import PROJECT
from testsite import Server, SyntheticSite


def metric(data: Path, name: str) -> float:
    (path,) = (data / "metrics").glob("*.prom")
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    (value,) = (sample.value for family in families for sample in family.samples if sample.name == name)
    return value


def agree(data: Path, report: dict[str, Any], arrived: int) -> None:
    assert report["requests"] == arrived
    assert sum(bucket["requests"] for bucket in report["timeline"]["buckets"]) == arrived
    assert metric(data, "mayadeen_requests_total") == arrived
    assert metric(data, "mayadeen_requests_not_sent_total") == report["not_sent"]


def test_requests_that_wait_when_the_run_is_interrupted_are_not_sent(tmp_path: Path) -> None:
    processes: list[subprocess.Popen[bytes]] = []

    def interrupt(number: int, asked: str) -> None:
        if number == 12:
            processes[0].send_signal(signal.SIGINT)

    with Server(SyntheticSite(posts=60, seed=1), on_request=interrupt) as server:
        command = [sys.executable, "-m", "scrapy", "crawl", "articles", "-s", f"MAYADEEN_BASE_URL={server.url}"]
        command += [
            "-s",
            f"MAYADEEN_DATA_DIR={tmp_path}",
            "-s",
            "DOWNLOAD_DELAY=0.2",
            "-s",
            "AUTOTHROTTLE_ENABLED=False",
        ]
        environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings", "PYTHONPATH": str(PROJECT)}
        with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL) as process:
            processes.append(process)
            assert process.wait(timeout=300) == 3
        arrived = len(server.log)
    (path,) = (tmp_path / "reports").glob("*.json")
    report = json.loads(path.read_bytes())
    assert sum(report["responses"].values()) == arrived, "each of them was answered"
    agree(tmp_path, report, arrived)
    assert "without a response" not in path.with_suffix(".html").read_text(encoding="utf-8")


def test_at_a_limit(crawl: Crawl) -> None:
    with Server(SyntheticSite(posts=60, seed=1)) as server:
        run = crawl(server.url, "-a", "limit=5")
        assert run.exit_code == 0, run.stderr
        agree(run.data, run.report, len(server.log))


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
def test_a_refused_port_and_an_unknown_host_get_no_request(crawl: Crawl, host: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    run = crawl(f"http://{host}:{port}", "-s", "RETRY_TIMES=1", "-s", "MAYADEEN_BACKOFF=0.01")
    assert run.exit_code != 0
    assert run.report["not_sent"] >= 1
    agree(run.data, run.report, 0)
    assert (
        f"{run.report['not_sent']} requests were not sent" in next((run.data / "reports").glob("2*.html")).read_text()
    )
