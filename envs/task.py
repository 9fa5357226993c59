"""What the lab needs to know of a family of tasks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import gymnasium as gym

from teaching import Oracle

Split = Literal["train", "validation", "test"]
"""Settings are chosen on validation episodes, so that what is reported on test episodes is fair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFamily:
    """A named group of tasks under one typed config.

    Attributes:
        name: the word after ``env=``.
        summary: one line for ``coachable list``.
        config: the dataclass that checks the YAML file. It has at least ``name: str``.
        make: (config, split, render_mode) -> one environment. Its ``unwrapped`` has ``dt``, the
            seconds that a step takes; its info has ``is_success`` (bool) when an episode ends, and
            ``cost`` (float) on every step where safety is counted.
        make_vec: (config, split, number of worlds) -> a vector environment that resets a finished
            world in the same step (``AutoresetMode.SAME_STEP``), for tasks that live in arrays.
        actions: discrete, continuous, or either where that depends on the config.
        oracle: (environment or vector environment, config) -> what a simulated human may know, or
            None where the task has no expert of its own.

    """

    name: str
    summary: str
    config: type
    make: Callable[[Any, Split, str | None], gym.Env]
    actions: Literal["discrete", "continuous", "either"]
    make_vec: Callable[[Any, Split, int], gym.vector.VectorEnv] | None = None
    oracle: Callable[[Any, Any], Oracle | None] | None = None
