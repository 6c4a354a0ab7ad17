"""The machine-readable blocks of a page: the site's metadata block, JSON-LD, meta tags.

Each is read once and given as plain Python; a block that cannot be read costs its own values and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from mayadeen.extraction.dom import xpath

_SCRIPTS = xpath("//script[@id='tawsiyat-metadata' or @type='text/tawsiyat' or @type='application/ld+json']")
_METAS = xpath("//meta[@content]")

_MAX_NODES = 10_000
"""JSON-LD objects looked at per page: a bound for hostile pages, far above any real one."""


class Sources:
    """What the page says of itself to machines.

    ``tawsiyat`` is the site's metadata block as a dict, ``classes`` its ``classes`` list as mapping → value,
    ``json_ld`` the object that describes the article, ``person`` the one of a profile, ``metas`` the meta tags by
    lower-case name or property (first non-empty one wins); all empty where absent. ``broken`` names the blocks that
    are there but cannot be read.
    """

    def __init__(self, root: HtmlElement) -> None:
        self.broken: list[str] = []
        self.tawsiyat: dict[str, Any] = {}
        self.json_ld: dict[str, Any] = {}
        objects: list[dict[str, Any]] = []
        for script in _SCRIPTS(root):
            name = "json-ld" if script.get("type") == "application/ld+json" else "tawsiyat"
            value = self._parse(script.text or "", name)
            if name == "json-ld":
                objects += _objects(value)
            elif isinstance(value, dict):
                self.tawsiyat = self.tawsiyat or value
            elif value is not None:
                self.broken.append(name)
        self.json_ld = max(objects, key=_describes_article, default={})
        self.person: dict[str, Any] = next((o for o in objects if o.get("@type") == "Person"), {})
        if not _describes_article(self.json_ld):
            self.json_ld = {}
        self.metas: dict[str, str] = {}
        for meta in _METAS(root):
            key = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
            content = (meta.get("content") or "").strip()
            if key and content:
                self.metas.setdefault(key, content)
        self.classes: dict[str, str] = {}
        classes = self.tawsiyat.get("classes")
        for entry in classes if isinstance(classes, list) else ():
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("mapping"), str)
                and isinstance(entry.get("value"), str)
            ):
                self.classes.setdefault(entry["mapping"].strip().lower(), entry["value"].strip())

    def _parse(self, text: str, name: str) -> Any:
        text = text.strip().removeprefix("<!--").removesuffix("-->").strip()
        if not text:
            return None
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            if name not in self.broken:
                self.broken.append(name)
            return None


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    queue = [value]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.pop(0)
        if isinstance(node, list):
            queue += node
        elif isinstance(node, dict):
            yield node
            queue += [node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node]


def _describes_article(node: dict[str, Any]) -> int:
    """How surely a JSON-LD object describes the page's post: 2 an article, 1 another work, 0 something else."""
    types = node.get("@type")
    names = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
    names = [t.rpartition("/")[2] for t in names]
    if any(t.endswith("Article") or t in ("BlogPosting", "Report") for t in names):
        return 2
    return int(any(t in ("VideoObject", "ImageGallery", "ImageObject", "AudioObject", "PodcastEpisode") for t in names))


def text(value: Any) -> str | None:
    """A JSON value as text: strings and whole numbers are; the name or value of an object; anything else is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if -(10**18) < value < 10**18 else None
    if isinstance(value, dict):
        return next((v for k in ("name", "@value", "url") if isinstance(v := value.get(k), str)), None)
    return None


def texts(value: Any) -> list[str]:
    """A JSON value as a list of texts: a list's entries, or the value itself; what is no text is left out."""
    values = value if isinstance(value, list) else [value]
    return [t for v in values if (t := text(v))]
