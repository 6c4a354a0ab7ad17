"""The processes of units: forked from one server for each thread, and ended with it."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mayadeen.archives.extract_unit import Options, Unit, finished
from mayadeen.archives.unit_process import UnitServer, UnitServers
from tests.support.news_archive import write_warc

pytestmark = pytest.mark.process


def is_read(pipe: int) -> bool:
    """Return whether a process still reads a pipe."""
    try:
        for _ in range(100_000):
            os.write(pipe, bytes(4096))
    except BrokenPipeError:
        return False
    return True


def test_one_server_runs_units_that_fail_and_units_that_do_not(tmp_path: Path) -> None:
    options = Options(str(tmp_path / "out"))
    good = Unit("good", "archive", str(write_warc(tmp_path / "a.warc.gz", [1, 2])))
    server = UnitServer()
    try:
        failure, status = server.run(Unit("none", "archive", str(tmp_path / "none.warc.gz")), options)
        assert (failure, status) == ({"error": f"{tmp_path / 'none.warc.gz'}: No such file or directory"}, 1)
        assert server.run(good, options) == (None, 0)
        assert server.is_running
    finally:
        server.close()
    counts = finished(good, options)
    assert counts is not None
    assert counts["captures"] == 2


def test_a_unit_ends_when_the_job_ends_and_no_other_one_begins(tmp_path: Path) -> None:
    pipe, options = tmp_path / "a.warc.gz", Options(str(tmp_path / "out"))
    os.mkfifo(pipe)
    servers = UnitServers()
    with ThreadPoolExecutor(1) as thread:
        with servers.closed_after():
            result = thread.submit(servers.run, Unit("a", "archive", str(pipe)), options)
            writer = os.open(pipe, os.O_WRONLY)  # waits until the unit reads
        assert result.result() == (None, -signal.SIGKILL)
        assert not is_read(writer)
        os.close(writer)
        later = thread.submit(servers.run, Unit("b", "archive", str(pipe)), options)
        assert later.result() == ({"error": "not read, since the job has ended"}, 1)


def test_a_unit_ends_when_its_worker_ends(tmp_path: Path) -> None:
    pipe, options = tmp_path / "a.warc.gz", Options(str(tmp_path / "out"))
    os.mkfifo(pipe)
    server = UnitServer()
    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(server.run, Unit("a", "archive", str(pipe)), options)
        writer = os.open(pipe, os.O_WRONLY)
        assert server._process.stdin is not None
        server._process.stdin.close()  # as the system does when a worker is killed
        assert result.result() == (None, -signal.SIGKILL)
    os.close(writer)
    server.close()
