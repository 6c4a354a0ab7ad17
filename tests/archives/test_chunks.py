"""What is read of an archive does not depend on where the chunks of its file end."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator

import pytest
from backports import zstd

from mayadeen.archives import records, streams
from mayadeen.archives.records import RecordReader
from tests.archives.test_records import RECORDS, URLS

FORMS = {
    "plain": lambda parts: parts,
    "gzip": lambda parts: [gzip.compress(part) for part in parts],
    "zstd": lambda parts: [zstd.compress(part) for part in parts],
    "one gzip member": lambda parts: [gzip.compress(b"".join(parts))],
}


def read(data: bytes) -> tuple[list[str], list[str]]:
    reader = RecordReader(io.BytesIO(data))
    return [found.url for found in reader], [str(damage) for damage in reader.damage]


def damaged(form: str) -> Iterator[bytes]:
    """A file of four records, damaged in one way after another."""
    parts = FORMS[form](RECORDS)
    data = b"".join(parts)
    yield data
    yield data + b"\0" * 700
    yield b"\0" * 40 + data
    yield data[:-30]
    yield b"junk" * 50 + data
    if len(parts) > 1:
        yield b"".join([parts[0], b"junk" * 50, *parts[1:]])
        yield b"".join([parts[0], b"\0" * 300, *parts[1:]])
        yield b"".join([*parts[:2], parts[2][:-40], *parts])
    wrong = [part.replace(b"Content-Length: 3", b"Content-Length: 93", 1) for part in RECORDS[:2]]
    longer = [part.replace(b"Content-Length: 3", b"Content-Length: 9999993", 1) for part in RECORDS[:2]]
    for changed in (wrong, longer):
        yield b"".join(FORMS[form]([changed[0], *RECORDS[1:]]))
        yield b"".join(FORMS[form]([RECORDS[0], changed[1], *RECORDS[2:]]))
    for at in range(3, len(data), 97):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        yield bytes(flipped)


@pytest.mark.parametrize("form", FORMS)
def test_every_size_of_chunks_gives_the_same_records_and_damage(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for data in damaged(form):
        expected = read(data)
        for size in (*range(1, 24), 61, 127, 256, 1000):
            monkeypatch.setattr(streams, "_CHUNK", size)
            assert read(data) == expected, size
        monkeypatch.undo()


@pytest.mark.parametrize("form", ["gzip", "zstd"])
@pytest.mark.parametrize("before", [1, 2, 3, 4])
def test_a_member_that_begins_at_the_end_of_a_chunk_is_read(
    form: str, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = FORMS[form](RECORDS)
    monkeypatch.setattr(streams, "_CHUNK", len(parts[0]) + before)
    assert read(b"".join(parts)) == (URLS, [])


@pytest.mark.parametrize("form", ["plain", "one gzip member"])
def test_a_wrong_length_costs_one_record(form: str) -> None:
    for n in range(3):
        for digits in (b"4", b"9999993", b"999999999993"):
            wrong = RECORDS[n].replace(b"Content-Length: 3", b"Content-Length: " + digits, 1)
            urls, damage = read(b"".join(FORMS[form]([*RECORDS[:n], wrong, *RECORDS[n + 1 :]])))
            assert urls == URLS[:n] + URLS[n + 1 :], (n, digits)
            assert len(damage) == 1


def test_damage_of_many_chunks_is_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_CHUNK", 100)
    urls, damage = read(RECORDS[0] + b"no record\r\n" * 10_000 + RECORDS[1])
    assert (urls, damage) == (URLS[:2], [f"byte {len(RECORDS[0])}: not a WARC record"])


def test_the_work_after_damage_grows_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the bytes that are searched for the end of a header: each once, and a little."""
    searched = 0
    original = records.HEADER_END

    class Counting:
        def search(self, data: bytearray, start: int = 0, end: int = 1 << 30) -> object:
            nonlocal searched
            found = original.search(data, start, end)
            searched += (found.end() if found else min(end, len(data))) - start
            return found

    monkeypatch.setattr(records, "HEADER_END", Counting())
    monkeypatch.setattr(records, "MAX_DAMAGE", 1_000_000)
    data = b"WARC/1.0\r\nA: b\r\n" * 40_000
    _, damage = read(data)
    assert len(damage) > 20_000
    assert searched < 20 * len(data)
