"""``scrapy doctor``: shows whether the site is what the crawler expects."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request, signals
from scrapy.commands import ScrapyCommand
from scrapy.exceptions import CloseSpider
from scrapy.utils.conf import arglist_to_dict
from twisted.python.failure import Failure

from mayadeen.commands import refuse_arguments
from mayadeen.crawling.arguments import BadArgument, base_url, nearest, usage_error, writable_data_dir
from mayadeen.crawling.failure_reasons import failure_reason
from mayadeen.extraction.dates import utc_string
from mayadeen.monitoring.doctor.fetching import MAX_REQUESTS, Answer, Purpose
from mayadeen.monitoring.doctor.report import EXIT_CODES, DoctorReport
from mayadeen.monitoring.logformatter import harmless
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from mayadeen.spiders.base import ListingSpider

if TYPE_CHECKING:
    from rich.console import Console

    from mayadeen.monitoring.doctor.examination import Examination

FOLDER = "doctor"
"""The folder of the reports in the data folder."""
_CODES = (
    ("resolve", "dns"), ("dns", "dns"), ("timeout", "timeout"), ("refused", "refused"), ("ssl", "tls"), ("tls", "tls"),
    ("certificate", "tls"),
)  # fmt: skip


class DoctorSpider(ListingSpider):
    """Fetches the pages of an examination, under the politeness of every crawl. It never opens its session."""

    name = "doctor"
    accepted = ("edition", "sections")
    custom_settings = {"LOG_ENABLED": True, "LOG_LEVEL": "ERROR"}  # noqa: RUF012 - Scrapy's own form
    examine: ClassVar[Callable[[DoctorSpider], Any]]
    failure: ClassVar[Exception | None] = None
    keep: ClassVar[Callable[[Answer], None] | None] = None

    async def start(self) -> AsyncIterator[Any]:
        """Do the examination. The spider yields nothing."""
        self.sent = 0
        self.crawler.signals.connect(self._count, signal=signals.request_reached_downloader)
        if self.session.error is not None:
            type(self).failure = self.session.error
            raise CloseSpider("bad_argument")
        try:
            await type(self).examine(self)
        except BadArgument as error:
            type(self).failure = error
        return
        yield

    async def fetch(self, url: str, purpose: Purpose) -> Answer:
        """Fetch a URL as a crawl does. robots.txt is handed on, so that it is fetched once."""
        meta: dict[str, Any] = {"mayadeen_may_be_refused": True, "dont_retry": True}
        if purpose == "robots":
            meta["dont_obey_robotstxt"] = True
        if purpose == "image":
            meta["mayadeen_image"] = True
        method = "HEAD" if purpose == "image" else "GET"
        before = self.sent
        try:
            response = await self.crawler.engine.download_async(Request(url, method=method, meta=meta))
        except Exception as error:  # a download can fail with any error
            code, text = failure_reason(Failure(error))  # type: ignore[no-untyped-call]
            return self._kept(Answer(url, code=_code_of(code, text), error=text, cost=self.sent - before))
        if purpose == "robots":
            self.session.prefetched.pages[url] = response, utc_string(datetime.now(UTC))
        return self._kept(Answer(url, response, cost=self.sent - before))

    def _kept(self, answer: Answer) -> Answer:
        if (keep := type(self).keep) is not None:
            keep(answer)
        return answer

    def _count(self) -> None:
        self.sent += 1


def _code_of(code: str, text: str) -> str:
    """A short name for the failures that have an advice of their own."""
    where = f"{code} {text}".casefold()
    return next((name for word, name in _CODES if word in where), code)


class Command(ScrapyCommand):
    """Exits 0 if the site is ready for a crawl, 3 if it is with limits, and 1 if it is not usable."""

    requires_project = True
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own form

    def syntax(self) -> str:
        return "[options]"

    def short_desc(self) -> str:
        return "Tell whether the site is what the crawler expects"

    def long_desc(self) -> str:
        return (
            f"Check machine, access, menu, listings, articles and sitemaps of the site, in at most {MAX_REQUESTS} "
            "polite requests. Print what was found and what to do, and write it as JSON and HTML into the data folder."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a", dest="arguments", action="append", default=[], metavar="NAME=VALUE",
            help="edition=ar, or sections=politics,opinion",
        )  # fmt: skip
        parser.add_argument("--full", action="store_true", help="check every listing of the menu")
        parser.add_argument("--save", metavar="DIR", help="keep the pages and the report in DIR, for a bug report")
        parser.add_argument("--offline", metavar="DIR", help="make the report of a saved folder again, without network")

    def run(self, args: list[str], opts: Namespace) -> None:
        refuse_arguments("doctor", args)
        try:
            given = arglist_to_dict(opts.arguments)
        except ValueError:
            given_as = " ".join(opts.arguments)
            raise usage_error("-a", given_as, "is not NAME=VALUE", "Use the form edition=ar") from None
        for name in ("save", "offline"):
            if getattr(opts, name) == "":
                raise usage_error(f"--{name}", "", "is empty", "Name a folder")
        if opts.offline and (opts.save or opts.full):
            raise usage_error("--offline", opts.offline, "sends no requests", "Leave out --save and --full")
        try:
            report = self._offline(Path(opts.offline), given) if opts.offline else self._online(given, opts)
        except (BadArgument, ValueError) as error:
            self.exitcode = 1
            print(harmless(f"doctor: {error}"), file=sys.stderr)
        except OSError as error:
            self.exitcode = 1
            print(harmless(f"doctor: {error.filename}: {error.strerror or error}"), file=sys.stderr)
        else:
            assert report.verdict is not None
            self.exitcode = EXIT_CODES[report.verdict.state]

    def _online(self, given: dict[str, str], opts: Namespace) -> DoctorReport:
        """Examine the site. Raises ``BadArgument`` and ``OSError``."""
        from mayadeen.archives.saved_pages import SavedFolder
        from mayadeen.monitoring.doctor.environment import environment_checks
        from mayadeen.monitoring.doctor.examination import Examination
        from mayadeen.monitoring.doctor.history import changes_since_last, write_report
        from mayadeen.monitoring.doctor.terminal import print_report

        assert self.settings is not None
        assert self.crawler_process is not None
        data = writable_data_dir(self.settings)
        edition = EDITIONS.get(given.get("edition", "en"))
        if edition is None:
            raise BadArgument("edition", given["edition"], "is not a known value", nearest(given["edition"], EDITIONS))
        addresses = Addresses(edition, base_url(self.settings))
        report = _new_report(addresses)
        report.delay = self.settings.getfloat("DOWNLOAD_DELAY")
        for check in environment_checks(self.settings, data):
            report.add("environment", check)
        saved = SavedFolder.create(Path(opts.save)) if opts.save else None
        settings, delay = self.settings, report.delay
        console = _console()
        budget = None if opts.full else MAX_REQUESTS
        console.print(f"Checking {addresses.base_url}: {_expected(budget, delay)}")
        begun = monotonic()

        async def examine(spider: DoctorSpider) -> None:
            examination = Examination(
                spider.fetch, addresses, report, budget=budget, delay=delay,
                agent=settings["ROBOTSTXT_USER_AGENT"], sections=_names(given),
                has_browser=any(c.key == "browser" and c.status == "ok" for c in report.checks["environment"]),
            )  # fmt: skip
            await examination.run()
            _decide(report, examination, given, settings["MAYADEEN_BASE_URL"])

        DoctorSpider.examine, DoctorSpider.failure = staticmethod(examine), None
        DoctorSpider.keep = saved.keep if saved is not None else None
        self.crawler_process.crawl(DoctorSpider, **given)
        self.crawler_process.start()
        if DoctorSpider.failure is not None:
            raise DoctorSpider.failure
        if report.verdict is None:
            raise ValueError("the run was interrupted. Run scrapy doctor again.")
        report.seconds = round(monotonic() - begun, 1)
        changes = changes_since_last(data / FOLDER, report)
        page = write_report(data / FOLDER, report, changes)
        if saved is not None:
            saved.finish(report)
        print_report(console, report, changes)
        console.print(f"Report: {page}" + (f"\nSaved: {opts.save}" if saved is not None else ""))
        return report

    def _offline(self, folder: Path, given: dict[str, str]) -> DoctorReport:
        """Make the report of a saved folder again. Raises ``ValueError`` and ``OSError``."""
        from mayadeen.archives.saved_pages import SavedFolder
        from mayadeen.monitoring.doctor.examination import Examination
        from mayadeen.monitoring.doctor.terminal import print_report

        saved = SavedFolder.open(folder)
        old = saved.report()
        addresses = Addresses(EDITIONS[old.edition], old.base_url)
        report = _new_report(addresses)
        report.made_at, report.checks["environment"] = old.made_at, list(old.checks["environment"])
        budget = None if old.requests > MAX_REQUESTS else MAX_REQUESTS
        browser = old.find("browser")
        examination = Examination(
            saved.fetch, addresses, report, budget=budget, delay=old.delay, agent="mayadeen", sections=_names(given),
            has_browser=browser is not None and browser.status == "ok",
        )  # fmt: skip
        asyncio.run(examination.run())
        report.checks["environment"] = list(old.checks["environment"])
        report.checks["access"] = list(old.checks["access"])
        _decide(report, examination, given, old.base_url if old.base_url != addresses.edition.base_url else None)
        console = _console()
        print_report(console, report, None)
        return report


def _new_report(addresses: Addresses) -> DoctorReport:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return DoctorReport(edition=addresses.edition.code, base_url=addresses.base_url, made_at=now)


def _names(given: dict[str, str]) -> tuple[str, ...]:
    return tuple(name.strip() for name in given.get("sections", "").split(",") if name.strip())


def _console() -> Console:
    from rich.console import Console

    from mayadeen.monitoring.doctor.terminal import PLAIN_WIDTH

    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else PLAIN_WIDTH, highlight=False, markup=False, emoji=False)


def _expected(budget: int | None, delay: float) -> str:
    from mayadeen.monitoring.html.page import duration

    if budget is None:
        return f"every listing, one request every {delay:g} s"
    return f"at most {budget} requests, about {duration(max(budget * delay, 1))}"


def _decide(report: DoctorReport, examination: Examination, given: dict[str, str], base: str | None) -> None:
    """Set the verdict, with the next command and the time that a full crawl takes."""
    from mayadeen.monitoring.html.page import duration

    options = [f"-a {name}={value}" for name, value in given.items()]
    if base:
        options.append(f"-s MAYADEEN_BASE_URL={base}")
    command = " ".join(["scrapy crawl articles -a limit=50", *options])
    size = examination.sitemaps.articles_in_all
    took = "The sitemaps do not tell how long a full crawl takes."
    if size is not None:
        took = f"A full crawl of about {size:,} posts takes about {duration(max(size * examination.delay, 1))}."
    report.decide(command, took)
    if report.verdict is not None and report.verdict.state == "not_usable":
        report.decide(" ".join(["scrapy doctor", *options]), took)
