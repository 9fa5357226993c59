"""Each loss against numbers worked out by hand, finite differences, and a closed form."""

import numpy as np
import pytest
import torch as th

from algorithms.pvp import losses


def column(*values):
    return th.tensor(values, dtype=th.float64).unsqueeze(1)


def test_the_labels_by_hand():
    # Rows: taken over; the novice's own; taken over, and the human did as the novice would.
    loss = losses.proxy_value_loss(
        q_behavior=column(0.5, 7.0, 2.0),
        q_novice=column(-0.5, 9.0, 2.0),
        takeover=column(1, 0, 1),
        differs=column(1, 1, 0),
    )
    praise = ((0.5 - 1) ** 2 + 0 + (2 - 1) ** 2) / 3
    blame = ((-0.5 + 1) ** 2 + 0 + 0) / 3
    assert loss.item() == pytest.approx(praise + blame)


@pytest.mark.parametrize("seed", range(5))
def test_a_batch_without_a_takeover_has_no_label_loss_whatever_the_values(seed):
    rng = np.random.default_rng(seed)
    q_behavior = th.tensor(rng.normal(scale=100, size=(8, 1)), requires_grad=True)
    q_novice = th.tensor(rng.normal(scale=100, size=(8, 1)), requires_grad=True)
    loss = losses.proxy_value_loss(q_behavior, q_novice, th.zeros(8, 1), th.ones(8, 1))
    assert loss.item() == 0.0
    loss.backward()
    assert not q_behavior.grad.any()
    assert not q_novice.grad.any()


def test_the_mask_stands_inside_the_mean():
    """The public code has mean(I) · mean((Q - 1)²): there a novice's step shares in the label."""
    takeover = column(1, 0)
    q = th.tensor([[1.0], [5.0]], dtype=th.float64, requires_grad=True)
    loss = losses.proxy_value_loss(q, column(-1, -1), takeover, column(1, 1))
    assert loss.item() == 0.0  # the human's step is at its label
    public = takeover.mean() * (q - 1).square().mean()
    assert public.item() == pytest.approx(0.5 * (5 - 1) ** 2 / 2)
    loss.backward()
    assert q.grad[1].item() == 0.0


def test_where_the_human_does_as_the_novice_there_is_praise_and_no_blame():
    q = column(0.0)
    assert losses.proxy_value_loss(q, q, column(1), column(0)).item() == 1.0
    assert losses.proxy_value_loss(q, q, column(1), column(1)).item() == 2.0


def test_the_td_target_has_no_reward_and_stops_at_the_end():
    target = losses.td_target(column(2.0, 2.0, -1.0), column(0, 1, 0), 0.9)
    assert target.flatten().tolist() == pytest.approx([1.8, 0.0, -0.9])


def test_the_td_losses_by_hand_and_on_the_steps_that_count_alone():
    q, target = column(1.0, 3.0, 0.0, 50.0), column(0.5, 1.0, 0.25, 0.0)
    every, some = column(1, 1, 1, 0), column(1, 0, 1, 0)
    # Half of the squares of 0.5, 2, 0.25, over all 4 rows.
    squares = losses.td_loss_continuous(q, target, every).item()
    assert squares == pytest.approx(0.5 * (0.25 + 4 + 0.0625) / 4)
    assert losses.td_loss_continuous(q, target, some).item() == pytest.approx(0.5 * 0.3125 / 4)
    # Huber: e²/2 up to 1, |e| - 1/2 beyond.
    huber = losses.td_loss_discrete(q, target, every).item()
    assert huber == pytest.approx((0.125 + 1.5 + 0.03125) / 4)
    assert losses.td_loss_discrete(q, target, some).item() == pytest.approx(0.15625 / 4)


def test_cloning_is_a_mean_over_the_humans_steps():
    action = th.tensor([[0.0, 1.0], [5.0, 5.0], [1.0, 1.0]], dtype=th.float64)
    human = th.tensor([[1.0, 1.0], [0.0, 0.0], [0.0, -1.0]], dtype=th.float64)
    loss = losses.cloning_loss_continuous(action, human, column(1, 0, 1))
    assert loss.item() == pytest.approx(((1 + 0) / 2 + (1 + 4) / 2) / 2)
    assert losses.cloning_loss_continuous(action, human, column(0, 0, 0)).item() == 0.0


