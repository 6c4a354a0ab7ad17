"""The egg that scrapyd-deploy builds: the spiders, and the schemas they read."""

from setuptools import find_packages, setup

setup(
    name="mayadeen",
    version="0.1.0",
    packages=find_packages(include=["mayadeen", "mayadeen.*", "schemas"]),
    package_data={"schemas": ["*.json"], "mayadeen.html": ["*.j2", "*.css"]},
    entry_points={"scrapy": ["settings = mayadeen.settings"]},
)
