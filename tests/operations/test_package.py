"""The wheel: what it holds, and that the `mayadeen` command works outside of the project."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.preloaded import PROJECT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, out = tmp_path_factory.mktemp("source") / "project", tmp_path_factory.mktemp("wheel")
    source.mkdir()
    for name in ("mayadeen", "schemas"):
        shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--wheel-dir", str(out), str(source)],
        check=True,
    )  # fmt: skip
    (made,) = out.glob("*.whl")
    return made


def test_wheel_has_one_top_level_package_with_schemas_and_dependencies(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        text = archive.read(metadata).decode()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"mayadeen"}
    assert "mayadeen/schemas/article.schema.json" in names
    assert "mayadeen/monitoring/html/style.css" in names
    assert "Requires-Dist: scrapy>=" in text
    assert "License-Expression: BSD-3-Clause" in text


def test_command_works_outside_of_the_project(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    page = PROJECT / "tests" / "fixtures" / "2025-11-plain" / "page.html.gz"
    html = tmp_path / "page.html"
    html.write_bytes(gzip.decompress(page.read_bytes()))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}
    ran = subprocess.run(
        [sys.executable, "-m", "mayadeen", "extract", str(html)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout[:1]) == (0, "{"), ran.stderr
    ran = subprocess.run(
        [sys.executable, "-m", "mayadeen", "crawl", "articles", "-a", "limit=none"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "limit" in ran.stderr
    assert (tmp_path / "data").is_dir()
