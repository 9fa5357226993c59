"""How fast the error of an evaluation really grows or shrinks: carried out, not computed.

Weights are taken in a basis of range(H): what lies outside of it has no value and never moves, and
would drown in its rounding what is left of an error that vanishes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from algorithms.target_td.kernels import expected_errors, sampled_errors
from algorithms.target_td.problem import LinearProblem
from algorithms.target_td.rules import TargetRule
from teaching import UserError

_POINTS = 1000
"""Entries of a course, at most."""


@dataclass(frozen=True, eq=False)
class Course:
    """What an evaluation went through.

    Attributes:
        steps: [P] gradient steps done.
        log_error: [P] ln of the value error, in root mean square over the data.

    """

    steps: np.ndarray
    log_error: np.ndarray

    def slope(self, skip: float = 0.3) -> float:
        """Slope of ln error over steps, by least squares, without the first `skip` of the course.

        Where the error swings, a leading pair of complex eigenvalues, the fit is over whole swings:
        from one of the first to one of the last of its peaks above the straight line.
        """
        first = int(skip * len(self.steps))
        x, y = self.steps[first:].astype(float), self.log_error[first:]
        line = np.polyfit(x, y, 1)
        off = y - np.polyval(line, x)
        peaks = 1 + np.flatnonzero(
            (off[1:-1] > off[:-2]) & (off[1:-1] >= off[2:]) & (off[1:-1] > 0)
        )
        if len(peaks) < 3 or np.ptp(off) < 1e-6:
            return float(line[0])
        whole = slice(peaks[0], peaks[-1])
        return float(np.polyfit(x[whole], y[whole], 1)[0])


def expected(
    problem: LinearProblem, alpha: float, rule: TargetRule, start: np.ndarray, steps: int
) -> Course:
    """Follow the error of expected updates from `start` [d] for `steps` gradient steps."""
    every = _every(rule, steps)
    seen = problem.eigen[1]
    logs = expected_errors(
        seen.T @ problem.hessian @ seen + rule.ridge * np.eye(seen.shape[1]),
        seen.T @ problem.delta_jacobian @ seen,
        alpha,
        int(rule.period),
        rule.tau,
        rule.momentum,
        seen.T @ np.asarray(start, np.float64),
        steps,
        every,
    )
    return Course(every * np.arange(1, len(logs) + 1), logs)


def sampled(
    problem: LinearProblem,
    alpha: float,
    rule: TargetRule,
    start: np.ndarray,
    steps: int,
    rng: np.random.Generator,
) -> Course:
    """The same, each step on one transition that `rng` draws."""
    every = _every(rule, steps)
    cumulated = np.cumsum(problem.probability)
    drawn = np.searchsorted(cumulated, rng.random(steps) * cumulated[-1], side="right")
    seen = problem.eigen[1]
    logs = sampled_errors(
        problem.features @ seen,
        problem.next_features @ seen,
        problem.ratio,
        problem.discount,
        seen.T @ problem.hessian @ seen,
        drawn,
        alpha,
        int(rule.period),
        rule.tau,
        rule.momentum,
        rule.ridge,
        seen.T @ np.asarray(start, np.float64),
        every,
    )
    return Course(every * np.arange(1, len(logs) + 1), logs)


def _every(rule: TargetRule, steps: int) -> int:
    """Steps between two entries: whole periods, so that what happens inside of one is no swing."""
    if not math.isfinite(rule.period):
        raise UserError("a fitted evaluation takes no gradient steps; give a finite period")
    every = int(rule.period) * max(1, math.ceil(steps / _POINTS / rule.period))
    if steps < 10 * every:
        raise UserError(f"steps must be at least ten periods of {int(rule.period)}, got {steps}")
    return every
