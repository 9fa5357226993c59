"""Forms of judgement: what a human who knows the task thinks of an action.

A form compares an action's merit with a bar, 0 being the bar of an unbiased human. Which merit,
and how the judgement grows with it, is the form:

    ============ ==================================== =================================
    form         merit of action a in state s         judgement, bar b
    ============ ==================================== =================================
    task         r(s, a)                              merit − b
    action       Q*(s, a) − max Q*(s, ·)              +1 where merit ≥ b, −1 elsewhere
    closeness    Q*(s, a) − max Q*(s, ·)              merit − b
    improvement  Q*(s, a) − E_π Q*(s, ·)              sign of merit − b with a dead zone
    advantage    Q*(s, a) − E_π Q*(s, ·)              merit − b
    diminishing  Q*(s, a) − max Q*(s, ·)              as action, but praise turns to 0
                                                      with probability π(a|s)
    progress     way gained, of an expert's step      merit − b
    ============ ==================================== =================================

π is the learner's policy. Source: the trainers of COACH (MacGlashan et al. 2017) and what it says
of them: task, action and improvement feedback, feedback as a sample of the advantage, and
diminishing returns. Improvement is measured by Q*: the sign of the learner's own advantage
would praise staying where it is as soon as that is what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gymnasium as gym
import numpy as np

from simulated_humans.gates import ActionDistance
from teaching import Oracle, UserError, View

FORMS = ("task", "action", "closeness", "improvement", "advantage", "diminishing", "progress")
OF_THE_POLICY = ("improvement", "advantage", "diminishing")

_BY_ACTION = frozenset({"action", "closeness", "diminishing"})
"""Forms whose merit is a distance from the expert's action where there are no values."""

_TIE = 1e-6
"""Two values are the same if they differ by less than this share of the larger, or of 1."""


