"""Spider arguments and the project's settings: typed, checked, explained. Nothing here touches the network."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings
from scrapy.utils.conf import closest_scrapy_cfg

from mayadeen.crawling.crawl_hours import CrawlHours
from mayadeen.crawling.url_list import UrlLineError, urls_in_lines
from mayadeen.extraction.names import NameKind
from mayadeen.items import Kind
from mayadeen.site.editions import EDITIONS, Edition
from mayadeen.site.text import ascii_digits, clean_text, fold
from mayadeen.site.urls import Addresses, edition_of

KINDS: tuple[str, ...] = get_args(Kind)
MODES = ("new", "refresh", "full")
RENDER = ("auto", "never", "always")

COMMON = ("edition", "since", "until", "limit", "max_pages", "mode", "render")
"""The arguments of every spider."""
ARTICLES = ("sections", "regions", "tags", "authors", "coverage", "urls", "urls_file", "kinds", *COMMON)
"""The arguments of ``scrapy crawl articles``."""
MAX_KNOWN = 30
"""Maximum known names in an error line, for people to read."""

ARCHIVE = ("kinds", *COMMON)
"""The arguments of ``scrapy crawl archive``."""

MEANINGS = {
    "sections": "Sections of the menu by label, name or slug, separated by commas. A group such as `news` stands for "
    "its members. Default: every section under News and Articles.",
    "regions": "Regions of the menu, as `sections`. Both add up.",
    "tags": "Tags by name or slug, separated by commas, or `all`.",
    "authors": "Authors by name or slug, separated by commas, or `all`.",
    "coverage": "Coverage pages by name or slug, separated by commas, or `all`.",
    "urls": "URLs of articles, separated by commas.",
    "urls_file": "A file with one URL per line. Lines that begin with `#` are comments.",
    "kinds": "Keep these kinds only, separated by commas, for example `news,opinion`.",
    "edition": "`en` (default), `ar` or `es`.",
    "since": "Published at this time or later: a date (the whole day in UTC), a time with a zone, or an age such as "
    "`7d`.",
    "until": "Published at this time or earlier, as `since`.",
    "limit": "Write exactly this many articles, or all if there are fewer. Rejected pages do not count.",
    "max_pages": "Maximum pages per listing.",
    "mode": "`new` (default): articles not known yet. `refresh`: known articles too. `full`: everything.",
    "render": "`auto` (default): use the browser for a listing that needs it. `never`: name such a listing instead. "
    "`always`: open every listing in the browser.",
}
"""The meaning of each argument, in Markdown. The reference page is made of it."""

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d) +([A-Za-z0-9_+/-]+)\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?\Z", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,9})([mhdw])\Z")
_AGE_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TIME_FORMS = "Use YYYY-MM-DD, a time with a zone such as 2025-01-31T10:00Z, or an age such as 7d"


class BadArgument(Exception):
    """An argument or setting that cannot be used: its ``name`` and ``value``, the ``problem``, and ``advice``.

    As a string it is one line, made by ``refusal``.
    """

    def __init__(self, name: str, value: object, problem: str, advice: str) -> None:
        super().__init__(name, value, problem, advice)
        self.name = name
        self.value = value
        self.problem = problem
        self.advice = advice

    def __str__(self) -> str:
        return refusal(self.name, self.value, self.problem, self.advice)


def refusal(name: str, value: object, problem: str, advice: str) -> str:
    """Return the error message for a user's input in its one form: ``name: "value" problem. Advice.``"""
    return f"{name}: {json.dumps(str(value), ensure_ascii=False)} {problem}. {advice}."


def usage_error(name: str, value: object, problem: str, advice: str) -> UsageError:
    """Return the error for a word of the command line that cannot be used. It ends the command with exit 2."""
    return UsageError(refusal(name, value, problem, advice), print_help=False)


