"""What a dataset is, and what it was made of: ``manifest.json``, by ``schemas/dataset.schema.json``."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mayadeen import CRAWLER
from mayadeen.dataset.inputs import Input
from mayadeen.items import SCHEMA_VERSION as ARTICLE_SCHEMA

FILE = "manifest.json"
SCHEMA_VERSION = "1.0.0"
UNREADABLE = ("torn", "not_json", "foreign", "other_version", "invalid")
"""Why a line is no record."""
UNWANTED = (
    "repeated", "superseded", "removed", "out_of_range", "other_kind", "other_section", "other_language", "too_short",
    "exact_duplicate", "near_duplicate",
)  # fmt: skip
"""Why a record is not in the dataset."""
REASONS = (*UNREADABLE, *UNWANTED)
MAX_TROUBLES = 1000
"""So many lines that could not be read are named."""


def described(path: Path, name: str, **known: Any) -> dict[str, Any]:
    """An entry of ``files``: a file as it lies on disk, under its name in the dataset, and what is known of it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    entry = {"path": name, "format": None, "split": None, "records": None} | known
    return entry | {"bytes": path.stat().st_size, "sha256": f"sha256:{digest}"}


def make(
    *,
    command: str,
    options: Mapping[str, Any],
    facts: Mapping[str, Any],
    read: int,
    left_out: Counter[str],
    crawlers: Counter[str],
    versions: Counter[str],
    splits: list[dict[str, Any]],
    files: list[dict[str, Any]],
    inputs: Iterable[Input],
    unreadable: int,
    troubles: list[str],
) -> dict[str, Any]:
    """The manifest; the files that describe the dataset come to ``files`` later.

    Raises ``AssertionError`` where the sums are not right: a record was lost, or counted twice.
    """
    written = facts["records"]
    assert read == written + left_out.total(), f"{read} records read, {written} written, {left_out} left out"
    assert written == sum(split["records"] for split in splits), f"{written} records written, by splits {splits}"
    return {
        "schema_version": SCHEMA_VERSION,
        "builder": CRAWLER,
        "version": _version(facts["fetched"]["last"], files),
        "command": command,
        "options": dict(options),
        "crawlers": dict(sorted(crawlers.items())),
        "schema_versions": dict(sorted(versions.items())),
        "article_schema": ARTICLE_SCHEMA,
        "published": facts["published"],
        "fetched": facts["fetched"],
        "counts": {
            "read": read,
            "written": written,
            "articles": facts["articles"],
            "left_out": {reason: left_out[reason] for reason in REASONS},
        },
        "duplicates": facts["duplicates"],
        "splits": splits,
        "files": files,
        "inputs": [
            {
                "path": file.name,
                "holds": file.holds,
                "lines": file.lines,
                "bytes": file.size,
                "sha256": f"sha256:{file.sha256}",
            }
            for file in inputs
        ],
        "unreadable": unreadable,
        "troubles": troubles,
    }


def _version(fetched: str, files: list[dict[str, Any]]) -> str:
    """The day of the last fetch as a semantic version, and as its build the beginning of a hash of all files."""
    year, month, day = fetched[:10].split("-")
    digest = hashlib.sha256("".join(f"{file['path']} {file['sha256']}\n" for file in files).encode()).hexdigest()
    return f"{int(year)}.{int(month)}.{int(day)}+{digest[:12]}"
