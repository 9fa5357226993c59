"""Interventions and demonstrations as episodes of observations and actions, and back, bit for bit.

An episode is a stretch of steps that follow one another in one world, in all of which the human
acted: a takeover, or as much of it as lies within one episode of the task. Within a stretch the log
has what each action led to; what the last one led to it seldom has, for it keeps what was on view
only where the human acted. That observation is blank: NaN, or zero where numbers have no NaN.

Beside T actions there are T + 1 observations, and T + 1 rows of each information, as if Gymnasium's
`reset` and T calls of `step` had returned them: row t + 1 belongs to action t, row 0 is blank.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from teaching.errors import UserError
from teaching.feedback import Demonstration, Intervention, Kind
from teaching.log_rows import LoggedFeedback

KINDS = (Kind.INTERVENTION, Kind.DEMONSTRATION)
"""What episodes hold; the other kinds are about steps or segments, not what to do in a step."""

_TEXTS = ("kind", "human")
_WHOLE = ("row", "world", "step")
_REAL = ("wall_time", "human_seconds")


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of steps.

    Attributes:
        observations: [T + 1, O...].
        actions: [T, A...] the human's, before they are clipped to the space.
        infos: T + 1 of each: ``kind``, ``human``, ``row`` (place among the exported signals),
            ``world``, ``step``, ``wall_time``, ``human_seconds``, ``episode_start``,
            ``next_obs_logged`` (whether the observation of the same index is one); and where they
            were kept, ``proposed_action`` (the learner's), ``view_obs`` (what was on view, beside a
            demonstration's own) and ``asked``.

    """

    observations: np.ndarray
    actions: np.ndarray
    infos: dict[str, np.ndarray | list[str]]


def episodes_of(rows: Iterable[LoggedFeedback]) -> list[Episode]:
    """The interventions and demonstrations among `rows`, in the order of their first steps.

    Args:
        rows: of a feedback log, in its order; other kinds are passed over.

    Raises:
        UserError: some were kept without what was on view, or observations or actions are not all
            of one shape and type.

    """
    ours = [row for row in rows if row.kind in KINDS]
    for name, arrays in (
        ("observations", [_obs(row) for row in ours]),
        ("actions", [_action(row) for row in ours]),
    ):
        looks = sorted({f"{array.dtype} {array.shape}" for array in arrays})
        if len(looks) > 1:
            raise UserError(
                f"{name} of one type and shape make a dataset, the log has {' and '.join(looks)}; "
                "JSON Lines takes any"
            )
    seen = {(row.world, _step(row)): _obs(row) for row in reversed(ours) if not row.episode_start}
    return [_episode(stretch, seen) for stretch in _stretches(ours)]


def rows_of_episode(
    observations: np.ndarray, actions: np.ndarray, infos: Mapping[str, Any]
) -> list[tuple[int, LoggedFeedback]]:
    """What one of `episodes_of` was made of, each signal with its place among all.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is no such episode.

    """
    count = _checked(observations, actions)
    told = {name: list(map(_text, infos[name])) for name in _TEXTS}
    names = (*_WHOLE, *_REAL, "episode_start")
    numbers = {name: np.asarray(infos[name]).tolist() for name in names}
    kept = {name: infos.get(name) for name in ("proposed_action", "view_obs", "asked")}
    given = [*told.values(), *numbers.values(), *(x for x in kept.values() if x is not None)]
    if any(len(column) != count + 1 for column in given):
        raise ValueError(f"not {count + 1} of each information")
    rows = []
    for t in range(count):
        kind = Kind(told["kind"][t + 1])
        at = {name: column[t + 1] for name, column in numbers.items()}
        proposed, view, asked = (None if x is None else np.asarray(x[t + 1]) for x in kept.values())
        common: dict[str, Any] = {
            "human": told["human"][t + 1],
            "step": np.array([int(at["step"])], np.int64),
            "wall_time": float(at["wall_time"]),
            "human_seconds": np.array([float(at["human_seconds"])]),
            "action": actions[t : t + 1],
        }
        record: Intervention | Demonstration
        if kind is Kind.INTERVENTION:
            record, view = Intervention(**common, mask=np.ones(1, bool)), observations[t]
        elif kind is Kind.DEMONSTRATION:
            record = Demonstration(**common, obs=observations[t : t + 1])
        else:
            raise ValueError(f"no episode is made of {kind}")
        row = LoggedFeedback(
            world=int(at["world"]),
            kind=kind,
            record=record,
            obs=view,
            proposed_action=proposed,
            asked=None if asked is None else int(asked),
            episode_start=bool(at["episode_start"]),
        )
        rows.append((int(at["row"]), row))
    return rows