def test_discrete_cloning_is_the_mean_surprise_at_the_humans_action():
    logits = th.log(th.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.2, 0.2, 0.6]]).double())
    human = th.tensor([[0], [0], [2]])
    loss = losses.cloning_loss_discrete(logits, human, column(1, 0, 1))
    assert loss.item() == pytest.approx(-(np.log(0.5) + np.log(0.6)) / 2)
    assert losses.cloning_loss_discrete(logits, human, column(0, 0, 0)).item() == 0.0


MASK, OTHER = column(1, 0, 1, 1), column(1, 1, 0, 1)
LABEL = th.tensor([[0], [2], [1], [1]])
DIFFERENTIABLE = {
    # name: (a function of two [4, 3] arrays, of which it uses what it needs)
    "labels": lambda a, b: losses.proxy_value_loss(a[:, :1], b[:, :1], MASK, OTHER),
    "td continuous": lambda a, b: losses.td_loss_continuous(a[:, :1], b[:, :1].detach(), OTHER),
    "td discrete": lambda a, b: losses.td_loss_discrete(a[:, :1], b[:, :1].detach(), OTHER),
    "clone continuous": lambda a, b: losses.cloning_loss_continuous(a, b.detach(), MASK),
    "clone discrete": lambda a, b: losses.cloning_loss_discrete(a, LABEL, MASK),
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_agree_with_finite_differences(name):
    loss = DIFFERENTIABLE[name]
    rng = np.random.default_rng(0)
    points = [th.tensor(rng.normal(size=(4, 3)), requires_grad=True) for _ in range(2)]
    grads = th.autograd.grad(loss(*points), points, allow_unused=True)
    used = points if name == "labels" else points[:1]
    for point, grad in zip(used, grads, strict=False):
        numeric = th.zeros_like(point)
        for i in np.ndindex(*point.shape):
            with th.no_grad():
                point[i] += 1e-6
                above = loss(*points).item()
                point[i] -= 2e-6
                below = loss(*points).item()
                point[i] += 1e-6
            numeric[i] = (above - below) / 2e-6
        assert numeric.any()
        np.testing.assert_allclose(grad.numpy(), numeric.numpy(), atol=1e-8)


def test_blame_falls_on_takeovers_that_changed_the_action_enough():
    action = th.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.5, 0.0]])
    novice = th.tensor([[0.0, 0.0], [0.1, 0.4], [0.9, 0.9], [0.0, 0.1]])
    takeover = column(1, 1, 0, 1)
    # Largest differences: 0, 0.4, 0.9 (the novice's own step), 0.5.
    assert losses.blamed(action, novice, takeover, 0.0).tolist() == [True, True, False, True]
    assert losses.blamed(action, novice, takeover, 0.45).tolist() == [False, False, False, True]


@pytest.mark.parametrize(("label_weight", "td_weight"), [(1.0, 1.0), (0.3, 2.0), (1.0, 0.0)])
def test_the_written_out_critic_gradients_are_those_of_the_losses(label_weight, td_weight):
    rng = np.random.default_rng(1)
    q, novice, target = (th.tensor(rng.normal(size=(6, 1)), requires_grad=True) for _ in range(3))
    takeover, counts = column(1, 0, 1, 0, 1, 1), column(0, 1, 1, 1, 0, 1)
    loss = label_weight * losses.proxy_value_loss(q, novice, takeover, th.ones(6, 1))
    loss = loss + td_weight * losses.td_loss_continuous(q, target.detach(), counts)
    expected_q, expected_novice = th.autograd.grad(loss, [q, novice])
    replaced = takeover[:, 0] > 0
    got_q, got_novice = losses.critic_gradients(
        q, novice[replaced], target, takeover, counts, label_weight, td_weight
    )
    np.testing.assert_allclose(got_q.detach(), expected_q, atol=1e-12)
    np.testing.assert_allclose(got_novice.detach(), expected_novice[replaced], atol=1e-12)
    assert not expected_novice[~replaced].any()


# A chain s0 → s1 → s2 → s3 → end. Action 1 goes on, action 0 stays. Values are a table Q[s, a],
# linear in one-hot features. The rows are fixed:
#   (s, a executed, a of the novice, taken over, first step of it, end, next s)
ROWS = [
    (0, 1, 1, 0, 0, 0, 1),  # the novice's own steps: TD alone
    (1, 0, 0, 0, 0, 0, 1),  # three times, so that the blame below leaves it a TD error under 1
    (1, 0, 0, 0, 0, 0, 1),
    (1, 0, 0, 0, 0, 0, 1),
    (1, 1, 0, 1, 1, 0, 2),  # the human takes over from "stay"; first step: no TD
    (2, 1, 1, 1, 0, 0, 3),  # and holds on where the novice agrees
    (3, 1, 0, 1, 0, 1, 3),  # to the end
    (2, 0, 0, 0, 0, 0, 2),
    (0, 0, 0, 0, 0, 0, 0),
]
GAMMA, TD_WEIGHT = 0.9, 0.7


