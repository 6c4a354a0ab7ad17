"""Makes the records of kept pages again with today's code, and writes what differs as corrections."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

from mayadeen.archives.captures import Capture, CaptureReader, archive_files
from mayadeen.archives.extract import CaptureExtractor, Extracted
from mayadeen.archives.writer import FOLDER
from mayadeen.crawling.known_articles import format_via
from mayadeen.fields import provenance_fields
from mayadeen.items import Article, Reject
from mayadeen.monitoring.drift import judge
from mayadeen.monitoring.field_sampler import FieldSampler
from mayadeen.pipelines.identify import TRUST, parts_of, reason_without_change
from mayadeen.site.editions import Section
from mayadeen.site.urls import Addresses
from mayadeen.storage.feeds import CORRECTIONS, Feed, json_line
from mayadeen.storage.posts import Post
from mayadeen.storage.state import State
from mayadeen.upgrade import VersionError, upgrade

EXAMPLES = 3
"""Examples per field in the report."""
_MAX_EXAMPLE, _EXAMPLE_CONTEXT = 200, 40
_NOT_COMPARED = ("extracted_at", "crawler", "schema_version", "previous_hash")
Key = tuple[str, str]
"""URL and time of a page as fetched: what a record and its capture have in common."""


@dataclass(frozen=True)
class Place:
    """Where the present reading of a record is: its file, offset and length."""

    path: Path
    offset: int
    size: int

    def read(self) -> dict[str, Any]:
        """Read the record, in the present schema. Raises ``OSError`` and ``ValueError``."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            record: dict[str, Any] = json.loads(file.read(self.size))
        upgrade(record, Article)
        return record


@dataclass
class Version:
    """One version of an article: when it was fetched, and the hash that it has by now."""

    fetched_at: str
    revision: int
    hash: str
    key: Key


class Known:
    """The records of a data folder by their pages, in the reading that was made last.

    ``unreadable`` counts lines that are not records.
    """

    def __init__(self, data: Path) -> None:
        self.places: dict[Key, Place] = {}
        self.versions: dict[str, list[Version]] = defaultdict(list)
        self.rejects: set[Key] = set()
        self.unreadable = 0
        seen: dict[tuple[str, str], Version] = {}
        for folder in ("articles", CORRECTIONS):
            for place, record in self._lines(data / folder):
                try:
                    key, same = (record["url"], record["fetched_at"]), (record["id"], record["fetched_at"])
                    found = Version(record["fetched_at"], record["revision"], record["content_hash"], key)
                except KeyError:
                    self.unreadable += 1
                    continue
                if same in seen:
                    seen[same].hash = found.hash
                else:
                    seen[same] = found
                    self.versions[record["id"]].append(found)
                self.places[key] = place
        for _, record in self._lines(data / "rejects"):
            self.rejects.add((record.get("url", ""), record.get("fetched_at", "")))
        for versions in self.versions.values():
            versions.sort(key=lambda version: (version.fetched_at, version.revision))

    def _lines(self, folder: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
        for path in sorted(folder.glob("*.jsonl")):
            offset = 0
            with path.open("rb") as file:
                for line in file:
                    try:
                        record = json.loads(line)
                    except ValueError:
                        record = None
                    if isinstance(record, dict):
                        yield Place(path, offset, len(line)), record
                    else:
                        self.unreadable += 1
                    offset += len(line)


@dataclass
class FieldChanges:
    """How a field changed: in how many records, and from what to what in the first ones."""

    changed: int = 0
    filled: int = 0
    emptied: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: dict[str, Any], before: Any, after: Any) -> None:
        """Count a change."""
        self.changed += 1
        self.filled += not before and bool(after)
        self.emptied += bool(before) and not after
        if len(self.examples) < EXAMPLES:
            example = {"id": record["id"], "url": record["url"], "fetched_at": record["fetched_at"]}
            shown_before, shown_after = _differing_parts(before, after)
            self.examples.append(example | {"from": shown_before, "to": shown_after})


class _DryRunEnds(Exception):
    """Rolls back what a dry run wrote to the state."""


