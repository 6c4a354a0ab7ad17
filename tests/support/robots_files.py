"""Generated robots.txt files, and all that Protego reads from one."""

from __future__ import annotations

from random import Random
from typing import Any

from protego import Protego

FIELDS = (
    "User-agent", "User-agent", "User-agent", "user agent", "UserAgent", "Disallow", "Disallow", "Disalow", "Allow", "Allow",
    "Crawl-delay", "crawl delay", "Request-rate", "Visit-time", "Sitemap", "Host", "Unknown",
)  # fmt: skip
AGENTS = (
    "*",
    "mayadeen",
    "Mayadeen",
    "MAY",
    "may*",
    "yadeen",
    "bot",
    "news-bot",
    "news",
    "other",
    "*mayadeen",
    "",
    "0.1",
    "**",
    "mayadeenbot",
)
PATHS = (
    "/",
    "/a",
    "/a/",
    "/a/b$",
    "/*",
    "*",
    "/*b",
    "/a*c$",
    "",
    "a",
    "/$",
    "/%61",
    "/é",
    "/index.html",
    "http://x/a",
    "/a?b=*",
    "/a:b",
)
DELAYS = ("1", "0.5", "-1", "nan", "x", "", "99999")
TIMES = ("1", "0.5", "-1", "nan", "x", "", "1e3", "99999", "1/5", "2/1m", "0/3", "1/10 0800-1200", "0800-1200")
URLS = tuple(
    f"http://x{path}"
    for path in ("/", "/a", "/a/", "/a/b", "/b", "/a/c", "/abc", "/%C3%A9", "/a?b=c", "/index.html", "/a:b")
)


def robots_file(random: Random) -> str:
    """Return a robots.txt of up to 25 lines, most of them well-formed."""
    return "".join(_line(random) for _ in range(random.randrange(26)))


def _line(random: Random) -> str:
    field = random.choice(FIELDS)
    kinds = {"u": AGENTS, "c": DELAYS, "r": TIMES, "v": TIMES}
    values = PATHS if field == "Unknown" else kinds.get(field[0].lower(), PATHS)
    separator = random.choice((": ", ": ", ": ", ":", " ", " : ", "\t"))
    comment = random.choice(("", "", "", " # comment", "#"))
    end = random.choice(("\n", "\n", "\n", "\r\n", "\n\n", "\x0b", "\u2028", "\n# only a comment\n"))
    return f"{field}{separator}{random.choice(values)}{comment}{end}"


def facts(text: str, agent: str) -> dict[str, Any]:
    """Return what a robots.txt says to a crawler."""
    rules = Protego.parse(text)
    return {
        "allowed": [url for url in URLS if rules.can_fetch(url, agent)],
        "delay": rules.crawl_delay(agent),
        "rate": rules.request_rate(agent),
        "time": rules.visit_time(agent),
        "sitemaps": list(rules.sitemaps),
        "host": rules.preferred_host,
    }
