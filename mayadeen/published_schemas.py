"""Reads the published JSON Schemas, from a checkout, a wheel or a zipped egg."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

# An installed package has the schemas inside. In a checkout they are at the top level.
_PACKAGE = "mayadeen.schemas" if find_spec("mayadeen.schemas") else "schemas"


def load(name: str) -> dict[str, Any]:
    """Return a published file as a dict, for example ``load("article.schema.json")``."""
    schema: dict[str, Any] = json.loads(files(_PACKAGE).joinpath(name).read_text(encoding="utf-8"))
    return schema
