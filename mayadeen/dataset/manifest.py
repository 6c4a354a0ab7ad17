"""``manifest.json``: what a dataset is and which files it was made from, by ``schemas/dataset.schema.json``."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mayadeen import CRAWLER
from mayadeen.dataset.inputs import Input
from mayadeen.items import SCHEMA_VERSION as ARTICLE_SCHEMA

SCHEMA_VERSION = "2.0.0"
UNREADABLE = ("incomplete", "not_json", "foreign", "other_version", "invalid")
"""Reasons why a line is not a record."""
UNWANTED = (
    "repeated", "older_revision", "out_of_range", "other_kind", "other_section", "other_language", "too_short",
    "removed", "exact_duplicate", "near_duplicate",
)  # fmt: skip
"""Reasons why a record is not in the dataset, in the order in which they are tried."""
REASONS = (*UNREADABLE, *UNWANTED)
MAX_READ_ERRORS = 1000
"""Maximum number of lines and files that could not be read and are named."""


def file_entry(path: Path, name: str, **known: Any) -> dict[str, Any]:
    """Return an entry of ``files`` for the file at ``path``, with its name in the dataset and the keys in ``known``."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    entry = {"path": name, "format": None, "split": None, "records": None, "arrow_bytes": None} | known
    return entry | {"bytes": path.stat().st_size, "sha256": f"sha256:{digest}"}


def make(
    *,
    command: str,
    options: Mapping[str, Any],
    statistics: Mapping[str, Any],
    read: int,
    left_out: Counter[str],
    crawlers: Counter[str],
    versions: Counter[str],
    splits: list[dict[str, Any]],
    files: list[dict[str, Any]],
    inputs: Iterable[Input],
    read_error_count: int,
    read_errors: list[str],
) -> dict[str, Any]:
    """Return the manifest. The files that describe the dataset are added to ``files`` later.

    Raises ``AssertionError`` if the sums are wrong: a record was lost, or counted twice.
    """
    written = statistics["records"]
    assert read == written + left_out.total(), f"{read} records read, {written} written, {left_out} left out"
    assert written == sum(split["records"] for split in splits), f"{written} records written, by splits {splits}"
    return {
        "schema_version": SCHEMA_VERSION,
        "builder": CRAWLER,
        "version": _version(statistics["fetched"]["last"], files),
        "command": command,
        "options": dict(options),
        "crawlers": dict(sorted(crawlers.items())),
        "schema_versions": dict(sorted(versions.items())),
        "article_schema": ARTICLE_SCHEMA,
        "published": statistics["published"],
        "fetched": statistics["fetched"],
        "counts": {
            "read": read,
            "written": written,
            "articles": statistics["articles"],
            "left_out": {reason: left_out[reason] for reason in REASONS},
        },
        "duplicates": statistics["duplicates"],
        "superseded": statistics["superseded"],
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
        "read_error_count": read_error_count,
        "read_errors": read_errors,
    }


def _version(fetched: str, files: list[dict[str, Any]]) -> str:
    """Return the day of the last fetch as a semantic version. Its build part is the start of a hash of all files."""
    year, month, day = fetched[:10].split("-")
    digest = hashlib.sha256("".join(f"{file['path']} {file['sha256']}\n" for file in files).encode()).hexdigest()
    return f"{int(year)}.{int(month)}.{int(day)}+{digest[:12]}"
