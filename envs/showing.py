"""The expert's own episode from where a world stands: what a corrector compares with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from envs.batched import Batch
from teaching import Oracle
from teaching.manner import Manner, Trajectory

_MOST = 5000
"""Steps after which an expert who does not arrive is left to itself."""


def correctable(
    batch: Any, twin: Callable[[], Batch], oracle: Callable[[Any], Oracle], manner: Manner
) -> Oracle:
    """The oracle of N worlds, with what a corrector needs besides: the manner, its own episodes.

    Args:
        batch: the worlds; every array of their saved state has a row for each.
        twin: makes a batch of one of the same task.
        oracle: of a batch.
        manner: what the task declares.

    """
    return replace(oracle(batch), manner=manner, episode=_shown_by(batch, twin, oracle))


def _shown_by(
    batch: Any, twin: Callable[[], Batch], oracle: Callable[[Any], Oracle]
) -> Callable[[int], Trajectory]:
    """`Oracle.episode` of N worlds, by running a batch of one on from a copy of their state."""
    made: list[tuple[Batch, Oracle]] = []

    def episode(world: int) -> Trajectory:
        if not made:
            copy = twin()
            made.append((copy, oracle(copy)))
        copy, expert = made[0]
        state = batch.state_dict()
        copy.load_state_dict({name: value[world : world + 1] for name, value in state.items()})
        seen, done = [], []
        for _ in range(_MOST):
            obs = copy.observe()
            action = np.asarray(expert.action(obs))
            seen.append(obs[0])
            done.append(action[0])
            _, terminated, truncated = copy.step(action)
            if terminated[0] or truncated[0]:
                break
        return np.stack(seen), np.stack(done)

    return episode
