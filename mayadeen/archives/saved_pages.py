"""The folder of `scrapy doctor --save`: the pages as a web archive, and the report."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from mayadeen import CRAWLER
from mayadeen.archives.captures import CaptureReader, archive_files
from mayadeen.archives.extract import CaptureExtractor
from mayadeen.archives.writer import Exchange, WarcWriter
from mayadeen.extraction.dates import utc_string
from mayadeen.monitoring.doctor.fetching import Answer, Purpose
from mayadeen.monitoring.doctor.history import read_report
from mayadeen.monitoring.doctor.report import DoctorReport
from mayadeen.storage.atomic_write import write_atomic
from mayadeen.storage.checked_read import DamagedError, read_json_file

REPORT, FAILURES = "report.json", "failures.json"
MAX_FAILURES_BYTES = 10_000_000
_UNPACKED = frozenset({"content-encoding", "content-length"})
"""Headers of the transfer: the pages are kept as they were read, unpacked."""


def _failures(path: Path) -> list[Answer]:
    """Read the requests without a page. Raises ``ValueError`` and ``OSError``."""
    try:
        return [
            Answer(str(one["url"]), code=one["code"], error=str(one["error"]), cost=int(one["cost"]))
            for one in read_json_file(path, MAX_FAILURES_BYTES)
        ]
    except (DamagedError, KeyError, TypeError, ValueError):
        raise ValueError(f"{path.name} is damaged. Run scrapy doctor --save again.") from None


class SavedFolder:
    """Pages and report of one run. Nothing in it names the person who ran it or the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: dict[str, Answer] = {}
        self._writer: WarcWriter | None = None

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make an empty folder. Raises ``ValueError`` if it holds something, and ``OSError``."""
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ValueError(f"{folder} is not empty. Name a new folder.")
        saved = cls(folder)
        saved._writer = WarcWriter(folder, "doctor", {"software": CRAWLER})
        return saved

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read the pages of a folder. Raises ``ValueError`` if it has none, and ``OSError``."""
        saved, extractor = cls(folder), CaptureExtractor()
        for path in archive_files(folder) if folder.is_dir() else ():
            for capture in CaptureReader(path):
                response = extractor.response(capture)
                note = capture.metadata or {}
                requested = str(note.get("requested", capture.url))
                if response is not None:
                    saved.answers[requested] = Answer(requested, response, cost=int(note.get("cost", 1)))
        if (folder / FAILURES).is_file():
            for failure in _failures(folder / FAILURES):
                saved.answers[failure.url] = failure
        if not saved.answers:
            raise ValueError(f"{folder} has no saved pages. Name a folder that scrapy doctor --save made.")
        return saved

    def keep(self, answer: Answer) -> None:
        """Keep the answer to a request. Raises ``OSError``."""
        assert self._writer is not None
        self.answers[answer.url] = answer
        response = answer.response
        if response is None:
            return
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            if name.decode("latin-1").lower() not in _UNPACKED
            for value in values
        ]
        self._writer.write(
            Exchange(
                url=response.url,
                started_at=utc_string(datetime.now(UTC)),
                method="GET",
                request_headers=[],
                status=response.status,
                reason="",
                response_headers=headers,
                body=response.body,
                note={"requested": answer.url, "cost": answer.cost},
            )
        )

    def finish(self, report: DoctorReport) -> None:
        """Complete the archive, and write the report next to it. Raises ``OSError``."""
        assert self._writer is not None
        self._writer.close()
        failures = [
            {"url": answer.url, "code": answer.code, "error": answer.error, "cost": answer.cost}
            for answer in self.answers.values()
            if answer.response is None
        ]
        if failures:
            write_atomic(self.folder / FAILURES, json.dumps(failures, ensure_ascii=False, indent=1))
        write_atomic(self.folder / REPORT, json.dumps(report.as_json(), ensure_ascii=False, indent=1))

    def report(self) -> DoctorReport:
        """Return the saved report. Raises ``ValueError`` and ``OSError``."""
        return read_report(self.folder / REPORT)

    async def fetch(self, url: str, purpose: Purpose) -> Answer:
        """Answer a request from the folder."""
        return self.answers.get(url) or Answer(url, code="not_saved", error="not in the saved folder", cost=0)
