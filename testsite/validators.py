"""What identifies the versions of a page, and the requests that ask for a page only if it changed (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime

from testsite.posts import STEPS, Archive, mix

# Which of them the site sends and applies: sites differ.
VALIDATORS = ("both", "etag", "last-modified", "none")
_OPAQUE = re.compile(r'"[^"]*"')

Headers = Mapping[str, str] | Message


def validators_of(archive: Archive, index: int, given: str) -> dict[str, str]:
    """The headers `ETag` and `Last-Modified` of a post's page, those of them that are `given`, one of VALIDATORS.

    They stay the same until the post is changed, whatever share counts, ticker and rails do. That makes the tag a weak
    one. A redesign changes all tags and no date.
    """
    post, headers = archive.post(index), {}
    design = sorted(STEPS.index(step) for step in archive.design)
    if given in ("both", "etag"):
        headers["ETag"] = f'W/"{post.post_id}-{mix(archive.seed, 51, index, post.version, *design):016x}"'
    if given in ("both", "last-modified"):
        headers["Last-Modified"] = format_datetime(archive.last_modified(index), usegmt=True)
    return headers


def is_conditional(asked: Headers) -> bool:
    """Whether the request asks for a page only if it changed."""
    return "If-None-Match" in asked or "If-Modified-Since" in asked


def unchanged(asked: Headers, validators: Mapping[str, str]) -> bool:
    """Whether a request with those headers is to be answered with 304.

    Tags are compared weakly. `If-None-Match` alone applies where it is given, `If-Modified-Since` where its date can
    be read.
    """
    if not validators:
        return False
    tags = asked.get("If-None-Match")
    if tags is not None:
        known = _OPAQUE.findall(validators.get("ETag", ""))
        return tags.strip() == "*" or any(tag in known for tag in _OPAQUE.findall(tags))
    since, modified = asked.get("If-Modified-Since"), validators.get("Last-Modified")
    if since is None or modified is None:
        return False
    try:
        return _instant(modified) <= _instant(since)
    except ValueError:
        return False


def _instant(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