@dataclass(frozen=True)
class Arguments:
    """The checked arguments of a spider.

    ``sections`` and ``regions`` are names as the user gave them. The crawler looks them up in the menu. It looks up
    ``tags``, ``authors`` and ``coverage`` on the site, where ``all`` means all of them. ``since`` and ``until`` are
    aware times, both included. An empty ``kinds`` means all kinds. ``job`` is the name that a scheduler gave the run.
    """

    edition: Edition = field(default_factory=lambda: EDITIONS["en"])
    sections: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    coverage: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    max_pages: int | None = None
    kinds: frozenset[str] = frozenset()
    mode: str = "new"
    render: str = "auto"
    job: str | None = None

    @property
    def names(self) -> dict[NameKind, tuple[str, ...]]:
        """The names whose listings are not in any menu, by kind."""
        return {"tag": self.tags, "author": self.authors, "coverage": self.coverage}

    def in_range(self, published_at: str | None) -> bool:
        """Return whether a time of publication is within ``since`` and ``until``. Articles without a time are kept."""
        if published_at is None or (self.since is None and self.until is None):
            return True
        published = datetime.fromisoformat(published_at)
        return (self.since is None or published >= self.since) and (self.until is None or published <= self.until)


def parse(
    given: Mapping[str, Any],
    accepted: Collection[str],
    now: datetime,
    base_url: str | None = None,
    data: Path | None = None,
) -> Arguments:
    """Check the arguments ``given`` to a spider that accepts the arguments named in ``accepted``.

    Ages count back from ``now``. ``base_url`` is the checked ``MAYADEEN_BASE_URL``. ``data`` is the only folder in
    which a scheduler's jobs may name files. Arguments that begin with ``_`` are the scheduler's, and are ignored.
    Raises ``BadArgument`` for the first argument that cannot be used.
    """
    job_name = job(given)
    values: dict[str, str] = {}
    for name, value in given.items():
        if name.startswith("_"):
            continue
        if name not in accepted:
            raise BadArgument(name, value, "is the value of an argument that does not exist", nearest(name, accepted))
        values[name] = str(value).strip()
        if not values[name]:
            raise BadArgument(name, value, "is empty", f"Give a value, or leave {name} out")
    edition = EDITIONS[_choice("edition", values.get("edition", "en"), EDITIONS)]
    since = _instant("since", values["since"], now, end_of_day=False) if "since" in values else None
    until = _instant("until", values["until"], now, end_of_day=True) if "until" in values else None
    if since and until and since > until:
        raise BadArgument("since", values["since"], f"is later than until, {values['until']}", "Give an earlier time")
    return Arguments(
        edition=edition,
        sections=_names("sections", values.get("sections")),
        regions=_names("regions", values.get("regions")),
        tags=_names("tags", values.get("tags")),
        authors=_names("authors", values.get("authors")),
        coverage=_names("coverage", values.get("coverage")),
        urls=_urls(
            values.get("urls"),
            values.get("urls_file"),
            Addresses(edition, base_url),
            data if job_name is not None else None,
        ),
        since=since,
        until=until,
        limit=_count("limit", values.get("limit")),
        max_pages=_count("max_pages", values.get("max_pages")),
        kinds=frozenset(_choice("kinds", kind, KINDS) for kind in _names("kinds", values.get("kinds"))),
        mode=_choice("mode", values.get("mode", "new"), MODES),
        render=_choice("render", values.get("render", "auto"), RENDER),
        job=job_name,
    )


def job(given: Mapping[str, Any]) -> str | None:
    """Return the job name that a scheduler gave the run. It is part of file names.

    Raises ``BadArgument`` for a value that could be a path.
    """
    value = given.get("_job")
    if value is None:
        return None
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", str(value)):
        advice = "Use up to 100 letters, digits, dots, dashes and underscores"
        raise BadArgument("_job", value, "is not the name of a job", advice)
    return str(value)


