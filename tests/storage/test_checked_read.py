"""What is read back is checked: damage is named on one line, and never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.storage.checked_read import (
    MAX_DEPTH,
    MAX_INTEGER,
    DamagedError,
    TooLongError,
    number_in,
    parse_json,
    read_json_file,
    read_json_object,
)
from tests.support.damage import damaged

GOOD = {"a": [1, 2.5, None, True, "ü"], "b": {"c": MAX_INTEGER}}


def test_what_the_project_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(GOOD))
    assert read_json_file(path, 1000) == read_json_object(path, 1000) == GOOD


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is not JSON"),
        (b"\xff", "it is not UTF-8 text"),
        ("1" * 30, "is out of range"),
        (str(MAX_INTEGER + 1), "is out of range"),
        ("1e999", "is out of range"),
        ("NaN", "is out of range"),
        ("[-Infinity]", "is out of range"),
        ("9" * 10_000, "is out of range"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested deeper than 40"),
        ("[" * 100_000 + "]" * 100_000, "it is not JSON"),
        ('{"a": "\\ud800"}', "half a character"),
        ('"\ud800"', "it is not UTF-8 text"),
    ],
)
def test_damage_is_named(data: bytes | str, message: str) -> None:
    with pytest.raises(DamagedError, match=message) as caught:
        parse_json(data)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TooLongError):
        read_json_file(path, 1000)


def test_a_list_is_not_an_object(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[]")
    with pytest.raises(DamagedError, match="not a JSON object"):
        read_json_object(path, 1000)


@pytest.mark.parametrize("value", [True, None, "1", 11, -1, float("nan"), []])
def test_numbers_out_of_range(value: Any) -> None:
    assert number_in(5, 0, 10) == 5
    with pytest.raises(DamagedError, match="is not a number from 0 to 10"):
        number_in(value, 0, 10)


@given(st.binary() | st.text())
def test_nothing_else_is_raised(data: bytes | str) -> None:
    try:
        parse_json(data)
    except DamagedError:
        return


@pytest.mark.parametrize("seed", range(200))
def test_damage_of_a_file_is_read_or_named(seed: int) -> None:
    try:
        parse_json(damaged(json.dumps(GOOD).encode(), Random(seed)))
    except DamagedError:
        return
