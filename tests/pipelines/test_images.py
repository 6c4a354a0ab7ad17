"""Which bytes are a picture, and how its file is written."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image
from scrapy.exceptions import NotConfigured
from scrapy.utils.test import get_crawler

from mayadeen.items import Article
from mayadeen.items import Image as ImageEntry
from mayadeen.pipelines import images
from mayadeen.pipelines.images import Images, NoImage, Store, checksum, suffix_of
from tests.support.damage import damaged
from tests.support.sessions import make_crawler

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def made(format_: str, **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", (3, 2)).save(file, format_, **options)
    return file.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A picture that says it is that large, and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (made("JPEG"), ".jpg"),
        (made("MPO", save_all=True, append_images=[Image.new("RGB", (3, 2))]), ".jpg"),
        (made("PNG"), ".png"),
        (made("GIF"), ".gif"),
        (made("WEBP"), ".webp"),
        (png_of(9000, 9000), ".png"),
    ],
)
def test_the_ending_is_that_of_the_content(content: bytes, ending: str) -> None:
    assert suffix_of(content) == ending


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_image"),
        (b"<!doctype html><h1>No such picture</h1>", "not_image"),
        (SVG, "not_image"),
        (made("BMP"), "not_image"),
        (made("PNG")[:-30], "not_image"),
        (made("PNG").replace(b"IDAT", b"IDAX"), "not_image"),
        (made("JPEG")[:10], "not_image"),
        (png_of(10_000, 10_000), "too_many_pixels"),
        (png_of(100_000, 100_000), "too_many_pixels"),
    ],
)
def test_what_is_no_picture(content: bytes, code: str) -> None:
    with pytest.raises(NoImage, match=f"^{code}$"):
        suffix_of(content)


def jpeg_with(markers: bytes) -> bytes:
    jpeg = made("JPEG")
    return jpeg[:2] + markers + jpeg[2:]


@pytest.mark.parametrize(
    "content",
    [
        jpeg_with(b"\xff\xe1\x00\x02" * 4_000_000),
        jpeg_with(b"\xff" * 16_000_000),
        jpeg_with(b"\xff\xfe\x00\x02" * 4_000_000),
        made("PNG")[:33] + (b"\0\0\0\0abcd" + struct.pack(">I", zlib.crc32(b"abcd"))) * 1_300_000 + made("PNG")[33:],
        made("GIF")[:13] + b"!\xfe\x01a\0" * 3_200_000 + made("GIF")[13:],
    ],
    ids=["jpeg applications", "jpeg fill", "jpeg comments", "png chunks", "gif comments"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_image_of_millions_of_parts_is_ended(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    # A lower limit than that of a crawl, since the test must also hold on a fast machine. The limit's exception can come
    # during a callback of the garbage collector, which ignores it. It then comes again a second later.
    monkeypatch.setattr(images, "MAX_SECONDS", 0.2)
    with pytest.raises(NoImage, match=r"^too_slow$"):
        suffix_of(content)


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_a_damaged_image_costs_only_itself(format_: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "A description"
    content = made(format_) if format_ == "GIF" else made(format_, exif=exif)
    for seed in range(400):
        with suppress(NoImage):
            suffix_of(damaged(content, Random(seed)))


def test_frames_without_end_are_not_decoded() -> None:
    frames = [Image.new("P", (1, 1), n % 256) for n in range(2_000)]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], optimize=False, disposal=2)
    assert suffix_of(file.getvalue()) == ".gif"


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    seen: list[bool] = []
    whole = Path.replace
    monkeypatch.setattr(Path, "replace", lambda part, target: (seen.append(target.exists()), whole(part, target))[1])
    store.persist_file("ab/x.jpg", BytesIO(b"picture"), None)
    assert seen == [False]
    assert [path.name for path in (tmp_path / "ab").iterdir()] == ["x.jpg"]
    assert store.stat_file("ab/x.jpg", None)["checksum"] == checksum(b"picture")
    assert checksum(b"picture").startswith("sha256:")
    assert store.stat_file("ab/y.jpg", None) == {}


def test_pictures_are_asked_of_their_host_at_the_pace_of_the_site(tmp_path: Path) -> None:
    crawler = make_crawler(tmp_path, given={"MAYADEEN_IMAGES": True})
    url = "https://media-en.almayadeen.net/a.jpg"
    image = ImageEntry(url=url, caption=None, credit=None, alt=None, role="main", path=None, checksum=None)
    (request,) = Images.from_crawler(crawler).get_media_requests(Article(images=[image]), None)
    assert request.url == url
    assert request.meta["download_slot"] == "english.almayadeen.net"


@pytest.mark.parametrize("value", [False, "False", "0", "perhaps"])
def test_off_the_pipeline_is_not_there(tmp_path: Path, value: Any) -> None:
    crawler = get_crawler(settings_dict={"MAYADEEN_DATA_DIR": str(tmp_path), "MAYADEEN_IMAGES": value})
    with pytest.raises(NotConfigured):
        Images.from_crawler(crawler)
    assert list(tmp_path.iterdir()) == []
