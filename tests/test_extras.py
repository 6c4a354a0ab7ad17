"""The commands that install extras."""

from __future__ import annotations

from pathlib import Path

import pytest

from mayadeen import extras
from tests.test_requirements import EXTRAS, ROOT


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_copy_of_the_repository_has_a_file_for_it_and_a_package_the_extra(
    extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = extras.install_command(extra).removeprefix("pip install -r ")
    assert (ROOT / file).is_file()
    monkeypatch.setattr(extras, "FOLDER", tmp_path)
    assert extras.install_command(extra) == f"pip install 'mayadeen[{extra}]'"
