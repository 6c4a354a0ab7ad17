"""Files of a dataset: the same records in every format, typed, and the same bytes each time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mayadeen import published_schemas as schemas
from mayadeen.dataset import write
from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.columns import COLUMNS, OWN_COLUMNS, TIMESTAMP
from mayadeen.dataset.inputs import find
from mayadeen.dataset.split import parse
from mayadeen.storage.exporters import decode_cell
from tests.support.archive import article, as_json, built, feed, files, lines, removal

ROOT = Path(__file__).resolve().parents[2]
FORMATS = write.FORMATS


def records() -> list[dict[str, Any]]:
    """Articles with what is hard to write: formulas, line breaks, quotation marks, other scripts, nulls, empty lists."""
    hard = "=1+1\n\n\"quoted\", a|b\\c 'single' \u2028 ﻼ العربية 😀 \t x"
    bare = {"tags": [], "images": [], "authors": [], "links": [], "keywords": [], "shares": None, "source": None}
    return [
        article(1, title="=SUM(A1)", summary=hard, body=hard, keywords=["a|b", "c\\d"], shares=9_007_199_254_740_993),
        article(2, **bare), article(3, kind="video", body=None, summary=None, word_count=None),
        article(4, published_at=None, warnings=["published_at: missing"], coverage="A running story"),
        article(5, published_at="1999-12-31T23:59:59Z", videos=[{"url": "https://e.org/v", "provider": None, "duration_seconds": 7}]),
    ]  # fmt: skip


def unpacked(path: Path) -> bytes:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".zst":
        with pa.OSFile(str(path), "rb") as file, pa.CompressedInputStream(file, "zstd") as stream:
            return bytes(stream.read())
    return path.read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset in every format."""
    data = tmp_path_factory.mktemp("data")
    feed(data / "articles" / "1.jsonl", *records())
    built(data, data / "dataset", formats=FORMATS)
    return data / "dataset"


def test_every_format_has_the_same_records(folder: Path) -> None:
    expected = lines(folder / "data" / "articles.jsonl")
    assert [r["id"] for r in expected] == ["en:5", "en:1", "en:2", "en:3", "en:4"]
    given = {r["id"]: r for r in records()}
    for record in expected:
        assert tuple(record) == COLUMNS
        assert {name: record[name] for name in record if name not in OWN_COLUMNS} == given[record["id"]]
    for name in ("jsonl.gz", "jsonl.zst"):
        assert unpacked(folder / "data" / f"articles.{name}") == (folder / "data" / "articles.jsonl").read_bytes()
    assert [as_json(row) for row in pq.read_table(folder / "data" / "articles.parquet").to_pylist()] == expected
    for name in ("csv", "csv.gz", "csv.zst"):
        rows = list(csv.DictReader(io.StringIO(unpacked(folder / "data" / f"articles.{name}").decode(), newline="")))
        assert tuple(rows[0]) == COLUMNS
        for record, row in zip(expected, rows, strict=True):
            for column in COLUMNS:
                value = record[column]
                if column in ("authors", "tags"):
                    value = [entry["name"] for entry in value]
                assert decode_cell(column, row[column]) == value, column
                assert not row[column].startswith(("=", "\t"))


def test_parquet_is_typed_by_the_published_features(folder: Path) -> None:
    """Also of columns that are null in every record, or empty lists."""
    table = pq.read_schema(folder / "data" / "articles.parquet")
    features = json.loads((folder / "features.json").read_bytes())
    assert list(features) == table.names == list(COLUMNS)
    published = schemas.load("article.features.json")
    times = {"published_at", "modified_at", "fetched_at", "extracted_at", "removed_at"}
    assert {name for name in features if features[name].get("dtype") == TIMESTAMP} == times
    assert {name: features[name] for name in published if name not in times} == {
        name: published[name] for name in published if name not in times
    }
    assert {table.field(name).type for name in times} == {pa.timestamp("ms", "UTC")}
    assert {table.field(name).type for name in ("previous_hash", "split", "superseded_by", "text")} == {pa.string()}
    assert table.field("videos").type == pa.list_(
        pa.struct([("url", pa.string()), ("provider", pa.string()), ("duration_seconds", pa.int64())])
    )
    assert {name for name in table.names if table.field(name).type == pa.int64()} == {
        "word_count", "reading_minutes", "shares", "revision",
    }  # fmt: skip
    file = pq.ParquetFile(folder / "data" / "articles.parquet")
    assert {file.metadata.row_group(0).column(n).compression for n in range(file.metadata.num_columns)} == {"ZSTD"}


def test_rows_are_grouped_by_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "CHUNK", 20_000)
    feed(tmp_path / "articles" / "1.jsonl", *(article(n) for n in range(40)))
    built(tmp_path, tmp_path / "out", formats=("parquet", "jsonl"))
    path = tmp_path / "out" / "data" / "articles.parquet"
    meta = pq.ParquetFile(path).metadata
    sizes = [meta.row_group(n).num_rows for n in range(meta.num_row_groups)]
    assert sum(sizes) == 40
    assert len(sizes) > 3
    assert max(sizes[:-1]) - min(sizes[:-1]) <= 1
    assert [as_json(row) for row in pq.read_table(path).to_pylist()] == lines(
        tmp_path / "out" / "data" / "articles.jsonl"
    )


