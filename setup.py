"""Packages of the wheel, and of the egg that `scrapyd-deploy` builds. Everything else is in `pyproject.toml`."""

from setuptools import find_packages, setup

setup(
    # The schemas are at the top level of the repository and inside the package once installed.
    packages=[*find_packages(include=["mayadeen", "mayadeen.*"]), "mayadeen.schemas"],
    package_dir={"mayadeen.schemas": "schemas"},
    package_data={
        "mayadeen.schemas": ["*.json"],
        "mayadeen": ["py.typed", *(f"**/*.{suffix}" for suffix in ("css", "html", "j2", "js", "json", "svg", "txt"))],
    },
)
