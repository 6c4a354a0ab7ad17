"""robots.txt over a long run: read again after a day, and kept where that fails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from protego import Protego
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import TextResponse
from scrapy.utils.test import get_crawler

from mayadeen.crawling.failure_reasons import RunStopped
from mayadeen.politeness import robots
from mayadeen.politeness.robots import ATTEMPTS, MAX_AGE, RobotsMiddleware
from mayadeen.politeness.robots_groups import normalize_robots
from tests.support.linear import is_linear
from tests.support.robots_files import facts, robots_file

URL = "https://english.almayadeen.net/robots.txt"
ARTICLE = Request("https://english.almayadeen.net/news/politics/a-story")
FREE, CLOSED = "User-agent: *\nAllow: /\n", "User-agent: *\nDisallow: /news/\n"


class Day:
    """A run's middleware with answers in place of a network, and a clock that can be turned on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: Iterable[str | int]) -> None:
        crawler = get_crawler(settings_dict={"ROBOTSTXT_OBEY": True, "ROBOTSTXT_USER_AGENT": "mayadeen"})
        self.robots = RobotsMiddleware(crawler)
        self.answers = iter(answers)
        self.asked = 0
        self.now = 1000.0
        self.ended: list[str] = []
        downloader = SimpleNamespace(
            politeness_settings=SimpleNamespace(max_crawl_delay=60.0),
            floors={},
            hold=lambda *_: None,
            growing_wait=lambda times: 2.0**times,
            end=lambda reason, _: self.ended.append(reason),
            is_site=lambda url: "almayadeen" in url,
        )
        monkeypatch.setattr(RobotsMiddleware, "downloader", downloader)
        monkeypatch.setattr(robots, "monotonic", lambda: self.now)
        monkeypatch.setattr(self.robots, "_fetch", self.ask)

    async def ask(self, url: str) -> Any:
        self.asked += 1
        answer = next(self.answers)
        status = answer if isinstance(answer, int) else 200
        return TextResponse(url, status=status, body=b"" if isinstance(answer, int) else answer.encode())

    async def allowed(self) -> bool:
        parser = await self.robots.robot_parser(ARTICLE)
        return parser.allowed(ARTICLE.url, "mayadeen")


def test_it_is_read_again_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        day = Day(monkeypatch, [FREE, CLOSED])
        assert await day.allowed()
        day.now += MAX_AGE - 1
        assert await day.allowed()
        assert day.asked == 1
        day.now += 2
        assert await asyncio.gather(day.allowed(), day.allowed()) == [False, False]
        assert day.asked == 2, "once for all who wait"

    asyncio.run(run())


def test_old_rules_are_kept_where_it_fails_then(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        day = Day(monkeypatch, [CLOSED, *[503] * ATTEMPTS])
        assert not await day.allowed()
        day.now += MAX_AGE + 1
        assert not await day.allowed()
        assert day.asked == 1 + ATTEMPTS
        assert day.ended == []

    asyncio.run(run())


def test_none_at_all_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        day = Day(monkeypatch, [503] * ATTEMPTS)
        for _ in range(2):
            with pytest.raises(RunStopped):
                await day.allowed()
        assert day.ended == ["robots_unavailable"]
        assert day.asked == ATTEMPTS

    asyncio.run(run())


def test_another_hosts_is_no_reason_to_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        day = Day(monkeypatch, [503] * ATTEMPTS)
        with pytest.raises(IgnoreRequest, match=r"robots\.txt cannot be read"):
            await day.robots.robot_parser(Request("https://pictures.example/a.jpg"))
        assert day.ended == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("rules", "floor"),
    [
        ("Crawl-delay: 5", 5.0),
        ("Crawl-delay: 5\nRequest-rate: 1/20", 20.0),
        ("Crawl-delay: 5\nRequest-rate: 10/20s", 5.0),
        ("Request-rate: 1/2m 0800-1200", 60.0),
        ("Crawl-delay: 100000", 60.0),
        ("Crawl-delay: -3", 0.0),
        ("Crawl-delay: soon", 0.0),
        ("Request-rate: 1/0", 0.0),
    ],
)
def test_floors(monkeypatch: pytest.MonkeyPatch, rules: str, floor: float) -> None:
    async def run() -> None:
        day = Day(monkeypatch, [f"User-agent: *\n{rules}\n"])
        await day.allowed()
        assert day.robots.downloader.floors == {"english.almayadeen.net": floor}

    asyncio.run(run())


