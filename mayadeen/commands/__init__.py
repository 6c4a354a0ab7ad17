"""What is added to the `scrapy` command."""

from __future__ import annotations

from collections.abc import Sequence

from scrapy.exceptions import UsageError

from mayadeen.crawling.arguments import refusal


def usage_error(name: str, value: object, problem: str, advice: str) -> UsageError:
    """Return the error for a word of the command line that cannot be used. It ends the command with exit 2."""
    return UsageError(refusal(name, value, problem, advice), print_help=False)


def refuse_arguments(command: str, args: Sequence[str]) -> None:
    """Raise ``UsageError`` if a command that only has options is given an argument."""
    if args:
        raise usage_error(command, " ".join(args), "is not an option", f"Options are listed by scrapy {command} -h")
