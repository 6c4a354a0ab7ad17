"""Commands that the project adds to ``scrapy``."""

from __future__ import annotations

from collections.abc import Sequence

from mayadeen.crawling.arguments import usage_error


def refuse_arguments(command: str, args: Sequence[str]) -> None:
    """Raise ``UsageError`` if a command that only has options is given an argument."""
    if args:
        raise usage_error(command, " ".join(args), "is not an option", f"Options are listed by scrapy {command} -h")
