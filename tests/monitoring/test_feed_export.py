"""Copies that cannot be written: each is given up alone and named, the others are whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from mayadeen.monitoring.feed_export import FAILED_COPIES, FeedExport


def export(*uris: str) -> Any:
    """Write three items to copies, and return what is noted about failures."""
    crawler = get_crawler(Spider, {"FEEDS": {uri: {"format": "jsonlines"} for uri in uris}})
    crawler.settings.frozen = False
    crawler.spider = Spider("some")
    exporter = FeedExport.from_crawler(crawler)
    exporter.open_spider(crawler.spider)
    for number in range(3):
        exporter.item_scraped({"number": number}, crawler.spider)
    asyncio.run(exporter.close_spider(crawler.spider))
    return crawler.stats.get_value(FAILED_COPIES, [])


def test_a_copy_that_cannot_be_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = tmp_path / "good.jsonl"
    (failed,) = export(f"file://{tmp_path}", f"file://{good}")
    assert failed == f"file://{tmp_path}: Is a directory"
    assert len(good.read_text().splitlines()) == 3
    assert "Traceback" not in caplog.text


def test_a_copy_on_a_full_disk(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    (failed,) = export("/dev/full", str(good))
    assert failed == "/dev/full: No space left on device"
    assert len(good.read_text().splitlines()) == 3


def test_a_scheme_that_cannot_be_used(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    (failed,) = export("nowhere://me:secret@host/x.jsonl", str(good))
    assert failed == "nowhere://host/x.jsonl: unknown scheme 'nowhere'"
    assert len(good.read_text().splitlines()) == 3
