"""Limits for markup, counted in linear time before the parser sees a page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mayadeen.extraction.page_error import PageError

MAX_TAGS = 200_000
"""Tags in a page. Real pages have some thousands, and each costs memory and time."""

MAX_ATTRIBUTES = 1_000
"""Attributes in a tag. The parser compares each attribute with all earlier ones: 80,000 attributes take it a minute."""

MAX_TAG_BYTES = 4 * 1024 * 1024
"""Bytes in a tag. Real pages embed images and JSON in attributes, of at most some hundred KiB."""

LARGE_BYTES = 512 * 1024
LARGE_TAGS = 20_000
"""A page beyond either is read in a child process first. Real pages have 100 to 300 KiB and some thousand tags."""

HARMLESS_BYTES = 128 * 1024
"""A page up to this size is only checked for its number of tags. The worst tag in it takes the parser a second."""

_SPACE = rb" \t\n\r\f"
_ATTRIBUTE = (
    rb"[^%(s)b/>][^%(s)b/>=]*+"
    rb"""(?:[%(s)b]*+=[%(s)b]*+(?:"[^"]*+"?+|'[^']*+'?+|[^%(s)b>"'][^%(s)b>]*+)?+)?+""" % {b"s": _SPACE}
)
_TAG = re.compile(
    rb"<(?:!--(?:-?>|[\s\S]*?(?:--!?>|\Z))|(?:[!?]|/(?![a-z]))[^>]*+|"
    rb"(?:(script|style|title|textarea|xmp|iframe|noembed|noframes)(?=[%(s)b/>])|/?[a-z][^%(s)b/>]*+)"
    rb"((?:[%(s)b]++|/(?!>)|%(a)b)*+)(/)?+>?+"
    rb"(?(1)(?(3)|(?:[^<]++|<(?!/\1[%(s)b/>]))*+)))" % {b"s": _SPACE, b"a": _ATTRIBUTE},
    re.IGNORECASE,
)
"""A comment, or a tag with its attributes, and with the text after it where that text is not markup.

Every alternative matches to the end of the input, so that the search never begins twice at the same place."""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_PLAIN_MARKUP = re.compile(
    rb"(?:[^<]++|</[a-zA-Z][a-zA-Z0-9]*+>|"
    rb"<(?:[a-hj-mo-ru-wyzA-HJ-MO-RU-WYZ]|"
    rb"(?!(?i:script|style|title|textarea|xmp|iframe|noembed|noframes)[%(s)b/>])[a-zA-Z])[a-zA-Z0-9]*+"
    rb"(?:[%(s)b]++[a-zA-Z:_-]++(?:=\"[^\"]*+\")?+){0,30}+[%(s)b]*+/?>)*+" % {b"s": _SPACE}
)
"""Text, and tags with a few quoted attributes: nearly all of a real page, read in a single match. It is a subset of
what ``_TAG`` reads, so that the search for larger tags can begin where it ends."""


def check_markup(data: bytes) -> bool:
    """Return whether reading a page can take so long in C code that the operating system has to limit it.

    Raises ``PageError`` for a page that has too many tags, or a tag that is too large for the parser.
    """
    if (tags := data.count(b"<")) > MAX_TAGS:
        raise PageError("too_large", f"it has {tags} tags, more than {MAX_TAGS}")
    if len(data) <= HARMLESS_BYTES:
        return tags > LARGE_TAGS
    for tag in _unusual_tags(data):
        attributes = tag[2] or b""
        if len(attributes) < MAX_ATTRIBUTES:
            continue
        if len(attributes) > MAX_TAG_BYTES:
            raise PageError("too_large", f"it has a tag of {len(attributes)} bytes, more than {MAX_TAG_BYTES}")
        if (count := count_attributes(attributes)) > MAX_ATTRIBUTES:
            raise PageError("too_large", f"it has a tag with {count} attributes, more than {MAX_ATTRIBUTES}")
    return len(data) > LARGE_BYTES or tags > LARGE_TAGS


def _unusual_tags(data: bytes) -> Iterator[re.Match[bytes]]:
    """The tags that are not plain. All tags of a page beyond ``MAX_TAG_BYTES``, where a plain one can be too large."""
    if len(data) > MAX_TAG_BYTES:
        yield from _TAG.finditer(data)
        return
    end = 0
    while tag := _TAG.search(data, _PLAIN_MARKUP.match(data, end).end()):  # type: ignore[union-attr]  # it matches nothing too
        yield tag
        end = tag.end()


def count_attributes(attributes: bytes) -> int:
    """Return the number of attributes in the part of a tag after its name."""
    return sum(1 for _ in _ATTRIBUTES.finditer(attributes))
