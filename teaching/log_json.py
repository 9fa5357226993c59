"""A feedback log as JSON Lines, and back: every signal of every kind, bit for bit but for NaNs.

The first line names the format and its version; each further line is a signal. An array is
``{"dtype": …, "shape": […], "data": […]}``, its numbers flat and in C order. JSON has no NaN and no
infinities; they are the strings ``"nan"``, ``"inf"`` and ``"-inf"``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from teaching.errors import UserError
from teaching.feedback import RECORDS, Kind, Utterance
from teaching.log_rows import ARRAYS, OPTIONAL, LoggedFeedback

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)

FORMAT, VERSION = "coachable feedback", 1


def lines_of(rows: Iterable[LoggedFeedback]) -> Iterator[str]:
    """The lines of a file, each with its line break."""
    yield json.dumps({"format": FORMAT, "version": VERSION}) + "\n"
    for row in rows:
        yield json.dumps(_plain(row), allow_nan=False) + "\n"


def rows_from(lines: Iterable[str], name: str) -> Iterator[LoggedFeedback]:
    """The signals that `lines_of` wrote.

    Args:
        lines: of the file.
        name: of the file, for errors.

    Raises:
        UserError: it is not such a file, or a line of it is damaged; which one.

    """
    numbered = enumerate(lines, start=1)
    try:
        _, first = next(numbered, (1, ""))
        head = json.loads(first)
        known = head["format"] == FORMAT
    except _DAMAGE:
        known = False
    if not known:
        raise UserError(f"{name} is no feedback in JSON Lines: its first line does not say so")
    if head.get("version") != VERSION:
        raise UserError(f"{name} has version {head.get('version')!r}, this lab reads {VERSION}")
    for number, line in numbered:
        try:
            yield _row(json.loads(line))
        except _DAMAGE as error:
            raise UserError(
                f"{name}, line {number} is damaged ({type(error).__name__}: {error}): mend or "
                "remove it"
            ) from error


def _plain(row: LoggedFeedback) -> dict[str, Any]:
    record = row.record
    plain: dict[str, Any] = {
        "kind": row.kind.value,
        "human": record.human,
        "world": row.world,
        "step": int(record.step[0]),
        "wall_time": _number(record.wall_time),
        "human_seconds": _number(float(record.human_seconds[0])),
    }
    for name in ARRAYS[row.kind]:
        array = getattr(record, name)
        if array is not None:
            plain[name] = _array(array.reshape(array.shape[1:]))
    if isinstance(record, Utterance):
        plain["text"] = record.text[0]
    for name in ("obs", "proposed_action"):
        if (seen := getattr(row, name)) is not None:
            plain[f"view.{name}"] = _array(seen)
    if row.asked is not None:
        plain["asked"] = row.asked
    if row.episode_start:
        plain["view.episode_start"] = True
    return plain


def _row(plain: dict[str, Any]) -> LoggedFeedback:
    kind = Kind(plain["kind"])
    names = [name for name in ARRAYS[kind] if name in plain or name not in OPTIONAL]
    fields: dict[str, Any] = {name: _from_plain(plain[name])[None] for name in names}
    if kind in (Kind.INTERVENTION, Kind.EVALUATION):
        fields["mask"] = np.ones(1, bool)
    if kind is Kind.UTTERANCE:
        fields["text"] = (str(plain["text"]),)
    record = RECORDS[kind](
        human=str(plain["human"]),
        step=np.array([int(plain["step"])], np.int64),
        wall_time=float(plain["wall_time"]),
        human_seconds=np.array([float(plain["human_seconds"])]),
        **fields,
    )
    asked = plain.get("asked")
    obs, proposed = plain.get("view.obs"), plain.get("view.proposed_action")
    return LoggedFeedback(
        world=int(plain["world"]),
        kind=kind,
        record=record,
        obs=None if obs is None else _from_plain(obs),
        proposed_action=None if proposed is None else _from_plain(proposed),
        asked=None if asked is None else int(asked),
        episode_start=bool(plain.get("view.episode_start", False)),
    )


def _array(array: np.ndarray) -> dict[str, Any]:
    array = np.asarray(array)
    data = [_number(value) for value in array.ravel().tolist()]
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def _from_plain(plain: dict[str, Any]) -> np.ndarray:
    dtype = np.dtype(plain["dtype"])
    if dtype.kind not in "biuf":
        raise ValueError(f"no array of numbers: dtype {plain['dtype']}")
    values = [float(value) if isinstance(value, str) else value for value in plain["data"]]
    return np.array(values, dtype).reshape(plain["shape"])


def _number(value: Any) -> Any:
    """A number as JSON can have it."""
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)
