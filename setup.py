"""The egg that scrapyd-deploy builds: the spiders, and the data they read."""

from pathlib import Path

from setuptools import find_packages, setup


def needed(name: str) -> list[str]:
    """The packages that a file of requirements names; none where an egg is built without that file."""
    path = Path(__file__).parent / name
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [line.partition("#")[0].strip() for line in lines if line[:1].isalnum()]


setup(
    name="mayadeen",
    version="0.1.0",
    packages=find_packages(include=["mayadeen", "mayadeen.*", "schemas"]),
    package_data={
        "schemas": ["*.json"],
        "mayadeen": [f"**/*.{ending}" for ending in ("css", "html", "j2", "js", "json", "svg", "txt")],
    },
    extras_require={"dataset": needed("requirements-dataset.txt")},
    entry_points={"scrapy": ["settings = mayadeen.settings"]},
)
