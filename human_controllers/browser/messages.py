"""What a page may say: each message is checked whole before anything is done with it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 500
"""Characters of one utterance."""

LONGEST_NAME = 40
"""Characters of a person's name."""


class Malformed(Exception):
    """A message that is not one of the protocol's; says why in a few words."""


@dataclass(frozen=True, slots=True)
class Hello:
    """First of all: who is there, and what they want sent."""

    name: str
    wants: frozenset[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture is on the screen."""

    frame: int


@dataclass(frozen=True, slots=True)
class Looking:
    """Which view is before the person's eyes: live, question or away."""

    at: str


@dataclass(frozen=True, slots=True)
class Control:
    """Take over, or give back."""

    on: bool


@dataclass(frozen=True, slots=True)
class Steer:
    """Where the hands are: axes in [−1, 1], or the number of an action, or neither."""

    axes: tuple[float, ...] | None
    action: int | None
    frame: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Let the task stand still, or go on."""

    on: bool


@dataclass(frozen=True, slots=True)
class OneStep:
    """Let one step pass."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Praise or blame of what is on a picture."""

    id: str
    value: float
    frame: int


@dataclass(frozen=True, slots=True)
class Say:
    """Words."""

    id: str
    text: str
    frame: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question: a choice, an order or actions; all None is a pass."""

    id: str
    question: int
    choice: str | None
    order: tuple[int, ...] | None
    action: tuple[tuple[float, ...], ...] | None
    seconds: float


Message = Hello | Shown | Looking | Control | Steer | Pause | OneStep | Judge | Say | Answer

CHOICES = ("first", "second", "equal", "skip")


def parse(text: str) -> Message:
    """A message of the page.

    Raises:
        Malformed: it is not one.

    """
    try:
        said = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON") from error
    if not isinstance(said, dict):
        raise Malformed("not an object")
    kind = said.get("t")
    if not isinstance(kind, str) or kind not in _PARSERS:
        raise Malformed("unknown type of message")
    return _PARSERS[kind](said)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _hello(said: dict[str, Any]) -> Hello:
    name = _text(said, "name", LONGEST_NAME).strip()
    if not name or not name.isprintable():
        raise Malformed("name must be 1 to 40 printable characters")
    wants = said.get("wants", ["frames"])
    if not isinstance(wants, list) or not all(w in ("frames", "view") for w in wants):
        raise Malformed("wants must be a list of frames, view")
    return Hello(name, frozenset(wants))


def _looking(said: dict[str, Any]) -> Looking:
    return Looking(_one_of(said, "at", ("live", "question", "away")))


def _steer(said: dict[str, Any]) -> Steer:
    axes = said.get("axes")
    if axes is not None:
        axes = _numbers(axes, "axes", 64)
        if any(abs(x) > 1 for x in axes):
            raise Malformed("axes must be in [-1, 1]")
    action = said.get("action")
    if action is not None:
        action = _whole(said, "action")
    return Steer(axes, action, _whole(said, "frame"))


def _judge(said: dict[str, Any]) -> Judge:
    value = _number(said.get("value"), "value")
    if not 0 < abs(value) <= 4:
        raise Malformed("value must be in [-4, 4], and not 0")
    return Judge(_id(said), value, _whole(said, "frame"))


def _say(said: dict[str, Any]) -> Say:
    text = _text(said, "text", LONGEST_TEXT).strip()
    if not text:
        raise Malformed("text must not be empty")
    return Say(_id(said), text, _whole(said, "frame"))


def _answer(said: dict[str, Any]) -> Answer:
    choice = None if said.get("choice") is None else _one_of(said, "choice", CHOICES)
    order = said.get("order")
    if order is not None:
        order = tuple(int(x) for x in _numbers(order, "order", 64, whole=True))
    action = said.get("action")
    if action is not None:
        if not isinstance(action, list) or not 0 < len(action) <= 10_000:
            raise Malformed("action must be a list of rows")
        action = tuple(_numbers(row, "action", 64) for row in action)
    if sum(x is not None for x in (choice, order, action)) > 1:
        raise Malformed("an answer has one of choice, order, action")
    seconds = _number(said.get("seconds", 0.0), "seconds")
    return Answer(_id(said), _whole(said, "question"), choice, order, action, max(seconds, 0.0))


_PARSERS: dict[str, Any] = {
    "hello": _hello,
    "shown": lambda said: Shown(_whole(said, "frame")),
    "looking": _looking,
    "control": lambda said: Control(_flag(said, "on")),
    "steer": _steer,
    "pause": lambda said: Pause(_flag(said, "on")),
    "step": lambda said: OneStep(),
    "judge": _judge,
    "say": _say,
    "answer": _answer,
}


def _text(said: dict[str, Any], key: str, longest: int) -> str:
    text = said.get(key)
    if not isinstance(text, str) or len(text) > longest:
        raise Malformed(f"{key} must be a text of at most {longest} characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed(f"{key} holds half a character") from error
    return text


def _id(said: dict[str, Any]) -> str:
    name = said.get("id")
    if not isinstance(name, str) or not 8 <= len(name) <= 64 or not name.isascii():
        raise Malformed("id must be 8 to 64 ASCII characters")
    return name


def _one_of(said: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = said.get(key)
    if not isinstance(value, str) or value not in allowed:
        raise Malformed(f"{key} must be one of {', '.join(allowed)}")
    return value


def _flag(said: dict[str, Any], key: str) -> bool:
    value = said.get(key)
    if not isinstance(value, bool):
        raise Malformed(f"{key} must be true or false")
    return value


def _whole(said: dict[str, Any], key: str) -> int:
    value = said.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise Malformed(f"{key} must be a whole number from 0 on")
    return value


def _number(value: Any, key: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Malformed(f"{key} must be a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise Malformed(f"{key} is too large") from error
    if not math.isfinite(number):
        raise Malformed(f"{key} must be finite")
    return number


def _numbers(values: Any, key: str, most: int, whole: bool = False) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) > most:
        raise Malformed(f"{key} must be a list of at most {most} numbers")
    numbers = tuple(_number(value, key) for value in values)
    if whole and any(x != int(x) or x < 0 for x in numbers):
        raise Malformed(f"{key} must be whole numbers from 0 on")
    return numbers
