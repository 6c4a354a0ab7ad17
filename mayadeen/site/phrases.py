"""Lists of words and phrases, compared by ``normalize_label``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeVar

from mayadeen.site.text import IGNORED, normalize_label

Value = TypeVar("Value")

_TOKEN = re.compile(rf"[^\W_](?:[^\W_]|[{IGNORED}])*")

_MAX_PHRASE = 200
"""Longer texts are not phrases."""
_MAX_CACHED = 4000
"""Longer texts are no keys of the cache, which would hold them."""


def by_phrase(phrases: dict[Value, str]) -> dict[str, Value]:
    """Map the comparison key of each phrase to its value. ``|`` separates the phrases of a value."""
    return {normalize_label(phrase): value for value, text in phrases.items() for phrase in text.split("|")}


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of a text, each with its comparison key, start and end."""
    for match in _TOKEN.finditer(text):
        yield normalize_label(match[0]), match.start(), match.end()


def _first_token(text: str) -> tuple[str | None, int]:
    """Return comparison key and start of the first word of a text."""
    match = _TOKEN.search(text)
    return (normalize_label(match[0]), match.start()) if match else (None, 0)


_first_token_of_line = lru_cache(maxsize=256)(_first_token)
"""``_first_token`` with a cache, because a text is compared with many lists."""


class Phrases:
    """Phrases of any number of words, by language: ``Phrases(en="Next|Next page", es="Siguiente")``.

    ``text in phrases`` is true if the whole text is one of the phrases.
    """

    def __init__(self, **by_language: str) -> None:
        self.phrases = tuple(" ".join(p.split()) for text in by_language.values() for p in text.split("|"))
        self.keys = frozenset(map(normalize_label, self.phrases))
        self._beginnings = frozenset(key[:size] for key in self.keys for size in range(len(key) + 1))

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and len(text) <= _MAX_PHRASE and normalize_label(text) in self.keys

    def __iter__(self) -> Iterator[str]:
        return iter(self.phrases)

    def prefix_end(self, text: str) -> int:
        """Return the end of the longest phrase at the start of a text, or 0."""
        key, start = (_first_token_of_line if len(text) <= _MAX_CACHED else _first_token)(text)
        return self._end_at(text, start) if key in self._beginnings else 0

    def find(self, text: str) -> tuple[int, int] | None:
        """Return start and end of the first phrase in a text, in whole words."""
        for key, start, _ in tokens(text):
            if key in self._beginnings and (end := self._end_at(text, start)):
                return start, end
        return None

    def _end_at(self, text: str, start: int) -> int:
        found, end = "", 0
        for match in _TOKEN.finditer(text, start):
            found += normalize_label(match[0])
            if found not in self._beginnings:
                break
            if found in self.keys:
                end = match.end()
        return end
