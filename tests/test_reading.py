"""What docs/reading.md shows of reading feeds and datasets is run as it is written there."""

from __future__ import annotations

import csv
import datetime
import re
import shlex
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mayadeen.dataset.columns import COLUMNS
from mayadeen.storage.exporters import decode_cell
from tests.support import two_runs
from tests.support.archive import as_json
from tests.support.offline import datasets
from tests.support.preloaded import PROJECT, scrapy

pytestmark = pytest.mark.process

PAGE = PROJECT / "docs" / "reading.md"
SOFFICE = shutil.which("soffice")


@dataclass(frozen=True)
class Shown:
    """A block of code: the headings over it, and which it is among those of its language there, from 0."""

    under: str
    number: int
    language: str
    code: str

    @property
    def name(self) -> str:
        return f"{self.under} {self.number}" if self.number else self.under


def blocks(page: Path) -> Iterator[Shown]:
    text = page.read_text(encoding="utf-8")
    over, under = "", ""
    met: Counter[tuple[str, str]] = Counter()
    for match in re.finditer(r"^(##+) ([^\n]+)$|^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        level, heading, language, code = match.groups()
        if level:
            over, under = (heading, heading) if level == "##" else (over, f"{over}: {heading}")
            continue
        yield Shown(under, met[under, language], language, code)
        met[under, language] += 1


SHOWN = list(blocks(PAGE))
PYTHON = [block for block in SHOWN if block.language == "python"]


@dataclass
class Truth:
    """What is to be read: all revisions in order, the last of each article, the ids of the split ``train``."""

    folder: Path
    revisions: list[dict[str, Any]]
    train: set[str]

    @property
    def latest(self) -> dict[str, dict[str, Any]]:
        return {record["id"]: record for record in self.revisions}

    def split(self) -> list[str]:
        return [id for id in self.latest if id in self.train]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    folder = tmp_path_factory.mktemp("reading")
    revisions = two_runs.write(folder / "data")
    (folder / "schemas").symlink_to(PROJECT / "schemas")
    (build,) = (b.code for b in SHOWN if b.language == "sh" and "scrapy dataset" in b.code)
    done = scrapy(*shlex.split(build)[1:], "-s", f"MAYADEEN_DATA_DIR={folder / 'data'}")
    assert done.returncode == 0, done.stderr
    with (folder / "data/dataset/data/train.csv").open(encoding="utf-8", newline="") as rows:
        train = {row["id"] for row in csv.DictReader(rows)}
    assert 30 < len(train) < len(revisions)
    return Truth(folder, revisions, train)


def values(records: list[dict[str, Any]], field: str) -> list[Any]:
    return sorted((record[field] for record in records if record[field] is not None), key=str)


def latest_with(frame_ids: Any, truth: Truth) -> None:
    assert sorted(frame_ids) == sorted(truth.latest)


def dataset_pandas(n: dict[str, Any], truth: Truth) -> None:
    articles = n["articles"]
    assert sorted(articles["id"]) == sorted(truth.split())
    chosen = [truth.latest[id] for id in truth.split()]
    assert sorted(articles["coverage"].dropna()) == values(chosen, "coverage")
    assert articles["word_count"].dropna().sum() == sum(values(chosen, "word_count"))
    assert str(articles["word_count"].dtype) == "int64[pyarrow]"
    assert n["per_day"].sum() == len(chosen)
    assert isinstance(n["per_day"].index[0], datetime.date)


def dataset_polars(n: dict[str, Any], truth: Truth) -> None:
    latest_with(n["articles"]["id"], truth)
    wanted = Counter(tag["name"] for record in truth.latest.values() for tag in record["tags"])
    assert wanted
    assert dict(n["tags"].rows()) == wanted


def dataset_pyarrow(n: dict[str, Any], truth: Truth) -> None:
    rows = {row["id"]: row for row in n["articles"].to_pylist()}
    assert rows.keys() == set(truth.split())
    assert all(row["videos"] == truth.latest[id]["videos"] for id, row in rows.items())


def dataset_duckdb(n: dict[str, Any], truth: Truth) -> None:
    assert dict(n["top"]) == Counter(record["category"] for record in truth.latest.values())
    wanted = [(id, video["url"]) for id, record in truth.latest.items() for video in record["videos"]]
    assert wanted
    assert sorted(n["videos"]) == sorted(wanted)
    assert dict(n["years"]) == Counter(int(record["published_at"][:4]) for record in truth.latest.values())


def hugging_face(n: dict[str, Any], truth: Truth) -> None:
    assert list(n["articles"]) == ["train", "test"]
    rows = {row["id"]: row for row in n["train"]}
    assert tuple(n["train"].column_names) == COLUMNS
    assert {id: {name: as_json(row)[name] for name in truth.latest[id]} for id, row in rows.items()} == {
        id: truth.latest[id] for id in truth.split()
    }


def hugging_face_lines(n: dict[str, Any], truth: Truth) -> None:
    rows = {row["id"]: row for row in n["train"]}
    assert rows.keys() == set(truth.split())
    for id, row in rows.items():
        record = truth.latest[id]
        assert {name: as_json(row)[name] for name in record if name != "published_raw"} == {
            name: value for name, value in record.items() if name != "published_raw"
        }


def hugging_face_feeds(n: dict[str, Any], truth: Truth) -> None:
    for row, record in zip(n["revisions"], truth.revisions, strict=True):
        same_but_times(row, record)
    with pytest.raises(datasets.exceptions.DatasetGenerationError):
        datasets.load_dataset("json", data_files="data/articles/*.jsonl", split="train")


def same_but_times(row: dict[str, Any], record: dict[str, Any]) -> None:
    for name, value in record.items():
        if name.endswith("_at") and value is not None:
            assert row[name] == value.replace("T", " ").rstrip("Z"), name
        elif name != "published_raw":
            assert row[name] == value, name


def croissant(n: dict[str, Any], truth: Truth) -> None:
    assert sorted(n["titles"]) == sorted(truth.latest[id]["title"] for id in truth.split())


def feeds_alone(n: dict[str, Any], truth: Truth) -> None:
    assert n["articles"] == truth.latest


def feeds_pandas(n: dict[str, Any], truth: Truth) -> None:
    revisions, articles = n["revisions"], n["articles"]
    assert len(revisions) == len(truth.revisions)
    latest_with(articles["id"], truth)
    assert list(revisions["post_id"].dropna()) == [r["post_id"] for r in truth.revisions if r["post_id"]]
    assert str(revisions["published_at"].dtype).startswith("datetime64")
    assert str(revisions["published_at"].dt.tz) == "UTC"
    assert list(revisions["tags"]) == [record["tags"] for record in truth.revisions]
    assert list(revisions["revision"]) == [record["revision"] for record in truth.revisions]
    assert str(revisions["word_count"].dtype) == "Int64"


def feeds_polars(n: dict[str, Any], truth: Truth) -> None:
    assert n["revisions"]["previous_hash"].to_list() == [record["previous_hash"] for record in truth.revisions]
    assert n["revisions"]["videos"].to_list() == [record["videos"] for record in truth.revisions]
    latest_with(n["articles"]["id"], truth)
    edited = n["articles"].filter(n["articles"]["revision"] == 2)
    assert edited["title"].to_list() == [two_runs.ODD_TITLE]


def feeds_pyarrow(n: dict[str, Any], truth: Truth) -> None:
    revisions = n["revisions"].to_pylist()
    for name in ("id", "coverage", "videos", "tags", "previous_hash", "body", "blocks"):
        assert [row[name] for row in revisions] == [record[name] for record in truth.revisions], name


def feeds_duckdb(n: dict[str, Any], truth: Truth) -> None:
    ids = {(record["category"], record["id"]) for record in truth.revisions}
    assert dict(n["counts"]) == Counter(category for category, _ in ids)


def csv_alone(n: dict[str, Any], truth: Truth) -> None:
    for read, record in zip(n["revisions"], truth.revisions, strict=True):
        for name in ("id", "title", "summary", "body", "blocks", "videos", "word_count", "coverage", "provenance"):
            assert read[name] == record[name], name
        assert read["tags"] == [tag["name"] for tag in record["tags"]]


def csv_pandas(n: dict[str, Any], truth: Truth) -> None:
    articles = n["articles"].set_index("id")
    for id in truth.split():
        tags = articles.at[id, "tags"]
        assert (tags if isinstance(tags, list) else []) == [tag["name"] for tag in truth.latest[id]["tags"]]


CHECKS: dict[str, Callable[[dict[str, Any], Truth], None]] = {
    "The dataset: pandas": dataset_pandas,
    "The dataset: polars": dataset_polars,
    "The dataset: pyarrow": dataset_pyarrow,
    "The dataset: DuckDB": dataset_duckdb,
    "The dataset: Hugging Face datasets": hugging_face,
    "The dataset: Hugging Face datasets 1": hugging_face_lines,
    "The dataset: mlcroissant": croissant,
    "The feeds: Python alone": feeds_alone,
    "The feeds: pandas": feeds_pandas,
    "The feeds: polars": feeds_polars,
    "The feeds: pyarrow": feeds_pyarrow,
    "The feeds: DuckDB": feeds_duckdb,
    "The feeds: Hugging Face datasets": hugging_face_feeds,
    "CSV": csv_alone,
    "CSV 1": csv_pandas,
}


def run(block: Shown, truth: Truth, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(truth.folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(block.code, f"{block.name} (Markdown)", "exec"), names)
    return names


def test_nothing_is_shown_that_is_not_tried() -> None:
    assert [block.name for block in PYTHON] == list(CHECKS)
    assert len([block for block in SHOWN if block.language == "sh"]) == 2
    assert {block.language for block in SHOWN} == {"python", "sh"}


def test_the_first_run_is_all_null_where_the_second_is_not(truth: Truth) -> None:
    first = [record for record in truth.revisions if record["fetched_at"] == truth.revisions[0]["fetched_at"]]
    assert len(first) < len(truth.revisions)
    for name in ("coverage", "videos", "tags", "previous_hash"):
        assert not any(record[name] for record in first), name
        assert any(record[name] for record in truth.revisions), name


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.name)
def test_the_page(block: Shown, truth: Truth, monkeypatch: pytest.MonkeyPatch) -> None:
    CHECKS[block.name](run(block, truth, monkeypatch), truth)


@pytest.mark.skipif(SOFFICE is None, reason="no soffice: apt-get install libreoffice-calc-nogui")
def test_a_spreadsheet_takes_no_cell_for_a_formula(truth: Truth, tmp_path: Path) -> None:
    (shown,) = (block.code for block in SHOWN if block.language == "sh" and block.code.startswith("soffice"))
    own = [str(SOFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    subprocess.run([*own, *shlex.split(shown)[1:]], cwd=truth.folder, capture_output=True, timeout=600, check=True)
    sheet = truth.folder / "data" / "train.xlsx"
    with zipfile.ZipFile(sheet) as parts:
        assert not re.search(rb"<f[ >/]", parts.read("xl/worksheets/sheet1.xml"))
    back = ["--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", str(tmp_path)]
    subprocess.run([*own, *back, str(sheet)], capture_output=True, timeout=600, check=True)
    before, after = (read(path) for path in (truth.folder / "data/dataset/data/train.csv", tmp_path / "train.csv"))
    assert len(before) == len(after) == len(truth.train)
    assert any("\n" in row["body"] for row in before)
    assert f"'{two_runs.ODD_TITLE}" in [row["title"] for row in before]
    assert f"'{two_runs.ODD_SUMMARY}" in [row["summary"] for row in before]
    for one, other in zip(before, after, strict=True):
        for name in COLUMNS:
            if name == "published_raw":  # a spreadsheet keeps three digits of a second
                assert other[name][:19] == one[name][:19]
            else:
                assert other[name] == one[name], name
                if name == "title":
                    assert decode_cell(name, other[name]) == truth.latest[one["id"]]["title"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))
