"""Archives checked, indexed and packed."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mayadeen.archives.captures import CaptureReader
from mayadeen.archives.check import check_file, records_without_page
from mayadeen.archives.writer import Exchange, WarcWriter
from tests.support.preloaded import scrapy

pytestmark = pytest.mark.process
AGENT = "mayadeen/0.1.0 (+mail@example.org)"


def archive(*args: str) -> subprocess.CompletedProcess[str]:
    return scrapy("archive", *args)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A data folder with three kept pages, one of them with br, and records of two."""
    info = {"mayadeen-run": "r1", "http-header-user-agent": AGENT}
    writer = WarcWriter(tmp_path, "r1", info)
    for n, coding in enumerate((None, "br", "gzip"), 1):
        headers = [("Content-Type", "text/html")] + ([("Content-Encoding", coding)] if coding else [])
        note: dict[str, Any] = {"record": "article", "discovered_via": None, "section": None}
        writer.write(
            Exchange(
                url=f"https://x.test/{n}", started_at=f"2026-11-20T10:00:0{n}Z", method="GET",
                request_headers=[("User-Agent", AGENT)], status=200, reason="OK", response_headers=headers,
                body=b"\x8b\x02\x80page\x03" + bytes([n]), note=note,
            )
        )  # fmt: skip
    writer.close()
    (tmp_path / "articles").mkdir()
    records = [{"url": f"https://x.test/{n}", "fetched_at": f"2026-11-20T10:00:0{n}Z"} for n in (1, 2)]
    (tmp_path / "articles" / "r1.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return tmp_path


def test_a_whole_archive_is_whole_and_a_damaged_one_is_named(kept: Path) -> None:
    done = archive("check", str(kept))
    assert (done.returncode, done.stderr) == (0, "")
    assert "whole; metadata 3, request 3, response 3, warcinfo 1" in done.stdout
    path = kept / "warc" / "r1-00001.warc.gz"
    path.write_bytes(path.read_bytes()[:-20])
    done = archive("check", str(path))
    assert done.returncode == 3
    assert f"archive: {path}: byte " in done.stderr
    assert "1 parts damaged" in done.stdout


def test_records_without_a_page_are_named(kept: Path) -> None:
    assert records_without_page(kept) == []
    with (kept / "articles" / "r1.jsonl").open("a") as feed:
        feed.write(json.dumps({"url": "https://x.test/9", "fetched_at": "2026-11-20T10:00:09Z"}) + "\n")
    (line,) = records_without_page(kept)
    assert "r1.jsonl, line 3: its page is not in warc/ (https://x.test/9)" in line


def test_an_index_has_every_response(kept: Path) -> None:
    done = archive("index", str(kept / "warc"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert lines == sorted(lines)
    assert json.loads(lines[0].split(" ", 2)[2])["url"] == "https://x.test/1"


def test_a_package_validates_and_has_no_contact(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.wacz"
    done = archive("wacz", str(kept / "warc"), "-o", str(out))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as packed:
        assert {info.compress_type for info in packed.infolist()} == {zipfile.ZIP_STORED}
    reader = CaptureReader(out)
    assert [c.url for c in reader] == [f"https://x.test/{n}" for n in (1, 2, 3)]
    assert (reader.counts["request"], reader.damage) == (3, [])
    assert check_file(out).damage == []
    done = subprocess.run(
        [Path(sys.executable).with_name("wacz"), "validate", "-f", out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    import gzip

    with zipfile.ZipFile(out) as packed:
        text = gzip.decompress(packed.read("archive/r1-00001.warc.gz"))
    assert b"mail@example.org" not in text
    assert b"(+contact removed)" in text


@pytest.mark.parametrize(("args", "line"), [(("check", "none.warc"), "file not found: none.warc")])
def test_what_is_not_there_is_named(args: tuple[str, ...], line: str) -> None:
    done = archive(*args)
    assert done.returncode == 1
    assert done.stderr == f"archive: {line}\n"
