"""Requests go out one at a time. Responses that are not the requested page are refused, and requested again."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.exceptions import ResponseDataLossError
from scrapy.http import HtmlResponse, Response
from twisted.internet.defer import Deferred

from mayadeen.politeness.handler import (
    Downloader,
    UnaskedNotModifiedError,
    UnknownStatusError,
    check_complete,
    check_end,
    check_status,
)

URL = "http://127.0.0.1:1/a-b"


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_request_counts_before_its_task_runs(monkeypatch: pytest.MonkeyPatch, concurrency: int) -> None:
    started: list[Request] = []

    async def wait(_: Downloader, slot: Slot, request: Request, response: Deferred[Response]) -> None:
        started.append(request)

    async def process() -> None:
        downloader = Downloader.__new__(Downloader)
        downloader._tasks = set()
        slot = Slot(concurrency, 0.0)
        slot.queue.extend((Request(f"{URL}{n}"), Deferred()) for n in range(4))
        for _ in range(3):
            downloader._process_queue(slot)
        assert (len(slot.transferring), len(slot.queue)) == (concurrency, 4 - concurrency)
        await asyncio.gather(*downloader._tasks)

    busy = map(float, itertools.count(1))  # a second passes between two looks at the clock
    monkeypatch.setattr("scrapy.core.downloader.monotonic", lambda: next(busy))
    monkeypatch.setattr(Downloader, "_wait_for_download", wait)
    asyncio.run(process())
    assert len(started) == concurrency


@pytest.mark.parametrize("status", [0, 99, 199, 600, 999, 10**999])
def test_a_status_that_does_not_exist_is_no_answer(status: int) -> None:
    with pytest.raises(UnknownStatusError, match="does not exist"):
        check_status(Response(URL, status=status))
    check_status(Response(URL, status=418))


def test_a_304_needs_a_condition() -> None:
    response = Response(URL, status=304)
    with pytest.raises(UnaskedNotModifiedError, match="304 to a request without a condition"):
        check_complete(Request(URL), response)
    for name in ("If-None-Match", "if-modified-since"):
        check_complete(Request(URL, headers={name: "x"}), response)


@pytest.mark.parametrize(
    "value", ["bytes 0-2599/9000", "bytes 5-8999/9000", "bytes 0-99/*", "bytes */9000", "", "items 0-9/10"]
)
def test_a_part_of_a_page_is_no_page(value: str) -> None:
    response = Response(URL, status=206, headers={"Content-Range": value} if value else {})
    with pytest.raises(ResponseDataLossError, match="a part of the page"):
        check_complete(Request(URL), response)


def test_a_range_that_is_the_whole_page_is_accepted() -> None:
    check_complete(Request(URL), Response(URL, status=206, headers={"Content-Range": "bytes 0-8999/9000"}))


@pytest.mark.parametrize(
    ("body", "flags", "complete"),
    [
        (b"<!DOCTYPE html><html><p>x", ["partial"], False),
        (b"<!DOCTYPE html><html><p>x", [], True),
        (b"<!DOCTYPE html><HTML><p>x</HTML>\n", ["partial"], True),
        (b'{"items": []}', ["partial"], True),
    ],
)
def test_a_page_that_ends_where_the_connection_ends_must_end_itself(
    body: bytes, flags: list[str], complete: bool
) -> None:
    response = HtmlResponse(URL, body=body, flags=flags)
    if complete:
        check_end(response)
    else:
        with pytest.raises(ResponseDataLossError):
            check_end(response)
