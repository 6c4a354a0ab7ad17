"""Every pattern of the project takes linear time: in modules, inside functions, and in the published schemas."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mayadeen

PIECES = (
    " ", "\n", "a", "1", "-", "/", "'", '"', "(", "[", "<", "&", ".", ",", ":", "|", "%", "\\", "@", "=", "ا", "a ", " a", "1 ", "1,", "1.", "aA",
    "a-", "-a-", "/a", "://", "http://", "<a ", "</", "('", "by ", "By A, ", "1 Jan ", "share", "K ", "1K ", "a.b", "&a", "A. ", " - ", "من ",
)  # fmt: skip


FUNCTIONS = {f"re.{name}": 2 for name in ("search", "match", "fullmatch", "finditer", "findall")} | {
    "re.compile": 1, "re.split": 3, "re.sub": 4, "re.subn": 4,
}  # fmt: skip
"""Functions with a pattern as their first argument → the place of the flags."""


@cache
def modules() -> list[ModuleType]:
    """All modules of the project, without those that run when they are imported."""
    found = pkgutil.walk_packages(mayadeen.__path__, "mayadeen.")
    return [mayadeen, *(importlib.import_module(one.name) for one in found if not one.name.endswith("__main__"))]


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled patterns of all modules, each once, with a name."""
    seen: set[re.Pattern[Any]] = set()
    for module in modules():
        for attribute, value in vars(module).items():
            yield from ((f"{module.__name__}.{attribute}", found) for found in compiled(value) if found not in seen)
            seen.update(compiled(value))


