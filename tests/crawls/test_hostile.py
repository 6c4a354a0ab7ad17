"""Crawls of a hostile server: the run continues, counts everything, and never leaves the site."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from tests.support.crawl_runner import Crawl

Answer = bytes | Callable[[socket.socket], None]
FRONT = b"<nav><ul><li><a href='/news'>News</a><ul><li><a href='/news/politics'>Politics</a></li></ul></li></ul></nav><main></main>"
MEMORY = 500
"""MB. The bombs below hold some 3,000, and what never ends would soon take more."""


class Server:
    """Answers each path with bytes, or lets a function write to the socket. ``asked`` has the requested paths in order."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.other: Callable[[str], bytes] = lambda _: answer(b"", status="404 Not Found")
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=(self._socket.accept()[0],), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            first = lines.readline().decode("latin-1").split(" ")
            while lines.readline().strip():
                pass
            if len(first) > 1:
                self.asked.append(first[1])
                given = self.answers[first[1]] if first[1] in self.answers else self.other(first[1])
                if isinstance(given, bytes):
                    connection.sendall(given)
                else:
                    given(connection)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    server.answers["/robots.txt"] = answer(b"User-agent: *\nAllow: /\n", type="text/plain")
    server.answers["/"] = answer(FRONT)
    try:
        yield server
    finally:
        server.close()


