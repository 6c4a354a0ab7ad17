"""Every pattern that reads text of the site takes linear time."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import signal
import sys
from collections import deque
from collections.abc import Iterator
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


class TooSlow(Exception):
    """The search took longer than it may."""


def texts(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Pieces repeated, among them the literals of the pattern itself, after a beginning and before an end that fits none."""
    literals = re.findall(r"[^\W_]{2,12}", str(pattern.pattern))[:12]
    begins = ["", *(literal + " " for literal in literals[:3])]
    for piece in (*PIECES, *literals, *(f"{literal} " for literal in literals)):
        for begin in begins:
            yield begin + piece * (size // len(piece)) + "\x00"


def slow(name: str, pattern: re.Pattern[Any], size: int, seconds: float) -> list[str]:
    """The texts in which one search of a pattern takes too long."""

    def stop(*_: object) -> None:
        raise TooSlow

    found = []
    methods = {"finditer" if use in ("findall", "split", "sub", "subn") else use for use in uses(name)}
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        for text in texts(pattern, size):
            given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
            try:
                for method in sorted(methods):
                    result = getattr(pattern, method)(given)
                    if method == "finditer":
                        deque(result, maxlen=0)
            except TooSlow:
                found.append(text[:30])
                if len(found) > 1:
                    break
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
    return found


@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - SHORT))
def test_a_pattern_takes_linear_time(name: str) -> None:
    # A quadratic pattern takes some seconds for this size, a linear one some milliseconds.
    assert slow(name, PATTERNS[name], 20_000, 0.25) == []


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - SHORT))
def test_a_pattern_takes_linear_time_in_a_long_text(name: str) -> None:
    assert slow(name, PATTERNS[name], 200_000, 2.0) == []


def test_a_quadratic_pattern_is_found() -> None:
    assert slow(f"{__name__}.UNKNOWN", re.compile(r"\s*\|"), 20_000, 0.25)
