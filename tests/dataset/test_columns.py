"""Types and meanings of the columns, and the field dictionary written from them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mayadeen import published_schemas as schemas
from mayadeen.dataset import field_dictionary
from mayadeen.dataset.columns import COLUMNS, TIMESTAMP, allowed_values, csv_features, csv_form, features, meaning
from mayadeen.items import WARNINGS


def test_every_column_and_every_key_of_its_objects_has_a_meaning() -> None:
    for name, feature in features().items():
        assert meaning(name), name
        inner = feature.get("feature", feature)
        if inner.get("_type") != "Value" and name != "provenance":
            assert all(meaning(name, key) for key in inner)


def test_times_by_the_schema_are_timestamps() -> None:
    times = {name for name, feature in features().items() if feature.get("dtype") == TIMESTAMP}
    assert times == {"published_at", "modified_at", "fetched_at", "extracted_at", "removed_at"}
    assert list(features()) == list(COLUMNS)


def test_csv_has_no_nested_column() -> None:
    assert {feature["_type"] for feature in csv_features().values()} == {"Value"}
    assert (csv_form("tags"), csv_form("blocks"), csv_form("title")) == ("names", "json", "text")


def test_the_values_of_a_closed_list() -> None:
    assert allowed_values("edition") == ["en", "ar", "es"]
    assert allowed_values("warnings") == schemas.load("article.schema.json")["properties"]["warnings"]["items"]["enum"]
    assert allowed_values("title") == allowed_values("split") == []


def test_the_field_dictionary_has_every_column(tmp_path: Path) -> None:
    field_dictionary.write(tmp_path, {}, {})
    text = (tmp_path / field_dictionary.NAME).read_text(encoding="utf-8")
    named = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert [name for name in named if "." not in name and name not in WARNINGS] == list(COLUMNS)
    assert {"images[].credit", "blocks[].items", "discovered_via.position"} <= set(named)
    assert set(WARNINGS) <= set(named)
    assert "docs/" not in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert all(len(re.split(r"(?<!\\)\|", row)) in (4, 5) for row in rows)


@pytest.mark.parametrize("name", ["provenance", "kind"])
def test_the_field_dictionary_names_the_values(tmp_path: Path, name: str) -> None:
    field_dictionary.write(tmp_path, {}, {})
    (row,) = re.findall(rf"^\| `{name}` \|.*", (tmp_path / field_dictionary.NAME).read_text(), re.MULTILINE)
    for value in {"provenance": ["tawsiyat", "json-ld"], "kind": ["newscast"]}[name]:
        assert value in row
