"""What is written where, and what the pipeline passes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.crawler import Crawler

from mayadeen.crawling.outcomes import RecordDropped
from mayadeen.items import Article, AuthorProfile, Headline, Reject, Violation
from mayadeen.pipelines.write import Write
from mayadeen.spiders.authors import AuthorsSpider

Opened = Callable[..., Crawler]
URL = "https://english.almayadeen.net/news/a-story"


def test_files_are_named_by_start_and_job_and_can_be_read_at_every_record(opened: Opened, tmp_path: Path) -> None:
    crawler = opened(_job="j1")
    write = Write.from_crawler(crawler)
    assert not (tmp_path / "articles").exists()
    write.process_item(Article(url=URL, title="«ü»"))
    names = sorted(path.name for path in (tmp_path / "articles").iterdir())
    assert names == [f"{crawler.spider.session.run_id}.csv", f"{crawler.spider.session.run_id}.jsonl"]
    assert crawler.spider.session.run_id.endswith("Z-j1")
    text = (tmp_path / "articles" / names[1]).read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert "«ü»" in text
    assert json.loads(text)["summary"] is None
    assert (tmp_path / "articles" / names[0]).read_text(encoding="utf-8").count("\n") == 2
    write.close_spider()


def test_rejects_are_written_and_go_no_further(opened: Opened, tmp_path: Path) -> None:
    crawler = opened()
    write = Write.from_crawler(crawler)
    article = Article(id="en:1", url=URL)
    assert write.process_item(article) is article
    violation = Violation(path="$.title", message="too short", rule="minLength")
    with pytest.raises(RecordDropped, match=r"reject https://x/: \$\.title: too short") as dropped:
        write.process_item(Reject(url="https://x/", violations=[violation]))
    assert (dropped.value.outcome, dropped.value.reason) == ("rejected", "$.title: too short")
    write.close_spider()
    (rejects,) = (tmp_path / "rejects").glob("*.jsonl")
    assert json.loads(rejects.read_text(encoding="utf-8"))["violations"][0]["rule"] == "minLength"
    assert not list((tmp_path / "rejects").glob("*.csv"))
    assert crawler.stats.get_value("articles/written") == 1
    assert crawler.stats.get_value("rejects/written") == 1
    assert [found.address for found in crawler.spider.session.state.queue.retries("en")] == ["https://x"]


def test_what_is_not_the_main_record_is_written_and_goes_no_further(opened: Opened, tmp_path: Path) -> None:
    crawler = opened()
    write = Write.from_crawler(crawler)
    with pytest.raises(RecordDropped, match="written, and not a main record") as dropped:
        write.process_item(AuthorProfile(url=URL, name="Rana Abboud"))
    assert dropped.value.outcome == "written"
    with pytest.raises(RecordDropped):
        write.process_item(Headline(url=None, text="Harbour talks"))
    write.close_spider()
    assert len(list((tmp_path / "authors").glob("*.jsonl"))) == 1
    assert len(list((tmp_path / "headlines").glob("*.jsonl"))) == 1


def test_profiles_do_not_count_towards_the_limit(opened: Opened) -> None:
    crawler = opened(AuthorsSpider, limit="2")
    write = Write.from_crawler(crawler)
    profile = AuthorProfile(url=URL, name="Rana Abboud")
    assert write.process_item(profile) is profile
    with pytest.raises(RecordDropped, match="not a main"):
        write.process_item(Article(id="en:1", url=URL))
    assert write.written == 1
    write.close_spider()


def test_a_disk_that_takes_nothing_more_ends_the_run(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawler = opened()
    stopped: list[Exception] = []
    monkeypatch.setattr(crawler.spider.session, "stop", stopped.append)
    (tmp_path / "articles").write_text("in the way", encoding="utf-8")
    with pytest.raises(RecordDropped) as dropped:
        Write.from_crawler(crawler).process_item(Article(id="en:1", url=URL))
    assert dropped.value.outcome == "not_fetched"
    assert "run the same command again" in str(stopped[0])
