"""Upgrade a record of an older minor version of its schema, an article or a removal, to the current one.

A new minor version adds fields (docs/records.md). A field that an older record lacks is filled in as unknown. For a new
version, add its step to ``_STEPS``. A test checks that every older version has its step.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mayadeen.items import Article

CURRENT = Article.schema_version
"""Version of the schema that every record of a dataset has."""

_VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\Z", re.ASCII)


class UpgradeError(Exception):
    """A record whose schema version cannot be upgraded. The message says which and why."""


def _add_image_files(record: dict[str, Any]) -> None:
    for image in record.get("images", ()):  # removals have none
        image.setdefault("path", None)
        image.setdefault("checksum", None)


_STEPS: dict[tuple[int, int], Callable[[dict[str, Any]], None]] = {(1, 0): _add_image_files}
"""Version (major, minor) → the step that turns its records into those of the next minor version, in place."""


def upgrade(record: dict[str, Any]) -> None:
    """Upgrade a record in place. Raises ``UpgradeError``.

    Raises ``KeyError``, ``TypeError`` or ``AttributeError`` for a record that breaks the schema of its own version.
    """
    given = record["schema_version"]
    if given == CURRENT:
        return
    version = _minor_of(given)
    current = _minor_of(CURRENT)
    if version > current:
        raise UpgradeError(f"schema version {given} is newer than {CURRENT}. Use a newer mayadeen")
    while version != current:
        step = _STEPS.get(version)
        if step is None:
            raise UpgradeError(f"schema version {given} cannot be upgraded to {CURRENT}")
        step(record)
        version = (version[0], version[1] + 1)
    record["schema_version"] = CURRENT


def _minor_of(version: object) -> tuple[int, int]:
    match = _VERSION.match(version) if isinstance(version, str) else None
    if match is None:
        raise UpgradeError(f"schema_version {version!r:.50} is not a version. It must be {CURRENT} or older")
    return int(match[1]), int(match[2])
