"""Numbers as pages show them: shares, minutes of reading, and the words of a text."""

from __future__ import annotations

import re
from functools import lru_cache

from mayadeen.site import words
from mayadeen.site.text import fold, normalize_label

_NUMBER_OR_WORD = re.compile(r"\d+(?:[.,٬٫'’ ]\d+)*|[^\W\d_]+")
_SEPARATOR = re.compile(r"[.,٬٫'’ ]")
_IN_WORDS = re.compile(r"[^\W_]")
_MAX_LINE = 80
_MAX_MINUTES = 600
_MAX_SHARES = 10**12


def shares(line: str) -> int | None:
    """``1 Shares`` → 1, ``1.2K Shares`` and ``١٬٢٠٠ مشاركة`` → 1200, ``1,2 mil compartidos`` → 1200, else ``None``."""
    numbers: list[str] = []
    factors: list[int] = []
    counted = False
    for token, key in _tokens(line) if len(line) <= _MAX_LINE else ():
        if token[0].isdecimal():
            numbers.append(token)
        elif key in words.MULTIPLIERS:
            factors.append(words.MULTIPLIERS[key])
        elif key in words.TWO_SHARES.keys:
            numbers.append("2")
            counted = True
        elif key in words.SHARES.keys:
            counted = True
        elif key in words.NUMBERS:
            numbers.append(str(words.NUMBERS[key]))
        elif key not in words.SHARES_FILLERS.keys:
            return None
    if not counted or len(factors) > 1 or len(numbers) > 1 or not (numbers or factors):
        return None
    number = parse_number(numbers[0] if numbers else "1", scaled=bool(factors))
    total = None if number is None else round(number * (factors[0] if factors else 1))
    return total if total is not None and total < _MAX_SHARES else None


def reading_minutes(line: str) -> int | None:
    """``5 Min Read`` → 5, ``دقيقتان للقراءة`` → 2, ``Tiempo de lectura: 5 minutos`` → 5, else ``None``."""
    numbers: list[int] = []
    units = readings = others = 0
    for token, key in _tokens(line) if len(line) <= _MAX_LINE else ():
        if key in words.TWO_MINUTES.keys:
            numbers.append(2)
            units += 1
        elif key in words.MINUTES.keys:
            units += 1
        elif key in words.READING.keys:
            readings += 1
        elif token.isdecimal():
            numbers.append(int(token) if len(token) <= 3 else _MAX_MINUTES + 1)
        elif key in words.NUMBERS and not numbers:
            numbers.append(words.NUMBERS[key])
        elif key in words.READING_FILLERS.keys:
            others += 1
        else:
            return None
    # A bare "3 دقائق" is the time of reading, a bare "3 min" may be that of a video.
    is_reading = units == 1 and (readings or (not others and re.search("[\u0621-\u064a]", line)))
    if not is_reading or len(numbers) > 1:
        return None
    minutes = numbers[0] if numbers else 1
    return minutes if minutes <= _MAX_MINUTES and (numbers or readings) else None


def word_count(text: str) -> int:
    """Count the words between blanks. Separate punctuation marks are not words."""
    return len([word for word in text.split() if word.isalpha() or _IN_WORDS.search(word)])


def parse_number(text: str, *, scaled: bool = False) -> float | None:
    """Read a number with separators of thousands. It has decimals only if a multiplier follows (``scaled``)."""
    head, *groups = _SEPARATOR.split(text)
    if len(text) > 20:
        return None
    if all(len(group) == 3 for group in groups) and (not groups or len(head) <= 3):
        return int(head + "".join(groups))
    if scaled and len(groups) == 1 and len(groups[0]) <= 2:
        return float(f"{head}.{groups[0]}")
    return None


@lru_cache(maxsize=256)
def _tokens(line: str) -> tuple[tuple[str, str], ...]:
    """The numbers and words of a short line, each with its comparison key."""
    return tuple((token, normalize_label(token)) for token in _NUMBER_OR_WORD.findall(fold(line)))
