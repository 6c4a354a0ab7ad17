"""Which records make a dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mayadeen.dataset.filters import Filters
from mayadeen.dataset.inputs import InputError
from tests.support.archive import article, built, feed, left_out, lines, removal, text

DAYS = [f"2025-04-0{n}T00:00:00Z" for n in range(1, 8)]


def titles_in(data: Path, out: Path, **wanted: Any) -> list[tuple[str, str]]:
    """Id and title of every record, after having held the manifest against what was written."""
    manifest = built(data, out, formats=("jsonl",), **wanted).manifest
    records = lines(out / "data" / "articles.jsonl")
    counts = manifest["counts"]
    assert counts["written"] == len(records) == manifest["splits"][0]["records"]
    assert counts["read"] == counts["written"] + sum(counts["left_out"].values())
    assert counts["read"] == sum(i["lines"] for i in manifest["inputs"] if i["holds"] == "articles")
    assert counts["articles"] == len({record["id"] for record in records})
    return [(record["id"], record["title"]) for record in records]


def test_the_latest_version_of_each_article_in_order_of_time(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    second = article(1, title="Story 1, corrected", revision=2, fetched_at=DAYS[2])
    feed(data / "articles" / "1.jsonl", article(7), article(1, fetched_at=DAYS[1]), article(3))
    feed(data / "articles" / "2.jsonl", second, article(9, published_at=None, warnings=["published_at: missing"]))
    assert titles_in(data, out) == [
        ("en:1", "Story 1, corrected"),
        ("en:3", "Story 3"),
        ("en:7", "Story 7"),
        ("en:9", "Story 9"),
    ]
    assert left_out(json.loads((out / "manifest.json").read_bytes())) == {"older_revision": 1}


def test_history_has_each_change_of_an_article(tmp_path: Path) -> None:
    """Merge two crawlers that watched the same articles, each with its own count of revisions.

    A B A is three versions. A version that both have seen is one.
    """
    data, out = tmp_path / "data", tmp_path / "out"
    versions = [("A", DAYS[0], 1), ("B", DAYS[2], 2), ("A", DAYS[4], 3)]
    others = [("A", DAYS[1], 1), ("B", DAYS[3], 2), ("A", DAYS[5], 3)]
    for name, seen in (("1", versions), ("2", others)):
        records = [article(5, title=title, fetched_at=at, revision=n) for title, at, n in seen]
        feed(data / "articles" / f"{name}.jsonl", *records)
    assert titles_in(data, out, history=True) == [("en:5", "A"), ("en:5", "B"), ("en:5", "A")]
    assert titles_in(data, out) == [("en:5", "A")]
    (record,) = lines(out / "data" / "articles.jsonl")
    assert record["fetched_at"] == DAYS[5]
    assert left_out(json.loads((out / "manifest.json").read_bytes())) == {"repeated": 3, "older_revision": 2}


def test_removals_are_applied_or_flagged(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    back = article(3, title="Back", fetched_at=DAYS[4], revision=2)
    feed(data / "articles" / "1.jsonl", *(article(n, fetched_at=DAYS[0]) for n in (1, 2, 3)), back)
    feed(
        data / "removals" / "1.jsonl",
        removal(2, DAYS[2]),
        removal(3, DAYS[2]),
        removal(2, DAYS[1]),
        removal(99, DAYS[1]),
    )
    assert [id for id, _ in titles_in(data, out)] == ["en:1", "en:3"]
    assert left_out(json.loads((out / "manifest.json").read_bytes())) == {"removed": 1, "older_revision": 1}
    assert [id for id, _ in titles_in(data, out, flag_removed=True)] == ["en:1", "en:2", "en:3"]
    flags = {r["id"]: r["removed_at"] for r in lines(out / "data" / "articles.jsonl")}
    assert flags == {"en:1": None, "en:2": DAYS[2], "en:3": None}
    assert [id for id, _ in titles_in(data, out, history=True)] == ["en:1", "en:3", "en:3"]


def test_a_removal_in_the_second_of_a_fetch_names_the_fetch_that_it_came_after(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    feed(data / "articles" / "1.jsonl", article(1, fetched_at=DAYS[1]), article(2, fetched_at=DAYS[0]))
    removals = removal(1, DAYS[1], last_seen_at=DAYS[0]), removal(2, DAYS[0], last_seen_at=DAYS[0])
    feed(data / "removals" / "1.jsonl", *removals)
    assert titles_in(data, out) == [("en:1", "Story 1")]
    assert [id for id, _ in titles_in(data, out, flag_removed=True)] == ["en:1", "en:2"]
    assert {r["id"]: r["removed_at"] for r in lines(out / "data" / "articles.jsonl")} == {"en:1": None, "en:2": DAYS[0]}


@pytest.mark.parametrize(
    ("filters", "kept", "reason"),
    [
        (Filters(kinds=frozenset({"video"})), [4], "other_kind"),
        (Filters(sections=("opinion",)), [2], "other_section"), (Filters(sections=("Arts & Culture",)), [3], "other_section"),
        (Filters(sections=("news",)), [1, 3], "other_section"), (Filters(sections=("politics", "OPINION")), [2, 5], "other_section"),
        (Filters(sections=("السياسه",)), [5], "other_section"),
        (Filters(language=("ar",)), [5], "other_language"), (Filters(language=("EN",)), [1, 2, 3, 4], "other_language"),
        (Filters(min_words=61), [2], "too_short"), (Filters(min_words=1), [1, 2, 3, 5], "too_short"),
    ],
)  # fmt: skip
def test_filters(tmp_path: Path, filters: Filters, kept: list[int], reason: str) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    feed(
        data / "articles" / "1.jsonl",
        article(1, section="News", category="Economy"),
        article(2, section="Articles", category="Opinion", kind="opinion", word_count=61, language="en-GB"),
        article(3, section="News", category="Arts&Culture"),
        article(4, section=None, category=None, kind="video", body=None, word_count=None),
        article(5, section="أخبار", category="سياسة", language="ar", direction="rtl"),
    )
    assert [id for id, _ in titles_in(data, out, filters=filters)] == [f"en:{n}" for n in kept]
    assert left_out(json.loads((out / "manifest.json").read_bytes())) == {reason: 5 - len(kept)}


def test_a_filter_is_held_against_the_latest_version(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    later = article(1, kind="opinion", revision=2, fetched_at=DAYS[1], title="Turned into an opinion")
    feed(data / "articles" / "1.jsonl", article(1, fetched_at=DAYS[0]), later, article(2))
    assert titles_in(data, out, filters=Filters(kinds=frozenset({"news"}))) == [("en:2", "Story 2")]
    assert left_out(json.loads((out / "manifest.json").read_bytes())) == {"older_revision": 1, "other_kind": 1}


def duplicates(tmp_path: Path) -> Path:
    """Two and four repeat the text of one under other ids. Five is one with a word changed. Three is unique."""
    data = tmp_path / "data"
    changed = text(1).replace("harbour", "haven")
    same = {"title": "Story 1", "body": text(1)}
    feed(
        data / "articles" / "1.jsonl",
        article(4, **same), article(1), article(3), article(5, body=changed), article(2, **same),
    )  # fmt: skip
    return data


def test_duplicates_are_marked_and_nothing_is_dropped(tmp_path: Path) -> None:
    data, out = duplicates(tmp_path), tmp_path / "out"
    manifest = built(data, out, formats=("jsonl",)).manifest
    marks = {r["id"]: (r["duplicate_group"], r["duplicate"]) for r in lines(out / "data" / "articles.jsonl")}
    assert marks == {
        "en:1": ("en:1", None), "en:2": ("en:1", "exact"), "en:3": ("en:3", None), "en:4": ("en:1", "exact"),
        "en:5": ("en:1", "near"),
    }  # fmt: skip
    assert manifest["duplicates"] == {"exact": 2, "near": 1, "groups": 1, "records": 4, "largest": [["en:1", 4]]}


@pytest.mark.parametrize(
    ("drop", "kept", "reasons"),
    [
        ("exact", ["en:1", "en:3", "en:5"], {"exact_duplicate": 2}),
        ("near", ["en:1", "en:3"], {"exact_duplicate": 2, "near_duplicate": 1}),
    ],
)
def test_duplicates_are_dropped_where_asked(
    tmp_path: Path, drop: str, kept: list[str], reasons: dict[str, int]
) -> None:
    data, out = duplicates(tmp_path), tmp_path / "out"
    assert [id for id, _ in titles_in(data, out, drop=drop)] == kept
    assert left_out(json.loads((out / "manifest.json").read_bytes())) == reasons


def test_versions_of_an_article_are_no_duplicates_of_each_other(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    own = [article(1, fetched_at=DAYS[0]), article(1, title="B", fetched_at=DAYS[1]), article(1, fetched_at=DAYS[2])]
    feed(data / "articles" / "1.jsonl", *own, article(2, title="Story 1", body=text(1), fetched_at=DAYS[1]))
    built(data, out, formats=("jsonl",), history=True)
    marks = [(r["id"], r["duplicate_group"], r["duplicate"]) for r in lines(out / "data" / "articles.jsonl")]
    assert marks == [("en:1", "en:1", None)] * 3 + [("en:2", "en:1", "exact")]


def test_nothing_left_is_reported_with_the_reasons(tmp_path: Path) -> None:
    data = tmp_path / "data"
    feed(data / "articles" / "1.jsonl", article(1), article(2), b"cut")
    with pytest.raises(
        InputError, match=r"^no record is left of 3 lines: 1 incomplete, 2 too_short\. Nothing was built$"
    ):
        built(data, tmp_path / "out", filters=Filters(min_words=99))
    assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.iterdir() if not p.name.endswith(".lock")] == ["data"]
