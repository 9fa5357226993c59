"""Losses of answers, held to autograd and to enumeration."""

import itertools
import math

import numpy as np
import pytest
import torch as th

from algorithms.preference.losses import bradley_terry, disagreement, plackett_luce


def drawn(*shape):
    return th.as_tensor(np.random.default_rng(0).normal(size=shape))


def test_a_comparison_costs_its_cross_entropy():
    returns = th.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    loss, _ = bradley_terry(returns, th.tensor([1.0, 0.0, 0.5]))
    first = 1 / (1 + math.exp(-1.0))  # P(first ≻ second)
    expected = [-math.log(first), -math.log(1 - first)]
    assert loss.tolist() == pytest.approx([*expected, sum(expected) / 2])


def test_the_gradient_of_a_comparison_is_autograds():
    returns, target = drawn(7, 2).requires_grad_(), th.rand(7, dtype=th.float64)
    loss, gradient = bradley_terry(returns, target)
    (expected,) = th.autograd.grad(loss.sum(), returns)
    assert th.allclose(gradient, expected)


def test_the_chances_of_all_orders_add_up_to_one():
    returns = drawn(4)
    orders = [list(order) for order in itertools.permutations(range(4))]
    loss, _ = plackett_luce(returns[th.tensor(orders)])
    assert float(loss.neg().exp().sum()) == pytest.approx(1.0)


def test_an_order_costs_what_placing_one_after_the_other_costs():
    worth = drawn(1, 4)
    by_hand, left = 0.0, worth[0].exp().tolist()
    while len(left) > 1:
        by_hand -= math.log(left[0] / sum(left))
        left = left[1:]
    assert float(plackett_luce(worth)[0]) == pytest.approx(by_hand)


def test_the_gradient_of_an_order_is_autograds():
    returns = drawn(5, 4).requires_grad_()
    loss, gradient = plackett_luce(returns)
    (expected,) = th.autograd.grad(loss.sum(), returns)
    assert th.allclose(gradient, expected)


def test_an_order_of_two_is_a_comparison():
    returns = drawn(6, 2)
    ranked, compared = plackett_luce(returns), bradley_terry(returns, th.ones(6))
    for one, other in zip(ranked, compared, strict=True):
        assert th.allclose(one, other)


def test_members_that_say_the_same_do_not_disagree_and_opposite_ones_do_most():
    same = drawn(1, 3, 2).expand(4, 3, 2)
    assert disagreement(same).tolist() == [0.0, 0.0, 0.0]
    opposite = th.tensor([[[50.0, 0.0]], [[0.0, 50.0]]])  # chances 1 and 0: deviation ½
    assert disagreement(opposite).tolist() == pytest.approx([0.5])


def test_disagreement_over_a_set_is_the_mean_over_its_pairs():
    returns = drawn(3, 2, 3)
    pairs = [disagreement(returns[:, :, list(pair)]) for pair in ((0, 1), (0, 2), (1, 2))]
    assert th.allclose(disagreement(returns), sum(pairs) / 3)


def test_disagreement_over_one_segment_is_that_about_its_return():
    assert disagreement(th.tensor([[[1.0]], [[3.0]]])).tolist() == [1.0]
