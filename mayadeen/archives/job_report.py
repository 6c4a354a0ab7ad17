"""Plan and report of an extraction job, as JSON values and as a table."""

from __future__ import annotations

import hashlib
import io
import json
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from rich.table import Table

from mayadeen.archives.captures import CaptureReader
from mayadeen.archives.cc_news import MAX_CONNECTIONS, DataHost
from mayadeen.archives.extract import CaptureExtractor
from mayadeen.archives.extract_job import Result
from mayadeen.archives.extract_unit import COUNTS, Options, Unit, is_of_site, read_counts
from mayadeen.archives.html_pages import read_list, saved_page
from mayadeen.archives.streams import zstd

REPORT = "report.json"
_SAMPLE_CAPTURES, _SAMPLE_BYTES = 200, 8 << 20
_GROUPS = ("records", "rejects", "skipped", "warc_records", "fields")


def report(out: Path, failed: Sequence[Result], missing_months: Sequence[str]) -> dict[str, Any]:
    """Return what the job's folder holds, from the counts of every complete unit, and what failed in this run."""
    sums: dict[str, Counter[str]] = {name: Counter() for name in _GROUPS}
    total: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    damage: list[str] = []
    keys = array("Q")
    for path in sorted((out / COUNTS).glob("*.json")):
        counts = read_counts(path)
        if counts is None:
            continue
        kinds[counts["kind"]] += 1
        for name in ("captures", "bytes", "seconds", "cpu_seconds"):
            total[name] += counts[name]
        for name, counter in sums.items():
            counter.update(counts[name])
        damage += counts["damage"]
        for name in counts["outputs"]:
            if name.startswith("sources/"):
                keys.extend(_keys(out / name))
    articles = sums["records"].total() - sums["records"]["author"] - sums["records"]["reject"]
    return {
        "files": {"read": kinds.total(), "failed": len(failed), **dict(sorted(kinds.items()))},
        "captures": total["captures"],
        "articles": articles,
        **{name: dict(sorted(counter.items())) for name, counter in sums.items()},
        "duplicates": len(keys) - len(set(keys)),
        "bytes": total["bytes"],
        "seconds": round(total["seconds"], 3),
        "cpu_seconds": round(total["cpu_seconds"], 3),
        "damage": damage,
        "failed": [{"source": one.unit.source, "kind": one.unit.kind, "error": one.error} for one in failed],
        "months_without_list": list(missing_months),
    }


def _keys(path: Path) -> Iterator[int]:
    """Yield 64 bits for the id and instant of each article: few enough to hold millions."""
    with path.open("rb") as file:
        for line in io.BufferedReader(zstd.ZstdFile(file)) if path.suffix == ".zst" else file:
            place = json.loads(line)
            if place["folder"] == "articles":
                key = f"{place['id']} {place['fetched_at']}".encode()
                yield int.from_bytes(hashlib.blake2b(key, digest_size=8).digest())


def table(found: dict[str, Any]) -> Table:
    """Return a report as a table for people."""
    made = Table("what", "count", title="Extracted", title_justify="left")
    made.columns[1].justify = "right"
    made.add_row("input files read", f"{found['files']['read']:,}")
    made.add_row("input files failed", f"{found['files']['failed']:,}")
    made.add_row("captures", f"{found['captures']:,}")
    for group, title in (
        ("records", "record"),
        ("rejects", "rejected by"),
        ("skipped", "skipped"),
        ("warc_records", "WARC"),
    ):
        for name, count in found[group].items():
            made.add_row(f"{title}: {name}", f"{count:,}")
    for name, count in found["fields"].items():
        share = count / found["articles"] if found["articles"] else 0
        made.add_row(f"field filled: {name}", f"{count:,} ({share:.0%})")
    made.add_row("duplicates by id and time", f"{found['duplicates']:,}")
    made.add_row("damaged parts", f"{len(found['damage']):,}")
    return made


# --- plan -------------------------------------------------------------------------------------------------------------


def plan(left: Sequence[Unit], finished: Sequence[dict[str, Any]], options: Options, workers: int) -> dict[str, Any]:
    """Return what is left to read, and how long it takes at a measured rate. Raises ``OSError`` and ``Refused``.

    The rate is that of the finished files, or else of a sample of the first file. It is in bytes per second of one
    worker. Extraction is limited by the CPU, so ``workers`` are at most the cores that they have.
    """
    found: dict[str, Any] = {"finished": len(finished), "left": {}}
    for kind in ("archive", "pages", "cc-news"):
        units = [unit for unit in left if unit.kind == kind]
        if not units:
            continue
        read = [counts for counts in finished if counts["kind"] == kind and counts["bytes"] and counts["seconds"]]
        if read:
            rate = sum(counts["bytes"] for counts in read) / sum(counts["seconds"] for counts in read)
            size = sum(counts["bytes"] for counts in read) // len(read)
            basis = f"{len(read)} finished files"
        else:
            rate, size, basis = _sample(units[0], options)
        total = sum(unit.size or size for unit in units)
        parallel = min(workers, MAX_CONNECTIONS) if kind == "cc-news" else workers
        found["left"][kind] = {
            "files": len(units),
            "bytes": total,
            "bytes_per_second": round(rate),
            "rate_from": basis,
            "hours": round(total / rate / max(1, min(parallel, len(units))) / 3600, 3) if rate else None,
        }
    return found


def _sample(unit: Unit, options: Options) -> tuple[float, int, str]:
    """Read the start of a unit, and return bytes per second, its size, and a description."""
    started = time.monotonic()
    extractor = CaptureExtractor(options.edition)
    size, reader = unit.size, CaptureReader(Path(unit.source))
    if unit.kind == "cc-news":
        with DataHost(options.data_host, options.user_agent, options.wait) as host:
            data, size = host.sample(unit.source, _SAMPLE_BYTES)
        reader.wanted = is_of_site
        for capture in reader.read(io.BytesIO(data), unit.source):
            extractor.extract(capture)
        return len(data) / (time.monotonic() - started), size, f"the first {len(data):,} bytes"
    if unit.kind == "pages":
        pages = islice(map(saved_page, map(Path, read_list(Path(unit.source)))), _SAMPLE_CAPTURES)
        captures = [page for page in pages if page is not None]
        for capture in captures:
            extractor.extract(capture)
        used = sum(len(capture.body) for capture in captures)
        return used / (time.monotonic() - started), size, f"the first {len(captures)} pages"
    captures = list(islice(reader, _SAMPLE_CAPTURES))
    for capture in captures:
        extractor.extract(capture)
    used = captures[-1].offset if len(captures) == _SAMPLE_CAPTURES else unit.size
    return used / (time.monotonic() - started), size, f"the first {len(captures)} captures"


def plan_table(found: dict[str, Any]) -> Table:
    """Return a plan as a table for people."""
    made = Table(
        "input", "files left", "GB", "MB/s per worker", "hours", "rate from", title="Plan", title_justify="left"
    )
    for kind, one in found["left"].items():
        hours = "unknown" if one["hours"] is None else f"{one['hours']:,.2f}"
        rate = f"{one['bytes_per_second'] / 1e6:.1f}"
        made.add_row(kind, f"{one['files']:,}", f"{one['bytes'] / 1e9:,.2f}", rate, hours, one["rate_from"])
    made.caption = f"{found['finished']:,} files are finished"
    return made
