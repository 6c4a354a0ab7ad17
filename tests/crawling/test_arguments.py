"""Spider arguments and settings: what is taken, and the one line for what is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scrapy.settings import Settings

from mayadeen.crawling.arguments import (
    ARTICLES,
    BadArgument,
    base_url,
    close_names,
    contact,
    images_wanted,
    job,
    lock_wait,
    max_reject_share,
    nearest,
    pace,
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


NUMBER = "is not an integer ≥ 1. Give a number such as 20."
FORMS = "Use YYYY-MM-DD, a time with a zone such as 2025-01-31T10:00Z, or an age such as 7d."
ABSOLUTE = "is not an absolute http or https URL. Use the form https://HOST/PATH."
REFUSED: list[tuple[str, str, str]] = [
    ("limit", "0", NUMBER), ("limit", "-1", NUMBER), ("limit", "ten", NUMBER), ("limit", "1.5", NUMBER),
    ("limit", "", "is empty. Give a value, or leave limit out."), ("max_pages", "0", NUMBER),
    ("since", "yesterdayish", f"is not a date. {FORMS}"), ("since", "20250131", f"is not a date. {FORMS}"),
    ("since", "2025-13-01", f"does not exist. {FORMS}"), ("since", "2025-02-30", f"does not exist. {FORMS}"),
    ("until", "999999999w", f"does not exist. {FORMS}"),
    ("since", "2025-01-31T10:00", "has no zone. Add one, as in 2025-01-31T10:00Z or 2025-01-31T10:00+03:00."),
    ("edition", "fr", "is not a known value. Use one of en, ar, es."),
    ("mode", "ful", "is not a known value. Use full, or one of new, refresh, full."),
    ("render", "maybe", "is not a known value. Use one of auto, never, always."),
    ("urls", "english.almayadeen.net/news/x", ABSOLUTE), ("urls", "ftp://english.almayadeen.net/x", ABSOLUTE),
    ("urls", "https://", ABSOLUTE),
    ("urls", "https://other.example/news/x", "is not on the site. Give a URL on english.almayadeen.net."),
    ("urls", "https://www.almayadeen.net/news/x", "is a URL of another edition. Add -a edition=ar."),
    ("urls", "https://espanol.almayadeen.net/news/x", "is a URL of another edition. Add -a edition=es."),
    ("urls_file", "/nowhere/at/all", "cannot be read (No such file or directory). Name another file."),
    ("_job", "a/b", "is not the name of a job. Use up to 100 letters, digits, dots, dashes and underscores."),
    *((name, ",", "has no name. Give one or more names, separated by commas.")
      for name in ("sections", "regions", "tags", "authors", "coverage", "kinds")),
]  # fmt: skip
"""Argument, value, and what follows both in the message."""


@pytest.mark.parametrize(("name", "value", "rest"), REFUSED)
def test_an_argument_that_cannot_be_used_is_refused(name: str, value: str, rest: str) -> None:
    with pytest.raises(BadArgument) as refused:
        parsed(**{name: value})
    assert str(refused.value) == f'{name}: "{value}" {rest}'


def test_each_argument_is_in_the_table() -> None:
    assert {*ARTICLES, "_job"} == {name for name, _, _ in REFUSED}


def test_refused_among_other_values() -> None:
    with pytest.raises(BadArgument, match=r'^kinds: "poem" is not a known value\. Use one of news, '):
        parsed(kinds="news,poem")
    with pytest.raises(BadArgument, match=r"does not exist\. Use sections, or one of sections, regions, tags, "):
        parsed(sectoins="x")
    with pytest.raises(
        BadArgument, match=r'^start_urls: "a\\nb" is the value of an argument that does not exist\. Use '
    ):
        parsed(start_urls="a\nb")


def test_since_after_until() -> None:
    with pytest.raises(
        BadArgument, match=r'^since: "2025-01-02" is later than until, 2025-01-01\. Give an earlier time\.$'
    ):
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
        with pytest.raises(BadArgument, match=r"is not in MAYADEEN_DATA_DIR\. Put the file of a job there\."):
            urls(name, _job="j")


def test_addresses_given() -> None:
    found = parsed(urls=f"{SITE}/news/politics/a,-b,{SITE}/news/x, {SITE}/news/politics/a,-b\n{SITE}/الحدث")
    assert found.urls == (f"{SITE}/news/politics/a,-b", f"{SITE}/news/x", f"{SITE}/%D8%A7%D9%84%D8%AD%D8%AF%D8%AB")


def test_addresses_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "urls.txt"
    path.write_text(f"\ufeff{SITE}/news/a\r\n\n# a comment\n  {SITE}/news/b  \n", encoding="utf-8")
    assert parsed(urls_file=str(path)).urls == (f"{SITE}/news/a", f"{SITE}/news/b")
    path.write_text(f"{SITE}/news/a\nnonsense\n", encoding="utf-8")
    with pytest.raises(
        BadArgument, match=r'^urls_file: "nonsense" on line 2 of .* has no absolute http or https URL\. Use '
    ):
        parsed(urls_file=str(path))
    path.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(BadArgument, match=r"has no URL\. Write one URL per line\."):
        parsed(urls_file=str(path))
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadArgument, match=r"is not UTF-8 text\. Save it as UTF-8\."):
        parsed(urls_file=str(path))


@pytest.mark.parametrize(
    "value", ["english.almayadeen.net", "ftp://x", "http://", "http://h:notaport/", "http://h/path", "http://h:0/"]
)
def test_bad_base_url(value: str) -> None:
    with pytest.raises(BadArgument, match=rf'^MAYADEEN_BASE_URL: "{value}" is not a base URL\. Use '):
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
    with pytest.raises(BadArgument, match=rf'^{name}: "{value}" (is|is not) .*\. (Give|Name|Use) '):
        read(settings)


def test_base_url() -> None:
    assert base_url(Settings({"MAYADEEN_BASE_URL": "http://127.0.0.1:8000/"})) == "http://127.0.0.1:8000/"
    assert base_url(Settings({"MAYADEEN_BASE_URL": None})) is None


@pytest.mark.parametrize("value", ["many", "-0.1", "2", None, "nan"])
def test_bad_reject_share(value: str | None) -> None:
    with pytest.raises(
        BadArgument, match=rf'^MAYADEEN_MAX_REJECT_SHARE: "{value}" is not a number from 0 to 1\. Give a share '
    ):
        max_reject_share(Settings({"MAYADEEN_MAX_REJECT_SHARE": value}))


@pytest.mark.parametrize(
    ("value", "want"), [(True, True), ("True", True), ("1", True), (False, False), ("False", False), ("0", False)]
)
def test_images_wanted(value: object, want: bool) -> None:
    assert images_wanted(Settings({"MAYADEEN_IMAGES": value})) is want


@pytest.mark.parametrize("value", ["yes", "perhaps", ""])
def test_bad_images(value: str) -> None:
    with pytest.raises(
        BadArgument, match=rf'^MAYADEEN_IMAGES: "{value}" is neither True nor False\. Use one of the two\.'
    ):
        images_wanted(Settings({"MAYADEEN_IMAGES": value}))


def test_images_without_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mayadeen.crawling.arguments.find_spec", lambda name: None)
    with pytest.raises(
        BadArgument, match=r'^MAYADEEN_IMAGES: "True" needs Pillow, which is not installed\. Run: pip install'
    ):
        images_wanted(Settings({"MAYADEEN_IMAGES": True}))
    assert not images_wanted(Settings({"MAYADEEN_IMAGES": False}))


def test_data_dir(tmp_path: Path) -> None:
    assert writable_data_dir(Settings({"MAYADEEN_DATA_DIR": str(tmp_path / "a" / "b")})) == tmp_path / "a" / "b"
    assert not list((tmp_path / "a" / "b").iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(
        BadArgument, match=r'^MAYADEEN_DATA_DIR: ".*" cannot be written to \(.*\)\. Name another folder\.'
    ):
        writable_data_dir(Settings({"MAYADEEN_DATA_DIR": str(tmp_path / "file")}))


def test_relative_data_dir_is_next_to_scrapy_cfg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    with pytest.raises(BadArgument, match=r"is relative, and no scrapy.cfg was found\. Use an absolute path\."):
        writable_data_dir(Settings({"MAYADEEN_DATA_DIR": "data"}))
    (tmp_path / "scrapy.cfg").touch()
    assert writable_data_dir(Settings({"MAYADEEN_DATA_DIR": "data"})) == tmp_path.resolve() / "data"


def test_nearest() -> None:
    assert nearest("Polotics", ["Politics", "Sports"]) == "Use Politics, or one of Politics, Sports"
    assert nearest("xyz", ["Politics"]) == "Use one of Politics"
    assert nearest("xyz", []) == "Leave it out: no name is known"
    assert close_names("Polotics", ["Politics", "Sports"]) == "Politics"
    assert close_names("xyz", ["Politics"]) == ""


PROJECT_SETTINGS = {
    "MAYADEEN_MAX_CRAWL_DELAY": 60,
    "MAYADEEN_MAX_RETRY_AFTER": 3600,
    "MAYADEEN_BACKOFF": 30,
    "MAYADEEN_MAX_REQUESTS": None,
    "MAYADEEN_CRAWL_HOURS": None,
}


def test_politeness_settings() -> None:
    given = {
        "MAYADEEN_MAX_REQUESTS": " 500 ",
        "MAYADEEN_CRAWL_HOURS": "22:00-06:00 Asia/Beirut",
        "MAYADEEN_BACKOFF": "0.5",
    }
    found = politeness_settings(Settings({**PROJECT_SETTINGS, **given}))
    assert (found.max_requests, str(found.hours), found.backoff) == (500, "22:00-06:00 Asia/Beirut", 0.5)
    found = politeness_settings(Settings(PROJECT_SETTINGS))
    assert (found.max_requests, found.hours) == (None, None)


SECONDS = "is not a number of seconds ≥ 0. Give one such as 30."
HOURS = "Use the form 22:00-06:00 Asia/Beirut."
REFUSED_SETTINGS: list[tuple[str, str, Callable[[Settings], object], str]] = [
    ("CONCURRENT_REQUESTS", "0", pace, "is not an integer ≥ 1. Give a number such as 1."),
    ("CONCURRENT_REQUESTS_PER_DOMAIN", "many", pace, "is not an integer ≥ 1. Give a number such as 1."),
    ("MAYADEEN_BACKOFF", "soon", politeness_settings, SECONDS),
    ("MAYADEEN_CRAWL_HOURS", "22-6", politeness_settings, f"is not a range of hours with a zone. {HOURS}"),
    ("MAYADEEN_CRAWL_HOURS", "22:00-06:00", politeness_settings, f"is not a range of hours with a zone. {HOURS}"),
    ("MAYADEEN_CRAWL_HOURS", "24:00-06:00 UTC", politeness_settings, f"is not a range of hours with a zone. {HOURS}"),
    ("MAYADEEN_CRAWL_HOURS", "06:00-06:00 UTC", politeness_settings, f"begins and ends at the same time. {HOURS}"),
    ("MAYADEEN_CRAWL_HOURS", "22:00-06:00 Asia/Nowhere", politeness_settings, f"has the unknown zone Asia/Nowhere. {HOURS}"),
    ("MAYADEEN_CRAWL_HOURS", "22:00-06:00 Asia", politeness_settings, f"has the unknown zone Asia. {HOURS}"),
    ("MAYADEEN_CRAWL_HOURS", "22:00-06:00 /etc/passwd", politeness_settings, f"has the unknown zone /etc/passwd. {HOURS}"),
    ("MAYADEEN_LOCK_WAIT", "-1", lock_wait, SECONDS),
    ("MAYADEEN_MAX_CRAWL_DELAY", "-1", politeness_settings, SECONDS),
    ("MAYADEEN_MAX_REQUESTS", "0", politeness_settings, "is not an integer ≥ 1. Give a number such as 20."),
    ("MAYADEEN_MAX_REQUESTS", "2.5", politeness_settings, "is not an integer ≥ 1. Give a number such as 20."),
    ("MAYADEEN_MAX_RETRY_AFTER", "nan", politeness_settings, SECONDS),
    ("MAYADEEN_WARC", "perhaps", warc_wanted, "is neither True nor False. Use one of the two."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "read", "rest"), REFUSED_SETTINGS)
def test_a_setting_that_cannot_be_used_is_refused(
    name: str, value: str, read: Callable[[Settings], object], rest: str
) -> None:
    settings = Settings()
    settings.setmodule("mayadeen.settings")
    settings.set(name, value, priority="cmdline")
    with pytest.raises(BadArgument) as refused:
        read(settings)
    assert str(refused.value) == f'{name}: "{value}" {rest}'


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
    with pytest.raises(
        BadArgument, match=r'^JOBDIR: "jobs/1" is not supported\. Leave it out, and run the same command again'
    ):
        refuse_jobdir(Settings({"JOBDIR": folder}))