class Reextraction:
    """One run over the archives of a data folder, whose lock its caller holds.

    ``counts`` has the number of pages by outcome:

    - ``unchanged``, ``corrected``.
    - ``recovered``: rejects that now read.
    - ``revised``: edits that a broken field hid.
    - ``not_revised``: today's code reads less, or the page only reads otherwise.
    - ``still_rejected``, ``now_rejected``, ``not_recorded``, ``truncated``.
    - ``known_by_now``, ``between_revisions``: pages whose place in the history has a record already.
    - ``same_second``: a second visit within a second.
    - ``author_not_read``: pages of authors.
    - ``no_page``: records without a kept page.

    ``damage`` names parts of archives that cannot be read.

    A record is ``not_revised`` if today's code does not find a field that it has, or reads the field otherwise from a
    less trusted source. ``reads_less`` counts these fields. ``accepted`` are fields to which this does not apply.
    """

    def __init__(
        self,
        data: Path,
        state: State,
        run_id: str,
        now: str,
        since: str | None,
        *,
        dry_run: bool,
        accepted: Collection[str] = (),
    ) -> None:
        self._data, self._state, self._run_id, self._now = data, state, run_id, now
        self._since, self._dry_run, self._accepted = since, dry_run, accepted
        self._known = Known(data)
        self._extractor = CaptureExtractor()
        self._feeds: dict[str, Feed] = {}
        self._run = 0
        self._read: set[Key] = set()
        self._not_revised: set[Key] = set()
        self._rewritten: set[str] = set()
        self._samplers: dict[tuple[str, int], FieldSampler] = defaultdict(FieldSampler)
        self._run_numbers = state.runs.numbers()
        self._doubtful: dict[str, set[int]] = {}
        self.counts: Counter[str] = Counter()
        self.fields: dict[str, FieldChanges] = defaultdict(FieldChanges)
        self.reads_less: Counter[str] = Counter()
        self.damage: list[str] = []
        self.alerts_ended: list[str] = []

    def run(self, run: int) -> None:
        """Read all archives. ``run`` is the number of this run in the state. Raises ``OSError`` and ``StateError``."""
        self._run = run
        if not self._dry_run:
            self._read_all()
            return
        try:
            with self._state.transaction():  # a later page depends on what an earlier one writes to the state
                self._read_all()
                raise _DryRunEnds
        except _DryRunEnds:
            pass

    def _read_all(self) -> None:
        for path in archive_files(self._data / FOLDER):
            reader = CaptureReader(path)
            for capture in reader:
                if self._since is None or capture.date >= self._since:
                    self._capture(capture)
            self.damage += reader.damage
        self._correct_chains()
        self._reread_samples()
        self.counts["no_page"] = sum(
            key not in self._read and (self._since is None or key[1] >= self._since) for key in self._known.places
        )
        for feed in self._feeds.values():
            feed.close()

    def _capture(self, capture: Capture) -> None:
        record = (capture.metadata or {}).get("record")
        if capture.status == 200 and record == "author":  # the next crawl of authors reads it again
            self.counts["author_not_read"] += 1
        if capture.status != 200 or record != "article":
            return
        if capture.truncated:  # its text would look like an edit
            self.counts["truncated"] += 1
            return
        key = (capture.url, capture.date)
        if key in self._read:  # a second visit within a second has no time of its own
            self.counts["same_second"] += 1
            return
        found = self._extractor.extract(capture)
        self._sample(capture, found)
        if key in self._known.places:
            self._read.add(key)
            self._compare(key, found)
        elif key in self._known.rejects:
            if isinstance(found.record, Article):
                self._recover(capture, found.record)
            else:
                self.counts["still_rejected"] += 1
        elif isinstance(found.record, Article):
            self._revisit(capture, found.record)
        else:
            self.counts["not_recorded"] += 1

    def _compare(self, key: Key, found: Extracted) -> None:
        """Correct the record of a page."""
        if not isinstance(found.record, Article):
            self.counts["now_rejected"] += 1
            self._not_revised.add(key)
            return
        try:
            before = self._known.places[key].read()
        except (ValueError, KeyError, TypeError, VersionError):
            self._known.unreadable += 1
            self._not_revised.add(key)
            return
        new = found.record
        new.id, new.revision = before["id"], before["revision"]
        new.post_id = new.post_id or before["post_id"]
        _keep_images(new, before)
        if less := [name for name in _reads_less(new, before) if name not in self._accepted]:
            self.counts["not_revised"] += 1
            self.reads_less.update(less)
            self._not_revised.add(key)
            return
        previous = self._version_before(before["id"], before["fetched_at"])
        new.previous_hash = before["previous_hash"] if previous is None else previous.hash
        after = vars(new)
        names = [name for name, value in after.items() if name not in _NOT_COMPARED and before.get(name) != value]
        if not names and new.previous_hash == before["previous_hash"]:
            self.counts["unchanged"] += 1
            self._update_post(new, read_only=True)
            return
        self._correct(new, before, names)

    def _correct(self, new: Article, before: dict[str, Any], names: list[str]) -> None:
        for name in names:
            self.fields[name].add(before, before.get(name), getattr(new, name))
        if new.previous_hash != before["previous_hash"]:
            self.fields["previous_hash"].add(before, before["previous_hash"], new.previous_hash)
        self.counts["corrected"] += 1
        for version in self._known.versions[new.id]:
            if version.fetched_at == new.fetched_at and version.hash != new.content_hash:
                version.hash = new.content_hash
                self._rewritten.add(new.id)
        new.extracted_at = self._now
        self._write(CORRECTIONS, new)
        self._update_post(new)

    def _recover(self, capture: Capture, new: Article) -> None:
        """Write a reject that now reads as a normal record."""
        post = self._state.posts.get(new.id)
        last = max(self._known.versions.get(new.id, []), key=lambda version: version.revision, default=None)
        if last is not None and (last.hash == new.content_hash or last.fetched_at > capture.date):
            self.counts["known_by_now"] += 1
            return
        if last is not None and post is not None and self._is_other_reading(new, post):
            return
        self._append(capture, new, post, last)
        self.counts["recovered"] += 1

    def _revisit(self, capture: Capture, new: Article) -> None:
        """Find an edit on a page that was treated as unchanged, because a broken field hid it."""
        address = self._extractor.addresses(capture).canonical(new.url)
        known = self._state.posts.get(new.id) or self._state.posts.at(address)
        versions = self._known.versions.get(known.id, []) if known is not None else []
        if known is None or not versions or versions[0].fetched_at > capture.date:
            self.counts["not_recorded"] += 1
            return
        new.id = known.id
        earlier = [version for version in versions if version.fetched_at <= capture.date]
        if new.content_hash == earlier[-1].hash:
            self.counts["unchanged"] += 1
            self._update_post(new, read_only=True)
        elif len(earlier) < len(versions):
            self.counts["between_revisions"] += 1
        elif not self._is_other_reading(new, known):
            self._append(capture, new, known, earlier[-1])
            self.counts["revised"] += 1

    def _is_other_reading(self, new: Article, post: Post) -> bool:
        """Return whether a page differs from a post only because it is read otherwise, as in a crawl, and count it."""
        read = replace(post, parts=parts_of(vars(new)), crawler=new.crawler, modified_at=new.modified_at)
        if reason_without_change(read, post) is None:
            return False
        self.counts["not_revised"] += 1
        return True

    def _append(self, capture: Capture, new: Article, post: Post | None, last: Version | None) -> None:
        """Write a record that is new to the feeds, and add it to the state."""
        new.extracted_at = self._now
        if last is not None:
            new.revision, new.previous_hash = last.revision + 1, last.hash
        key = (new.url, new.fetched_at)
        self._known.versions[new.id].append(Version(new.fetched_at, new.revision, new.content_hash, key))
        self._write("articles", new)
        addresses = self._extractor.addresses(capture)
        made = _post(capture, new, addresses, post.first_seen if post is not None else new.fetched_at)
        requested = (capture.metadata or {}).get("requested_url") or addresses.canonical(new.url)
        with self._state.transaction():
            self._state.posts.put(made, [requested, addresses.canonical(new.url), new.canonical_url])
            self._state.queue.end_retry(requested)

    def _update_post(self, new: Article, *, read_only: bool = False) -> None:
        """Update the newest revision in the state, so that the next crawl sees no edit in a correction.

        Captures come in order of time, so that the page read last decides.
        """
        post = self._state.posts.get(new.id)
        versions = self._known.versions.get(new.id, [])
        if post is None or not versions or versions[-1].fetched_at > new.fetched_at:
            return
        before = (post.hash, post.parts, post.crawler)
        post.parts, post.crawler = parts_of(vars(new)), new.crawler
        if not read_only:
            post.hash, post.kind = new.content_hash, new.kind
            post.published_at, post.modified_at = new.published_at, new.modified_at
        if (post.hash, post.parts, post.crawler) != before or not read_only:
            self._state.posts.put(post, ())

    def _correct_chains(self) -> None:
        """Correct ``previous_hash`` of the records after a corrected one, also of those without a kept page."""
        for id in sorted(self._rewritten):
            versions = self._known.versions[id]
            for earlier, later in pairwise(versions):
                if later.key not in self._known.places:
                    continue
                if later.key in self._read and later.key not in self._not_revised:
                    continue
                record = self._known.places[later.key].read()
                if record["previous_hash"] != earlier.hash:
                    new = Article(**record)
                    new.previous_hash = earlier.hash
                    self._correct(new, record, [])

    def _version_before(self, id: str, fetched_at: str) -> Version | None:
        earlier = [version for version in self._known.versions[id] if version.fetched_at < fetched_at]
        return earlier[-1] if earlier else None

    def _write(self, folder: str, item: Article) -> None:
        if self._dry_run:
            return
        line = json_line(item)
        with self._state.transaction():
            self._state.outbox.add(self._run, folder, line)
        if folder not in self._feeds:
            self._feeds[folder] = Feed(self._data, folder, self._run_id)
        self._feeds[folder].write(line, vars(item))

    # --- drift ---------------------------------------------------------------------------------------------------

    def _sample(self, capture: Capture, found: Extracted) -> None:
        """Read the fields of a page again, if its run raised an alert or is in doubt."""
        edition = capture.info.get("mayadeen-edition", "")
        number = self._run_numbers.get(capture.info.get("mayadeen-run", ""))
        if edition not in self._doubtful:
            self._doubtful[edition] = self._state.drift.doubtful_runs(edition)
        if number in self._doubtful[edition] and number is not None and found.page is not None:
            article = found.record if isinstance(found.record, Article) else None
            via = (capture.metadata or {}).get("discovered_via") or {}
            if isinstance(found.record, Reject) and via.get("kind") == "url":
                return
            self._samplers[edition, number].add(found.page, article, via.get("kind", ""))

    def _reread_samples(self) -> None:
        """Judge the alerting runs by what their pages say now. An alert without a reason any more ends."""
        for (edition, number), sampler in sorted(self._samplers.items()):
            history = self._state.drift
            earlier = [reading for reading in history.readings(edition) if reading.run < number]
            doubts = history.doubts(edition)
            for doubt in doubts.values():
                doubt.open.pop(number, None)
            verdict = judge(number, sampler.readings, earlier, doubts)
            before = {alarm["field"] for alarm in history.alarms(edition)}
            history.replace(edition, number, sampler.readings, set(verdict.doubted))
            self.alerts_ended += sorted(before - {alarm["field"] for alarm in history.alarms(edition)})

    def report(self) -> dict[str, Any]:
        """Return what the run found, as JSON values."""
        return {
            "run_id": self._run_id,
            "extracted_at": self._now,
            "since": self._since,
            "dry_run": self._dry_run,
            "counts": dict(sorted(self.counts.items())),
            "fields": {name: vars(changes) for name, changes in sorted(self.fields.items())},
            "reads_less": dict(sorted(self.reads_less.items())),
            "alerts_ended": sorted(set(self.alerts_ended)),
            "damage": self.damage,
            "unreadable_lines": self._known.unreadable,
        }


