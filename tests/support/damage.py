"""Files as a crash, a bad disk or another user leaves them."""

from __future__ import annotations

from random import Random
from typing import Any

PIECES = (
    b"[" * 100_000, b"9" * 400, b"1e999", b"-1", b"null", b"true", b"NaN", b"\\ud800", b"\xff\xfe", b"\x00", b'"', b"{}", b"[]",
    b"\x1b[2J", b"0.5",
)  # fmt: skip


COUNTED: dict[str, Any] = {
    "version": "1", "format": "jsonl", "kind": "archive", "captures": 1, "bytes": 2, "seconds": 0.5, "cpu_seconds": 0.5, "damage": [],
    "records": {"news": 1}, "rejects": {}, "skipped": {}, "warc_records": {}, "fields": {}, "outputs": {},
}  # fmt: skip
"""The counts of a unit of an extraction job."""


def damaged(data: bytes, random: Random) -> bytes:
    """Return the bytes with one to three changes: cut, doubled, overwritten, or with a piece in place of a value."""
    for _ in range(random.randint(1, 3)):
        at, to = sorted(random.randrange(len(data) + 1) for _ in range(2))
        to = min(to, at + random.choice([1, 8, 200]))
        change = random.randrange(5)
        if change == 0:
            data = data[:at]
        elif change == 1:
            data = data[:to] + data[at:]
        elif change == 2:
            data = data[:at] + bytes(random.randrange(256) for _ in range(to - at)) + data[to:]
        elif change == 3:
            data = data[:at] + random.choice(PIECES) + data[to:]
        else:
            data = _with_value(data, random)
    return data


def _with_value(data: bytes, random: Random) -> bytes:
    """Put a piece in the place of one JSON value after a colon."""
    colons = [at for at, byte in enumerate(data) if byte == ord(":")]
    if not colons:
        return data
    at = random.choice(colons) + 1
    to = at + 1
    while to < len(data) and data[to] not in b",}]":
        to += 1
    return data[:at] + random.choice(PIECES) + data[to:]
