"""An invented story, for pages of an unknown layout."""

from __future__ import annotations

TEXTS = [
    "The first boat left the harbour of Tyre on Monday morning, and its crew was seen on deck at noon.",
    "The second one stayed for another day, since the union of the pilots had asked its lawyers for advice.",
    "Both are to come back in spring, as the office of the port said in a note that was read out in the hall.",
    "The mayor said that he had hoped for more, and that the quay would stay closed until the end of the year.",
    "Nobody in the town remembers a winter in which so few ships were to be seen in the bay, she added.",
    "The pilots meet again on Friday to vote on what the office has offered to them in its last letter.",
]
PARAGRAPHS = "".join(f"<p>{text}</p>" for text in TEXTS)
