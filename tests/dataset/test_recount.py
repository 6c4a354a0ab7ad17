"""A dataset of three editions, recounted from its feeds alone: card, manifest, profile, Croissant and every reader."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import mlcroissant
import pandas as pd
import polars as pl
import pytest
from scrapy.settings import Settings

from mayadeen import published_schemas as schemas
from mayadeen.commands.dataset import Command, _options
from mayadeen.dataset import card, croissant, field_dictionary, profile
from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.columns import COLUMNS
from mayadeen.dataset.inputs import find
from tests.support.archive import article, feed, removal, text
from tests.support.offline import datasets, huggingface_hub

EDITIONS = {"en": ("english", "News", "ltr"), "ar": ("www", "أخبار", "rtl"), "es": ("espanol", "Noticias", "ltr")}


def record(edition: str, number: int, **changes: Any) -> dict[str, Any]:
    host, section, direction = EDITIONS[edition]
    address = f"https://{host}.almayadeen.net/news/politics/story-{number}"
    own = {"id": f"{edition}:{number}", "edition": edition, "language": edition, "section": section, "direction": direction,
           "canonical_url": address, "url": address, "title": f"Story {edition} {number}",
           "body": _text(edition, number), "fetched_at": "2025-03-20T00:00:00Z",
           "published_at": f"2025-03-{number:02}T12:00:00Z"}  # fmt: skip
    return article(number, **(own | changes))


def _text(edition: str, number: int) -> str:
    return text(1000 * list(EDITIONS).index(edition) + number)


@dataclass
class Truth:
    """The data folder, and what is known of it without reading it."""

    data: Path
    revisions: list[dict[str, Any]]
    gone: set[str]
    superseded: dict[str, str]

    def latest(self) -> dict[str, dict[str, Any]]:
        return {r["id"]: r for r in sorted(self.revisions, key=lambda r: r["fetched_at"])}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    data = tmp_path_factory.mktemp("recount") / "data"
    later = "2025-03-25T00:00:00Z"
    first = [record(edition, n) for edition in EDITIONS for n in range(1, 11)]
    second = [
        record("en", 2, title="Story 2, edited", revision=2, fetched_at=later),
        record("ar", 3, body=text(9077), revision=2, fetched_at=later),
        # The same text with other tags: another data folder has fetched it later.
        record("es", 4, tags=[], fetched_at=later),
        # A newer article at the address of an older one.
        record("en", 11, canonical_url="https://english.almayadeen.net/news/politics/story-5", fetched_at=later),
        # The same text under another id, in the same edition.
        record("ar", 12, title="Story ar 6", body=_text("ar", 6), fetched_at=later),
    ]
    feed(data / "articles" / "20250320T000000.000Z.jsonl", *first)
    feed(data / "articles" / "20250325T000000.000Z.jsonl", *second)
    gone = {"en:7", "ar:8", "ar:9", "es:10"}
    feed(data / "removals" / "20250325T000000.000Z.jsonl", *(removal(1, later) | {"id": id} for id in sorted(gone)))
    (example,) = schemas.load("report.schema.json")["examples"]
    for n, (edition, failed) in enumerate({"en": 2, "ar": 3, "es": 4}.items()):
        report = example | {"edition": edition, "totals": example["totals"] | {"failed": failed}}
        feed(data / "reports" / f"2025032{n}T000000.000Z.json", report)
    return Truth(data, first + second, gone, {"en:5": "en:11"})


def make(truth: Truth, out: Path, *arguments: str) -> dict[str, Any]:
    command = Command()
    command.settings = Settings()
    parser = ArgumentParser()
    command.add_options(parser)
    options = _options(parser.parse_args(list(arguments)), datetime.now(UTC))
    writers = (field_dictionary.write, card.write, croissant.write, profile.write)
    build(find(truth.data, []), out, options, writers)
    return json.loads((out / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def whole(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "out"
    make(truth, out, "--formats", "parquet,jsonl,csv", "--split", "train,test=2025-03-09,later=2026-01-01")
    return out


def kept(truth: Truth) -> dict[str, dict[str, Any]]:
    return {id: r for id, r in truth.latest().items() if id not in truth.gone}


def test_the_manifest_adds_up(truth: Truth, whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    expected = kept(truth)
    assert manifest["counts"]["read"] == len(truth.revisions) == 35
    assert manifest["counts"]["written"] == manifest["counts"]["articles"] == len(expected)
    left_out = {reason: n for reason, n in manifest["counts"]["left_out"].items() if n}
    assert left_out == {"repeated": 1, "older_revision": 2, "removed": len(truth.gone)}
    assert manifest["duplicates"]["exact"] == manifest["duplicates"]["groups"] == manifest["superseded"] == 1
    by_split = Counter("train" if r["published_at"] < "2025-03-09" else "test" for r in expected.values())
    # The copy moves the story it repeats to the later split.
    by_split.update({"train": -1, "test": 1})
    assert {s["name"]: s["records"] for s in manifest["splits"]} == {**by_split, "later": 0}


def test_the_rows_are_the_latest_records(truth: Truth, whole: Path) -> None:
    rows = {}
    for split in ("train", "test"):
        for line in (whole / "data" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows[row["id"]] = row
    expected = kept(truth)
    assert {id: {name: row[name] for name in expected[id]} for id, row in rows.items()} == expected
    assert rows["es:4"]["tags"] == [], "the record fetched last has the latest metadata"
    assert {id: row["superseded_by"] for id, row in rows.items() if row["superseded_by"]} == truth.superseded
    assert {id for id, row in rows.items() if row["duplicate"]} == {"ar:12"}
    assert rows["ar:12"]["duplicate_group"] == rows["ar:6"]["duplicate_group"] == "ar:6"
    assert {row["text"] == row["body"] for row in rows.values()} == {True}, "these bodies are one plain paragraph"


def test_the_card_says_what_was_counted(truth: Truth, whole: Path) -> None:
    page = (whole / card.NAME).read_text(encoding="utf-8")
    expected = kept(truth)
    assert "\n# Al Mayadeen English, Arabic and Spanish\n" in page
    assert f"\n{len(expected)} articles of the news site Al Mayadeen (" in page
    counted = Counter(r["language"] for r in expected.values())
    assert all(f"{tag} {n}" in page.split("- Languages: ")[1].split("\n")[0] for tag, n in counted.items())
    assert "have no text" not in page
    assert "4 records that the filters select were left out because the article is gone" in page
    assert "1 record has an address that now shows a newer article" in page
    assert "9 that failed" in page
    assert "seed" not in page
    assert "| `later` | 0 | no record, no file |" in page
    assert "at times unknown" not in page
    assert "none 11" not in page


def test_a_selection_is_stated_and_counted(truth: Truth, tmp_path: Path) -> None:
    out = tmp_path / "out"
    manifest = make(truth, out, "--language", "EN", "--kinds", "News", "--since", "2025-03-03", "--min-words", "10")
    page = (out / card.NAME).read_text(encoding="utf-8")
    filters = "kind news, language EN, published from 2025-03-03, at least 10 words"
    assert f"\n# Al Mayadeen English: {filters}\n" in page
    assert manifest["options"]["kinds"] == ["news"]
    first = page.split("\n# ")[1].split("\n\n")[1]
    assert first.startswith("8 articles of the news site Al Mayadeen (<https://english.almayadeen.net>), selected by ")
    assert manifest["counts"]["left_out"]["removed"] == 1, "en:7, of four that are gone"
    assert manifest["counts"]["left_out"]["other_language"] == 17
    assert "1 record that the filters select was left out because the article is gone" in page
    assert "2 that failed" in page
    assert "Addresses that 1 run of the editions en found" in page
    assert "2 runs of other editions or without articles not counted" in page
    assert filters.split(", ")[0] in json.loads((out / croissant.NAME).read_text())["name"]
    assert "language EN" in (out / profile.NAME).read_text(encoding="utf-8")


def test_the_profile_draws_days_splits_in_order_and_one_colour_a_section(truth: Truth, whole: Path) -> None:
    page = (whole / profile.NAME).read_text(encoding="utf-8")
    assert "Records by section and day of publication" in page
    assert "أخبار" in page
    statistics: list[dict[str, Any]] = []
    build(
        find(truth.data, []),
        whole.parent / "again",
        BuildOptions(formats=("jsonl",)),
        (lambda *args: statistics.append(args[2]),),
    )
    plot = profile.over_time(statistics[0]["section_months"], statistics[0]["section_days"])
    assert plot is not None
    assert [series.label for series in plot.series] == ["News · أخبار · Noticias"]
    assert plot.labels == [f"{day} Mar 2025" for day in range(1, 13)]
    by_day = Counter(int(r["published_at"][8:10]) for r in kept(truth).values())
    assert list(plot.series[0].values) == [by_day[day] for day in range(1, 13)]
    order = re.findall(r'<th scope="row">(?:<bdi>)?(train|test|later)', page)
    assert order[:3] == ["train", "test", "later"]


def test_every_reader_opens_it_unchanged(truth: Truth, whole: Path, tmp_path: Path) -> None:
    expected = kept(truth)
    ids = sorted(expected)
    parquet = f"{whole}/data/*.parquet"
    frames = [pd.read_parquet(path) for path in sorted((whole / "data").glob("*.parquet"))]
    assert sorted(id for frame in frames for id in frame["id"]) == ids
    assert str(frames[0]["published_at"].dtype) == "datetime64[ms, UTC]"
    frame = pl.read_parquet(parquet)
    assert sorted(frame["id"]) == ids
    assert frame["published_at"].dt.year().unique().to_list() == [2025]
    rows = duckdb.sql(f"select year(published_at), duplicate_group, text from '{parquet}'").fetchall()
    assert [row[0] for row in rows] == [2025] * len(ids)
    loaded = datasets.load_dataset(str(whole), cache_dir=str(tmp_path))
    assert sorted(id for part in loaded.values() for id in part["id"]) == ids
    head = huggingface_hub.DatasetCard.load(whole / card.NAME).data
    assert {part["name"]: part["num_examples"] for part in head.dataset_info["splits"]} == {
        name: len(part) for name, part in loaded.items()
    }


@pytest.mark.parametrize("format", ["parquet", "jsonl", "jsonl.gz", "csv", "csv.gz"])
def test_croissant_has_records_for_every_format(truth: Truth, tmp_path: Path, format: str) -> None:
    make(truth, tmp_path / "out", "--formats", format)
    dataset = mlcroissant.Dataset(tmp_path / "out" / croissant.NAME)
    assert (dataset.metadata.ctx.issues.errors, dataset.metadata.ctx.issues.warnings) == (set(), set())
    (records,) = dataset.metadata.record_sets
    assert {field.id for field in records.fields} == {f"articles/{name}" for name in COLUMNS}
    assert all(field.description for field in records.fields)
    found = list(dataset.records("articles"))
    assert {row["articles/id"].decode() for row in found} == set(kept(truth))
    assert {row["articles/word_count"] for row in found} == {60}


def test_croissant_describes_what_its_reader_cannot_unpack(truth: Truth, tmp_path: Path) -> None:
    make(truth, tmp_path / "out", "--formats", "jsonl.zst")
    (records,) = json.loads((tmp_path / "out" / croissant.NAME).read_text(encoding="utf-8"))["recordSet"]
    assert records["description"] == "28 records. Unpack the file with Zstandard first."
    assert len(records["field"]) == len(COLUMNS)


def test_a_dataset_is_a_feed(truth: Truth, tmp_path: Path) -> None:
    make(truth, tmp_path / "first", "--formats", "jsonl", "--removals", "flag")
    files = find(truth.data, [str(tmp_path / "first")])
    assert [file.name for file in files] == ["first/data/articles.jsonl"]
    flagged = build(files, tmp_path / "flagged", BuildOptions(formats=("jsonl",), flag_removed=True))
    assert flagged.read_errors == []
    first, again = ((tmp_path / name / "data" / "articles.jsonl").read_bytes() for name in ("first", "flagged"))
    assert first == again
    applied = build(
        find(truth.data, [str(tmp_path / "first" / "data")]), tmp_path / "b", BuildOptions(formats=("jsonl",))
    )
    assert applied.manifest["counts"]["left_out"]["removed"] == len(truth.gone)


def test_an_address_that_a_filtered_article_acquired(truth: Truth, tmp_path: Path) -> None:
    manifest = make(truth, tmp_path / "out", "--formats", "jsonl", "--until", "2025-03-10")
    rows = [json.loads(line) for line in (tmp_path / "out/data/articles.jsonl").read_text("utf-8").splitlines()]
    assert {row["id"]: row["superseded_by"] for row in rows if row["superseded_by"]} == truth.superseded
    assert manifest["superseded"] == 1
