"""What a record of a dataset has beyond an article's fields, and the type of every column."""

from __future__ import annotations

from typing import Any

from mayadeen.published_schemas import load
from mayadeen.storage.exporters import COLUMNS as ARTICLE

EXTRA = ("group", "duplicate", "removed_at", "split")
"""The dataset's own fields, behind those of the article; docs/dataset.md says what they mean."""
COLUMNS = (*ARTICLE, *EXTRA)
"""Every field of a record of a dataset, in order."""


def features() -> dict[str, Any]:
    """The type of every column, for ``datasets.Features.from_dict``: the published ones, and the dataset's own."""
    return load("article.features.json") | {name: {"dtype": "string", "_type": "Value"} for name in EXTRA}
