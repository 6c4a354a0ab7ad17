"""What a record is to what is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scrapy.crawler import Crawler

from mayadeen.crawling.outcomes import RecordDropped
from mayadeen.extraction.loaders import address_id, content_hash
from mayadeen.items import Article, Reject
from mayadeen.pipelines.identify import Identify
from mayadeen.pipelines.write import Write

URL = "https://english.almayadeen.net/news/a-story"
Opened = Callable[..., Crawler]


def article(post_id: str | None = "1", url: str = URL, sources: str = "html", **fields: Any) -> Article:
    text = {
        "title": "Title",
        "summary": "Deck",
        "body": "Text.",
        **{k: v for k, v in fields.items() if k in ("title", "summary", "body")},
    }
    item = Article(
        id=f"en:{post_id}" if post_id else address_id("en", url), post_id=post_id, url=url, canonical_url=url,
        crawler=fields.get("crawler", "mayadeen/0.1.0"), modified_at=fields.get("modified_at"),
        content_hash=content_hash(text["title"], text["summary"], text["body"]), fetched_at="2025-11-08T10:00:00Z", **text,
    )  # fmt: skip
    item.provenance.update(dict.fromkeys(("title", "summary", "body"), sources))
    return item


def through(crawler: Crawler, item: Any) -> Any:
    """In a run of its own, identify an item and, if it passes, write it."""
    identified = Identify.from_crawler(crawler).process_item(item)
    write = Write.from_crawler(crawler)
    try:
        return write.process_item(identified)
    finally:
        write.close_spider()


def test_a_second_record_of_an_id_is_dropped_and_counted(opened: Opened) -> None:
    crawler = opened()
    identify = Identify.from_crawler(crawler)
    first, other, reject = article("1"), article("2", f"{URL}-2"), Reject(url="https://x/")
    assert identify.process_item(first) is first
    assert identify.process_item(other) is other
    with pytest.raises(RecordDropped) as dropped:
        identify.process_item(article("1"))
    assert dropped.value.outcome == "duplicate"
    assert identify.process_item(reject) is reject
    assert identify.process_item(reject) is reject
    assert crawler.stats.get_value("articles/skipped/duplicate") == 1


def test_an_unchanged_known_article_goes_no_further(opened: Opened) -> None:
    assert through(opened(), article()).revision == 1
    for same in (article(), article(shares=5)):
        with pytest.raises(RecordDropped) as dropped:
            through(opened(), same)
        assert dropped.value.outcome == "unchanged"


@pytest.mark.parametrize("field", ["title", "summary", "body"])
def test_a_change_is_a_revision(opened: Opened, field: str) -> None:
    first = through(opened(), article())
    second = through(opened(), article(**{field: "Other."}))
    third = through(opened(), article(**{field: "Yet another."}))
    assert [second.revision, third.revision] == [2, 3]
    assert [second.previous_hash, third.previous_hash] == [first.content_hash, second.content_hash]
    with pytest.raises(RecordDropped):
        through(opened(), article(**{field: "Yet another."}))
    assert through(opened(), article()).revision == 4  # what it was at first is a version too


def test_what_another_source_says_is_no_revision(opened: Opened) -> None:
    through(opened(), article(sources="tawsiyat"))
    crawler = opened()
    with pytest.raises(RecordDropped) as dropped:
        through(crawler, article(sources="generic", body="Text. And a rail."))
    assert dropped.value.outcome == "unchanged"
    assert crawler.stats.get_value("articles/not_revised/less_trusted") == 1
    with pytest.raises(RecordDropped):  # repaired: as it was
        through(opened(), article(sources="tawsiyat"))
    assert through(opened(), article(sources="tawsiyat", body="Changed.")).revision == 2


def test_a_better_source_is_what_later_versions_are_held_against(opened: Opened) -> None:
    through(opened(), article(sources="generic", body="Text. And a rail."))
    crawler = opened()
    with pytest.raises(RecordDropped):
        through(crawler, article(sources="tawsiyat"))
    assert crawler.stats.get_value("articles/not_revised/more_trusted") == 1
    with pytest.raises(RecordDropped):
        through(opened(), article(sources="tawsiyat"))
    assert through(opened(), article(sources="tawsiyat", body="Changed.")).revision == 2


def test_a_change_of_one_part_from_its_own_source_counts_whatever_else_moved(opened: Opened) -> None:
    through(opened(), article(sources="tawsiyat"))
    changed = article(sources="tawsiyat", title="Other.", body="Text. And a rail.")
    changed.provenance["body"] = "generic"
    assert through(opened(), changed).revision == 2


def test_what_another_version_of_the_crawler_sees_is_no_revision(opened: Opened) -> None:
    through(opened(), article(modified_at="2025-11-08T09:00:00Z"))
    newer = {"crawler": "mayadeen/0.2.0", "body": "Text, better read."}
    crawler = opened()
    with pytest.raises(RecordDropped):
        through(crawler, article(modified_at="2025-11-08T09:00:00Z", **newer))
    assert crawler.stats.get_value("articles/not_revised/other_version") == 1
    with pytest.raises(RecordDropped):
        through(opened(), article(modified_at="2025-11-08T09:00:00Z", **newer))
    newer["body"] = "Changed."
    assert through(opened(), article(modified_at="2025-11-08T11:00:00Z", **newer)).revision == 2


def test_another_version_of_the_crawler_sees_a_later_change(opened: Opened) -> None:
    through(opened(), article(modified_at="2025-11-08T09:00:00Z"))
    seen = article(modified_at="2025-11-09T09:00:00Z", crawler="mayadeen/0.2.0", body="Changed.")
    assert through(opened(), seen).revision == 2


def test_a_page_that_lost_its_post_id_is_the_article_known_at_its_address(opened: Opened) -> None:
    through(opened(), article("1"))
    with pytest.raises(RecordDropped) as dropped:
        through(opened(), article(None))
    assert dropped.value.outcome == "unchanged"
    changed = through(opened(), article(None, body="Changed."))
    assert (changed.id, changed.post_id, changed.revision) == ("en:1", "1", 2)


def test_a_page_that_shows_its_post_id_later_keeps_its_id(opened: Opened) -> None:
    first = through(opened(), article(None))
    changed = through(opened(), article("1", body="Changed."))
    assert changed.id == first.id
    assert (changed.post_id, changed.revision) == ("1", 2)


def test_another_post_at_the_address_is_another_article(opened: Opened) -> None:
    through(opened(), article("1"))
    other = through(opened(), article("2", title="Another story"))
    assert (other.id, other.revision, other.previous_hash) == ("en:2", 1, None)
    with pytest.raises(RecordDropped):
        through(opened(), article("2", title="Another story"))
