"""Records of older schema versions get the fields that came later, as unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from mayadeen import upgrade as module
from mayadeen.fields import about
from mayadeen.items import SCHEMA_VERSION, Article, Removal
from mayadeen.upgrade import VersionError, upgrade


@dataclass
class Record:
    schema_version: str = "1.4.0"
    title: str | None = field(default=None, metadata=about(provenance=True))
    live: bool | None = field(default=None, metadata=about(provenance=True, since="1.3.0"))
    notes: list[str] = field(default_factory=list, metadata=about(since="1.4.0"))
    parts: list[dict[str, Any]] = field(default_factory=list, metadata=about(keys_since={"path": "1.2.0"}))
    provenance: dict[str, str | None] = field(default_factory=dict, metadata=about())


@pytest.fixture
def version(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(module, "SCHEMA_VERSION", "1.4.0")
    return "1.4.0"


def test_each_later_field_and_nested_key_is_added_as_unknown(version: str) -> None:
    record = {"schema_version": "1.1.0", "title": "x", "parts": [{"url": "a"}], "provenance": {"title": "html"}}
    upgrade(record, Record)
    assert record == {
        "schema_version": version, "title": "x", "parts": [{"url": "a", "path": None}], "live": None, "notes": [],
        "provenance": {"title": "html", "live": None},
    }  # fmt: skip


def test_only_later_fields_are_added(version: str) -> None:
    record: dict[str, Any] = {"schema_version": "1.3.2", "parts": [{"url": "a"}]}
    upgrade(record, Record)
    assert record == {"schema_version": version, "parts": [{"url": "a"}], "notes": []}


@pytest.mark.parametrize("given", [SCHEMA_VERSION, SCHEMA_VERSION.rpartition(".")[0] + ".7"])
def test_a_record_of_the_present_minor_version_keeps_its_keys(given: str) -> None:
    record = {"schema_version": given, "id": "en:1"}
    upgrade(record, Article)
    assert record == {"schema_version": SCHEMA_VERSION, "id": "en:1"}


def test_a_removal_of_the_first_version() -> None:
    record = {"schema_version": "1.0.0", "id": "en:1"}
    upgrade(record, Removal)
    assert record == {"schema_version": SCHEMA_VERSION, "id": "en:1"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("0.9.0", "cannot be upgraded"), ("99.0.0", "is newer than"), ("1", "is not a version"),
        ("1.x.0", "is not a version"), ("01.1.0", "is not a version"), ("", "is not a version"),
        (None, "is not a version"), (1.1, "is not a version"), (["1.1.0"], "is not a version"),
        ("1.1.0\n", "is not a version"), ("1.٠.0", "is not a version"),
    ],
)  # fmt: skip
def test_versions_that_cannot_be_read(given: Any, says: str) -> None:
    with pytest.raises(VersionError, match=says) as error:
        upgrade({"schema_version": given, "images": []}, Article)
    assert "\n" not in str(error.value)
