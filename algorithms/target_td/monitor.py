"""The stability monitor: a callback that watches target networks while they learn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from algorithms.core.learner import Callback, Learner
from algorithms.target_td import prediction
from algorithms.target_td.views import look
from algorithms.target_td.warning import EarlyWarning

BATCH = 64

_READING = (
    "step",
    "updates",
    "growth",
    "path_growth",
    "bellman_residual",
    "target_drift",
    "value_size",
    "forecast",
)


class StabilityMonitor(Callback):
    """Takes a reading every so many environment steps, and warns before values diverge.

    It draws batches of its own and changes nothing of the learner.

    Args:
        every: environment steps between readings.
        seed: of the batches.
        alarm: called once with a line when the warning is given.

    """

    def __init__(self, every: int, seed: int = 0, alarm: Callable[[str], None] = print):
        self.every = every
        self.warning = EarlyWarning()
        self._alarm = alarm
        self._rng = np.random.default_rng([seed, 0x57])
        self._steps = 0
        self._bound = 0.0
        self._readings: list[list[float]] = []

    def on_boundary(self, learner: Learner) -> None:
        """Take a reading if one is due."""
        if learner.num_timesteps // self.every == self._steps // self.every:
            return
        self._steps = learner.num_timesteps
        view = look(learner, BATCH, self._rng)
        if view is None:
            return
        growth = prediction.growth_of(view.tangent, view.alpha, view.rule, view.averaged)
        self._bound = max(self._bound, view.bound)
        size = view.size / self._bound if self._bound else 0.0
        warned = self.warning.take_in(growth, size, self._steps)
        path_growth = prediction.growth_of(view.path, view.alpha, view.rule, view.averaged)
        figures = {
            "radius": math.exp(min(growth * float(view.rule.period), 50.0)),
            "growth": growth,
            "path_growth": path_growth,
            "value_size": size,
            "forecast": self.warning.forecast,
            "target_drift": view.drift,
            "bellman_residual": view.residual,
            "warning": float(self.warning.warned_at is not None),
        }
        for name, value in figures.items():
            learner.logger.record(f"stability/{name}", value)
        self._readings.append(
            [
                self._steps,
                view.updates,
                growth,
                path_growth,
                view.residual,
                view.drift,
                size,
                self.warning.forecast,
            ]
        )
        if warned:
            self._alarm(
                f"step {self._steps}: the values are about to diverge (forecast: "
                f"{self.warning.forecast:.3g} times what rewards allow, and growing); a longer "
                "period or a smaller tau of the target, or a smaller learning rate, would hold them"
            )

    def figures(self) -> dict[str, Any]:
        """For a run's result: the step of the warning, None without, and every reading."""
        readings = [
            {
                name: value if math.isfinite(value) else None
                for name, value in zip(_READING, row, strict=True)
            }
            for row in self._readings
        ]
        return {"warned_at": self.warning.warned_at, "stability": readings}

    def state_dict(self) -> dict[str, Any]:
        """The readings so far, as far as later ones depend on them."""
        return {
            "warning": self.warning.state_dict(),
            "rng": self._rng.bit_generator.state,
            "steps": self._steps,
            "bound": self._bound,
            "readings": np.array(self._readings).reshape(-1, len(_READING)),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.warning.load_state_dict(state["warning"])
        self._rng.bit_generator.state = state["rng"]
        self._steps = int(state["steps"])
        self._bound = float(state["bound"])
        self._readings = np.asarray(state["readings"]).reshape(-1, len(_READING)).tolist()