def base_url(settings: BaseSettings) -> str | None:
    """Return the checked ``MAYADEEN_BASE_URL``, or ``None`` for the edition's public host. Raises ``BadArgument``."""
    value = _given(settings, "MAYADEEN_BASE_URL")
    if value is None:
        return None
    text = str(value).strip()
    try:
        parts = urlsplit(text)
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
        usable = usable and "@" not in parts.netloc and not re.search(r"\s", parts.netloc)
    except ValueError:
        usable = False
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        raise BadArgument("MAYADEEN_BASE_URL", value, "is not a base URL", "Use http://HOST:PORT/ without a path")
    return text


def contact(settings: BaseSettings) -> str | None:
    """Return ``MAYADEEN_CONTACT``, or ``None``. Raises ``BadArgument``."""
    value = _given(settings, "MAYADEEN_CONTACT")
    return None if value is None else str(value)


def _given(settings: BaseSettings, name: str) -> Any:
    """Return the value of an optional setting, or ``None``.

    Raises ``BadArgument`` for an empty value. An empty value often comes from an unset variable of a script. It must
    not remove a limit in silence.
    """
    value = settings[name]
    if value is not None and not str(value).strip():
        raise BadArgument(name, value, "is empty", "Give a value, or leave the setting out")
    return value


def refuse_jobdir(settings: BaseSettings) -> None:
    """Raise ``BadArgument`` if ``JOBDIR`` is set. This project resumes runs in its own way."""
    if value := settings["JOBDIR"]:
        advice = "Leave it out, and run the same command again to resume a run"
        raise BadArgument("JOBDIR", value, "is not supported", advice)


def max_reject_share(settings: BaseSettings) -> float:
    """Return the checked ``MAYADEEN_MAX_REJECT_SHARE``, from 0 to 1. Raises ``BadArgument``."""
    value = settings["MAYADEEN_MAX_REJECT_SHARE"]
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share <= 1:
        raise BadArgument(
            "MAYADEEN_MAX_REJECT_SHARE", value, "is not a number from 0 to 1", "Give a share such as 0.01"
        )
    return share


def images_wanted(settings: BaseSettings) -> bool:
    """Return the checked ``MAYADEEN_IMAGES``. Raises ``BadArgument``, also if Pillow is needed and not installed."""
    wanted = _switch(settings, "MAYADEEN_IMAGES")
    if wanted and find_spec("PIL") is None:
        value = settings["MAYADEEN_IMAGES"]
        raise BadArgument("MAYADEEN_IMAGES", value, "needs Pillow, which is not installed", "Run: pip install pillow")
    return wanted


def warc_wanted(settings: BaseSettings) -> bool:
    """Return the checked ``MAYADEEN_WARC``. Raises ``BadArgument``."""
    return _switch(settings, "MAYADEEN_WARC")


def _switch(settings: BaseSettings, name: str) -> bool:
    """Return a setting that is True or False."""
    try:
        return settings.getbool(name)
    except ValueError:
        raise BadArgument(name, settings[name], "is neither True nor False", "Use one of the two") from None


def lock_wait(settings: BaseSettings) -> float:
    """Return the checked ``MAYADEEN_LOCK_WAIT``, in seconds. Raises ``BadArgument``."""
    return _seconds(settings, "MAYADEEN_LOCK_WAIT")


@dataclass(frozen=True)
class PolitenessSettings:
    """The checked settings of politeness. The ``MAYADEEN_`` settings of the same names describe them."""

    max_crawl_delay: float
    max_retry_after: float
    backoff: float
    max_requests: int | None
    hours: CrawlHours | None


