"""Sentiment of a clause, by VADER (Hutto and Gilbert 2014), and what pragmatics makes of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

IMPLIED = 0.5
"""What a clause without sentiment counts for: whoever names a thing recommends it."""

_WORTHLESS = ("zero", "worthless", "nothing", " 0")


@lru_cache(maxsize=1)
def _analyser() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def literal(clause: str) -> float:
    """VADER's compound score, from -1 to 1; 0 where no word of its lexicon is in the clause."""
    return float(_analyser().polarity_scores(clause)["compound"])


def pragmatic(clause: str) -> float:
    """The same, but `IMPLIED` for 0, and 0 for what is said to be worth nothing.

    Source: the pragmatic model of Sumers et al. (2021).
    """
    said = clause.lower()
    if any(word in said for word in _WORTHLESS):
        return 0.0
    return literal(clause) or IMPLIED
