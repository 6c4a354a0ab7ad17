"""Times as the site writes them → UTC as the contract writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

BEIRUT = ZoneInfo("Asia/Beirut")
"""The testsite's clock: dates shown without a zone are in it."""

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?\Z",
    re.IGNORECASE,
)
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_SHOWN_FORMATS = ("%d %b %Y %H:%M", "%d %B %Y %H:%M", "%d %b %Y", "%d %B %Y", "%b %d, %Y %H:%M", "%B %d, %Y %H:%M",
                  "%B %d, %Y", "%b %d, %Y")  # fmt: skip
_LEVANTINE_MONTHS = {
    "كانون الثاني": "January", "شباط": "February", "آذار": "March", "نيسان": "April", "أيار": "May",
    "حزيران": "June", "تموز": "July", "آب": "August", "أيلول": "September", "تشرين الأول": "October",
    "تشرين الثاني": "November", "كانون الأول": "December",
}  # fmt: skip
"""The months as the Levant names them, which dateparser does not know."""

_YEARS = range(1995, 2101)
"""What can be a date of this site: outside lies an error in the page, not a date."""

Zone = Literal["utc", "beirut"]


class Moment(NamedTuple):
    """An instant in UTC, and whether its zone had to be assumed."""

    at: datetime
    assumed: bool


def read_time(
    raw: str, *, zone: Zone | None, zone_is_known: bool = False, languages: tuple[str, ...] = ("en",)
) -> Moment | None:
    """Read a time.

    ``zone`` is what a time without a zone is taken to be in (``None``: such a time is not taken at all), and
    ``zone_is_known`` says that this is a fact of the site and not an assumption. ``languages`` (ISO 639-1) are those a
    written-out month may be in. ``None`` where it is no date or an impossible one.
    """
    text = raw.strip().translate(_DIGITS)
    if len(text) > 80:
        return None
    try:
        at = _read_iso(text) or _read_shown(text, languages)
        if at is None:
            return None
        assumed = at.tzinfo is None and not zone_is_known
        if at.tzinfo is None:
            if zone is None:
                return None
            at = at.replace(tzinfo=UTC if zone == "utc" else BEIRUT)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(at, assumed) if at.year in _YEARS else None


def _read_iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(g or 0) for g in match.groups()[:6])
    at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone follows
    offset = (match[7] or "").upper()
    if offset in ("Z", "UTC", "GMT"):
        return at.replace(tzinfo=UTC)
    if offset:
        delta = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
        return at.replace(tzinfo=timezone(-delta if offset[0] == "-" else delta))
    return at


def _read_shown(text: str, languages: tuple[str, ...]) -> datetime | None:
    if not any(c.isdigit() for c in text):
        return None
    for name, month in _LEVANTINE_MONTHS.items():
        text = text.replace(name, month)
    for form in _SHOWN_FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - shown dates have no zone
        except ValueError:
            continue
    from dateparser import parse  # heavy, and needed only where no machine-readable date is

    settings = {"STRICT_PARSING": True, "DATE_ORDER": "DMY", "PARSERS": ["absolute-time"]}
    found: datetime | None = parse(text, languages=list(languages), settings=settings)
    return found


def utc_string(at: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ``; parts of a second are dropped."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