def fixed_point(policy, differs_mask):
    """Where the semi-gradient of the PVP objective is zero, by a linear system over Q[s, a].

    A row adds  w c (Q(s, b) - γ (1 - d) Q(s', π(s')))  from TD, and from the labels
    2 I (Q(s, b) - 1)  at (s, b)  and  2 I (Q(s, n) + 1)  at (s, n).
    """
    matrix, right = np.zeros((8, 8)), np.zeros(8)
    for s, b, n, taken, first, end, after in ROWS:
        at, blamed, ahead = 2 * s + b, 2 * s + n, 2 * after + policy[after]
        weight = TD_WEIGHT * (1 - first)
        matrix[at, at] += weight
        matrix[at, ahead] -= weight * GAMMA * (1 - end)
        matrix[at, at] += 2 * taken
        right[at] += 2 * taken
        if taken and (b != n or not differs_mask):
            matrix[blamed, blamed] += 2
            right[blamed] -= 2
    assert np.linalg.matrix_rank(matrix) == 8  # every state and action is there
    return np.linalg.solve(matrix, right).reshape(4, 2)


def descend(form, policy=None):
    """Gradient descent on the losses from zero; `policy` None bootstraps on the greedy action."""
    s, b, n, taken, first, end, after = (th.tensor(values) for values in zip(*ROWS, strict=True))
    taken, first, end = (mask.double().unsqueeze(1) for mask in (taken, first, end))
    differs = (b != n).double().unsqueeze(1) if form == "discrete" else th.ones_like(taken)
    table = th.zeros(4, 2, dtype=th.float64, requires_grad=True)
    td_loss = getattr(losses, f"td_loss_{form}")
    for _ in range(2500):
        with th.no_grad():
            ahead = table[after].amax(1) if policy is None else table[after, policy[after]]
            target = losses.td_target(ahead.unsqueeze(1), end, GAMMA)
        q_behavior, q_novice = table[s, b].unsqueeze(1), table[s, n].unsqueeze(1)
        loss = losses.proxy_value_loss(q_behavior, q_novice, taken, differs)
        loss = loss + TD_WEIGHT * td_loss(q_behavior, target, 1 - first)
        (grad,) = th.autograd.grad(loss, [table])
        with th.no_grad():
            table -= 1.0 * grad
    return table.detach().numpy()


@pytest.mark.parametrize("policy", [[1, 1, 1, 1], [0, 1, 0, 1]])
def test_descent_on_the_continuous_form_reaches_the_closed_form(policy):
    exact = fixed_point(policy, differs_mask=False)
    np.testing.assert_allclose(descend("continuous", th.tensor(policy)), exact, atol=1e-6)


def test_descent_on_the_discrete_form_reaches_the_closed_form_of_its_own_greedy_policy():
    policy = [1, 1, 1, 1]
    exact = fixed_point(policy, differs_mask=True)
    assert exact.argmax(1).tolist() == policy  # so that greedy bootstrapping is this policy's
    for s, b, _, _, first, end, after in ROWS:  # so that Huber's errors are on its square part
        error = exact[s, b] - GAMMA * (1 - end) * exact[after, policy[after]]
        assert first or abs(error) < 1
    np.testing.assert_allclose(descend("discrete"), exact, atol=1e-6)


def test_in_the_closed_form_the_labels_travel_back_to_where_no_human_was():
    """s0 was never taken over; going on is worth γ of the human's step ahead, staying γ of that."""
    exact = fixed_point([1, 1, 1, 1], differs_mask=True)
    assert exact[0, 1] == pytest.approx(GAMMA * exact[1, 1])
    assert exact[0, 0] == pytest.approx(GAMMA * exact[0, 1])
    assert exact[1, 1] == pytest.approx(1.0)  # TD is left out on the first step: the label alone
    # At the end TD draws the label of 1 towards 0: 0.7 q + 2 (q - 1) = 0.
    assert exact[3, 1] == pytest.approx(2 / 2.7)
    assert exact[3, 0] == pytest.approx(-1.0)
