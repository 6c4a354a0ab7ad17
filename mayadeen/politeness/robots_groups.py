"""The part of a robots.txt that applies to one crawler."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mayadeen.politeness._scrapy_internals import ROBOTS_SITE_WIDE, ROBOTS_USER_AGENT, split_robots_line

_CRAWL_DELAY = ("crawl-delay", "crawl delay", "crawldelay")
_SECONDS = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)

Directive = tuple[str, str]
"""Field in lower case, and value."""


def normalize_robots(body: bytes, agent: str) -> bytes:
    """Return an equivalent robots.txt that has one group: the rules that apply to the crawler ``agent``.

    Protego copies every rule to all user agents of its group, so a file of 500 KiB could cost it minutes. This reads
    each line once, and chooses the group that Protego would choose.

    It also accepts what RFC 9309 does not say, but people write. A group that names the crawler as a server log shows
    it, with version or contact, names its product token. A Crawl-delay may have a unit or a decimal comma.
    """
    directives = list(_directives(body.decode("utf-8-sig", "ignore"), agent))
    lines = [f"{field}: {value}" for field, value in directives if field in ROBOTS_SITE_WIDE and value]
    own = _own_name((value for field, value in directives if field in ROBOTS_USER_AGENT), agent)
    if own is not None:
        lines.append(f"User-agent: {own}")
        lines += (f"{field}: {value}" for field, value in _rules(directives, own))
    return "\n".join(lines).encode()


def _directives(text: str, agent: str) -> Iterator[Directive]:
    token = agent.partition("/")[0].strip().lower()
    names_crawler = re.compile(rf"{re.escape(token)}(?![a-z_-])", re.IGNORECASE) if token else None
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        directive = split_robots_line(content) if content else None
        if directive is None:
            continue
        field, value = directive
        if field in ROBOTS_USER_AGENT:
            value = token if names_crawler and names_crawler.match(value) else value.lower()
        elif field in _CRAWL_DELAY:
            seconds = _SECONDS.match(value)
            field, value = _CRAWL_DELAY[0], seconds[0].replace(",", ".") if seconds else value
        yield field, value


def _names(value: str) -> tuple[str, ...]:
    """The user agents of a line. Protego also reads ``bot*`` as ``bot``."""
    return tuple(filter(None, (value, value.replace("*", "") if value != "*" else "")))


def _own_name(values: Iterable[str], agent: str) -> str | None:
    """Return the longest user agent that is at the beginning of a word of ``agent``, or else ``*`` if it is there."""
    words = agent.strip().lower()
    begins = [n for n in range(len(words)) if not n or not (words[n - 1].isalnum() or words[n - 1] in "-_")]
    scores = {words[n:end]: end - n for n in begins for end in range(n + 1, len(words) + 1)} | {"*": 1}
    found = (name for value in values for name in _names(value) if name in scores)
    return max(found, key=scores.__getitem__, default=None)


def _rules(directives: Iterable[Directive], own: str) -> Iterator[Directive]:
    """The rules of all groups with the user agent ``own``."""
    previous, applies = "", False
    for field, value in directives:
        if field in ROBOTS_SITE_WIDE:
            continue
        if field in ROBOTS_USER_AGENT:
            applies = (applies and previous in ROBOTS_USER_AGENT) or own in _names(value)
        elif applies and value:
            yield field, value
        previous = field
