"""Products with path Jacobians against the matrices written out, on networks of a few weights."""

import numpy as np
import pytest
import torch as th
from test_target_td_linear import random_problem
from torch.func import jacfwd

from algorithms.target_td import prediction
from algorithms.target_td.neural import NeuralEvaluation, value_network
from algorithms.target_td.path import (
    PathJacobian,
    flatten,
    leading,
    one_period,
    project,
    unflatten,
)
from algorithms.target_td.rules import TargetRule

RULES = [
    TargetRule.td(),
    TargetRule.every(7),
    TargetRule.polyak(0.1),
    TargetRule(5, momentum=0.3),
    TargetRule(period=4, tau=0.5, ridge=0.05),
]
ALPHA, DISCOUNT = 0.2, 0.95


def learner(rule=RULES[0], hidden=4):
    """In double precision, with a target that is not its weights."""
    problem = random_problem(3)
    network = value_network(problem.width, [hidden], "tanh", 1).double()
    found = NeuralEvaluation(network, rule, ALPHA, DISCOUNT)
    other = value_network(problem.width, [hidden], "tanh", 2).double()
    found.target = {name: p.detach() for name, p in other.named_parameters()}
    batch = problem.everything()
    return found, type(batch)(*(th.tensor(np.asarray(part), dtype=th.float64) for part in batch))


def dense(jacobian):
    """H̄ and J̄_δ, column by column by `jacfwd`, which knows nothing of products."""
    hessian, coupling = 0.0, 0.0
    for (weights, target), share in zip(jacobian.points, jacobian.shares, strict=True):
        of_weights, of_target = jacfwd(jacobian.step, argnums=(0, 1))(weights, target)
        hessian, coupling = hessian - share * of_weights, coupling + share * of_target
    return hessian, coupling


def period_matrix(hessian, coupling, rule):
    """What a period does to (w, w̄, w̄ before), by multiplying matrices k times."""
    size = len(hessian)
    one, none = np.eye(size), np.zeros((size, size))
    inner = np.block(
        [
            [one - ALPHA * (hessian + rule.ridge * one), ALPHA * coupling, none],
            [none, one, none],
            [none, none, one],
        ]
    )
    old = (1 - rule.tau + rule.momentum) * one
    move = np.block(
        [[one, none, none], [rule.tau * one, old, -rule.momentum * one], [none, one, none]]
    )
    return move @ np.linalg.matrix_power(inner, rule.period)


def test_products_are_those_of_the_matrices():
    found, batch = learner()
    jacobian = found.path_jacobian(batch)
    hessian, coupling = dense(jacobian)
    identity = th.eye(len(hessian), dtype=th.float64)
    assert float((jacobian.hessian(identity) - hessian).abs().max()) < 1e-6
    assert float((hessian - hessian.T).abs().max()) < 1e-6
    assert float((jacobian.coupling(identity) - coupling).abs().max()) < 1e-6
    assert float((jacobian.coupling_transposed(identity) - coupling.T).abs().max()) < 1e-6
    scaled = PathJacobian(jacobian.step, jacobian.points, scale=identity.sum(0) * 2.0)
    assert float((scaled.hessian(identity) - 4.0 * hessian).abs().max()) < 1e-6


def test_the_step_is_the_one_that_is_taken():
    found, batch = learner()
    jacobian = found.path_jacobian(batch)
    start = flatten(dict(found.network.named_parameters()))
    step = jacobian.step(start, flatten(found.target))
    found.step(batch)
    after = flatten(dict(found.network.named_parameters()))
    assert th.allclose(after, start + ALPHA * step, atol=1e-12)


def test_path_means_make_up_the_difference_of_the_steps():
    """The fundamental theorem of calculus, along a line that is not short."""
    found, batch = learner()
    other = 0.7 * th.randn(20, dtype=th.float64, generator=th.Generator().manual_seed(0))
    jacobian = found.path_jacobian(batch, end=other, nodes=40)
    weights, target = flatten(dict(found.network.named_parameters())), flatten(found.target)
    difference = jacobian.step(other, other) - jacobian.step(weights, target)
    made_up = jacobian.coupling((other - target)[:, None]) - jacobian.hessian(
        (other - weights)[:, None]
    )
    assert float((made_up[:, 0] - difference).norm() / difference.norm()) < 1e-6
    here = found.path_jacobian(batch)
    tangent = here.coupling((other - target)[:, None]) - here.hessian((other - weights)[:, None])
    assert float((tangent[:, 0] - difference).norm() / difference.norm()) > 0.1


@pytest.mark.parametrize("rule", RULES)
def test_arnoldi_finds_the_radius_of_a_period_and_so_does_the_projection(rule):
    found, batch = learner(rule)
    jacobian = found.path_jacobian(batch)
    hessian, coupling = (part.numpy() for part in dense(jacobian))
    values = np.linalg.eigvals(period_matrix(hessian, coupling, rule))
    radius = np.abs(values).max()
    size = len(hessian)
    start = th.randn(3 * size, dtype=th.float64, generator=th.Generator().manual_seed(0))
    assert abs(leading(one_period(jacobian, ALPHA, rule), start, 3 * size)) == pytest.approx(
        radius, abs=1e-6
    )
    projected = project(jacobian, start[:size, None], size)
    assert prediction.radius(projected, ALPHA, rule) == pytest.approx(radius, abs=1e-6)


def test_a_few_products_tell_most_of_the_radius():
    """Of 40 weights: half as many dimensions as there are weights."""
    rule = TargetRule.every(7)
    found, batch = learner(rule, hidden=8)
    jacobian = found.path_jacobian(batch)
    hessian, coupling = (part.numpy() for part in dense(jacobian))
    radius = np.abs(np.linalg.eigvals(period_matrix(hessian, coupling, rule))).max()
    weights, target = flatten(dict(found.network.named_parameters())), flatten(found.target)
    start = th.stack([jacobian.step(weights, target), weights - target], dim=1)
    few = prediction.radius(project(jacobian, start, 20), ALPHA, rule)
    assert few == pytest.approx(radius, rel=0.01)
    triple = th.cat([start[:, 0], start[:, 1], start[:, 1]])
    assert abs(leading(one_period(jacobian, ALPHA, rule), triple, 20)) == pytest.approx(
        radius, rel=0.01
    )


def test_flat_weights_are_taken_apart_again():
    network = value_network(3, [4], "tanh", 0)
    named = {name: p.detach() for name, p in network.named_parameters()}
    back = unflatten(flatten(named), {name: p.shape for name, p in named.items()})
    assert all(th.equal(back[name], p) for name, p in named.items())