def regret_merit(q: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Q*(s, a) − max Q*(s, ·): 0 for the best actions, ties included, and negative for others.

    Args:
        q: [N, actions] values.
        column: [N] int, which action.

    """
    best = q.max(axis=1)
    return _without_rounding(q[np.arange(len(q)), column] - best, q)


def policy_merit(q: np.ndarray, column: np.ndarray, probs: np.ndarray) -> np.ndarray:
    """Q*(s, a) − Σ_b π(b|s) Q*(s, b): how much better than what the learner does on average.

    Args:
        q: [N, actions] values.
        column: [N] int, which action.
        probs: [N, actions] the learner's probabilities.

    """
    average = np.einsum("na,na->n", q, probs)
    return _without_rounding(q[np.arange(len(q)), column] - average, q)


def right_or_wrong(merit: np.ndarray, bar: np.ndarray | float) -> np.ndarray:
    """[N] +1 where the merit, at most 0, reaches the bar and −1 elsewhere.

    A bar above 0 is one at 0: nobody can ask for better than the best.
    """
    return np.where(merit >= np.minimum(bar, 0.0), 1.0, -1.0)


def better_or_worse(merit: np.ndarray, bar: np.ndarray | float, dead_zone: float) -> np.ndarray:
    """[N] sign of merit − bar, and 0 where they differ by no more than the dead zone."""
    excess = merit - bar
    return np.where(np.abs(excess) <= dead_zone, 0.0, np.sign(excess))


def diminish(verdict: np.ndarray, prob: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Praise for an action that the learner takes with probability `prob` is left out as often.

    All arguments and the result are [N]; `uniform` is in [0, 1).
    """
    return np.where((verdict > 0) & (uniform < prob), 0.0, verdict)


def _without_rounding(merit: np.ndarray, q: np.ndarray) -> np.ndarray:
    tie = _TIE * np.maximum(np.abs(q).max(axis=1), 1.0)
    return np.where(np.abs(merit) <= tie, 0.0, merit)


class Judge:
    """What an expert thinks of N proposed actions, in one or more forms.

    Where actions are continuous, the merit of `action` and `closeness` is minus the distance from
    the expert's action in half-ranges (see `gates.ActionDistance`), and the bar is at −threshold.
    Where they are discrete and the expert has no values, only its own action counts as optimal.
    """

    def __init__(
        self,
        forms: Sequence[str],
        oracle: Oracle,
        action_space: gym.Space,
        dead_zone: float,
        threshold: float,
    ):
        """Raise UserError for a form that this expert or these actions do not admit of."""
        for form in forms:
            _check(form, oracle, action_space)
        self._forms = tuple(forms)
        self._oracle = oracle
        self._dead_zone = dead_zone
        self._shape = action_space.shape or ()
        self._distance: ActionDistance | None = None
        self._bar = 0.0
        if isinstance(action_space, gym.spaces.Discrete):
            self._first, self._n = int(action_space.start), int(action_space.n)
        by_distance = oracle.q_values is None or isinstance(action_space, gym.spaces.Box)
        if _BY_ACTION & set(forms) and by_distance:
            self._distance = ActionDistance(threshold, action_space)
            self._bar = -threshold

    def judge(self, view: View, bar: np.ndarray | float, uniform: np.ndarray) -> np.ndarray:
        """[forms, N] float64, the judgements of each form.

        Args:
            view: of N worlds.
            bar: [N] or for all, how far each world's bar is from the unbiased one.
            uniform: [N] in [0, 1), for praise that diminishes.

        Raises:
            UserError: the expert's answer has a wrong shape or is not a number, or the learner
                shows no action probabilities to a form that needs them.

        """
        probs = self._probs(view)
        q = self._q(view)
        judgements = []
        for form in self._forms:
            if form == "task":
                judgements.append(self._reward(view) - bar)
            elif form == "progress":
                judgements.append(self._progress(view) - bar)
            elif form == "closeness":
                judgements.append(self._regret(view, q) - (self._bar + bar))
            elif form in ("action", "diminishing"):
                verdict = right_or_wrong(self._regret(view, q), self._bar + bar)
                if form == "diminishing":
                    prob = probs[np.arange(len(probs)), self._column(view)]
                    verdict = diminish(verdict, prob, uniform)
                judgements.append(verdict)
            else:
                merit = policy_merit(q, self._column(view), probs)
                if form == "improvement":
                    judgements.append(better_or_worse(merit, bar, self._dead_zone))
                else:
                    judgements.append(merit - bar)
        return np.stack(judgements)

    def _regret(self, view: View, q: np.ndarray) -> np.ndarray:
        if self._distance is None:
            return regret_merit(q, self._column(view))
        expert = np.asarray(self._oracle.action(view.obs))
        _expect("action", expert, (len(view.step), *self._shape))
        return -self._distance.score(view, expert)

    def _column(self, view: View) -> np.ndarray:
        return np.asarray(view.proposed_action).astype(np.int64) - self._first

    def _reward(self, view: View) -> np.ndarray:
        assert self._oracle.reward is not None
        reward = np.asarray(self._oracle.reward(view.obs, view.proposed_action), np.float64)
        _expect("reward", reward, (len(view.step),))
        return reward

    def _progress(self, view: View) -> np.ndarray:
        assert self._oracle.progress is not None
        gained = np.asarray(self._oracle.progress(view.obs, view.proposed_action), np.float64)
        _expect("progress", gained, (len(view.step),))
        return gained

    def _q(self, view: View) -> np.ndarray:
        """[N, actions], or nothing where no form reads it."""
        by_value = _BY_ACTION if self._distance is None else frozenset()
        if not set(self._forms) & ({"improvement", "advantage"} | by_value):
            return np.empty((0, 0))
        assert self._oracle.q_values is not None
        q = np.asarray(self._oracle.q_values(view.obs), np.float64)
        _expect("q_values", q, (len(view.step), self._n))
        return q

    def _probs(self, view: View) -> np.ndarray:
        """[N, actions], or nothing where no form reads it."""
        needing = [form for form in self._forms if form in OF_THE_POLICY]
        if not needing:
            return np.empty((0, 0))
        if view.action_probs is None:
            raise UserError(
                f"human.form={needing[0]} judges an action against the learner's own policy, and "
                "this learner shows no action probabilities: choose an algorithm that does, or "
                "human.form=action"
            )
        probs = np.asarray(view.action_probs, np.float64)
        if probs.shape != (len(view.step), self._n):
            raise UserError(
                f"the learner's action probabilities must have shape {(len(view.step), self._n)} "
                f"(worlds first), got {probs.shape}"
            )
        return probs


def _check(form: str, oracle: Oracle, action_space: gym.Space) -> None:
    discrete = isinstance(action_space, gym.spaces.Discrete)
    if form in OF_THE_POLICY and not discrete:
        raise UserError(
            f"human.form={form} weighs the probabilities of discrete actions, and this task has "
            f"{action_space}: choose human.form=action or task"
        )
    judged = isinstance(action_space, gym.spaces.Box | gym.spaces.Discrete)
    if form in ("action", "closeness") and not judged:
        raise UserError(f"human.form={form} can judge Box and Discrete actions, not {action_space}")
    needed: dict[str, tuple[str, Callable | None]] = {
        "task": ("reward", oracle.reward),
        "improvement": ("q_values", oracle.q_values),
        "advantage": ("q_values", oracle.q_values),
        "progress": ("progress", oracle.progress),
    }
    name, ability = needed.get(form, ("action", oracle.action))
    if ability is None:
        raise UserError(
            f"human.form={form} needs an expert with {name}, which this one lacks: "
            "choose another expert (human.expert) or human.form=action"
        )


def _expect(name: str, answer: np.ndarray, shape: tuple[int, ...]) -> None:
    if answer.shape != shape:
        raise UserError(
            f"the expert's {name} must have shape {shape} (worlds first), got {answer.shape}; "
            "mend human.expert"
        )
    if not np.isfinite(answer).all():
        shown = " ".join(np.array2string(answer, threshold=6, separator=", ").split())
        raise UserError(f"the expert's {name} must be finite, got {shown}; mend human.expert")
