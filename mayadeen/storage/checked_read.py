"""Reading back what the project has written: files can be damaged, and other users can write into a folder."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

MAX_DEPTH = 40
"""Levels of lists and objects. The deepest file of the project has ten."""
MAX_INTEGER = 2**63 - 1
"""Larger integers are damage. Python would read an integer of any length, and fail when it becomes a float."""


class DamagedError(ValueError):
    """What was read cannot have been written by the project. The text says what is wrong, on one line."""


class TooLongError(DamagedError):
    """The file is longer than any that the project writes."""


def read_json_file(path: Path, max_bytes: int) -> Any:
    """Return the JSON value in a file. Raises ``DamagedError``, and ``OSError`` if the file cannot be read."""
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise TooLongError(f"it is longer than {max_bytes} bytes")
    return parse_json(data)


def read_json_object(path: Path, max_bytes: int) -> dict[str, Any]:
    """Return the JSON object in a file. Raises ``DamagedError``, and ``OSError`` if the file cannot be read."""
    value = read_json_file(path, max_bytes)
    if not isinstance(value, dict):
        raise DamagedError("it is not a JSON object")
    return value


def parse_json(data: bytes | str) -> Any:
    """Return a JSON value without numbers out of range and without deep nesting. Raises ``DamagedError``."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        text.encode("utf-8")
        value = json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_float)
    except DamagedError:
        raise
    except UnicodeError:
        raise DamagedError("it is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise DamagedError("it is not JSON") from None
    _check_depth(value)
    if "\\ud" in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise DamagedError("it has half a character") from None
    return value


def _integer(digits: str) -> int:
    if len(digits) > 20 or abs(value := int(digits)) > MAX_INTEGER:
        raise DamagedError(f"the number {digits[:25]} is out of range")
    return value


def _float(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise DamagedError(f"the number {digits[:25]} is out of range")
    return value


def _check_depth(value: Any) -> None:
    level = _containers([value])
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [inner for outer in level for inner in _containers(outer)]
    if level:
        raise DamagedError(f"it is nested deeper than {MAX_DEPTH} levels")


def _containers(outer: dict[str, Any] | list[Any]) -> list[dict[str, Any] | list[Any]]:
    return [inner for inner in (outer.values() if isinstance(outer, dict) else outer) if isinstance(inner, dict | list)]


def number_in(value: Any, low: float, high: float) -> float:
    """Return a number between two bounds. Raises ``DamagedError``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise DamagedError(f"{value!r:.40} is not a number from {low:g} to {high:g}")
    return value