def demonstrations_of(
    observations: np.ndarray, actions: np.ndarray, human: str, first_step: int
) -> Iterator[LoggedFeedback]:
    """Somebody else's episode as demonstrations, one after another; when, and what it cost, is
    unknown (NaN).

    Args:
        observations: [T + 1, O...]; the last one is what the last action led to.
        actions: [T, A...].
        human: who showed it.
        first_step: the number of its first step.

    Raises:
        ValueError: these are no such arrays of numbers.

    """
    for t in range(_checked(observations, actions)):
        record = Demonstration(
            human=human,
            step=np.array([first_step + t], np.int64),
            wall_time=math.nan,
            human_seconds=np.full(1, math.nan),
            obs=observations[t : t + 1],
            action=actions[t : t + 1],
        )
        yield LoggedFeedback(0, Kind.DEMONSTRATION, record, None, None, episode_start=t == 0)


def _stretches(rows: Sequence[LoggedFeedback]) -> list[list[tuple[int, LoggedFeedback]]]:
    """Steps that follow one another in one world and episode, each with its place in `rows`."""
    stretches: list[list[tuple[int, LoggedFeedback]]] = []
    going: dict[tuple[Kind, int], list[tuple[int, LoggedFeedback]]] = {}
    for number, row in enumerate(rows):
        stretch = going.get((row.kind, row.world))
        if stretch is None or row.episode_start or not _follows(row, stretch[-1][1]):
            stretch = going[row.kind, row.world] = []
            stretches.append(stretch)
        stretch.append((number, row))
    return stretches


def _follows(row: LoggedFeedback, last: LoggedFeedback) -> bool:
    """Whether it is the next step, and as much of it was kept."""
    return _step(row) == _step(last) + 1 and _extras(row) == _extras(last)


def _extras(row: LoggedFeedback) -> list[Any]:
    beside = (row.proposed_action, row.obs if row.kind is Kind.DEMONSTRATION else None)
    looks = [None if array is None else (array.dtype, array.shape) for array in beside]
    return [*looks, row.asked is None]


def _episode(
    stretch: list[tuple[int, LoggedFeedback]], seen: Mapping[tuple[int, int], np.ndarray]
) -> Episode:
    numbers, rows = zip(*stretch, strict=True)
    first, last = rows[0], rows[-1]
    observed = [_obs(row) for row in rows]
    after = seen.get((last.world, _step(last) + 1))
    logged = [False] + [True] * len(rows)
    logged[-1] = after is not None
    observed.append(_blank(observed[-1]) if after is None else after)
    texts = {"kind": [row.kind.value for row in rows], "human": [row.record.human for row in rows]}
    columns: dict[str, Any] = {
        "row": np.array(numbers, np.int64),
        "world": np.array([row.world for row in rows], np.int64),
        "step": np.array([_step(row) for row in rows], np.int64),
        "wall_time": np.array([row.record.wall_time for row in rows], np.float64),
        "human_seconds": np.array([row.record.human_seconds[0] for row in rows], np.float64),
        "episode_start": np.array([row.episode_start for row in rows]),
    }
    if first.proposed_action is not None:
        columns["proposed_action"] = np.stack([row.proposed_action for row in rows])  # type: ignore[misc]
    if first.kind is Kind.DEMONSTRATION and first.obs is not None:
        columns["view_obs"] = np.stack([row.obs for row in rows])  # type: ignore[misc]
    if first.asked is not None:
        columns["asked"] = np.array([row.asked for row in rows], np.int64)
    infos: dict[str, np.ndarray | list[str]] = {
        **{name: ["", *values] for name, values in texts.items()},
        **{name: np.stack([_blank(values[0]), *values]) for name, values in columns.items()},
        "next_obs_logged": np.array(logged),
    }
    return Episode(np.stack(observed), np.stack([_action(row) for row in rows]), infos)


def _obs(row: LoggedFeedback) -> np.ndarray:
    """What the human saw."""
    if isinstance(row.record, Demonstration):
        return row.record.obs[0]
    if row.obs is None:
        raise UserError(
            f"the intervention of step {_step(row)} was kept without what was on view, and an "
            "episode needs it; JSON Lines does not"
        )
    return row.obs


def _action(row: LoggedFeedback) -> np.ndarray:
    assert isinstance(row.record, Intervention | Demonstration)
    return row.record.action[0]


def _step(row: LoggedFeedback) -> int:
    return int(row.record.step[0])


def _blank(like: np.ndarray) -> np.ndarray:
    """NaN where numbers have it, else zero, in the shape and type of `like`."""
    return np.full_like(like, np.nan if like.dtype.kind == "f" else 0)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _checked(observations: np.ndarray, actions: np.ndarray) -> int:
    """How many steps there are."""
    for name, array in (("observations", observations), ("actions", actions)):
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} are no numbers: dtype {array.dtype}")
    if len(observations) != len(actions) + 1:
        raise ValueError(f"{len(observations)} observations of {len(actions)} steps")
    return len(actions)
