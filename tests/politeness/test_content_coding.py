"""Bodies are decoded whole, or refused: no half of a page passes, and no coding is a bomb."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from functools import cache

import brotli
import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError
from scrapy.http import HtmlResponse, Response

from mayadeen.politeness.content_coding import TooManyCodingsError, decode, decoded, split_codings

Pack = Callable[[bytes], bytes]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def members(data: bytes) -> bytes:
    return b"".join(gzip.compress(data[at : at + 20_000]) for at in range(0, len(data), 20_000)) or gzip.compress(b"")


def frames(data: bytes) -> bytes:
    return b"".join(zstd.compress(data[at : at + 20_000]) for at in range(0, len(data), 20_000)) or zstd.compress(b"")


@cache
def brotli_pack(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, quality=3)
    return packed


PACKS: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "members": ("gzip", members),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli_pack),
    "zstd": ("zstd", zstd.compress),
    "frames": ("zstd", frames),
}
TEXT = b"".join(b"line %d of the page\n" % n for n in range(8_000))


@pytest.mark.parametrize("outer", PACKS)
@pytest.mark.parametrize("inner", PACKS)
def test_two_codings_are_decoded(inner: str, outer: str) -> None:
    (first, pack), (second, pack_again) = PACKS[inner], PACKS[outer]
    assert decode(pack_again(pack(TEXT)), [first, second], 1 << 20) == TEXT
    assert decode(pack(TEXT), [first], 1 << 20) == TEXT


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=40)
@given(st.data())
def test_no_body_that_is_cut_short_passes(name: str, data: st.DataObject) -> None:
    coding, pack = PACKS[name]
    packed = pack(TEXT)
    # Between two members a body looks whole: nothing says that more should follow.
    cut = data.draw(st.integers(1, len(packed) - 1).filter(lambda at: packed[at : at + 4] not in STARTS))
    with pytest.raises(ResponseDataLossError):
        decode(packed[:cut], [coding], 1 << 20)


STARTS = (gzip.compress(b"")[:4], zstd.compress(b"")[:4])


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=40)
@given(st.integers(0, 4000), st.integers(1, 255))
def test_a_damaged_body_is_refused_or_decoded_whole(name: str, at: int, change: int) -> None:
    coding, pack = PACKS[name]
    packed = bytearray(pack(TEXT))
    packed[at % len(packed)] ^= change
    try:
        decode(bytes(packed), [coding], 1 << 20)
    except (ResponseDataLossError, DownloadCancelledError):
        return


@pytest.mark.parametrize("name", PACKS)
def test_the_size_limit_holds_for_all_layers_together(name: str) -> None:
    coding, pack = PACKS[name]
    zeros = pack(bytes(50 << 20))
    began = time.process_time()
    with pytest.raises(DownloadCancelledError):
        decode(zeros, [coding], 1 << 20)
    with pytest.raises(DownloadCancelledError):
        decode(gzip.compress(zeros), [coding, "gzip"], 1 << 20)
    assert time.process_time() - began < 30
    assert decode(pack(TEXT), [coding], 0) == TEXT


def test_each_layer_takes_from_the_limit() -> None:
    stored = gzip.compress(TEXT, 0)
    twice = gzip.compress(stored, 0)
    with pytest.raises(DownloadCancelledError):
        decode(twice, ["gzip", "gzip"], len(stored) + len(TEXT) - 1)
    assert decode(twice, ["gzip", "gzip"], len(stored) + len(TEXT)) == TEXT


@pytest.mark.parametrize("empty", [gzip.compress(b"", mtime=0), zstd.compress(b"")], ids=["gzip", "zstd"])
def test_a_million_empty_members_end_at_the_limit(empty: bytes) -> None:
    coding = "gzip" if empty.startswith(b"\x1f") else "zstd"
    began = time.process_time()
    with pytest.raises(DownloadCancelledError):
        decode(empty * 500_000, [coding], 1 << 20)
    assert time.process_time() - began < 30


def test_padding_after_a_gzip_body_is_skipped() -> None:
    assert decode(gzip.compress(TEXT) + bytes(100), ["gzip"], 0) == TEXT


def test_an_empty_body_has_no_coding() -> None:
    assert decode(b"", ["gzip", "br"], 10) == b""


@pytest.mark.parametrize("number", [3, 1800])
def test_more_than_two_codings_are_refused(number: int) -> None:
    with pytest.raises(TooManyCodingsError, match=f"{number} content codings, more than 2"):
        split_codings([b"gzip"] * number)
    with pytest.raises(TooManyCodingsError):
        split_codings([b", ".join([b"gzip"] * number)])


def test_what_is_not_known_stays() -> None:
    assert split_codings([b"identity, , GZIP "]) == ([], ["gzip"])
    assert split_codings([b"aes, gzip"]) == (["aes"], ["gzip"])
    assert split_codings([b"gzip, aes"]) == (["gzip", "aes"], [])


def test_the_class_of_the_response_suits_the_decoded_body() -> None:
    packed = brotli.compress(b"<html>" + TEXT)
    given = Response("http://x/", headers={"Content-Encoding": "br", "Content-Type": "text/html"}, body=packed)
    response = decoded(given, 1 << 20)
    assert isinstance(response, HtmlResponse)
    assert response.text.endswith("line 7999 of the page\n")
    assert "Content-Encoding" not in response.headers
    assert decoded(response, 1 << 20) is response


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize(
    "text",
    [
        b"<?xml version='1.0'?>" + TEXT,
        b"<!doctype html>" + TEXT,
        b"User-agent: *\nDisallow:\n" * 3,
        "نص ".encode() * 20,
    ],
)
def test_a_body_that_is_not_coded_is_read_as_it_is(text: bytes, coding: str) -> None:
    assert decode(text, [coding], 1 << 20) == text
    assert decode(PACKS[coding][1](text), [coding, coding], 1 << 20) == text


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_half_a_body_is_never_treated_as_text(coding: str) -> None:
    packed = PACKS[coding][1](TEXT)
    for size in range(40, len(packed) - 20, max(len(packed) // 50, 1)):
        with pytest.raises(ResponseDataLossError):
            decode(packed[:size], [coding], 1 << 20)
