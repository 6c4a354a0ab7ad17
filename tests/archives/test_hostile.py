"""Archives made to crash a reader or to fill its memory: named as damage, and what is whole is read."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from random import Random

import pytest
from backports import zstd

from mayadeen.archives import records, streams
from mayadeen.archives.captures import Capture, CaptureReader
from mayadeen.archives.extract import CaptureExtractor
from tests.archives.test_records import record
from tests.support.damage import damaged

pytestmark = pytest.mark.no_cover

URL = "https://english.almayadeen.net/news/politics/a"
PAGE = b"<html><body><h1>A title</h1><p>A paragraph of some words.</p></body></html>"
GOOD = record(URL, PAGE)
BLANK = "WARC/1.1\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n"


def read(tmp_path: Path, data: bytes, suffix: str = ".warc") -> tuple[list[Capture], CaptureReader]:
    """Read an archive, and try to make records of its captures."""
    path = tmp_path / f"x{suffix}"
    path.write_bytes(data)
    reader, extractor = CaptureReader(path), CaptureExtractor()
    captures = list(reader)
    for capture in captures:
        extractor.extract(capture)
    return captures, reader


def note(text: str) -> bytes:
    block = f"mayadeen: {text}\r\n".encode()
    head = f"{BLANK}WARC-Type: metadata\r\nWARC-Concurrent-To: <urn:uuid:{URL}>\r\nContent-Length: {len(block)}\r\n\r\n"
    return head.encode() + block + b"\r\n\r\n"


def info(text: str) -> bytes:
    return f"{BLANK}WARC-Type: warcinfo\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n\r\n".encode()


def wacz(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return made.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000, '{"discovered_via": 1}', '{"discovered_via": {"kind": "url"}}', '{"section": 5}',
        '{"section": ["a"]}', '{"section": [1, 2, 3]}', '{"record": []}', '{"cost": "x"}', '{"requested": {}}',
    ],
)  # fmt: skip
def test_a_note_that_the_crawler_did_not_write_is_none(tmp_path: Path, text: str) -> None:
    (capture,), reader = read(tmp_path, GOOD + note(text))
    assert capture.metadata is None
    assert reader.damage == []


@pytest.mark.parametrize("url", ["http://[", "https://[::1", "http://", "ftp://x/"])
def test_a_record_of_an_address_that_is_none_is_counted(tmp_path: Path, url: str) -> None:
    captures, reader = read(tmp_path, record(url, PAGE) + GOOD)
    assert [capture.url for capture in captures] == [URL]
    assert reader.counts["not_http"] == 1


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "soon"])
def test_a_date_that_cannot_be_is_counted(tmp_path: Path, date: str) -> None:
    captures, reader = read(tmp_path, GOOD.replace(b"2026-11-20T10:00:00Z", date.encode()))
    assert captures == []
    assert reader.counts["not_http"] == 1


@pytest.mark.parametrize("text", ["mayadeen-base-url: http://[", "mayadeen-base-url: x", "mayadeen-edition: zz"])
def test_a_file_that_names_a_wrong_site_is_read(tmp_path: Path, text: str) -> None:
    captures, _ = read(tmp_path, info(text) + record("http://other.example/a", PAGE))
    assert len(captures) == 1


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "1_0", "٣"])
def test_a_length_that_is_none_is_damage(tmp_path: Path, length: str) -> None:
    wrong = GOOD.partition(b"Content-Length: ")[0] + f"Content-Length: {length}\r\n\r\n".encode()
    captures, reader = read(tmp_path, wrong + GOOD)
    assert len(captures) == 1
    assert len(reader.damage) == 1


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz", ".warc.zst"])
def test_a_record_that_is_too_large_is_skipped_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(records, "MAX_BLOCK", 100_000)
    pack = {".warc": bytes, ".warc.gz": gzip.compress, ".warc.zst": zstd.compress}[suffix]
    captures, reader = read(tmp_path, pack(record(URL, b"\0" * 1_000_000)) + pack(GOOD), suffix)
    assert [capture.body for capture in captures] == [PAGE]
    assert len(reader.damage) == 1
    assert "more than 100000" in reader.damage[0]


def test_a_member_of_zstd_is_unpacked_in_small_pieces() -> None:
    packed = zstd.compress(b"\0" * 500_000_000)
    largest = max(len(piece.data) for piece in streams.PieceReader(io.BytesIO(packed)).pieces())
    assert largest < 120_000_000


def test_layers_of_codings_are_refused(tmp_path: Path) -> None:
    body = PAGE
    for _ in range(50):
        body = gzip.compress(body)
    path = tmp_path / "x.warc"
    path.write_bytes(record(URL, body, headers=f"Content-Encoding: {', '.join(['gzip'] * 50)}\r\n"))
    (capture,) = CaptureReader(path)
    assert CaptureExtractor().extract(capture).reason == "too_large"


def test_a_file_of_damage_ends_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_DAMAGE", 100)
    _, reader = read(tmp_path, b"WARC/1.0\r\nA: b\r\n\r\n" * 500)
    assert len(reader.damage) == 102
    assert reader.damage[-1].endswith("more than 100 damaged parts: the rest is not read")


def test_false_starts_of_members_are_tried_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    original = streams._begins_record
    monkeypatch.setattr(streams, "_begins_record", lambda *given: tried.append(1) or original(*given))
    _, reader = read(tmp_path, gzip.compress(GOOD) + b"\x1f\x8b\x08\x04\xff\xff" * 100_000, ".warc.gz")
    assert reader.damage[-1].endswith("the rest of the file is not read")
    assert len(tried) <= streams.MAX_PROBES + 10
    tried.clear()
    read(tmp_path, b"x" + b"\x1f\x8b\x08\x04\xff\xff" * 100_000, ".warc.gz")
    assert len(tried) <= streams.MAX_PROBES + 10


def test_names_in_a_package_are_never_paths(tmp_path: Path) -> None:
    captures, reader = read(
        tmp_path, wacz(**{"../../x.warc": GOOD, "/etc/y.warc": GOOD, "a\n\x1b[31m.warc": b"junk"}), ".wacz"
    )
    assert len(captures) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["x.wacz"]
    assert len(reader.damage) == 1
    assert "\n" not in reader.damage[0]
    assert "\x1b" not in reader.damage[0]


@pytest.mark.parametrize(("at", "value"), [(6, 1), (8, 99)])
def test_a_member_that_is_encrypted_or_packed_by_an_unknown_method_is_named(
    tmp_path: Path, at: int, value: int
) -> None:
    data = bytearray(wacz(**{"a.warc": GOOD}))
    directory = data.index(b"PK\x01\x02")
    data[at] = data[directory + at + 2] = value
    captures, reader = read(tmp_path, bytes(data), ".wacz")
    assert captures == []
    assert len(reader.damage) == 1


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".warc", ".wacz"])
def test_damaged_archives_never_raise(tmp_path: Path, suffix: str) -> None:
    via = '{"kind": "section", "url": "https://english.almayadeen.net/x", "position": 1}'
    whole = GOOD + note(f'{{"record": "article", "section": ["A", "B", "/a"], "discovered_via": {via}}}')
    data = whole if suffix == ".warc" else wacz(**{"a.warc": whole})
    for seed in range(150):
        read(tmp_path, damaged(data, Random(seed)), suffix)
