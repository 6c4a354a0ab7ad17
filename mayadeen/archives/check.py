"""Checks that archives are whole, and that each record of a data folder has its page."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from mayadeen.archives.captures import CaptureReader, archive_files
from mayadeen.archives.records import HEADER_END, RecordReader, digest_is_right
from mayadeen.archives.writer import FOLDER


@dataclass
class Checked:
    """What a file holds: records by type, and what is wrong with it."""

    counts: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)


def check_file(path: Path) -> Checked:
    """Read a file completely, and check every digest. Raises ``OSError``."""
    found = Checked()
    if path.name.lower().endswith(".wacz"):
        captures = CaptureReader(path)
        for _ in captures:
            pass
        found.counts, found.damage = captures.counts, captures.damage
        return found
    with path.open("rb") as file:
        reader = RecordReader(file)
        for record in reader:
            found.counts[record.type] += 1
            end = HEADER_END.search(record.block)
            payload = record.block[end.end() :] if end else b""
            chunked = b"chunked" in record.block[:4096].lower()
            if record.type == "response" and not chunked:
                right = digest_is_right(record.headers.get("warc-payload-digest", ""), payload)
                if right is False:
                    found.damage.append(f"{path}: byte {record.offset}: the payload digest is wrong ({record.url})")
        found.damage += [f"{path}: {damage}" for damage in reader.damage]
    return found


def records_without_page(data: Path) -> list[str]:
    """Return the records of runs that kept pages whose page is not in the archives, as lines for people.

    A power cut can lose the last pages of a run. Raises ``OSError``.
    """
    pages: set[tuple[str, str]] = set()
    runs: set[str] = set()
    for path in archive_files(data / FOLDER):
        runs.add(path.name.rpartition("-")[0])  # also if nothing in the file is left
        for capture in CaptureReader(path):
            pages.add((capture.url, capture.date))
    found = []
    for feed in sorted((data / "articles").glob("*.jsonl")):
        if feed.stem not in runs:
            continue
        for number, line in enumerate(feed.read_bytes().splitlines(), 1):
            try:
                record = json.loads(line)
                key = (record["url"], record["fetched_at"])
            except (ValueError, KeyError, TypeError):
                continue  # `scrapy rebuild` reports such lines
            if key not in pages:
                found.append(f"{feed}, line {number}: its page is not in {FOLDER}/ ({record['url']})")
    return found
