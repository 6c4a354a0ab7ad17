"""Text in the form of the contract, and the one key by which words are compared.

Every word list, label, prefix and name of the project is compared by ``normalize_label``. So all lists understand the
same spellings.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_FORMAT = "\u200b\u2060\ufeff\u00ad\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Invisible characters that are never part of a text."""
_CLEANED: dict[int, str | None] = {ord(c): None for c in _FORMAT}
_CLEANED |= dict.fromkeys((*range(9), 11, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)))
_CLEANED |= {ord(c): " " for c in "\u00a0\u202f\u2007\f"}
_CLEANED |= {0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_UNCLEAN = re.compile(f"[{re.escape(''.join(map(chr, _CLEANED)))}]")
_PLAIN = re.compile(r"[ !-~\n]*\Z")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols without a visible shape."""
_JOINERS = re.compile("[\u200c\u200d]+")

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff"
)
"""Accents and vowel signs as ranges of a character class: marks on a letter, which do not count in comparisons."""
IGNORED = f"{MARKS}\u0640\u200c\u200d{_FORMAT}"
"""``MARKS``, tatweel, joiners and invisible characters, as a character class."""
_LETTERS = {
    "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ڪ": "ك", "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ۃ": "ه",
}  # fmt: skip
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"[^\D0-9]")
_FOLDED = re.compile(f"[{IGNORED}{''.join(_LETTERS)}]|[^\\D0-9]")
"""Characters that ``fold`` replaces after Unicode normalization. Most texts in Latin letters have none."""
_CONNECTING_WORDS = frozenset({"and", "y"})
_SEPARATORS = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"(?<![^\W\d_])ال(?=[^\W\d_]{3})")


def clean_text(text: str) -> str:
    """Bring text into the form of the contract: NFC, trimmed, no-break blanks as blanks, no invisible characters.

    U+200C and U+200D stay between two letters, where scripts need them. Quotation marks and misspellings stay as
    printed. Control characters and lone surrogates are removed. A text without a visible character is empty.
    """
    if text.isascii() and (text.isprintable() or _PLAIN.match(text)):
        return text.strip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _UNCLEAN.search(text):
        text = text.translate(_CLEANED)
    if "\u200c" in text or "\u200d" in text:
        text = _JOINERS.sub(_joiner, text)
    text = unicodedata.normalize("NFC", text).strip()
    return text if any(map(_is_visible, text)) else ""


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _BLANK_LETTERS


def _joiner(match: re.Match[str]) -> str:
    """Return one joiner between two letters or marks, otherwise an empty text."""
    text, start, end = match.string, match.start(), match.end()
    between = start > 0 and end < len(text) and _joins(text[start - 1]) and _joins(text[end])
    return match[0][0] if between else ""


def _joins(character: str) -> bool:
    # Joiners also connect emoji sequences (category So).
    return unicodedata.category(character)[0] in "LM" or unicodedata.category(character) in ("So", "Sk")


def fold(text: str) -> str:
    """Return text with one spelling for each letter and digit. Punctuation and blanks stay.

    NFKC, lower case, no accents, vowel signs, tatweel or invisible characters, one form of alef, yeh, kaf and heh, and
    ASCII digits.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text)
    if (folded := text.casefold()) != text:  # it can make a composed letter again: ``İ`` becomes ``i`` and a dot
        text = unicodedata.normalize("NFKD", folded)
    return _FOLDED.sub(_folded, text)


def _folded(match: re.Match[str]) -> str:
    character = match[0]
    return _LETTERS.get(character) or (_ascii_digit(match) if character.isdecimal() else "")


def has_digit(text: str) -> bool:
    """Whether a text has a decimal digit of any script."""
    return _DIGIT.search(text) is not None


def ascii_digits(text: str) -> str:
    """Return text with the digits of all scripts as ASCII, without invisible characters."""
    return _DIGITS.sub(_ascii_digit, clean_text(text))


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))


@lru_cache(maxsize=8192)
def normalize_label(label: str) -> str:
    """Return the comparison key of a name, which is equal for two spellings of it.

    ``Arts & Culture``, ``arts-culture`` and ``Arts&amp;Culture`` have one key, and so have ``سياسة`` and ``سياسه``.
    Beyond ``fold``, punctuation, blanks and the words "and" and "y" do not count.
    """
    words = _SEPARATORS.split(fold(label.replace("&amp;", "&")))
    return "".join(w for w in words if w not in _CONNECTING_WORDS)


def without_article(label: str) -> str:
    """Return the comparison key without the Arabic article: ``السياسة`` has the key of ``سياسة``."""
    return normalize_label(_ARTICLE.sub("", fold(label)))
