"""The error of a page that cannot be read."""

from __future__ import annotations


class PageError(Exception):
    """A page cannot be read: ``rule`` is a short code, ``message`` says what is wrong."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
