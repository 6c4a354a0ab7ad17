"""``scrapy demo`` where it cannot run."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from mayadeen.commands.demo import Command


def test_without_the_test_site_it_says_where_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo-data").mkdir()
    command = Command()
    command.run([], Namespace(posts=50, seed=1))
    assert command.exitcode == 1
    assert capsys.readouterr().err == (
        f"demo: the test site is not in {tmp_path}. Run `scrapy demo` in a copy of the repository\n"
    )
    assert (tmp_path / "demo-data").exists()
