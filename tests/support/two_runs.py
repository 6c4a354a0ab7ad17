"""A data folder of two runs, the first of which has nothing in coverage, videos, tags and previous_hash."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from mayadeen.items import PROVENANCE_FIELDS, Article
from mayadeen.storage.exporters import csv_header, csv_row
from testsite import SyntheticSite

ODD_TITLE = '=HYPERLINK("http://example.org") said "no", twice'
ODD_SUMMARY = "'-1 | of 2\\ lines\nand a second, “quoted” line"
TIMES = ("20251111T120000.000Z", "20251112T120000.000Z")


def write(data: Path, posts: int = 60) -> list[dict[str, Any]]:
    """Write the feeds of both runs, and return their records in order."""
    made = records(posts)
    first, second = made[posts // 2 :], [r | {"fetched_at": "2025-11-12T12:00:01Z"} for r in made[: posts // 2]]
    for record in first:
        record |= {"coverage": None, "videos": [], "tags": []}
        record["provenance"] |= {"coverage": None, "videos": None, "tags": None}
    again = edited(first[1])
    again |= {"fetched_at": "2025-11-12T12:00:01Z", "revision": 2, "previous_hash": first[1]["content_hash"]}
    again |= {"title": ODD_TITLE, "summary": ODD_SUMMARY}
    second.append(edited(again))
    assert any(r["coverage"] for r in second)
    assert any(r["videos"] for r in second)
    folder = data / "articles"
    folder.mkdir(parents=True)
    for time, run in zip(TIMES, (first, second), strict=True):
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in run)
        (folder / f"{time}.jsonl").write_text(lines, encoding="utf-8")
        (folder / f"{time}.csv").write_bytes(csv_header() + b"".join(map(csv_row, run)))
    return first + second


def records(posts: int = 60) -> list[dict[str, Any]]:
    """Records of one run, in every kind of post."""
    testsite = SyntheticSite(posts=100, seed=5)
    return [_record(testsite.answer(n)["record"], "2025-11-11T12:00:01Z") for n in range(posts)]


def _record(answer: dict[str, Any], fetched_at: str) -> dict[str, Any]:
    record = vars(Article()) | {key: value for key, value in answer.items() if key in _FIELDS}
    record |= {
        "crawler": "mayadeen/0.1.0",
        "url": answer["canonical_url"],
        "fetched_at": fetched_at,
        "discovered_via": {"kind": "section", "url": "https://english.almayadeen.net/news/politics", "position": 1},
        "shares": 12 if answer["shares"] else None,  # the answer only says whether they are shown
        "provenance": {name: _source(answer, name) for name in PROVENANCE_FIELDS},
    }
    return json.loads(json.dumps(record))


def _source(answer: dict[str, Any], name: str) -> str | None:
    """Return where a value was read. Answers leave out the source of values that only the visible page has."""
    return answer["provenance"].get(name, "html" if answer.get(name) else None)


_FIELDS = {field.name for field in dataclasses.fields(Article)}


def edited(record: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps([record[k] for k in ("title", "summary", "body")], ensure_ascii=False, separators=(",", ":"))
    return record | {"content_hash": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"}
