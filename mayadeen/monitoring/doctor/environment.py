"""Checks of the machine: Python, packages, browser, data folder, contact and pace."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scrapy.settings import BaseSettings

from mayadeen.extras import install_command
from mayadeen.monitoring.doctor.report import Check

OLDEST_PYTHON = (3, 11)
PACKAGES = ("scrapy", "lxml", "jsonschema", "trafilatura")
RENDERING = "scrapy-playwright"
MIN_DISK = 1_000_000_000
"""Bytes. The text of 50,000 articles needs about as much."""
MAX_CLOCK_DIFFERENCE = 120
"""Seconds. Beyond this, `since=1h` and the times of fetching are wrong in a way that people notice."""


def environment_checks(settings: BaseSettings, data: Path) -> Iterator[Check]:
    """Yield the checks that need no network."""
    yield _python()
    yield _packages()
    yield _browser(settings["MAYADEEN_CHROMIUM"])
    yield _data_folder(data)
    yield _disk(data)
    yield _contact(settings["MAYADEEN_CONTACT"])
    yield _pace(settings)


def clock_check(date_header: str | None, now: datetime | None = None) -> Check:
    """Compare this machine's clock with the ``Date`` header of the site."""
    title = "Clock"
    try:
        there = parsedate_to_datetime(date_header or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return Check(
            "clock", title, "note", "the site sends no Date header", "Nothing to do: the clock was not compared."
        )
    off = ((now or datetime.now(UTC)) - there).total_seconds()
    if abs(off) <= MAX_CLOCK_DIFFERENCE:
        return Check("clock", title, "ok", "agrees with the site's")
    ahead = "ahead of" if off > 0 else "behind"
    return Check(
        "clock",
        title,
        "limit",
        f"{abs(off):.0f} s {ahead} the site's",
        "Set this machine's clock, for example with `timedatectl set-ntp true`.",
    )


def _python() -> Check:
    value = platform.python_version()
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Check("python", "Python", "ok", value)
    return Check("python", "Python", "fail", value, "Install Python 3.11 or later.")


def _packages() -> Check:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        advice = "Run `pip install -r requirements.txt`."
        return Check("packages", "Packages", "fail", f"missing: {', '.join(missing)}", advice)
    return Check("packages", "Packages", "ok", ", ".join(found))


def _browser(path: str) -> Check:
    needed = "Needed for listings that load more by script."
    try:
        package = f"{RENDERING} {version(RENDERING)}"
    except PackageNotFoundError:
        advice = f"{needed} Run `{install_command('browser')}`."
        return Check("browser", "Browser", "note", f"{RENDERING} is not installed", advice)
    if os.access(path, os.X_OK):
        return Check("browser", "Browser", "ok", f"Chromium, {package}")
    return Check("browser", "Browser", "note", "Chromium is not installed", f"{needed} Run `apt-get install chromium`.")


def _data_folder(data: Path) -> Check:
    folder = data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Check("data_folder", "Data folder", "ok", "writable")
    advice = "Give this user the right to write there, or set MAYADEEN_DATA_DIR to another folder."
    return Check("data_folder", "Data folder", "fail", "not writable", advice)


def _disk(data: Path) -> Check:
    folder = data
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    value = f"{free / 1e9:,.1f} GB free"
    if free >= MIN_DISK:
        return Check("disk", "Disk", "ok", value)
    return Check("disk", "Disk", "limit", value, "Free some space. A full disk ends a run with exit code 1.")


def _contact(contact: str | None) -> Check:
    if contact:
        return Check("contact", "Contact", "ok", "set")
    advice = "Set MAYADEEN_CONTACT to a mail address or web page of yours, so that the site can reach you."
    return Check("contact", "Contact", "note", "not set", advice)


def _pace(settings: BaseSettings) -> Check:
    delay = settings.getfloat("DOWNLOAD_DELAY")
    at_once = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
    value = f"one request every {delay:g} s, {at_once} at a time"
    if delay >= 1 and at_once == 1:
        return Check("pace", "Pace", "ok", value)
    advice = "Faster than the default. Use it only on a server of your own."
    return Check("pace", "Pace", "note", value, advice)
