"""CDXJ indexes and WACZ files of archives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from mayadeen import CRAWLER
from mayadeen.archives.captures import CaptureReader
from mayadeen.archives.records import Damage, RecordReader, WarcRecord, digest_of, record_bytes
from mayadeen.extras import install_command
from mayadeen.storage.atomic_write import sync_file

_CONTACT = {
    "warcinfo": re.compile(rb"()\(\+[^()\r\n]*\)"),
    "request": re.compile(rb"(?im)^(user-agent:[^\r\n]*?)\(\+[^()\r\n]*\)"),
}
"""The contact in the records that have one, after what is kept."""
_NO_CONTACT = rb"\1(+contact removed)"
_PROFILE = "data-package"
_INSTEAD = "Pack its whole records with scrapy archive wacz instead"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_PACKABLE = (".warc", ".warc.gz")


class PackError(Exception):
    """An index or package that cannot be made. As a string, one line for people."""


def require_indexer() -> None:
    """Raise ``PackError`` if the library that writes indexes is not installed."""
    if find_spec("cdxj_indexer") is None:
        raise PackError(f"cdxj-indexer is not installed. Run: {install_command('archive')}")


def check_output(out: Path, inputs: Sequence[Path], suffixes: tuple[str, ...]) -> None:
    """Raise ``PackError`` if a file cannot be written, would replace an input, or has the name of another format."""
    if out.is_dir():
        raise PackError(f"-o: {out} is a folder. Name a file that ends with {suffixes[0]}")
    if not out.name.endswith(suffixes):
        raise PackError(f"-o: {out} does not end with {' or '.join(suffixes)}. Name such a file")
    if not out.parent.is_dir():
        raise PackError(f"-o: folder not found: {out.parent}. Create it, or name a file in another folder")
    if out.exists() and any(out.samefile(path) for path in inputs):
        raise PackError(f"-o: {out} is an input. Name another file")


def write_index(paths: Sequence[Path], output: IO[str]) -> None:
    """Write one sorted CDXJ index of WARC files. Raises ``OSError``, and ``PackError`` for a damaged file."""
    require_indexer()
    records = 0
    for path in paths:
        if not path.name.lower().endswith(_PACKABLE):
            raise PackError(f"{path} cannot be indexed. Name a .warc or .warc.gz file")
        with path.open("rb") as file:
            reader, offset = RecordReader(file), -1
            for record in reader:
                records += 1
                why = "records share a gzip member" if record.offset == offset else _why_not_indexed(record)
                if why is not None:
                    raise PackError(f"{path} cannot be indexed: {Damage(record.offset, why, record.url)}. {_INSTEAD}")
                offset = record.offset
        if reader.damage:
            raise PackError(f"{path} is damaged: {reader.damage[0]}. {_INSTEAD}")
    if not records:
        raise PackError(f"no record in {', '.join(map(str, paths))}. Name other files")
    with warnings.catch_warnings():  # of the libraries that it imports
        warnings.simplefilter("ignore")
        from cdxj_indexer.main import CDXJIndexer

        text = io.StringIO()
        CDXJIndexer(output=text, inputs=[str(path) for path in paths], sort=True).process_all()
    output.write(text.getvalue())


def write_wacz(paths: Sequence[Path], out: Path, title: str) -> list[str]:
    """Pack the whole records of WARC files, an index and a list of pages into a WACZ. Return what is lost.

    The contact in the user agent is replaced. An existing file is not replaced before the new one is complete. Raises
    ``OSError`` and ``PackError``.
    """
    require_indexer()
    for path in paths:
        if path.name.lower().endswith(".wacz"):
            raise PackError(f"{path} is a WACZ already. Name WARC files")
    damage: list[str] = []
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name:
        work = Path(name)
        copies: list[Path] = []
        for path in paths:
            copies.append(_free_name(work, path))
            with path.open("rb") as file, copies[-1].open("wb") as copy:
                damage += [f"{path}: {one}" for one in _without_contact(file, copy)]
        if not any(copy.stat().st_size for copy in copies):
            why = f"nothing can be packed: {damage[0]}" if damage else f"no record in {', '.join(map(str, paths))}"
            raise PackError(f"{why}. Name other files")
        index = io.StringIO()
        write_index(copies, index)
        pages = [{"format": "json-pages-1.0", "id": "pages", "title": "Articles"}, *_pages(copies)]
        made = work / out.name
        with made.open("wb") as file:
            _zip(file, copies, index.getvalue().encode(), pages, title)
            sync_file(file)
        made.replace(out)
    return damage


def _free_name(folder: Path, path: Path) -> Path:
    """Return the path of a copy. Files of the same name get a number."""
    stem = re.sub(r"\.warc(\.gz|\.zst)?$", "", path.name, flags=re.IGNORECASE)
    copy, number = folder / f"{stem}.warc.gz", 1
    while copy.exists():
        number += 1
        copy = folder / f"{stem}-{number}.warc.gz"
    return copy


def _without_contact(file: IO[bytes], copy: IO[bytes]) -> list[Damage]:
    """Copy the whole records, each as a gzip member, and return what is lost."""
    reader, left_out = RecordReader(file), list[Damage]()
    for record in reader:
        if why := _why_not_indexed(record):
            left_out.append(Damage(record.offset, why, record.url))
            continue
        contact = _CONTACT.get(record.type)
        if contact is not None and (block := contact.sub(_NO_CONTACT, record.block)) != record.block:
            headers = {name: value for name, value in record.headers.items() if name != "warc-payload-digest"}
            if "warc-block-digest" in headers:
                headers["warc-block-digest"] = digest_of(block)
            record = replace(record, block=block, headers=headers | {"content-length": str(len(block))})
        copy.write(gzip.compress(record_bytes(record), mtime=0))
    return reader.damage + left_out


def _why_not_indexed(record: WarcRecord) -> str | None:
    """Return why an index has no place for a record, or ``None``."""
    date = record.headers.get("warc-date", "")
    try:
        datetime.fromisoformat(date if _DATE.fullmatch(date) else "")
    except ValueError:
        return f"WARC-Date is {date!r:.40}, not a UTC time such as 2025-01-31T10:00:00Z"
    return None if record.url or record.type == "warcinfo" else "a record without WARC-Target-URI"


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
        for number, path in enumerate(warcs, 1):
            packed.write(path, f"archive/{path.name}")
            with path.open("rb") as warc:
                digest = hashlib.file_digest(warc, "sha256").hexdigest()
            resources.append(_resource(f"warc-{number}", f"archive/{path.name}", digest, path.stat().st_size))
        for name, member, content in (("index", "indexes/index.cdx", index), ("pages", "pages/pages.jsonl", lines)):
            packed.writestr(member, content)
            resources.append(_resource(name, member, hashlib.sha256(content).hexdigest(), len(content)))
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


def _resource(name: str, path: str, digest: str, size: int) -> dict[str, Any]:
    """Return an entry of the package. Frictionless allows no upper case in its name, which run ids have."""
    return {"name": name, "path": path, "hash": f"sha256:{digest}", "bytes": size}
