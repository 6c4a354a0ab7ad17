"""The benchmarks measure commands that work, and no others."""

from __future__ import annotations

import pytest

from benchmarks.measure import BenchmarkError, python, run


@pytest.mark.parametrize(
    "code",
    [
        "import logging; logging.basicConfig(format='%(levelname)s: %(message)s'); logging.error('no page')",
        "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.print_exc()",
        "raise SystemExit(3)",
    ],
)
def test_a_command_that_logs_an_error_or_fails_has_no_figure(code: str) -> None:
    with pytest.raises(BenchmarkError):
        run(python("-c", code))


def test_the_environment_of_the_measurer_does_not_slow_a_command_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    run(python("-c", "import sys; sys.exit(sys.dont_write_bytecode)"))
