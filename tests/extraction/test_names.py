"""Names and the addresses of their listings, as pages of several makes link to them."""

from __future__ import annotations

import pytest

from mayadeen.extraction.dom import parse_html
from mayadeen.extraction.names import Directory, Entry, NameKind, authors_page, is_about, names_listed, names_on
from mayadeen.site.editions import EDITIONS
from mayadeen.site.urls import Addresses

ADDRESSES = Addresses(EDITIONS["en"], "http://127.0.0.1:8000")
URL = "http://127.0.0.1:8000/"
HOME = "https://english.almayadeen.net"


def found(markup: str) -> set[tuple[str, str, str]]:
    root = parse_html(f"<html><body>{markup}</body></html>")
    return {(entry.kind, entry.name, entry.url.removeprefix(HOME)) for entry in names_on(root, URL, ADDRESSES)}


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<a rel='tag' href='/x/gaza'>Gaza</a>", ("tag", "Gaza", "/x/gaza")),
        ("<a href='/tags/red-sea'>Red Sea</a>", ("tag", "Red Sea", "/tags/red-sea")),
        ("<p class='card-tags'><a href='/t/1'>Gaza</a></p>", ("tag", "Gaza", "/t/1")),
        ("<a href='/search/?tag=gaza' rel='tag'>Gaza</a>", ("tag", "Gaza", "/search/?tag=gaza")),
        ("<a class='writer' href='/people/a-b'>A. B</a>", ("author", "A. B", "/people/a-b")),
        ("<a href='/authors/a-b'>A. B</a>", ("author", "A. B", "/authors/a-b")),
        ("<div><h3>Coverage</h3><a href='/'>All</a><ul><li><a href='/s/in-five'>In Five</a></li></ul></div>", ("coverage", "In Five", "/s/in-five")),
        ("<a href='/coverage/in-five'>In Five</a>", ("coverage", "In Five", "/coverage/in-five")),
        ("<p>By <a href='/authors/a-b'>A. B</a> in Beirut, for Al Mayadeen</p>", ("author", "A. B", "/authors/a-b")),
        ("<div><a href='/tags/gaza'>Gaza</a><p>The talks went on for a third day, and will go on for more.</p></div>", ("tag", "Gaza", "/tags/gaza")),
        ("<p>All that we have written in these long years on <a rel='tag' href='/t/1'>Gaza</a></p>", ("tag", "Gaza", "/t/1")),
    ],
)  # fmt: skip
def test_names_are_recognized_by_rel_address_class_and_heading(markup: str, expected: tuple[str, str, str]) -> None:
    assert found(f"<main>{markup}</main>") == {expected}


@pytest.mark.parametrize(
    "markup",
    [
        "<a href='/news/politics/a-story-of-gaza'>A story of Gaza</a>",
        "<div class='author'><h3><a href='/news/politics/a-story'>A story</a></h3></div>",
        "<div><h3>Coverage</h3><div><h5><a href='/news/politics/a-story'>A story</a></h5></div></div>",
        "<a rel='tag' href='https://elsewhere.example/gaza'>Gaza</a>",
        "<p>The talks in <a href='/tags/gaza'>Toronto</a> went on for a third day, it was said.</p>",
        "<p>The <b>talks in <a href='/tags/gaza'>Toronto</a></b> went on for a <i>third day, it was said</i>.</p>",
        "<a href='/tags/x'>A label that goes on and on for many words that it can only be a headline</a>",
    ],
)
def test_what_is_no_name(markup: str) -> None:
    assert found(markup) == set()


AUTHORS = """<header><nav><a href="/news/politics">Politics</a></nav></header><main><h1>Authors</h1>
<p><a href="/writers?letter=A">A</a> <a href="/writers?letter=B">B</a></p>
<div><a href="/p/7/rana-abboud"><img alt="x"></a><h4><a href="/p/7/rana-abboud">Rana Abboud</a></h4>
  <a href="/news/politics/her-latest-story-of-all">Her latest story of all</a><a href="/p/7/rana-abboud">View profile</a></div>
<div><a href="/p/9/david-o-rourke"><h4>David O'Rourke</h4><p>Writes.</p></a></div></main>
<footer><a href="/writers">Authors</a></footer>"""


