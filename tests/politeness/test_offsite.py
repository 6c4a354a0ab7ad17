"""Which requests stay on the site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scrapy import Request

from mayadeen.crawling.failure_reasons import Offsite
from mayadeen.politeness.offsite import OffsiteMiddleware
from tests.support.sessions import make_crawler

MEDIA = "https://media-en.almayadeen.net"
PICTURE = {"mayadeen_image": f"{MEDIA}/a.jpg"}
ROBOTS = {"dont_obey_robotstxt": True}


@pytest.mark.parametrize(
    ("url", "meta", "passes"),
    [
        ("https://english.almayadeen.net/news/a", {}, True),
        (f"{MEDIA}/a.jpg", PICTURE, True),
        (f"{MEDIA}/robots.txt", ROBOTS, True),
        (f"{MEDIA}/a.jpg", {}, False),
        ("https://www.almayadeen.net/news/a", {}, False),
        ("https://example.org/a.jpg", PICTURE, False),
        ("https://example.org/robots.txt", ROBOTS, False),
    ],
)
def test_other_hosts_of_the_site_are_for_pictures_only(
    tmp_path: Path, url: str, meta: dict[str, Any], passes: bool
) -> None:
    crawler = make_crawler(tmp_path)
    request = Request(url, meta=meta)
    if passes:
        assert OffsiteMiddleware.from_crawler(crawler).process_request(request) is None
    else:
        with pytest.raises(Offsite):
            OffsiteMiddleware.from_crawler(crawler).process_request(request)


@pytest.mark.parametrize(
    ("url", "meta"),
    [("http://english.almayadeen.net/news/a", {}), (f"{MEDIA}/a.jpg", PICTURE), (f"{MEDIA}/robots.txt", ROBOTS)],
)
def test_an_http_url_is_requested_by_https(tmp_path: Path, url: str, meta: dict[str, Any]) -> None:
    middleware = OffsiteMiddleware.from_crawler(make_crawler(tmp_path))
    request = middleware.process_request(Request(url.replace("https:", "http:"), meta=meta))
    assert request is not None
    assert request.url == url.replace("http:", "https:")
    assert request.meta == meta
