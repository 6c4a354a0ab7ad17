"""Archives read as far as they are whole, each loss named."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from mayadeen.archives.captures import Capture, CaptureReader
from mayadeen.archives.check import check_file
from mayadeen.archives.records import RecordReader, digest_of

URLS = [f"https://english.almayadeen.net/news/{n}" for n in range(4)]


def record(url: str, body: bytes, *, digest: bool = True, headers: str = "", type: str = "response") -> bytes:
    """A record of an HTTP response."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + headers.encode() + b"\r\n" + body
    head = f"WARC/1.1\r\nWARC-Type: {type}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n"
    head += f"WARC-Record-ID: <urn:uuid:{url}>\r\n"
    if digest:
        head += f"WARC-Block-Digest: {digest_of(block)}\r\n"
    return f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


def body(n: int) -> bytes:
    return bytes((n * 7 + k * k) % 251 for k in range(300)) + b"WARC/1.1\r\n\r\n\r\n"


RECORDS = [record(url, body(n)) for n, url in enumerate(URLS)]
FORMS = {
    "plain": lambda records: records,
    "gzip": lambda records: [gzip.compress(r) for r in records],
}


def read(data: bytes) -> tuple[list[str], list[str]]:
    reader = RecordReader(io.BytesIO(data))
    return [record.url for record in reader], [str(damage) for damage in reader.damage]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_cut_at_any_byte_of_its_last_record_has_the_others_and_names_the_loss(form: str) -> None:
    parts = FORMS[form](RECORDS)
    data = b"".join(parts)
    assert read(data) == (URLS, [])
    start = len(data) - len(parts[-1])
    assert read(data[:start]) == (URLS[:3], [])
    for cut in range(start + 1, len(data)):
        urls, damage = read(data[:cut])
        assert (cut, urls, len(damage)) == (cut, URLS[:3], 1)
        assert damage[0].startswith(f"byte {start}: "), cut


@pytest.mark.parametrize("form", FORMS)
def test_a_flipped_bit_costs_one_record_and_is_never_silent(form: str) -> None:
    data = b"".join(FORMS[form](RECORDS))
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        urls, damage = read(bytes(flipped))
        assert len(urls) >= 3, (at, urls, damage)
        assert damage or form == "plain" or urls == URLS, at
        if damage == [] and form == "plain":  # in a header, which no digest covers
            assert len(urls) == 4, at


def test_what_was_appended_to_a_cut_record_is_read() -> None:
    for form in FORMS.values():
        parts = form(RECORDS)
        urls, damage = read(b"".join([*parts[:2], parts[2][:-40], *parts]))
        assert urls == URLS[:2] + URLS
        assert {line.partition(": ")[0] for line in damage} == {f"byte {len(parts[0] + parts[1])}"}


def test_one_gzip_member_for_all_records_is_read_to_where_it_is_cut() -> None:
    data = gzip.compress(b"".join(RECORDS))
    assert read(data) == (URLS, [])
    urls, damage = read(data[: len(data) // 2])
    assert URLS[: len(urls)] == urls
    assert 0 < len(urls) < 4
    assert len(damage) == 1


def test_zstd_is_read() -> None:
    assert read(b"".join(zstd.compress(r) for r in RECORDS)) == (URLS, [])
    data = zstd.compress(b"".join(RECORDS))
    assert read(data) == (URLS, [])
    assert len(read(data[:-30])[1]) == 1


def frame_without_data(data: bytes, kind: int) -> bytes:
    return bytes([0x50 + kind, 0x2A, 0x4D, 0x18]) + len(data).to_bytes(4, "little") + data


def with_dictionary(pack: Callable[[bytes], bytes] = bytes) -> list[bytes]:
    """The dictionary's frame, and one member for each record."""
    samples = [b"%d %s" % (n, record) for n in range(100) for record in RECORDS]
    dictionary = zstd.train_dict(samples, 2_000)
    frame = frame_without_data(pack(dictionary.dict_content), 13)
    return [frame, *(zstd.compress(record, zstd_dict=dictionary) for record in RECORDS)]


@pytest.mark.parametrize("pack", [bytes, zstd.compress])
def test_zstd_with_a_dictionary_is_read(pack: Callable[[bytes], bytes]) -> None:
    parts = with_dictionary(pack)
    assert read(b"".join(parts)) == (URLS, [])
    with pytest.raises(zstd.ZstdError):
        zstd.decompress(parts[1])
    parts[2] = parts[2][:-20] + b"\0" * 20
    urls, damage = read(b"".join(parts))
    assert urls == [URLS[0], *URLS[2:]]
    assert len(damage) == 1


def test_frames_without_data_are_skipped() -> None:
    members = [zstd.compress(r) for r in RECORDS]
    large = frame_without_data(b"x" * 1_000_000, 0)
    assert read(b"".join([large, *members[:2], frame_without_data(b"", 15), *members[2:], large])) == (URLS, [])
    urls, damage = read(b"".join([*members, large[:-1]]))
    assert (urls, damage) == (URLS, [f"byte {len(b''.join(members))}: the file ends within a frame without data"])


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (frame_without_data(b"no dictionary", 13), "byte 0: its dictionary cannot be used ("),
        (frame_without_data(zstd.compress(b"no dictionary"), 13), "byte 0: its dictionary cannot be used ("),
        (frame_without_data(zstd.compress(bytes(1 << 25)), 13), "(incomplete, or more than 16777216 bytes unpacked)"),
        (frame_without_data(zstd.compress(b"a" * 100)[:-1], 13), "(incomplete, or more than 16777216 bytes unpacked)"),
        (with_dictionary()[0][:-1], "(the file ends within it)"),
        (b"\x5d\x2a\x4d\x18\xff\xff\xff\xff", "(4294967295 bytes, more than 16777216)"),
        (b"\x5d\x2a\x4d\x18\x01", "byte 0: "),
    ],
)  # fmt: skip
def test_a_dictionary_that_cannot_be_used_is_named(start: bytes, message: str) -> None:
    urls, (damage,) = read(start)
    assert urls == []
    assert message in damage
    assert damage.startswith("byte 0: ")


