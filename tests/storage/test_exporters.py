"""Articles as CSV: every value can be read back, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.utils.misc import build_from_crawler
from scrapy.utils.test import get_crawler

from mayadeen.fields import about, specs
from mayadeen.items import Article
from mayadeen.storage import exporters
from mayadeen.storage.exporters import (
    COLUMNS,
    ArticleCsvExporter,
    decode_cell,
    encode_cell,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("column", "value", "cell"),
    [
        ("title", "'Israel' and others", "'Israel' and others"), ("title", "=1+1", "'=1+1"), ("title", "'=1+1", "''=1+1"),
        ("title", "-5 degrees", "'-5 degrees"), ("title", "@home", "'@home"), ("title", "\tx", "'\tx"), ("summary", None, ""),
        ("body", "a\n\nb", "a\n\nb"), ("word_count", 12, "12"), ("keywords", ["a|b", "c\\d", "e"], "a\\|b|c\\\\d|e"),
        ("keywords", [], ""), ("keywords", ["=x"], "'=x"), ("authors", [{"name": "A B", "url": None}, {"name": "C", "url": "u"}], "A B|C"),
        ("discovered_via", {"kind": "url", "url": "https://x/", "position": None}, '{"kind":"url","url":"https://x/","position":null}'),
        ("blocks", [], "[]"), ("links", [{"text": "ü", "url": "u"}], '[{"text":"ü","url":"u"}]'),
    ],
)  # fmt: skip
def test_cells(column: str, value: Any, cell: str) -> None:
    assert encode_cell(column, value) == cell


@given(st.sampled_from([spec.name for spec in specs(Article) if spec.csv == "text"]), TEXT)
def test_text_comes_back(column: str, value: str) -> None:
    cell = encode_cell(column, value)
    assert decode_cell(column, cell) == value
    assert not re.match(r"[=+\-@\t\r]", cell)


@given(st.lists(TEXT))
def test_names_come_back(names: list[str]) -> None:
    assert decode_cell("keywords", encode_cell("keywords", names)) == names


@given(JSON.filter(lambda value: value is not None))
def test_nested_values_come_back(value: Any) -> None:
    assert decode_cell("blocks", encode_cell("blocks", [value])) == [value]


@given(
    st.lists(
        st.builds(Article, title=TEXT, body=st.none() | TEXT, summary=st.none() | TEXT, keywords=st.lists(TEXT)),
        max_size=4,
    )
)
def test_rows_come_back(articles: list[Article]) -> None:
    file = io.BytesIO()
    exporter = ArticleCsvExporter(file)
    exporter.start_exporting()
    for article in articles:
        exporter.export_item(article)
    exporter.finish_exporting()
    rows = list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))
    assert len(rows) == len(articles)
    for article, row in zip(articles, rows, strict=True):
        assert tuple(row) == COLUMNS
        for column in ("title", "body", "summary", "keywords", "revision", "provenance", "blocks", "discovered_via"):
            assert decode_cell(column, row[column]) == getattr(article, column)


def test_booleans_and_numbers_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass
    class Record:
        live: bool | None = field(default=None, metadata=about())
        share: float | None = field(default=None, metadata=about())

    forms = {spec.name: spec.csv for spec in specs(Record)}
    assert forms == {"live": "boolean", "share": "number"}
    monkeypatch.setattr(exporters, "_FORMS", forms)
    for column, value, cell in (
        ("live", True, "true"),
        ("live", False, "false"),
        ("live", None, ""),
        ("share", 0.5, "0.5"),
    ):
        assert encode_cell(column, value) == cell
        assert decode_cell(column, cell) is value or decode_cell(column, cell) == value


def test_lines_end_with_a_line_feed() -> None:
    file = io.BytesIO()
    exporter = ArticleCsvExporter(file)
    exporter.export_item(Article(title="x"))
    assert b"\r" not in file.getvalue()
    assert file.getvalue().count(b"\n") == 2


def test_chosen_columns() -> None:
    file = io.BytesIO()
    exporter = ArticleCsvExporter(file, fields_to_export=["title", "keywords"])
    exporter.export_item(Article(title="x", keywords=["a", "b"]))
    assert file.getvalue() == b"title,keywords\nx,a|b\n"


@pytest.mark.parametrize("wanted", [True, False])
def test_a_byte_order_mark_on_request(wanted: bool) -> None:
    file = io.BytesIO()
    crawler = get_crawler(settings_dict={"MAYADEEN_CSV_BOM": str(wanted)})
    exporter = build_from_crawler(ArticleCsvExporter, crawler, file, encoding="utf-8", fields_to_export=["title"])
    exporter.export_item(Article(title="خبر"))
    exporter.export_item(Article(title="x"))
    exporter.finish_exporting()
    assert file.getvalue() == (b"\xef\xbb\xbf" if wanted else b"") + "title\nخبر\nx\n".encode()


@pytest.mark.parametrize(
    "text", ["=1", "\n=1", " \r\n =1", "＝1", "＋1", "－1", "＠x", "\n＝1", "\t x", "-1", "'=1", "''\n=1", "\u00a0=1"]
)
def test_a_cell_that_begins_as_a_formula_has_a_guard(text: str) -> None:
    assert encode_cell("title", text) == f"'{text}"
    assert decode_cell("title", f"'{text}") == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (";=1", ";'=1"),
        ("a; =1", "a; '=1"),
        ("a;＝1;-2", "a;'＝1;'-2"),
        ("a;'=1", "a;''=1"),
        ("=1;=2", "'=1;'=2"),
        ("a;b", "a;b"),
    ],
)
def test_a_formula_after_a_semicolon_has_a_guard(text: str, cell: str) -> None:
    assert encode_cell("title", text) == cell
    assert decode_cell("title", cell) == text
