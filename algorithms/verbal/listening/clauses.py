"""Clauses and tokens."""

from __future__ import annotations

import re

_ENDS = re.compile(
    r"(?<=[!?])\s*|[;|\n—–]+|\s-+\s|,(?!\d)|\.(?!\d)|\b(?:but|however|whereas|although|though)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_SAYS_SOMETHING = re.compile(r"\w|[:;=]-?[()DP/\\]")


def split(text: str) -> list[str]:
    """Cut an utterance where punctuation ends a thought, and before "but" and its like.

    Decimal points and the commas of numbers do not end one; "!" stays, because sentiment counts it.
    """
    parts = [part.strip(" -") for part in _ENDS.split(text)]
    return [part for part in parts if _SAYS_SOMETHING.search(part)]


def tokens(clause: str) -> list[str]:
    """Words and whole numbers in lower case; "don't" is one word."""
    return _TOKEN.findall(clause.lower().replace("’", "'"))
