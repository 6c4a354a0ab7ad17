"""Articles as CSV: always the same columns, nested values in a form that can be read back.

A text or number is written as it is, a boolean as ``true`` or ``false``, ``None`` as an empty cell. A list of names is
joined by ``|``, with ``\\|`` for a ``|`` within a name and ``\\\\`` for a backslash. A nested value is compact JSON. A
cell that a spreadsheet would run as a formula gets one ``'`` in front. ``decode_cell`` reads a cell back.
"""

from __future__ import annotations

import csv
import io
import json
import re
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import IO, Any, Self

from scrapy.crawler import Crawler
from scrapy.exporters import CsvItemExporter

from mayadeen.fields import CsvForm, names, specs
from mayadeen.items import RECORDS, Article

COLUMNS = names(Article)
_FORMS: dict[str, CsvForm] = {spec.name: spec.csv for record in reversed(RECORDS.values()) for spec in specs(record)}
"""The form of every column. Where two records share a name, the form is that of an article."""

_BEGIN = r"[=+\-@＝＋－＠]"
"""Characters that a formula begins with. Spreadsheets read the full-width ones too."""
_FORMULA = re.compile(rf"'*(?:[\t\r]|\s*{_BEGIN})")
_GUARDED = re.compile(rf"'+(?:[\t\r]|\s*{_BEGIN})")
_AFTER_SEMICOLON = re.compile(rf"(; *)('*{_BEGIN})")
_GUARDED_AFTER_SEMICOLON = re.compile(rf"(; *)'('*{_BEGIN})")
"""In many countries spreadsheets begin a new cell at a semicolon."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NAME = re.compile(r"((?:[^|\\]|\\.)*)(?:\||\Z)", re.DOTALL)


def encode_cell(column: str, value: Any) -> str:
    """Return the text of a CSV cell for the value of a field."""
    if value is None:
        return ""
    form = _FORMS.get(column)
    if form == "names":
        names = (entry["name"] if isinstance(entry, Mapping) else str(entry) for entry in value)
        text = "|".join(name.replace("\\", "\\\\").replace("|", "\\|") for name in names)
    elif isinstance(value, (list, dict, bool)):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    else:
        text = str(value)
    text = _AFTER_SEMICOLON.sub(r"\1'\2", text)
    return f"'{text}" if _FORMULA.match(text) else text


def decode_cell(column: str, text: str) -> Any:
    """Return the value of a cell. Authors and tags have only their names left, and an empty cell is ``None``."""
    if _GUARDED.match(text):
        text = text[1:]
    text = _GUARDED_AFTER_SEMICOLON.sub(r"\1\2", text)
    form = _FORMS.get(column)
    if form == "names":
        if not text:
            return []
        return [_ESCAPED.sub(r"\1", match[1]) for match in _split(text)]
    if not text:
        return None
    return text if form in (None, "text") else json.loads(text)


def _split(text: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    position = 0
    while match := _NAME.match(text, position):
        found.append(match)
        position = match.end()
        if not match[0].endswith("|") or match.end(1) == len(text):
            break
    return found


class _Lines:
    """Ends rows with a line feed. The csv module quotes the characters of its line end, so it gets both line breaks."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def write(self, row: str) -> None:
        self.stream.write(row.removesuffix("\r\n") + "\n")


def csv_row(record: Mapping[str, Any], columns: Sequence[str] = COLUMNS) -> bytes:
    """Return the row of an article's record."""
    row = io.StringIO(newline="")
    csv.writer(_Lines(row), lineterminator="\r\n").writerow([encode_cell(name, record[name]) for name in columns])
    return row.getvalue().encode()


def csv_header(columns: Sequence[str] = COLUMNS, *, bom: bool = False) -> bytes:
    """Return the row of the column names, after a byte order mark if ``bom``: Excel reads UTF-8 only with one."""
    return (BOM_UTF8 if bom else b"") + ",".join(columns).encode() + b"\n"


class ArticleCsvExporter(CsvItemExporter):
    """Scrapy's CSV feed in the form of this module, which ``-O articles.csv`` writes too.

    The columns are all fields of the first record's class.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler, file: IO[bytes], **kwargs: Any) -> Self:
        """Make an exporter that begins with a byte order mark if ``MAYADEEN_CSV_BOM`` is on."""
        if crawler.settings.getbool("MAYADEEN_CSV_BOM"):
            kwargs["encoding"] = "utf-8-sig"
        return cls(file, **kwargs)

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(file, **kwargs)  # type: ignore[arg-type]
        self.csv_writer = csv.writer(_Lines(self.stream), lineterminator="\r\n")

    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        return encode_cell(name, value)

    def export_item(self, item: Any) -> None:
        """Write a row. An article's attributes are its columns, so they are written without an adapter."""
        if not isinstance(item, Article):
            super().export_item(item)
            return
        if self._headers_not_written:
            self._headers_not_written = False
            self._write_headers_and_set_fields_to_export(item)
        if self.fields_to_export is None or tuple(self.fields_to_export) == COLUMNS:
            self.csv_writer.writerow([encode_cell(name, value) for name, value in vars(item).items()])
        else:
            super().export_item(item)
