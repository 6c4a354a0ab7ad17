"""``scrapy archive``: checks, indexes, packs and extracts web archives."""

from __future__ import annotations

import io
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from scrapy.commands import ScrapyCommand

from mayadeen.crawling.arguments import usage_error
from mayadeen.monitoring.logformatter import harmless
from mayadeen.storage.atomic_write import write_atomic

ACTIONS = ("check", "index", "wacz", "extract")


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return f"{'|'.join(ACTIONS)} [-o OUT] FILE [FILE ...]"

    def short_desc(self) -> str:
        return "Check, index, pack or extract web archives"

    def long_desc(self) -> str:
        return (
            "check: read archives completely, check every digest, and name what is damaged. For a data folder, also "
            "name the records without a page. index: write a CDXJ index, to standard output or OUT. wacz: pack WARC "
            "files into OUT, which ReplayWeb.page opens. The contact in the user agent is replaced. FILE may be a "
            "folder. extract: make the records of archives, folders of saved pages, and CC-NEWS, with several "
            "processes or a cluster. Run the same command again to continue. Exits 3 if anything is damaged or missing."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--out", metavar="OUT", help="the file to write (wacz: default archive.wacz), or the folder"
        )
        parser.add_argument("--title", default="Al Mayadeen", help="title of a WACZ (default Al Mayadeen)")
        from mayadeen.archives import extract_command

        extract_command.add_options(parser)

    def run(self, args: list[str], opts: Namespace) -> None:
        if not args or args[0] not in ACTIONS:
            raise usage_error("archive", " ".join(args[:1]), "is not an action", f"Use one of {', '.join(ACTIONS)}")
        action, paths = args[0], [Path(name) for name in args[1:]]
        if action == "extract":
            from mayadeen.archives import extract_command

            assert self.settings is not None
            self.exitcode = extract_command.run(
                paths, opts, self.settings["USER_AGENT"], self.settings["MAYADEEN_CONTACT"]
            )
            return
        if not paths:
            raise usage_error(f"archive {action}", "", "names no file", "Name at least one archive or folder")
        for option in ("workers", "scheduler", "plan", "cc_news", *(("out",) if action == "check" else ())):
            if getattr(opts, option):
                name = f"--{option.replace('_', '-')}"
                raise usage_error(name, getattr(opts, option), f"does not apply to {action}", "Leave it out")
        from mayadeen.archives.pack import PackError, check_output, write_wacz

        self.exitcode = 0
        try:
            files = self._files(paths)
            if action == "check":
                self._check(paths, files)
            elif action == "index":
                self._index(files, Path(opts.out) if opts.out else None)
            else:
                made = Path(opts.out or "archive.wacz")
                check_output(made, files, (".wacz",))
                for line in write_wacz(files, made, opts.title):
                    self._fail(3, f"not packed: {line}")
                print(harmless(f"archive: {len(files)} files → {made}"))
        except PackError as error:
            self._fail(1, f"{error}.")
        except OSError as error:
            self._fail(1, f"{error.filename or opts.out or 'standard output'}: {error.strerror or error}")

    def _index(self, files: list[Path], out: Path | None) -> None:
        from mayadeen.archives.pack import check_output, write_index

        if out is None:
            write_index(files, sys.stdout)
            return
        check_output(out, files, (".cdxj", ".cdx"))
        text = io.StringIO()
        write_index(files, text)
        write_atomic(out, text.getvalue())

    def _files(self, paths: list[Path]) -> list[Path]:
        from mayadeen.archives.captures import archive_files
        from mayadeen.archives.pack import PackError

        found = []
        for path in paths:
            if not path.exists():
                raise PackError(f"file not found: {path}. Name an archive or a folder of archives")
            here = archive_files(path)
            if not here:
                raise PackError(f"no archive in {path}. Name a .warc, .warc.gz, .warc.zst or .wacz file")
            found += here
        return list({file.resolve(): file for file in found}.values())

    def _check(self, paths: list[Path], files: list[Path]) -> None:
        from mayadeen.archives.check import check_file, records_without_page
        from mayadeen.archives.writer import FOLDER

        for file in files:
            checked = check_file(file)
            for line in checked.damage:
                self._fail(3, line)
            summary = ", ".join(f"{name} {count}" for name, count in sorted(checked.counts.items())) or "no record"
            state = f"damaged parts: {len(checked.damage)}" if checked.damage else "whole"
            print(harmless(f"archive: {file}: {state}, {summary}"))
        for path in paths:
            if (path / FOLDER).is_dir():
                for line in records_without_page(path):
                    self._fail(3, line)

    def _fail(self, status: int, line: str) -> None:
        self.exitcode = status
        print(harmless(f"archive: {line}"), file=sys.stderr)
