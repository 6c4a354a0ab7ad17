"""Signals of a crawl, besides Scrapy's own."""

session_opened = object()
"""The run holds the lock of its data folder, and files may be opened. Arguments: ``spider``."""

tab_closed = object()
"""A listing needs its browser tab no more. Arguments: ``number``, the tab's."""
