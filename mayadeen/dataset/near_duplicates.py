"""Find stories that were posted again or lightly rewritten: near-duplicates by MinHash.

The words of a text are compared in runs of five, by ``mayadeen.site.text.fold``. Case, punctuation, accents, Arabic
vowel signs and the forms of a letter make no difference. Two texts are similar if the estimated share of runs that they
have in common (Jaccard) is at least ``THRESHOLD``. A group is one text in the middle and the texts similar to it. Texts
that are similar only through a third one are not in one group. A text of fewer than ``MIN_WORDS`` words is similar only
to an equal one.
"""

from __future__ import annotations

import mmap
import re
from array import array
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from mayadeen.site.text import fold

THRESHOLD = 0.4
MIN_WORDS = 30
RUN = 5
SLOTS = 128
"""Values of a signature. The standard error of the estimate is at most 0.045."""
ROWS = 3
"""Slots in a band. Two texts are compared if they agree in one of the 42 bands.

These are 94 of 100 pairs at 0.4, and 996 of 1,000 at 0.5.
"""
WINDOW = 16
"""Number of neighbours that a text is compared with, of those that agree with it in a band.

A phrase in thousands of texts would otherwise make millions of pairs.
"""

_Indexes = NDArray[np.int64]

_WORD = re.compile(r"\w+")
_MIN_WORDS = re.compile(rf"(?:\W*+\w++){{{MIN_WORDS}}}")
_ASCII_WORDS = {n: " " for n in range(128) if not _WORD.match(chr(n))}
"""Every ASCII character that is not part of a word, as a blank."""
_ROW = np.dtype([("text", "<u8"), ("long", "<u8"), ("signature", "<u2", (SLOTS,))])


def text_of(record: Mapping[str, Any]) -> str:
    """Return the text of an article to compare: its body, or title, summary and body if it has too few words.

    A story that is posted again often has another title, but the same body.
    """
    body = record["body"] or ""
    if _MIN_WORDS.match(body):
        return str(body)
    return "\n".join(part for part in (record["title"], record["summary"], body) if part)


