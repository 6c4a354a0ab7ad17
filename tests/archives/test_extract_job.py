"""`scrapy archive extract`: every record once and true counts, whatever is killed, added or removed."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import distributed
import pytest

from mayadeen.archives.extract_job import (
    Cluster,
    JobError,
    Result,
    check_workers,
    local_units,
    open_units,
    pin_options,
    require_extras,
    run_units,
)
from mayadeen.archives.extract_unit import Options, Unit, extract_unit
from mayadeen.archives.job_report import plan, report
from mayadeen.archives.streams import zstd
from mayadeen.archives.unit_process import code_digest
from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.inputs import find
from tests.conftest import PROJECT
from tests.support.news_archive import DataHostStandIn, member, page, warc, write_warc
from tests.support.preloaded import scrapy
from testsite import SyntheticSite

KILLER = '''
import os, signal, sys

def killer(event, arguments):
    """Kill what the name of an opened file says, once if its name says so."""
    name = os.path.basename(str(arguments[0])) if event == "open" else ""
    if not name.startswith(("poison", "once")) or not name.endswith(".warc.gz"):
        return
    if name.startswith("once"):
        try:
            os.close(os.open(str(arguments[0]) + ".done", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    if "everything" in name:
        os.killpg(0, signal.SIGKILL)
    server = os.getppid()
    with open(f"/proc/{server}/status") as status:
        worker = next(int(line.split()[1]) for line in status if line.startswith("PPid:"))
    os.kill(worker if "worker" in name else server if "server" in name else os.getpid(), signal.SIGKILL)
    if "worker" in name or "server" in name:
        signal.pause()

sys.addaudithook(killer)
'''


def environment(tmp_path: Path) -> dict[str, str]:
    """Processes in which opening a file can kill."""
    folder = tmp_path / "killer"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(KILLER)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(PROJECT)]), "COLUMNS": "100"}


def extract(tmp_path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as the leader of its own group of processes, since it may kill the group."""
    command = [sys.executable, "-m", "scrapy", "archive", "extract", *map(str, arguments)]
    return subprocess.run(
        command, cwd=PROJECT, env=environment(tmp_path), capture_output=True, text=True, timeout=400,
        start_new_session=True, check=False,
    )  # fmt: skip


def records(out: Path, folder: str = "articles") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted((out / folder).glob("*.jsonl.zst")):
        with zstd.open(path) as file:
            found += [json.loads(line) for line in file]
    return found


def outputs(out: Path) -> dict[str, bytes]:
    """The files that hold records, by their names."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for name in ("articles", "sources")
        for path in (out / name).iterdir()
    }


def urls(*numbers: int) -> list[str]:
    return sorted(page(number)[0] for number in numbers)


def healthy(folder: Path, count: int) -> list[int]:
    """Write inputs of three records each, and return the numbers of their pages."""
    for number in range(count):
        write_warc(folder / f"healthy-{number}.warc.gz", range(number * 3, number * 3 + 3))
    return [*range(count * 3)]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask with two workers in this process. The processes of units are real."""

    @contextmanager
    def client(cluster: Cluster) -> Iterator[Any]:
        with distributed.Client(
            processes=False, protocol="tcp://", n_workers=2, threads_per_worker=1, dashboard_address=None,
            memory_limit=0, scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        ) as client:  # fmt: skip
            yield client

    monkeypatch.setattr("mayadeen.archives.extract_job._client", client)


@pytest.mark.process
@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("poison", ["poison", "poison-server"])
def test_a_poison_file_alone_is_named_and_the_others_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, poison: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", environment(tmp_path)["PYTHONPATH"])
    inputs, out, results = tmp_path / "in", tmp_path / "out", list[Result]()
    write_warc(inputs / f"{poison}.warc.gz", [90])
    numbers = healthy(inputs, 2)
    run_units(local_units([inputs], out), Options(str(out)), Cluster(2), results.append)
    (failed,) = (result for result in results if result.counts is None)
    assert failed.unit.source == str(inputs / f"{poison}.warc.gz")
    assert failed.error == "its process ended with SIGKILL each time, 3 times"
    assert len(results) == 3
    assert sorted(record["url"] for record in records(out)) == urls(*numbers)


