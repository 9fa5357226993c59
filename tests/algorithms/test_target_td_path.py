"""Products with path Jacobians against the matrices written out, on networks of a few weights."""

import numpy as np
import pytest
import torch as th
from test_target_td_linear import random_problem
from tiny import Line
from tiny_learners import SMALL, build
from torch.func import jacfwd

from algorithms.baselines.agent import DQN
from algorithms.baselines.config import DQNConfig
from algorithms.pvp import losses
from algorithms.target_td import prediction, watched
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
from algorithms.target_td.tangent import Tangent
from algorithms.target_td.views import Rows, look, step_of

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


@pytest.mark.parametrize("rule", [r for r in RULES if not r.ridge])
@pytest.mark.parametrize("averaged", [0.0, 0.9])
def test_growth_is_that_of_steps_along_averaged_gradients(rule, averaged):
    """A push carried through many periods of w ← w − α m, m ← β₁ m + (1 − β₁) gradient."""
    problem = random_problem(3)
    alpha = 6.0 / problem.eigen[0][-1]
    rng = np.random.default_rng(0)
    weights, target = rng.normal(size=(2, problem.width))
    before, m, slopes = target.copy(), np.zeros(problem.width), []
    for period in range(600):
        for _ in range(rule.period):
            gradient = problem.hessian @ weights - problem.delta_jacobian @ target
            m = averaged * m + (1 - averaged) * gradient
            weights = weights - alpha * m
        moved = (1 - rule.tau) * target + rule.tau * weights + rule.momentum * (target - before)
        before, target = target, moved
        size = np.sqrt((weights**2).sum() + (target**2).sum())
        if period >= 300:
            slopes.append(np.log(size) / rule.period)
        weights, target, before, m = (part / size for part in (weights, target, before, m))
    predicted = prediction.growth_of(problem, alpha, rule, averaged)
    assert predicted == pytest.approx(np.mean(slopes), abs=2e-3)


@pytest.mark.parametrize(("averaged", "most"), [(0.0, 2.0), (0.5, 6.0), (0.9, 38.0)])
def test_averaged_gradients_bear_longer_steps_on_a_fixed_target(averaged, most):
    """A fixed target is one that nothing depends on; the bound is 2 (1 + β₁) / (1 − β₁)."""
    problem = Tangent(np.diag([0.5, 1.0]), np.zeros((2, 2)))
    for share, grows in ((0.99, False), (1.01, True)):
        growth = prediction.growth_of(problem, share * most, TargetRule.every(50), averaged)
        assert (growth > 0) == grows


def test_an_inner_loop_that_explodes_over_a_long_period_is_still_a_number():
    problem = random_problem(3)
    alpha = 8.0 / problem.eigen[0][-1]
    growth = prediction.growth_of(problem, alpha, TargetRule.every(10_000))
    assert growth == pytest.approx(np.log(7.0))


def test_flat_weights_are_taken_apart_again():
    network = value_network(3, [4], "tanh", 0)
    named = {name: p.detach() for name, p in network.named_parameters()}
    back = unflatten(flatten(named), {name: p.shape for name, p in named.items()})
    assert all(th.equal(back[name], p) for name, p in named.items())


@pytest.mark.parametrize("loss", ["huber", "squared"])
def test_the_monitor_looks_at_the_learners_own_loss(loss):
    """Its gradient, against autograd's of what Stable-Baselines3 minimises, with errors above 1."""
    config = DQNConfig(loss=loss, gamma=0.9, **{**SMALL, "learning_starts": 1000})
    model = DQN(Line(), config, 3).learn(60).model
    model.replay_buffer.rewards[::2] += 3.0
    with watched.undisturbed(model, np.random.default_rng(0)):
        rows = Rows(model, *watched.draw_rows(model, 32))
    assert float(rows.delta.abs().min()) < 1.0 < float(rows.delta.abs().max())
    with th.no_grad():
        following = model.q_net_target(rows.next_obs).amax(dim=1)
        target = rows.reward + rows.discount * following
    value = model.q_net(rows.obs).gather(1, rows.action.long())[:, 0]
    of = th.nn.functional.smooth_l1_loss if loss == "huber" else th.nn.functional.mse_loss
    theirs = th.autograd.grad(of(value, target), list(model.q_net.parameters()))
    ours = step_of(rows)(flatten(rows.network), flatten(rows.target))
    assert th.allclose(-ours, th.cat([g.flatten() for g in theirs]), atol=1e-6)


def test_where_huber_has_no_curvature_only_the_path_says_so():
    config = DQNConfig(**{**SMALL, "learning_starts": 1000})
    learner = DQN(Line(), config, 3).learn(60)
    learner.model.replay_buffer.rewards += 100.0
    view = look(learner, 32, np.random.default_rng(0))
    assert view.tangent.eigen[0].max() > 0.01
    straight = (view.path.eigen[0] > 1e-3).sum()
    assert straight < len(view.path.eigen[0])


@pytest.mark.parametrize("name", ["pvp continuous", "pvp discrete"])
def test_the_monitor_looks_at_pvps_losses(name):
    """TD without reward and the label of the human's action, against PVP's own functions."""
    model = build(name).learn(128).model
    with watched.undisturbed(model, np.random.default_rng(0)):
        rows = Rows(model, *watched.draw_rows(model, 32))
    takeover = rows.labelled.float()
    assert 0.0 < float(takeover.mean()) < 1.0 and rows.bound == 1.0
    with th.no_grad():
        following = watched.next_of(model, rows.next_obs)[0]
    value = watched.of_all(rows.q, rows.network, rows.obs, rows.action)
    td_of = losses.td_loss_discrete if "discrete" in name else losses.td_loss_continuous
    td = td_of(value, rows.discount * following, th.ones_like(value))
    label = losses.proxy_value_loss(value, value, takeover, th.zeros_like(value))
    whole = model.config.td_weight * td + model.config.label_weight * label
    theirs = th.autograd.grad(whole, list(rows.network.values()))
    ours = step_of(rows)(flatten(rows.network), flatten(rows.target))
    assert th.allclose(-ours, th.cat([g.flatten() for g in theirs]), atol=1e-6)
