"""Makes the records of kept pages again with today's code, and writes what differs as corrections."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from mayadeen.archives.captures import Capture, CaptureReader, archive_files
from mayadeen.archives.drift_again import DriftAgain
from mayadeen.archives.extract import CaptureExtractor, Extracted
from mayadeen.archives.field_changes import EXAMPLES, FieldChanges
from mayadeen.archives.known_records import Key, KnownRecords, Version, version_of
from mayadeen.archives.writer import FOLDER
from mayadeen.crawling.known_articles import format_via
from mayadeen.fields import provenance_fields
from mayadeen.items import Article, Reject
from mayadeen.pipelines.identify import TRUST, parts_of, reason_without_change, use_known_id
from mayadeen.site.editions import Section
from mayadeen.site.urls import Addresses
from mayadeen.storage.feeds import CORRECTIONS, Feed, json_line
from mayadeen.storage.posts import Post
from mayadeen.storage.state import State

_NOT_COMPARED = ("extracted_at", "crawler", "schema_version", "previous_hash")


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
    - ``duplicate``: pages of an article that the same run read at another address.
    - ``same_second``: a second visit within a second, and both pages if both have records.
    - ``author_not_read``: pages of authors. ``other_program``: pages of archives that another program wrote.
    - ``no_page``: records without a kept page. ``revisit_unresolved``: pages whose body was not found.

    ``damage`` names parts of archives that cannot be read.

    A record is ``not_revised`` if today's code does not find a field that it has, or reads the field otherwise from a
    less trusted source. ``reads_less`` counts these fields. ``accepted`` are fields to which this does not apply.
    ``rejected`` names the first pages that no longer read, with the reason.
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
        self._known = KnownRecords(data)
        self._extractor = CaptureExtractor()
        self._feeds: dict[str, Feed] = {}
        self._run = 0
        self._read: set[Key] = set()
        self._truncated: set[Key] = set()
        self._visited: set[tuple[str, str]] = set()
        self._not_revised: set[Key] = set()
        self._drift = DriftAgain(state)
        self.counts: Counter[str] = Counter()
        self.fields: dict[str, FieldChanges] = defaultdict(FieldChanges)
        self.reads_less: Counter[str] = Counter()
        self.rejected: list[str] = []
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
        # In order of time, also if files of another data folder were added.
        for path in sorted(archive_files(self._data / FOLDER), key=_begun_at):
            reader = CaptureReader(path)
            for capture in reader:
                self._capture(capture)
            self.damage += reader.damage
            self.counts["revisit_unresolved"] += reader.counts["revisit_unresolved"]
        self._correct_chains()
        self.alerts_ended = sorted(self._drift.end_alerts())
        without = self._known.places.keys() - self._read - self._truncated - self._known.same_second
        self.counts["no_page"] = sum(self._since is None or fetched_at >= self._since for _, fetched_at in without)
        for feed in self._feeds.values():
            feed.close()

    def _capture(self, capture: Capture) -> None:
        record = (capture.metadata or {}).get("record")
        is_wanted = self._since is None or capture.date >= self._since
        if capture.status == 200 and "mayadeen-run" not in capture.info:
            self.counts["other_program"] += is_wanted
        if capture.status != 200 or record not in ("article", "author"):
            return
        if record == "author":  # the next crawl of authors reads it again
            self.counts["author_not_read"] += is_wanted
            return
        if capture.truncated:  # its text would look like an edit
            self.counts["truncated"] += is_wanted
            self._truncated.add((capture.url, capture.date))
            return
        if not is_wanted:
            if self._drift.concerns(capture):  # a run is judged by all of its pages
                self._drift.add(capture, self._extractor.extract(capture))
            return
        key = (capture.url, capture.date)
        if key in self._read or key in self._known.same_second:  # it has no time of its own
            self.counts["same_second"] += 1
            return
        found = self._extractor.extract(capture)
        self._drift.add(capture, found)
        if key in self._known.places:
            self._read.add(key)
            self._compare(key, found)
        elif key in self._known.rejects:
            if isinstance(found.record, Article):
                self._recover(capture, found.record)
            else:
                self.counts["still_rejected"] += 1
        elif isinstance(found.record, Article):
            self._find_hidden_edit(capture, found.record)
        else:
            self.counts["not_recorded"] += 1

    def _compare(self, key: Key, found: Extracted) -> None:
        """Correct the record of a page."""
        if not isinstance(found.record, Article):
            self.counts["now_rejected"] += 1
            if len(self.rejected) < EXAMPLES:
                self.rejected.append(f"{key[0]}: {_why_rejected(found)}")
            self._not_revised.add(key)
            return
        before = self._known.record(key)
        if before is None:
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
        previous = self._known.version_before(new)
        new.previous_hash = before["previous_hash"] if previous is None else previous.corrected(before["previous_hash"])
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
        self._known.read_again(new)
        new.extracted_at = self._now
        self._write(CORRECTIONS, new, lambda: self._update_post(new))

    def _recover(self, capture: Capture, new: Article) -> None:
        """Write a reject that now reads as a normal record."""
        self._name(capture, new)
        if self._counted_as_duplicate(capture, new):
            return
        post = self._state.posts.get(new.id)
        last = max(self._known.versions.get(new.id, []), key=lambda version: version.revision, default=None)
        if last is not None and not self._known.came_back(new, last):
            if last.hash == new.content_hash or last.fetched_at > capture.date:
                self.counts["known_by_now"] += 1
                return
            if post is not None and self._counted_as_other_reading(new, post):
                return
        self._append(capture, new, post, last)
        self.counts["recovered"] += 1

    def _find_hidden_edit(self, capture: Capture, new: Article) -> None:
        """Find an edit on a page that was treated as unchanged, because a broken field hid it."""
        self._name(capture, new)
        if self._counted_as_duplicate(capture, new):
            return
        known = self._state.posts.get(new.id)
        versions = self._known.versions.get(new.id, [])
        if known is None or not versions or versions[0].fetched_at > capture.date:
            self.counts["not_recorded"] += 1
            return
        earlier = [version for version in versions if version.fetched_at <= capture.date]
        came_back = self._known.came_back(new, versions[-1])
        if new.content_hash == earlier[-1].hash and not came_back:
            self.counts["unchanged"] += 1
            self._update_post(new, read_only=True)
        elif len(earlier) < len(versions):
            self.counts["between_revisions"] += 1
        elif came_back or not self._counted_as_other_reading(new, known):
            self._append(capture, new, known, earlier[-1])
            self.counts["revised"] += 1

    def _name(self, capture: Capture, new: Article) -> None:
        """Give a page the id that is known at its address, as a crawl does."""
        posts = self._state.posts
        use_known_id(new, posts.at(self._requested(capture, new)) or posts.at(new.canonical_url), posts)

    def _counted_as_duplicate(self, capture: Capture, new: Article) -> bool:
        """Note a visit, and count it if its run read the article before at another address. A crawl drops it too."""
        visit = (capture.info.get("mayadeen-run", capture.source), new.id)
        found = visit in self._visited or any(one.run_id == visit[0] for one in self._known.versions.get(new.id, ()))
        self._visited.add(visit)
        self.counts["duplicate"] += found
        return found

    def _requested(self, capture: Capture, new: Article) -> str:
        address: str | None = (capture.metadata or {}).get("requested_url")
        return address or self._extractor.addresses(capture).canonical(new.url)

    def _counted_as_other_reading(self, new: Article, post: Post) -> bool:
        """Count a page that differs from a post only because it is read otherwise. To a crawl it is no edit either."""
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
        self._known.versions[new.id].append(version_of(vars(new), self._run_id))
        addresses = self._extractor.addresses(capture)
        made = _post(capture, new, addresses, post)
        made.gone = self._known.removal(new.id, new.fetched_at)
        requested = self._requested(capture, new)

        def store() -> None:
            self._state.posts.put(made, [requested, addresses.canonical(new.url), new.canonical_url])
            self._state.queue.end_retry(requested)

        self._write("articles", new, store)

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
        for id in sorted(id for id, versions in self._known.versions.items() if len(versions) > 1):
            for earlier, later in pairwise(self._known.versions[id]):
                hash = earlier.corrected(later.previous_hash)
                if hash == later.previous_hash or later.key not in self._known.places:
                    continue
                if later.key in self._read - self._not_revised or later.key in self._known.same_second:
                    continue
                record = self._known.record(later.key)
                if record is None:
                    continue
                new = Article(**record)
                new.previous_hash = hash
                self._correct(new, record, [])

    def _write(self, folder: str, item: Article, store: Callable[[], None]) -> None:
        """Write a record, and store what the state knows of it in the same transaction."""
        line = json_line(item)
        with self._state.transaction():
            if not self._dry_run:
                self._state.outbox.add(self._run, folder, line)
            store()
        if self._dry_run:
            return
        if folder not in self._feeds:
            self._feeds[folder] = Feed(self._data, folder, self._run_id)
        self._feeds[folder].write(line, vars(item))

    def report(self) -> dict[str, Any]:
        """Return what the run found, as JSON values."""
        return {
            "run_id": self._run_id,
            "extracted_at": self._now,
            "since": self._since,
            "dry_run": self._dry_run,
            "counts": {name: n for name, n in sorted(self.counts.items()) if n or name == "no_page"},
            "fields": {name: vars(changes) for name, changes in sorted(self.fields.items())},
            "reads_less": dict(sorted(self.reads_less.items())),
            "alerts_ended": self.alerts_ended,
            "now_rejected": self.rejected,
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


def _post(capture: Capture, new: Article, addresses: Addresses, known: Post | None) -> Post:
    """Return what the state stores of a record. ``known`` is what it has of earlier ones."""
    note = capture.metadata or {}
    section = Section(*note["section"]) if note.get("section") else None
    listing = addresses.resolve(section.path, f"{addresses.base_url}/") if section else None
    return Post(
        id=new.id,
        edition=new.edition,
        url=addresses.public(new.url),
        via=format_via(new.discovered_via, section),
        listing=(known and known.listing) or (addresses.canonical(listing) if listing else None),
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
        first_seen=known.first_seen if known else new.fetched_at,
        last_seen=max(known.last_seen, new.fetched_at) if known else new.fetched_at,
    )


def _keep_images(new: Article, before: dict[str, Any]) -> None:
    """Keep path and checksum of images that were downloaded."""
    files = {image["url"]: (image["path"], image["checksum"]) for image in before["images"]}
    for image in new.images:
        image["path"], image["checksum"] = files.get(image["url"], (None, None))


def _begun_at(path: Path) -> tuple[str, Path]:
    """Return the time of the first page in an archive."""
    return next((capture.date for capture in CaptureReader(path)), ""), path


def _why_rejected(found: Extracted) -> str:
    if isinstance(found.record, Reject):
        return "; ".join(f"{one['path']}: {one['message']}" for one in found.record.violations)
    return found.reason or "not an article"
