"""The benchmark: a baseline that fails is no baseline, and the tables are those of the measured figures."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.measure import BenchmarkError, run
from tools import performance
from tools.performance import GOALS, full_table, short_table

MEASURED = {
    "measured_at": "2026-11-26T12:00:00Z",
    "machine": {"python": "3.11.7", "cpu": "a CPU", "cores": 2, "load_before": 0.1, "packages": {"scrapy": "2.14"}},
    "figures": {"crawl": {"cpu_ratio": 0.4567}, "start": {"ours_cpu_seconds": 0.512}},
}


@pytest.mark.process
@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; print('2026-11-26 [scrapy] ERROR: no page', file=sys.stderr)", "exit 0: .*ERROR: no page"),
        ("raise SystemExit(3)", "exit 3"),
    ],
)
def test_a_baseline_that_logs_an_error_or_fails_ends_the_benchmark(program: str, why: str) -> None:
    with pytest.raises(BenchmarkError, match=why):
        run([sys.executable, "-c", program])
    assert run([sys.executable, "-c", "pass"]).cpu > 0


def test_tables_have_the_measured_figures_and_name_the_others() -> None:
    for table, goals in ((short_table(MEASURED), 5), (full_table(MEASURED), len(GOALS))):
        assert "| 0.46 |" in table
        assert "| 0.51 s |" in table
        assert table.count("| not measured |") == goals - 2
    assert "has not been run" in full_table(None)


def test_readme_and_docs_have_the_tables_of_the_committed_figures() -> None:
    stale = [path.name for path, text in performance.pages().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `python -m tools.performance` and commit the files"


def test_other_figures_make_other_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "results.json").write_text('{"measured_at": "", "machine": {}, "figures": {}}')
    monkeypatch.setattr(performance, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(performance, "_about", lambda _: "changed")
    assert performance.pages()[performance.PERFORMANCE] != performance.PERFORMANCE.read_text(encoding="utf-8")


def test_the_readme_has_at_most_600_words() -> None:
    assert len(performance.README.read_text(encoding="utf-8").split()) <= 600
