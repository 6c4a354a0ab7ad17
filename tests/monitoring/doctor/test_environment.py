"""The doctor's checks of the machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from scrapy.settings import Settings

from mayadeen.monitoring.doctor import environment
from mayadeen.monitoring.doctor.report import Check


def browser(data: Path, chromium: str) -> Check:
    settings = Settings({"MAYADEEN_CHROMIUM": chromium, "DOWNLOAD_DELAY": 1})
    return next(check for check in environment.environment_checks(settings, data) if check.key == "browser")


def test_what_the_browser_lacks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = browser(tmp_path, sys.executable)
    assert (found.status, found.value.rpartition(" ")[0]) == ("ok", "Chromium, scrapy-playwright")
    found = browser(tmp_path, "/nowhere/chromium")
    assert (found.status, found.value) == ("note", "Chromium is not installed")
    assert "apt-get install chromium" in found.advice
    monkeypatch.setattr(environment, "RENDERING", "not-installed")
    found = browser(tmp_path, sys.executable)
    assert (found.status, found.value) == ("note", "not-installed is not installed")
    assert "Run `pip install -r requirements.txt`." in found.advice
