"""Serving, and the command line."""

import gzip
import http.client
import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from testsite import Server, SyntheticSite

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "testsite", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture
def server():
    with Server(SyntheticSite(posts=60)) as server:
        yield server


@pytest.fixture
def connection(server):
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    yield connection
    connection.close()


def test_keep_alive_and_length(connection):
    for target in ("/", "/news/politics", "/nope", "/robots.txt"):
        connection.request("GET", target)
        sock = connection.sock
        response = connection.getresponse()
        body = response.read()
        assert int(response.headers["Content-Length"]) == len(body)
        assert connection.sock is sock


def test_gzip_when_accepted(connection):
    connection.request("GET", "/assets/site.js")
    plain = connection.getresponse().read()
    connection.request("GET", "/assets/site.js", headers={"Accept-Encoding": "gzip, deflate"})
    response = connection.getresponse()
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.read()) == plain


def test_head(connection):
    connection.request("HEAD", "/news/politics")
    response = connection.getresponse()
    assert response.status == 200
    assert int(response.headers["Content-Length"]) > 1000
    assert response.read() == b""


def test_ticker_and_shares_change_but_not_the_rest(server):
    path = server.testsite.answer(0)["record"]["canonical_url"].split("/", 3)[3]
    first, second = (urllib.request.urlopen(server.url + path).read() for _ in range(2))
    assert first != second
    assert server.testsite.answer(0) == SyntheticSite(posts=60).answer(0)


def test_log(server, connection):
    connection.request("GET", "/nope?x=1", headers={"User-Agent": "tester"})
    connection.getresponse().read()
    (arrival,) = server.log
    assert (arrival.method, arrival.path, arrival.status, arrival.user_agent) == ("GET", "/nope?x=1", 404, "tester")
    connection.request("GET", "/.testsite/log.jsonl")
    (line,) = connection.getresponse().read().splitlines()
    assert json.loads(line)["path"] == "/nope?x=1"


def test_answers_over_http(server):
    with urllib.request.urlopen(server.url + ".testsite/answers.jsonl") as response:
        answers = [json.loads(line) for line in response]
    assert answers == list(server.testsite.answers())


def test_robots(server):
    text = urllib.request.urlopen(server.url + "robots.txt").read().decode()
    assert "Disallow: /search\n" in text
    assert "Disallow: /.testsite/\n" in text


def test_stops(server):
    url = server.url
    urllib.request.urlopen(url).close()
    server.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", urlsplit(url).port)) != 0


def test_stop_without_start():
    server = Server(SyntheticSite(posts=50))
    server.stop()


@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_until_it_is_stopped(number):
    command = [sys.executable, "-m", "testsite", "serve", "--posts", "50", "--seed", "9", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        url = line.split()[2]
        assert line == f"testsite: serving {url} (50 posts, seed 9)\n"
        assert urllib.request.urlopen(url).status == 200
        process.send_signal(number)
        output, errors = process.communicate(timeout=300)
    assert (process.returncode, output, errors) == (0, "", "")


@pytest.mark.process
def test_command_answers():
    done = run("answers", "--posts", "50", "--seed", "9", "--edition", "es")
    assert done.returncode == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == list(SyntheticSite(50, 9, "es").answers())


@pytest.mark.process
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("serve", "--posts", "49"), ["--posts", "49", "50 to 100000"]),
        (("answers", "--posts", "many"), ["--posts", "many"]),
        (("answers", "--edition", "fr"), ["--edition", "fr"]),
        (("serve", "--publish-every", "-1"), ["--publish-every", "-1"]),
        (("serve", "--validators", "md5"), ["--validators", "md5", "last-modified"]),
        (("serve", "--port", "99999"), ["--port", "99999"]),
        ((), ["command"]),
    ],
)
def test_command_errors_are_one_line(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr


@pytest.mark.process
def test_port_in_use_is_one_line(server):
    port = str(urlsplit(server.url).port)
    done = run("serve", "--port", port)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert port in done.stderr
