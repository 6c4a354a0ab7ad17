"""What is to be read off saved pages, each field by itself: a failure names it. ``scrapy fixture`` makes them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mayadeen.extraction.fixtures import EXPECTED, BadFixture, Fixture, load
from mayadeen.monitoring.field_sampler import read_fields
from mayadeen.storage.drift_history import NOTHING, SOURCE_BIT

FOLDER = Path(__file__).resolve().parents[1] / "fixtures"
SAVED = [load(path.parent) for path in sorted(FOLDER.glob(f"*/{EXPECTED}"))]


@cache
def read(name: str) -> Any:
    """The record of a page, read once for all of its fields."""
    (fixture,) = (one for one in SAVED if one.name == name)
    return fixture.article()


@pytest.mark.parametrize(
    ("fixture", "field"),
    [pytest.param(one, field, id=f"{one.name}-{field}") for one in SAVED for field in one.expected],
)
def test_saved_page(fixture: Fixture, field: str) -> None:
    assert getattr(read(fixture.name), field) == fixture.expected[field]


@pytest.mark.parametrize(
    ("fixture", "field"),
    [pytest.param(one, field, id=f"{one.name}-provenance-{field}") for one in SAVED for field in one.provenance],
)
def test_source_of_a_field(fixture: Fixture, field: str) -> None:
    assert fixture.provenance[field] in sources(fixture, field)


def sources(fixture: Fixture, field: str) -> set[str | None]:
    """The sources of a page that have a field, whether or not a more trusted one has it too."""
    article = read(fixture.name)
    _, bits = read_fields(fixture.page(), article).get(field) or NOTHING
    return {article.provenance[field], *(source for source, bit in SOURCE_BIT.items() if bits & bit)}


def test_a_lost_source_shows_though_a_more_trusted_one_has_the_value() -> None:
    plain = next(one for one in SAVED if one.name == "2025-11-plain")
    assert {"tawsiyat", "html"} <= sources(plain, "summary")
    assert read(plain.name).provenance["summary"] == "tawsiyat"
    renamed = replace(plain, html=plain.html.replace("lg_para summary", "moved"))
    assert "html" not in sources(renamed, "summary")


def test_there_are_pages_of_every_known_sort() -> None:
    assert {one.expected["kind"] for one in SAVED} >= {"news", "gallery", "video"}
    assert all(len(one.expected) >= 8 for one in SAVED)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ('{"base_url": null, "fields": {}}', "expects nothing"),
        ('{"base_url": null, "fields": {"title": "", "tags": []}}', "expects nothing"),
        ('{"base_url": null, "fields": {"titel": "x"}}', "names 'titel', which is no field"),
        ('{"base_url": null, "fields": {"title": "x"}, "provenance": {"bodi": "html"}}', "must map fields to sources"),
        ('{"base_url": null, "fields": {"title": "x"}, "provenance": "html"}', "must map fields to sources"),
        ("{", "is no fixture"),
        ("[]", "is no fixture"),
    ],
)
def test_an_expectation_that_can_not_fail_is_refused(tmp_path: Path, expected: str, message: str) -> None:
    for path in (FOLDER / "2025-11-plain").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert load(tmp_path).expected["title"]
    (tmp_path / EXPECTED).write_text(expected, encoding="utf-8")
    with pytest.raises(BadFixture, match=message):
        load(tmp_path)
