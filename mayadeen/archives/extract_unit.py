"""Extraction of one input: its captures in, one output file per kind of record out, with counts."""

from __future__ import annotations

import gzip
import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, cast

from mayadeen import CRAWLER
from mayadeen.archives.captures import Capture, CaptureReader
from mayadeen.archives.cc_news import DATA_HOST, DataHost
from mayadeen.archives.extract import CaptureExtractor
from mayadeen.archives.html_pages import read_list, saved_page
from mayadeen.archives.parquet import ParquetStream
from mayadeen.archives.records import WarcRecord, record_bytes
from mayadeen.archives.streams import zstd
from mayadeen.items import Article, AuthorProfile, Reject
from mayadeen.site.urls import edition_of
from mayadeen.storage.atomic_write import create_file, sync_file, sync_path, write_atomic
from mayadeen.storage.checked_read import read_json_object
from mayadeen.storage.feeds import FOLDERS, json_line

MAX_COUNTS = 64 << 20
"""Bytes that are read of a file of counts. One of a large archive has some thousand."""
COUNTS, SOURCES, SLICES = "counts", "sources", "warc"
"""Folders of the counts, of where each record is from, and of the slices of CC-NEWS."""
FORMATS = ("jsonl.zst", "jsonl", "parquet")
UNFINISHED = ".part"


@dataclass(frozen=True)
class Unit:
    """One input. ``name`` is unique, and names the outputs. ``kind`` is ``archive``, ``pages`` or ``cc-news``.

    ``source`` is the file, the list of pages, or the path on the data host. ``version`` changes when the input does.
    ``size`` is in bytes, 0 if it is unknown.
    """

    name: str
    kind: str
    source: str
    version: str = ""
    size: int = 0


@dataclass(frozen=True)
class Options:
    """How units are extracted. ``out`` is the absolute path of the job's folder. ``wait`` is in seconds."""

    out: str
    format: str = FORMATS[0]
    edition: str | None = None
    data_host: str = DATA_HOST
    user_agent: str = CRAWLER
    wait: float = 5.0


def finished(unit: Unit, options: Options) -> dict[str, Any] | None:
    """Return the counts of a unit whose outputs are complete, or ``None`` if it must be extracted."""
    counts = read_counts(Path(options.out) / COUNTS / f"{unit.name}.json")
    if counts is None or counts["version"] != unit.version or counts["format"] != options.format:
        return None
    return counts