def test_partitions_by_year_and_month(tmp_path: Path) -> None:
    feed(tmp_path / "articles" / "1.jsonl", *records(), article(6, published_at="2025-11-02T00:00:00Z"))
    out = tmp_path / "out"
    made = built(tmp_path, out, formats=("parquet", "jsonl"), partition=True, split=parse("a=0.5,b=0.5", 1))
    found = {file["path"]: file["records"] for file in made.manifest["files"] if file["format"] == "parquet"}
    assert sum(found.values()) == 6
    assert {path.partition("/")[2].partition("/")[2] for path in found} == {
        "year=1999/month=12/articles.parquet", "year=2025/month=03/articles.parquet", "year=2025/month=11/articles.parquet",
        "year=__HIVE_DEFAULT_PARTITION__/month=__HIVE_DEFAULT_PARTITION__/articles.parquet",
    }  # fmt: skip
    for split in ("a", "b"):
        table = ds.dataset(out / "data" / split, partitioning="hive", format="parquet").to_table()
        rows = sorted(map(as_json, table.to_pylist()), key=lambda row: row["id"])
        for row in rows:
            month = (row.pop("year"), row.pop("month"))
            at = row["published_at"]
            assert month == ((int(at[:4]), int(at[5:7])) if at else (None, None))
        assert rows == sorted(lines(out / "data" / f"{split}.jsonl"), key=lambda row: row["id"])


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    """The order of lines and files changes no byte of the dataset, and of the manifest only its inputs."""
    data, other = tmp_path / "data", tmp_path / "other"
    many = [
        *records(),
        *(article(n) for n in range(10, 60)),
        *(article(n, title="Same", body="Same") for n in (71, 72)),
    ]
    feed(data / "articles" / "1.jsonl", *many[:30])
    feed(data / "articles" / "2.jsonl", *many[30:])
    feed(data / "removals" / "2.jsonl", removal(12, "2026-01-01T00:00:00Z"))
    wanted = {"formats": FORMATS, "split": parse("train=0.7,test=0.3", 5)}
    built(data, tmp_path / "a", **wanted)
    first = files(tmp_path / "a")
    built(data, tmp_path / "a", **wanted)
    built(data, tmp_path / "b", **wanted)
    assert files(tmp_path / "a") == first
    assert files(tmp_path / "b") == first
    random.Random(4).shuffle(many)
    feed(other / "articles" / "1.jsonl", *many)
    feed(other / "removals" / "1.jsonl", removal(12, "2026-01-01T00:00:00Z"))
    built(other, tmp_path / "c", **wanted)
    shuffled = files(tmp_path / "c")
    manifests = [json.loads(made.pop("manifest.json")) for made in (first, shuffled)]
    assert shuffled == first
    assert manifests[0].pop("inputs") != manifests[1].pop("inputs")
    assert manifests[0] == manifests[1]


def test_little_memory_makes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted goes to the index while that is read from."""
    feed(tmp_path / "articles" / "1.jsonl", *records(), *(article(n, title=f"T{n % 3}") for n in range(10, 60)))
    facts = []
    for held in (50_000, 1):
        monkeypatch.setattr("mayadeen.dataset.dataset_statistics._MAX_IN_MEMORY", held)
        wanted = BuildOptions(formats=("jsonl",), history=True)
        build(
            find(tmp_path, []),
            tmp_path / "out",
            wanted,
            (lambda _folder, _manifest, statistics: facts.append(statistics),),
        )
        facts.append((tmp_path / "out" / "data" / "articles.jsonl").read_bytes())
    assert facts[:2] == facts[2:]


def test_the_manifest_says_what_is_there(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    schema = schemas.load("dataset.schema.json")
    assert (
        list(
            Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(
                manifest | {"options": schema["examples"][0]["options"]}
            )
        )
        == []
    )
    there = files(folder)
    del there["manifest.json"]
    assert {file["path"] for file in manifest["files"]} == set(there)
    for file in manifest["files"]:
        assert file["bytes"] == len(there[file["path"]])
        assert file["sha256"] == f"sha256:{hashlib.sha256(there[file['path']]).hexdigest()}"
    (source,) = manifest["inputs"]
    feed_bytes = (folder.parent / "articles" / "1.jsonl").read_bytes()
    assert source == {
        "path": "articles/1.jsonl", "holds": "articles", "lines": 5, "bytes": len(feed_bytes),
        "sha256": f"sha256:{hashlib.sha256(feed_bytes).hexdigest()}",
    }  # fmt: skip
    assert manifest["published"] == {"first": "1999-12-31T23:59:59Z", "last": "2025-03-02T00:03:00Z"}
    assert manifest["crawlers"] == {"mayadeen/0.1.0": 5}
    assert manifest["version"].startswith("2025.3.3+")


def test_manifest_schema_and_page_agree() -> None:
    schema = schemas.load("dataset.schema.json")
    Draft202012Validator.check_schema(schema)
    (example,) = schema["examples"]
    assert list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(example)) == []
    assert list(example) == list(schema["properties"]) == schema["required"]
    page = (ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
    reasons = schema["properties"]["counts"]["properties"]["left_out"]["properties"]
    for name in (*schema["properties"], *reasons, *OWN_COLUMNS):
        assert f"`{name}`" in page, name


@pytest.mark.process
def test_the_size_of_a_parquet_file_is_computed_a_row_group_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    schema = pa.schema([("text", pa.binary())])
    groups = [random.Random(n).randbytes(1 << 18) for n in range(64)]
    with pq.ParquetWriter(path, schema) as writer:
        for group in groups:
            writer.write_table(pa.table({"text": [group]}, schema=schema))
    code = (
        "import sys, pathlib, pyarrow; from mayadeen.dataset.write import arrow_bytes;"
        "print(arrow_bytes(pathlib.Path(sys.argv[1]), 1), pyarrow.default_memory_pool().max_memory())"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True, cwd=ROOT)
    size, peak = map(int, done.stdout.split())
    assert size >= 16 << 20
    assert peak <= 8 << 20