def test_the_authors_page() -> None:
    root = parse_html(f"<html><body>{AUTHORS}</body></html>")
    assert authors_page(root, URL, ADDRESSES) == f"{HOME}/writers"
    assert authors_page(parse_html("<a href='/x'>About</a>"), URL, ADDRESSES) is None
    listed = names_listed(root, f"{URL}writers", ADDRESSES)
    assert [(entry.name, entry.url) for entry in listed] == [
        ("Rana Abboud", f"{HOME}/p/7/rana-abboud"), ("David O'Rourke", f"{HOME}/p/9/david-o-rourke"),
    ]  # fmt: skip


def directory(kind: NameKind, **links: str) -> Directory:
    made = Directory(ADDRESSES)
    made.learn(Entry(kind, name.replace("_", " "), HOME + path) for name, path in links.items())
    return made


def test_names_are_found_as_people_write_them() -> None:
    made = Directory(ADDRESSES)
    made.learn([Entry("tag", "Côte d'Ivoire", f"{HOME}/t/17"), Entry("tag", "US & Canada", f"{HOME}/t/north-america")])
    for name in ("Côte d'Ivoire", "cote-d-ivoire", "COTE D’IVOIRE"):
        assert made.find("tag", name) == Entry("tag", "Côte d'Ivoire", f"{HOME}/t/17")
    for name in ("us-canada", "US and Canada", "north-america"):
        assert made.find("tag", name) == Entry("tag", "US & Canada", f"{HOME}/t/north-america")
    assert made.find("tag", "&") is None
    assert made.find("author", "us-canada") is None
    assert made.names("tag") == ["Côte d'Ivoire", "US & Canada"]


@pytest.mark.parametrize(
    ("links", "name", "likeliest"),
    [
        ({"Gaza": "/tags/gaza"}, "Red Sea", "/tags/red-sea"),
        ({"Red_Sea": "/tag/red_sea.html"}, "West Bank", "/tag/west_bank.html"),
        ({"Red_Sea": "/search?tag=Red+Sea"}, "West Bank", "/search?tag=West+Bank"),
        ({"Red_Sea": "/tags/Red%20Sea"}, "Gaza", "/tags/Gaza"),
        ({"Gaza": "/tags/gaza"}, "غزة", "/tags/%D8%BA%D8%B2%D8%A9"),
        ({"Gaza": "/v2/tags/gaza", "Cuba": "/v2/tags/cuba"}, "Red Sea", "/v2/tags/red-sea"),
        ({"São_Paulo": "/t/sao-paulo"}, "Côte d'Or", "/t/cote-d-or"),
    ],
)
def test_guesses(links: dict[str, str], name: str, likeliest: str) -> None:
    assert directory("tag", **links).guesses("tag", name)[0] == HOME + likeliest


def test_nothing_is_guessed_from_addresses_that_do_not_tell() -> None:
    assert directory("tag", Gaza="/tags/17").guesses("tag", "Cuba") == []
    assert directory("tag", Gaza="/tags/17/gaza").guesses("tag", "Cuba") == []
    assert directory("author", Gaza="/tags/gaza").guesses("tag", "Cuba") == []


def test_what_a_page_is_about() -> None:
    assert is_about(parse_html("<title>x</title><h1>Articles on Côte d'Ivoire</h1>"), "cote d’ivoire")
    assert not is_about(parse_html("<title>News</title><h1>Latest</h1><p>Gaza</p>"), "Gaza")


def test_names_are_found_in_any_spelling_with_and_without_their_article() -> None:
    directory = Directory(Addresses(EDITIONS["ar"]))
    directory.learn(
        Entry("tag", name, f"https://www.almayadeen.net/tags/{n}")
        for n, name in enumerate(("المرفأ", "سياسة", "السياسة"))
    )
    for name in ("المرفأ", "مرفأ", "مرفا", "المـرفأ", "الـمَرفأ"):
        entry = directory.find("tag", name)
        assert entry is not None, name
        assert entry.name == "المرفأ"
    exact = directory.find("tag", "السياسه")
    assert exact is not None
    assert exact.name == "السياسة"
    assert directory.find("tag", "رياضة") is None
