"""Dates and times as pages write them, by machine or for people, read token by token.

A text is a date only if each token is known: day, month, year, clock, half of the day, zone, weekday or a connecting
word. Tokens can be in any order. A text that could mean two dates is not read as a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from mayadeen.site import date_words
from mayadeen.site.text import fold, has_digit, normalize_label

BEIRUT = ZoneInfo("Asia/Beirut")
"""The site's time zone. Dates shown without a zone are in this zone."""

_YEARS = range(1995, 2101)
"""Years that a date of this site can have. Other years are errors of the page."""
_HIJRI_YEARS = range(1400, 1540)
MAX_LENGTH = 200
"""Characters of the longest text that is read as a date."""
_DAY_FIRST_LANGUAGES = frozenset({"ar", "es"})

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[t ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*"
    r"(z|utc|gmt|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?)?(?:\[[\w/+-]+\])?)?\Z"
)
_EPOCH = re.compile(r"(1\d{9})(?:\d{3})?\Z")
"""Seconds or milliseconds since 1970, from 2001 to 2033. No day has as many digits."""
_BASIC_ISO = re.compile(r"(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(\d{2})?(?=z|[+-]\d|\Z)")
"""A time as ISO 8601 writes it without signs between the numbers."""
_ZONE_NAME = re.compile(r"(?P<offset>(?:gmt|utc)[+-]\d{4})\s*\([^()\d]+\)\s*\Z")
"""The name of a zone after its offset, as JavaScript writes it."""
_EASTERN_DAY = re.compile(
    rf"(\d{{4}})\s?(?:年|{fold('년')})\s?(\d{{1,2}})\s?(?:月|{fold('월')})\s?(\d{{1,2}})\s?(?:日|{fold('일')})"
)
_EASTERN_CLOCK = re.compile(rf"(\d{{1,2}})\s?(?:時|时|{fold('시')})\s?(\d{{2}})\s?(?:分|{fold('분')})")
"""Numeric dates and clocks in Chinese, Japanese and Korean."""
_TOKEN = re.compile(
    r"""
      (?P<year_first> (?<!\d) \d{4} \s?(?P<a>[-/.])\s? \d{1,2} \s?(?P=a)\s? \d{1,2} (?! \d | \s?:\s?\d ) )
    | (?P<year_last> (?<!\d) \d{1,2} \s?(?P<b>[-/.])\s? \d{1,2} \s?(?P=b)\s? \d{4} (?!\d) )
    | (?P<clock> (?<!\d) \d{1,2} (?: \s?:\s? \d{2} (?: :\d{2} (?:[.,]\d+)? )? | \s?h\s? \d{2} | \.\d{2} ) (?![\d.:]\d) )
    | (?P<half> (?<![^\W\d_]) [ap] \.? \s? m (?!\w) \.? )
    | (?P<offset> (?: (?<!\w)(?:gmt|utc) \s? [+-] \s? \d{1,2} (?: :?\d{2} )?
        | (?<=\d) (?: \s?\+ | \s- ) \d{2}:?\d{2} ) (?!\d) )
    | (?P<ordinal> (?<!\d) \d{1,2} (?: \.?(?:o|a|er|ro|ra|°) | st | nd | rd | th ) (?!\w) )
    | (?P<number> (?<!\d) \d+ (?!\d) )
    | (?P<word> [^\W\d_]+ )
    | (?P<blank> [\s,،.;؛:|·•–—/()\[\]@-]+ )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)

Zone = Literal["utc", "beirut"]


class Moment(NamedTuple):
    """An instant in UTC, and whether its zone had to be assumed."""

    at: datetime
    assumed: bool


class _Unclear(Exception):
    """The text is not a date, or could mean several dates."""


@dataclass
class _Reading:
    """The values in the tokens of a text. At the end, the entries of each list must agree."""

    days: list[int] = field(default_factory=list)
    months: list[frozenset[int]] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    clocks: list[time] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    zones: list[tzinfo] = field(default_factory=list)
    days_ago: list[int] = field(default_factory=list)
    age: timedelta | None = None


def read_time(raw: str, *, zone: Zone | None, zone_is_known: bool = False, language: str = "en") -> Moment | None:
    """Read a date with its year, or return ``None``.

    ``zone`` is the zone of a time without a zone. With ``None``, such a time is not read. ``zone_is_known`` is true if
    ``zone`` is a fact of the site, and not an assumption. ``language`` (BCP 47) decides whether ``05/06/2023`` begins
    with the day. A clock without a date is not read. Never raises.
    """
    try:
        at = _read_iso(raw) or _read_shown(raw, language)
        if at is None or (at.tzinfo is None and zone is None):
            return None
        assumed = at.tzinfo is None and not zone_is_known
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC if zone == "utc" else BEIRUT)
        at = at.astimezone(UTC)
    except (_Unclear, ValueError, OverflowError):
        return None
    return Moment(at, assumed) if at.year in _YEARS else None


def read_day(text: str, *, language: str = "en", not_after: datetime | None = None) -> date | None:
    """Return the day in Beirut that a card or label shows, or ``None``.

    A date with its year may be among other words. A date without a year, or words such as "yesterday" or "2 hours
    ago", need ``not_after``, an aware time. They mean the latest such day that is not after it.
    """
    try:
        if (at := _read_iso(text)) is not None:
            return _day_of(at)
        reading = _Reading()
        _read_tokens(list(_tokens(text)), reading, language)
        if (day := _date_of(reading, not_after)) is not None:
            return _day_of(_with_clock(day, reading))
    except (_Unclear, ValueError, OverflowError):
        pass
    return _day_among_words(text, language)


def is_clock(text: str) -> bool:
    """Whether a text is a clock and nothing else."""
    reading = _Reading()
    try:
        _read_tokens(list(_tokens(text)), reading, "en")
    except (_Unclear, ValueError):
        return False
    return bool(reading.clocks) and not (reading.days or reading.months or reading.years or reading.dates)


def is_date_like(text: str) -> bool:
    """Whether each token of a text can be part of a date that has a month or numbers for it."""
    try:
        reading = _Reading()
        _read_tokens(list(_tokens(text)), reading, "ar")
        return bool(reading.dates or (reading.months and reading.days))
    except _Unclear:  # as machines write a time, or no date
        return _read_iso(text) is not None and read_time(text, zone="utc") is not None
    except (ValueError, OverflowError):  # with the month first
        return read_time(text, zone="utc") is not None


def utc_string(at: datetime) -> str:
    """Return a time as ``YYYY-MM-DDTHH:MM:SSZ``, without parts of a second."""
    return f"{at.astimezone(UTC).isoformat(timespec='seconds')[:-6]}Z"


# --- tokens ----------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(text: str) -> Iterator[_Token]:
    if len(text) > MAX_LENGTH:
        raise _Unclear
    folded = fold(text).replace("\N{MINUS SIGN}", "-")
    if not folded.isascii():
        folded = _EASTERN_CLOCK.sub(r"\1:\2 ", _EASTERN_DAY.sub(r"\1-\2-\3 ", folded))
    for match in _TOKEN.finditer(_ZONE_NAME.sub(r"\g<offset>", folded)):
        kind = match.lastgroup or ""
        if match["year_first"]:
            kind = "year_first"
        elif match["year_last"]:
            kind = "year_last"
        if kind != "blank":
            yield _Token(kind, match[0].strip())


def _read_tokens(tokens: list[_Token], reading: _Reading, language: str) -> None:
    """Read each token. Raises ``_Unclear`` for a token that is not part of a date."""
    at = 0
    while at < len(tokens):
        read = _read_age(tokens, at, reading) or _read_hijri(tokens, at) or _read_words(tokens, at, reading)
        at += read or _read_numbers(tokens, at, reading, language)


def _read_words(tokens: list[_Token], at: int, reading: _Reading) -> int:
    """Read the longest phrase of a date that begins here. Return its number of tokens, or 0 without a phrase."""
    before = tokens[at - 1] if at else None
    if tokens[at].kind == "half":
        _read_half(tokens[at].text[0], before, reading)
        return 1
    if tokens[at].kind != "word":
        return 0
    key = ""
    phrases: list[tuple[int, str]] = []
    for size, token in enumerate(tokens[at : at + date_words.LONGEST_DATE_PHRASE], 1):
        if token.kind not in ("word", "number"):
            break
        key += normalize_label(token.text) or token.text
        phrases.append((size, key))
    for size, phrase in reversed(phrases):
        if _read_phrase(phrase, before, reading):
            return size
    return 0


def _read_phrase(phrase: str, before: _Token | None, reading: _Reading) -> bool:
    """Read one phrase by its key."""
    half = date_words.HALVES_OF_THE_DAY.get(phrase)
    # "م" after a year means AD.
    if half and (
        len(phrase) > 1 or (before is not None and before.kind in ("clock", "number") and not _ends_in_year(before))
    ):
        _read_half(half, before, reading)
    elif phrase in date_words.MONTHS:
        reading.months.append(date_words.MONTHS[phrase])
    elif phrase in date_words.WEEKDAYS or phrase in date_words.DATE_FILLERS:
        pass
    elif phrase in date_words.TIME_ZONES:
        reading.zones.append(ZoneInfo(date_words.TIME_ZONES[phrase]))
    elif phrase in date_words.DAYS_AGO:
        reading.days_ago.append(date_words.DAYS_AGO[phrase])
    elif phrase in date_words.FIRST_DAY:
        reading.days.append(1)
    else:
        return False
    return True


def _ends_in_year(token: _Token) -> bool:
    return token.kind == "number" and len(token.text) == 4


def _read_half(half: str, before: _Token | None, reading: _Reading) -> None:
    """Read the half of the day. A number in front of it is an hour."""
    if before is not None and before.kind == "number" and not _ends_in_year(before) and reading.days:
        reading.clocks.append(time(reading.days.pop()))
    reading.halves.append(half)


def _read_hijri(tokens: list[_Token], at: int) -> int:
    """Return how many tokens from here on are a date of the Hijri calendar."""
    size = 1 if tokens[at].kind in ("number", "ordinal") and len(tokens[at].text) <= 3 else 0
    for length in (3, 2, 1):
        month = tokens[at + size : at + size + length]
        if len(month) == length and "".join(normalize_label(t.text) for t in month) in date_words.HIJRI_MONTHS:
            size += length
            break
    else:
        numeric = tokens[at].kind in ("year_first", "year_last")
        year = re.search(r"\d{4}", tokens[at].text) if numeric else None
        if not year or int(year[0]) not in _HIJRI_YEARS:
            return 0
        size = 1
    following = tokens[at + size : at + size + 2]
    if following and following[0].kind == "number" and int(following[0].text) in _HIJRI_YEARS:
        size += 1
        following = following[1:]
    if following and normalize_label(following[0].text) in date_words.HIJRI_MARKS:
        size += 1
    return size


def _read_age(tokens: list[_Token], at: int, reading: _Reading) -> int:
    """Return how many tokens from here on are an age, such as "2 hours ago". Store the age in the reading."""
    key, number = "", 1
    for size, token in enumerate(tokens[at : at + 5], 1):
        if token.kind == "number" and len(token.text) <= 3:
            key, number = f"{key}#", int(token.text)
        elif token.kind == "word":
            key += normalize_label(token.text)
        else:
            break
        if (unit := date_words.AGES.get(key)) is not None:
            if reading.age is not None:
                raise _Unclear
            reading.age = timedelta(minutes=number * unit)
            return size
    return 0


def _read_numbers(tokens: list[_Token], at: int, reading: _Reading, language: str) -> int:
    """Read one token of digits."""
    kind, text = tokens[at]
    if kind == "year_first":
        year, month, day = map(int, re.findall(r"\d+", text))
        reading.dates.append(date(year, month, day))
    elif kind == "year_last":
        reading.dates.append(_year_last(text, language))
    elif kind == "clock":
        reading.clocks.append(_clock(text))
    elif kind == "offset":
        reading.zones.append(_offset(text))
    elif kind in ("number", "ordinal"):
        number = int(re.match(r"\d+", text)[0])  # type: ignore[index]
        if kind == "number" and number in _YEARS and len(text) == 4:
            reading.years.append(number)
        elif 1 <= number <= 31 and len(text) <= 4:
            reading.days.append(number)
        else:
            raise _Unclear
    else:
        raise _Unclear
    return 1


def _year_last(text: str, language: str) -> date:
    """Read a date of three numbers with the year last. In English it is read only if it cannot begin with the month."""
    first, second, year = map(int, re.findall(r"\d+", text))
    day_first = language[:2] in _DAY_FIRST_LANGUAGES or "." in text or first == second or first > 12
    if day_first:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    raise _Unclear


def _clock(text: str) -> time:
    hour, minute, second = (*map(int, re.findall(r"\d+", text)[:3]), 0)[:3]
    return time(hour, minute, second)


def _offset(text: str) -> tzinfo:
    digits = re.sub(r"\D", "", text)
    hours, minutes = (int(digits), 0) if len(digits) <= 2 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise _Unclear
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if "-" in text else delta)


# --- the meaning of all tokens ---------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _read_iso(raw: str) -> datetime | None:
    """Read a time as machines write it. ``None`` for other text and for a time that does not exist."""
    if len(raw) > MAX_LENGTH:
        return None
    text = fold(raw).strip().replace("\N{MINUS SIGN}", "-")
    if epoch := _EPOCH.match(text):
        return datetime.fromtimestamp(int(epoch[1]), UTC)
    match = _ISO.match(text)
    if match is None and (basic := _BASIC_ISO.match(text)):
        match = _ISO.match("{}-{}-{}t{}:{}:{}".format(*basic.groups("00")) + text[basic.end() :])
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(g or 0) for g in match.groups()[:6])
    # 24:00 is the end of the day, and second 60 is a leap second.
    midnight, leap = hour == 24 and not minute and not second, second == 60
    try:
        at = datetime(year, month, day, 0 if midnight else hour, minute, 59 if leap else second)  # noqa: DTZ001 - below
        at += timedelta(days=midnight, seconds=leap)
        offset = match[7]
        if offset in ("z", "utc", "gmt"):
            return at.replace(tzinfo=UTC)
        return at.replace(tzinfo=_offset(offset)) if offset else at
    except (_Unclear, ValueError, OverflowError):
        return None


def _read_shown(raw: str, language: str) -> datetime | None:
    if not has_digit(raw):
        return None
    reading = _Reading()
    _read_tokens(list(_tokens(raw)), reading, language)
    if not reading.years and not reading.dates:
        return None
    day = _date_of(reading, None)
    return _with_clock(day, reading) if day else None


def _date_of(reading: _Reading, not_after: datetime | None) -> date | None:
    """Return the day that a reading means. Raises ``_Unclear`` if it could mean several days."""
    if reading.dates:
        if len(reading.dates) > 1 or reading.days or reading.months or reading.years:
            raise _Unclear
        return reading.dates[0]
    if reading.days or reading.months or reading.years:
        if len(reading.days) != 1 or len(reading.years) > 1 or reading.age is not None:
            raise _Unclear
        (day,), month = reading.days, _month_of(reading.months)
        if reading.years:
            return date(reading.years[0], month, day)
        return _latest(month, day, not_after.astimezone(BEIRUT).date()) if not_after else None
    if not_after is None or bool(reading.days_ago) + (reading.age is not None) != 1 or len(reading.days_ago) > 1:
        return None
    now = not_after.astimezone(BEIRUT)
    return (now - (reading.age if reading.age is not None else timedelta(days=reading.days_ago[0]))).date()


def _month_of(months: list[frozenset[int]]) -> int:
    """Return the month on which all names agree. A name that may be a weekday (``mar``) counts last."""
    sure = [m for m in months if 0 not in m] or months
    if not sure or len(common := frozenset.intersection(*sure) - {0}) != 1:
        raise _Unclear
    return next(iter(common))


def _latest(month: int, day: int, today: date) -> date:
    """Return the latest such day that is not after ``today``. 29 February may be years before."""
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise _Unclear


def _with_clock(day: date, reading: _Reading) -> datetime:
    """The day with the clock and zone of the reading, naive where no zone is named."""
    if len(reading.clocks) > 1 or len(set(reading.halves)) > 1 or len(reading.zones) > 1:
        raise _Unclear
    clock = reading.clocks[0] if reading.clocks else time()
    if reading.halves:
        if not reading.clocks:
            raise _Unclear
        clock = clock.replace(hour=_hour(clock.hour, reading.halves[0]))
    return datetime.combine(day, clock, tzinfo=reading.zones[0] if reading.zones and reading.clocks else None)


def _hour(hour: int, half: str) -> int:
    """Convert an hour of the morning (``a``), afternoon (``p``) or night (``n``) to an hour from 0 to 23."""
    if half == "n":
        half = "p" if 6 <= hour < 12 else "a"
    if half == "a":
        if hour > 12:
            raise _Unclear
        return hour % 12
    return hour if hour > 12 else hour % 12 + 12


def _day_of(at: datetime) -> date:
    """The day in Beirut."""
    return at.astimezone(BEIRUT).date() if at.tzinfo else at.date()


def _day_among_words(text: str, language: str) -> date | None:
    """The one date with its year in a text that holds other words too."""
    try:
        tokens = list(_tokens(text))
    except _Unclear:
        return None
    found: set[date] = set()
    start = 0
    while start < len(tokens):
        for end in range(min(len(tokens), start + 12), start, -1):
            reading = _Reading()
            try:
                _read_tokens(tokens[start:end], reading, language)
                day = _date_of(reading, None)
                at = _with_clock(day, reading) if day else None
            except (_Unclear, ValueError, OverflowError):
                continue
            if at is not None and at.year in _YEARS:
                found.add(_day_of(at))
                start = end - 1
                break
        start += 1
    return found.pop() if len(found) == 1 else None
