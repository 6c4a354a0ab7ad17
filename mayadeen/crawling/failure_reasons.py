"""Why requests fail: one short code for counting and one line for people."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

GONE = (404, 410)
"""HTTP statuses that say that a page does not exist."""

_MEANINGS = {
    "DownloadCancelledError": "it is larger than DOWNLOAD_MAXSIZE",
    "ResponseDataLossError": "the response was truncated",
}
"""What errors without a text mean."""


class RunStopped(IgnoreRequest):
    """The request was not sent, because the run is ending."""


class Offsite(IgnoreRequest):
    """The request would have left the site."""


def error_text(error: BaseException | None) -> str:
    """What an error says, on one line, for people."""
    # The text of Twisted's own exception is for programmers.
    if reasons := getattr(getattr(error, "__cause__", None), "reasons", None):
        return f"the connection was closed: {reasons[0].getErrorMessage()}"
    return " ".join(str(error).split()) or _MEANINGS.get(type(error).__name__, type(error).__name__)


def status_of(failure: Failure) -> int | None:
    """The HTTP status that a request failed with, or ``None``."""
    error = failure.value
    return error.response.status if isinstance(error, HttpError) else None


def failure_reason(failure: Failure) -> tuple[str, str]:
    """Why a request failed: a short code, and a text for people."""
    error = failure.value
    if isinstance(error, HttpError):
        return str(error.response.status), f"HTTP status {error.response.status}"
    text = error_text(error)
    if isinstance(error, RunStopped):
        return "ended", text
    if isinstance(error, Offsite):
        return "offsite", text
    if isinstance(error, IgnoreRequest):
        if "robots" in text:
            return "robots", "forbidden by robots.txt"
        if "redirect" in text:
            return "redirects", text
    return type(error).__name__, text
