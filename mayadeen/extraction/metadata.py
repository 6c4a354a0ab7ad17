"""The machine-readable blocks of a page: the site's metadata block, JSON-LD, meta tags.

Each block is read once, and returned as plain Python values. A block that cannot be read loses only its own values.
"""

from __future__ import annotations

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from mayadeen.extraction.dom import collapse, text_of
from mayadeen.extraction.microdata import is_of_other_thing
from mayadeen.site.text import normalize_label

_MAX_NODES = 10_000
"""JSON-LD objects read per page: a bound for hostile pages, far above any real one."""
_MAX_NESTING = 8
"""Maximum depth of nested names and lists."""
_MAX_HEADLINES = 5
_PARSELY = {"author": "parsely-page author", "authors": "parsely-page author", "pub_date": "parsely-pub-date"}

_DECODER = json.JSONDecoder(strict=False)
_BEFORE_JSON = re.compile(
    r"(?:[\s\ufeff\u200b;]|<!--[^\n{\[<]{0,200}?-->|<!--|-->|<!\[CDATA\[|\]\]>|/\*.*?\*/|"
    r"//[^\n{\[]*+(?:\[CDATA\[[^\n{\[]*+)?\n|(?:(?:var|let|const)\s+)?[A-Za-z_$][\w.$]{0,60}\s*=(?=\s*[{\[]))*",
    re.DOTALL,
)
"""Comments and CDATA around the JSON of a script, in the syntax of HTML or JavaScript, and an assignment before it."""
_COMMENTS = re.compile(r'"(?:[^"\\]|\\.)*"|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|//[^\n]*+', re.DOTALL)
_FAULTS = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[,}\]])', re.DOTALL)
_ESCAPED_JSON = re.compile(r"\s*+(?:[\[{]\s*+)++&(?:quot|#0?34);")
_BAD_ESCAPE = re.compile(r'\\([^"\\/bfnrtu])')

_CHARACTER_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_BLOCK_TAG = re.compile(r"<(?:br|/?(?:p|div|h[1-6]|ul|ol|li|blockquote))\b[^<>]*>", re.IGNORECASE)
_INLINE_TAG = re.compile(r"</?(?:a|b|i|u|em|strong|span|sup|sub|small|font|cite|q|mark)\b[^<>]*>", re.IGNORECASE)


