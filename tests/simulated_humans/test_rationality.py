"""A learner that knows the choice rule finds the human's rationality in its answers.

Both tests maximise the likelihood by Newton's method and hold the estimate to the standard error
1 / √(Fisher information).
"""

import numpy as np
import pytest
from queries import comparer, show

N = 100_000


def running_spread(returns):
    """[B] standard deviation of all returns up to and including each query."""
    seen = returns.shape[1] * np.arange(1, len(returns) + 1)
    mean = np.cumsum(returns.sum(axis=1)) / seen
    return np.sqrt(np.cumsum((returns**2).sum(axis=1)) / seen - mean**2)


def maximum(slope_and_information):
    """The root of the slope, and the information there."""
    beta = 1.0
    for _ in range(50):
        slope, information = slope_and_information(beta)
        beta += slope / information
    return beta, information


@pytest.mark.parametrize("scale", ["spread", "none"])
@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_beta_is_recovered_from_comparisons(beta, scale):
    returns = np.random.default_rng(0).normal(3.0, 1.0, size=(N, 2))
    choice = comparer(rationality=beta, scale=scale).prefer(show(returns)).choice
    gap = returns[:, 0] - returns[:, 1]
    if scale == "spread":
        gap = gap / running_spread(returns)

    def slope_and_information(b):
        # log σ(±bx) has slope x·(1[first] − p) in b, whose variance is x²·p(1 − p).
        p = 1 / (1 + np.exp(-b * gap))
        return (gap * ((choice == 0) - p)).sum(), (gap**2 * p * (1 - p)).sum()

    found, information = maximum(slope_and_information)
    assert abs(found - beta) <= 3 / np.sqrt(information)
    assert 3 / np.sqrt(information) < 0.05 * beta  # the test has teeth


@pytest.mark.parametrize("scale", ["spread", "none"])
def test_beta_is_recovered_from_rankings(scale):
    beta, size, n = 1.2, 4, N // 2
    returns = np.random.default_rng(1).normal(3.0, 1.0, size=(n, size))
    order = comparer(rationality=beta, scale=scale).rank(show(returns)).order.astype(int)
    utility = np.take_along_axis(returns, order, axis=1)
    if scale == "spread":
        utility = utility / running_spread(returns)[:, None]

    def slope_and_information(b):
        # Stage k: u_k − E u over the alternatives left, p ∝ exp(b u); its variance is Var u. The
        # information is the expected sum; the stages reached stand in for the expectation.
        slope = information = 0.0
        for stage in range(size - 1):
            left = utility[:, stage:]
            p = np.exp(b * (left - left.max(axis=1, keepdims=True)))
            p /= p.sum(axis=1, keepdims=True)
            mean = (p * left).sum(axis=1)
            slope += (left[:, 0] - mean).sum()
            information += ((p * left**2).sum(axis=1) - mean**2).sum()
        return slope, information

    found, information = maximum(slope_and_information)
    assert abs(found - beta) <= 3 / np.sqrt(information)
    assert 3 / np.sqrt(information) < 0.05 * beta
