"""``scrapy dataset`` as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from scrapy.settings import Settings

from mayadeen import published_schemas as schemas
from mayadeen.commands.dataset import Command
from tests.support.archive import article, feed, files, lines
from tests.support.crawl_runner import Crawl
from tests.support.preloaded import PROJECT, scrapy
from testsite import Server, SyntheticSite


def dataset(data: Path, *arguments: str, max_file_size: int | None = None) -> subprocess.CompletedProcess[str]:
    return scrapy("dataset", *arguments, "-s", f"MAYADEEN_DATA_DIR={data}", max_file_size=max_file_size)


def run_dataset(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and standard error of the command, in this process."""
    command = Command()
    command.settings = Settings({"MAYADEEN_DATA_DIR": str(data)})
    parser = ArgumentParser()
    command.add_options(parser)
    options, rest = parser.parse_known_args(list(arguments))
    command.run(rest, options)
    return command.exitcode, capsys.readouterr().err


@pytest.fixture
def data(tmp_path: Path) -> Path:
    feed(tmp_path / "data" / "articles" / "1.jsonl", article(1), article(2))
    return tmp_path / "data"


def test_two_runs_become_one_dataset(crawl: Crawl, tmp_path: Path) -> None:
    testsite = SyntheticSite(posts=60, seed=6)
    data = tmp_path / "data"
    with Server(testsite) as server:
        assert crawl(server.url).exit_code == 0
        testsite.edit(5, "title")
        testsite.remove(6, 410)
        testsite.publish(2)
        run = crawl(server.url, "-a", "mode=refresh")
        assert run.exit_code == 0
    done = dataset(data)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((data / "dataset" / "manifest.json").read_bytes())
    schema = Draft202012Validator(schemas.load("dataset.schema.json"), format_checker=FormatChecker())
    assert list(schema.iter_errors(manifest)) == []
    gone = {r["id"] for r in run.lines("removals")}
    last = {r["id"]: r for r in run.records if r["id"] not in gone}
    found = lines(data / "dataset" / "data" / "articles.jsonl")
    assert {r["id"]: {name: r[name] for name in last[r["id"]]} for r in found} == last
    assert [r["id"] for r in found] == [r["id"] for r in sorted(found, key=lambda r: (r["published_at"], r["id"]))]
    older = len(run.records) - len({r["id"] for r in run.records})
    assert older >= 1
    assert len(gone) >= 1
    assert done.stderr == (
        f"dataset: {len(last)} records of {len(run.records)} lines, {older + len(gone)} left out "
        f"({older} older_revision, {len(gone)} removed) → {data / 'dataset'}\n"
    )
    assert [i["holds"] for i in manifest["inputs"]].count("reports") == 2
    before = files(data / "dataset")
    assert dataset(data).returncode == 0
    assert files(data / "dataset") == before


