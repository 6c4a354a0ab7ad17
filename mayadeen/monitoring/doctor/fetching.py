"""How the doctor gets a page, from the site or from saved pages, and the reasons why it did not get one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from scrapy.http import HtmlResponse, Response, TextResponse

from mayadeen.politeness.block_detection import detect_block_page

MAX_REQUESTS = 40
"""Maximum requests of a run without ``--full``: about a minute at one request per second."""
REFUSING_STATUSES = (401, 403, 429, 503)

Purpose = Literal["robots", "page", "sitemap", "image"]


@dataclass(frozen=True)
class Answer:
    """The result of a request: a response, or the reason why there is none.

    ``code`` is a short name of the reason, such as ``robots``, ``timeout`` or ``dns``. ``error`` says it in words.
    ``cost`` counts the requests sent: redirects and the robots.txt of another host count too.
    """

    url: str
    response: Response | None = None
    code: str | None = None
    error: str | None = None
    cost: int = 1

    @property
    def status(self) -> int | None:
        """The HTTP status, or ``None`` without a response."""
        return self.response.status if self.response is not None else None

    @property
    def text(self) -> str | None:
        """The text of a page with status 200, or ``None``."""
        if self.status == 200 and isinstance(self.response, TextResponse):
            return self.response.text
        return None

    @property
    def is_html(self) -> bool:
        """Whether the response is an HTML page with status 200."""
        return self.status == 200 and isinstance(self.response, HtmlResponse)

    def header(self, name: str) -> str | None:
        """The value of a response header, or ``None``."""
        value: Any = self.response.headers.get(name) if self.response is not None else None
        return value.decode("latin-1") if value else None

    def refusal(self, purpose: Purpose = "page") -> str | None:
        """What refuses the crawler, in words, or ``None`` if nothing does.

        A status of 4xx for robots.txt is no refusal: there are no rules then (RFC 9309).
        """
        if self.response is None:
            return None
        if sign := detect_block_page(self.response):
            return sign
        if purpose == "robots" or self.status not in REFUSING_STATUSES:
            return None
        return f"HTTP status {self.status}"

    def describe(self) -> str:
        """The result in words."""
        return self.error or f"HTTP status {self.status}"


Fetch = Callable[[str, Purpose], Awaitable[Answer]]
"""Get a URL. It follows politeness, robots.txt and redirects by itself. It never raises."""


class BudgetExhausted(Exception):
    """No further request is allowed."""


class Refused(Exception):
    """The site refused a request, so no more requests are sent."""


class LimitedFetch:
    """Fetches pages until the budget is used up or the site refuses one."""

    def __init__(self, fetch: Fetch, budget: int | None) -> None:
        self.fetch = fetch
        self.budget = budget
        self.requests = 0
        self.refused: Answer | None = None

    @property
    def left(self) -> int | None:
        """How many requests are left, ``None`` for no limit."""
        return None if self.budget is None else self.budget - self.requests

    async def __call__(self, url: str, purpose: Purpose = "page") -> Answer:
        """Return the answer for a URL.

        Raises ``BudgetExhausted`` without a request if the budget is used up, and ``Refused`` if the site refuses.
        """
        if self.refused is not None:
            raise Refused
        if self.budget is not None and self.requests >= self.budget:
            raise BudgetExhausted
        answer = await self.fetch(url, purpose)
        self.requests += answer.cost
        if answer.refusal(purpose) is not None:
            self.refused = answer
            raise Refused
        return answer