def read_counts(path: Path) -> dict[str, Any] | None:
    """Return the counts in a file, or ``None`` if there are none or an output that they count is missing."""
    try:
        counts = read_json_object(path, MAX_COUNTS)
        if not _are_counts(counts):
            return None
        whole = all((path.parents[1] / name).stat().st_size == size for name, size in counts["outputs"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return counts if whole else None


def _are_counts(found: dict[str, Any]) -> bool:
    """Return whether all sums of a file of counts are numbers."""
    sums = (found["records"], found["rejects"], found["skipped"], found["warc_records"], found["fields"])
    numbers = [found[name] for name in ("captures", "bytes", "seconds", "cpu_seconds")]
    numbers += [number for one in sums for number in one.values()]
    texts = [found["kind"], *found["damage"], *found["outputs"]]
    if not isinstance(found["damage"], list):
        return False
    return all(type(number) in (int, float) and number >= 0 for number in numbers) and all(
        isinstance(text, str) for text in texts
    )


_STREAMS: dict[str, Callable[[IO[bytes]], Any]] = {
    "jsonl": lambda file: file,
    "jsonl.zst": lambda file: zstd.ZstdFile(file, "wb"),
    "parquet": ParquetStream,
}
"""Format → what takes the lines of a file."""


class Outputs:
    """The files of one unit. They have temporary names until ``commit``."""

    def __init__(self, unit: Unit, options: Options) -> None:
        self._out, self._unit, self._format = Path(options.out), unit.name, options.format
        self._files: dict[Path, tuple[IO[bytes], Any]] = {}

    def write(self, folder: str, line: bytes) -> None:
        """Write a line to the unit's file in a folder."""
        self.open(folder).write(line)

    def open(self, folder: str) -> Any:
        """Begin the unit's file in a folder, unless it is begun, and return it."""
        ending = "jsonl.zst" if self._format == "parquet" and folder != "articles" else self._format
        path = self._out / folder / f"{self._unit}.{ending}"
        if path not in self._files:
            file = self._begin(path)
            self._files[path] = file, _STREAMS[ending](file)
        return self._files[path][1]

    def write_member(self, data: bytes) -> None:
        """Write a record to the slice, as a gzip member. The same record gives the same bytes."""
        path = self._out / SLICES / f"{self._unit}.warc.gz"
        if path not in self._files:
            file = self._begin(path)
            self._files[path] = file, file
        self._files[path][1].write(gzip.compress(data, mtime=0))

    def _begin(self, path: Path) -> IO[bytes]:
        path.parent.mkdir(parents=True, exist_ok=True)
        return create_file(self._unfinished(path))

    def _unfinished(self, path: Path) -> Path:
        return path.with_name(f".{path.name}.{os.uname().nodename}-{os.getpid()}{UNFINISHED}")

    def commit(self) -> dict[str, int]:
        """Complete the files on the disk, and return their sizes by path in the job's folder."""
        sizes = {}
        for path, (file, packed) in sorted(self._files.items()):
            if packed is not file:
                packed.close()
            sync_file(file)
            file.close()
            self._unfinished(path).replace(path)
            sync_path(path.parent)
            sizes[str(path.relative_to(self._out))] = path.stat().st_size
        return sizes

    def discard(self) -> None:
        """Remove what has not been completed."""
        for path, (file, _) in self._files.items():
            file.close()
            self._unfinished(path).unlink(missing_ok=True)


@dataclass
class _Counts:
    """Counts of one unit."""

    bytes: int = 0
    captures: int = 0
    records: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    warc_records: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)


def extract_unit(unit: Unit, options: Options) -> dict[str, Any]:
    """Extract one input, and return its counts. Raises ``OSError`` and ``Refused``."""
    started, cpu = time.monotonic(), time.process_time()
    counts, outputs = _Counts(unit.size), Outputs(unit, options)
    extractor = CaptureExtractor(options.edition)
    lines: Counter[str] = Counter()
    try:
        outputs.open("articles")  # a finished unit always has its file
        for capture in _captures(unit, options, counts, outputs):
            record = _record(extractor, capture, options, counts)
            if record is None:
                continue
            folder = FOLDERS[type(record)]
            outputs.write(folder, json_line(record))
            lines[folder] += 1
            outputs.write(SOURCES, _source(capture, record, folder, lines[folder]))
        sizes = outputs.commit()
    finally:
        outputs.discard()
    found = {
        "unit": unit.name, "kind": unit.kind, "source": unit.source, "version": unit.version,
        "format": options.format, "crawler": CRAWLER, "outputs": sizes, **vars(counts),
        "seconds": round(time.monotonic() - started, 3), "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    path = Path(options.out) / COUNTS / f"{unit.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(found, ensure_ascii=False) + "\n")
    sync_path(path.parent)
    return found


def _captures(unit: Unit, options: Options, counts: _Counts, outputs: Outputs) -> Iterator[Capture]:
    if unit.kind == "pages":
        for page in read_list(Path(unit.source)):
            capture = saved_page(Path(page))
            if capture is None:
                counts.skipped["page_removed"] += 1
            else:
                yield capture
        return
    reader = CaptureReader(Path(unit.source), counts=counts.warc_records, damage=counts.damage)
    if unit.kind == "archive":
        yield from reader
        return
    reader.wanted = is_of_site
    reader.keep = lambda record: outputs.write_member(_member(record, unit.source))
    with DataHost(options.data_host, options.user_agent, options.wait) as host, host.open(unit.source) as file:
        counts.bytes = file.size
        yield from reader.read(cast(IO[bytes], file), unit.source)


def _record(
    extractor: CaptureExtractor, capture: Capture, options: Options, counts: _Counts
) -> Article | AuthorProfile | Reject | None:
    """Make the record of a capture, and count it, or the reason why there is none."""
    counts.captures += 1
    if not (options.edition or capture.info.get("mayadeen-edition") or is_of_site(capture.url)):
        counts.skipped["other_host"] += 1
        return None
    found = extractor.extract(capture)
    record = found.record
    if record is None:
        counts.skipped[found.reason or "no_record"] += 1
    elif isinstance(record, Reject):
        counts.rejects.update({violation["rule"] for violation in record.violations})
        counts.records["reject"] += 1
    elif isinstance(record, Article):
        counts.records[record.kind] += 1
        counts.fields.update(name for name, value in vars(record).items() if value not in (None, "", [], {}))
    else:
        counts.records["author"] += 1
    return record


def _source(capture: Capture, record: Article | AuthorProfile | Reject, folder: str, line: int) -> bytes:
    """Return the line that says where a record is from: file, offset and digest of its capture."""
    place = {
        "folder": folder, "line": line, "id": getattr(record, "id", None), "url": capture.url,
        "fetched_at": capture.date, "source": capture.source, "offset": capture.offset, "digest": capture.digest,
    }  # fmt: skip
    return json.dumps(place, ensure_ascii=False).encode() + b"\n"


def is_of_site(url: str) -> bool:
    """Return whether a URL is of a public host of the site."""
    try:
        return edition_of(url) is not None
    except ValueError:
        return False


def _member(record: WarcRecord, source: str) -> bytes:
    """Return a record as it was, with the file and offset it is from."""
    place = {"mayadeen-source": source, "mayadeen-source-offset": str(record.offset)}
    return record_bytes(replace(record, headers={**record.headers, **place}), "1.0")
