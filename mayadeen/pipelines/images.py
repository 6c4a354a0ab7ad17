"""Images of articles, stored as the site sends them, if ``MAYADEEN_IMAGES`` is set."""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.pipelines.files import FSFilesStore
from scrapy.pipelines.images import ImagesPipeline
from twisted.python.failure import Failure

from mayadeen.crawling.arguments import BadArgument, data_dir, images_wanted
from mayadeen.crawling.failure_reasons import failure_reason
from mayadeen.crawling.outcomes import RecordDropped
from mayadeen.crawling.session import CrawlSession, required_session
from mayadeen.extraction.cpu_limit import bounded
from mayadeen.extraction.page_error import PageError
from mayadeen.items import Article
from mayadeen.storage.atomic_write import create_file

logger = logging.getLogger(__name__)

FOLDER = "images"
"""Folder of the files in the data folder."""

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "AVIF": ".avif"}
"""Pillow's name of each format that is kept → the ending of its files. SVG is excluded, because it can have scripts."""


MAX_SECONDS = 1.0
"""CPU time for reading the structure of an image. An image of a camera takes some milliseconds."""


class NoImage(IgnoreRequest):
    """The response is not an image that is kept. As a string, the code that it is counted under."""


def suffix_of(content: bytes) -> str:
    """Return the ending of an image's file by its content. The pixels are not decoded.

    Raises ``NoImage`` for other content, and for images with too many pixels or too many parts.
    """
    from PIL import Image  # slow to import

    Image.init()  # it imports all decoders, which would count as time of the first image
    try:
        with bounded(MAX_SECONDS), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged metadata
            # Pillow warns at half of its limit. A reader of the dataset with less memory would fail there.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=list(SUFFIXES)) as image:
                image.verify()
                return SUFFIXES.get(image.format or "", ".jpg")  # a JPEG with a second one inside has another name
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NoImage("too_many_pixels") from None
    except PageError:
        raise NoImage("too_slow") from None
    except Exception:  # decoders raise errors of many types for damaged images
        raise NoImage("not_image") from None


class Store(FSFilesStore):
    """Files that are complete or absent, with the SHA-256 of their content."""

    def persist_file(self, path: Any, buf: BytesIO, info: Any, meta: Any = None, headers: Any = None) -> None:
        target = self._get_filesystem_path(path)
        self._mkdir(target.parent, info)
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            with create_file(part) as file:
                file.write(buf.getvalue())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def stat_file(self, path: Any, info: Any) -> Any:
        found = super().stat_file(path, info)
        if found:
            found["checksum"] = checksum(self._get_filesystem_path(path).read_bytes())
        return found


def checksum(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class Images(ImagesPipeline):
    """Sets ``path`` and ``checksum`` of each image of an article. They stay ``None`` for an image that failed.

    Scrapy's pipeline converts images to JPEG. This one keeps the bytes of the site. It drops articles beyond the
    ``limit``, so that their images are not fetched.
    """

    STORE_SCHEMES = {"": Store, "file": Store}  # noqa: RUF012 - Scrapy's own form
    store: Store
    session: CrawlSession

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        session = required_session(crawler)
        try:
            wanted = images_wanted(crawler.settings)
        except BadArgument:  # the session reports it
            wanted = False
        if not wanted:
            raise NotConfigured
        images = cls(data_dir(crawler.settings) / FOLDER, crawler=crawler)
        images.session = session
        return images

    passed = 0
    """Number of articles that were passed on. Each will be written."""

    async def process_item(self, item: Any, spider: Any = None) -> Any:
        """Pass the item on when all its images are done. Raises ``RecordDropped`` for an article beyond the limit."""
        if not isinstance(item, Article):
            return item
        # Counted before the wait: every article that comes this far is valid and will be written.
        if self.passed == self.session.arguments.limit:
            self.crawler.stats.inc_value("articles/over_limit")
            raise RecordDropped("over_limit", f"beyond the limit: {item.url}", "DEBUG")
        self.passed += 1
        return await super().process_item(item)

    def get_media_requests(self, item: Article, info: Any) -> list[Request]:
        addresses = self.session.addresses
        return [
            Request(
                addresses.image(image["url"]) or image["url"],  # OffsiteMiddleware refuses and counts other hosts
                headers={"Accept": "image/*,*/*;q=0.8"},
                meta={
                    "mayadeen_image": image["url"],
                    # Images come from another host. The throttle is that of the site.
                    "download_slot": urlsplit(addresses.base_url).hostname,
                },
            )
            for image in item.images
        ]

    def file_path(self, request: Request, response: Any = None, info: Any = None, *, item: Any = None) -> str:
        """Return the file for an image's public URL. Its ending follows from the response, or from the file on disk."""
        name = hashlib.sha256(request.meta["mayadeen_image"].encode()).hexdigest()
        stem = f"{name[:2]}/{name}"
        if "suffix" in request.meta:
            return stem + str(request.meta["suffix"])
        kept = (stem + ending for ending in SUFFIXES.values() if Path(self.store.basedir, stem + ending).exists())
        return next(kept, stem)

    async def media_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        if response.status != 200:
            raise NoImage(str(response.status))
        request.meta["suffix"] = suffix_of(response.body)
        return await super().media_downloaded(response, request, info, item=item)

    async def image_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> str:
        """Store the bytes of the site, and return their checksum."""
        self.store.persist_file(self.file_path(request), BytesIO(response.body), info)
        return checksum(response.body)

    def media_failed(self, failure: Failure, request: Request, info: Any) -> Any:
        code, text = (str(failure.value),) * 2 if isinstance(failure.value, NoImage) else failure_reason(failure)
        logger.info("Image failed (%s): %s", text, request.url)
        # Scrapy does not log an IgnoreRequest. Its text is the code for counting.
        return super().media_failed(Failure(IgnoreRequest(code)), request, info)  # type: ignore[no-untyped-call]

    def item_completed(self, results: list[Any], item: Article, info: Any) -> Article:
        stats = self.crawler.stats
        for image, (succeeded, result) in zip(item.images, results, strict=True):
            if succeeded:
                image["path"], image["checksum"] = f"{FOLDER}/{result['path']}", result["checksum"]
                stats.inc_value("images/stored")
            else:
                stats.inc_value("images/failed")
                stats.inc_value(f"images/failed/{result.value}")
        return item
