"""Brings a record of an older minor version of its schema, an article or a removal, to the present one.

A new minor version adds fields (docs/records.md), so what an older record lacks is filled in as unknown. For a new
version, add its step to ``_STEPS``; a test holds that there is a step up to every version but the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mayadeen.items import Article

CURRENT = Article.schema_version
"""The version that every record of a dataset has."""

_VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\Z", re.ASCII)


class NoWay(Exception):
    """A record of a version that there is no way from; as a string, which and why."""


def _pictures_are_kept(record: dict[str, Any]) -> None:
    for image in record.get("images", ()):  # removals have none
        image.setdefault("path", None)
        image.setdefault("checksum", None)


_STEPS: dict[tuple[int, int], Callable[[dict[str, Any]], None]] = {(1, 0): _pictures_are_kept}
"""Version (major, minor) → what makes a record of it one of the next minor version, in place."""


def upgrade(record: dict[str, Any]) -> None:
    """Make a record, in place, one of the present version; raises ``NoWay``.

    What a record of an older version should have and has not may raise ``KeyError``, ``TypeError`` or
    ``AttributeError``: it breaks the schema of its own version.
    """
    given = record["schema_version"]
    if given == CURRENT:
        return
    version = _minor_of(given)
    present = _minor_of(CURRENT)
    if version > present:
        raise NoWay(f"it is of schema {given}, newer than {CURRENT}, which is read here: use a newer mayadeen")
    while version != present:
        step = _STEPS.get(version)
        if step is None:
            raise NoWay(f"it is of schema {given}, and there is no way from it to {CURRENT}")
        step(record)
        version = (version[0], version[1] + 1)
    record["schema_version"] = CURRENT


def _minor_of(version: object) -> tuple[int, int]:
    match = _VERSION.match(version) if isinstance(version, str) else None
    if match is None:
        raise NoWay(f"its schema_version is {version!r:.50}, and {CURRENT} is needed, or older")
    return int(match[1]), int(match[2])
