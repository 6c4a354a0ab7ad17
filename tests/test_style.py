"""Rules of the style guide that a program can check: words, sentences, and sizes of files, classes and functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sentences import of, problems_in
from tests.support.words import found_in, unclear_names_in

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
    yield from (ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md"))


NOT_PROSE = {ROOT / "tests" / "support" / "words.py", ROOT / "testsite" / "words.py"}
"""The reader of the list, and the texts of invented articles."""
PACKAGES: dict[str, list[Path]] = defaultdict(list)
for _path in sorted(path for path in prose_files() if path not in NOT_PROSE):
    PACKAGES[package(_path)].append(_path)


def problems(path: Path) -> list[str]:
    """Return the forbidden words, unclear names, long sentences and semicolons of a file, each with its line."""
    names = unclear_names_in(path) if path.suffix == ".py" else []
    return [*found_in(path), *names, *problems_in(path)]


@pytest.mark.parametrize("name", PACKAGES)
def test_words_names_and_sentences(name: str) -> None:
    assert {str(path.relative_to(ROOT)): found for path in PACKAGES[name] if (found := problems(path))} == {}


# --- sentences --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prose", "count"),
    [
        ("One " * 25 + ". " + "Two " * 25, 0),
        ("One " * 26, 1),
        ("One " * 17 + "`a b c d e f g` [a link](http://x/y) e.g. one two three", 0),
        ("One; two", 1),
        ("`one; two` &amp; three", 0),
    ],
)
def test_sentences_are_counted(prose: str, count: int) -> None:
    assert len(list(of(prose))) == count


def test_every_kind_of_prose_is_read(tmp_path: Path) -> None:
    long = "word " * 26
    for name, text, lines in [
        ("docstring.py", f'"""{long}"""', ["1"]),
        ("attribute.py", f'X = 1\n"""{long}"""', ["2"]),
        ("first_lines.py", '"""Two\\nlines."""', ["1"]),
        ("comments.py", f"# word\n# {long[:60]}\n# {long[:80]}\nx = 1  # word", ["1"]),
        ("messages.py", f"raise ValueError(f'{{x}} {long}')\nlog.info('{long}')\noption('-x', help='{long}')", ["1", "2", "3"]),
        ("strings.py", f"x = '{long}'", []),
        ("page.md", f"# Title\n\n- {long}\n- word\n\n```\n{long}\n```\n\n| {long} |\n", ["3"]),
        ("schema.json", f'{{"a": [{{"description": "{long}"}}]}}', ["/a/0/description"]),
    ]:  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert [problem.partition(":")[0] for problem in problems_in(tmp_path / name)] == lines, name


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