def words_of(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared."""
    folded = fold(text)
    return folded.translate(_ASCII_WORDS).split() if folded.isascii() else _WORD.findall(folded)


def signature_of(text: str) -> bytes | None:
    """Return what ``NearDuplicates`` keeps of a text. None for a text without words, which is similar to no other."""
    words = words_of(text)
    if not words:
        return None
    joined = " ".join(words)
    row = np.zeros((), _ROW)
    row["text"] = int.from_bytes(blake2b(joined.encode("utf-8", "replace"), digest_size=8).digest())
    if len(words) >= MIN_WORDS:
        sketch = RMinHash(num_perm=SLOTS, seed=1)
        runs = zip(*(words[n:] for n in range(RUN)), strict=False)
        sketch.update(list(map(" ".join, runs)))
        row["long"] = True
        # Sixteen bits of each value are enough: two different values agree in them once in 65,536.
        row["signature"] = np.array(sketch.digest(), np.uint32).astype(np.uint16)
    return row.tobytes()


class NearDuplicates:
    """Finds the groups among any number of texts.

    Each text takes about 290 bytes on disk and 8 in memory, and about 130 more in memory while ``groups`` runs.
    ``folder`` is for the files (default: the system's temporary folder). They have no names there and vanish with the
    process. Use it as a context manager, or close it.
    """

    def __init__(self, folder: Path | None = None, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._rows = TemporaryFile(dir=folder)  # noqa: SIM115
        self._ids = TemporaryFile(dir=folder)  # noqa: SIM115
        self._ends = array("Q", [0])

    def __enter__(self) -> NearDuplicates:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the disk space."""
        self._rows.close()
        self._ids.close()

    def add(self, id: str, text: str) -> None:
        """Add a text. Add each id once. A text without words is similar to no other."""
        self.add_signature(id, signature_of(text))

    def add_signature(self, id: str, signature: bytes | None) -> None:
        """Add a text by what ``signature_of`` returned for it."""
        if signature is None:
            return
        self._rows.write(signature)
        self._ids.write(encoded := id.encode("utf-8", "surrogatepass"))
        self._ends.append(self._ends[-1] + len(encoded))

    def groups(self) -> Iterator[list[str]]:
        """Yield the sorted ids of each group, at least two. They do not depend on the order of the texts."""
        for chain in self.chains():
            yield from (group for group in chain if len(group) > 1)

    def chains(self) -> Iterator[list[list[str]]]:
        """Yield the groups of each chain as sorted ids, at least two ids per chain.

        In a chain, each text is similar to another one. A group may have one text. That text is similar to one of
        another group, but not to the one in the middle.
        """
        if len(self._ends) == 1:
            return
        self._rows.flush()
        self._ids.flush()
        with (
            mmap.mmap(self._rows.fileno(), 0, access=mmap.ACCESS_READ) as rows,
            mmap.mmap(self._ids.fileno(), 0, access=mmap.ACCESS_READ) as ids,
        ):
            table = _Table(rows)
            for chain in table.chains(self._threshold):
                yield [
                    sorted(ids[self._ends[n] : self._ends[n + 1]].decode("utf-8", "surrogatepass") for n in members)
                    for members in chain
                ]


class _Table:
    """The rows of all texts. Equal texts are one *node*. Nodes are numbered by the hash of their text."""

    def __init__(self, rows: mmap.mmap) -> None:
        self._rows = rows
        texts = np.concatenate([chunk["text"].copy() for chunk in self._chunks()])
        self._order = np.argsort(texts, kind="stable")
        texts = texts[self._order]
        self._starts = np.flatnonzero(np.append(True, texts[1:] != texts[:-1]))
        """Where the rows of each node begin in the order."""
        self._stops = np.append(self._starts[1:], len(texts))
        self._first = self._order[self._starts]
        """A row of each node."""

    def chains(self, threshold: float) -> Iterator[list[_Indexes]]:
        roots = self._linked(threshold)
        order = np.argsort(roots, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(roots[order]) != 0))
        stops = np.append(starts[1:], len(order))
        repeated = self._stops - self._starts > 1
        # Most of a million texts are alone.
        for n in np.flatnonzero((stops - starts > 1) | repeated[order[starts]]):
            yield [self._members(star) for star in self._stars(order[starts[n] : stops[n]], threshold)]

    def _members(self, nodes: _Indexes) -> _Indexes:
        return np.concatenate([self._order[self._starts[n] : self._stops[n]] for n in nodes])

    def _linked(self, threshold: float) -> _Indexes:
        """Return for each node the least node that a chain of similar pairs links it to."""
        parents = np.arange(len(self._starts))
        long = np.concatenate([chunk["long"].copy() for chunk in self._chunks()])
        nodes = np.flatnonzero(long[self._first])
        if len(nodes) < 2:
            return parents
        for band, following in self._bands(nodes):
            shared = _shared(band)
            # If more nodes than the window share a band, those that share the next one too become neighbours.
            order = shared[np.lexsort((following[shared], band[shared]))]
            sorted_nodes, keys = nodes[order], band[order]
            for distance in range(1, min(WINDOW, len(keys) - 1) + 1):
                at = np.flatnonzero(keys[distance:] == keys[:-distance])
                if not len(at):
                    break
                left, right = sorted_nodes[at], sorted_nodes[at + distance]
                apart = parents[left] != parents[right]
                left, right = left[apart], right[apart]
                alike = self._alike(left, right, threshold)
                for a, b in zip(left[alike].tolist(), right[alike].tolist(), strict=True):
                    _join(parents, a, b)
                while not np.array_equal(parents, above := parents[parents]):
                    parents = above
        return parents

    def _bands(self, nodes: _Indexes) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.uint64]]]:
        """Yield the keys of the nodes for each band, and those of the band after it."""
        count = SLOTS // ROWS
        rows = self._first[nodes]
        shifts = np.arange(ROWS, dtype=np.uint64) * np.uint64(16)

        def keys(band: int) -> NDArray[np.uint64]:
            first = band % count * ROWS
            parts = [
                (chunk["signature"][:, first : first + ROWS].astype(np.uint64) << shifts).sum(axis=1, dtype=np.uint64)
                for chunk in self._chunks()
            ]
            return np.concatenate(parts)[rows]

        current = keys(0)
        for band in range(count):
            following = keys(band + 1)
            yield current, following
            current = following

    def _alike(self, left: _Indexes, right: _Indexes, threshold: float) -> NDArray[np.bool_]:
        found = [
            (self._signatures(left[n : n + 512]) == self._signatures(right[n : n + 512])).mean(axis=1) >= threshold
            for n in range(0, len(left), 512)
        ]
        return np.concatenate(found) if found else np.zeros(0, np.bool_)

    def _stars(self, nodes: _Indexes, threshold: float) -> Iterator[_Indexes]:
        """Yield linked nodes as groups: the one most similar to all others with its similar ones, then the rest."""
        if len(nodes) <= 2:
            yield nodes
            return
        signatures = self._signatures(nodes)
        likeness = np.zeros(len(nodes), np.int64)
        for slot in signatures.T:
            _, which, counts = np.unique(slot, return_inverse=True, return_counts=True)
            likeness += counts[which]
        left = np.lexsort((nodes, -likeness))
        while len(left):
            near = (signatures[left] == signatures[left[0]]).mean(axis=1) >= threshold
            yield np.sort(nodes[left[near]])
            left = left[~near]

    def _signatures(self, nodes: _Indexes) -> NDArray[np.uint16]:
        found: NDArray[np.uint16] = np.frombuffer(self._rows, _ROW)["signature"][self._first[nodes]]
        self._forget()
        return found

    def _chunks(self) -> Iterator[NDArray[Any]]:
        """Yield all rows in the order of adding, in chunks."""
        for offset in range(0, len(self._rows), 65536 * _ROW.itemsize):
            count = min(65536, (len(self._rows) - offset) // _ROW.itemsize)
            yield np.frombuffer(self._rows, _ROW, count, offset)
            self._forget()

    def _forget(self) -> None:
        # Pages of the file that were read count as our memory until they are released.
        self._rows.madvise(mmap.MADV_DONTNEED)


def _shared(keys: NDArray[np.uint64]) -> _Indexes:
    """Return the places of the keys that occur more than once, in ascending order. Most texts share no band."""
    order = np.argsort(keys)
    same = np.diff(keys[order]) == 0
    repeated = np.append(same, False) | np.append(False, same)
    return np.sort(order[repeated])


def _join(parents: _Indexes, a: int, b: int) -> None:
    while parents[a] != a:
        a = int(parents[a])
    while parents[b] != b:
        b = int(parents[b])
    parents[max(a, b)] = min(a, b)
