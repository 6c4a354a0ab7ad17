"""Errors of the state and of the disk, as one line for people."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from scrapy.exceptions import CloseSpider


class StateError(CloseSpider):
    """The state, or the disk that holds it, cannot be used. As a string, one line for people.

    Scrapy ends the run with ``reason`` if one is raised in a callback.
    """

    def __init__(self, text: str, reason: str = "state_error") -> None:
        super().__init__(reason)
        self.text = text

    def __str__(self) -> str:
        return self.text


def no_space(error: OSError | sqlite3.Error, folder: Path) -> StateError:
    """Return the error of a disk that cannot be written."""
    return StateError(
        f"nothing more can be written in {folder} ({error}). Free space or fix the permissions there, then run the "
        "same command again. It resumes where it stopped, and the feeds are repaired",
        "no_space",
    )


def damaged(path: Path, why: str) -> StateError:
    """Return the error of a state file that cannot be read."""
    return StateError(f"{path} is damaged ({' '.join(why.split())}). Rebuild it from the feeds with `scrapy rebuild`")
