"""Finds long sentences, semicolons and long first lines in docstrings, comments, messages, Markdown and schemas."""

from __future__ import annotations

import ast
import html
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.words import nodes, tokens

MAX_WORDS = 25
"""Words of a sentence. A code span or an address counts as one."""

_CODE = re.compile(r"``.+?``|`[^`]+`", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?^---$", re.MULTILINE | re.DOTALL)
_SEPARATE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+#>|]|\d+\.)\s?)")
"""Between paragraphs, list items, headings and rows of tables."""
_NOT_PROSE = re.compile(r"\s*(?:\||<|:::|!!!|\[\w+\]:)")
"""Tables, markup, and directives of the documentation's generator."""
_END = re.compile(r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<=[.!?…])[\"')\]*_”»]*\s+")
_WORD = re.compile(r"\S*\w\S*")
_SEMICOLON = re.compile(r";(?=\s|\Z)")
_DIRECTIVE = re.compile(r"#\s*(?:noqa|type:|fmt:|pragma|!|-{3,}|ruff:|mypy:)")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LOGS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
_MESSAGES = {"print", "option", "add_argument", "refusal", "_end", "end", "fail", "skip"}


def problems_in(path: Path) -> list[str]:
    """Return what the style guide does not allow in a file, each with its line or field."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [f"{line}: {problem}" for line, problem in sorted(set(_of_python(text)))]
    if path.suffix == ".json":
        return [f"{where}: {problem}" for where, prose in _descriptions(json.loads(text), "") for problem in of(prose)]
    return [f"{line}: {problem}" for line, prose in _paragraphs(text) for problem in of(prose)]


def of(prose: str) -> Iterator[str]:
    """Yield the problems of one paragraph."""
    prose = html.unescape(_LINK.sub(r"\1", _CODE.sub("CODE", prose)))
    if _SEMICOLON.search(prose):
        yield f"semicolon in {prose.strip()[:60]!r}"
    for sentence in _END.split(prose):
        words = _WORD.findall(sentence)
        if len(words) > MAX_WORDS:
            yield f"{len(words)} words in {' '.join(words[:8])!r}"


# --- Markdown and JSON ------------------------------------------------------------------------------------------------


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each paragraph, list item and heading."""
    text = _FENCE.sub(_blank, _FRONT_MATTER.sub(_blank, text))
    start = 0
    for separator in [*_SEPARATE.finditer(text), None]:
        end = separator.start() if separator else len(text)
        prose = text[start:end]
        if not _NOT_PROSE.match(prose):
            yield text.count("\n", 0, start) + 1 + (prose.startswith("\n")), prose
        start = separator.end() if separator else end


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _descriptions(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("description", "title", "$comment") and isinstance(inner, str):
                yield f"{where}/{key}", inner
            else:
                yield from _descriptions(inner, f"{where}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _descriptions(inner, f"{where}/{number}")


# --- Python -----------------------------------------------------------------------------------------------------------


def _of_python(text: str) -> Iterator[tuple[int, str]]:
    for line, comment in _comments(text):
        yield from ((line, problem) for problem in of(comment))
    for node in nodes(text):
        if isinstance(node, _DOCUMENTED) and (docstring := ast.get_docstring(node)):
            first = docstring.partition("\n\n")[0]
            if "\n" in first:
                yield node.body[0].lineno, f"first paragraph of a docstring has more than one line: {first[:60]!r}"
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for offset, prose in _paragraphs(node.value.value):
                yield from ((node.lineno + offset - 1, problem) for problem in of(prose))
        for message in _messages(node):
            yield from ((message.lineno, problem) for problem in of(_text(message)))


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield comments, those on consecutive lines of their own together."""
    block: list[str] = []
    begun = last = 0
    for token in tokens(text):
        if token.type != tokenize.COMMENT or _DIRECTIVE.match(token.string):
            continue
        own_line = not token.line[: token.start[1]].strip()
        if not (block and own_line and token.start[0] == last + 1):
            if block:
                yield begun, "\n".join(block)
            block, begun = [], token.start[0]
        block.append(token.string.lstrip("#").partition("# noqa")[0])
        last = token.start[0] if own_line else 0
    if block:
        yield begun, "\n".join(block)


def _messages(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the strings that a raised exception, a logger, ``print`` or an option gets."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from _strings(node.exc)
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _LOGS or name in _MESSAGES or name.endswith("Error"):
            yield from _strings(node)


def _strings(call: ast.Call) -> Iterator[ast.expr]:
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        for branch in branches:
            if isinstance(branch, ast.JoinedStr) or (
                isinstance(branch, ast.Constant) and isinstance(branch.value, str) and " " in branch.value
            ):
                yield branch


def _text(message: ast.expr) -> str:
    """Return a message with one word for each inserted value."""
    if isinstance(message, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "VALUE" for part in message.values)
    assert isinstance(message, ast.Constant)
    return str(message.value)
