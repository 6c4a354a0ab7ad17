"""What a command imports: each start pays for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.preloaded import PROJECT
from testsite import SyntheticSite

pytestmark = pytest.mark.process

_HEAVY = (
    "aiohttp", "jinja2", "jsonschema", "mayadeen.politeness.handler", "mayadeen.spiders.articles", "PIL", "playwright",
    "prometheus_client", "pyarrow", "pygal", "requests", "rich", "scrapy.core.downloader.handlers.http11",
    "trafilatura",
)  # fmt: skip
_SCRIPT = f"""
import sys
from scrapy.cmdline import execute
try:
    execute()
except SystemExit as ended:
    assert not ended.code, ended.code
print(*[name for name in {_HEAVY} if name in sys.modules], file=sys.stderr)
"""


def test_extract_imports_nothing_that_one_page_does_not_need(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(SyntheticSite(posts=50, seed=1).page(0, "https://english.almayadeen.net"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, "extract", str(page)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith('{"')
    assert done.stderr.split() == []