@pytest.mark.process
@pytest.mark.usefixtures("in_process")
def test_a_unit_that_waited_at_a_killed_worker_is_run_again_and_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "started.txt"  # Dask copies the function and its variables
    dead = SimpleNamespace(address="tcp://127.0.0.1:1")

    def blamed(unit: Unit, options: Options, limit: Any = None) -> Result:
        """End as Dask ends a unit: one that waited once, the poison always."""
        with log.open("a") as file:
            file.write(f"{unit.name}\n")
        if unit.name == "poison" or (unit.name == "waited" and log.read_text().count("waited") == 1):
            raise distributed.KilledWorker(unit.name, dead, 3)
        return Result(unit, {"name": unit.name})

    monkeypatch.setattr("mayadeen.archives.extract_job.run_unit", blamed)
    monkeypatch.setattr("mayadeen.archives.extract_job._RETRIES", 0)
    units = [Unit(name, "archive", name) for name in ("poison", "waited", "healthy")]
    results: list[Result] = []
    run_units(units, Options("out"), Cluster(2), results.append)
    assert {result.unit.name: result.error for result in results} == {
        "healthy": None, "waited": None, "poison": "it killed its worker each time, also when it ran with no other input",
    }  # fmt: skip
    assert (len(results), sorted(log.read_text().split())) == (3, ["healthy", "poison", "poison", "waited", "waited"])


@pytest.mark.process
@pytest.mark.soak
def test_every_record_comes_once_whatever_is_killed_added_or_removed(tmp_path: Path) -> None:
    inputs, out, each = tmp_path / "in", tmp_path / "out", 500
    names = ("a", "b", "once-server", "once-everything", "c", "poison", "poison-server")
    site = SyntheticSite(posts=each * len(names), seed=3)

    def add(*added: str) -> None:
        for name in added:
            first = names.index(name) * each
            write_warc(inputs / f"{name}.warc.gz", range(first, first + each), site)

    def run() -> subprocess.CompletedProcess[str]:
        return extract(tmp_path, inputs, "--out", out, "--workers", "2")

    def complete(files: int, failed: int) -> None:
        """Every page of the first files has its record once, and the counts say the same."""
        expected = [page(number, site)[0] for number in range(each * files)]
        found = records(out)
        assert sorted(record["url"] for record in found) == sorted(expected)
        places = [(place["source"], place["offset"]) for place in records(out, "sources")]
        assert len(places) == len(set(places)) == len(expected)
        counts = json.loads((out / "report.json").read_bytes())
        assert (counts["captures"], counts["articles"]) == (len(expected), len(expected))
        assert sum(counts["records"].values()) == len(expected)
        assert counts["fields"]["title"] == sum(bool(record["title"]) for record in found)
        assert counts["files"] == {"archive": files, "failed": failed, "read": files}
        assert list(out.rglob("*.part")) == []

    add("a", "b", "once-server", "once-everything")
    assert run().returncode == -9
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    complete(4, 0)
    whole = outputs(out)

    kept = {path: path.stat().st_mtime_ns for path in (out / "articles").iterdir() if not path.name.startswith("a.")}
    next((out / "articles").glob("a.*")).unlink()
    add("c", "poison", "poison-server")
    done = run()
    assert done.returncode == 3
    poison, worker = sorted(done.stderr.splitlines())
    assert poison.startswith(f"archive extract: {inputs / 'poison-server.warc.gz'}: its process ended with SIGKILL")
    assert worker.startswith(f"archive extract: {inputs / 'poison.warc.gz'}: its process ended with SIGKILL each time")
    complete(5, 2)
    assert {name: data for name, data in outputs(out).items() if name in whole} == whole
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


