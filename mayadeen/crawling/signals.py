"""Signals of a crawl, in addition to Scrapy's signals."""

request_sent = object()
"""A request was handed to an open connection. No arguments."""

packed_response = object()
"""A whole response arrived. Its body is compressed as the server sent it. Arguments: ``response``, ``request``."""

session_opened = object()
"""The run holds the lock of its data folder, and files may be opened. Arguments: ``spider``."""

tab_closed = object()
"""A listing no longer needs its browser tab. Arguments: ``number`` of the tab."""

url_outcome = object()
"""The outcome of a requested URL was recorded. Arguments: ``url``, ``outcome``, ``reason``, ``source``."""

article_page_read = object()
"""An article's page was read. Arguments: ``page``, ``article`` ``None`` for a reject, ``discovery``, ``url``."""
