"""Feeds of invented articles, and datasets built of them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from mayadeen import published_schemas as schemas
from mayadeen.dataset.build import BuildOptions, BuildResult, build
from mayadeen.dataset.inputs import find
from mayadeen.extraction.dates import utc_string

WORDS = (
    "harbour quay crane docker vote ferry tide rope anchor lamp market bread olive cedar hill road bridge river school "
    "teacher letter bell clock tower window garden wall gate key boat net salt stone field wheat mill"
).split()
_EXAMPLE = json.dumps(schemas.load("article.schema.json")["examples"][0])


def text(seed: int, words: int = 60) -> str:
    """Words in an order that no other seed gives."""
    digest = b"".join(hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(words // 32 + 1))
    return " ".join(WORDS[byte % len(WORDS)] for byte in digest[:words])


def article(number: int, **changes: Any) -> dict[str, Any]:
    """Return a record with its own text, published in its own minute of March 2, 2025, with the right hash by default."""
    record: dict[str, Any] = json.loads(_EXAMPLE)
    block = record["blocks"][0]
    record |= {
        "id": f"en:{number}", "post_id": str(number), "title": f"Story {number}", "body": text(number), "word_count": 60,
        "published_at": f"2025-03-02T{number // 60 % 24:02}:{number % 60:02}:00Z",
    }  # fmt: skip
    record |= changes
    record["blocks"] = [block | {"text": record["body"]}] if record["body"] else []
    if "content_hash" not in changes:
        parts = [record["title"], record["summary"], record["body"]]
        hashed = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        record["content_hash"] = f"sha256:{hashlib.sha256(hashed.encode()).hexdigest()}"
    return record


def removal(number: int, seen_at: str, **changes: Any) -> dict[str, Any]:
    (record,) = schemas.load("removal.schema.json")["examples"]
    return {**record, "id": f"en:{number}", "seen_at": seen_at, **changes}


def feed(path: Path, *records: dict[str, Any] | bytes) -> Path:
    """A file of records, and of whatever else is given as bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() + b"\n" for r in records]
    path.write_bytes(b"".join(lines))
    return path


def built(data: Path, out: Path, **wanted: Any) -> BuildResult:
    return build(find(data, []), out, BuildOptions(**wanted))


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row of Parquet as its JSON has it: times as text."""
    return {name: utc_string(value) if isinstance(value, datetime) else value for name, value in row.items()}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def left_out(manifest: dict[str, Any]) -> dict[str, int]:
    """The reasons that are not 0."""
    return {reason: n for reason, n in manifest["counts"]["left_out"].items() if n}


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
