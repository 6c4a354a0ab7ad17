"""The examples that a re-extraction shows for a field."""

from __future__ import annotations

from typing import Any

import pytest

from mayadeen.archives.field_changes import FieldChanges

START = "The vote was not binding. " * 20


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (None, "A deck", (None, "A deck")),
        (
            {"title": "meta", "body": "generic"},
            {"title": "meta", "body": "html"},
            ({"body": "generic"}, {"body": "html"}),
        ),
        (f"{START}Old end", f"{START}New end", (f"…{START[-40:]}Old end", f"…{START[-40:]}New end")),
        ([], [START], ([], f'["{START[:198]}…')),
    ],
    ids=["short", "object", "long text", "filled list"],
)
def test_examples_show_the_difference(before: Any, after: Any, shown: tuple[Any, Any]) -> None:
    changes = FieldChanges()
    changes.add({"id": "en:1", "url": "https://example.org/", "fetched_at": "2025-11-01T00:00:00Z"}, before, after)
    assert (changes.examples[0]["from"], changes.examples[0]["to"]) == shown