class Sources:
    """The machine-readable metadata of a page.

    ``tawsiyat`` is the site's metadata block as a dict. ``classes`` is its ``classes`` list as mapping → value.
    ``json_ld`` is the object that describes the article, and ``person`` the object of a profile. ``metas`` are the meta
    tags by lower-case name or property. The first non-empty value of a name is used. Missing blocks are empty.
    ``canonical`` is the URL of the canonical link. ``broken`` names the blocks that cannot be read. ``url`` is the URL
    of the page, by which its own JSON-LD is recognised.
    """

    def __init__(self, root: HtmlElement, url: str | None = None) -> None:
        self.broken: list[str] = []
        self.tawsiyat: dict[str, Any] = {}
        self.metas: dict[str, str] = {}
        self.canonical: str | None = None
        self._headlines: list[HtmlElement] = []
        objects: list[dict[str, Any]] = []
        for el in root.iter("script", "meta", "link", "title", "h1"):
            if el.tag == "script":
                objects += self._read_script(el)
            elif el.tag == "meta":
                self._read_meta(el)
            elif el.tag == "link":
                if el.get("rel") == "canonical":
                    self.canonical = self.canonical or el.get("href")
            else:
                self._headlines.append(el)
        self._add_parsely()
        self.json_ld = self._article_of(objects, url)
        self.person: dict[str, Any] = next((o for o in objects if o.get("@type") == "Person"), {})
        self.classes: dict[str, str] = {}
        classes = self.tawsiyat.get("classes")
        for entry in classes if isinstance(classes, list) else ():
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("mapping"), str)
                and isinstance(entry.get("value"), str)
            ):
                self.classes.setdefault(entry["mapping"].strip().lower(), plain_text(entry["value"]).strip())

    def _read_script(self, script: HtmlElement) -> Iterator[dict[str, Any]]:
        """Keep the first metadata block, and return the objects of JSON-LD."""
        name = _block_name(script)
        if name is None:
            return
        for value in self._parse(script.text or "", name):
            if name == "json-ld":
                yield from _objects(value)
            elif isinstance(value := value[0] if isinstance(value, list) and value else value, dict):
                self.tawsiyat = self.tawsiyat or value
            elif value is not None:
                self.broken.append(name)

    def _read_meta(self, meta: HtmlElement) -> None:
        stated = meta.get("property") or meta.get("name")
        key = (stated or meta.get("itemprop") or "").strip().lower()
        if not key or key in self.metas or (not stated and is_of_other_thing(meta)):
            return
        if content := plain_text(meta.get("content") or "").strip():
            self.metas[key] = content

    def _add_parsely(self) -> None:
        """Add the author and the time in the JSON of ``parsely-page``, which some sites have instead of meta tags."""
        if "parsely-page" not in self.metas:
            return
        try:
            page, _ = _decode(self.metas["parsely-page"], 0)
        except (ValueError, RecursionError):
            return
        for key, value in page.items() if isinstance(page, dict) else ():
            if (name := _PARSELY.get(key)) and (stated := ", ".join(texts(value))):
                self.metas.setdefault(name, stated)

    def _parse(self, script: str, name: str) -> list[Any]:
        """The JSON values of a script."""
        found: list[Any] = []
        script = html.unescape(script) if _ESCAPED_JSON.match(script) else script
        at = _BEFORE_JSON.match(script).end()  # type: ignore[union-attr]  # it matches nothing too
        while at < len(script):
            try:
                value, at = _decode(script, at)
            except (ValueError, RecursionError):
                if not found and name not in self.broken:
                    self.broken.append(name)
                break
            found.append(value)
            at = _BEFORE_JSON.match(script, at).end()  # type: ignore[union-attr]
        return found

    def _article_of(self, objects: list[dict[str, Any]], url: str | None) -> dict[str, Any]:
        """Return the JSON-LD object of this page's article. Rails and related stories have such objects too."""
        described = [o for o in objects if _describes_article(o)]
        if not described:
            return {}
        own = {path for a in (self.canonical, self.metas.get("og:url"), url) if (path := _path(a))}

        def is_own(node: dict[str, Any]) -> bool:
            return any(_path(a) in own for a in urls(node.get("url")) + urls(node.get("mainEntityOfPage")))

        best = described[0]
        if len(described) > 1:
            best = max(
                described,
                key=lambda o: (_describes_article(o), is_own(o), self._is_titled(o), not urls(o.get("url"))),
            )
        # The object is another page's if neither URL nor title of this page agrees.
        if self.canonical and _path(text(best.get("url"))) and not is_own(best) and not self._is_titled(best):
            return {}
        named = {o["@id"]: o for o in objects if isinstance(o.get("@id"), str) and "name" in o}

        def referred(author: Any) -> Any:
            is_reference = isinstance(author, dict) and "name" not in author and isinstance(author.get("@id"), str)
            return named.get(author["@id"], author) if is_reference else author

        author = best.get("author")
        return {**best, "author": list(map(referred, author)) if isinstance(author, list) else referred(author)}

    def stated(self, *keys: str) -> set[str]:
        """The values of meta tags and metadata blocks with these keys, normalized."""
        stated = [self.metas.get(f"{prefix}{key}") for key in keys for prefix in ("", "og:")]
        stated += [text(block.get(key)) for key in keys for block in (self.tawsiyat, self.json_ld)]
        return {normalize_label(collapse(value)) for value in stated if value}

    def _is_titled(self, node: dict[str, Any]) -> bool:
        """Whether the headline of a JSON-LD object is the title or a headline of the page."""
        headline = normalize_label(text(node.get("headline")) or "")
        stated = (*(text_of(el) for el in self._headlines[:_MAX_HEADLINES]), self.metas.get("og:title", ""))
        return bool(headline) and headline in map(normalize_label, stated)


