"""``FIELDS.md``: the columns of a dataset with types and meanings, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mayadeen.dataset.columns import TIMESTAMP, allowed_values, csv_form, features, meaning
from mayadeen.items import WARNINGS

NAME = "FIELDS.md"

_TYPES = {TIMESTAMP: "timestamp", "string": "string", "int64": "integer", "float64": "number", "bool": "boolean"}
_CSV_FORMS: dict[str, str] = {"names": "names joined by `|`", "json": "JSON"}
_HEAD = """\
# Fields

Every record has every field. An unknown value is null, or an empty list for a list.

- Times are UTC. In Parquet they are timestamps. In JSON Lines and CSV they are text such as `2025-03-02T12:05:00Z`.
- `a[].b` is the key `b` of each object in the list `a`, and `a.b` the key `b` of the object `a`.
- In CSV, a list of names is joined by `|`, with `\\|` and `\\\\` for these characters in a name. Other lists and
  objects are JSON. A cell that a spreadsheet would read as a formula has one `'` in front.

| field | type | meaning |
|---|---|---|
"""
_PROVENANCE = (
    "The source of each field that was read off the page: tawsiyat (the site's metadata block), json-ld, meta (meta "
    "tags), html (the page as shown, at known places), generic (the page as shown, by its structure), listing (the "
    "listing that led to the page), assumed. Null if the field has no value."
)


def write(folder: Path, manifest: Mapping[str, Any], statistics: Mapping[str, Any]) -> None:
    """Write the field dictionary of the dataset in ``folder``. Raises ``OSError``."""
    del manifest, statistics  # the fields are the same in every dataset
    (folder / NAME).write_text(_HEAD + "".join(_rows()) + _warnings(), encoding="utf-8")


def _rows() -> Iterator[str]:
    for name, feature in features().items():
        repeated = feature.get("_type") == "List"
        inner = feature["feature"] if repeated else feature
        text = _PROVENANCE if name == "provenance" else meaning(name)
        if name != "warnings" and (values := allowed_values(name)):
            text += f" One of: {', '.join(f'`{value}`' for value in values)}."
        if form := _CSV_FORMS.get(csv_form(name)):
            text += f" In CSV: {form}."
        yield _row(name, _type(inner, repeated), text)
        if inner.get("_type") == "Value" or name == "provenance":
            continue
        for key, part in inner.items():
            listed = part.get("_type") == "List"
            yield _row(
                f"{name}{'[]' if repeated else ''}.{key}", _type(part.get("feature", part), listed), meaning(name, key)
            )


def _warnings() -> str:
    rows = "".join(f"| `{code}` | {text} |\n" for code, text in WARNINGS.items())
    return f"\n## Codes in `warnings`\n\n| code | meaning |\n|---|---|\n{rows}"


def _type(feature: Mapping[str, Any], repeated: bool) -> str:
    name = _TYPES[feature["dtype"]] if feature.get("_type") == "Value" else "object"
    return f"list of {name}s" if repeated else name


def _row(name: str, kind: str, text: str) -> str:
    safe = text.replace("|", "\\|").replace("<", "\\<")
    return f"| `{name}` | {kind} | {safe} |\n"
