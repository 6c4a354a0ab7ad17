"""Archives checked, indexed and packed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from mayadeen.archives.captures import CaptureReader
from mayadeen.archives.check import check_file, records_without_page
from mayadeen.archives.writer import Exchange, WarcWriter
from tests.support.news_archive import member, page, warc, write_warc
from tests.support.preloaded import PROJECT, scrapy

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
    assert "whole, metadata 3, request 3, response 3, warcinfo 1" in done.stdout
    path = kept / "warc" / "r1-00001.warc.gz"
    path.write_bytes(path.read_bytes()[:-20])
    done = archive("check", str(path))
    assert done.returncode == 3
    assert f"archive: {path}: byte " in done.stderr
    assert "damaged parts: 1" in done.stdout


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
    out, path = tmp_path / "a.wacz", kept / "warc" / "20261127T081405.877Z-00001.warc.gz"
    path.with_name("r1-00001.warc.gz").rename(path)
    writer = WarcWriter(kept, "20261127T081409.100Z-a job", {"mayadeen-run": "r2"})
    writer.write(Exchange("https://x.test/4", "2026-11-21T10:00:00Z", "GET", [], 404, "Not Found", [], b"", None))
    writer.close()
    done = archive("wacz", str(kept / "warc"), "-o", str(out))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as packed:
        assert {info.compress_type for info in packed.infolist()} == {zipfile.ZIP_STORED}
    reader = CaptureReader(out)
    assert [c.url for c in reader] == [f"https://x.test/{n}" for n in (1, 2, 3, 4)]
    assert (reader.counts["request"], reader.damage) == (4, [])
    assert check_file(out).damage == []
    done = subprocess.run(
        [Path(sys.executable).with_name("wacz"), "validate", "-f", out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(out) as packed:
        text = gzip.decompress(packed.read(f"archive/{path.name}"))
    assert b"mail@example.org" not in text
    assert b"(+contact removed)" in text


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("check none.warc", "file not found: none.warc. Name an archive or a folder of archives"),
        ("check empty", "no archive in empty. Name a .warc, .warc.gz, .warc.zst or .wacz file"),
        ("wacz a.warc.gz -o a.warc.gz", "-o: a.warc.gz does not end with .wacz. Name such a file"),
        ("wacz in.wacz -o in.wacz", "-o: in.wacz is an input. Name another file"),
        ("wacz in.wacz -o out.wacz", "in.wacz is a WACZ already. Name WARC files"),
        ("wacz a.warc.gz -o empty", "-o: empty is a folder. Name a file that ends with .wacz"),
        ("wacz a.warc.gz -o no/out.wacz", "-o: folder not found: no. Create it, or name a file in another folder"),
        ("wacz none.warc.gz -o out.wacz", "file not found: none.warc.gz. Name an archive or a folder of archives"),
        ("wacz zero.warc.gz -o out.wacz", "no record in zero.warc.gz. Name other files"),
        ("wacz text.txt -o out.wacz", "nothing can be packed: text.txt: byte 0: not a WARC record. Name other files"),
        ("index a.warc.gz -o a.warc.gz", "-o: a.warc.gz does not end with .cdxj or .cdx. Name such a file"),
        ("index in.wacz", "in.wacz cannot be indexed. Name a .warc or .warc.gz file"),
        ("index zero.warc.gz", "no record in zero.warc.gz. Name other files"),
        ("index cut.warc.gz", "cut.warc.gz is damaged: byte "),
        ("index one.warc.gz", "one.warc.gz cannot be indexed: byte 0: records share a gzip member (https://"),
        ("index undated.warc.gz", "undated.warc.gz cannot be indexed: byte 0: WARC-Date is 'today', not a UTC time "),
        ("index junk.warc", "junk.warc is damaged: byte 0: not a WARC record. Pack its whole records with scrapy "),
    ],
)
def test_inputs_and_outputs_that_cannot_be_used_are_refused_in_one_line(
    tmp_path: Path, arguments: str, problem: str
) -> None:
    whole = write_warc(tmp_path / "a.warc.gz", [1, 2]).read_bytes()
    (tmp_path / "empty").mkdir()
    files = {"zero.warc.gz": b"", "text.txt": b"text", "junk.warc": b"junk" * 9, "cut.warc.gz": whole[:-30]}
    files |= {"one.warc.gz": gzip.compress(gzip.decompress(whole)), "undated.warc.gz": member(*page(1), date="today")}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / "in.wacz", "w") as packed:
        packed.writestr("archive/a.warc.gz", whole)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    settings = {"SCRAPY_SETTINGS_MODULE": "mayadeen.settings", "PYTHONPATH": str(PROJECT)}
    done = scrapy("archive", *arguments.split(), cwd=tmp_path, environment=settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"archive: {problem}")
    assert done.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("arguments", ["check a.warc -o out", "wacz a.warc --workers 2", "index a.warc --plan"])
def test_an_option_of_another_action_is_refused(arguments: str) -> None:
    done = archive(*arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"does not apply to {arguments.split()[0]}. Leave it out." in done.stderr


def test_a_package_has_the_whole_records_of_damaged_files_and_of_files_with_one_name(tmp_path: Path) -> None:
    cut = write_warc(tmp_path / "a.warc.gz", [1, 2])
    cut.write_bytes(cut.read_bytes()[:-30])
    other = write_warc(tmp_path / "other" / "a.warc.gz", [3])
    plain = tmp_path / "b.warc.zst"
    plain.write_bytes(zstd.compress(gzip.decompress(warc([4]))))
    out = tmp_path / "out.wacz"
    done = archive("wacz", *map(str, (cut, other, other, plain)), "-o", str(out))
    assert done.returncode == 3
    assert done.stderr.startswith(f"archive: not packed: {cut}: byte ")
    assert done.stderr.count("\n") == 1
    assert [capture.url for capture in CaptureReader(out)] == [page(number)[0] for number in (1, 3, 4)]


def test_records_without_a_place_in_an_index_are_left_out_and_named(tmp_path: Path) -> None:
    path, out = tmp_path / "a.warc.gz", tmp_path / "out.wacz"
    wrong = [member(*page(1), date=date) for date in ("", "2025-13-01T00:00:00Z", "2025-01-01T00:00:00+02:00")]
    path.write_bytes(b"".join([*wrong, member("", page(1)[1]), warc([2])]))
    done = archive("wacz", str(path), "-o", str(out))
    assert done.returncode == 3
    assert [line.partition(": WARC-Date")[1] for line in done.stderr.splitlines()] == [": WARC-Date"] * 3 + [""]
    assert done.stderr.endswith(": a record without WARC-Target-URI\n")
    assert [capture.url for capture in CaptureReader(out)] == [page(2)[0]]