def _block_name(script: HtmlElement) -> str | None:
    kind = (script.get("type") or "").partition(";")[0].strip().lower()
    if kind == "application/ld+json":
        return "json-ld"
    return "tawsiyat" if kind == "text/tawsiyat" or script.get("id") == "tawsiyat-metadata" else None


def _decode(script: str, at: int) -> tuple[Any, int]:
    """One JSON value and where it ends. Comments, commas without a value and escapes unknown to JSON are forgiven."""
    try:
        return _DECODER.raw_decode(script, at)
    except ValueError:
        uncommented = _COMMENTS.sub(lambda m: m[0] if m[0][0] == '"' else "", script[at:])
        return _DECODER.raw_decode(_FAULTS.sub(_repaired, uncommented))[0], len(script)


def _repaired(match: re.Match[str]) -> str:
    return "" if match[0] == "," else _BAD_ESCAPE.sub(r"\1", match[0])


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    queue = deque([value])
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.popleft()
        if isinstance(node, list):
            queue.extend(node)
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in node)


def _describes_article(node: dict[str, Any]) -> int:
    """How surely a JSON-LD object describes the page's post: 2 an article, 1 another work, 0 something else."""
    types = node.get("@type")
    names = [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]
    names = [t.rpartition("/")[2] for t in names]
    if any(t.endswith(("Article", "Posting")) or t == "Report" for t in names if t != "JobPosting"):
        return 2
    return int(any(t in ("VideoObject", "ImageGallery", "ImageObject", "AudioObject", "PodcastEpisode") for t in names))


def _path(url: str | None) -> str | None:
    """Return the path of a URL, which is the same on every host of the site."""
    try:
        return unquote(urlsplit(url or "").path).rstrip("/").casefold() or None
    except ValueError:
        return None


def plain_text(value: str) -> str:
    """A string without the character references and tags that templates leave in it, even if they escape them twice."""
    for _ in range(2):
        if "<" in value:
            value = _INLINE_TAG.sub("", _BLOCK_TAG.sub("\n", value))
        if "&" not in value:
            return value
        value = _CHARACTER_REFERENCE.sub(lambda m: html.unescape(m[0]), value)
    return value


def text(value: Any) -> str | None:
    """A JSON value as text: a string, a whole number, or the name or value of an object. ``None`` for anything else."""
    for _ in range(_MAX_NESTING):
        if isinstance(value, str):
            return plain_text(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value) if -(10**18) < value < 10**18 else None
        if not isinstance(value, dict):
            return None
        value = next((v for key in ("name", "@value", "url") if isinstance(v := value.get(key), str | dict)), None)
    return None


def texts(value: Any) -> list[str]:
    """A JSON value as a list of texts: a list's entries, or the value itself. Other values are left out."""
    values = value if isinstance(value, list) else [value]
    return [t for v in values if (t := text(v))]


def names(value: Any) -> list[str]:
    """The names of persons or organisations, in lists and objects of any nesting. A URL is not a name."""
    found: list[str] = []
    queue: list[tuple[Any, int]] = [(value, 0)]
    while queue:
        node, depth = queue.pop(0)
        if isinstance(node, str):
            if (name := plain_text(node).strip()) and "://" not in name:
                found.append(name)
        elif depth < _MAX_NESTING and len(queue) < _MAX_NODES:
            inside = node if isinstance(node, list) else [_name_of(node)] if isinstance(node, dict) else []
            queue[:0] = [(entry, depth + 1) for entry in inside]
    return found


def _name_of(node: dict[str, Any]) -> Any:
    """The name in an object: its ``name``, the value of a literal or list, or the parts of a person's name."""
    stated = next((node[key] for key in ("name", "@value", "@list", "alternateName") if node.get(key)), None)
    return stated or " ".join(part for key in ("givenName", "familyName") if isinstance(part := node.get(key), str))


def urls(value: Any) -> list[str]:
    """The addresses of a JSON value: a string, an object with ``url`` or ``@id``, or a list of them."""
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            entry = next((v for key in ("url", "contentUrl", "@id") if isinstance(v := entry.get(key), str)), None)
        if isinstance(entry, str):
            found.append(html.unescape(entry))
    return found
