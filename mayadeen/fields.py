"""What the definition of a record's field says: its type, its JSON Schema keywords and how the project treats it.

A record is a dataclass in ``mayadeen/items.py``. The metadata of a field comes from ``about``, ``specs`` reads it
back. The lists of fields in feeds, reports, drift alerts and datasets are made from it, so a field is defined once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

TEXT = {"$ref": "#/$defs/text"}
LABEL = {"$ref": "#/$defs/label"}
URL = {"$ref": "#/$defs/url"}
TIME = {"$ref": "#/$defs/time"}
HASH = {"$ref": "#/$defs/hash"}
"""References to the shared definitions in ``schemas/definitions.json``."""

MAX_LABEL_LENGTH = 500
"""Maximum characters of a label, which is a name or a short phrase: some ten times the longest on the site."""

DriftAspect = Literal["filled", "length"]
CsvForm = Literal["text", "integer", "number", "boolean", "names", "json"]


def about(
    keywords: Mapping[str, Any] | None = None,
    *,
    provenance: bool = False,
    drift: DriftAspect | None = "filled",
    page_method: str | None = None,
    loader: str | None = None,
    nullable: bool | None = None,
    since: str = "1.0.0",
    keys_since: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make the metadata of a field.

    ``keywords``
        JSON Schema keywords of a value that is not null. Type, ``enum`` of a ``Literal`` and ``$ref`` of a nested
        record follow from the field's type.
    ``provenance``
        Whether the field is read from a page: a key of ``provenance``, asked for by the loader.
    ``drift``
        How drift alerts watch such a field: whether it is filled, also how long it is, or not at all (``None``).
    ``page_method``
        The method or property of ``ArticlePage`` that finds the value, if it is not the field's name.
    ``loader``
        The function in ``extraction/loaders.py`` that fills the field. Without it, ``ArticleLoader`` collects the
        first candidate that ``<field>_in`` leaves.
    ``nullable``
        Whether a valid record may have null here, if that differs from the type.
    ``since``, ``keys_since``
        The schema version that added the field, or keys of its nested records.
    """
    details = {
        "keywords": dict(keywords or {}),
        "provenance": provenance,
        "drift": drift if provenance else None,
        "page_method": page_method,
        "loader": loader,
        "nullable": nullable,
        "since": since,
        "keys_since": dict(keys_since or {}),
    }
    # The first is for itemadapter, which adds to the nested dicts.
    return {"json_schema_extra": deepcopy(details["keywords"]), "about": details}


@dataclass(frozen=True)
class FieldSpec:
    """A field of a record with everything that its definition says. See ``about`` for the meaning."""

    name: str
    type: Any
    """The type hint without ``None``."""
    nullable: bool
    keywords: dict[str, Any]
    provenance: bool
    drift: DriftAspect | None
    page_method: str
    loader: str | None
    since: str
    keys_since: dict[str, str]

    @property
    def entry_type(self) -> Any:
        """The type of an entry of a list, or ``None`` for other fields."""
        return get_args(self.type)[0] if get_origin(self.type) is list else None

    @property
    def is_label(self) -> bool:
        """Whether the value is a label or a list of labels, which have a maximum length."""
        entry = self.entry_type
        return LABEL in (self.keywords, self.keywords.get("items")) or (
            is_typeddict(entry) and "name" in get_type_hints(entry)
        )

    @property
    def is_time(self) -> bool:
        return self.keywords == TIME

    @property
    def empty(self) -> Any:
        """The value of a field that an older record does not have."""
        return [] if self.entry_type is not None else None

    @property
    def csv(self) -> CsvForm:
        """How a cell of a CSV file holds the value."""
        entry = self.entry_type
        if entry is str or (is_typeddict(entry) and "name" in get_type_hints(entry)):
            return "names"
        if entry is not None or get_origin(self.type) is dict or is_typeddict(self.type):
            return "json"
        simple: dict[Any, CsvForm] = {bool: "boolean", int: "integer", float: "number"}
        return simple.get(self.type, "text")


@cache
def specs(record: type) -> tuple[FieldSpec, ...]:
    """Return the fields of a record class, in order."""
    hints = get_type_hints(record)
    found = []
    for field in dataclasses.fields(record):
        details = dict(field.metadata.get("about") or about()["about"])
        kind, nullable = _without_none(hints[field.name])
        details["nullable"] = nullable if details["nullable"] is None else details["nullable"]
        details["page_method"] = details["page_method"] or field.name
        found.append(FieldSpec(name=field.name, type=kind, **details))
    return tuple(found)


@cache
def names(record: type) -> tuple[str, ...]:
    """Return the names of a record's fields, in order."""
    return tuple(spec.name for spec in specs(record))


@cache
def provenance_fields(record: type) -> tuple[str, ...]:
    """Return the fields that are read from a page: the keys of ``provenance``."""
    return tuple(spec.name for spec in specs(record) if spec.provenance)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type hint without ``None``, and whether ``None`` was part of it."""
    if get_origin(hint) in (Union, UnionType):
        rest = [part for part in get_args(hint) if part is not NoneType]
        if len(rest) != 1:
            raise TypeError(f"{hint}: a field has one type, and may be None. Use one of both forms.")
        return rest[0], True
    return hint, False
