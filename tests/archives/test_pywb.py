"""What was kept, replayed by pywb: an independent program in a virtual environment of its own (``make pywb``)."""

from __future__ import annotations

import gzip
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mayadeen.archives.writer import Exchange, WarcWriter
from tests.support.preloaded import PROJECT

PYWB = PROJECT / ".venv-pywb" / "bin"
PAGE = "<html><head><title>Port</title></head><body><p>Harbour talks \u2013 \u0641\u0644\u0633\u0637\u064a\u0646</p></body></html>".encode()
BODIES = {
    "plain": (None, PAGE),
    "gzip": ("gzip", gzip.compress(PAGE, mtime=0)),
}
pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not (PYWB / "wayback").exists(), reason="pywb is not installed: make pywb"),
]


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[str]:
    """The URL of a replay server for kept pages."""
    writer = WarcWriter(tmp_path, "r1", {"software": "test"})
    for name, (coding, body) in BODIES.items():
        headers = [("Content-Type", "text/html; charset=utf-8")] + ([("Content-Encoding", coding)] if coding else [])
        writer.write(
            Exchange(
                url=f"https://x.test/{name}", started_at="2026-11-20T10:00:00Z", method="GET", request_headers=[],
                status=200, reason="OK", response_headers=headers, body=body,
            )
        )  # fmt: skip
    writer.close()
    place = tmp_path / "pywb"
    place.mkdir()
    subprocess.run([PYWB / "wb-manager", "init", "kept"], cwd=place, check=True, capture_output=True)
    files = sorted((tmp_path / "warc").iterdir())
    subprocess.run([PYWB / "wb-manager", "add", "kept", *files], cwd=place, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [PYWB / "wayback", "-b", "127.0.0.1", "-p", str(port)],
        cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stderr is not None
        for line in server.stderr:
            if "Starting" in line:
                break
        yield f"http://127.0.0.1:{port}/kept"
    finally:
        server.kill()
        server.wait()
        assert server.stderr is not None
        server.stderr.close()


def test_kept_pages_are_replayed(replay: str) -> None:
    for name in BODIES:
        request = urllib.request.Request(f"{replay}/20261120100000id_/https://x.test/{name}")
        for attempt in range(200):
            try:
                with urllib.request.urlopen(request, timeout=300) as response:
                    body, coding = response.read(), response.headers.get("Content-Encoding")
                break
            except urllib.error.URLError as error:  # not listening yet
                if isinstance(error, urllib.error.HTTPError) or attempt == 199:
                    raise
        assert (gzip.decompress(body) if coding == "gzip" else body) == PAGE
