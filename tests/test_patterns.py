"""Every pattern that reads text of the site takes linear time."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import mayadeen

PACKAGES = ("extraction", "site", "politeness", "rendering", "monitoring", "crawling", "storage", "dataset")
PIECES = (
    " ", "\n", "a", "1", "-", "/", "'", '"', "(", "[", "<", "&", ".", ",", ":", "|", "%", "\\", "@", "=", "ا", "a ", " a", "1 ", "1,", "1.", "aA",
    "a-", "-a-", "/a", "://", "http://", "<a ", "</", "('", "by ", "By A, ", "1 Jan ", "share", "K ", "1K ", "a.b", "&a", "A. ", " - ", "من ",
)  # fmt: skip


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled patterns of all modules, each once, with a name."""
    seen: set[re.Pattern[Any]] = set()
    for package in PACKAGES:
        root = importlib.import_module(f"mayadeen.{package}")
        names = [root.__name__, *(found.name for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."))]
        for name in names:
            for attribute, value in vars(importlib.import_module(name)).items():
                yield from ((f"{name}.{attribute}", found) for found in compiled(value) if found not in seen)
                seen.update(compiled(value))


def compiled(value: Any) -> list[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        return [value]
    if isinstance(value, dict):
        return [found for one in (*value.keys(), *value.values()) for found in compiled(one)]
    if isinstance(value, list | tuple | set | frozenset):
        return [found for one in value for found in compiled(one)]
    return []


PATTERNS = dict(patterns())
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(mayadeen.__file__).parent.rglob("*.py")))
SHORT = {"mayadeen.extraction.images._CREDIT", "mayadeen.extraction.listing_total._PATTERNS"}
"""Patterns that only search the last characters of a text, or texts of at most 80 characters."""


def uses(name: str) -> set[str]:
    """The methods of a pattern that the project calls, or all where that does not show."""
    module, _, attribute = name.rpartition(".")
    sources = inspect.getsource(sys.modules[module]) if attribute.startswith("_") else SOURCES
    found = set(re.findall(rf"\b{attribute}\.(search|match|fullmatch|finditer|findall|split|sub|subn)\b", sources))
    if len(re.findall(rf"\b{attribute}\b", sources)) > 1 + len(re.findall(rf"\b{attribute}\.", sources)):
        return {"search", "match", "fullmatch", "finditer"}
    return found or {"search", "match", "fullmatch", "finditer"}


MIN_SECONDS = 0.03
"""A quadratic pattern takes longer than this for 20,000 characters."""
MAX_SECONDS = 10.0
"""A search that takes longer is ended, and counts as slow."""
MAX_GROWTH = 9
"""A text four times as long takes four times as long to search in linear time, and 16 times in quadratic time."""


class TooSlow(Exception):
    """The search took longer than ``MAX_SECONDS``."""


def texts(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Pieces repeated, among them the literals of the pattern itself, after a beginning and before an end that fits none."""
    literals = re.findall(r"[^\W_]{2,12}", str(pattern.pattern))[:12]
    begins = ["", *(literal + " " for literal in literals[:3])]
    for piece in (*PIECES, *literals, *(f"{literal} " for literal in literals)):
        for begin in begins:
            yield begin + piece * (size // len(piece)) + "\x00"


def cpu_seconds(pattern: re.Pattern[Any], methods: set[str], text: str) -> float:
    """Search a text with each of the methods. Raises ``TooSlow``."""
    given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    began = time.process_time()
    for method in methods:
        signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS)
        try:
            result = getattr(pattern, method)(given)
            if method == "finditer":
                deque(result, maxlen=0)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def is_slow(pattern: re.Pattern[Any], methods: set[str], text: str, shorter: str) -> bool:
    """Return whether a text takes more than linear time. ``shorter`` is a quarter of it."""
    try:
        took = cpu_seconds(pattern, methods, text)
        if took < MIN_SECONDS:
            return False
        # Other work on the machine can slow down one search, but not three of them.
        return all(
            cpu_seconds(pattern, methods, text) > MAX_GROWTH * cpu_seconds(pattern, methods, shorter) for _ in range(3)
        )
    except TooSlow:
        return True


def slow(name: str, pattern: re.Pattern[Any], size: int) -> list[str]:
    """Return the first texts whose search takes more than linear time."""

    def stop(*_: object) -> None:
        raise TooSlow

    methods = {"finditer" if use in ("findall", "split", "sub", "subn") else use for use in uses(name)}
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        pairs = zip(texts(pattern, size), texts(pattern, size // 4), strict=True)
        found = (text[:30] for text, shorter in pairs if is_slow(pattern, methods, text, shorter))
        return list(islice(found, 2))
    finally:
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - SHORT))
def test_a_pattern_takes_linear_time(name: str) -> None:
    assert slow(name, PATTERNS[name], 20_000) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - SHORT))
def test_a_pattern_takes_linear_time_in_a_long_text(name: str) -> None:
    assert slow(name, PATTERNS[name], 200_000) == []


@pytest.mark.parametrize("source", [r"a*b", r"[^,]*,x"])
def test_a_pattern_of_more_than_linear_time_is_found(source: str) -> None:
    assert slow(f"{__name__}.UNKNOWN", re.compile(source), 20_000)
