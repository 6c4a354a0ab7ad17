"""Rules of the style guide that a program can check: forbidden words, and sizes of files, classes and functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.words import found_in

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "mayadeen").rglob("*.py"))


def package(path: Path) -> str:
    """Return the package of a module, such as ``mayadeen/site``, or the path of any other file."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:2] if len(parts) > 2 else parts)


def prose_files() -> Iterator[Path]:
    for folder in ("mayadeen", "testsite", "benchmarks", "tools", "tests"):
        yield from (ROOT / folder).rglob("*.py")
    yield from (ROOT / "docs").glob("*.md")
    yield from (ROOT / "schemas").glob("*.json")
    yield ROOT / "README.md"


NOT_PROSE = {ROOT / "tests" / "support" / "words.py", ROOT / "testsite" / "words.py"}
"""The reader of the list, and the texts of invented articles."""
FILES = sorted(path for path in prose_files() if path not in NOT_PROSE)


@pytest.mark.parametrize("name", sorted({package(path) for path in FILES}))
def test_no_forbidden_word(name: str) -> None:
    assert {
        str(path.relative_to(ROOT)): found for path in FILES if package(path) == name and (found := found_in(path))
    } == {}


# --- sizes ------------------------------------------------------------------------------------------------------------

MAX_FILE, MAX_CLASS, MAX_FUNCTION = 500, 300, 60
"""Lines."""
LARGE_CLASSES = {"Article", "ArticlePage"}
"""Data, and the page with one method for each field."""


def too_large(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    name = str(path.relative_to(ROOT / "mayadeen"))
    has_page = any(isinstance(node, ast.ClassDef) and node.name in LARGE_CLASSES for node in tree.body)
    if len(text.splitlines()) > MAX_FILE and not has_page:
        yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and _lines(node) > MAX_CLASS and node.name not in LARGE_CLASSES:
            yield f"{name} {node.name}"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > MAX_FUNCTION:
            yield f"{name} {node.name}"


def _lines(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_classes_and_functions_are_small() -> None:
    assert {name for path in SOURCES for name in too_large(path)} == set()
