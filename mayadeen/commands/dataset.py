"""``scrapy dataset``: build one dataset from the feeds of all runs."""

from __future__ import annotations

import shlex
import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Collection
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.commands import ScrapyCommand

from mayadeen.crawling.arguments import KINDS, BadArgument, data_dir, nearest, parse, refusal
from mayadeen.dataset import split
from mayadeen.dataset.filters import Filters
from mayadeen.extraction.dates import utc_string
from mayadeen.extras import install_command
from mayadeen.monitoring.logformatter import harmless

if TYPE_CHECKING:
    from mayadeen.dataset.build import BuildOptions, BuildResult

_NEEDED = ("pyarrow", "orjson", "rensa", "numpy", "yaml")
_MAX_SHOWN = 20
"""Maximum number of read errors on standard error. The manifest has more."""


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options] [OUT] [FEED ...]"

    def short_desc(self) -> str:
        return "Build one dataset from the feeds of all runs"

    def long_desc(self) -> str:
        return (
            "Build one dataset from the feeds of all runs in MAYADEEN_DATA_DIR, or from each FEED. A FEED is a data "
            "folder, a dataset, a folder of *.jsonl, or a file, also .gz and .zst. OUT is the folder to build in "
            "(default: dataset in the data folder). A dataset that was built there before is replaced once the new "
            "one is complete. docs/dataset.md explains it."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        option = parser.add_argument
        option("--history", action="store_true", help="all revisions of an article (default: the latest)")
        option("--removals", default="apply", metavar="HOW", help="articles gone from the site: apply (leave them "
               "out, the default) or flag (keep them, with removed_at)")  # fmt: skip
        option("--since", metavar="TIME", help="published then or later: a date, a time with zone, or an age (7d)")
        option("--until", metavar="TIME", help="published then or earlier")
        option("--kinds", metavar="KIND,…", help="only these kinds")
        option("--sections", metavar="NAME,…", help="only these sections or categories, by label or slug")
        option("--language", metavar="TAG,…", help="only these languages")
        option("--min-words", metavar="N", help="only texts with at least N words")
        option("--drop-duplicates", metavar="WHICH", help="leave out duplicates of earlier articles: exact, or near "
               "(exact ones too). Default: they are only marked")  # fmt: skip
        option("--split", metavar="SPLITS", help="by shares (train=0.9,test=0.1) or by time (train,test=2025-01-01)")
        option("--seed", default="0", metavar="N", help="of a split by shares (default: 0)")
        option("--formats", default="jsonl,parquet", metavar="FORMAT,…", help="jsonl, csv, parquet. jsonl.zst, csv.gz, "
               "… are compressed (default: jsonl,parquet)")  # fmt: skip
        option("--partition", action="store_true", help="Parquet in folders by year and month of publication")

    def run(self, args: list[str], opts: Namespace) -> None:
        try:
            self._run(args, opts)
        except KeyboardInterrupt:
            self._end(3, "interrupted. Nothing was replaced")

    def _run(self, args: list[str], opts: Namespace) -> None:
        assert self.settings is not None
        if missing := [name for name in _NEEDED if find_spec(name) is None]:
            self._end(1, f"{', '.join(missing)} not installed. Run {install_command('dataset')}")
            return
        from mayadeen.dataset import card, croissant, field_dictionary, profile
        from mayadeen.dataset.atomic_dir import AtomicDirectoryError
        from mayadeen.dataset.build import build
        from mayadeen.dataset.inputs import InputError, find

        writers = (field_dictionary.write, card.write, croissant.write, profile.write)
        try:
            data = data_dir(self.settings)
            options = _options(opts, datetime.now(UTC))
            out = Path(args[0]) if args else data / "dataset"
            _refuse_feeds(out, args)
            result = build(find(data, args[1:]), out, options, writers)
        except BadArgument as error:
            self._end(1, _as_typed(error))
        except (InputError, AtomicDirectoryError) as error:
            self._end(1, str(error))
        except UnicodeEncodeError as error:
            self._end(1, f"the name of a file or folder is not UTF-8: {error.object!r}. Nothing was replaced")
        except (OSError, sqlite3.Error) as error:
            what = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else error
            self._end(1, f"{what}. Nothing was replaced")
        else:
            self._report(result, out)

    def _report(self, result: BuildResult, out: Path) -> None:
        """Print what could not be read, what was left out, and what was built."""
        counts, errors = result.manifest["counts"], result.manifest["read_error_count"]
        for message in result.read_errors[:_MAX_SHOWN]:
            print(harmless(f"dataset: {message}"), file=sys.stderr)
        if errors > _MAX_SHOWN:
            print(f"dataset: {errors - _MAX_SHOWN} more could not be read, see manifest.json", file=sys.stderr)
        for part in result.manifest["splits"]:
            if not part["records"]:
                print(f"dataset: split {part['name']} has no record and no file", file=sys.stderr)
        why = ", ".join(f"{n} {reason}" for reason, n in counts["left_out"].items() if n)
        left_out = f", {counts['read'] - counts['written']} left out ({why})" if why else ""
        records, lines = _count(counts["written"], "record"), _count(counts["read"], "line")
        self._end(3 if errors else 0, f"{records} of {lines}{left_out} → {out}")

    def _end(self, status: int, text: str) -> None:
        self.exitcode = status
        print(harmless(f"dataset: {text}"), file=sys.stderr, flush=True)


def _refuse_feeds(out: Path, args: list[str]) -> None:
    """Raise ``InputError`` if the first argument is a feed: it is easily mistaken for the input."""
    from mayadeen.dataset.inputs import MANIFEST, InputError, feeds_in

    is_feed = out.is_file() if not out.is_dir() else bool(not (out / MANIFEST).exists() and feeds_in(out))
    if args and is_feed:
        words = shlex.join(["scrapy", "dataset", "OUT", *args])
        raise InputError(f"{out} holds feeds, and the first argument is OUT, the folder to build in. Use: {words}")


def _as_typed(error: BadArgument) -> str:
    """Write an error about an option with the option as it is typed."""
    if error.name.isupper():
        return str(error)
    return refusal(f"--{error.name.replace('_', '-')}", error.value, error.problem, error.advice)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _options(opts: Namespace, now: datetime) -> BuildOptions:
    """Check the options. Raises ``BadArgument``."""
    from mayadeen.dataset.build import BuildOptions
    from mayadeen.dataset.write import FORMATS

    given = {name: value for name in ("since", "until") if (value := getattr(opts, name)) is not None}
    time = parse(given, ("since", "until"), now)
    options: dict[str, Any] = {
        "history": opts.history,
        "removals": _choice("removals", opts.removals, ("apply", "flag")),
        "since": time.since and utc_string(time.since),
        "until": time.until and utc_string(time.until),
        "kinds": _names("kinds", opts.kinds, KINDS),
        "sections": _names("sections", opts.sections),
        "language": _names("language", opts.language),
        "min_words": None if opts.min_words is None else _number("min_words", opts.min_words, 1),
        "drop_duplicates": opts.drop_duplicates and _choice("drop_duplicates", opts.drop_duplicates, ("exact", "near")),
        "split": opts.split,
        "seed": _number("seed", opts.seed, 0),
        "formats": _names("formats", opts.formats, FORMATS),
        "partition": opts.partition,
    }
    if opts.partition and "parquet" not in options["formats"]:
        raise BadArgument("formats", opts.formats, "has no parquet, which --partition needs", "Add parquet")
    return BuildOptions(
        filters=Filters(
            time,
            frozenset(options["kinds"]),
            tuple(options["sections"]),
            tuple(options["language"]),
            options["min_words"],
        ),
        split=split.parse(opts.split, options["seed"]),
        history=opts.history,
        flag_removed=options["removals"] == "flag",
        drop=options["drop_duplicates"],
        formats=tuple(options["formats"]),
        partition=opts.partition,
        command=_command(options),
        options=options,
    )


def _command(options: dict[str, Any]) -> str:
    """Return the command with the same options, without folders and defaults."""
    words = ["scrapy", "dataset"]
    for name, value in options.items():
        if value not in (None, False, []) and (name, value) not in (("removals", "apply"), ("seed", 0)):
            words.append(f"--{name.replace('_', '-')}")
            if value is not True:
                words.append(",".join(value) if isinstance(value, list) else str(value))
    return shlex.join(words)


def _choice(name: str, value: str, allowed: Collection[str]) -> str:
    folded = value.casefold()
    if folded not in allowed:
        raise BadArgument(name, value, "is not a known value", nearest(value, allowed))
    return folded


def _names(name: str, value: str | None, allowed: Collection[str] | None = None) -> list[str]:
    """Split names at commas. Each is returned once."""
    if value is None:
        return []
    names = list(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    if not names:
        raise BadArgument(name, value, "has no name", "Give one or more names, separated by commas")
    if allowed is None:
        return names
    return list(dict.fromkeys(_choice(name, part, allowed) for part in names))


def _number(name: str, value: str, least: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 13 and int(value) >= least):
        raise BadArgument(name, value, f"is not an integer ≥ {least}", "Give a number such as 100")
    return int(value)
