"""Judges the runs of drift alerts again, by what their kept pages say now."""

from __future__ import annotations

from collections import defaultdict

from mayadeen.archives.captures import Capture
from mayadeen.archives.extract import Extracted
from mayadeen.items import Article, Reject
from mayadeen.monitoring.drift import ASPECTS, judge
from mayadeen.monitoring.field_sampler import FieldSampler
from mayadeen.storage.state import State


class DriftAgain:
    """Samples the pages of runs that raised an alert, or are in doubt. ``end_alerts`` ends those without a reason."""

    def __init__(self, state: State) -> None:
        self._history = state.drift
        self._run_numbers = state.runs.numbers()
        self._samplers: dict[tuple[str, int], FieldSampler] = defaultdict(FieldSampler)
        self._doubtful: dict[str, set[int]] = {}

    def add(self, capture: Capture, found: Extracted) -> None:
        """Read the fields of a page again, if its run raised an alert or is in doubt."""
        run = self._doubtful_run(capture)
        if run is None or found.page is None:
            return
        via = (capture.metadata or {}).get("discovered_via") or {}
        if isinstance(found.record, Reject) and via.get("kind") == "url":
            return
        article = found.record if isinstance(found.record, Article) else None
        self._samplers[run].add(found.page, article, via.get("kind", ""))

    def concerns(self, capture: Capture) -> bool:
        """Return whether a page is of such a run."""
        return self._doubtful_run(capture) is not None

    def _doubtful_run(self, capture: Capture) -> tuple[str, int] | None:
        edition = capture.info.get("mayadeen-edition", "")
        number = self._run_numbers.get(capture.info.get("mayadeen-run", ""))
        if edition not in self._doubtful:
            self._doubtful[edition] = self._history.doubtful_runs(edition)
        return (edition, number) if number is not None and number in self._doubtful[edition] else None

    def end_alerts(self) -> set[str]:
        """Judge the runs, save what was read, and return the fields whose alert ends."""
        ended: set[str] = set()
        for (edition, number), sampler in sorted(self._samplers.items()):
            history = self._history
            readings = history.readings(edition)
            doubts = history.doubts(edition)
            in_doubt = {aspect for aspect, doubt in doubts.items() if doubt.open.pop(number, None) is not None}
            verdict = judge(number, sampler.readings, [one for one in readings if one.run < number], doubts)
            still, now, own = set(verdict.doubted), sampler.readings, [one for one in readings if one.run == number]
            if len(now) < len(own):  # pages are missing: what cannot be compared stays in doubt
                still = {*ASPECTS} - {*verdict.fine}
                now = own if still & in_doubt else now
            before = {alarm["field"] for alarm in history.alarms(edition)}
            history.replace(edition, number, now, still)
            ended |= before - {alarm["field"] for alarm in history.alarms(edition)}
        return ended