lines = st.builds(
    "{}: {}".format,
    st.sampled_from(["User-agent", "Disallow", "Allow", "Crawl-delay", "Request-rate", "Visit-time", "Sitemap", "X"]),
    st.text(max_size=20)
    | st.sampled_from(["*", "mayadeen", "/*a*b$", "nan", "-1", "1e999", "0/5", "1/0", "9" * 5000, f"1/{'9' * 20}d", "http://[", "%zz"]),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(lines | st.text(max_size=20), max_size=20).map("\n".join))
def test_no_robots_txt_breaks_it_or_its_pace(text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        day = Day(monkeypatch, [text.encode("utf-8", "replace").decode()])
        asyncio.run(day.allowed())
        assert all(0 <= floor <= 60 for floor in day.robots.downloader.floors.values())


@pytest.mark.parametrize(
    "line",
    [
        b"mayadeen", b"mayadeen/0.1.0", b"Mayadeen/0.1", b"MAYADEEN/*", b"mayadeen*", b"mayadeen (+https://example.org)",
        b"mayadeen/0.1.0 (+https://example.org) # ours",
    ],
)  # fmt: skip
def test_a_group_may_name_the_crawler_as_a_server_log_shows_it(line: bytes) -> None:
    body = normalize_robots(b"User-agent: " + line + b"\nDisallow: /\n\nUser-agent: *\nDisallow:\n", "mayadeen")
    rules = Protego.parse(body.decode())
    assert not rules.can_fetch("http://x/news", "mayadeen")
    assert rules.can_fetch("http://x/news", "other")


@pytest.mark.parametrize("name", [b"mayadeenbot/2", b"mayadeen-news", b"mayadeen_x", b"xmayadeen", b"*"])
def test_other_crawlers_keep_their_names(name: bytes) -> None:
    body = b"User-agent: " + name + b"\nDisallow: /a"
    kept = b"User-agent: *\ndisallow: /a" if name == b"*" else b""
    assert normalize_robots(body, "mayadeen") == kept


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"1s", 1), (b"1 sec", 1), (b"0,5", 0.5), (b"2.5", 2.5), (b" 3 # three", 3)]
)
def test_a_crawl_delay_may_have_a_unit_or_a_comma(value: bytes, seconds: float) -> None:
    body = normalize_robots(b"User-agent: *\nCrawl-delay:" + value, "mayadeen")
    assert Protego.parse(body.decode()).crawl_delay("mayadeen") == seconds


@pytest.mark.parametrize("agent", ["mayadeen", "mayadeen/0.1 (+https://example.org; news-bot)"])
def test_the_rules_are_those_that_protego_finds(agent: str) -> None:
    for seed in range(300):
        text = robots_file(Random(seed))
        normal = normalize_robots(text.encode(), agent).decode()
        assert facts(normal, agent) == facts(text, agent), text


@given(st.text() | st.lists(lines | st.text(max_size=20), max_size=20).map("\n".join))
def test_the_rules_are_those_that_protego_finds_in_any_text(text: str) -> None:
    body = text.encode("utf-8", "ignore")
    read = body.decode("utf-8-sig")
    # What is rewritten on purpose is not compared.
    if not re.search(r"mayadeen\s*[^\s#]|delay", read, re.IGNORECASE):
        assert facts(normalize_robots(body, "mayadeen").decode(), "mayadeen") == facts(read, "mayadeen")


def test_one_group_is_left_of_thousands() -> None:
    names = "".join(f"User-agent: bot{n}\n" for n in range(16_000))
    rules = "".join(f"Disallow: /{n}\n" for n in range(16_000))
    read = Protego.parse(normalize_robots(f"{names}User-agent: *\n{rules}".encode(), "mayadeen").decode())
    assert len(read._user_agents) == 1
    assert not read.can_fetch("http://x/15999/a", "mayadeen")
    assert normalize_robots(f"{names}{rules}".encode(), "mayadeen") == b""


@pytest.mark.parametrize(
    "piece",
    [
        "User-agent: b{n}\n",
        "User-agent: b{n}\nUser-agent: *\nDisallow: /{n}\n",
        "Disallow: /{n}\n",
        "Crawl-delay: {n}\n",
        "Sitemap: /{n}\n",
        "*a",
        "*$",
        "/%41",
        " :",
        "user agent ",
        "\x0b#",
    ],
)
@pytest.mark.parametrize("begin", ["", "User-agent: *\nDisallow: /", "User-agent: "])
def test_a_robots_txt_of_any_form_is_read_in_linear_time(begin: str, piece: str) -> None:
    url = f"http://x/{'a' * 4000}"

    def read(size: int) -> None:
        body = begin + "".join(piece.format(n=n) for n in range(size // len(piece)))
        Protego.parse(normalize_robots(body.encode(), "mayadeen").decode()).can_fetch(url, "mayadeen")

    assert is_linear(read, 64 * 1024)
