"""The published contract: JSON Schema 2020-12, one file a record kind, and the Hugging Face features."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> dict[str, Any]:
    """One file of this folder as a dict, e.g. ``load("article.schema.json")``; also from inside a zipped egg."""
    schema: dict[str, Any] = json.loads(files(__name__).joinpath(name).read_text(encoding="utf-8"))
    return schema
