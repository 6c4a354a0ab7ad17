"""The columns of a dataset: the fields of an article and the dataset's own, with types and meanings.

Types, meanings and CSV forms of an article's fields come from the published schemas and ``mayadeen/items.py``. Parquet,
``features.json``, Croissant and the field dictionary therefore agree with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mayadeen.fields import CsvForm, specs
from mayadeen.items import Article
from mayadeen.published_schemas import load

TIMESTAMP = "timestamp[ms, tz=UTC]"
"""Type of the times, in the words of Hugging Face. Milliseconds hold every year that a record can name."""
_STRING = "string"


@dataclass(frozen=True)
class Column:
    """A column that no article's record has."""

    dtype: str
    meaning: str


_ARTICLE = {spec.name: spec for spec in specs(Article)}
ARTICLE_COLUMNS = tuple(_ARTICLE)
"""The fields of an article, in order."""
OWN_COLUMNS: dict[str, Column] = {
    "text": Column(
        _STRING,
        "The text of the body as Markdown: headings, lists, quotations and tables keep their form. It has the same "
        "words as body. Null where body is null.",
    ),
    "duplicate_group": Column(
        _STRING,
        "Id of the first article of the group with the same story, by time of publication. The own id if the article "
        "is alone.",
    ),
    "duplicate": Column(
        _STRING,
        "exact: the content_hash of an earlier article of the group. near: nearly the same text as another article "
        "of the group. Null for the first article of a group.",
    ),
    "superseded_by": Column(
        _STRING,
        "Id of a newer article with the same canonical_url. The site gives an address again, and then serves the newer "
        "article there. Null if no newer article has the address.",
    ),
    "removed_at": Column(
        TIMESTAMP, "When the crawler saw that the article was gone from the site. Null if it was not seen to be gone."
    ),
    "split": Column(_STRING, "Name of the split. Null in a dataset without splits."),
}
"""The dataset's own columns, after those of the article."""
COLUMNS = (*ARTICLE_COLUMNS, *OWN_COLUMNS)
"""Every column of a dataset, in order."""


@cache
def features() -> dict[str, Any]:
    """Return the type of every column, for ``datasets.Features.from_dict``. Times are timestamps."""
    found: dict[str, Any] = {}
    for name, feature in load("article.features.json").items():
        found[name] = _value(TIMESTAMP) if _ARTICLE[name].is_time else feature
    return found | {name: _value(column.dtype) for name, column in OWN_COLUMNS.items()}


@cache
def csv_features() -> dict[str, Any]:
    """Return the type of every column in CSV, where lists and objects are text."""
    return {
        name: feature if feature.get("_type") == "Value" else _value(_STRING) for name, feature in features().items()
    }


def meaning(*path: str) -> str:
    """Return what a column means, or with a second name what a key of its objects means."""
    name, *keys = path
    if name in OWN_COLUMNS:
        return OWN_COLUMNS[name].meaning
    schema = _article_schema()["properties"][name]
    for key in keys:
        schema = _resolve(_resolve(schema).get("items", schema))["properties"][key]
    # The meaning of an object explains those of its keys that have none of their own.
    return str(schema.get("description") or f"See {name}.")


def csv_form(name: str) -> CsvForm:
    """Return how a CSV cell holds the value of a column."""
    return _ARTICLE[name].csv if name in _ARTICLE else "text"


def allowed_values(name: str) -> list[str]:
    """Return the values that a column may have, or its entries if it is a list. Empty if any text is allowed."""
    schema = _article_schema()["properties"].get(name, {})
    return list(_resolve(_resolve(schema).get("items", schema)).get("enum", ()))


@cache
def _article_schema() -> dict[str, Any]:
    return load("article.schema.json")


def _resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow ``$ref``, and take the alternative that is not null."""
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            return _resolve(part)
    if "$ref" in schema:
        found: Mapping[str, Any] = _article_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _value(dtype: str) -> dict[str, str]:
    return {"dtype": dtype, "_type": "Value"}
