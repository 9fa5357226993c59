"""A cell of a phase diagram: one rule on one problem, predicted and then carried out blindly."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from algorithms.target_td import measure, prediction
from algorithms.target_td.measure import Course
from algorithms.target_td.problem import LinearProblem
from algorithms.target_td.rules import TargetRule

_SHORTEST, _LONGEST = 20_000, 6_000_000
"""Gradient steps of a course."""

_FAR = math.log(1000.0)
"""How far the last half of a course must take ln error: errors may grow a while and then vanish."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Where a rule is tried.

    Attributes:
        problem: its name.
        discount: γ.
        alpha: α.
        rule: of the target.

    """

    problem: str
    discount: float
    alpha: float
    rule: TargetRule


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was predicted of a cell and what was measured.

    Attributes:
        cell: of which.
        predicted: slope of ln error a step.
        measured: the same of expected updates that were carried out.
        sampled: the same of sampled updates; NaN where there were none.
        at_boundary: whether 2 % of α, 1 − γ, k or τ change the predicted sign.

    """

    cell: Cell
    predicted: float
    measured: float
    sampled: float
    at_boundary: bool

    @property
    def agrees(self) -> bool:
        """Whether prediction and measurement say the same of growth."""
        return (self.predicted > 0) == (self.measured > 0)


def neighbours(cell: Cell, share: float = 0.02) -> list[Cell]:
    """The cells that are `share` away in one of their numbers; periods are rounded away from k."""
    near = []
    for factor in (1.0 - share, 1.0 + share):
        near.append(replace(cell, alpha=cell.alpha * factor))
        near.append(replace(cell, discount=1.0 - (1.0 - cell.discount) * factor))
        if cell.rule.tau < 1.0:
            tau = min(cell.rule.tau * factor, 1.0)
            near.append(replace(cell, rule=replace(cell.rule, tau=tau)))
        else:
            away = np.floor if factor < 1.0 else np.ceil
            period = max(1, int(away(cell.rule.period * factor)))
            near.append(replace(cell, rule=replace(cell.rule, period=period)))
    return near


def settle(problem: LinearProblem, alpha: float, rule: TargetRule) -> float:
    """Slope of expected updates, of a course that is lengthened until its sign is beyond doubt.

    That is where the last half went further than a factor of 1000 and than three times its swings,
    and the last quarter the same way.
    """
    start = np.random.default_rng(0).normal(size=problem.width)
    steps = int(max(_SHORTEST, 40 * rule.period))
    while True:
        course = measure.expected(problem, alpha, rule, start, steps)
        slope = course.slope(0.5)
        if _clear(course, slope) or steps >= _LONGEST:
            return slope
        steps *= 4


def _clear(course: Course, slope: float) -> bool:
    half = len(course.steps) // 2
    x, y = course.steps[half:], course.log_error[half:]
    swings = float(np.ptp(y - slope * x))
    travelled = abs(slope) * float(x[-1] - x[0])
    last = course.slope(0.75)
    return travelled > max(3.0 * swings, _FAR) and last * slope > 0.0


def carry_out(problem: LinearProblem, cell: Cell, near: list[float], sampled_steps: int) -> Outcome:
    """Predict and measure a cell.

    Args:
        problem: of the cell.
        cell: which.
        near: predicted slopes of its neighbours.
        sampled_steps: of a sampled course, at least 50 periods long; 0 for none.

    """
    predicted = prediction.growth(problem, cell.alpha, cell.rule)
    sampled = np.nan
    if sampled_steps:
        steps = max(sampled_steps, 50 * int(cell.rule.period))
        rng = np.random.default_rng(1)
        start = np.ones(problem.width)
        sampled = measure.sampled(problem, cell.alpha, cell.rule, start, steps, rng).slope()
    return Outcome(
        cell=cell,
        predicted=predicted,
        measured=settle(problem, cell.alpha, cell.rule),
        sampled=sampled,
        at_boundary=any((slope > 0) != (predicted > 0) for slope in near),
    )
