"""Fixtures of whole crawls, and the marker of tests that start a process."""

from __future__ import annotations

import atexit
import gc
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.crawl_runner import Crawl, CrawlRunner, Run
from tests.support.preloaded import PROJECT
from tests.support.site import Answer, Site, serving

__all__ = ["PROJECT", "Answer", "Crawl", "Run", "Site", "serving"]  # until all tests import tests.support

# How fast a machine is says nothing about what is tested. `make fuzz` tries new examples, all other runs the same ones.
settings.register_profile("project", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("fuzz", deadline=None, max_examples=5000)
settings.load_profile("project")

# --- garbage collection -----------------------------------------------------------------------------------------------

# Modules and collected tests live until the end. Each full collection would look at all of them.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()
    atexit.register(gc.unfreeze)


# --- names of tests ---------------------------------------------------------------------------------------------------


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name packed data by its argument: gzip writes the time into it, and the names would differ between workers."""
    return argname if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


# --- tests that start processes ---------------------------------------------------------------------------------------

_PROCESS_FOLDERS = {"crawls", "operations", "soak"}
_STARTS_PROCESS = (
    (subprocess.Popen, "__init__"),
    (os, "fork"),
    (os, "forkpty"),
    (os, "posix_spawn"),
    (os, "posix_spawnp"),
    (os, "system"),
)
_current: list[pytest.Item] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start a process. `make unit` runs all others, and coverage is that of all others."""
    for item in items:
        if item.path.parent.name in _PROCESS_FOLDERS or "crawl" in getattr(item, "fixturenames", ()):
            item.add_marker("process")
        if item.get_closest_marker("process"):
            item.add_marker("no_cover")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _current[:] = [item]
    result = yield
    _current.clear()
    return result


def _only_marked(start: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse to start a process in a test without the marker."""

    @wraps(start)
    def checked(*args: Any, **options: Any) -> Any:
        if _current and not _current[0].get_closest_marker("process"):
            raise AssertionError(f"{_current[0].nodeid} starts a process. Mark it with pytest.mark.process.")
        return start(*args, **options)

    return checked


# Not an audit hook: it would run inside `sys.settrace`, where another thread that coverage traces may then fail to start.
for _owner, _name in _STARTS_PROCESS:
    setattr(_owner, _name, _only_marked(getattr(_owner, _name)))


# --- crawls -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    """``crawl(base_url, "-a", "limit=3", spider="articles")`` → ``Run``, with the data in a folder of the test."""

    def run(base_url: str, *options: str, spider: str = "articles") -> Run:
        return CrawlRunner(base_url, tmp_path / "data").run(*options, spider=spider)

    return run


@pytest.fixture
def site() -> Iterator[Site]:
    """A small site, served for the length of a test."""
    with serving() as made:
        yield made
