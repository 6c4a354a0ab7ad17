"""One record an article."""

from __future__ import annotations

import pytest
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from mayadeen.items import Article, Reject
from mayadeen.pipelines.identify import Identify


def test_a_second_record_of_an_id_is_dropped_and_counted() -> None:
    crawler = get_crawler()
    identify = Identify.from_crawler(crawler)
    first, other, reject = Article(id="en:1"), Article(id="en:2"), Reject(url="https://x/")
    assert identify.process_item(first) is first
    assert identify.process_item(other) is other
    with pytest.raises(DropItem):
        identify.process_item(Article(id="en:1"))
    assert identify.process_item(reject) is reject
    assert identify.process_item(reject) is reject
    assert crawler.stats.get_value("articles/skipped/duplicate") == 1
