"""The text between two blocks of a body: its lines, and the links in them."""

from __future__ import annotations

from mayadeen.extraction.dom import collapse
from mayadeen.items import Link


class TextLines:
    """A list of lines, each a list of raw pieces of text. A ``<br>`` starts a line."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = [[]]
        self._links: list[Link] = []

    def add(self, text: str) -> None:
        self._lines[-1].append(text)

    def add_link(self, text: str, url: str) -> None:
        """Note a link. ``add`` adds its text."""
        if text:
            self._links.append(Link(text=text, url=url))

    def end_line(self) -> None:
        self._lines.append([])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return len(self._lines) == 1 and not self._lines[0]

    @property
    def is_in_line(self) -> bool:
        """Whether the last line has text that is not blank."""
        return any(not piece.isspace() for piece in self._lines[-1])

    def take(self) -> tuple[str, list[Link]]:
        """Return text and links, and start again."""
        lines, links = self._lines, self._links
        self._lines, self._links = [[]], []
        if len(lines) == 1:
            return collapse("".join(lines[0])) if lines[0] else "", links
        return "\n".join(collapse("".join(pieces)) for pieces in lines).strip(), links
