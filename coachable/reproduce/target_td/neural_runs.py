"""Many small networks that evaluate policies side by side, and what was predicted of each.

As `algorithms.target_td.neural` does it for one network, with a further dimension N for the runs: a
test holds the two to each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch as th
from torch.func import functional_call, grad, vmap

from algorithms.target_td import losses, prediction
from algorithms.target_td.neural import value_network
from algorithms.target_td.problem import LinearProblem
from algorithms.target_td.rules import TargetRule
from algorithms.target_td.tangent import tangent
from algorithms.target_td.warning import EarlyWarning
from coachable.reproduce.target_td import bridge
from envs.finite import solve
from envs.finite.counterexamples import OffPolicyProblem
from teaching import UserError

DISCOUNT = 0.99
EVERY = 15
"""Gradient steps between two readings."""

PERIODS, HIDDEN, ACTIVATIONS = (1, 5, 25), (4, 8), ("tanh",)
ACTIVATIONS_OF = {"relu": th.relu, "tanh": th.tanh}
TENFOLD = 10.0


@dataclass(frozen=True, eq=False)
class Run:
    """One of the runs.

    Attributes:
        seed: of everything about it.
        problem: what it learns on, of unit feature size and values of about 1.
        features: [S, d] of the states.
        visits: [S] how often the data leave each.
        truth: [S] V^π.
        hidden: units.
        activation: of these.
        period: k.
        alpha: α.

    """

    seed: int
    problem: LinearProblem
    features: np.ndarray
    visits: np.ndarray
    truth: np.ndarray
    hidden: int
    activation: str
    period: int
    alpha: float


def draw_run(seed: int) -> Run:
    """A random off-policy problem, a network, a period and a step size."""
    rng = np.random.default_rng([seed, 0x4E])
    example, visits = _example(rng)
    mdp = example.mdp
    chain = np.einsum("sa,sat->st", example.target, mdp.transition)
    reward = (1.0 - DISCOUNT) * (example.target * mdp.reward).sum(axis=1)
    scale = math.sqrt(visits @ (example.features**2).sum(axis=1))
    features = example.features / scale
    return Run(
        seed=seed,
        problem=LinearProblem.of_chain(chain, reward, visits, features, DISCOUNT),
        features=features,
        visits=visits,
        truth=np.linalg.solve(np.eye(len(chain)) - DISCOUNT * chain, reward),
        hidden=int(rng.choice(HIDDEN)),
        activation=str(rng.choice(ACTIVATIONS)),
        period=int(rng.choice(PERIODS)),
        alpha=float(np.exp(rng.uniform(np.log(0.05), np.log(0.5)))),
    )


def _example(rng: np.random.Generator) -> tuple[OffPolicyProblem, np.ndarray]:
    """An MDP on which linear TD diverges: most networks do not, even there."""
    while True:
        example = bridge.random_off_policy(int(rng.integers(2**31)), DISCOUNT)
        try:
            visits = solve.stationary(example.mdp, example.behaviour)
        except UserError:
            continue
        linear = bridge.of_chain(example, visits)
        alpha = 0.5 / linear.eigen[0][-1]
        if not prediction.stable(linear, alpha, TargetRule.td()):
            return example, visits


@dataclass(frozen=True, eq=False)
class Course:
    """What became of a run.

    Attributes:
        run: which.
        error: [readings] value error over the first one.
        growth: [readings] predicted slope of ln error a step.
        size: [readings] root mean square of the values over r_max / (1 − γ), which none exceeds.

    """

    run: Run
    error: np.ndarray
    growth: np.ndarray
    size: np.ndarray

    @property
    def grown_at(self) -> int | None:
        """The reading at which the error has grown tenfold, None if it never does."""
        grown = ~(self.error < TENFOLD)  # what is no number has grown too
        return int(grown.argmax()) if grown.any() else None

    def warned_at(self, warning: EarlyWarning) -> int | None:
        """The reading at which a fresh warning goes off, None if it does not."""
        for i, (growth, size) in enumerate(zip(self.growth, self.size, strict=True)):
            if warning.take_in(float(growth), float(size), i):
                return i
        return None


def carry_out(runs: list[Run], steps: int) -> list[Course]:
    """Train runs that share hidden units and activation, all at once."""
    squash = ACTIVATIONS_OF[runs[0].activation]
    networks = [value_network(r.problem.width, [r.hidden], r.activation, r.seed) for r in runs]
    weights = {
        name: th.stack([dict(n.named_parameters())[name].detach() for n in networks])
        for name, _ in networks[0].named_parameters()
    }
    target = {name: p.clone() for name, p in weights.items()}
    rows = [_stack(runs, i) for i in range(5)]
    states = _tensor(np.stack([r.features for r in runs]))
    truth = _tensor(np.stack([r.truth for r in runs]))
    visits = _tensor(np.stack([r.visits for r in runs]))
    alpha = _tensor([r.alpha for r in runs])
    period = th.tensor([r.period for r in runs])
    bound = rows[2].abs().amax(1) / (1.0 - DISCOUNT)

    def values(parameters: dict[str, th.Tensor], features: th.Tensor) -> th.Tensor:
        """[N, B] of features [N, B, d], by the networks' layers one after the other."""
        *hidden, last = parameters.values()
        for layer in hidden:
            features = squash(features @ layer.mT)
        return (features @ last.mT)[:, :, 0]

    def one(parameters: dict[str, th.Tensor], row: th.Tensor) -> th.Tensor:
        return functional_call(networks[0], parameters, (row[None],))[0, 0]

    tangents = vmap(vmap(grad(one), in_dims=(None, 0)))
    readings: list[list[np.ndarray]] = []
    for step in range(steps + 1):
        if step % EVERY == 0:
            with th.no_grad():
                value = values(weights, states)
                error = (visits * (value - truth) ** 2).sum(1).sqrt()
                size = (visits * value**2).sum(1).sqrt() / bound
            now, then = tangents(weights, rows[0]), tangents(target, rows[1])
            growth = np.array([_growth(now, then, rows, run, i) for i, run in enumerate(runs)])
            readings.append([error.numpy(), growth, size.numpy()])
        learning = {name: p.requires_grad_() for name, p in weights.items()}
        with th.no_grad():
            following = values(target, rows[1])
        delta = losses.td_error(values(learning, rows[0]), rows[2], following, DISCOUNT)
        # Runs share nothing: the gradient of the sum holds the gradient of each.
        loss = losses.squared_loss(delta, rows[3], rows[4])
        gradient = dict(zip(learning, th.autograd.grad(loss, list(learning.values())), strict=True))
        due = (step + 1) % period == 0
        for name, p in weights.items():
            each = (-1, *[1] * (p.dim() - 1))
            weights[name] = (p - alpha.view(each) * gradient[name]).detach()
            target[name] = th.where(due.view(each), weights[name], target[name])
    error, growth, size = np.array(readings).transpose(1, 2, 0)
    return [
        Course(run, e / e[0], g, s) for run, e, g, s in zip(runs, error, growth, size, strict=True)
    ]


def _growth(now: dict, then: dict, rows: list[th.Tensor], run: Run, i: int) -> float:
    features = th.cat([part[i].flatten(1) for part in now.values()], dim=1)
    following = th.cat([part[i].flatten(1) for part in then.values()], dim=1)
    local = tangent(features, DISCOUNT * following, rows[3][i] * rows[4][i])
    return prediction.growth_of(local, run.alpha, TargetRule.every(run.period))


def _stack(runs: list[Run], part: int) -> th.Tensor:
    """[N, B, ...] of one part of the batches, padded with rows of no weight."""
    batches = [np.asarray(r.problem.everything()[part]) for r in runs]
    longest = max(len(b) for b in batches)
    padded = [np.pad(b, [(0, longest - len(b)), *[(0, 0)] * (b.ndim - 1)]) for b in batches]
    return _tensor(np.stack(padded))


def _tensor(array: object) -> th.Tensor:
    return th.tensor(np.asarray(array), dtype=th.float32)