def _reads_less(new: Article, before: dict[str, Any]) -> list[str]:
    """Return the fields of a record that today's code does not find, or reads otherwise from a less trusted source."""
    found = []
    for name in provenance_fields(Article):
        value, source = getattr(new, name), new.provenance.get(name)
        if not before.get(name) or value == before[name]:
            continue
        if not value or TRUST.get(source, 99) > TRUST.get(before["provenance"].get(name), 99):
            found.append(name)
    return found


def _post(capture: Capture, new: Article, addresses: Addresses, first_seen: str) -> Post:
    """Return what the state stores of a record."""
    note = capture.metadata or {}
    section = Section(*note["section"]) if note.get("section") else None
    listing = addresses.resolve(section.path, f"{addresses.base_url}/") if section else None
    return Post(
        id=new.id,
        edition=new.edition,
        url=addresses.public(new.url),
        via=format_via(new.discovered_via, section),
        listing=addresses.canonical(listing) if listing else None,
        kind=new.kind,
        published_at=new.published_at,
        modified_at=new.modified_at,
        recent=new.fetched_at if new.revision > 1 else "",
        revision=new.revision,
        hash=new.content_hash,
        parts=parts_of(vars(new)),
        crawler=new.crawler,
        etag=capture.header("ETag") or None,
        last_modified=capture.header("Last-Modified") or None,
        first_seen=first_seen,
        last_seen=new.fetched_at,
    )


def _keep_images(new: Article, before: dict[str, Any]) -> None:
    """Keep path and checksum of images that were downloaded."""
    files = {image["url"]: (image["path"], image["checksum"]) for image in before["images"]}
    for image in new.images:
        image["path"], image["checksum"] = files.get(image["url"], (None, None))


def _differing_parts(before: Any, after: Any) -> tuple[Any, Any]:
    """Return two values for an example: of objects the keys that differ, and of long texts the first difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [key for key in before | after if before.get(key) != after.get(key)]
        before, after = ({key: value.get(key) for key in keys} for value in (before, after))
    texts = [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in (before, after)]
    if max(map(len, texts)) <= _MAX_EXAMPLE:
        return before, after
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*texts, strict=False)))
    start = max(0, same - _EXAMPLE_CONTEXT)
    shown = [
        value
        if not start and len(text) <= _MAX_EXAMPLE
        else f"{'…' * bool(start)}{text[start : start + _MAX_EXAMPLE]}{'…' * (len(text) > start + _MAX_EXAMPLE)}"
        for value, text in zip((before, after), texts, strict=True)
    ]
    return shown[0], shown[1]
