"""The folder of `scrapy doctor --save`: the pages as a web archive, and the report."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Self

from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from mayadeen.extraction.encodings import with_web_encoding
from mayadeen.monitoring.doctor.fetching import Answer, Purpose
from mayadeen.monitoring.doctor.history import read_report
from mayadeen.monitoring.doctor.report import DoctorReport
from mayadeen.storage.atomic_write import write_atomic

PAGES, REPORT = "pages.warc.gz", "report.json"
_SECRET = {b"set-cookie", b"cookie", b"authorization", b"proxy-authorization"}


class SavedFolder:
    """Pages and report of one run. Nothing in it names the person who ran it or the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[str, Response] = {}

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make an empty folder. Raises ``ValueError`` if it holds something already, and ``OSError``."""
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ValueError(f"{folder} is not empty. Name a new folder.")
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the pages of a folder. Raises ``ValueError`` if it is no saved folder, and ``OSError``."""
        from fastwarc import ArchiveIterator, WarcRecordType

        saved = cls(folder)
        if not (folder / PAGES).is_file():
            raise ValueError(f"{folder} has no {PAGES}. Name a folder that scrapy doctor --save made.")
        with (folder / PAGES).open("rb") as file:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="none"):
                headers = {name: value for name, value in record.http_headers}
                url, body = str(record.headers["WARC-Target-URI"]), record.reader.read()
                kind = responsetypes.from_args(headers=_as_headers(headers), url=url, body=body)
                status = int(record.http_headers.status_code or 0)
                response = kind(url, status=status, headers=headers, body=body)
                asked = record.headers.get("X-Mayadeen-Requested") or url
                saved.pages[str(asked)] = with_web_encoding(response)
        return saved

    def keep(self, asked: str, response: Response) -> None:
        """Keep the response to a request for the URL ``asked``."""
        self.pages[asked] = response

    def finish(self, report: DoctorReport) -> None:
        """Write everything. Raises ``OSError``."""
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter

        with (self.folder / PAGES).open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
            for asked, response in self.pages.items():
                headers = [
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, values in response.headers.items()
                    if name.lower() not in _SECRET
                    for value in values
                ]
                writer.write_record(
                    writer.create_warc_record(
                        response.url,
                        "response",
                        payload=BytesIO(response.body),
                        http_headers=StatusAndHeaders(f"{response.status} -", headers, protocol="HTTP/1.1"),
                        warc_headers_dict={"X-Mayadeen-Requested": asked},
                    )
                )
        write_atomic(self.folder / REPORT, json.dumps(report.as_json(), ensure_ascii=False, indent=1))

    def report(self) -> DoctorReport:
        """Return the saved report. Raises ``ValueError`` and ``OSError``."""
        return read_report(self.folder / REPORT)

    async def fetch(self, url: str, purpose: Purpose) -> Answer:
        """Answer a request from the folder."""
        response = self.pages.get(url)
        if response is None:
            return Answer(url, code="not_saved", error="not in the saved folder")
        return Answer(url, response)


def _as_headers(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
