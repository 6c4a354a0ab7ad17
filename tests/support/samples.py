"""The real samples kept next to a checkout, set into the markup that is known of the site. Absent: the tests skip."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest

SITE = Path(__file__).resolve().parents[3] / "shared" / "site"
needs_samples = pytest.mark.skipif(not SITE.is_dir(), reason="the real samples are not next to this checkout")


def blocks() -> list[dict[str, Any]]:
    """The real metadata blocks: ``url`` and ``script_text``."""
    path = SITE / "samples" / "tawsiyat_ar_2024_05.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def posts() -> list[tuple[str, dict[str, Any]]]:
    """The real posts with the path they were found under."""
    path = SITE / "samples" / "posts_ar_by_path.json"
    by_path = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return [(name, post) for name, found in by_path.items() for post in found]


def page_with_block(script_text: str) -> str:
    return (
        f'<html lang="ar" dir="rtl"><head><script id="tawsiyat-metadata" type="text/tawsiyat">{script_text}</script>'
        "</head><body></body></html>"
    )


def post_lines(post: dict[str, Any]) -> list[str]:
    """The lines of a post's text without the deck that the scraper repeated as first and last one."""
    lines = [line.strip() for line in (post.get("full_text") or "").split("\n") if line.strip()]
    deck = [line.strip() for line in (post["description"] or "").split("\n") if line.strip()]
    if deck and lines[: len(deck)] == deck:
        lines = lines[len(deck) :]
    if deck and lines[-len(deck) :] == deck:
        lines = lines[: -len(deck)]
    return lines


def post_page(post: dict[str, Any], *, with_block: bool = True) -> str:
    """A real post as a page: metadata block, metas, and its text in the known containers, one ``p`` a line."""
    block = {
        "type": "article",
        "postid": post["postId"],
        **{k: v for k, v in post.items() if k not in ("postId", "full_text")},
    }
    script = f'<script id="tawsiyat-metadata" type="text/tawsiyat">{json.dumps(block)}</script>' if with_block else ""
    text = "".join(f"<p>{escape(line)}</p>" for line in post_lines(post))
    body = f'<section class="read-section"><div class="p-content">{text}</div></section>' if text else ""
    return f"""<!DOCTYPE html><html lang="ar" dir="rtl"><head>{script}<meta name="postid" content="{post["postId"]}">
    <meta property="og:title" content="{escape(post["title"])}"></head><body>
    <nav><ul><li><a href="/news/politics">سياسة</a></li></ul></nav>
    <div class="details-white-box"><h1>{escape(post["title"])}</h1>
    <p class="lg_para summary">{escape(post["description"] or "")}</p>{body}</div>
    <aside><h3>الأكثر قراءة</h3><p>سطر من خارج المقال لا ينتمي إليه على الإطلاق</p></aside></body></html>"""


def seed_page() -> str:
    """The one real English page: its text in the markup known of the site, without any machine-readable block."""
    lines = (SITE / "seed_article.txt").read_text(encoding="utf-8").splitlines()
    title_at = max(i for i, line in enumerate(lines[:120]) if line.startswith("US deeply values"))
    head = [line for line in lines[:title_at] if line.strip()]
    ticker_at = head.index("BREAKING")
    menu = "".join(f'<li><a href="/m{i}">{escape(m.strip("• "))}</a></li>' for i, m in enumerate(head[4:ticker_at]))
    ticker = "".join(f"<li>{escape(t)}</li>" for t in head[ticker_at + 1 :])
    rest = [line.rstrip() for line in lines[title_at + 1 :]]
    most_read_at = rest.index("Most Read")
    article, rails = rest[:most_read_at], rest[most_read_at:]
    bullets = [line.strip()[2:] for line in article if line.startswith("  •")]
    rows, tags = bullets[:4], bullets[-5:]
    caption = next(b for b in bullets if b.startswith("President"))
    plain = [line.strip() for line in article if line.strip() and not line.startswith(("  •", "    "))]
    minutes, deck, *text = plain
    parts: list[str] = []
    at = 0
    while at < len(text):
        line = text[at]
        if line == "Related News":
            links = "".join(f'<a href="/news/politics/r{n}-x"><h4>{escape(text[at + n])}</h4></a>' for n in (1, 2))
            parts.append(f'<div class="dual-related"><h3>Related News</h3>{links}</div>')
            at += 3
            continue
        if line.startswith("Read next:"):
            target = escape(line.removeprefix("Read next: "))
            parts.append(f'<p><strong>Read next: <a href="/news/politics/next-x">{target}</a></strong></p>')
        else:
            parts.append(f"<p>{escape(line)}</p>")
        at += 1
    rail_lines = "".join(f"<div class='card'><h4><a href='/news/politics/rail-{i}'>{escape(t.strip(' •'))}</a></h4></div>"
                         for i, t in enumerate(rails[1:]) if t.strip())  # fmt: skip
    menu_twice = f"<nav><ul>{menu}</ul></nav><div class='mobile-menu'><nav><ul>{menu}</ul></nav></div>"
    return f"""<!DOCTYPE html><html lang="en"><head><title>{escape(lines[title_at])} | Al Mayadeen English</title></head>
    <body><header>{menu_twice}</header>
    <div class="breaking"><span>BREAKING</span><ul>{ticker}</ul></div>
    <div class="row"><div class="col-8"><div class="details-white-box"><h2>{escape(lines[title_at])}</h2>
    <ul class="article-details-metas">{"".join(f"<li>{escape(r)}</li>" for r in rows)}</ul><span>{escape(minutes)}</span>
    <p class="lg_para summary">{escape(deck)}</p>
    <ul class="share"><li>x</li></ul>
    <figure><img src="/media/a.jpg" alt="{escape(caption)}"><figcaption class="media-caption">{escape(caption)}</figcaption></figure>
    <section class="read-section"><div class="p-content">{"".join(parts)}</div></section>
    <div class="tags"><ul>{"".join(f"<li><p>{escape(t)}</p></li>" for t in tags)}</ul></div></div></div>
    <div class="col-4"><h3>Most Read</h3>{rail_lines}</div></div>
    <footer class="footer_main"><p>Al Mayadeen is an Arab Independent Media Satellite Channel.</p></footer></body></html>"""
