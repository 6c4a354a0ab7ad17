"""The test site in trouble: what a scenario makes of the replies, for a crawler to show its politeness."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from testsite.site import HTML, TEXT, Reply

Scenario = Callable[[int, str, Reply], Reply]
"""Number of the request (from 1), its path, the reply it would get → the reply it gets. One thread at a time asks."""

_CHALLENGE = """<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title>
<meta name="robots" content="noindex,nofollow"><meta http-equiv="refresh" content="360"></head>
<body><div class="main-wrapper" role="main"><h1>The test site</h1>
<noscript><p>Enable JavaScript and cookies to continue</p></noscript>
<form id="challenge-form" action="{path}?__cf_chl_f_tk=invented" method="POST">
<input type="hidden" name="md" value="x"></form></div><script>window._cf_chl_opt = {{cType: 'managed'}};</script>
<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=invented"></script></body></html>"""
_LOGIN = """<!DOCTYPE html><html lang="en"><head><title>Sign in</title></head><body>
<header><a href="/">Front page</a> <a href="/about">About</a></header>
<main><h1>Sign in to go on reading</h1>
<form action="/account/login" method="post"><label>Mail <input name="mail"></label>
<label>Password <input type="password" name="password"></label><button>Sign in</button></form>
<p>No account yet? <a href="/account/new">Make one</a></p></main></body></html>"""
_FORBIDDEN = (
    "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"
)


def _is_robots(path: str) -> bool:
    return path == "/robots.txt"


def _html(status: int, text: str, **headers: str) -> Reply:
    return Reply(
        status, text.encode(), HTML, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def _robots(line: str) -> Scenario:
    """robots.txt has this line in its group for all."""

    def scenario(_: int, path: str, reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b"\n", f"\n{line}\n".encode(), 1)) if _is_robots(path) else reply

    return scenario


def crawl_delay(seconds: float = 2) -> Scenario:
    """robots.txt asks for a delay between two requests, in seconds, by Crawl-delay."""
    return _robots(f"Crawl-delay: {seconds:g}")


def request_rate(seconds: int = 2) -> Scenario:
    """robots.txt asks for a delay between two requests, in seconds, by Request-rate."""
    return _robots(f"Request-rate: 1/{seconds}")


def _refuses_for_a_while(after: int, seconds: float, refusal: Callable[[float], Reply]) -> Scenario:
    """Refuse all requests for some seconds, from request `after` + 1 on. `refusal` gets the seconds left."""
    until = 0.0

    def scenario(number: int, _: str, reply: Reply) -> Reply:
        nonlocal until
        if number == after + 1:
            until = time.time() + seconds
        left = until - time.time()
        return refusal(left) if left > 0 else reply

    return scenario


def retry_after(after: int = 10, seconds: int = 5, status: int = 429) -> Scenario:
    """After some requests all are refused for a number of seconds, given by Retry-After."""
    return _refuses_for_a_while(
        after, seconds, lambda left: _html(status, "<h1>Too many requests</h1>", Retry_After=str(int(left) + 1))
    )


def retry_after_date(after: int = 10, seconds: int = 5, status: int = 503) -> Scenario:
    """As `retry-after`, and the header is an instant."""
    return _refuses_for_a_while(
        after,
        seconds,
        lambda left: _html(status, "<h1>Busy</h1>", Retry_After=formatdate(int(time.time() + left) + 1, usegmt=True)),
    )


def retry_after_redirect(after: int = 10, seconds: int = 5) -> Scenario:
    """One request is answered by a redirect to itself that asks to wait."""

    def scenario(number: int, path: str, reply: Reply) -> Reply:
        if number != after + 1:
            return reply
        return replace(reply, status=302, body=b"", headers={"Location": path, "Retry-After": str(seconds)})

    return scenario


def overloaded(after: int = 10, seconds: float = 5) -> Scenario:
    """After some requests all are refused for a number of seconds, which no header gives."""
    return _refuses_for_a_while(after, seconds, lambda _: _html(503, "<h1>Busy</h1>"))


def refused(after: int = 10) -> Scenario:
    """After some requests all get 429, without end."""
    return lambda number, _, reply: _html(429, "<h1>Too many requests</h1>") if number > after else reply


def blocked(after: int = 10) -> Scenario:
    """After some requests all get 403."""
    return lambda number, _, reply: _html(403, _FORBIDDEN) if number > after else reply


