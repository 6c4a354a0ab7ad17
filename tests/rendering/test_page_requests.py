"""What a rendered page may request, and which of its headers reach the site."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from mayadeen.rendering.page_requests import MAX_BODY, MAX_REPEATS, MAX_REQUESTS, PageRequests
from mayadeen.rendering.tab import Tab
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

BASE = "http://127.0.0.1:8000"


class Route:
    """A page's request as Playwright gives it, and what it was answered with."""

    def __init__(self, url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> None:
        self.request = SimpleNamespace(
            url=url, method=method, post_data_buffer=body, resource_type="fetch",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            is_navigation_request=lambda: False,
        )  # fmt: skip
        self.fulfilled: dict[str, Any] = {}
        self.aborted = False

    async def fulfill(self, **answer: Any) -> None:
        self.fulfilled = answer

    async def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def sent() -> list[Request]:
    return []


@pytest.fixture
def requests(sent: list[Request]) -> PageRequests:
    async def download(request: Request) -> TextResponse:
        sent.append(request)
        return TextResponse(request.url, body=b"more", headers={"Content-Type": "text/html"})

    session: Any = SimpleNamespace(addresses=Addresses(EDITIONS["en"], BASE))
    crawler: Any = SimpleNamespace(
        engine=SimpleNamespace(download_async=download),
        stats=SimpleNamespace(inc_value=lambda *_: None),
    )
    return PageRequests(crawler, session)


def answer(requests: PageRequests, route: Route) -> None:
    tab = Tab(f"{BASE}/news", "")
    tab.source, tab.busy = None, True
    asyncio.run(requests.answer(tab, route))  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_loads_more_is_fetched(requests: PageRequests, sent: list[Request], method: str) -> None:
    route = Route(f"{BASE}/more", method, b"page=2" if method == "POST" else None, origin=BASE)
    answer(requests, route)
    assert [(request.method, request.url, request.body) for request in sent] == [
        (method, f"{BASE}/more", b"page=2" if method == "POST" else b"")
    ]
    assert route.fulfilled["body"] == b"more"
    assert route.fulfilled["headers"]["Access-Control-Allow-Origin"] == BASE


@pytest.mark.parametrize(
    "route",
    [
        *(Route(f"{BASE}/more", method) for method in ("DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "post")),
        Route(f"{BASE}/more", "POST", bytes(MAX_BODY + 1)),
        Route("http://127.0.0.1:8001/more"),
        Route(f"{BASE}/analytics"),
    ],
    ids=lambda route: f"{route.request.method} {route.request.url}",
)
def test_all_else_is_refused(requests: PageRequests, sent: list[Request], route: Route) -> None:
    answer(requests, route)
    assert route.aborted
    assert sent == []


def test_no_header_that_speaks_for_a_proxy_is_passed_on(requests: PageRequests, sent: list[Request]) -> None:
    given = {
        "x_forwarded_for": "127.0.0.1", "x_forwarded_host": "x", "x_http_method_override": "DELETE", "x_original_url": "/a",
        "x_real_ip": "1.1.1.1", "forwarded": "for=1", "host": "x", "cookie": "a=b", "authorization": "x", "user_agent": "x",
        "accept": "text/html", "x_requested_with": "XMLHttpRequest", "x_csrf_token": "t",
    }  # fmt: skip
    answer(requests, Route(f"{BASE}/more", **given))
    assert {name.decode().lower() for name in sent[0].headers} == {"accept", "x-requested-with", "x-csrf-token"}


def test_requests_of_a_click_are_limited(requests: PageRequests, sent: list[Request]) -> None:
    tab = Tab(f"{BASE}/news", "")
    tab.source, tab.busy = None, True
    routes = [Route(f"{BASE}/more/{number}") for number in range(MAX_REQUESTS + 1)]
    for route in routes:
        asyncio.run(requests.answer(tab, route))  # type: ignore[arg-type]
    assert [route.aborted for route in routes] == [False] * MAX_REQUESTS + [True]


def test_a_page_that_polls_takes_no_place_of_other_requests(requests: PageRequests, sent: list[Request]) -> None:
    tab = Tab(f"{BASE}/news", "")
    tab.source, tab.busy = None, True
    for _ in range(2 * MAX_REQUESTS):
        asyncio.run(requests.answer(tab, Route(f"{BASE}/poll")))  # type: ignore[arg-type]
    more = [Route(f"{BASE}/more", "POST", b"page=2"), Route(f"{BASE}/more", "POST", b"page=3")]
    for route in more:
        asyncio.run(requests.answer(tab, route))  # type: ignore[arg-type]
    assert [request.url for request in sent] == [f"{BASE}/poll"] * MAX_REPEATS + [f"{BASE}/more"] * 2
    assert not any(route.aborted for route in more)
