"""The state of a run in one line."""

from __future__ import annotations

from pathlib import Path

from mayadeen.monitoring.progress import Progress
from tests.support.sessions import make_crawler


def test_line(tmp_path: Path) -> None:
    crawler = make_crawler(tmp_path, limit="100")
    for key, value in {"articles/written": 30, "listings/ended": 2, "listings/asked": 12, "listings/pages": 7}.items():
        crawler.stats.set_value(key, value)
    progress = Progress.from_crawler(crawler)
    line = progress.line()
    assert line.startswith("30 articles · 0 rejects · 2/12 listings · 7 pages · ")
    assert line.endswith(" left")