def _challenges(after: int, status: int, **headers: str) -> Scenario:
    return lambda number, path, reply: (
        _html(status, _CHALLENGE.format(path=path), **headers) if number > after else reply
    )


def challenge_200(after: int = 10) -> Scenario:
    """After some requests all are shown a challenge with status 200 and no header that says so."""
    return _challenges(after, 200)


def challenge_403(after: int = 10) -> Scenario:
    """After some requests all are shown a challenge with status 403 and the header that says so."""
    return _challenges(after, 403, cf_mitigated="challenge")


def challenge_503(after: int = 10) -> Scenario:
    """After some requests all are shown a challenge with status 503."""
    return _challenges(after, 503)


def login_wall(after: int = 10) -> Scenario:
    """After some requests, hide articles behind a login, with status 200. Other pages stay open."""

    def scenario(number: int, _: str, reply: Reply) -> Reply:
        is_article = b'<meta property="og:type" content="article">' in reply.body
        return _html(200, _LOGIN) if number > after and is_article else reply

    return scenario


def lone_refusal(number: int = 10) -> Scenario:
    """One request, the one of that number, gets 403."""
    return lambda count, _, reply: _html(403, _FORBIDDEN) if count == number else reply


def flaky(
    seed: int = 1, errors: float = 0.05, drops: float = 0.02, truncated: float = 0.01, slow: float = 0.005
) -> Scenario:
    """These shares of the requests, robots.txt apart, get a 5xx, no answer, a body cut short, a slow reply."""
    dice = random.Random(seed)

    def scenario(_: int, path: str, reply: Reply) -> Reply:
        throw = dice.random()
        if _is_robots(path):
            return reply
        if throw < errors:
            return _html(dice.choice((500, 502, 504)), "<h1>Trouble</h1>")
        if throw < errors + drops:
            return replace(reply, cut=0.0)
        if throw < errors + drops + truncated:
            return replace(reply, cut=0.5)
        return replace(reply, delay=1.0) if throw < errors + drops + truncated + slow else reply

    return scenario


def slow(seconds: float = 1) -> Scenario:
    """Every reply takes so long."""
    return lambda _, __, reply: replace(reply, delay=seconds)


def robots_5xx(times: int | None = None, status: int = 500) -> Scenario:
    """robots.txt fails a number of times, or always."""
    failed = 0

    def scenario(_: int, path: str, reply: Reply) -> Reply:
        nonlocal failed
        if not _is_robots(path) or (times is not None and failed >= times):
            return reply
        failed += 1
        return _html(status, "<h1>Trouble</h1>")

    return scenario


def robots_unreachable() -> Scenario:
    """Asked for robots.txt the server breaks off the connection."""
    return lambda _, path, reply: replace(reply, cut=0.0) if _is_robots(path) else reply


def robots_forbidden() -> Scenario:
    """robots.txt gets 403, all else is open."""
    return lambda _, path, reply: _html(403, _FORBIDDEN) if _is_robots(path) else reply


def robots_challenge(status: int = 403) -> Scenario:
    """robots.txt is answered with a challenge, all else is open."""
    return lambda _, path, reply: _html(status, _CHALLENGE.format(path=path)) if _is_robots(path) else reply


def robots_redirect(hops: int = 3) -> Scenario:
    """robots.txt is found after a number of redirects, and forbids all sections of the menu's group Articles."""

    def scenario(_: int, path: str, reply: Reply) -> Reply:
        hop = 0 if _is_robots(path) else int(path.removeprefix("/robots/") or 0) if path.startswith("/robots/") else -1
        if hop < 0:
            return reply
        if hop < hops:
            return Reply(301, b"", headers={"Location": f"/robots/{hop + 1}"})
        return Reply(200, b"User-agent: mayadeen\nDisallow: /articles/\n", TEXT)

    return scenario


SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "crawl-delay": crawl_delay,
    "request-rate": request_rate,
    "retry-after": retry_after,
    "retry-after-date": retry_after_date,
    "retry-after-redirect": retry_after_redirect,
    "overloaded": overloaded,
    "refused": refused,
    "blocked": blocked,
    "challenge-200": challenge_200,
    "challenge-403": challenge_403,
    "challenge-503": challenge_503,
    "login-wall": login_wall,
    "lone-refusal": lone_refusal,
    "flaky": flaky,
    "slow": slow,
    "robots-5xx": robots_5xx,
    "robots-unreachable": robots_unreachable,
    "robots-forbidden": robots_forbidden,
    "robots-challenge": robots_challenge,
    "robots-redirect": robots_redirect,
}
