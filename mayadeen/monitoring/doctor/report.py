"""The doctor's report: checks by section, and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from mayadeen.site.editions import EDITIONS

Status = Literal["ok", "note", "limit", "fail", "not_asked"]
"""`ok`: as expected. `note`: different, no harm. `limit`: a crawl misses something. `fail`: no crawl is possible."""

State = Literal["ready", "ready_with_limits", "not_usable"]

SECTIONS = ("environment", "access", "menu", "listings", "articles", "sitemaps")
"""The sections of a report, in order."""

EXIT_CODES: dict[State, int] = {"ready": 0, "ready_with_limits": 3, "not_usable": 1}
VERSION = 1
"""Version of the saved form. A report of another version is not compared."""


@dataclass(frozen=True)
class Check:
    """One line of the report.

    ``key`` names the check in every run, so that two runs can be compared. ``advice`` says what to do. Only a check
    that is ``ok`` may be without it. ``details`` has JSON values for people who look closer.
    """

    key: str
    title: str
    status: Status
    value: str
    advice: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status != "ok" and not self.advice:
            raise ValueError(f"check {self.key} is {self.status} and has no advice. Say what to do.")


@dataclass(frozen=True)
class Verdict:
    """The end of the report: ``reasons`` are the titles and values of what limits or prevents a crawl.

    ``command`` is what to run next. ``duration`` says how long a full crawl takes at the pace in force.
    """

    state: State
    reasons: tuple[str, ...]
    command: str
    duration: str

    @property
    def text(self) -> str:
        """The verdict in words."""
        return {"ready": "ready", "ready_with_limits": "ready with limits", "not_usable": "not usable"}[self.state]


@dataclass
class DoctorReport:
    """All checks of a run by section.

    ``samples`` are up to five records, ``requests`` the number of requests sent. ``delay`` is the seconds between two
    requests by the settings.
    """

    edition: str
    base_url: str
    made_at: str
    checks: dict[str, list[Check]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    samples: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    delay: float = 1.0
    verdict: Verdict | None = None

    def add(self, section: str, check: Check) -> None:
        """Add a check to a section."""
        self.checks[section].append(check)

    def all(self) -> Iterator[Check]:
        """Yield the checks of all sections."""
        for section in SECTIONS:
            yield from self.checks[section]

    def find(self, key: str) -> Check | None:
        """Return the check with a key, or ``None``."""
        return next((check for check in self.all() if check.key == key), None)

    def decide(self, command: str, duration: str) -> Verdict:
        """Set and return the verdict. A failed check means not usable, a limit means ready with limits."""
        failed = [check for check in self.all() if check.status == "fail"]
        limits = [check for check in self.all() if check.status in ("limit", "not_asked")]
        state: State = "not_usable" if failed else "ready_with_limits" if limits else "ready"
        reasons = tuple(f"{check.title}: {check.value}" for check in failed or limits)
        self.verdict = Verdict(state, reasons, command, duration)
        return self.verdict

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values. ``schemas/doctor.schema.json`` describes them."""
        return {"version": VERSION, **asdict(self)}


def report_from_json(values: Mapping[str, Any]) -> DoctorReport:
    """Return the report of saved values. Raises ``ValueError`` if they are not a report of this version."""
    try:
        if values["version"] != VERSION:
            raise ValueError(f"version {values['version']!r} is not {VERSION}. Run scrapy doctor again.")
        checks = {section: [_check(check) for check in values["checks"][section]] for section in SECTIONS}
        verdict = values["verdict"]
        if values["edition"] not in EDITIONS:
            raise TypeError(f"edition {values['edition']!r:.40}")
        if verdict and verdict["state"] not in EXIT_CODES:
            raise TypeError(f"state {verdict['state']!r:.40}")
        return DoctorReport(
            edition=str(values["edition"]),
            base_url=str(values["base_url"]),
            made_at=str(values["made_at"]),
            checks=checks,
            samples=list(values["samples"]),
            requests=int(values["requests"]),
            seconds=float(values["seconds"]),
            delay=float(values["delay"]),
            verdict=Verdict(**{**verdict, "reasons": tuple(verdict["reasons"])}) if verdict else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the saved report is not complete: {error!r}. Run scrapy doctor again.") from None


def _check(values: Mapping[str, Any]) -> Check:
    """Return a saved check. Raises ``KeyError``, ``TypeError`` and ``ValueError``."""
    texts = {name: values[name] for name in ("key", "title", "status", "value", "advice")}
    if not all(isinstance(text, str) for text in texts.values()) or texts["status"] not in get_args(Status):
        raise TypeError(f"check {texts['key']!r:.40}")
    if not isinstance(values["details"], dict):
        raise TypeError(f"details of check {texts['key']!r:.40}")
    return Check(**values)


def changes_between(before: DoctorReport, now: DoctorReport) -> list[str]:
    """Return what changed on the site between two runs, a line for each check. Environment checks do not count."""
    old = {check.key: check for section in SECTIONS[1:] for check in before.checks[section]}
    new = {check.key: check for section in SECTIONS[1:] for check in now.checks[section]}
    lines = []
    for key in {**old, **new}:
        was, is_now = old.get(key), new.get(key)
        if was is None and is_now is not None:
            lines.append(f"new: {is_now.title}: {is_now.value}")
        elif was is not None and is_now is None:
            lines.append(f"not there any more: {was.title} (was: {was.value})")
        elif was is not None and is_now is not None and (was.status, _stable(was)) != (is_now.status, _stable(is_now)):
            lines.append(f"{is_now.title}: {is_now.value} (was: {was.value})")
    return lines


def _stable(check: Check) -> Any:
    """What two runs on an unchanged site have in common: counts of new articles differ from hour to hour."""
    return check.details.get("stable", check.value)
