import numpy as np
from scipy import stats

from simulated_humans.draws import BLOCK, Draws


def take(draws, count):
    rows = [[part.copy() for part in draws.next()] for _ in range(count)]
    return np.array([u for u, _ in rows]), np.array([z for _, z in rows])


def test_a_worlds_numbers_do_not_depend_on_the_other_worlds():
    few, many = take(Draws(5, 2, 3, 4), 2 * BLOCK + 1), take(Draws(5, 6, 3, 4), 2 * BLOCK + 1)
    for a, b in zip(few, many, strict=True):
        assert (a == b[:, :2]).all()


def test_worlds_seeds_and_blocks_have_numbers_of_their_own():
    a, b = take(Draws(0, 3, 2, 2), 3 * BLOCK), take(Draws(1, 3, 2, 2), 3 * BLOCK)
    for x, y in zip(a, b, strict=True):
        assert len(np.unique([x, y])) == 2 * x.size


def test_numbers_are_uniform_and_normal():
    uniform, normal = take(Draws(0, 10, 2, 2), 4 * BLOCK)
    assert stats.kstest(uniform.ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(normal.ravel(), "norm").pvalue > 1e-3


def test_the_counter_is_the_whole_state():
    original = Draws(9, 2, 3, 1)
    take(original, BLOCK + 7)
    other = Draws(9, 2, 3, 1)
    take(other, 3)
    other.load_state_dict(original.state_dict())
    for a, b in zip(take(original, BLOCK), take(other, BLOCK), strict=True):
        assert (a == b).all()
