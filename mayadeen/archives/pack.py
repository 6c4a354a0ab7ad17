"""CDXJ indexes and WACZ files of archives."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from mayadeen import CRAWLER
from mayadeen.archives.captures import CaptureReader
from mayadeen.storage.atomic_write import sync_file

_CONTACT = re.compile(r"\(\+[^()]*\)")
NO_CONTACT = "(+contact removed)"
_PROFILE = "data-package"
_EXTRA = {"cdxj_indexer": "cdxj-indexer", "warcio": "warcio"}


class PackError(Exception):
    """An index or package that cannot be made. As a string, one line for people."""


def require(*modules: str) -> None:
    """Raise ``PackError`` if a library is not installed."""
    for module in modules:
        if find_spec(module) is None:
            raise PackError(f"{_EXTRA[module]} is not installed. Run: pip install -r requirements-archive.txt")


def write_index(paths: Sequence[Path], output: IO[str]) -> None:
    """Write one sorted CDXJ index of WARC files. Raises ``OSError`` and ``PackError``."""
    require("cdxj_indexer")
    from cdxj_indexer.main import CDXJIndexer

    text = io.StringIO()
    indexer = CDXJIndexer(output=text, inputs=[str(path) for path in paths], sort=True)
    indexer.process_all()
    output.write(text.getvalue())


def write_wacz(paths: Sequence[Path], out: Path, title: str) -> None:
    """Pack WARC files, an index and a list of pages into a WACZ. The contact in the user agent is replaced.

    An existing file is not replaced before the new one is complete. Raises ``OSError`` and ``PackError``.
    """
    require("cdxj_indexer", "warcio")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name:
        work = Path(name)
        copies = []
        for path in paths:
            copies.append(work / path.name)
            with path.open("rb") as file, copies[-1].open("wb") as copy:
                _without_contact(file, copy)
        index = io.StringIO()
        write_index(copies, index)
        pages = [{"format": "json-pages-1.0", "id": "pages", "title": "Articles"}, *_pages(copies)]
        made = work / out.name
        with made.open("wb") as file:
            _zip(file, copies, index.getvalue().encode(), pages, title)
            sync_file(file)
        made.replace(out)


def _without_contact(file: IO[bytes], copy: IO[bytes]) -> None:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.warcwriter import WARCWriter

    writer = WARCWriter(copy, gzip=True, warc_version="WARC/1.1")
    for record in ArchiveIterator(file):
        if record.rec_type not in ("request", "warcinfo"):
            writer.write_record(record)
            continue
        block = record.raw_stream.read()
        if record.rec_type == "warcinfo":
            block = _CONTACT.sub(NO_CONTACT, block.decode("utf-8", "replace")).encode()
        elif agent := record.http_headers.get_header("User-Agent"):
            record.http_headers.replace_header("User-Agent", _CONTACT.sub(NO_CONTACT, agent))
        keep = ("WARC-Date", "WARC-Record-ID", "WARC-Concurrent-To", "WARC-Filename")
        headers = {name: value for name in keep if (value := record.rec_headers.get_header(name))}
        writer.write_record(
            writer.create_warc_record(
                record.rec_headers.get_header("WARC-Target-URI"),
                record.rec_type,
                payload=io.BytesIO(block),
                length=len(block),
                warc_content_type=record.content_type or "",
                warc_headers_dict=headers,
                http_headers=record.http_headers,
            )
        )


def _pages(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Yield a line for each article's page. Archives of other programs have no notes, so all HTML pages are listed."""
    for path in paths:
        for capture in CaptureReader(path):
            is_page = capture.status == 200 and "html" in capture.header("Content-Type")
            if is_page and (capture.metadata is not None or "mayadeen-run" not in capture.info):
                id = hashlib.sha256(f"{capture.url} {capture.date}".encode()).hexdigest()[:16]
                yield {"id": id, "url": capture.url, "ts": capture.date, "title": capture.url}


def _zip(file: IO[bytes], warcs: Sequence[Path], index: bytes, pages: list[dict[str, Any]], title: str) -> None:
    lines = "".join(json.dumps(page, ensure_ascii=False) + "\n" for page in pages).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        resources = []
        for path in warcs:
            packed.write(path, f"archive/{path.name}")
            with path.open("rb") as warc:
                digest = hashlib.file_digest(warc, "sha256").hexdigest()
            resources.append(_resource(f"archive/{path.name}", digest, path.stat().st_size))
        for name, content in (("indexes/index.cdx", index), ("pages/pages.jsonl", lines)):
            packed.writestr(name, content)
            resources.append(_resource(name, hashlib.sha256(content).hexdigest(), len(content)))
        package = {
            "profile": _PROFILE,
            "wacz_version": "1.1.1",
            "title": title,
            "software": CRAWLER,
            "created": max((page["ts"] for page in pages[1:]), default="1970-01-01T00:00:00Z"),
            "resources": resources,
        }
        text = json.dumps(package, ensure_ascii=False, indent=2).encode()
        packed.writestr("datapackage.json", text)
        proof = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(text).hexdigest()}"}
        packed.writestr("datapackage-digest.json", json.dumps(proof, indent=2))


def _resource(path: str, digest: str, size: int) -> dict[str, Any]:
    return {"name": path.rpartition("/")[2], "path": path, "hash": f"sha256:{digest}", "bytes": size}


@contextmanager
def output(path: Path | None, standard: IO[str]) -> Iterator[IO[str]]:
    """Open a text file for writing, or use standard output."""
    if path is None:
        yield standard
    else:
        with path.open("w", encoding="utf-8") as file:
            yield file
            sync_file(file)
