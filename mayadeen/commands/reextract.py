"""``scrapy reextract``: makes the records of kept pages again, and writes what differs as corrections."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand

from mayadeen.archives.writer import FOLDER, repair_archives
from mayadeen.commands import refuse_arguments
from mayadeen.crawling.arguments import BadArgument, data_dir, parse, usage_error
from mayadeen.crawling.session import HEADLINES, POSTS
from mayadeen.extraction.dates import utc_string
from mayadeen.fields import provenance_fields
from mayadeen.items import Article
from mayadeen.monitoring.logformatter import harmless
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.database import FILE
from mayadeen.storage.errors import StateError, no_space
from mayadeen.storage.feeds import CORRECTIONS, new_run_id, repair_feeds
from mayadeen.storage.locks import Lock
from mayadeen.storage.state import State

NAME = "reextract"
_MAX_SHOWN = 100


class Command(ScrapyCommand):
    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[--since TIME] [--dry-run] [--accept FIELDS]"

    def short_desc(self) -> str:
        return "Make the records of kept pages again with today's code"

    def long_desc(self) -> str:
        return (
            f"Read the pages in {FOLDER}/ of MAYADEEN_DATA_DIR again, without network. Records that differ are written "
            f"to {CORRECTIONS}/, rejects that now read to articles/. Prints how many records changed in each field, "
            f"and writes the same as JSON to {CORRECTIONS}/. Exits 3 if an archive is damaged: the rest is read."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="TIME", help="pages fetched since a date, a time, or an age such as 7d")
        parser.add_argument("--dry-run", action="store_true", help="report, and write no record or correction")
        parser.add_argument(
            "--accept",
            metavar="FIELDS",
            default="",
            help="fields, divided by commas, that may become empty or come from a less trusted source",
        )

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_arguments(NAME, args)
        assert self.settings is not None
        self.exitcode = 0
        try:
            data, since = data_dir(self.settings), None
            now = datetime.now(UTC)
            if opts.since is not None:
                found = parse({"since": opts.since}, ("since",), now=now, base_url=None, data=data).since
                since = utc_string(found) if found is not None else None
            report = reextract(data, now, since, dry_run=opts.dry_run, accepted=_fields(opts.accept))
        except (BadArgument, StateError) as error:
            self.exitcode = 1
            print(harmless(f"{NAME}: {error}"), file=sys.stderr)
            return
        for line in lines(report):
            print(harmless(line))
        lost = [*report["damage"], *report["unreadable_lines"]]
        for line in lost[:_MAX_SHOWN]:
            print(harmless(f"{NAME}: {line}"), file=sys.stderr)
        if len(lost) > _MAX_SHOWN:
            print(f"{NAME}: {len(lost)} losses, the first {_MAX_SHOWN} are shown", file=sys.stderr)
        if lost:
            self.exitcode = 3


def _fields(text: str) -> list[str]:
    """Return the names of fields in an argument. Raises ``UsageError`` for others."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    known = provenance_fields(Article)
    for name in names:
        if name not in known:
            raise usage_error("--accept", name, "is not a field that is read from a page", f"Use {', '.join(known)}")
    return names


def reextract(
    data: Path, now: datetime, since: str | None, *, dry_run: bool, accepted: Collection[str] = ()
) -> dict[str, Any]:
    """Re-extract a data folder, and return the report. Raises ``StateError``."""
    if not (data / FILE).exists():
        raise StateError(f"file not found: {data / FILE}. Crawl first, or set another MAYADEEN_DATA_DIR")
    if not (data / FOLDER).is_dir():
        raise StateError(f"folder not found: {data / FOLDER}. Keep pages with `scrapy crawl -s MAYADEEN_WARC=True`")
    locks = [Lock(data, name) for name in (POSTS, HEADLINES)]
    try:
        for lock in locks:
            if holder := lock.acquire(NAME):
                raise StateError(f"{data} is in use by {holder}. Wait until it has ended")
        state = State.open(data)
        try:
            return _with_state(data, state, now, since, dry_run=dry_run, accepted=accepted)
        finally:
            state.close()
    except OSError as error:
        raise no_space(error, data) from None
    finally:
        for lock in locks:
            lock.release()


def _with_state(
    data: Path, state: State, now: datetime, since: str | None, *, dry_run: bool, accepted: Collection[str]
) -> dict[str, Any]:
    from mayadeen.archives.reextract import Reextraction

    for number, run_id, _ in state.outbox.incomplete_runs():
        repair_feeds(state.outbox, data, number, run_id)
    repair_archives(data)
    run_id, text = new_run_id(data, now, None), utc_string(now)
    work = Reextraction(data, state, run_id, text, since, dry_run=dry_run, accepted=accepted)
    if dry_run:
        work.run(0)
        return work.report()
    with state.transaction():
        crawl = state.runs.begin(NAME, json.dumps({"since": since} if since else {}), run_id, text)
        state.runs.finish(crawl)  # if it is interrupted, the next run begins from the start
    work.run(crawl.run)
    report = work.report()
    (data / CORRECTIONS).mkdir(exist_ok=True)
    write_atomic(data / CORRECTIONS / f"{run_id}.json", json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    state.outbox.clear(crawl.run)
    ending = ", ".join(f"{name} {count}" for name, count in report["counts"].items())
    status = 3 if report["damage"] or report["unreadable_lines"] else 0
    state.end(crawl, "", status, f"{NAME}: {ending}", utc_string(datetime.now(UTC)), finished=True)
    return report


def lines(report: dict[str, Any]) -> list[str]:
    """Return the report as lines for people."""
    counts = ", ".join(f"{name} {count}" for name, count in report["counts"].items()) or "no page"
    found = [f"{NAME}: {counts}{' (dry run)' if report['dry_run'] else ''}"]
    for name, changes in sorted(report["fields"].items(), key=lambda pair: -pair[1]["changed"]):
        found.append(
            f"  {name}: {changes['changed']} changed, {changes['filled']} of them filled, {changes['emptied']} emptied"
        )
        found += [
            f"    {example['id']}: {json.dumps(example['from'], ensure_ascii=False)} → "
            f"{json.dumps(example['to'], ensure_ascii=False)}"
            for example in changes["examples"]
        ]
    for name, count in report["reads_less"].items():
        found.append(
            f"  {name}: {count} records not corrected, since it would be empty or from a less trusted source. "
            f"If your change means this, add --accept {name}"
        )
    found += [f"  now_rejected: {line}" for line in report["now_rejected"]]
    if report["alerts_ended"]:
        ended = "drift alerts that would end" if report["dry_run"] else "drift alerts ended"
        found.append(f"  {ended}: {', '.join(report['alerts_ended'])}")
    return found
