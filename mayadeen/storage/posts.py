"""Posts: what is known of every article and author profile, and the addresses that lead to them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from mayadeen.storage.database import Database


@dataclass
class Post:
    """What is known of a post. Times are UTC strings.

    ``revision`` is 0 until a record is written, as for posts of another kind or time than asked for.
    ``hash`` is that of the written record. ``parts`` are checksum and source of title, summary and body as last read.
    ``url`` is where it was fetched, on the public host. ``via`` is the JSON of where it was found.
    ``listing`` is the address of the listing that showed it. ``recent`` is when it was published or last seen to
    change. ``gone`` is the HTTP status once it is removed from the site.
    """

    id: str
    edition: str
    url: str
    via: str = ""
    listing: str | None = None
    kind: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    recent: str = ""
    revision: int = 0
    hash: str | None = None
    parts: str | None = None
    crawler: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    first_seen: str = ""
    last_seen: str = ""
    gone: int | None = None


_COLUMNS = tuple(f.name for f in fields(Post))
_VALUES = ", ".join(f"posts.{name}" for name in _COLUMNS)
_UPSERT = (
    f"INSERT INTO posts ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _COLUMNS if n != 'first_seen')} "
    "RETURNING n"
)


class PostRepository:
    """The posts of a state."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, id: str) -> Post | None:
        """Return the post with an id."""
        row = self._db.one(f"SELECT {_VALUES} FROM posts WHERE id = ?", (id,))
        return Post(*row) if row else None

    def at(self, address: str) -> Post | None:
        """Return the post that a canonical address led to."""
        row = self._db.one(
            f"SELECT {_VALUES} FROM posts JOIN addresses ON posts.n = post WHERE address = ?", (address,)
        )
        return Post(*row) if row else None

    def put(self, post: Post, addresses: Iterable[str]) -> None:
        """Save a post and the addresses that lead to it. Those addresses are not skipped any more."""
        post.recent = max(post.recent, post.published_at or post.first_seen)
        with self._db.transaction():
            n = self._db.one(_UPSERT, vars(post))[0]
            for address in dict.fromkeys(addresses):
                self._db.run(
                    "INSERT INTO addresses VALUES (?, ?) ON CONFLICT DO UPDATE SET post = excluded.post "
                    "WHERE post != excluded.post",
                    (address, n),
                )
                self._db.run("DELETE FROM skipped WHERE address = ?", (address,))

    def recent(
        self,
        edition: str,
        since: str | None,
        until: str | None,
        kinds: Collection[str],
        listings: Collection[str] | None,
    ) -> Iterator[Post]:
        """Yield the written posts, most recently published or changed first, of these listings only if given."""
        where = "edition = ? AND revision > 0 AND gone IS NULL"
        values: list[Any] = [edition]
        for bound, sign in ((since, ">="), (until, "<=")):
            if bound is not None:
                where += f" AND (published_at IS NULL OR published_at {sign} ?)"
                values.append(bound)
        for name, allowed in (("kind", kinds or None), ("listing", listings)):
            if allowed is not None:
                where += f" AND {name} IN (SELECT value FROM json_each(?))"
                values.append(json.dumps(sorted(allowed)))
        last: tuple[str, int] | None = None
        while True:
            after, more = ("", []) if last is None else (" AND (recent, n) < (?, ?)", [*last])
            rows = self._db.all(
                f"SELECT {_VALUES}, n FROM posts WHERE {where}{after} ORDER BY recent DESC, n DESC LIMIT 100",
                [*values, *more],
            )
            for *row, n in rows:
                post = Post(*row)
                last = (post.recent, n)
                yield post
            if len(rows) < 100:
                return

    def count(self) -> int:
        """Return how many posts have been written."""
        return int(self._db.one("SELECT count(*) FROM posts WHERE revision > 0")[0])
