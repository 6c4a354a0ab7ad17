"""CC-NEWS, the news crawl of Common Crawl: which files it has, and each file as one stream from its data host."""

from __future__ import annotations

import re
import time
import zlib
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any, Self

import requests
import urllib3
from requests.adapters import HTTPAdapter

DATA_HOST = "https://data.commoncrawl.org"
FIRST = (2016, 8)
"""The month of the first file."""
MAX_CONNECTIONS = 4
"""Connections of all workers together. Common Crawl blocks clients that open many."""
_REFUSED = frozenset({403, 429, 503})
_MAX_REFUSALS, _MAX_CUTS = 5, 5
"""Retries of one request, and retries after a cut connection without any byte between them."""
_MAX_WAIT = 300.0
_INTERVAL = 0.6
"""Seconds between two requests of one connection."""
_TIMEOUT = (20.0, 60.0)
_RANGE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_FILE_DATE = re.compile(r"CC-NEWS-(\d{4})(\d{2})(\d{2})\d{6}-")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


_AGAIN = "Run the same command again"


class RangeError(Exception):
    """A range of months that cannot be used. The message is one line for people."""


class Refused(Exception):
    """The data host refused several times in a row. Nothing more may be requested for now."""


@dataclass(frozen=True)
class NewsRange:
    """The files from one day to another, both included. A file belongs to the day in its name, when it was begun."""

    first: date
    last: date

    @classmethod
    def parse(cls, text: str, today: date) -> NewsRange:
        """Read ``2024-01``, ``2024-01..2024-06``, or the same with days. Raises ``RangeError``."""
        begin, separator, end = text.partition("..")
        first, last = _day(begin, text, last=False), _day(end if separator else begin, text, last=True)
        if first > last:
            raise RangeError(f"--cc-news: {text!r} ends before it begins. Write the earlier month first")
        if (first.year, first.month) < FIRST:
            month = f"{FIRST[0]}-{FIRST[1]:02}"
            raise RangeError(f"--cc-news: {text!r} begins before the first month of CC-NEWS. Begin with {month}")
        if first > today:
            raise RangeError(f"--cc-news: {text!r} is in the future. Name a time up to today, {today}")
        return cls(first, min(last, today))

    def months(self) -> list[str]:
        """Return the months as ``YYYY-MM``."""
        begin, end = (day.year * 12 + day.month - 1 for day in (self.first, self.last))
        return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begin, end + 1)]

    def holds(self, path: str) -> bool:
        """Return whether a file is in the range. One without a date in its name belongs to its whole month."""
        match = _FILE_DATE.search(path)
        if match is None:
            return True
        named = "-".join(match.groups())
        return self.first.isoformat() <= named <= self.last.isoformat()


def _day(text: str, whole: str, *, last: bool) -> date:
    match = _RANGE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        year, month = int(match[1]), int(match[2])
        if match[3]:
            return date(year, month, int(match[3]))
        if not last:
            return date(year, month, 1)
        return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
    except ValueError:
        raise RangeError(f"--cc-news: {whole!r} is not a range. Use YYYY-MM, or YYYY-MM..YYYY-MM") from None


class _DoubledWaits(urllib3.Retry):
    """Waits before the first retry too, and twice as long before each further one."""

    def get_backoff_time(self) -> float:
        retries = len(list(takewhile(lambda one: one.redirect_location is None, reversed(self.history))))
        return float(min(_MAX_WAIT, self.backoff_factor * 2 ** (retries - 1))) if retries else 0.0


