"""How a feedback record is cut into the log's rows, and put together again, bit for bit.

A payload is a line of JSON that lists [name, dtype, shape] of each array, the arrays' bytes in that
order, and for an utterance its text.
"""

from __future__ import annotations

import json
import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from teaching.feedback import RECORDS, Evaluation, Feedback, Intervention, Kind, Utterance

# What a row's payload holds of each kind, besides the columns. A mask is not among it: a row is
# written only where the mask is True.
ARRAYS: dict[Kind, tuple[str, ...]] = {
    Kind.INTERVENTION: ("action",),
    Kind.DEMONSTRATION: ("obs", "action"),
    Kind.EVALUATION: ("value", "about", "transit"),
    Kind.PREFERENCE: ("segments", "choice"),
    Kind.RANKING: ("segments", "order"),
    Kind.CORRECTION: ("segments", "action", "length"),
    Kind.UTTERANCE: (),
}
OPTIONAL = frozenset({"transit"})
"""Of these, the ones that a record may leave out."""

_SEEN_OBS, _SEEN_PROPOSAL, _ASKED = "view.obs", "view.proposed_action", "asked"
_START = "view.episode_start"

Row = tuple[str, str, int, int, float, float, bytes]
"""kind, human, world, step, wall_time, human_seconds, payload."""


class LoggedFeedback(NamedTuple):
    """One row of the log.

    Attributes:
        world: the world's index, or the query's place in its batch.
        kind: what `record` is.
        record: a record with a batch of one, bit for bit what was appended.
        obs: [O...] what the human saw, where it was kept.
        proposed_action: [A...] what the learner was about to do, where it was kept.
        asked: environment steps taken when the question was put, where it was answered later; None
            where it was answered at once, or nothing was asked.
        episode_start: whether what was on view was the first of an episode; False where not kept.

    """

    world: int
    kind: Kind
    record: Feedback
    obs: np.ndarray | None
    proposed_action: np.ndarray | None
    asked: int | None = None
    episode_start: bool = False


def rows_of(
    kind: Kind,
    record: Feedback,
    obs: np.ndarray | None,
    proposed_action: np.ndarray | None,
    asked: np.ndarray | None = None,
    episode_start: np.ndarray | None = None,
) -> list[Row]:
    """One row for each world or query that carries a signal.

    Args:
        kind: what `record` is.
        record: arrays over N worlds or B queries.
        obs: [N, O...] what the human saw, or None.
        proposed_action: [N, A...] what the learner was about to do, or None.
        asked: [B] int64, environment steps when a question was put that is answered later, or None.
        episode_start: [N] bool, True in worlds that are at the first step of an episode, or None.

    """
    indices = _signals(record)
    if not indices:
        return []
    told = ((name, getattr(record, name)) for name in ARRAYS[kind])
    named = [(name, np.asarray(value)) for name, value in told if value is not None]
    if obs is not None:
        named.append((_SEEN_OBS, np.asarray(obs)))
    if proposed_action is not None:
        named.append((_SEEN_PROPOSAL, np.asarray(proposed_action)))
    if asked is not None:
        named.append((_ASKED, np.asarray(asked, np.int64)))
    spec = tuple([(name, array.dtype, array.shape[1:]) for name, array in named])
    header = _header(spec)
    starts = [False] * len(record.step) if episode_start is None else episode_start.tolist()
    steps, prices = record.step.tolist(), record.human_seconds.tolist()
    rows: list[Row] = []
    for i in indices:
        # A slice, for a single number would come out in this machine's byte order.
        payload = b"".join([array[i : i + 1].tobytes() for _, array in named])
        if starts[i]:  # few rows are, and the others need not say so
            payload = _header((*spec, (_START, np.dtype(bool), ()))) + payload + b"\x01"
        else:
            payload = header + payload
        if isinstance(record, Utterance):
            payload += record.text[i].encode("utf-8", "surrogatepass")
        rows.append((kind.value, record.human, i, steps[i], record.wall_time, prices[i], payload))
    return rows


def feedback_of(row: tuple[Any, ...]) -> LoggedFeedback:
    """The record that a row was cut from, with a batch of one.

    Raises:
        ValueError, KeyError, TypeError: the row is damaged.

    """
    kind_name, human, world, step, wall_time, human_seconds, payload = row
    kind = Kind(kind_name)
    arrays, rest = _unpack(payload)
    obs, proposed_action = arrays.pop(_SEEN_OBS, None), arrays.pop(_SEEN_PROPOSAL, None)
    asked, start = arrays.pop(_ASKED, None), arrays.pop(_START, None)
    fields: dict[str, Any] = {name: array[None] for name, array in arrays.items()}
    if kind in (Kind.INTERVENTION, Kind.EVALUATION):
        fields["mask"] = np.ones(1, bool)
    if kind is Kind.UTTERANCE:
        fields["text"] = (rest.decode("utf-8", "surrogatepass"),)
    record = RECORDS[kind](
        human=human,
        step=np.array([step], np.int64),
        wall_time=_real(wall_time),
        human_seconds=np.array([_real(human_seconds)]),
        **fields,
    )
    return LoggedFeedback(
        world,
        kind,
        record,
        obs,
        proposed_action,
        None if asked is None else int(asked),
        start is not None and bool(start),
    )


def _signals(record: Feedback) -> list[int]:
    if isinstance(record, Intervention | Evaluation):
        return [i for i, given in enumerate(record.mask.tolist()) if given]
    if isinstance(record, Utterance):
        return [i for i, words in enumerate(record.text) if words]
    return list(range(len(record.step)))


@lru_cache(maxsize=64)
def _header(arrays: tuple[tuple[str, np.dtype, tuple[int, ...]], ...]) -> bytes:
    for name, dtype, _ in arrays:
        if dtype.hasobject or dtype.names:
            raise TypeError(f"{name}: the feedback log keeps plain arrays, not {dtype}")
    spec = [[name, dtype.str, shape] for name, dtype, shape in arrays]
    return json.dumps(spec, separators=(",", ":")).encode() + b"\n"


def _unpack(payload: bytes) -> tuple[dict[str, np.ndarray], bytes]:
    """Arrays of one world by name, and the bytes after them."""
    end = payload.index(b"\n") + 1
    arrays = {}
    for name, dtype_name, shape in json.loads(payload[:end]):
        dtype, count = np.dtype(dtype_name), math.prod(shape)
        array = np.frombuffer(payload, dtype, count, end) if count else np.empty(0, dtype)
        arrays[name] = array.reshape(shape).copy()
        end += array.nbytes
    return arrays, payload[end:]


def _real(value: float | None) -> float:
    """SQLite keeps NaN as NULL."""
    return math.nan if value is None else float(value)
