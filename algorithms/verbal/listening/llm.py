"""Listening by a large language model; what it cannot be asked, the lexicon is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

from algorithms.verbal.corrections.listening import (
    SIZES,
    Asked,
    ListensToCorrections,
)
from algorithms.verbal.listening.category import CATEGORIES
from algorithms.verbal.listening.chat import Chat, ChatError
from algorithms.verbal.listening.listener import Heard, Listens, refer
from teaching import UserError
from teaching.manner import Manner
from teaching.words import Words

T = TypeVar("T")

_CLAUSES = """You turn what a person says to a learning agent into JSON. Cut it into clauses. \
Answer with {{"clauses": [{{"text": the clause, "category": "evaluative" if it judges what was \
done, "imperative" if it says what to do, "descriptive" if it says what things are worth, \
"sentiment": how good or bad the words are, from -1 to 1, "meant": the same as it is meant, \
"terms": names among {terms}, "places": names among {places}}}]}}. Use these names alone, for \
whatever words the person has for them; leave lists empty where nothing is named."""

_CORRECTION = """You turn a correction of how something is done into JSON: {{"quality": one of \
{qualities}, or null if nothing is to change, "direction": 1 for more of it, -1 for less, 0 for \
neither, "size": "little", "some" or "much", "contexts": names among {contexts}, empty for \
everywhere}}. "Too fast" asks for less speed."""


class Asks(Generic[T]):
    """Asks once for each text, checks the reply, and says once where there is none."""

    def __init__(self, chat: Chat, system: str, read: Callable[[dict[str, Any]], T]):
        """Prepare; `read` raises ValueError, KeyError or TypeError for what it cannot use."""
        self._chat, self._system, self._read = chat, system, read
        self._known: dict[str, T] = {}
        self._told = False

    def begin(self) -> None:
        """Ask something, so that a server that is down is known at once.

        Raises:
            UserError: it is.

        """
        try:
            self._known["good"] = self._checked("good")
        except ChatError as error:
            raise UserError(
                f"algorithm.listener=llm: {error}; start the server, mend algorithm.llm_url and "
                "algorithm.llm_model, or take algorithm.listener=lexicon"
            ) from error

    def about(self, text: str) -> T | None:
        """What a text says; None where no usable reply came."""
        if text not in self._known:
            try:
                self._known[text] = self._checked(text)
            except ChatError as error:
                if not self._told:
                    print(
                        f"coachable: the language model is no help, the lexicon listens instead: "
                        f"{error} (said once)",
                        file=sys.stderr,
                    )
                self._told = True
                return None
        return self._known[text]

    def _checked(self, text: str) -> T:
        reply = self._chat.ask(self._system, text)
        try:
            return self._read(reply)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            shown = json.dumps(reply)[:80]
            raise ChatError(
                f"the reply does not have the form that was asked for: {shown}"
            ) from error


class ChatListener:
    """Understands utterances by a language model, one clause like another `Listens`."""

    def __init__(self, words: Words, chat: Chat, otherwise: Listens):
        """`otherwise` listens where no usable reply comes."""
        self.words, self._otherwise = words, otherwise
        terms = [term.name for term in words.terms]
        places = [place.name for place in words.places]
        system = _CLAUSES.format(terms=json.dumps(terms), places=json.dumps(places))
        self._asks = Asks(chat, system, self._read)
        self._asks.begin()

    def hear(self, text: str, obs: np.ndarray, action: np.ndarray) -> list[Heard]:
        """See `Listens`."""
        clauses = self._asks.about(text)
        if clauses is None:
            return self._otherwise.hear(text, obs, action)
        return [self._heard(clause, obs, action) for clause in clauses]

    def _heard(self, clause: dict[str, Any], obs: np.ndarray, action: np.ndarray) -> Heard:
        kind = clause["category"]
        about = refer(self.words, kind, clause["terms"], clause["places"], obs, action)
        return Heard(clause["text"], kind, clause["sentiment"], clause["meant"], *about)

    def _read(self, reply: dict[str, Any]) -> list[dict[str, Any]]:
        terms = [term.name for term in self.words.terms]
        places = [place.name for place in self.words.places]
        return [
            {
                "text": _text(clause["text"]),
                "category": _one_of(clause["category"], CATEGORIES),
                "sentiment": _number(clause["sentiment"]),
                "meant": _number(clause["meant"]),
                "terms": tuple(_one_of(name, terms) for name in _list(clause["terms"])),
                "places": tuple(
                    places.index(_one_of(name, places)) for name in _list(clause["places"])
                ),
            }
            for clause in _list(reply["clauses"])
        ]


class ChatCorrectionListener:
    """Understands corrections by a language model."""

    def __init__(self, manner: Manner, chat: Chat, otherwise: ListensToCorrections):
        """`otherwise` listens where no usable reply comes."""
        self._otherwise = otherwise
        self._qualities = [quality.name for quality in manner.named]
        self._contexts = [context.name for context in manner.contexts]
        system = _CORRECTION.format(
            qualities=json.dumps(self._qualities), contexts=json.dumps(self._contexts)
        )
        self._asks = Asks(chat, system, self._read)
        self._asks.begin()

    def hear(self, text: str) -> Asked:
        """Understand one correction."""
        asked = self._asks.about(text)
        return self._otherwise.hear(text) if asked is None else asked

    def _read(self, reply: dict[str, Any]) -> Asked:
        name, direction = reply["quality"], reply["direction"]
        if direction not in (-1, 0, 1) or isinstance(direction, bool):
            raise ValueError(direction)
        quality = None if name is None else self._qualities.index(name)
        named = [self._contexts.index(context) for context in _list(reply["contexts"])]
        way = 0 if quality is None else int(direction)
        return Asked(quality, way, _one_of(reply["size"], SIZES), tuple(dict.fromkeys(named)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _one_of(value: Any, names: Any) -> str:
    if value not in names:
        raise ValueError(value)
    return str(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 1:
        raise ValueError(value)
    return float(value)