class DataHost:
    """A client of the data host with one connection. ``wait`` is the first wait after a refusal, in seconds."""

    def __init__(self, address: str, user_agent: str, wait: float) -> None:
        self._address, self.wait = address.rstrip("/"), wait
        self._last = 0.0
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
        retries = _DoubledWaits(
            total=None, connect=3, read=3, redirect=3, status=_MAX_REFUSALS, other=0, status_forcelist=_REFUSED,
            allowed_methods=["GET"], backoff_factor=wait, raise_on_status=False,
        )  # fmt: skip
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, pool_block=True, max_retries=retries)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def paths(self, month: str) -> list[str] | None:
        """Return the paths of a month's files. ``None`` if it has no list. Raises ``OSError`` and ``Refused``."""
        path = f"crawl-data/CC-NEWS/{month.replace('-', '/')}/warc.paths.gz"
        reply = self.get(path, {})
        try:
            if reply.status_code == 404:
                return None
            self._check(reply, path, 200)
            text = zlib.decompress(reply.content, 31).decode()
        except (zlib.error, UnicodeDecodeError, requests.RequestException) as error:
            raise OSError(f"{self._address}/{path}: not a whole list of files ({error}). {_AGAIN}") from None
        finally:
            reply.close()
        return [line.strip() for line in text.splitlines() if line.strip()]

    def open(self, path: str) -> RemoteFile:
        """Begin to read a file. Raises ``OSError`` and ``Refused``."""
        return RemoteFile(self, path)

    def sample(self, path: str, size: int) -> tuple[bytes, int]:
        """Return the first bytes of a file, and its whole size. Raises ``OSError`` and ``Refused``."""
        with self.open(path) as file:
            parts: list[bytes] = []
            while sum(map(len, parts)) < size and (data := file.read(1 << 16)):
                parts.append(data)
            return b"".join(parts), file.size

    def get(self, path: str, headers: dict[str, str]) -> requests.Response:
        """Request a path, not before the interval has passed."""
        time.sleep(max(0.0, self._last + _INTERVAL - time.monotonic()))
        url = f"{self._address}/{path}"
        try:
            reply = self._session.get(url, headers=headers, stream=True, timeout=_TIMEOUT)
        except requests.RequestException as error:
            raise OSError(f"{url}: {error}") from None
        finally:
            self._last = time.monotonic()
        if reply.status_code in _REFUSED:
            reply.close()
            raise Refused(
                f"{url}: status {reply.status_code} after {_MAX_REFUSALS} retries with doubled waits. "
                "Run the same command again tomorrow"
            )
        return reply

    def _check(self, reply: requests.Response, path: str, status: int) -> None:
        if reply.status_code != status:
            raise OSError(f"{self._address}/{path}: status {reply.status_code}, not {status}")


class RemoteFile:
    """A file on the data host, read once from start to end. A connection that is cut is resumed where it was cut.

    ``size`` is that of the whole file. ``read`` raises ``OSError`` if the end cannot be reached.
    """

    def __init__(self, host: DataHost, path: str) -> None:
        self._host, self._path = host, path
        self._position = self._cuts = 0
        self._tag = ""
        self.size = 0
        self._reply: requests.Response | None = None
        self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self, size: int = -1) -> bytes:
        """Return at most ``size`` bytes, and none at the end of the file."""
        while self._position < self.size:
            data = self._read(size)
            if data:
                self._position += len(data)
                self._cuts = 0
                return data
            self._reconnect()
        return b""

    def _read(self, size: int) -> bytes:
        if self._reply is None:
            return b""
        raw: Any = self._reply.raw
        try:
            found: bytes = raw.read(size if size > 0 else 1 << 20, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError):
            return b""
        return found

    def _reconnect(self) -> None:
        self._close()
        self._cuts += 1
        if self._cuts > _MAX_CUTS:
            raise OSError(f"{self._path}: the connection was cut {_MAX_CUTS} times at byte {self._position}. {_AGAIN}")
        time.sleep(min(_MAX_WAIT, self._host.wait * 2 ** (self._cuts - 1)))
        self._connect()

    def _connect(self) -> None:
        """Request the rest of the file, and check that it is the rest of the same file."""
        headers = {"Range": f"bytes={self._position}-"} if self._position else {}
        reply = self._reply = self._host.get(self._path, headers)
        try:
            if not self._position:
                self._begin(reply)
            else:
                self._resume(reply)
        except OSError:
            self._close()
            raise

    def _begin(self, reply: requests.Response) -> None:
        length = reply.headers.get("Content-Length", "")
        if reply.status_code != 200 or not length.isdecimal():
            raise OSError(f"{self._path}: status {reply.status_code}, Content-Length {length or 'missing'}")
        self.size, self._tag = int(length), reply.headers.get("ETag", "")

    def _resume(self, reply: requests.Response) -> None:
        found = _CONTENT_RANGE.fullmatch(reply.headers.get("Content-Range", ""))
        same = reply.headers.get("ETag", "") == self._tag
        if reply.status_code != 206 or found is None or (int(found[1]), int(found[2])) != (self._position, self.size):
            raise OSError(
                f"{self._path}: cannot be resumed at byte {self._position}, status {reply.status_code}. {_AGAIN}"
            )
        if not same:
            raise OSError(f"{self._path}: changed on the data host while it was read. {_AGAIN}")

    def _close(self) -> None:
        if self._reply is not None:
            self._reply.close()
            self._reply = None