def literals(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """The patterns in calls such as ``re.sub("…", …)``, with a name and the function. None that a constant has."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    functions = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    )
    calls = (node for function in functions for node in ast.walk(function) if isinstance(node, ast.Call))
    for call in dict.fromkeys(calls):
        if (name := ast.unparse(call.func)) not in FUNCTIONS:
            continue
        flags = [*call.args[FUNCTIONS[name] :], *(word.value for word in call.keywords if word.arg == "flags")]
        text, *flag = (evaluated(node, module) for node in (call.args[0], *flags))
        found = text if isinstance(text, re.Pattern) else re.compile(text, *flag)
        yield f"{module.__name__}: {name}({ast.unparse(call.args[0])})", found, name.removeprefix("re.")


def evaluated(node: ast.expr, module: ModuleType) -> Any:
    """The value of an argument. Text that is known only when the program runs is a word of the operator."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "word" for part in node.values]
        return "".join(map(str, parts))
    return eval(compile(ast.Expression(node), module.__name__, "eval"), dict(vars(module)), {"wanted": "", "text": ""})


def schema_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The patterns of the published schemas."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("pattern"), str):
                yield value["pattern"]
            for inner in value.values():
                yield from walk(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from walk(inner)

    for path in sorted((Path(mayadeen.__file__).parents[1] / "schemas").glob("*.json")):
        for text in walk(json.loads(path.read_text(encoding="utf-8"))):
            yield f"{path.name}: {text}", re.compile(text)


def compiled(value: Any) -> list[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        return [value]
    if isinstance(value, dict):
        return [found for one in (*value.keys(), *value.values()) for found in compiled(one)]
    if isinstance(value, list | tuple | set | frozenset):
        return [found for one in value for found in compiled(one)]
    return []


PATTERNS = dict(patterns())
METHODS: dict[str, set[str]] = {}
for _module in modules():
    for _name, _pattern, _function in literals(_module):
        if _function != "compile" or _pattern not in PATTERNS.values():
            PATTERNS[_name] = _pattern
            METHODS[_name] = {"search", "match", "fullmatch", "finditer"} if _function == "compile" else {_function}
for _name, _pattern in schema_patterns():
    PATTERNS[_name], METHODS[_name] = _pattern, {"search"}
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(mayadeen.__file__).parent.rglob("*.py")))
SHORT = {"mayadeen.extraction.images._CREDIT", "mayadeen.extraction.listing_total._PATTERNS"}
"""Patterns that only search the last characters of a text, or texts of at most 80 characters."""


def uses(name: str) -> set[str]:
    """The methods of a pattern that the project calls, or all where that does not show."""
    if name in METHODS:
        return METHODS[name]
    module, _, attribute = name.rpartition(".")
    sources = inspect.getsource(sys.modules[module]) if attribute.startswith("_") else SOURCES
    found = set(re.findall(rf"\b{attribute}\.(search|match|fullmatch|finditer|findall|split|sub|subn)\b", sources))
    if len(re.findall(rf"\b{attribute}\b", sources)) > 1 + len(re.findall(rf"\b{attribute}\.", sources)):
        return {"search", "match", "fullmatch", "finditer"}
    return found or {"search", "match", "fullmatch", "finditer"}


MIN_SECONDS = 0.03
"""A quadratic pattern takes longer than this for 20,000 characters."""
MAX_SECONDS = 10.0
"""A search that takes longer is ended, and counts as slow."""
MAX_GROWTH = 9
"""A text four times as long takes four times as long to search in linear time, and 16 times in quadratic time."""


class TooSlow(Exception):
    """The search took longer than ``MAX_SECONDS``."""


def texts(pattern: re.Pattern[Any], size: int) -> Iterator[str]:
    """Pieces repeated, among them the literals of the pattern itself, after a beginning and before an end that fits none."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    literals = re.findall(r"[^\W_]{2,12}", source)[:12]
    # Literals with punctuation, such as <![CDATA[.
    literals += re.findall(r"[^\s\w()|]{2,}\w+[^\s\w()|]+", source.replace("\\", ""))[:4]
    begins = ["", *(literal + " " for literal in literals[:3])]
    for piece in (*PIECES, *literals, *(f"{literal} " for literal in literals)):
        for begin in begins:
            yield begin + piece * (size // len(piece)) + "\x00"


def cpu_seconds(pattern: re.Pattern[Any], methods: set[str], text: str) -> float:
    """Search a text with each of the methods. Raises ``TooSlow``."""
    given: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    began = time.process_time()
    for method in methods:
        signal.setitimer(signal.ITIMER_VIRTUAL, MAX_SECONDS)
        try:
            result = getattr(pattern, method)(given)
            if method == "finditer":
                deque(result, maxlen=0)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began


def is_slow(pattern: re.Pattern[Any], methods: set[str], text: str, shorter: str, short: str) -> bool:
    """Return whether a text takes more than linear time. ``shorter`` is a quarter of it, and ``short`` a tenth."""
    try:
        # The tenth of a text that takes quadratic time takes a hundredth of it. Some systems count CPU time in steps of
        # 4 ms. Wall time is finer, and never shorter.
        began = time.perf_counter()
        cpu_seconds(pattern, methods, short)
        if time.perf_counter() - began < MIN_SECONDS / 200:
            return False
        if cpu_seconds(pattern, methods, text) < MIN_SECONDS:
            return False
        # Other work on the machine slows down some searches, and speeds up none.
        long, quarter = (min(cpu_seconds(pattern, methods, one) for _ in range(3)) for one in (text, shorter))
        return long > MAX_GROWTH * quarter
    except TooSlow:
        return True


def slow(name: str, pattern: re.Pattern[Any], size: int) -> str | None:
    """Return the beginning of the first text whose search takes more than linear time."""

    def stop(*_: object) -> None:
        raise TooSlow

    methods = {"finditer" if use in ("findall", "split", "sub", "subn") else use for use in uses(name)}
    if "finditer" in methods:
        methods.discard("search")  # it ends where the first match of finditer does
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        sizes = zip(*(texts(pattern, part) for part in (size, size // 4, size // 10)), strict=True)
        return next((text[:30] for text, *parts in sizes if is_slow(pattern, methods, text, *parts)), None)
    finally:
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - SHORT))
def test_a_pattern_takes_linear_time(name: str) -> None:
    assert slow(name, PATTERNS[name], 20_000) is None


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(PATTERNS.keys() - SHORT))
def test_a_pattern_takes_linear_time_in_a_long_text(name: str) -> None:
    assert slow(name, PATTERNS[name], 200_000) is None


@pytest.mark.slow
@pytest.mark.parametrize("source", [r"a*b", r"[^,]*,x"])
def test_a_pattern_of_more_than_linear_time_is_found(source: str) -> None:
    assert slow(f"{__name__}.UNKNOWN", re.compile(source), 20_000)


def test_patterns_are_found_everywhere() -> None:
    names = "\n".join(PATTERNS)
    assert "mayadeen.extraction.sitemap._STRAY_AMPERSAND" in names  # a constant
    assert "mayadeen.site.urls: re.sub('%(?![0-9A-Fa-f]{2})')" in names  # in a function
    assert "mayadeen.politeness.robots_groups: re.compile(f" in names  # an f-string
    assert "article.schema.json: ^images/" in names
    assert len(PATTERNS) > 200
