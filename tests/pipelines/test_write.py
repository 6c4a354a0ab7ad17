"""The project's own feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.exceptions import DropItem
from scrapy.exporters import JsonLinesItemExporter
from scrapy.utils.test import get_crawler

from mayadeen.exporters import ArticleCsvExporter
from mayadeen.items import Article, AuthorProfile, Headline, Reject, Violation
from mayadeen.pipelines.write import Feed, Write

START = datetime(2025, 11, 23, 4, 5, 6, 123456, tzinfo=UTC)
FORMATS = {"jsonl": JsonLinesItemExporter, "csv": ArticleCsvExporter}


def test_files_are_named_by_start_and_job_and_flushed_at_every_record(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "articles", FORMATS, START, "j1")
    assert not (tmp_path / "articles").exists()
    feed.write(Article(title="«ü»"))
    names = sorted(path.name for path in (tmp_path / "articles").iterdir())
    assert names == ["20251123T040506.123Z-j1.csv", "20251123T040506.123Z-j1.jsonl"]
    text = (tmp_path / "articles" / names[1]).read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert "«ü»" in text
    assert json.loads(text)["summary"] is None
    assert (tmp_path / "articles" / names[0]).read_text(encoding="utf-8").count("\n") == 2
    feed.close()


def test_two_runs_in_one_millisecond_do_not_share_a_file(tmp_path: Path) -> None:
    feeds = [Feed(tmp_path, FORMATS, START, None) for _ in range(2)]
    for feed in feeds:
        feed.write(Article())
        feed.close()
    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == [
        "20251123T040506.123Z.jsonl",
        "20251123T040506.124Z.jsonl",
    ]


def test_rejects_are_written_and_go_no_further(tmp_path: Path) -> None:
    crawler = get_crawler(settings_dict={"MAYADEEN_DATA_DIR": str(tmp_path)})
    write = Write.from_crawler(crawler)
    write.open_spider()
    article = Article(id="en:1")
    assert write.process_item(article) is article
    with pytest.raises(DropItem, match=r"reject https://x/: \$\.title: too short"):
        write.process_item(
            Reject(url="https://x/", violations=[Violation(path="$.title", message="too short", rule="minLength")])
        )
    write.close_spider()
    (rejects,) = (tmp_path / "rejects").glob("*.jsonl")
    assert json.loads(rejects.read_text(encoding="utf-8"))["violations"][0]["rule"] == "minLength"
    assert not list((tmp_path / "rejects").glob("*.csv"))
    assert crawler.stats.get_value("articles/written") == 1
    assert crawler.stats.get_value("rejects/written") == 1


def test_what_is_not_the_main_record_is_written_and_goes_no_further(tmp_path: Path) -> None:
    crawler = get_crawler(settings_dict={"MAYADEEN_DATA_DIR": str(tmp_path)})
    write = Write.from_crawler(crawler)
    write.open_spider()
    for other in (AuthorProfile(name="A"), Headline(text="B", page_url="https://x/")):
        with pytest.raises(DropItem, match="not of the main records"):
            write.process_item(other)
    write.main = AuthorProfile
    assert write.process_item(AuthorProfile(name="C")).name == "C"
    write.close_spider()
    assert sorted(path.parent.name for path in tmp_path.glob("*/*")) == ["authors", "headlines"]
    assert crawler.stats.get_value("authors/written") == 2
