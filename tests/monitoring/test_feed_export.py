"""Copies that cannot be written: each is given up alone and named, the others are whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from mayadeen.crawling.session import session_of
from mayadeen.monitoring.feed_export import FeedExport
from tests.support.sessions import make_crawler


def export(folder: Path, *uris: str) -> list[str]:
    """Write three items to copies, and return what is noted about failures."""
    crawler: Any = make_crawler(folder / "data", given={"FEEDS": {uri: {"format": "jsonlines"} for uri in uris}})
    crawler.settings.frozen = False
    session = session_of(crawler)
    assert session is not None
    session.opened = True
    exporter = FeedExport.from_crawler(crawler)
    exporter.open_spider(crawler.spider)
    for number in range(3):
        exporter.item_scraped({"number": number}, crawler.spider)
    asyncio.run(exporter.close_spider(crawler.spider))
    session.opened = False
    return session.result.failed_copies


def test_a_copy_that_cannot_be_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = tmp_path / "good.jsonl"
    (failed,) = export(tmp_path, f"file://{tmp_path}", f"file://{good}")
    assert failed == f"file://{tmp_path}: Is a directory"
    assert len(good.read_text().splitlines()) == 3
    assert "Traceback" not in caplog.text


def test_a_copy_on_a_full_disk(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    (failed,) = export(tmp_path, "/dev/full", str(good))
    assert failed == "/dev/full: No space left on device"
    assert len(good.read_text().splitlines()) == 3


def test_a_scheme_that_cannot_be_used(tmp_path: Path) -> None:
    good = tmp_path / "good.jsonl"
    (failed,) = export(tmp_path, "nowhere://me:secret@host/x.jsonl", str(good))
    assert failed == "nowhere://host/x.jsonl: unknown scheme 'nowhere'"
    assert len(good.read_text().splitlines()) == 3
