"""Language tags: their shortest code, and the direction of their script."""

from __future__ import annotations

from typing import Literal

_TWO_LETTERS = {
    "ara": "ar", "spa": "es", "eng": "en", "fas": "fa", "per": "fa", "heb": "he", "iw": "he", "urd": "ur", "pus": "ps",
    "snd": "sd", "uig": "ug", "yid": "yi", "ji": "yi", "div": "dv", "kur": "ku", "kas": "ks", "fra": "fr", "fre": "fr",
    "por": "pt", "deu": "de", "ger": "de", "ita": "it", "tur": "tr", "rus": "ru", "zho": "zh", "chi": "zh",
}  # fmt: skip
"""Codes of three letters, and withdrawn codes, → the two-letter code of BCP 47."""
_RIGHT_TO_LEFT = frozenset(
    "ar fa he ur ps sd ug yi dv ks ckb sdh lrc bqi glk mzn azb pnb skr bal bgn haz prs aeb acm acq afb ajp apc apd apj "
    "arq ars ary arz ayl shu ssh arc syr syc sam nqo rhg mid tmr jpr jrb khw bft trw".split()
)
_RIGHT_TO_LEFT_SCRIPTS = frozenset(
    {"arab", "aran", "hebr", "syrc", "thaa", "nkoo", "adlm", "rohg", "samr", "mand", "mend"}
)


def shortest_tag(tag: str) -> str:
    """Return a BCP 47 tag with a two-letter language if there is one: ``ara`` → ``ar``."""
    language, dash, rest = tag.partition("-")
    return f"{_TWO_LETTERS.get(language.lower(), language)}{dash}{rest}"


def direction_of(tag: str) -> Literal["ltr", "rtl"]:
    """Return the direction of a language's script. A script in the tag decides: ``ar-Latn`` is left to right."""
    language, *rest = shortest_tag(tag.replace("_", "-")).lower().split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), None)
    right_to_left = script in _RIGHT_TO_LEFT_SCRIPTS if script else language in _RIGHT_TO_LEFT
    return "rtl" if right_to_left else "ltr"
