"""Finds words of the list ``forbidden_words.txt`` in identifiers and in prose."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_LINES = Path(__file__).with_name("forbidden_words.txt").read_text(encoding="utf-8").splitlines()
_ENTRIES = [line.split(" ", 1) for line in _LINES if line and not line.startswith("#")]
IDENTIFIERS = [word for kind, word in _ENTRIES if kind == "identifier"]
NAMES = [word for kind, word in _ENTRIES if kind == "name"]
PROSE = [word for kind, word in _ENTRIES if kind != "name"]

_INFLECTED = rf"(?:{'|'.join(IDENTIFIERS)})(?:s|ed|ing)?"
_IN_NAME = re.compile(rf"(?:\A|_){_INFLECTED}(?=_|\Z)", re.IGNORECASE)
_UNCLEAR_NAME = re.compile(rf"(?:\A|_)(?:{'|'.join(NAMES)})(?=_|\Z)", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_IN_PROSE = re.compile(rf"\b(?:{_INFLECTED}|{'|'.join(re.escape(word) for word in PROSE)})\b", re.IGNORECASE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@lru_cache(maxsize=1)
def tokens(text: str) -> list[tokenize.TokenInfo]:
    """Return the names and comments of a Python file."""
    found = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token for token in found if token.type in (tokenize.NAME, tokenize.COMMENT)]


@lru_cache(maxsize=1)
def nodes(text: str) -> list[ast.AST]:
    """Return the nodes of a Python file."""
    return list(ast.walk(ast.parse(text)))


def found_in(path: Path) -> list[str]:
    """Return the forbidden words of a file, each with its line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [f"{line}: {word}" for line, word in sorted({*_names(text, _IN_NAME), *_python_prose(text)})]
    # Other files are prose, and JSON whose keys are names.
    return [f"{line}: {word}" for line, word in _prose(_FENCE.sub(lambda m: "\n" * m[0].count("\n"), text), 1)]


def unclear_names_in(path: Path) -> list[str]:
    """Return the names of a Python file that have a word of the kind ``name``, each with its line."""
    found = _names(path.read_text(encoding="utf-8"), _UNCLEAR_NAME)
    return [f"{line}: {name}" for line, name in sorted(set(found))]


def _names(text: str, words: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for token in tokens(text):
        if token.type == tokenize.NAME and words.search(_CAMEL.sub("_", token.string)):
            yield token.start[0], token.string


def _python_prose(text: str) -> Iterator[tuple[int, str]]:
    """Comments, and strings that have a space, which are docstrings and messages."""
    for token in tokens(text):
        if token.type == tokenize.COMMENT:
            yield from _prose(token.string, token.start[0])
    for node in nodes(text):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield from _prose(node.value, node.lineno)


def _prose(text: str, line: int) -> Iterator[tuple[int, str]]:
    for match in _IN_PROSE.finditer(re.sub(r"[ \t]+", " ", text)):
        yield line + text.count("\n", 0, match.start()), match[0]
