import numpy as np
import pytest

from simulated_humans.running import Running


def values(seed=0, n=50, size=3, features=2):
    return np.random.default_rng(seed).normal([1.0, -4.0], [1.0, 0.1], (n, size, features))


def test_mean_and_spread_are_those_of_everything_up_to_each_query():
    x = values()
    mean, spread = Running().add(x)
    for query in (0, 1, 20, 49):
        so_far = x[: query + 1].reshape(-1, 2)
        assert mean[query] == pytest.approx(so_far.mean(axis=0))
        assert spread[query] == pytest.approx(so_far.std(axis=0))


def test_a_memory_weighs_queries_by_their_age():
    x, memory = values(1), 5
    mean, spread = Running(memory).add(x)
    weight = np.repeat((1 - 1 / memory) ** np.arange(49, -1, -1), 3)
    flat = x.reshape(-1, 2)
    wanted = np.average(flat, axis=0, weights=weight)
    assert mean[-1] == pytest.approx(wanted)
    square = np.average((flat - wanted) ** 2, axis=0, weights=weight)
    assert spread[-1] == pytest.approx(np.sqrt(square))


@pytest.mark.parametrize("memory", [None, 1, 7])
def test_batches_make_no_difference_in_any_bit(memory):
    x = values(2)
    whole = Running(memory)
    at_once = whole.add(x)
    parted = Running(memory)
    parts = [parted.add(x[i : i + 1]) for i in range(len(x))]
    for together, apart in zip(at_once, zip(*parts, strict=True), strict=True):
        assert (together == np.concatenate(apart)).all()
    resumed = Running(memory)
    resumed.load_state_dict(whole.state_dict())
    for a, b in zip(whole.add(x), resumed.add(x), strict=True):
        assert (a == b).all()


def test_a_large_mean_does_not_drown_the_spread():
    x = 1e9 + values(3)
    assert Running().add(x)[1][-1] == pytest.approx(x.reshape(-1, 2).std(axis=0), rel=1e-6)


def test_what_never_varies_has_no_spread_at_all():
    mean, spread = Running().add(np.full((10, 3, 1), 0.1))
    assert (spread == 0).all()
    assert (mean == 0.1).all()
