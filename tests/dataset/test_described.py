"""What goes with a dataset, card, Croissant metadata and profile: read by those it is for, and true."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from mayadeen import published_schemas as schemas
from mayadeen.dataset import card, croissant, profile
from mayadeen.dataset.build import BuildOptions, build
from mayadeen.dataset.columns import ARTICLE_COLUMNS, COLUMNS, features
from mayadeen.dataset.inputs import find
from mayadeen.dataset.split import parse
from mayadeen.dataset.write import schema
from tests.support import two_runs
from tests.support.offline import datasets, huggingface_hub

OPTIONS: dict[str, Any] = {
    "split": None, "seed": 0, "removals": "apply", "drop_duplicates": None, "history": False, "since": None, "until": None,
    "kinds": [], "sections": [], "language": [], "min_words": None,
}  # fmt: skip
NASTY = "<script>alert(1)</script> | `x` *y* [z](javascript:q)\u202e"


@dataclass
class Made:
    """A dataset: its folder, and the data of its card and profile."""

    folder: Path
    manifest: dict[str, Any]
    facts: dict[str, Any]


def make(data: Path, out: Path, **wanted: Any) -> Made:
    reported = []
    options = OPTIONS | wanted.pop("options", {})
    wanted["split"] = parse(options["split"])
    files = find(data, [])
    writers = (card.write, croissant.write, profile.write, lambda *args: reported.append(args))
    build(files, out, BuildOptions(options=options, **wanted), writers)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return Made(out, manifest, reported[0][2])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs over two months, one story again with a sentence changed, a report of a run that ended short."""
    folder = tmp_path_factory.mktemp("described") / "data"
    records = two_runs.write(folder)
    again = next(r for r in records if r["body"] and r["word_count"] > 200)
    copy = two_runs.edited(again | {"id": "en:9000001", "body": again["body"].replace(".", ". Again.", 1)})
    copy |= {"published_at": "2024-12-31T23:59:59Z", "section": NASTY, "tags": [{"name": NASTY, "url": None}]}
    copy |= {"crawler": f"mayadeen/0.1.0`\n# {NASTY}"}
    with (folder / "articles" / f"{two_runs.TIMES[1]}.jsonl").open("a", encoding="utf-8") as feed:
        feed.write(json.dumps(copy) + '\n{"torn')
    (report,) = schemas.load("report.schema.json")["examples"]
    report["exit_status"] = 3
    report["totals"] |= {"failed": 7}
    report["listings"][0] |= {"label": NASTY, "trouble": "page 3 failed"}
    (folder / "reports").mkdir()
    (folder / "reports" / f"{two_runs.TIMES[0]}.json").write_text(json.dumps(report), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def plain(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(data, tmp_path_factory.mktemp("plain") / "out", formats=("csv", "jsonl", "parquet"))


@pytest.fixture(scope="module")
def parted(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    options = {"split": "train=0.6,test=0.4"}
    out = tmp_path_factory.mktemp("parted") / "out"
    return make(data, out, formats=("parquet", "jsonl.gz"), partition=True, options=options)


@pytest.fixture(scope="module")
def lines(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(data, tmp_path_factory.mktemp("lines") / "out", formats=("jsonl.gz",))


@pytest.fixture(params=["plain", "parted", "lines"])
def made(request: pytest.FixtureRequest) -> Made:
    return request.getfixturevalue(request.param)


# The card


def test_the_head_is_what_hugging_face_reads(made: Made) -> None:
    loaded = huggingface_hub.DatasetCard.load(made.folder / card.NAME).data
    assert isinstance(loaded, huggingface_hub.DatasetCardData)
    head: Any = loaded
    assert re.fullmatch("[a-z-]+", head.license_name)
    assert (head.license, head.language, head.pretty_name) == ("other", ["en"], "Al Mayadeen English")
    assert head.size_categories == ["n<1K"]
    splits = {part["name"]: part["num_examples"] for part in head.dataset_info["splits"]}
    assert splits == {part["name"] or "train": part["records"] for part in made.manifest["splits"]}
    sizes = {f["path"]: f["bytes"] for f in made.manifest["files"]}
    paths = [path for one in head.configs[0]["data_files"] for path in _paths(one["path"])]
    assert sum(sizes[path] for path in paths) == head.dataset_info["download_size"]


def test_sizes_on_the_card_are_those_that_datasets_computes(
    plain: Made, parted: Made, lines: Made, tmp_path: Path
) -> None:
    for made in (plain, parted):
        info = huggingface_hub.DatasetCard.load(made.folder / card.NAME).data.dataset_info
        reported = {part["name"]: part["num_bytes"] for part in info["splits"]}
        # Without the card, or datasets repeats what the card says.
        paths = {name: [str(made.folder / path) for path in _files(made, name)] for name in reported}
        loaded = datasets.load_dataset("parquet", data_files=paths, cache_dir=str(tmp_path / made.folder.parent.name))
        computed = {name: part.info.splits[name].num_bytes for name, part in loaded.items()}
        assert computed == reported
        assert info["dataset_size"] == sum(reported.values())
    info = huggingface_hub.DatasetCard.load(lines.folder / card.NAME).data.dataset_info
    assert "dataset_size" not in info
    assert all("num_bytes" not in part for part in info["splits"])


def _files(made: Made, split: str) -> list[str]:
    name = None if split == "train" and made.manifest["options"]["split"] is None else split
    return [file["path"] for file in made.manifest["files"] if file["format"] == "parquet" and file["split"] == name]


def _paths(path: str | list[str]) -> list[str]:
    return [path] if isinstance(path, str) else path


def test_the_folder_loads_by_its_card(made: Made, tmp_path: Path) -> None:
    loaded = datasets.load_dataset(str(made.folder), cache_dir=str(tmp_path))
    assert {name: len(part) for name, part in loaded.items()} == {
        part["name"] or "train": part["records"] for part in made.manifest["splits"]
    }
    published = datasets.Features.from_dict(json.loads((made.folder / "features.json").read_text()))
    assert published == datasets.Features.from_dict(features())
    assert published.arrow_schema.remove_metadata() == schema()
    for part in loaded.values():
        assert part.features == published
        assert tuple(part.features) == COLUMNS
    ids = [id for part in loaded.values() for id in part["id"]]
    assert len(ids) == len(set(ids)) == made.facts["articles"]


def test_a_split_of_many_months_is_many_files(parted: Made) -> None:
    head = huggingface_hub.DatasetCard.load(parted.folder / card.NAME).data
    assert any(len(_paths(one["path"])) > 1 for one in head.configs[0]["data_files"])


def test_the_card_tells_what_is_missing_and_what_is_whose(plain: Made) -> None:
    text = (plain.folder / card.NAME).read_text(encoding="utf-8")
    for heading in (
        "The outlet",
        "Provenance",
        "Filled fields",
        "Duplicates",
        "Known gaps",
        "Licence and terms",
    ):
        assert f"\n## {heading}\n" in text
    assert "7 that failed" in text
    assert "1 run ended incomplete" in text
    assert "page 3 failed" in text
    assert "1 incomplete" in text
    assert "0 records marked as exact duplicates" in text
    assert "1 as near duplicates" in text
    body = plain.facts["fill"]["body"]
    assert f"| `body` | {100 * body / plain.facts['records']:.1f} % |" in text
    makers = plain.manifest["crawlers"]
    assert f"by mayadeen/0.1.0 ({makers['mayadeen/0.1.0']}), mayadeen/0.1.0\\` \\# " in text


def test_text_of_the_site_is_no_markup_on_the_card(plain: Made) -> None:
    text = (plain.folder / card.NAME).read_text(encoding="utf-8")
    assert r"\<script\>alert(1)\</script\> \| \`x\` \*y\* \[z\](javascript:q)" in text
    assert not re.search(r"(?<!\\)<script", text)
    assert "\u202e" not in text


def test_a_dataset_of_csv_alone_has_a_card_too(data: Path, tmp_path: Path) -> None:
    made = make(data, tmp_path / "out", formats=("csv",))
    head = huggingface_hub.DatasetCard.load(made.folder / card.NAME).data.to_dict()
    assert "dataset_info" not in head
    loaded = datasets.load_dataset(str(made.folder), cache_dir=str(tmp_path))
    assert {name: len(part) for name, part in loaded.items()} == {"train": made.facts["records"]}
    dataset = mlcroissant.Dataset(made.folder / croissant.NAME)
    assert [file.content_url for file in dataset.metadata.distribution] == ["data/articles.csv"]


# Croissant


def test_the_validator_has_nothing_to_say(made: Made) -> None:
    dataset = mlcroissant.Dataset(made.folder / croissant.NAME)
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    assert dataset.metadata.version == made.manifest["version"]


def test_records_come_of_it(made: Made) -> None:
    dataset = mlcroissant.Dataset(made.folder / croissant.NAME)
    names = [part["name"] or "articles" for part in made.manifest["splits"]]
    assert [one.id for one in dataset.metadata.record_sets] == names
    total = 0
    for name in names:
        records = list(dataset.records(name))
        total += len(records)
        assert {key.split("/")[1] for key in records[0]} == set(COLUMNS)
    assert total == made.manifest["counts"]["written"]


def test_nested_values_come_with_their_keys(plain: Made) -> None:
    dataset = mlcroissant.Dataset(plain.folder / croissant.NAME)
    reported = {r["articles/id"].decode(): r for r in dataset.records("articles")}
    for line in (plain.folder / "data/articles.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        read = reported[record["id"]]
        assert [tag["articles/tags/name"].decode() for tag in read["articles/tags"]] == [
            tag["name"] for tag in record["tags"]
        ]
        assert [block["articles/blocks/type"].decode() for block in read["articles/blocks"]] == [
            block["type"] for block in record["blocks"]
        ]
        assert read["articles/discovered_via"]["articles/discovered_via/position"] == 1
        assert read["articles/word_count"] == record["word_count"]
        assert read["articles/published_at"].strftime("%Y-%m-%dT%H:%M:%SZ") == record["published_at"]


# The profile


class Page(HTMLParser):
    """What a page asks for, its text, and the tags that are not to be in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_profile_needs_nothing_and_runs_nothing(made: Made) -> None:
    text = (made.folder / profile.NAME).read_text(encoding="utf-8")
    page = Page(text)
    assert not page.tags & {"script", "iframe", "object", "embed", "form"}
    files = {file["path"] for file in made.manifest["files"]} | {"manifest.json"}
    for address in page.addresses:
        assert address.startswith(("#", "data:", "https://")) or address.replace("%3D", "=") in files, address
    assert "javascript:" not in " ".join(page.addresses)
    assert "\u202e" not in text


def test_the_profile_shows_what_is_in_it(parted: Made) -> None:
    shown = " ".join(" ".join(Page((parted.folder / profile.NAME).read_text(encoding="utf-8")).text).split())
    assert f"{parted.facts['records']}" in shown
    assert "Records by section and month of publication" in shown
    for label in ("Dec 2024", "Jan 2025", "Nov 2025", "By kind", "By split", "Authors", "Tags", "Running stories"):
        assert label in shown, label
    for name in ARTICLE_COLUMNS:
        assert name in shown, name
    assert "Marked as near duplicates 1" in shown
    assert "page 3 failed" in shown
    assert "left out: incomplete 1" in shown


@pytest.mark.parametrize(
    ("months", "unit", "labels"),
    [
        (["2025-01", "2025-03"], "month", ["Jan 2025", "Feb 2025", "Mar 2025"]),
        (["2012-06", "2025-03"], "quarter", [f"{y} Q{q}" for y in range(2012, 2026) for q in (1, 2, 3, 4)][1:-3]),
        (["1900-01", "2025-03"], "year", ["to 1964", *(str(year) for year in range(1965, 2026))]),
    ],
)
def test_time_is_drawn_without_holes(months: list[str], unit: str, labels: list[str]) -> None:
    drawn = profile.over_time([["News", month, 2] for month in months] + [["News", None, 5]])
    assert drawn is not None
    assert drawn.head == unit
    assert drawn.labels == labels
    assert sum(sum(value or 0 for value in one.values) for one in drawn.series) == 2 * len(months)


def test_without_dates_nothing_is_drawn_over_time(plain: Made) -> None:
    facts = plain.facts | {"section_months": [["News", None, 5]], "published": {"first": None, "last": None}}
    assert "No record has a date." in profile.page(plain.manifest, facts)


def test_many_sections_are_distinguished_as_far_as_possible() -> None:
    drawn = profile.over_time([[f"Section {n}", "2025-01", 10 - n] for n in range(9)])
    assert drawn is not None
    assert [one.label for one in drawn.series] == [*(f"Section {n}" for n in range(6)), "3 more"]
    assert drawn.series[-1].values == [4 + 3 + 2]


def test_the_same_dataset_is_described_in_the_same_bytes(data: Path, parted: Made, tmp_path: Path) -> None:
    options = {"split": "train=0.6,test=0.4"}
    again = make(data, tmp_path / "out", formats=("parquet", "jsonl.gz"), partition=True, options=options)
    for name in (card.NAME, croissant.NAME, profile.NAME):
        assert (again.folder / name).read_bytes() == (parted.folder / name).read_bytes(), name
