"""Al Mayadeen English as data: spiders, page readers, loaders and pipelines."""

__version__ = "0.1.0"

CRAWLER = f"mayadeen/{__version__}"
"""What made a record: the `crawler` field."""
