"""`python -m testsite serve` and `python -m testsite answers`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from typing import NoReturn

from testsite.layouts import EDITIONS, LAYOUTS
from testsite.posts import STEPS
from testsite.scenarios import SCENARIOS, Scenario
from testsite.server import Server, lines
from testsite.site import SITEMAPS, SyntheticSite
from testsite.validators import VALIDATORS


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="testsite", description="A synthetic test site with known answers.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("serve", "serve the test site on 127.0.0.1"),
        ("answers", "print the answers as JSON Lines, newest first"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "--posts", type=int, default=600, metavar="N", help="how many posts, 50 to 100000 (default 600)"
        )
        command.add_argument(
            "--seed", type=int, default=1, metavar="S", help="another seed makes another test site (default 1)"
        )
        command.add_argument("--edition", default="en", choices=EDITIONS, help="default en")
        command.add_argument(
            "--addresses", default="plain", choices=LAYOUTS, help="layout of the addresses (default plain)"
        )
        command.add_argument("--page-kb", type=int, default=0, metavar="K", help="pad articles to about K kB")
        command.add_argument(
            "--publish-every", type=int, default=0, metavar="K", help="a new post after every K listing requests"
        )
        command.add_argument(
            "--sitemaps", default="plain", choices=SITEMAPS, help="how the sitemaps are served (default plain)"
        )
        command.add_argument(
            "--validators", default="both", choices=VALIDATORS, help="headers of the articles (default both)"
        )
        if name == "serve":
            command.add_argument("--scenario", choices=SCENARIOS, help="serve it in trouble (default: in good health)")
            command.add_argument(
                "--redesign",
                default="",
                metavar="STEPS",
                help=f"redesign the articles' pages by these steps, comma-separated: {', '.join(STEPS)}",
            )
            command.add_argument("--port", type=int, default=0, metavar="P", help="0, the default, takes a free one")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        testsite = SyntheticSite(
            options.posts,
            options.seed,
            options.edition,
            options.addresses,
            options.page_kb,
            options.publish_every,
            options.sitemaps,
            options.validators,
        )
        if options.command == "serve":
            testsite.redesign(*filter(None, options.redesign.split(",")))
    except ValueError as error:
        parser.error(f"--{str(error).replace('_', '-', 1)}")
    if options.command == "answers":
        try:
            for line in lines(testsite):
                sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # the reader stopped early, as `head` does
            sys.stderr.close()
            return 1
        return 0
    scenario = SCENARIOS[options.scenario]() if options.scenario else None
    return _serve(parser, testsite, options.port, scenario)


def _serve(parser: argparse.ArgumentParser, testsite: SyntheticSite, port: int, scenario: Scenario | None) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        server = Server(testsite, port, scenario=scenario)
    except (OSError, OverflowError) as error:
        parser.error(f"--port: {port} cannot be used ({error}). Give another port, or 0 for a free one")
    with server:
        print(f"testsite: serving {server.url} ({testsite.posts} posts, seed {testsite.seed})", flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