def politeness_settings(settings: BaseSettings) -> PolitenessSettings:
    """Return the checked settings of politeness. Raises ``BadArgument``."""
    budget = _given(settings, "MAYADEEN_MAX_REQUESTS")
    return PolitenessSettings(
        max_crawl_delay=_seconds(settings, "MAYADEEN_MAX_CRAWL_DELAY"),
        max_retry_after=_seconds(settings, "MAYADEEN_MAX_RETRY_AFTER"),
        backoff=_seconds(settings, "MAYADEEN_BACKOFF"),
        max_requests=None if budget is None else _count("MAYADEEN_MAX_REQUESTS", str(budget).strip()),
        hours=_hours("MAYADEEN_CRAWL_HOURS", _given(settings, "MAYADEEN_CRAWL_HOURS")),
    )


def _seconds(settings: BaseSettings, name: str) -> float:
    try:
        seconds = float(settings[name])
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise BadArgument(name, settings[name], "is not a number of seconds ≥ 0", "Give one such as 30")
    return seconds


def _hours(name: str, value: Any) -> CrawlHours | None:
    if value is None:
        return None
    match = _HOURS.match(str(value).strip())
    form = "Use the form 22:00-06:00 Asia/Beirut"
    if match is None:
        raise BadArgument(name, value, "is not a range of hours with a zone", form)
    start, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    if start == end:
        raise BadArgument(name, value, "begins and ends at the same time", form)
    try:
        return CrawlHours(start, end, ZoneInfo(match[5]))
    except (ValueError, OSError, LookupError):  # An unknown zone is a KeyError, the name of a folder an OSError.
        raise BadArgument(name, value, f"has the unknown zone {match[5]}", form) from None


def pace(settings: BaseSettings) -> int:
    """Return the maximum number of concurrent requests. Raises ``BadArgument`` if it is not an integer ≥ 1."""
    counts: list[int] = []
    for name in ("CONCURRENT_REQUESTS", "CONCURRENT_REQUESTS_PER_DOMAIN"):
        value = str(settings[name])
        if not re.fullmatch(r"0*[1-9][0-9]{0,5}", value):
            raise BadArgument(name, settings[name], "is not an integer ≥ 1", "Give a number such as 1")
        counts.append(int(value))
    return min(counts)


def data_dir(settings: BaseSettings) -> Path:
    """Return ``MAYADEEN_DATA_DIR`` as an absolute path.

    A relative path starts at the folder of ``scrapy.cfg``. Raises ``BadArgument`` if no ``scrapy.cfg`` is found.
    """
    value = str(settings["MAYADEEN_DATA_DIR"] or "")
    if not value.strip():
        raise BadArgument("MAYADEEN_DATA_DIR", value, "is empty", "Name a folder")
    path = Path(value).expanduser()
    if path.is_absolute():
        return path
    config = closest_scrapy_cfg()
    if not config:
        raise BadArgument(
            "MAYADEEN_DATA_DIR", value, "is relative, and no scrapy.cfg was found", "Use an absolute path"
        )
    return Path(config).resolve().parent / path


def writable_data_dir(settings: BaseSettings) -> Path:
    """Create the folder ``MAYADEEN_DATA_DIR`` and return it. Raises ``BadArgument`` if it cannot be written to."""
    path = data_dir(settings)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadArgument(
            "MAYADEEN_DATA_DIR", path, f"cannot be written to ({reason})", "Name another folder"
        ) from None
    return path


def nearest(name: str, known: Iterable[str]) -> str:
    """Return advice for an unknown name, such as ``Use sections, or one of edition, sections, …``."""
    names = list(dict.fromkeys(known))
    if not names:
        return "Leave it out: no name is known"
    rest = f" and {len(names) - MAX_KNOWN} more" if len(names) > MAX_KNOWN else ""
    close = close_names(name, names)
    return f"Use {f'{close}, or ' if close else ''}one of {', '.join(names[:MAX_KNOWN])}{rest}"


def close_names(name: str, known: Iterable[str]) -> str:
    """Return up to 3 known names that look like an unknown one, separated by commas."""
    by_folded = {fold(candidate): candidate for candidate in known}
    return ", ".join(
        by_folded[match] for match in difflib.get_close_matches(fold(name), list(by_folded), n=3, cutoff=0.6)
    )


