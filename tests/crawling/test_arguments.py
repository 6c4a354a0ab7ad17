"""Spider arguments and settings: what is taken, and the one line for what is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from mayadeen.crawling.arguments import (
    ARTICLES,
    BadArgument,
    base_url,
    contact,
    images_wanted,
    job,
    lock_wait,
    max_reject_share,
    nearest,
    parse,
    politeness_settings,
    refuse_jobdir,
    warc_wanted,
    writable_data_dir,
)

NOW = datetime(2025, 11, 10, 12, tzinfo=UTC)
SITE = "https://english.almayadeen.net"


def parsed(**given: str):
    return parse(given, ARTICLES, NOW)


def test_nothing_given() -> None:
    found = parsed()
    assert found.edition.code == "en"
    assert (found.limit, found.since, found.until, found.kinds, found.mode) == (None, None, None, frozenset(), "new")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2025-01-31", datetime(2025, 1, 31, tzinfo=UTC)), ("2025-01-31T10:00Z", datetime(2025, 1, 31, 10, tzinfo=UTC)),
        ("2025-01-31 10:00:30+03:00", datetime(2025, 1, 31, 7, 0, 30, tzinfo=UTC)), ("7d", NOW - timedelta(days=7)),
        ("36h", NOW - timedelta(hours=36)), ("2w", NOW - timedelta(weeks=2)), ("90m", NOW - timedelta(minutes=90)),
    ],
)  # fmt: skip
def test_times(since: str, expected: datetime) -> None:
    assert parsed(since=since).since == expected


def test_arabic_digits_commas_and_marks_of_direction_are_read() -> None:
    found = parsed(
        limit="٣", max_pages="۲", since="٢٠٢٥-٠١-٣١", until="\u200f2025-11-08", sections="سياسة، اقتصاد,منوعات"
    )
    assert (found.limit, found.max_pages, found.since) == (3, 2, datetime(2025, 1, 31, tzinfo=UTC))
    assert found.sections == ("سياسة", "اقتصاد", "منوعات")
    assert parsed(since="٧d").since == NOW - timedelta(days=7)


def test_both_ends_are_included_and_a_date_is_the_whole_day() -> None:
    found = parsed(since="2025-11-08", until="2025-11-08")
    assert found.in_range("2025-11-08T00:00:00Z")
    assert found.in_range("2025-11-08T23:59:59Z")
    assert not found.in_range("2025-11-09T00:00:00Z")
    assert not found.in_range("2025-11-07T23:59:59Z")
    assert found.in_range(None)
    assert parsed(until="2025-11-08T10:00Z").in_range("2025-11-08T10:00:00Z")


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("limit", "0", "a whole number of at least 1"), ("limit", "-1", "whole number"), ("limit", "ten", "whole number"),
        ("limit", "1.5", "whole number"), ("max_pages", "0", "whole number"),
        ("since", "yesterday", "a date (2025-01-31)"), ("since", "2025-13-01", "no such time"), ("since", "2025-02-30", "no such time"),
        ("since", "2025-01-31T10:00", "a time needs a zone"), ("until", "999999999w", "no such time"), ("since", "20250131", "a date"),
        ("edition", "fr", "one of en, ar, es"), ("kinds", "news,poem", "one of news"), ("mode", "old", "one of new"),
        ("render", "maybe", "one of auto"), ("sections", ",", "names are needed"),
        ("urls", "english.almayadeen.net/news/x", "absolute"), ("urls", "https://other.example/news/x", "english.almayadeen.net"),
        ("urls", "https://www.almayadeen.net/news/x", "add -a edition=ar"),
        ("urls", "https://espanol.almayadeen.net/news/x", "add -a edition=es"),
        ("urls", "ftp://english.almayadeen.net/x", "absolute"), ("urls", "https://", "absolute"), ("urls_file", "/nowhere/at/all", "cannot be read"),
        ("sectoins", "x", "nearest: sections"), ("start_urls", "x", "no such argument"), ("limit", "", "a value is needed"),
    ],
)  # fmt: skip
def test_refused(name: str, value: str, hint: str) -> None:
    with pytest.raises(BadArgument) as refused:
        parsed(**{name: value})
    line = str(refused.value)
    assert line.startswith(f"bad argument {name}=")
    assert hint in line
    assert "\n" not in line


def test_since_after_until() -> None:
    with pytest.raises(BadArgument, match="later than until='2025-01-01'"):
        parsed(since="2025-01-02", until="2025-01-01")


def test_scheduler_arguments_are_let_through_but_a_job_cannot_name_a_path() -> None:
    assert parsed(_job="a1-b2.3", _version="7").job == "a1-b2.3"
    for name in ("../../x", "a/b", ".hidden", "x" * 101):
        with pytest.raises(BadArgument, match="_job"):
            parsed(_job=name)


def test_a_job_names_files_in_the_data_folder_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for path in (data / "these.txt", tmp_path / "those.txt"):
        path.write_text(f"{SITE}/news/politics/a\n", encoding="utf-8")
    (data / "link.txt").symlink_to(tmp_path / "those.txt")

    def urls(name: str, **job: str) -> tuple[str, ...]:
        return parse({"urls_file": name, **job}, ARTICLES, NOW, data=data).urls

    assert urls("these.txt", _job="j") == urls(str(data / "these.txt"), _job="j") == (f"{SITE}/news/politics/a",)
    assert urls(str(tmp_path / "those.txt")) == (f"{SITE}/news/politics/a",)
    for name in ("../those.txt", str(tmp_path / "those.txt"), "link.txt", "/etc/passwd"):
        with pytest.raises(BadArgument, match="must lie in MAYADEEN_DATA_DIR"):
            urls(name, _job="j")


def test_addresses_given() -> None:
    found = parsed(urls=f"{SITE}/news/politics/a,-b,{SITE}/news/x, {SITE}/news/politics/a,-b\n{SITE}/الحدث")
    assert found.urls == (f"{SITE}/news/politics/a,-b", f"{SITE}/news/x", f"{SITE}/%D8%A7%D9%84%D8%AD%D8%AF%D8%AB")


def test_addresses_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text(f"\ufeff{SITE}/news/a\r\n\n# a comment\n  {SITE}/news/b  \n", encoding="utf-8")
    assert parsed(urls_file=str(path)).urls == (f"{SITE}/news/a", f"{SITE}/news/b")
    path.write_text(f"{SITE}/news/a\nnonsense\n", encoding="utf-8")
    with pytest.raises(BadArgument, match="line 2 of"):
        parsed(urls_file=str(path))
    path.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(BadArgument, match="holds no address"):
        parsed(urls_file=str(path))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadArgument, match="UTF-8"):
        parsed(urls_file=str(path))


@pytest.mark.parametrize(
    "value", ["english.almayadeen.net", "ftp://x", "http://", "http://h:notaport/", "http://h/path", "http://h:0/"]
)
def test_bad_base_url(value: str) -> None:
    with pytest.raises(BadArgument, match="bad setting MAYADEEN_BASE_URL="):
        base_url(Settings({"MAYADEEN_BASE_URL": value}))


@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("MAYADEEN_BASE_URL", base_url),
        ("MAYADEEN_CONTACT", contact),
        ("MAYADEEN_CRAWL_HOURS", politeness_settings),
        ("MAYADEEN_DATA_DIR", writable_data_dir),
        ("MAYADEEN_IMAGES", images_wanted),
        ("MAYADEEN_LOCK_WAIT", lock_wait),
        ("MAYADEEN_MAX_REJECT_SHARE", max_reject_share),
        ("MAYADEEN_MAX_REQUESTS", politeness_settings),
        ("MAYADEEN_WARC", warc_wanted),
    ],
)
def test_an_empty_setting_is_refused(name: str, read: Callable[[Settings], object], value: str) -> None:
    settings = Settings()
    settings.setmodule("mayadeen.settings")
    settings.set(name, value, priority="cmdline")
    with pytest.raises(BadArgument, match=f"bad setting {name}="):
        read(settings)


def test_base_url() -> None:
    assert base_url(Settings({"MAYADEEN_BASE_URL": "http://127.0.0.1:8000/"})) == "http://127.0.0.1:8000/"
    assert base_url(Settings({"MAYADEEN_BASE_URL": None})) is None


@pytest.mark.parametrize("value", ["many", "-0.1", "2", None, "nan"])
def test_bad_reject_share(value: str | None) -> None:
    with pytest.raises(BadArgument, match="from 0 to 1"):
        max_reject_share(Settings({"MAYADEEN_MAX_REJECT_SHARE": value}))


@pytest.mark.parametrize(
    ("value", "want"), [(True, True), ("True", True), ("1", True), (False, False), ("False", False), ("0", False)]
)
def test_images_wanted(value: object, want: bool) -> None:
    assert images_wanted(Settings({"MAYADEEN_IMAGES": value})) is want


@pytest.mark.parametrize("value", ["yes", "perhaps", ""])
def test_bad_images(value: str) -> None:
    with pytest.raises(BadArgument, match=f"bad setting MAYADEEN_IMAGES='{value}': True or False is needed"):
        images_wanted(Settings({"MAYADEEN_IMAGES": value}))


def test_images_without_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mayadeen.crawling.arguments.find_spec", lambda name: None)
    with pytest.raises(BadArgument, match="MAYADEEN_IMAGES=True: Pillow is needed"):
        images_wanted(Settings({"MAYADEEN_IMAGES": True}))
    assert not images_wanted(Settings({"MAYADEEN_IMAGES": False}))


def test_data_dir(tmp_path: Path) -> None:
    assert writable_data_dir(Settings({"MAYADEEN_DATA_DIR": str(tmp_path / "a" / "b")})) == tmp_path / "a" / "b"
    assert not list((tmp_path / "a" / "b").iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(BadArgument, match="bad setting MAYADEEN_DATA_DIR="):
        writable_data_dir(Settings({"MAYADEEN_DATA_DIR": str(tmp_path / "file")}))


def test_relative_data_dir_lies_beside_scrapy_cfg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    with pytest.raises(BadArgument, match="absolute path is needed"):
        writable_data_dir(Settings({"MAYADEEN_DATA_DIR": "data"}))
    (tmp_path / "scrapy.cfg").touch()
    assert writable_data_dir(Settings({"MAYADEEN_DATA_DIR": "data"})) == tmp_path.resolve() / "data"


def test_nearest() -> None:
    assert nearest("Polotics", ["Politics", "Sports"]) == "nearest: Politics; known: Politics, Sports"
    assert nearest("xyz", ["Politics"]) == "known: Politics"
    assert nearest("Polotics", ["Politics", "Sports"], brief=True) == "nearest: Politics"
    assert nearest("xyz", ["Politics"], brief=True) == "none like it is known"


PROJECT_SETTINGS = {
    "MAYADEEN_MAX_CRAWL_DELAY": 60,
    "MAYADEEN_MAX_RETRY_AFTER": 3600,
    "MAYADEEN_BACKOFF": 30,
    "MAYADEEN_MAX_REQUESTS": None,
    "MAYADEEN_CRAWL_HOURS": None,
}


def test_manners() -> None:
    given = {
        "MAYADEEN_MAX_REQUESTS": " 500 ",
        "MAYADEEN_CRAWL_HOURS": "22:00-06:00 Asia/Beirut",
        "MAYADEEN_BACKOFF": "0.5",
    }
    found = politeness_settings(Settings({**PROJECT_SETTINGS, **given}))
    assert (found.max_requests, str(found.hours), found.backoff) == (500, "22:00-06:00 Asia/Beirut", 0.5)
    found = politeness_settings(Settings(PROJECT_SETTINGS))
    assert (found.max_requests, found.hours) == (None, None)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("MAYADEEN_MAX_CRAWL_DELAY", "-1", "a number of seconds is needed"),
        ("MAYADEEN_MAX_RETRY_AFTER", "nan", "a number of seconds is needed"),
        ("MAYADEEN_BACKOFF", "soon", "a number of seconds is needed"),
        ("MAYADEEN_MAX_REQUESTS", "0", "a whole number of at least 1 is needed"),
        ("MAYADEEN_MAX_REQUESTS", "2.5", "a whole number of at least 1 is needed"),
        ("MAYADEEN_CRAWL_HOURS", "22-6", "hours and a zone are needed, as in 22:00-06:00 Asia/Beirut"),
        ("MAYADEEN_CRAWL_HOURS", "22:00-06:00", "hours and a zone are needed"),
        ("MAYADEEN_CRAWL_HOURS", "24:00-06:00 UTC", "hours and a zone are needed"),
        ("MAYADEEN_CRAWL_HOURS", "06:00-06:00 UTC", "it begins and ends at the same time"),
        ("MAYADEEN_CRAWL_HOURS", "22:00-06:00 Asia/Nowhere", "there is no zone Asia/Nowhere"),
        ("MAYADEEN_CRAWL_HOURS", "22:00-06:00 Asia", "there is no zone Asia"),
        ("MAYADEEN_CRAWL_HOURS", "22:00-06:00 /etc/passwd", "there is no zone /etc/passwd"),
    ],
)
def test_bad_manners_are_refused(name: str, value: str, hint: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(hint)) as error:
        politeness_settings(Settings({**PROJECT_SETTINGS, name: value}))
    assert str(error.value).startswith(f"bad setting {name}={value!r}: ")


@pytest.mark.parametrize("value", ["", " ", ".", "../x", "a/b", "a" * 101])
def test_a_job_without_a_usable_name_is_refused(value: str) -> None:
    with pytest.raises(BadArgument, match="_job"):
        job({"_job": value})


def test_an_empty_job_does_not_open_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the first line\n")
    data = tmp_path / "data"
    data.mkdir()
    for value in ("", "job-1"):
        given = {"urls_file": str(secret), "_job": value}
        with pytest.raises(BadArgument) as caught:
            parse(given, ARTICLES, NOW, None, data)
        assert "the first line" not in str(caught.value)


def test_scrapys_own_way_to_resume_is_refused() -> None:
    unset, folder = "", "jobs/1"
    refuse_jobdir(Settings({"JOBDIR": unset}))
    with pytest.raises(BadArgument, match="JOBDIR='jobs/1': runs resume by themselves"):
        refuse_jobdir(Settings({"JOBDIR": folder}))
