"""The locked requirements agree with `pyproject.toml`, and with what the tests run on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
FILES = {
    "requirements.txt": [*PROJECT["project"]["dependencies"], *EXTRAS["browser"]],
    "requirements-dev.txt": [
        *PROJECT["dependency-groups"]["dev"],
        *(line for extra in EXTRAS.values() for line in extra),
    ],
    **{
        f"requirements-{name}.txt": [*lines, *PROJECT["project"]["dependencies"]]
        for name, lines in EXTRAS.items()
        if name != "browser"
    },
}


def locked(name: str) -> Iterator[Requirement]:
    """Yield the requirements of a file that hold on this Python."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.partition("#")[0])
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement


@pytest.mark.parametrize("name", FILES)
def test_every_dependency_is_locked_to_a_version_that_it_allows(name: str) -> None:
    pins = {canonicalize_name(pin.name): str(pin.specifier) for pin in locked(name)}
    assert all(pin.startswith("==") for pin in pins.values())
    for line in FILES[name]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)].removeprefix("==")), (
            f"{line}. Run make lock."
        )


def test_the_tests_run_on_the_locked_versions() -> None:
    differ = {}
    for pin in locked("requirements-dev.txt"):
        try:
            installed = version(pin.name)
        except PackageNotFoundError:
            installed = "not installed"
        if f"=={installed}" != str(pin.specifier):
            differ[pin.name] = (installed, str(pin.specifier))
    assert not differ, "Run make setup."


def test_the_version_is_in_one_place() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "mayadeen.__version__"}