def test_lines_left_out_are_reported_and_end_with_3(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feed(data / "articles" / "2.jsonl", b"bad\n", article(3), *[b"\x1b[31m\n"] * 30)
    status, text = run_dataset(capsys, data)
    assert status == 3
    assert text.splitlines()[0] == "dataset: articles/2.jsonl, line 1: not JSON"
    assert text.splitlines()[20:] == [
        "dataset: 11 more could not be read, see manifest.json",
        f"dataset: 3 records of 34 lines, 31 left out (31 not_json) → {data / 'dataset'}",
    ]


def test_the_command_is_in_the_manifest_without_folders(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = run_dataset(
        capsys, data, str(tmp_path / "out"), str(data), "--history", "--since", "2025-01-01", "--until", "2026-01-01T02:00+02:00",
        "--kinds", "news,opinion", "--sections", "Arts & Culture,economy", "--min-words", "5", "--drop-duplicates", "exact",
        "--split", "train=0.5,test=0.5", "--seed", "7", "--formats", "csv.gz", "--removals", "flag",
    )  # fmt: skip
    assert status == 0, text
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["command"] == (
        "scrapy dataset --history --removals flag --since 2025-01-01T00:00:00Z --until 2026-01-01T00:00:00Z "
        "--kinds news,opinion --sections 'Arts & Culture,economy' --min-words 5 --drop-duplicates exact "
        "--split train=0.5,test=0.5 --seed 7 --formats csv.gz"
    )
    assert list(manifest["options"]) == list(schemas.load("dataset.schema.json")["properties"]["options"]["properties"])
    assert [i["path"] for i in manifest["inputs"]] == ["data/articles/1.jsonl"]
    assert str(tmp_path) not in json.dumps(manifest)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--kinds", "nwes"], '--kinds: "nwes" is not a known value. Use news, or one of news, opinion, '),
        (["--sections", "politcs"], '--sections: "politcs" is in no record. Use Politics, '),
        (["--language", "fr"], '--language: "fr" is in no record. Use one of en, ar, es.'),
        (["--removals", "aply"], '--removals: "aply" is not a known value. Use apply, or one of apply, flag.'),
        (["--formats", "parqet"], '--formats: "parqet" is not a known value. Use parquet, or one of jsonl, '),
        (["--partition", "--formats", "csv"], '--formats: "csv" has no parquet, which --partition needs. Add parquet.'),
        (["--drop-duplicates", "all"], '--drop-duplicates: "all" is not a known value. Use one of exact, near.'),
        (["--since", "yesterday"], '--since: "yesterday" is not a date. Use YYYY-MM-DD, '),
        (["--min-words", "0"], '--min-words: "0" is not an integer ≥ 1. Give a number such as 100.'),
        (["--seed", "x"], '--seed: "x" is not an integer ≥ 0. Give a number such as 100.'),
        (["--split", "train=0.9"], '--split: "train=0.9" does not have at least two different names. Use names with shares '),
        (["--min-words", "9000"], "no record is left of 2 lines: 2 too_short. Nothing was built"),
        (["/nowhere/out", "none.jsonl"], "file or folder not found: none.jsonl"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_reported_in_one_line(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    status, text = run_dataset(capsys, data, *arguments)
    assert status == 1
    assert text.startswith(f"dataset: {why}")
    assert text.count("\n") == 1
    assert {path.name for path in data.iterdir()} <= {"articles", ".dataset.lock"}


def test_feeds_as_first_argument_are_not_mistaken_for_out(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(data)
    for given in (data, data / "articles", data / "articles" / "1.jsonl"):
        status, text = run_dataset(capsys, data, str(given))
        assert (status, text) == (
            1, f"dataset: {given} holds feeds, and the first argument is OUT, the folder to build in. "
            f"Use: scrapy dataset OUT {given}\n",
        )  # fmt: skip
    assert files(data) == before


def test_values_may_be_typed_in_any_case(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, text = run_dataset(capsys, data, "--kinds", "News,OPINION", "--formats", "JSONL", "--removals", "Flag")
    assert status == 0, text
    options = json.loads((data / "dataset" / "manifest.json").read_bytes())["options"]
    assert (options["kinds"], options["formats"], options["removals"]) == (["news", "opinion"], ["jsonl"], "flag")


def test_no_folder_and_no_feeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_dataset(capsys, tmp_path / "none") == (
        1, f"dataset: folder not found: {tmp_path / 'none'}. Name it with -s MAYADEEN_DATA_DIR=…, or name feeds after OUT\n",
    )  # fmt: skip
    assert run_dataset(capsys, tmp_path) == (
        1, f"dataset: no feed found: {tmp_path}/articles/*.jsonl. Crawl first, or name feeds after OUT\n",
    )  # fmt: skip


@pytest.mark.process
def test_a_full_disk_leaves_the_one_before(data: Path) -> None:
    assert dataset(data).returncode == 0
    before = files(data / "dataset")
    feed(data / "articles" / "2.jsonl", *(article(n) for n in range(3, 60)))
    for limit in (3_000, 50_000):  # in the index, in the files
        done = dataset(data, max_file_size=limit)
        assert done.returncode == 1
        assert done.stderr.startswith("dataset: ")
        assert done.stderr.endswith(". Nothing was replaced\n")
        assert done.stderr.count("\n") == 1
        assert files(data / "dataset") == before
    assert sorted(path.name for path in data.iterdir()) == [".dataset.lock", "articles", "dataset"]


@pytest.mark.process
def test_packages_that_are_not_installed_are_named(data: Path) -> None:
    code = (
        "import importlib.util as u, sys; found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name in ('pyarrow', 'rensa') else found(name, *a)\n"
        "sys.modules['pyarrow'] = None\n"
        "from scrapy.cmdline import execute; execute(['scrapy', 'dataset', '-s', 'MAYADEEN_DATA_DIR=' + sys.argv[1]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(data)], cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "SCRAPY_SETTINGS_MODULE": "mayadeen.settings"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "dataset: pyarrow, rensa not installed. Run pip install -r requirements-dataset.txt\n"


def test_a_name_that_is_not_utf_8_is_reported_in_one_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, line = run_dataset(capsys, data, str(data / os.fsdecode(b"out\xff")))
    assert status == 1
    assert line.startswith("dataset: the name of a file or folder is not UTF-8: ")
    assert line.count("\n") == 1