def _choice(name: str, value: str, allowed: Collection[str]) -> str:
    if value not in allowed:
        raise BadArgument(name, value, "is not a known value", nearest(value, allowed))
    return value


def _names(name: str, value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    names = tuple(dict.fromkeys(part.strip() for part in re.split("[,،]", clean_text(value)) if part.strip()))
    if not names:
        raise BadArgument(name, value, "has no name", "Give one or more names, separated by commas")
    return names


def _count(name: str, value: str | None) -> int | None:
    if value is None:
        return None
    number = ascii_digits(value)
    if not re.fullmatch(r"0*[1-9][0-9]{0,11}", number):
        raise BadArgument(name, value, "is not an integer ≥ 1", "Give a number such as 20")
    return int(number)


def _instant(name: str, value: str, now: datetime, *, end_of_day: bool) -> datetime:
    text = ascii_digits(value)
    try:
        if age := _AGE.match(text):
            return now - timedelta(**{_AGE_UNITS[age[2]]: int(age[1])})
        if _DATE.match(text):
            day = datetime.fromisoformat(text).date()
            return datetime.combine(day, time.max if end_of_day else time.min, tzinfo=UTC)
        if _TIME.match(text):
            instant = datetime.fromisoformat(text.upper())
            if instant.tzinfo is None:
                raise BadArgument(
                    name, value, "has no zone", "Add one, as in 2025-01-31T10:00Z or 2025-01-31T10:00+03:00"
                )
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadArgument(name, value, "does not exist", _TIME_FORMS) from None
    raise BadArgument(name, value, "is not a date", _TIME_FORMS)


def _urls(urls: str | None, urls_file: str | None, addresses: Addresses, within: Path | None) -> tuple[str, ...]:
    # A URL may contain a comma. Only a comma in front of another URL separates URLs.
    parts = re.split(r"\s*,\s*(?=https?://)|\s+", urls, flags=re.IGNORECASE) if urls else ()
    found = [_site_url("urls", url.rstrip(","), addresses) for url in parts]
    if urls_file:
        path = Path(urls_file)
        if within is not None:
            # A user who may schedule jobs must not read other files of this machine, not even lines in error messages.
            path = within / path
            if not path.resolve().is_relative_to(within.resolve()):
                raise BadArgument("urls_file", urls_file, "is not in MAYADEEN_DATA_DIR", "Put the file of a job there")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadArgument("urls_file", urls_file, f"cannot be read ({reason})", "Name another file") from None
        except UnicodeDecodeError:
            raise BadArgument("urls_file", urls_file, "is not UTF-8 text", "Save it as UTF-8") from None
        try:
            listed = [
                _site_url("urls_file", url, addresses, f"on line {number} of {urls_file} ")
                for number, url in urls_in_lines(text)
            ]
        except UrlLineError as error:
            problem = f"on line {error.number} of {urls_file} {error.problem}"
            raise BadArgument("urls_file", error.line, problem, error.advice) from None
        if not listed:
            raise BadArgument("urls_file", urls_file, "has no URL", "Write one URL per line")
        found += listed
    return tuple(dict.fromkeys(found))


def _site_url(name: str, url: str, addresses: Addresses, where: str = "") -> str:
    resolved = addresses.resolve(url, "") if re.match(r"https?://", url, re.IGNORECASE) else None
    if resolved is None:
        raise BadArgument(name, url, f"{where}is not an absolute http or https URL", "Use the form https://HOST/PATH")
    if not addresses.is_site(resolved):
        if other := edition_of(resolved):
            raise BadArgument(name, url, f"{where}is a URL of another edition", f"Add -a edition={other.code}")
        raise BadArgument(
            name, url, f"{where}is not on the site", f"Give a URL on {urlsplit(addresses.base_url).netloc}"
        )
    return resolved