@contextmanager
def dask(tmp_path: Path, *arguments: str, variables: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or worker, as an operator starts it."""
    command = [sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path) | (variables or {}), stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            assert process.stderr is not None
            process.stderr.read()


@contextmanager
def dask_cluster(tmp_path: Path, variables: dict[str, str] | None = None) -> Iterator[str]:
    """The address of a scheduler with two workers, as an operator starts them. ``variables`` are the workers'."""
    file = tmp_path / "scheduler.json"
    worker = ("worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard")
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with dask(tmp_path, *scheduler) as process:
        assert process.stderr is not None
        while not file.exists():
            assert process.stderr.readline()
        with dask(tmp_path, *worker, variables=variables), dask(tmp_path, *worker, variables=variables):
            yield json.loads(file.read_bytes())["address"]


@pytest.mark.process
@pytest.mark.soak
def test_one_process_a_local_cluster_and_a_scheduler_give_the_same_bytes(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    for number in range(3):
        write_warc(inputs / f"{number}.warc.gz", range(number * 10, number * 10 + 10))
    alone = Options(str(tmp_path / "alone"))
    for unit in local_units([inputs], tmp_path / "alone"):
        extract_unit(unit, alone)
    assert extract(tmp_path, inputs, "--out", tmp_path / "local", "--workers", "2").returncode == 0
    with dask_cluster(tmp_path) as address:
        done = extract(tmp_path, inputs, "--out", tmp_path / "remote", "--scheduler", address)
    assert (done.returncode, done.stderr) == (0, "")
    assert outputs(tmp_path / "local") == outputs(tmp_path / "alone")
    assert outputs(tmp_path / "remote") == outputs(tmp_path / "alone")


@pytest.mark.process
@pytest.mark.soak
def test_a_file_that_kills_its_worker_is_named_and_no_file_that_waited_there(tmp_path: Path) -> None:
    inputs, out = tmp_path / "in", tmp_path / "out"
    write_warc(inputs / "poison-worker.warc.gz", [90])
    numbers = healthy(inputs, 8)
    with dask_cluster(tmp_path) as address:
        done = extract(tmp_path, inputs, "--out", out, "--scheduler", address)
    line = f"{inputs / 'poison-worker.warc.gz'}: it killed its worker each time, also when it ran with no other input"
    assert (done.returncode, done.stderr) == (3, f"archive extract: {line}\n")
    assert sorted(record["url"] for record in records(out)) == urls(*numbers)


@pytest.mark.process
@pytest.mark.soak
def test_workers_with_other_code_are_refused_before_an_input_is_read(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(PROJECT / "mayadeen", other / "mayadeen")
    (other / "mayadeen" / "new.py").write_text("")
    inputs = write_warc(tmp_path / "in" / "poison.warc.gz", [1])
    for path, problem in (
        (other, "has other code of the project: "),
        (tmp_path, "lacks the project: No module named "),
    ):
        with dask_cluster(tmp_path, {"PYTHONPATH": str(path)}) as address:
            done = extract(tmp_path, inputs, "--out", tmp_path / "out", "--scheduler", address)
        (tmp_path / "scheduler.json").unlink(missing_ok=True)
        assert (done.returncode, done.stdout) == (1, "")
        assert problem in done.stderr
        assert done.stderr.startswith("archive extract: --scheduler: the worker tcp://")
        assert done.stderr.count("\n") == 1


@pytest.mark.process
@pytest.mark.parametrize(("workers", "count"), [(2, 3), pytest.param(6, 12, marks=pytest.mark.soak)])
def test_months_of_cc_news_are_read_within_the_etiquette(tmp_path: Path, workers: int, count: int) -> None:
    paths = [f"crawl-data/CC-NEWS/2024/01/CC-NEWS-202401{n:02}000000-{n:05}.warc.gz" for n in range(1, count + 1)]
    files = {path: warc(range(n * 5, n * 5 + 5), others=2) for n, path in enumerate(paths)}
    files["crawl-data/CC-NEWS/2024/01/warc.paths.gz"] = gzip.compress("\n".join(paths).encode())
    with DataHostStandIn(files, busy=1, cuts={paths[1]: [700]}) as host:
        arguments = ("--cc-news", "2024-01", "--out", tmp_path / "out", "--data-host", host.url, "--wait", "0.1")
        done = extract(tmp_path, *arguments, "--workers", str(workers))
        again = extract(tmp_path, *arguments, "--workers", str(workers))
    assert (done.returncode, done.stderr) == (0, "")
    assert again.returncode == 0
    assert sorted(record["url"] for record in records(tmp_path / "out")) == urls(*range(5 * count))
    assert host.most <= min(workers, 4)
    assert len([entry for entry in host.log if entry[1] == 200]) == count + 1  # each file once, in both runs


# --- without processes ------------------------------------------------------------------------------------------------


class OtherWorkers:
    """A client whose workers answer what they are given."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def submit(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(exception=lambda: None)

    def run(self, *_: Any, **__: Any) -> dict[str, Any]:
        return self.answers


def test_workers_without_the_project_or_with_other_code_are_refused() -> None:
    check_workers(OtherWorkers(a=code_digest(), b=code_digest()))
    with pytest.raises(JobError, match=r"the worker b lacks the project: No module named 'mayadeen'\. Install"):
        check_workers(OtherWorkers(a=code_digest(), b=ModuleNotFoundError("No module named 'mayadeen'")))
    with pytest.raises(JobError, match=r"the worker b has other code of the project: 1f, here .*Install the same"):
        check_workers(OtherWorkers(a=code_digest(), b="1f"))


def test_saved_pages_are_read_in_batches_that_do_not_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mayadeen.archives.extract_job.BATCH", 2)
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()

    def save(*numbers: int) -> None:
        for number in numbers:
            (inputs / f"{number}.html").write_bytes(page(number)[1])

    def run() -> int:
        options = Options(str(out))
        left, _ = open_units(local_units([inputs], out), options)
        for unit in left:
            extract_unit(unit, options)
        return len(left)

    save(1, 2, 3)
    assert run() == 2
    assert run() == 0
    save(0, 4)
    assert run() == 1
    assert sorted(record["url"] for record in records(out)) == urls(0, 1, 2, 3, 4)
    (inputs / "2.html").unlink()
    assert run() == 1
    assert report(out, [], [])["skipped"] == {"page_removed": 1}
    assert sorted(record["url"] for record in records(out)) == urls(0, 1, 3, 4)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '["a"', "[" * 100_000, '["\\ud800"]'])
def test_a_damaged_list_of_pages_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "1.html").write_bytes(page(1)[1])
    (unit,) = local_units([tmp_path], tmp_path / "out")
    Path(unit.source).write_text(text, encoding="utf-8")
    with pytest.raises(JobError, match=r"pages-\w+\.json is damaged: it .*\. Choose another --out$"):
        local_units([tmp_path / "1.html"], tmp_path / "out")


def test_an_input_that_changes_is_read_again(tmp_path: Path) -> None:
    path, out = write_warc(tmp_path / "a.warc.gz", [1]), tmp_path / "out"
    options = Options(str(out))
    for numbers in ([1], [1, 2]):
        write_warc(path, numbers)
        left, _ = open_units(local_units([path], out), options)
        (unit,) = left
        extract_unit(unit, options)
        assert open_units(local_units([path], out), options)[0] == []
    assert sorted(record["url"] for record in records(out)) == urls(1, 2)


def test_the_report_counts_kinds_fields_skips_duplicates_and_damage(tmp_path: Path) -> None:
    url, body = page(1)
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    later = member(url, body, "2026-11-21T10:00:00Z")
    (inputs / "a.warc.gz").write_bytes(member(url, body) + later + member("https://other.example/", body))
    (inputs / "b.warc.gz").write_bytes(member(url, body) + member(*page(2))[:-30])
    options = Options(str(out))
    for unit in local_units([inputs], out):
        extract_unit(unit, options)
    unit = local_units([inputs], out)[0]
    found = report(out, [Result(unit, None, "why")], ["2021-06"])
    assert (found["articles"], found["duplicates"], found["captures"]) == (3, 1, 4)
    assert found["skipped"] == {"other_host": 1}
    assert found["fields"]["title"] == 3
    (damage,) = found["damage"]
    assert damage.startswith(f"{inputs / 'b.warc.gz'}: byte ")
    assert found["failed"] == [{"source": str(inputs / "a.warc.gz"), "kind": "archive", "error": "why"}]
    assert found["months_without_list"] == ["2021-06"]


def test_each_record_names_its_file_and_offset_and_datasets_read_the_records(tmp_path: Path) -> None:
    path, out = write_warc(tmp_path / "a.warc.gz", [1, 2]), tmp_path / "out"
    (unit,) = local_units([path], out)
    extract_unit(unit, Options(str(out)))
    first, second = records(out, "sources")
    assert (first["source"], first["offset"], first["line"]) == (str(path), 0, 1)
    assert (second["offset"], second["id"]) == (len(member(*page(1))), records(out)[1]["id"])
    assert [file.holds for file in find(tmp_path, [str(out)])] == ["articles"]


def test_parquet_gives_datasets_the_same_records(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc.gz", range(20))
    built = {}
    for format in ("jsonl.zst", "parquet"):
        out = tmp_path / format
        (unit,) = local_units([path], out)
        counts = extract_unit(unit, Options(str(out), format))
        assert f"articles/{unit.name}.{format}" in counts["outputs"]
        build(find(tmp_path, [str(out)]), tmp_path / f"{format}-dataset", BuildOptions(formats=("jsonl",)))
        built[format] = [file.read_bytes() for file in (tmp_path / f"{format}-dataset" / "data").glob("*.jsonl")]
    assert built["parquet"] == built["jsonl.zst"]
    assert built["parquet"][0].count(b"\n") == 20


def test_a_missing_library_is_named_with_its_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mayadeen.archives.extract_job.find_spec", lambda name: None)
    with pytest.raises(JobError, match=r"^distributed is not installed. Run: pip install -r requirements-cluster.txt$"):
        require_extras(Options("out"))


def test_a_plan_says_what_is_left_at_a_measured_rate(tmp_path: Path) -> None:
    inputs, out = tmp_path / "in", tmp_path / "out"
    for number in range(2):
        write_warc(inputs / f"{number}.warc.gz", [number])
    options = Options(str(out))
    units = local_units([inputs], out)
    counts = extract_unit(units[0], options)
    found = plan([units[1]], [counts], options, 2)
    assert found["finished"] == 1
    assert found["left"]["archive"]["files"] == 1
    assert found["left"]["archive"]["bytes"] == units[1].size
    assert found["left"]["archive"]["rate_from"] == "1 finished files"
    sampled = plan(units, [], options, 2)["left"]["archive"]
    assert sampled["rate_from"] == "the first 1 captures"
    assert sampled["bytes_per_second"] > 0


def test_a_folder_keeps_its_format(tmp_path: Path) -> None:
    pin_options(tmp_path, Options(str(tmp_path)))
    pin_options(tmp_path, Options(str(tmp_path)))
    with pytest.raises(JobError, match="another --out"):
        pin_options(tmp_path, Options(str(tmp_path), "jsonl"))


@pytest.mark.process
def test_cc_news_needs_a_contact_before_any_request(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = scrapy("archive", "extract", "--cc-news", "2024-01", "--out", str(out), "-s", "MAYADEEN_CONTACT=")
    line = "MAYADEEN_CONTACT is not set. Add -s MAYADEEN_CONTACT=you@example.org: Common Crawl asks for a contact"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"archive extract: {line}\n")
    assert not out.exists()


def test_a_path_without_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="not found"):
        local_units([tmp_path / "none"], tmp_path / "out")
    with pytest.raises(JobError, match="no archive and no saved page"):
        local_units([tmp_path], tmp_path / "out")
