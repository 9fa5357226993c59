"""Which two policies to play, where there are too many to list: by backward induction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from algorithms.dueling import kernels, radius
from algorithms.dueling.preference_model import PreferenceModel
from algorithms.dueling.problem import Problem

_GROWN = 1e-3
"""Share of its value by which a step of a climb must gain, for another one to be worth it."""
_CLIMB = 30
"""Steps of one climb, at most."""


@dataclass(slots=True, eq=False)
class Planned:
    """What a rule goes by.

    Attributes:
        problem: with the transitions that are known or believed.
        bonus: [S, A], how much a step may gain by what is not known of the transitions.
        model: of w, of one learner.
        rng: of what is drawn.
        radius_scale: of `radius.scaled`; of the posterior's width in ``lsvi``.
        restarts: climbs of ``ucb`` beside the one that starts where the last round's ended.
        explore: rounds in which ``explore_then_commit`` explores.
        ask_above: expected disagreement under which ``lsvi`` does not ask.
        noise: [S, A], standard deviation of the noise on a step's value in ``lsvi``.
        difference: [d], φ(π¹) − φ(π²) of the last round, or None.
        previous: [H, S], what ``lsvi`` played last, or None.

    """

    problem: Problem
    bonus: np.ndarray
    model: PreferenceModel
    rng: np.random.Generator
    radius_scale: float = 1.0
    restarts: int = 1
    explore: int = 0
    ask_above: float = 0.0
    noise: np.ndarray | None = None
    difference: np.ndarray | None = None
    previous: np.ndarray | None = None

    def best(self, w: np.ndarray) -> np.ndarray:
        """[H, S], for the reward ⟨φ, w⟩ with bonus."""
        return self.problem.best_for(self.problem.rewards(w) + self.bonus)[0]


@dataclass(frozen=True, slots=True, eq=False)
class Duel:
    """Two policies to play.

    Attributes:
        first: [H, S].
        second: [H, S].
        difference: [d], φ(π¹) − φ(π²).
        width: its length in the norm of F⁻¹.
        ask: whether the comparison is worth its price.

    """

    first: np.ndarray
    second: np.ndarray
    difference: np.ndarray
    width: float
    ask: bool = True


def duel(planned: Planned, first: np.ndarray, second: np.ndarray) -> Duel:
    """Two policies, measured."""
    z = planned.problem.embed(first) - planned.problem.embed(second)
    square = float(z @ planned.model.fisher_inverse[0] @ z)
    return Duel(first, second, z, float(np.sqrt(max(square, 0.0))))


def ucb(planned: Planned) -> Duel:
    """argmax ⟨ŵ, φ¹ + φ²⟩ + γ‖φ¹ − φ²‖ + b¹ + b², by climbing from several directions.

    It stands for the most uncertain pair of policies that may be best, and is as good: with ŵ
    within γ of w*, putting π* in the place of either shows that neither loses more than
    2γ‖φ¹ − φ²‖, which is all that the published analysis uses. Unlike that set it can be planned
    for, as the sum is convex in the pair and ⟨c, φ⟩ is maximised by backward induction.
    """
    w, metric = planned.model.w[0], planned.model.fisher_inverse[0]
    gamma = radius.scaled(planned.model.rounds, len(w), planned.radius_scale)
    factor = np.linalg.cholesky(planned.model.fisher[0])
    starts = [*(planned.rng.normal(size=(planned.restarts, len(w))) @ factor.T)]
    if planned.difference is not None:
        starts.append(planned.difference)
    best, most = None, -np.inf
    for start in starts:
        found, value = _climb(planned, w, metric, gamma, start)
        if best is None or value > most:
            best, most = found, value
    assert best is not None
    planned.difference = best.difference if best.width > 0 else None
    return best


def _climb(
    planned: Planned, w: np.ndarray, metric: np.ndarray, gamma: float, start: np.ndarray
) -> tuple[Duel, float]:
    """From a direction of difference to a pair that is the best for its own tangent."""
    problem, bonus = planned.problem, planned.bonus
    base, direction = problem.rewards(w) + bonus, start
    pair, most = None, -np.inf
    for _ in range(_CLIMB):
        along = metric @ direction
        length = np.sqrt(max(float(direction @ along), 1e-300))
        lean = problem.rewards(gamma / length * along)
        (first, one), (second, other) = problem.best_for(base + lean), problem.best_for(base - lean)
        found = duel(planned, first, second)
        # What both are worth with the lean, less the lean: what they are worth by ŵ.
        worth = one + other - gamma / length * float(along @ found.difference)
        value = worth + gamma * found.width
        if pair is not None and value <= most + _GROWN * abs(most):
            break
        pair, most, direction = found, value, found.difference
        if found.width == 0.0:
            break
    assert pair is not None
    return pair, most


def thompson(planned: Planned) -> Duel:
    """The best policies of two draws of w from the Laplace posterior."""
    first, second = (planned.best(w) for w in planned.model.draw(planned.rng, 2)[:, 0])
    return duel(planned, first, second)


def lsvi(planned: Planned) -> Duel:
    """Randomised least-squares value iteration, against the policy of the round before.

    w is a draw from the widened posterior, and each step's value gets noise whose width falls with
    the visits, as least squares on one-hot features has it. Asked only where the answer is open.
    Values are not truncated.

    Source: Wu and Sun (2023), recalled; their features are those of a linear MDP.
    """
    model = planned.model
    w = model.w[0] + planned.radius_scale * (model.draw(planned.rng, 1)[0, 0] - model.w[0])
    rewards = planned.problem.rewards(w)
    if planned.noise is not None:
        shape = (planned.problem.horizon, *planned.noise.shape)
        rewards = rewards + planned.noise * planned.rng.normal(size=shape)
    now, _ = planned.problem.best_for(np.ascontiguousarray(rewards))
    before = now if planned.previous is None else planned.previous
    planned.previous = now
    found = duel(planned, now, before)
    disagreement = 2.0 * planned.radius_scale * found.width / np.sqrt(np.pi)
    return Duel(now, before, found.difference, found.width, disagreement > planned.ask_above)


def random(planned: Planned) -> Duel:
    """Any two."""
    states, actions = planned.problem.transition.shape[:2]
    size = (2, planned.problem.horizon, states)
    return duel(planned, *planned.rng.integers(actions, size=size))


def greedy(planned: Planned) -> Duel:
    """The two that are best by ŵ."""
    best = planned.best(planned.model.w[0])
    return duel(planned, best, _runner_up(planned, best))


def mle(planned: Planned) -> Duel:
    """The one that is best by ŵ, twice: what differs is chance."""
    best = planned.best(planned.model.w[0])
    return duel(planned, best, best)


def explore_then_commit(planned: Planned) -> Duel:
    """Any two for some rounds, and from then on the best by ŵ, which is asked about no more."""
    if planned.model.rounds < planned.explore:
        return random(planned)
    best = planned.best(planned.model.w[0])
    return Duel(best, best, np.zeros(planned.problem.dim), 0.0, ask=False)


def _runner_up(planned: Planned, best: np.ndarray) -> np.ndarray:
    """[H, S], the best policy that differs from the best one in what it does somewhere it goes.

    To take another action once and to go on optimally loses the visits there times the gap; the
    policy with the least such loss is the second best.
    """
    problem = planned.problem
    rewards = np.broadcast_to(
        problem.rewards(planned.model.w[0]) + planned.bonus,
        (problem.horizon, *problem.transition.shape[:2]),
    )
    seen = kernels.visits(problem.following, problem.chance, problem.initial, best)
    later, least, second = np.zeros(len(problem.initial)), np.inf, best
    for h in reversed(range(problem.horizon)):
        q = rewards[h] + (problem.chance * later[problem.following]).sum(axis=2)
        later = np.take_along_axis(q, best[h][:, None], axis=1)[:, 0]
        loss = seen[h][:, None] * (later[:, None] - q)
        loss[seen[h] == 0.0] = np.inf
        np.put_along_axis(loss, best[h][:, None], np.inf, axis=1)
        state, action = np.unravel_index(int(loss.argmin()), loss.shape)
        if loss[state, action] < least:
            least, second = float(loss[state, action]), best.copy()
            second[h, state] = action
    return second


RULES: dict[str, Callable[[Planned], Duel]] = {
    "ucb": ucb,
    "thompson": thompson,
    "lsvi": lsvi,
    "random": random,
    "greedy": greedy,
    "mle": mle,
    "explore_then_commit": explore_then_commit,
}
