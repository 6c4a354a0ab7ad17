"""Why requests fail: one short code for counting and one line for people."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

GONE = (404, 410)
"""HTTP statuses of a page that does not exist."""

_MEANINGS = {
    "DownloadCancelledError": "it is larger than DOWNLOAD_MAXSIZE",
    "ResponseDataLossError": "the response was truncated",
}
"""Texts for errors that have no text, by the name of the class."""


class RunStopped(IgnoreRequest):
    """The request was not sent, because the run is ending."""


class Offsite(IgnoreRequest):
    """The request would have left the site."""


def error_text(error: BaseException | None) -> str:
    """Return the text of an error on one line, for people."""
    # The text of Twisted's own exception is for programmers.
    if reasons := getattr(getattr(error, "__cause__", None), "reasons", None):
        return f"the connection was closed: {reasons[0].getErrorMessage()}"
    return " ".join(str(error).split()) or _MEANINGS.get(type(error).__name__, type(error).__name__)


def status_of(failure: Failure) -> int | None:
    """Return the HTTP status of a failed request, or ``None``."""
    error = failure.value
    return error.response.status if isinstance(error, HttpError) else None


def failure_reason(failure: Failure) -> tuple[str, str]:
    """Return why a request failed: a short code, and a text for people."""
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
