from __future__ import annotations

import logging
import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mayadeen.monitoring.logformatter import MAX_RECORD, CleanFormatter, harmless, without_secrets


@given(st.text())
def test_no_text_moves_the_cursor_or_turns_the_line(text: str) -> None:
    shown = harmless(text)
    assert {c for c in shown if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}
    assert not set(shown) & set("\u202e\u2066\u200f\u2028")


def test_controls_are_written_out() -> None:
    assert harmless("a\x1b[31mb\u202ec\td\ne") == "a\\x1b[31mb\\u202ec\td\ne"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Stored jsonl feed (3 items) in: s3://AKIA1:sec%2Fret@bucket/a.jsonl", "s3://***@bucket/a.jsonl"),
        ("{'s3://AKIA1:sec/r+et@bucket/a.jsonl': {'format': 'jsonl'}}", "'s3://***@bucket/a.jsonl'"),
        ("ftp://user:secret@host/x.csv", "ftp://***@host/x.csv"),
        ("sftp://user:se/cret@host/x.csv", "sftp://***@host/x.csv"),
        ('MAYADEEN_BASE_URL: "http://user:secret@host/" is wrong', '"http://***@host/"'),
        ("{'AWS_SECRET_ACCESS_KEY': 'secret', 'BOT_NAME': 'x'}", "{'AWS_SECRET_ACCESS_KEY': '***', 'BOT_NAME': 'x'}"),
        ("{'FTP_PASSWORD': \"se'cret\"}", "{'FTP_PASSWORD': '***'}"),
        ("{'MAIL_PASS': 'secret', 'X': 1}", "{'MAIL_PASS': '***', 'X': 1}"),
        ("{'_password': 'secret", "{'_password': '***'"),
        ("{'DB_TOKEN': secret}", "{'DB_TOKEN': '***'}"),
    ],
)
def test_secrets_are_left_out(text: str, shown: str) -> None:
    assert shown in harmless(text)
    assert "ret" not in harmless(text).replace("SECRET", "")


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8000/news/politics/a-b",
        "write to you@example.org, see https://example.org/@name and (+you@example.org)",
        "12 articles → /data/articles/x.jsonl",
        "http://h/news/@user/x",
        "ftp://h/news/x",
    ],
)
def test_all_else_stays(text: str) -> None:
    assert harmless(text) == text


def test_tracebacks_too() -> None:
    try:
        raise ValueError("ftp://user:secret@host/ \x1b[2J")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s", ("\x1b",), sys.exc_info())
    line = CleanFormatter("%(message)s").format(record)
    assert "Traceback" in line
    assert "\x1b" not in line
    assert "secret@" not in line.partition("raise ValueError")[2].partition("\n")[2]


@pytest.mark.parametrize(
    "piece",
    [
        "ftp://",
        "s3://",
        "http://",
        "'SECRET': '",
        "SECRET",
        "'SECRET",
        "'PASS': \"\\",
        "http://h/\n ",
        "'",
        "@",
        "a",
        " ",
    ],
)
def test_a_text_of_any_length_is_cut_and_cleaned_at_once(piece: str) -> None:
    text = "moved to " + piece * (240_000 // len(piece)) + "the end"
    began = time.process_time()
    shown = harmless(text)
    assert time.process_time() - began < 10
    assert "characters left out]" in shown
    assert len(shown) < 2 * MAX_RECORD
    assert shown.startswith("moved to ")


def test_arguments_of_a_report_have_no_secrets() -> None:
    assert without_secrets({"limit": "3", "_password": "x", "api_key": "y", "_job": "1"}) == {
        "limit": "3", "_password": "***", "api_key": "***", "_job": "1",
    }  # fmt: skip
