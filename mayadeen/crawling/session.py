"""The session of a run: its arguments, its data folder, its outcomes and its result."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from weakref import ReferenceType, WeakKeyDictionary, ref

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.python.failure import Failure

from mayadeen.crawling import arguments
from mayadeen.crawling.arguments import Arguments, BadArgument
from mayadeen.crawling.known_articles import KnownArticles
from mayadeen.crawling.listing_store import ListingStore
from mayadeen.crawling.outcomes import FINISHED_REASONS, OutcomeLedger, RecordDropped, UrlOutcome, UrlSource
from mayadeen.crawling.prefetched import PrefetchedPages
from mayadeen.crawling.publication_range import PublicationRange
from mayadeen.crawling.run_result import RunResult
from mayadeen.crawling.scheduler import CrawlScheduler
from mayadeen.crawling.signals import session_opened, url_outcome
from mayadeen.extraction.dates import utc_string
from mayadeen.items import Article
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses
from mayadeen.storage.errors import StateError, no_space
from mayadeen.storage.feeds import new_run_id, repair_feeds
from mayadeen.storage.locks import Lock, WaitingNote
from mayadeen.storage.runs import Crawl
from mayadeen.storage.state import State

logger = logging.getLogger(__name__)

POSTS, HEADLINES = "posts", "headlines"
"""The locks of a data folder. Spiders that write posts exclude each other. ``headlines`` runs next to them."""
DEFAULTS = {"edition": "en", "mode": "new", "render": "auto"}
"""The values of arguments that are not given, as the database stores them."""
COMPLETED_REASONS = (*FINISHED_REASONS, "limit")
"""Finish reasons of a run that need not be resumed."""
_POLL = 0.2
_STARTING = "start"
"""The lock of a run that is starting: only one at a time creates a database or repairs feeds."""
_START_WAIT = 60
"""Seconds that a run waits for another one to start. A repair takes one or two."""

_sessions: WeakKeyDictionary[Crawler, ReferenceType[CrawlSession]] = WeakKeyDictionary()


def session_of(crawler: Crawler) -> CrawlSession | None:
    """Return the session of a crawler, or ``None`` if its spider has none."""
    reference = _sessions.get(crawler)
    return reference() if reference is not None else None


def required_session(crawler: Crawler) -> CrawlSession:
    """Return the session of a crawler, for components that need one.

    Raises ``NotConfigured`` for a spider without a session. Scrapy then leaves the component out.
    """
    session = session_of(crawler)
    if session is None:
        raise NotConfigured
    return session


@dataclass(frozen=True)
class SpiderProfile:
    """The constants of a spider class.

    ``accepted`` are the names of its arguments, ``defaults`` the values of arguments that are not given. ``lock`` is
    the lock that its runs hold. ``narrow`` is true if it covers only some articles of the site, with any arguments.
    """

    name: str
    accepted: Collection[str] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    lock: str = POSTS
    narrow: bool = False
    main_record: type = Article


class CrawlSession:
    """One run of a spider.

    ``ListingSpider.from_crawler`` creates it, and the first ``await`` in ``start()`` opens it. A session that was not
    ``started`` writes no files. ``scrapy check`` and ``scrapy fixture`` do not start their sessions.
    """

    def __init__(self, crawler: Crawler, profile: SpiderProfile, given: Mapping[str, Any]) -> None:
        self.crawler = crawler
        self.profile = profile
        self.given = {name: str(value) for name, value in given.items()}
        self.arguments = Arguments()
        self.addresses = Addresses(self.arguments.edition)
        self.gaps: tuple[tuple[date, date], ...] | None = None
        self.error: BadArgument | StateError | None = None
        self.started = self.opened = self.begun = False
        self.run_id = ""
        self.data_dir: Path | None = None
        self.lock: Lock | None = None
        self.state: State
        self.crawl: Crawl
        self.result = RunResult()
        self.outcomes = OutcomeLedger(self._store_outcome, self._notify)
        self.articles = KnownArticles(self)
        self.listings = ListingStore(self)
        self.scheduler = CrawlScheduler(self)
        self.prefetched = PrefetchedPages(crawler)
        for name in ("item_scraped", "item_dropped", "item_error", "spider_error"):
            crawler.signals.connect(getattr(self, f"_{name}"), signal=getattr(signals, name))
        _sessions[crawler] = ref(self)
        try:
            self._configure()
        except BadArgument as error:
            self.error = error
            # Nothing will be written: an existing -O file keeps its content.
            crawler.settings.set("FEEDS", {}, priority="cmdline")

    def _configure(self) -> None:
        """Check arguments and settings. Raises ``BadArgument``."""
        settings, given = self.crawler.settings, self.given
        # The folder and the scheduler's name come first. A report of any later error needs both.
        self.data_dir = arguments.data_dir(settings)
        edition = EDITIONS.get(given.get("edition", ""), self.arguments.edition)
        self.arguments = Arguments(edition, job=arguments.job(given))
        base_url = arguments.base_url(settings)
        self.addresses = Addresses(edition, base_url)
        self._read_arguments = partial(
            arguments.parse,
            {**self.profile.defaults, **given},
            self.profile.accepted,
            base_url=base_url,
            data=self.data_dir,
        )
        self.arguments = self._read_arguments(now=datetime.now(UTC))
        self.addresses = Addresses(self.arguments.edition, base_url)
        arguments.refuse_jobdir(settings)
        arguments.max_reject_share(settings)
        arguments.politeness_settings(settings)
        arguments.images_wanted(settings)
        arguments.warc_wanted(settings)
        self._lock_wait = arguments.lock_wait(settings)
        self.scheduler.concurrency = arguments.pace(settings)
        if contact := arguments.contact(settings):
            agent = settings["USER_AGENT"]
            settings.set("USER_AGENT", f"{agent} (+{contact})", priority=settings.getpriority("USER_AGENT") or 0)

    @property
    def range(self) -> PublicationRange:
        """The times of publication that are wanted."""
        return PublicationRange(self.arguments.since, self.arguments.until, self.gaps)

    @property
    def names_listings(self) -> bool:
        """Whether the arguments name listings."""
        asked = self.arguments
        return bool(asked.sections or asked.regions or any(asked.names.values()))

    @property
    def is_narrow(self) -> bool:
        """Whether the run is limited to some listings."""
        return self.profile.narrow or self.names_listings

    @property
    def only_urls(self) -> bool:
        """Whether the run is limited to given URLs."""
        return bool(self.arguments.urls) and not self.names_listings

    @staticmethod
    def now() -> str:
        return utc_string(datetime.now(UTC))

    # --- start ---------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Lock the data folder, open its database, repair feeds, and send ``session_opened``.

        Raises ``BadArgument`` or ``StateError``, and stores the error in ``error``.
        """
        self.started = True
        try:
            if self.data_dir is not None:
                arguments.writable_data_dir(self.crawler.settings)
            if self.error is not None:
                raise self.error
            await self._open()
        except (BadArgument, StateError) as error:
            self.error = error
            raise
        self.crawler.signals.send_catch_log(session_opened, spider=self.crawler.spider)
        if self.crawl.resumed:
            # Ages count from the start of the interrupted run.
            asked = self._read_arguments(now=datetime.fromisoformat(self.crawl.started_at))
            if asked.limit is not None:
                asked = replace(asked, limit=asked.limit - self.crawl.articles)
            self.arguments = asked

    async def _open(self) -> None:
        data, lock = self.data, self.profile.lock
        try:
            starting = await self._acquire(Lock(data, lock))
            try:
                self.state = State.open(data)
                self.opened = True
                others_ended = self._repair_feeds(lock)
                self.run_id = new_run_id(data, datetime.now(UTC), self.arguments.job)
                self.crawl = self.state.runs.begin(self.profile.name, self._arguments_json(), self.run_id, self.now())
                self.begun = True
            finally:
                starting.release()
        except OSError as error:
            raise no_space(error, data) from None
        self.articles.load()
        self._note_interrupted(lock, others_ended=others_ended)

    @property
    def data(self) -> Path:
        """The data folder, of a session whose settings name one."""
        assert self.data_dir is not None
        return self.data_dir

    def _note_interrupted(self, lock: str, *, others_ended: bool) -> None:
        """Log the interrupted runs that this one does not resume."""
        for other in self.state.runs.unfinished():
            is_mine = (other.spider == HEADLINES) == (lock == HEADLINES)
            if other.n != self.crawl.n and (others_ended or is_mine):
                given = sorted(other.arguments.items() - DEFAULTS.items())
                command = " ".join(["scrapy crawl", other.spider, *(f"-a {name}={value!r}" for name, value in given)])
                line = f"`{command}` of {other.started_at}, {other.pending} pages to fetch"
                logger.warning("Interrupted and not resumed yet: %s", line)
                self.result.interrupted_runs.append(line)

    def _description(self) -> str:
        """Return spider, arguments and job as JSON, for ``scrapy runs``."""
        given = {name: value for name, value in self.given.items() if not name.startswith("_")}
        return json.dumps({"spider": self.profile.name, "arguments": given, "job": self.arguments.job})

    async def _acquire(self, lock: Lock) -> Lock:
        """Acquire the folder's ``lock``, and return the second lock held while starting. Raises ``StateError``."""
        with ExitStack() as waiting:
            return await self._wait_for(lock, waiting)

    async def _wait_for(self, lock: Lock, waiting: ExitStack) -> Lock:
        wait, name = self._lock_wait, self.profile.name
        starting = Lock(self.data, _STARTING)
        begun = monotonic()
        logged = False
        while True:
            patience = max(wait, _START_WAIT)
            if (holder := starting.acquire(name)) is None:
                if (holder := lock.acquire(name)) is None:
                    self.lock = lock
                    return starting
                starting.release()
                patience = wait
                if not logged and wait:
                    waiting.enter_context(WaitingNote(self.data, self._description()))
                    logger.info("Waiting for %s, in use by %s: up to %g s", self.data, holder, wait)
                    logged = True
            if monotonic() - begun >= patience:
                raise StateError(
                    f"{self.data} is in use by {holder}: run this when it has ended, set MAYADEEN_LOCK_WAIT to "
                    "the seconds to wait for it, or name another MAYADEEN_DATA_DIR",
                    "locked",
                )
            await asyncio.sleep(_POLL)

    def _repair_feeds(self, mine: str) -> bool:
        """Repair the feeds of every interrupted run. Runs that are still running hold their lock, and are left alone.

        Returns whether no run with the other lock is running.
        """
        other = Lock(self.data, HEADLINES if mine == POSTS else POSTS)
        others_ended = other.acquire(self.profile.name) is None
        try:
            for run, run_id, spider in self.state.outbox.incomplete_runs():
                if others_ended or (spider == HEADLINES) == (mine == HEADLINES):
                    written = repair_feeds(self.state.outbox, self.data, run, run_id)
                    logger.info(
                        "Repaired the feeds of the interrupted run %s (%s): %d records", run_id, spider, written
                    )
                    self.crawler.stats.inc_value("state/repaired")
        finally:
            other.release()
        return others_ended

    def _arguments_json(self) -> str:
        """The arguments as they were given, in one form."""
        given = {**DEFAULTS, **self.profile.defaults, **self.given}
        values = {name: value.strip() for name, value in given.items() if not name.startswith("_")}
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    # --- outcomes ------------------------------------------------------------------------------------------------

    def _item_scraped(self, response: Response | Failure | None) -> None:
        self._record(response, "written")

    def _item_dropped(self, response: Response | Failure | None, exception: BaseException) -> None:
        if isinstance(exception, RecordDropped):
            self._record(response, exception.outcome, exception.reason)
        else:  # Dropped by a pipeline of another project.
            self._record(response, "skipped", "dropped")

    def _item_error(self, response: Response | Failure | None, failure: Failure) -> None:
        self._record(response, "failed", _crash_text(failure))

    def _spider_error(self, response: Response | Failure | None, failure: Failure) -> None:
        self._record(response, "failed", _crash_text(failure))

    def _record(self, response: Response | Failure | None, outcome: UrlOutcome, reason: str | None = None) -> None:
        """Record the outcome of the URL that a record, or an error, comes from."""
        request = getattr(response, "request", None)
        url = request.meta.get("mayadeen_url") if isinstance(request, Request) else None
        if url is not None:
            self.outcomes.record(url, outcome, reason)

    def _store_outcome(self, url: str, outcome: UrlOutcome, reason: str | None) -> None:
        try:
            self.articles.store_outcome(url, outcome, reason)
        except StateError as error:
            self.stop(error)

    def _notify(self, url: str, outcome: UrlOutcome, reason: str | None, source: UrlSource) -> None:
        self.listings.note_outcome(source, outcome)
        self.crawler.signals.send_catch_log(url_outcome, url=url, outcome=outcome, reason=reason, source=source)

    # --- end -----------------------------------------------------------------------------------------------------

    def stop(self, error: StateError) -> None:
        """End the run: nothing more can be stored."""
        if self.error is None:
            self.error = error
            self._stopping = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=error.reason))

    @property
    def finish_reason(self) -> str:
        """Scrapy's finish reason of a run that ``error`` ends."""
        return self.error.reason or "state_error" if isinstance(self.error, StateError) else "bad_argument"

    @property
    def failure(self) -> BadArgument | StateError | None:
        """Why the run failed, or ``None``."""
        return self.error or (self.state.error if self.opened else None)

    @property
    def can_report(self) -> bool:
        """Whether the run may write a report: it was started, and has a data folder."""
        return self.started and getattr(self.error, "name", None) != "MAYADEEN_DATA_DIR"

    def close(self, reason: str, status: int, text: str) -> StateError | None:
        """Store the end of the run, and release the folder. Returns the error if the end could not be stored."""
        try:
            if self.begun and self.state.error is None:
                self._end(reason, status, text)
        except StateError as error:
            return error
        finally:
            if self.opened:
                self.state.close()
            if self.lock is not None:
                self.lock.release()
        return None

    def _end(self, reason: str, status: int, text: str) -> None:
        with self.state.transaction():
            if reason in FINISHED_REASONS:
                for url in self.outcomes.pending:
                    self.state.queue.mark_done(self.crawl, url, failed=True)
                self.listings.store_covers()
            edition = self.arguments.edition.code
            finished = reason in COMPLETED_REASONS
            self.state.end(self.crawl, edition, status, text, self.now(), finished=finished)
            if not isinstance(self.error, StateError):
                self.state.outbox.clear(self.crawl.run)


def _crash_text(failure: Failure) -> str:
    return f"error in the program: {type(failure.value).__name__}: {' '.join(str(failure.value).split())}"