def answer(body: bytes, status: str = "200 OK", type: str = "text/html", **headers: str) -> bytes:
    fields = {"Content-Type": type, "Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body


def redirect(to: str) -> bytes:
    return answer(b"", status="302 Found", Location=to)


def post(number: int, head: str = "", title: str | None = None) -> bytes:
    block = {"type": "article", "postid": str(number), "title": title or f"Post {number}", "url": f"/news/politics/p-{number}",
             "published_time": "2025-01-01T00:00:00Z"}  # fmt: skip
    return (
        f"<html lang='en'><head>{head}<title>t</title><script id='tawsiyat-metadata'>{json.dumps(block)}</script></head><body><main>"
        f"<div class='details-white-box'><h1>Post</h1><section class='read-section'><div class='p-content'><p>First paragraph {number}, "
        "long enough to be one.</p></div></section></div></main></body></html>"
    ).encode()


def listing(hrefs: list[str], extra: str = "") -> bytes:
    cards = "".join(f'<article><h3><a href="{href}">Headline of something</a></h3></article>' for href in hrefs)
    return f"<html><body><main><h1>Politics</h1>{cards}{extra}</main></body></html>".encode()


def zeros(megabytes: int, wbits: int = 31) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, wbits)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def endless(
    piece: bytes, seconds: float = 0.0, head: bytes = b"HTTP/1.1 200 OK\r\n"
) -> Callable[[socket.socket], None]:
    """Send the head, then the piece again and again, with a pause after each."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in count():
            connection.sendall(piece)
            time.sleep(seconds)

    return write


HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def troubles(server: Server, elsewhere: str) -> tuple[dict[str, Answer], dict[str, Answer], dict[str, Answer]]:
    """Answers that cost a failure, answers that cost a reject, and answers that are articles all the same."""
    bomb = zeros(1000)
    failures: dict[str, Answer] = {
        "endless-body": endless(b"x" * 65536, head=HTML + b"\r\n"),
        "endless-chunks": endless(
            b"10000\r\n" + b"x" * 65536 + b"\r\n", head=HTML + b"Transfer-Encoding: chunked\r\n\r\n"
        ),
        "endless-headers": endless(b"X-A: " + b"y" * 1000 + b"\r\n"),
        "endless-header": endless(b"y" * 65536, head=b"HTTP/1.1 200 OK\r\nX-A: "),
        "endless-status": endless(b"y" * 65536, head=b""),
        "dripping-body": endless(b"x", 0.2, head=HTML + b"Content-Length: 100000\r\n\r\n"),
        "dripping-headers": endless(b"X-A: y\r\n", 0.2),
        "says-100-gigabytes": HTML + b"Content-Length: 99999999999\r\n\r\n<html>",
        "gzip-bomb": answer(bomb, Content_Encoding="gzip"),
        "gzip-in-gzip-bomb": answer(gzip.compress(bomb), Content_Encoding="gzip, gzip"),
        "deflate-bomb": answer(zeros(1000, 15), Content_Encoding="deflate"),
        "half-of-a-gzip": answer(gzip.compress(post(99) + bytes(100_000))[:-60], Content_Encoding="gzip"),
        "no-gzip": answer(b"\x1f\x8b\x08 nothing", Content_Encoding="gzip"),
        "no-br": answer(b"nothing", Content_Encoding="br"),
        "gzip-5000-times": answer(b"x", Content_Encoding="gzip, " * 5000 + "gzip"),
        "status-abc": b"HTTP/1.1 abc OK\r\n\r\n",
        "status-999": b"HTTP/1.1 999 \x1b[31m\r\nContent-Length: 0\r\n\r\n",
        "length-minus-5": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx",
        "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nxxxxxxx",
        "bad-chunk": HTML + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nx",
        "nothing-at-all": b"",
        "loop": redirect("/news/politics/loop-0"),
        "to-file": redirect("file:///etc/passwd"),
        "to-javascript": redirect("javascript:alert(1)"),
        "to-data": redirect("data:text/html,<h1>x</h1>"),
        "to-ftp": redirect(f"ftp://{elsewhere}/x"),
        "to-bad-port": redirect("http://127.0.0.1:99999/x"),
        "to-no-address": redirect("http://[::1"),
    }
    rejects: dict[str, Answer] = {
        "empty": answer(b""),
        "picture": answer(b"\x89PNG", type="image/\x1b[31mpng\x1b]0;owned\x07"),
        "xml-with-entities": answer(b"<!DOCTYPE a [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><html><title></title>&a;</html>", type="application/xhtml+xml"),
        "a-million-tags": answer(b"<html><body>" + b"<a>" * 1_000_000),
        "controls": answer(b"\x1b[2J\x00\x07" * 1000),
    }  # fmt: skip
    articles: dict[str, Answer] = {
        "refresh": answer(post(1, f"<meta http-equiv='refresh' content='0;url=http://{elsewhere}/a-b'>"), Refresh=f"0;url=http://{elsewhere}/a-b"),
        "base": answer(post(2, f"<base href='http://{elsewhere}/'>")),
        "utf-16": answer(post(3).decode().encode("utf-16")),
        "utf-32": answer(post(4).decode().encode("utf-32")),
        "says-utf-8-is-utf-16": answer(post(5).decode().encode("utf-16"), type="text/html; charset=utf-8"),
        "says-base64": answer(post(6), type="text/html; charset=base64"),
        "says-punycode-itself": answer(post(7, "<meta charset='punycode'>")),
        "says-nothing-known": answer(post(8), type="text/html; charset=\x1b[31m"),
        "title-that-plays": answer(post(9, title="P \x1b[31m\x1b]0;owned\x07\u202e x")),
        "formula": answer(post(10, title="=cmd|'/C calc'!A0")),
    }  # fmt: skip
    return failures, rejects, articles


def test_whatever_is_answered_the_run_goes_on(crawl: Crawl) -> None:
    with serving() as server, serving() as stranger:
        away = {f"to-{name}": redirect(to) for name, to in (
            ("another-port", f"http://{stranger.host}/a-b"), ("localhost", f"http://localhost:{stranger.host[10:]}/a-b"),
            ("no-scheme", f"//{stranger.host}/a-b"), ("backslashes", f"http:\\\\{stranger.host}\\a-b"),
            ("user", f"http://{server.host}@{stranger.host}/a-b"), ("metadata", "http://169.254.169.254/latest/meta-data"),
        )}  # fmt: skip
        failures, rejects, articles = troubles(server, stranger.host)
        answers = {f"{name}-0": given for name, given in {**failures, **rejects, **articles, **away}.items()}
        server.answers |= {f"/news/politics/{slug}": given for slug, given in answers.items()}
        hrefs = [f"/news/politics/{slug}" for slug in answers]
        hrefs += [
            f"http://{stranger.host}/news/a-b",
            f"//{stranger.host}/news/a-c",
            f"http://{server.host}@{stranger.host}/news/a-d",
        ]
        hrefs += [
            "javascript:alert('a-b')",
            "data:text/html,a-b",
            "file:///etc/passwd-x",
            "/news/politics/" + "a" * 70_000 + "-b",
        ]
        server.answers["/news/politics"] = answer(listing(hrefs))
        run = crawl(server.url, "-s", "DOWNLOAD_TIMEOUT=3", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4")
        assert stranger.asked == []
        assert all(f"/news/politics/{slug}" in server.asked for slug in answers)
    assert run.exit_code == 3
    assert "Traceback" not in run.stderr
    assert not set(run.stderr) & set("\x1b\x07\x9b\u202e")
    assert sorted(record["post_id"] for record in run.records) == sorted(str(n) for n in range(1, len(articles) + 1))
    assert {record["url"].rpartition("/")[2] for record in run.rejects} == {f"{name}-0" for name in rejects}
    assert f"{len(failures)} pages failed" in run.last_line
    assert run.skipped["offsite"] == len(away)
    assert next(row["title"] for row in run.rows if row["id"] == "en:10").startswith("'=cmd")
    assert 0 < run.max_memory < MEMORY * 1024


def test_a_timeout_holds_for_the_whole_answer(crawl: Crawl) -> None:
    with serving() as server:
        server.answers["/news/politics"] = endless(b"<p>", 0.2, head=HTML + b"\r\n")
        run = crawl(server.url, "-s", "DOWNLOAD_TIMEOUT=1.5")
    assert run.exit_code == 3
    assert "took longer than 1.5 seconds" in run.last_line


# --- traps -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trap",
    [
        lambda path: answer(b"", status="404 Not Found"),
        lambda path: answer(post(1)),  # one article under ever new addresses
        lambda path: answer(b"<html><body>nothing</body></html>"),
        lambda path: redirect("/news/politics"),
    ],
)
def test_a_listing_made_up_as_it_is_walked_is_ended(crawl: Crawl, trap: Callable[[str], bytes]) -> None:
    with serving() as server:

        def page(path: str) -> bytes:
            if not path.startswith("/news/politics?page="):
                return trap(path)
            number = int(path.partition("=")[2])
            hrefs = [f"/news/politics/day-{number}-{n}" for n in range(20)]
            return answer(listing(hrefs, f"<a rel='next' href='?page={number + 1}'>Next</a>"))

        server.answers["/news/politics"] = page("/news/politics?page=1")
        server.other = page
        run = crawl(server.url, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
        assert 200 <= len(server.asked) < 500
    assert run.exit_code == 3
    assert "consecutive URLs led to no new article" in run.last_line
    assert "Traceback" not in run.stderr


def test_hostile_sitemaps_are_named_and_the_listings_take_over(crawl: Crawl) -> None:
    with serving() as server, serving() as stranger:

        def index(*urls: str) -> bytes:
            return (
                f"<sitemapindex>{''.join(f'<sitemap><loc>{u}</loc></sitemap>' for u in urls)}</sitemapindex>".encode()
            )

        bomb = "<!ENTITY a 'xxxxxxxxxx'>" + "".join(
            f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
        )
        bad = {
            "/bomb.xml.gz": zeros(300),
            "/entities.xml": f"<!DOCTYPE x [{bomb}]><urlset><url><loc>&j;</loc></url></urlset>".encode(),
            "/external.xml": b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
            "/remote.xml": f"<!DOCTYPE x SYSTEM 'http://{stranger.host}/x.dtd'><urlset/>".encode(),
            "/one-entry.xml": b"<urlset><url>" + b"<a/>" * 100_000 + b"</url></urlset>",
            "/deep.xml": b"<urlset>" + b"<url>" * 100_000,
            "/encoding.xml": b"<?xml version='1.0' encoding='base64'?><urlset/>",
            "/gone.xml": b"",
        }
        urls = [f"{server.url}{path}" for path in bad]
        server.answers["/robots.txt"] = answer(
            f"User-agent: *\nSitemap: {server.url}/all.xml\nSitemap: http://[\n".encode(), type="text/plain"
        )
        server.answers["/all.xml"] = answer(
            index(f"{server.url}/all.xml", *urls, f"http://{stranger.host}/s.xml", "file:///etc/passwd")
        )
        server.answers |= {path: answer(body, type="text/xml") for path, body in bad.items()}
        server.answers["/news/politics"] = answer(listing(["/news/politics/a-1"]))
        server.answers["/news/politics/a-1"] = answer(post(1))
        run = crawl(server.url, spider="archive")
        assert "Traceback" not in run.stderr, run.stderr
        assert stranger.asked == []
        assert server.asked.count("/all.xml") == 1
    assert run.exit_code == 0, run.last_line
    assert [record["id"] for record in run.records] == ["en:1"]
    assert f"{len(bad) + 3} sitemaps not read" in run.last_line
    assert "root:" not in run.stderr
    assert "Traceback" not in run.stderr
    assert 0 < run.max_memory < MEMORY * 1024


def test_a_robots_txt_without_end_is_no_leave(crawl: Crawl) -> None:
    with serving() as server:
        server.answers["/robots.txt"] = endless(
            b"# x\n" * 10_000, head=b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
        )
        run = crawl(server.url)
        assert set(server.asked) == {"/robots.txt"}
    assert run.exit_code == 3
    assert "it is larger than DOWNLOAD_MAXSIZE" in run.last_line


# --- what is to stay secret, and where files go ------------------------------------------------------------------------


def test_no_secret_reaches_the_log(crawl: Crawl) -> None:
    with serving() as server:
        server.answers["/news/politics"] = answer(listing(["/news/politics/a-1"]))
        server.answers["/news/politics/a-1"] = answer(post(1))
        options = (
            "-O",
            "ftp://user:hush1@127.0.0.1:1/x.jsonl",
            "-s",
            "AWS_SECRET_ACCESS_KEY=hush2",
            "-s",
            "FTP_PASSWORD=hush3",
        )
        run = crawl(server.url, *options)
    assert "ftp://***@127.0.0.1:1/x.jsonl" in run.stderr, run.stderr
    assert "hush" not in run.stderr + run.stdout
    assert [record["id"] for record in run.records] == ["en:1"]


def test_a_base_url_with_a_password_is_refused_and_not_shown(crawl: Crawl) -> None:
    run = crawl("http://user:hush@127.0.0.1:1/")
    assert run.exit_code == 1
    assert "hush" not in run.stderr + run.stdout
    assert 'MAYADEEN_BASE_URL: "http://***@127.0.0.1:1/"' in run.last_line


def test_all_files_are_in_the_data_folder(crawl: Crawl, tmp_path: Path) -> None:
    with serving() as server:
        server.answers["/news/politics"] = answer(listing(["/news/politics/..%2f..%2fa-1", "/news/politics/a-2"]))
        server.answers["/news/politics/a-2"] = answer(post(2).replace(b'"postid": "2"', b'"postid": "../../2"'))
        crawl(server.url, "-a", "_job=job.1")
    inside = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")}
    assert inside == {"data"}
    assert {path.parent.name for path in (tmp_path / "data").rglob("*.jsonl")} <= {"articles", "rejects"}