def test_a_record_without_a_digest_is_read() -> None:
    records = [record(url, body(n), digest=False) for n, url in enumerate(URLS)]
    assert read(b"".join(records)) == (URLS, [])
    assert read(b"".join(gzip.compress(r) for r in records)) == (URLS, [])


@pytest.mark.parametrize("data", [b"not an archive" * 50, gzip.compress(b"neither is this" * 50)], ids=["text", "gzip"])
def test_what_is_not_an_archive_is_named(data: bytes) -> None:
    urls, damage = read(data)
    assert urls == []
    assert damage


def captures(tmp_path: Path, *records: bytes) -> tuple[list[Capture], CaptureReader]:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(gzip.compress(r) for r in records))
    reader = CaptureReader(path)
    return list(reader), reader


def test_captures_have_status_headers_body_and_place(tmp_path: Path) -> None:
    found, reader = captures(tmp_path, *RECORDS)
    assert [c.url for c in found] == URLS
    one = found[1]
    assert (one.status, one.date, one.body, one.header("content-type")) == (
        200,
        "2026-11-20T10:00:00Z",
        body(1),
        "text/html",
    )
    assert (one.source, one.offset, one.digest) == (
        str(reader.path),
        len(gzip.compress(RECORDS[0])),
        digest_of(body(1)),
    )
    assert dict(reader.counts) == {"response": 4}


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_the_head_of_a_response_ends_at_its_first_blank_line(tmp_path: Path, end: str) -> None:
    page = b"<html>\r\n\r\n<p>A paragraph.</p>\n\n</html>"
    block = end.join(["HTTP/1.0 200 OK", "Content-Type: text/html", "", ""]).encode() + page
    (tmp_path / "a.warc").write_bytes(
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: %s\r\nWARC-Date: 2026-11-20T10:00:00Z\r\n"
        b"WARC-Payload-Digest: %s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
        % (URLS[0].encode(), digest_of(page).encode(), len(block), block)
    )
    (capture,) = CaptureReader(tmp_path / "a.warc")
    assert (capture.body, capture.headers) == (page, [("Content-Type", "text/html")])
    assert check_file(tmp_path / "a.warc").damage == []


def test_chunks_are_joined_only_if_there_are_any(tmp_path: Path) -> None:
    header = "Transfer-Encoding: chunked\r\n"
    found, _ = captures(
        tmp_path,
        record(URLS[0], b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", headers=header),
        record(URLS[1], b"<html>not chunked any more", headers=header),
    )
    assert [c.body for c in found] == [b"abcde", b"<html>not chunked any more"]


def test_only_wanted_urls_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(RECORDS))
    reader = CaptureReader(path, wanted=lambda url: url == URLS[2])
    assert [c.url for c in reader] == [URLS[2]]
    assert reader.counts == {"response": 4, "not_wanted": 3}


def test_the_first_segment_of_a_response_is_truncated(tmp_path: Path) -> None:
    first = RECORDS[0].replace(b"WARC-Type: response", b"WARC-Type: response\r\nWARC-Segment-Number: 1")
    (tmp_path / "a.warc").write_bytes(first + RECORDS[1].replace(b"response", b"continuation", 1) + RECORDS[2])
    reader = CaptureReader(tmp_path / "a.warc")
    assert [capture.truncated for capture in reader] == ["segment", None]
    assert reader.counts["continuation"] == 1


@pytest.mark.parametrize(
    ("length", "truncated"), [("20", "disconnect"), ("10", None), ("9", None), ("", None), ("2e3", None)]
)
def test_a_body_that_is_shorter_than_its_header_says_is_truncated(
    tmp_path: Path, length: str, truncated: str | None
) -> None:
    (found,), _ = captures(tmp_path, record(URLS[0], b"0123456789", headers=f"Content-Length: {length}\r\n"))
    assert found.truncated == truncated


def test_a_truncated_capture_says_so(tmp_path: Path) -> None:
    cut = RECORDS[0].replace(b"WARC-Type", b"WARC-Truncated: length\r\nWARC-Type", 1)
    found, _ = captures(tmp_path, cut, RECORDS[1])
    assert [c.truncated for c in found] == ["length", None]
