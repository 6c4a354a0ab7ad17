"""The test site in trouble: each scenario does what it says."""

from __future__ import annotations

import http.client
import time
from email.utils import parsedate_to_datetime

import pytest

from testsite import Server, SyntheticSite, scenarios
from testsite.__main__ import main
from testsite.scenarios import SCENARIOS, Scenario


def get(server: Server, path: str = "/") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a page, by a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rstrip("/").rpartition(":")[2]), timeout=60)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def served(scenario: Scenario) -> Server:
    return Server(SyntheticSite(posts=50), scenario=scenario)


def test_each_has_a_name_and_says_what_it_does() -> None:
    assert len(SCENARIOS) >= 20
    for name, make in SCENARIOS.items():
        assert make.__name__ == name.replace("-", "_")
        assert make.__doc__
        with served(make()) as server:
            assert get(server, "/assets/logo.svg")[0] == 200, name


@pytest.mark.parametrize(
    ("scenario", "line"),
    [(scenarios.crawl_delay(0.5), b"\nCrawl-delay: 0.5\n"), (scenarios.request_rate(7), b"\nRequest-rate: 1/7\n")],
)
def test_robots_txt_asks_for_a_pace(scenario: Scenario, line: bytes) -> None:
    with served(scenario) as server:
        body = get(server, "/robots.txt")[2]
    assert line in body
    assert body.index(b"User-agent: *") < body.index(line.strip()) < body.index(b"\n\n"), "in the group for all"


def test_refusals_for_a_while() -> None:
    with served(scenarios.retry_after(after=1, seconds=60)) as server:
        assert get(server)[0] == 200
        status, headers, _ = get(server)
        assert (status, headers["retry-after"]) == (429, "60")
    with served(scenarios.retry_after_date(after=0, seconds=60)) as server:
        status, headers, _ = get(server)
        assert status == 503
        assert parsedate_to_datetime(headers["retry-after"]).timestamp() >= time.time() + 50
    with served(scenarios.retry_after(after=0, seconds=0)) as server:
        assert get(server)[0] == 200
    with served(scenarios.retry_after_redirect(after=0, seconds=9)) as server:
        status, headers, _ = get(server, "/live")
        assert (status, headers["location"], headers["retry-after"]) == (302, "/live", "9")
        assert get(server, "/live")[0] == 200


@pytest.mark.parametrize(
    ("scenario", "status"),
    [
        (scenarios.blocked(1), 403),
        (scenarios.refused(1), 429),
        (scenarios.challenge_200(1), 200),
        (scenarios.challenge_403(1), 403),
        (scenarios.challenge_503(1), 503),
    ],
)
def test_refusals_without_end(scenario: Scenario, status: int) -> None:
    with served(scenario) as server:
        first = get(server)[2]
        assert b"<nav" in first
        for _ in range(3):
            found, headers, body = get(server)
            assert found == status
            assert b"<nav" not in body
            assert ("cf-mitigated" in headers) is (scenario.__qualname__.startswith("_challenges") and status == 403)
            assert headers["content-type"].startswith("text/html")


def test_a_login_wall_hides_articles_alone() -> None:
    with served(scenarios.login_wall(0)) as server:
        article = server.testsite.path(0)
        assert b'type="password"' in get(server, article)[2]
        assert b"<nav" in get(server)[2]


def test_replies_that_break_off() -> None:
    with served(scenarios.robots_unreachable()) as server:
        with pytest.raises(http.client.RemoteDisconnected):
            get(server, "/robots.txt")
        assert get(server)[0] == 200
    with served(scenarios.flaky(errors=0, drops=0, truncated=1)) as server, pytest.raises(http.client.IncompleteRead):
        get(server)


def test_shares_of_trouble_follow_from_the_seed() -> None:
    def statuses(seed: int) -> list[int]:
        scenario = scenarios.flaky(seed, errors=0.2, drops=0.1, truncated=0.1)
        reply = SyntheticSite(posts=50).reply("/", "http://x")
        found = [scenario(n, "/", reply) for n in range(1, 501)]
        return [0 if reply.cut == 0 else 1 if reply.cut else reply.status for reply in found]

    first = statuses(3)
    assert first == statuses(3) != statuses(4)
    assert 50 < sum(status >= 500 for status in first) < 150
    assert 20 < first.count(0) < 80
    assert 20 < first.count(1) < 80


def test_robots_txt_at_the_end_of_redirects() -> None:
    with served(scenarios.robots_redirect(2)) as server:
        assert get(server, "/robots.txt")[1]["location"] == "/robots/1"
        assert get(server, "/robots/1")[1]["location"] == "/robots/2"
        assert b"Disallow: /articles/" in get(server, "/robots/2")[2]


def test_the_command_line_knows_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--scenario", "earthquake"])
    assert ended.value.code == 2
    assert "--scenario: invalid choice: 'earthquake'" in capsys.readouterr().err
