"""How fields of records changed when they were read again, with examples for people."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

EXAMPLES = 3
"""Examples per field in the report."""
_MAX_EXAMPLE, _EXAMPLE_CONTEXT = 200, 40


@dataclass
class FieldChanges:
    """How a field changed: in how many records, and from what to what in the first ones."""

    changed: int = 0
    filled: int = 0
    emptied: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: dict[str, Any], before: Any, after: Any) -> None:
        """Count a change."""
        self.changed += 1
        self.filled += not before and bool(after)
        self.emptied += bool(before) and not after
        if len(self.examples) < EXAMPLES:
            example = {"id": record["id"], "url": record["url"], "fetched_at": record["fetched_at"]}
            shown_before, shown_after = differing_parts(before, after)
            self.examples.append(example | {"from": shown_before, "to": shown_after})


def differing_parts(before: Any, after: Any) -> tuple[Any, Any]:
    """Return two values for an example: of objects the keys that differ, and of long texts the first difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [key for key in before | after if before.get(key) != after.get(key)]
        before, after = ({key: value.get(key) for key in keys} for value in (before, after))
    texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in (before, after)]
    if max(map(len, texts)) <= _MAX_EXAMPLE:
        return before, after
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False)))
    start = max(0, same - _EXAMPLE_CONTEXT)
    shown = [
        value
        if not start and len(text) <= _MAX_EXAMPLE
        else f"{'…' * bool(start)}{text[start : start + _MAX_EXAMPLE]}{'…' * (len(text) > start + _MAX_EXAMPLE)}"
        for value, text in zip((before, after), texts, strict=True)
    ]
    return shown[0], shown[1]
