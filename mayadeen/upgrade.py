"""Bring a record of an older minor schema version to the present one.

A new minor version only adds fields (``docs/records.md``). An older record gets each of them as unknown.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from mayadeen.fields import FieldSpec, specs
from mayadeen.items import SCHEMA_VERSION

Version = tuple[int, int, int]

_VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\Z", re.ASCII)


class VersionError(ValueError):
    """A record of a schema version that cannot be read here. Its text says which one, and what to do."""


def upgrade(record: dict[str, Any], kind: type) -> None:
    """Make a record of class ``kind``, in place, one of the present schema version. Raises ``VersionError``.

    A record that breaks the schema of its own version may raise ``KeyError``, ``TypeError`` or ``AttributeError``.
    """
    given = record["schema_version"]
    if given == SCHEMA_VERSION:
        return
    version, present = _numbers(given), _numbers(SCHEMA_VERSION)
    if version[:2] > present[:2]:
        raise VersionError(f"schema version {given} is newer than {SCHEMA_VERSION}. Use a newer mayadeen.")
    if version[0] != present[0]:
        raise VersionError(f"schema version {given} cannot be upgraded to {SCHEMA_VERSION}. Crawl these pages again.")
    fields, keys = _added_since(kind, version)
    for spec in fields:
        record.setdefault(spec.name, spec.empty)
        if spec.provenance:
            record["provenance"].setdefault(spec.name, None)
    for name, key in keys:
        for entry in record[name]:
            entry.setdefault(key, None)
    record["schema_version"] = SCHEMA_VERSION


@cache
def _added_since(kind: type, version: Version) -> tuple[list[FieldSpec], list[tuple[str, str]]]:
    """Return the fields, and the keys of nested records with their field, that later versions than this one added."""
    all_fields = specs(kind)
    fields = [spec for spec in all_fields if _numbers(spec.since) > version]
    all_keys = [(spec.name, key, since) for spec in all_fields for key, since in spec.keys_since.items()]
    return fields, [(name, key) for name, key, since in all_keys if _numbers(since) > version]


def _numbers(version: object) -> Version:
    match = _VERSION.match(version) if isinstance(version, str) else None
    if match is None:
        raise VersionError(f"schema_version: {version!r:.50} is not a version. Use {SCHEMA_VERSION} or older.")
    return int(match[1]), int(match[2]), int(match[3])
