"""Splits: no story is in two of them, and the same seed gives the same splits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.crawling.arguments import BadArgument
from mayadeen.dataset.split import parse
from tests.support.archive import article, built, feed, lines, text

DAY = "2025-03-{:02}T12:00:00Z"


def splits(data: Path, out: Path, split: str, seed: int = 0) -> dict[str, str]:
    """Id → split, from the files, which the column must agree with."""
    manifest = built(data, out, formats=("jsonl",), split=parse(split, seed)).manifest
    found = {}
    for part in manifest["splits"]:
        path = out / "data" / f"{part['name']}.jsonl"
        records = lines(path) if path.exists() else []
        assert len(records) == part["records"]
        assert {r["split"] for r in records} <= {part["name"]}
        found |= {r["id"]: part["name"] for r in records}
    assert len(found) == manifest["counts"]["written"]
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three hundred articles, each tenth posted again under another id, ten days later."""
    first = [article(n, published_at=DAY.format(n % 10 + 1)) for n in range(300)]
    again = [
        article(1000 + n, title=f"Story {n}", body=text(n), published_at=DAY.format(n % 10 + 11))
        for n in range(0, 300, 9)
    ]
    feed(tmp_path / "data" / "articles" / "1.jsonl", *first, *again)
    return tmp_path / "data"


def test_by_hash(data: Path, tmp_path: Path) -> None:
    split = "train=0.8,validation=0.1,test=0.1"
    found = splits(data, tmp_path / "out", split)
    assert all(found[f"en:{1000 + n}"] == found[f"en:{n}"] for n in range(0, 300, 9))
    shares = [sum(name == wanted for name in found.values()) / len(found) for wanted in ("train", "validation", "test")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.06)
    assert splits(data, tmp_path / "out", "train=80,validation=10,test=10") == found
    assert splits(data, tmp_path / "out", split, seed=1) != found
    feed(data / "articles" / "2.jsonl", *(article(n) for n in range(2000, 2100)))
    more = splits(data, tmp_path / "out", split)
    assert {id: more[id] for id in found} == found, "what comes later moves nothing"


def test_by_time(data: Path, tmp_path: Path) -> None:
    found = splits(data, tmp_path / "out", "train,validation=2025-03-08,test=2025-03-15T12:00Z")
    dates = {f"en:{n}": DAY.format(n % 10 + 1) for n in range(300)}
    dates |= {f"en:{1000 + n}": DAY.format(n % 10 + 11) for n in range(0, 300, 9)}
    assert all(found[f"en:{1000 + n}"] == found[f"en:{n}"] for n in range(0, 300, 9))
    for id, split in found.items():
        alone = int(id[3:]) < 300 and int(id[3:]) % 9
        by_date = "train" if dates[id] < "2025-03-08" else "validation" if dates[id] < DAY.format(15) else "test"
        assert split == by_date if alone else ["train", "validation", "test"].index(split) >= 1
    assert set(found.values()) == {"train", "validation", "test"}


def test_similar_texts_are_in_one_split_though_in_two_groups(tmp_path: Path) -> None:
    # Each is the one before it moved on by a third: neighbours are alike, those further apart are not.
    words = " ".join(text(n) for n in range(40)).split()
    chain = [article(n, body=" ".join(words[35 * n : 35 * n + 100]), published_at=DAY.format(n + 1)) for n in range(12)]
    feed(tmp_path / "data" / "articles" / "1.jsonl", *chain)
    for seed in range(5):
        assert len(set(splits(tmp_path / "data", tmp_path / "out", "train=0.5,test=0.5", seed).values())) == 1
    assert len({record["duplicate_group"] for record in lines(next((tmp_path / "out" / "data").glob("*.jsonl")))}) > 1
    assert set(splits(tmp_path / "data", tmp_path / "out", "train,test=2025-03-10").values()) == {"test"}


def test_without_a_date_the_fetch_is_the_latest_it_can_be_from(tmp_path: Path) -> None:
    undated = {"published_at": None, "warnings": ["published_at: missing"]}
    old = article(1, **undated, fetched_at="2025-03-01T00:00:00Z")
    feed(tmp_path / "data" / "articles" / "1.jsonl", old, article(2, **undated, fetched_at="2025-03-09T00:00:00Z"))
    assert splits(tmp_path / "data", tmp_path / "out", "train,test=2025-03-05") == {"en:1": "train", "en:2": "test"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("train", "at least two different names"), ("a=1,a=0", "at least two different names"), ("a=0.5,b=0.4", "add up to 0.9"),
        ("a=1,b=0", "or a share of 0"), ("Train=0.5,b=0.5", "has the name 'Train'"), ("a/b=0.5,c=0.5", "has the name 'a/b'"),
        ("a,b=2025-02-30", "2025-02-30, which is not a day"), ("a=2025-01-01,b=2025-02-01", "the first without"), ("a,b", "Use names with shares"),
        ("a,b=2025-02-01,c=2025-02-01", "does not begin after the one to its left"), ("", "has the name ''"), ("a=0.5,b=2025-01-01", "Use names with shares"),
        ("all=0.5,b=0.5", "Use another name"),
    ],
)  # fmt: skip
def test_splits_that_cannot_be(given: str, why: str) -> None:
    with pytest.raises(BadArgument) as error:
        parse(given)
    assert str(error.value).startswith(f'split: "{given}" ')
    assert why in str(error.value)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=5), st.text(max_size=20), st.integers(0, 9))
def test_every_group_falls_in_a_split(weights: list[int], group: str, seed: int) -> None:
    weights = [*weights[:-1], max(1, 100 - sum(weights[:-1]))]
    if sum(weights) == 100:
        names = [f"s{n}" for n in range(len(weights))]
        split = parse(",".join(f"{name}={weight}" for name, weight in zip(names, weights, strict=True)), seed)
        assert split.by_hash_of(group) in names
        assert split.bounds[-1] == 1 << 64
