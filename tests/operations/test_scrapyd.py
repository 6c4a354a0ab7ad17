"""A real Scrapyd on the loopback, with the configuration and the target that are shipped: deploy, schedule, cancel, kill.

One daemon serves all tests of the file. Each test has a data folder of its own.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.support.preloaded import PROJECT
from testsite import Server, SyntheticSite

PATIENCE = 180
"""Seconds after which a process counts as hanging. Nothing here takes a tenth of it."""
FAST = ("DOWNLOAD_DELAY=0", "AUTOTHROTTLE_ENABLED=False", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
SPIDERS = ["archive", "articles", "authors", "headlines", "media", "tags"]


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait until the function returns a true value, and return it. Fail after ``PATIENCE`` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, f"waited without success: {what}"
        time.sleep(0.05)
    return found


class Gate:
    """Holds back what is asked for while it is closed."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Event()

    def __call__(self, number: int, path: str) -> None:
        # robots.txt and the front page pass: a second run shall come as far as it can.
        if path not in ("/robots.txt", "/") and not self.open.is_set():
            self.reached.set()
            self.open.wait(PATIENCE)

    def shut(self) -> None:
        self.reached.clear()
        self.open.clear()


class Daemon:
    """Scrapyd, set up as docs/operations.md says, in a folder of the test's."""

    def __init__(self, root: Path, base_url: str) -> None:
        self.root, self.home, self.folder = root, root / "home", root / "scrapyd"
        self.project = root / "project"
        self.data = root / "data"
        for folder in (self.home, self.folder, self.project):
            folder.mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        shutil.copy(PROJECT / "deploy" / "scrapyd.conf", self.folder)
        # Read after the one in the folder: what a test must have otherwise.
        (self.home / ".scrapyd.conf").write_text(f"[scrapyd]\nhttp_port = {port}\npoll_interval = 0.1\n")
        netrc = self.home / ".netrc"
        netrc.write_text("machine 127.0.0.1 login mayadeen password geheim\n")
        netrc.chmod(0o600)
        for name in ("mayadeen", "schemas"):
            shutil.copytree(PROJECT / name, self.project / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(PROJECT / name, self.project)
        target = (PROJECT / "scrapy.cfg").read_text()
        assert "http://127.0.0.1:6800/" in target
        (self.project / "scrapy.cfg").write_text(target.replace("http://127.0.0.1:6800/", self.url))
        unset = ("PYTHONPATH", "SCRAPY_SETTINGS_MODULE")
        self.environment = {name: value for name, value in os.environ.items() if name not in unset}
        self.environment |= {
            "HOME": str(self.home), "PYTHONUNBUFFERED": "1", "SCRAPYD_PASSWORD": "geheim",
            "MAYADEEN_DATA_DIR": str(self.data), "MAYADEEN_BASE_URL": base_url,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.jobs: dict[str, int] = {}
        """Process ids of jobs seen running."""

    def start(self) -> None:
        with (self.root / "scrapyd.log").open("ab") as log:
            command = [sys.executable, "-m", "scrapyd", "--pidfile="]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        until(self.answers, "Scrapyd answers")

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.root / "scrapyd.log").read_text()
        try:
            return self.ask("daemonstatus.json")["status"] == "ok"
        except OSError:
            return False

    def kill(self) -> None:
        """Kill the daemon alone, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            with suppress(OSError):
                self.look()
            self.kill()
        for pid in self.jobs.values():
            with suppress(OSError):
                if b"scrapyd.runner" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def ask(self, service: str, password: str = "geheim", **values: Any) -> dict[str, Any]:
        """Call one of Scrapyd's services, by POST if there are parameters."""
        query = urlencode(values, doseq=True)
        get = service.startswith(("list", "status", "daemon"))
        request = Request(f"{self.url}{service}{'?' + query if get else ''}", None if get else query.encode())
        request.add_header("Authorization", "Basic " + base64.b64encode(f"mayadeen:{password}".encode()).decode())
        with urlopen(request, timeout=PATIENCE) as response:
            found: dict[str, Any] = json.load(response)
        return found

    def look(self) -> dict[str, Any]:
        jobs = self.ask("listjobs.json", project="mayadeen")
        self.jobs |= {job["id"]: job["pid"] for job in jobs["running"]}
        return jobs

    def schedule(self, spider: str, job: str, *settings: str, data: Path | None = None, **arguments: str) -> str:
        """Schedule a job, on the daemon's data folder or on another."""
        given = [*FAST, *settings, *([f"MAYADEEN_DATA_DIR={data}"] if data else [])]
        answer = self.ask("schedule.json", project="mayadeen", spider=spider, jobid=job, setting=given, **arguments)
        assert answer["status"] == "ok", answer
        assert answer["jobid"] == job
        return job

    def state_of(self, job: str) -> str | None:
        self.look()
        state: str | None = self.ask("status.json", job=job)["currstate"]
        return state

    def finished(self, *jobs: str) -> None:
        for job in jobs:
            until(lambda job=job: self.state_of(job) == "finished", f"{job} finished")

    def log_of(self, spider: str, job: str) -> str:
        path = self.folder / "logs" / "mayadeen" / spider / f"{job}.log"
        return path.read_text() if path.exists() else ""

    def runs(self, data: Path) -> dict[str, dict[str, Any]]:
        """What ``scrapy runs`` says of a data folder, by job."""
        command = [sys.executable, "-m", "scrapy", "runs", "--json", "-s", f"MAYADEEN_DATA_DIR={data}"]
        environment = {**self.environment, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings"}
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        waiting = [row for row in rows if row["state"] == "waiting"]
        started = [row["run"] for row in rows if row not in waiting]
        assert rows[: len(waiting)] == waiting  # a run that waits has no id yet
        assert started == sorted(started, reverse=True)
        return {row["job"]: row for row in rows}


@pytest.fixture(scope="module")
def testsite() -> SyntheticSite:
    return SyntheticSite(posts=60, seed=4)


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, testsite: SyntheticSite, gate: Gate) -> Iterator[Daemon]:
    """A running Scrapyd with the project deployed."""
    with Server(testsite, on_request=gate) as server:
        daemon = Daemon(tmp_path_factory.mktemp("operations"), server.url)
        try:
            daemon.start()
            deployed = subprocess.run(
                [sys.executable, "-m", "scrapyd_client.deploy", "-v", "1"],
                cwd=daemon.project,
                env=daemon.environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            assert deployed.returncode == 0, deployed.stdout + deployed.stderr
            assert json.loads(deployed.stdout.strip())["spiders"] == len(SPIDERS)
            yield daemon
        finally:
            gate.open.set()
            daemon.stop()


@pytest.fixture(autouse=True)
def _opened(gate: Gate) -> Iterator[None]:
    yield
    gate.open.set()


def ids(data: Path) -> list[str]:
    paths = sorted((data / "articles").glob("*.jsonl"))
    return [json.loads(line)["id"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def report_of(data: Path, job: str) -> dict[str, Any]:
    (path,) = (data / "reports").glob(f"*-{job}.json")
    report: dict[str, Any] = json.loads(path.read_bytes())
    return report


def expected(testsite: SyntheticSite) -> set[str]:
    kinds = {"news", "opinion", "analysis", "blog", "feature"}
    return {a["record"]["id"] for a in testsite.answers() if a["reachable"] and a["record"]["kind"] in kinds}


def test_what_is_deployed(daemon: Daemon) -> None:
    assert daemon.ask("listspiders.json", project="mayadeen")["spiders"] == SPIDERS
    with zipfile.ZipFile(daemon.folder / "eggs" / "mayadeen" / "1.egg") as egg:
        shipped = set(egg.namelist())
    # The schemas are inside the package once it is installed.
    data = {
        path.relative_to(PROJECT).as_posix().replace("schemas/", "mayadeen/schemas/")
        for package in ("mayadeen", "schemas")
        for path in (PROJECT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert shipped >= data
    assert not any(name.startswith(("tests", "testsite", "benchmarks")) for name in shipped)


def test_nobody_gets_in_without_the_password(daemon: Daemon) -> None:
    with pytest.raises(HTTPError, match="401"):
        daemon.ask("daemonstatus.json", password="")
    environment = {name: value for name, value in daemon.environment.items() if name != "SCRAPYD_PASSWORD"}
    started = subprocess.run(
        [sys.executable, "-m", "scrapyd", "--pidfile="],
        cwd=daemon.folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert started.returncode != 0
    assert "scrapyd_password" in started.stdout + started.stderr


def test_three_spiders_with_arguments(daemon: Daemon) -> None:
    """On the data folder that the daemon's environment names, one after the other where they write the same."""
    daemon.schedule("articles", "a1", sections="politics,economy", limit="5")
    daemon.schedule("headlines", "h1")
    daemon.finished("a1")
    daemon.schedule("archive", "r1", "MAYADEEN_LOCK_WAIT=100", kinds="news,opinion", render="never", limit="3")
    daemon.finished("h1", "r1")
    found = daemon.runs(daemon.data)
    assert {job: (row["spider"], row["exit_status"], row["finish_reason"]) for job, row in found.items()} == {
        "a1": ("articles", 0, "limit"),
        "h1": ("headlines", 0, "finished"),
        "r1": ("archive", 0, "limit"),
    }
    assert found["a1"]["arguments"] == {"limit": "5", "sections": "politics,economy"}
    assert found["a1"]["wrote"] == {"articles": 5}
    assert found["r1"]["wrote"] == {"articles": 3}
    assert max(Counter(ids(daemon.data)).values()) == 1
    # One run, one set of files, named by its job, and nothing anywhere else.
    files = {(path.parent.name, path.name) for path in daemon.data.glob("*/*") if path.parent.name != "metrics"}
    for job, row in found.items():
        of_job = {(folder, name) for folder, name in files if f"Z-{job}." in name}
        assert all(name.startswith(f"{row['run']}.") for _, name in of_job)
        assert {"reports", *row["wrote"]} == {folder for folder, _ in of_job}
    assert {path.name for path in (daemon.data / "metrics").iterdir()} == {
        "articles-en.prom", "headlines-en.prom", "archive-en.prom",
    }  # fmt: skip
    assert {path.name for path in daemon.folder.iterdir()} <= {"dbs", "eggs", "logs", "scrapyd.conf"}
    assert {path.name for path in daemon.root.iterdir()} == {"data", "home", "project", "scrapyd", "scrapyd.log"}


def test_every_spider_takes_its_arguments(daemon: Daemon, testsite: SyntheticSite, tmp_path: Path) -> None:
    common = {"edition": "en", "since": "2020-01-01", "until": "2099-01-01T00:00Z", "mode": "full", "render": "never"}
    given = {
        "articles": {
            **common, "sections": "politics", "regions": "africa", "tags": "all", "authors": "all", "coverage": "all",
            "kinds": "news,opinion", "max_pages": "1", "limit": "4", "urls_file": "these.txt", "mode": "refresh",
        },
        "archive": {**common, "kinds": "news,opinion", "max_pages": "1", "limit": "4"},
        "authors": {**common, "max_pages": "1", "limit": "4"},
        "headlines": {"edition": "en", "limit": "4"},
        "media": {**common, "max_pages": "1", "limit": "4"},
        "tags": {**common, "max_pages": "1", "limit": "4"},
    }  # fmt: skip
    assert sorted(given) == SPIDERS
    url = next(a["record"]["canonical_url"] for a in testsite.answers() if a["reachable"])
    one = (
        urlsplit(url)._replace(scheme="http", netloc=urlsplit(daemon.environment["MAYADEEN_BASE_URL"]).netloc).geturl()
    )
    for spider, arguments in given.items():
        data = tmp_path / spider
        data.mkdir()
        (data / "these.txt").write_text(f"{one}\n", encoding="utf-8")
        daemon.schedule(spider, f"every-{spider}", data=data, **arguments)
    daemon.finished(*(f"every-{spider}" for spider in given))
    for spider, arguments in given.items():
        report = report_of(tmp_path / spider, f"every-{spider}")
        assert (report["exit_status"], report["finish_reason"]) == (0, "limit"), report["ending"]
        assert report["arguments"] == {**arguments, "_job": f"every-{spider}"}


def test_two_at_once_and_one_cancelled(daemon: Daemon, gate: Gate, testsite: SyntheticSite, tmp_path: Path) -> None:
    data = tmp_path / "data"
    gate.shut()
    daemon.schedule("articles", "first", data=data)
    assert gate.reached.wait(PATIENCE)
    daemon.schedule("articles", "refused", data=data)
    daemon.schedule("articles", "waits", f"MAYADEEN_LOCK_WAIT={PATIENCE}", data=data)
    daemon.finished("refused")
    until(lambda: "Waiting for" in daemon.log_of("articles", "waits"), "the third waits")
    row = daemon.runs(data)
    assert (row["waits"]["state"], row["waits"]["run"]) == ("waiting", None)
    assert (row["first"]["state"], row["first"]["report"], row["first"]["exit_status"]) == ("running", None, None)
    refused = report_of(data, "refused")
    assert (refused["exit_status"], refused["finish_reason"], refused["feeds"]) == (1, "locked", [])
    assert f"{data} is in use by articles (process {daemon.jobs['first']}, since" in refused["ending"]

    assert daemon.ask("cancel.json", project="mayadeen", job="first")["prevstate"] == "running"
    until(lambda: "Received SIGINT" in daemon.log_of("articles", "first"), "the first stops")
    gate.open.set()
    daemon.finished("first", "waits")
    first, last = report_of(data, "first"), report_of(data, "waits")
    assert (first["exit_status"], first["finish_reason"]) == (3, "shutdown")
    assert "interrupted. Run it again to get the rest" in first["ending"]
    assert (last["exit_status"], last["finish_reason"]) == (0, "finished")
    assert last["begun_at"] == first["begun_at"]
    assert "Resuming the run started" in daemon.log_of("articles", "waits")
    assert Counter(ids(data)) == dict.fromkeys(expected(testsite), 1)
    assert {job: row["state"] for job, row in daemon.runs(data).items()} == {
        "first": "ended", "refused": "ended", "waits": "ended",
    }  # fmt: skip


def test_names_and_arguments_from_outside(daemon: Daemon, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "secret.txt").write_text("s3cr3t\n", encoding="utf-8")
    refused = {
        "a b;$(x)": {},
        ".hidden": {},
        "n1": {"limit": "0"},
        "n2": {"crawler": "x"},
        "n3": {"urls": "file:///etc/passwd"},
        "n4": {"urls_file": "../secret.txt"},
        "n5": {"urls_file": str(tmp_path / "secret.txt")},
        "n6": {"edition": "../../x"},
    }
    for job, arguments in refused.items():
        daemon.schedule("articles", job, data=data, **arguments)
    daemon.finished(*refused)
    rows = [json.loads(path.read_bytes()) for path in (data / "reports").glob("*.json")]
    assert {row["arguments"]["_job"]: (row["exit_status"], row["finish_reason"]) for row in rows} == dict.fromkeys(
        refused, (1, "bad_argument")
    )
    assert {path.name.partition("Z")[2] for path in (data / "reports").glob("*.json")} == {
        ".json", *(f"-n{number}.json" for number in range(1, 7)),
    }  # fmt: skip
    assert not any("s3cr3t" in row["ending"] for row in rows)
    # Scrapyd itself refuses to name a log by this one, and keeps waiting for a process that it never started.
    daemon.schedule("articles", "../../../x", data=data)
    until(lambda: not daemon.look()["pending"], "it is taken from the queue")
    daemon.schedule("headlines", "after", data=data)
    daemon.finished("after")
    assert report_of(data, "after")["exit_status"] == 0
    named = {path.relative_to(daemon.root) for path in daemon.root.rglob("x*")}
    assert not {path for path in named if path.parts[0] in ("scrapyd", "home", "data")}
    assert {path.name for path in tmp_path.iterdir()} == {"data", "secret.txt"}


def test_the_daemon_is_killed_with_a_job_running(
    daemon: Daemon, gate: Gate, testsite: SyntheticSite, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    daemon.schedule("headlines", "before", data=data)
    daemon.finished("before")
    before = {job["id"] for job in daemon.look()["finished"]}
    gate.shut()
    daemon.schedule("articles", "orphan", data=data)
    assert gate.reached.wait(PATIENCE)
    daemon.look()
    daemon.kill()
    daemon.start()
    jobs = daemon.look()
    assert {job["id"] for job in jobs["finished"]} == before
    assert jobs["running"] == []  # Scrapyd knows nothing of it any more, `scrapy runs` does
    assert daemon.runs(data)["orphan"]["state"] == "running"
    daemon.schedule("articles", "second", data=data)
    daemon.finished("second")
    second = report_of(data, "second")
    assert (second["exit_status"], second["finish_reason"]) == (1, "locked")
    assert f"process {daemon.jobs['orphan']}" in second["ending"]

    gate.open.set()
    until(lambda: list((data / "reports").glob("*-orphan.json")), "the orphan comes to its end")
    orphan = report_of(data, "orphan")
    assert (orphan["exit_status"], orphan["finish_reason"]) == (0, "finished")
    assert Counter(ids(data)) == dict.fromkeys(expected(testsite), 1)
    daemon.schedule("articles", "third", f"MAYADEEN_LOCK_WAIT={PATIENCE}", data=data)
    daemon.finished("third")
    third = report_of(data, "third")
    assert (third["exit_status"], third["feeds"]) == (0, [])
    assert third["ending"].startswith("done: 0 articles · nothing new, ")
