import numpy as np
from scipy import stats

from simulated_humans.draws import BLOCK, Draws, QueryDraws


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


def asked(draws, *batches):
    """The numbers of batches of (queries, uniforms, normals), one query a row."""
    parts = [draws.next(*batch) for batch in batches]
    return [np.concatenate(form) for form in zip(*parts, strict=True)]


def test_a_querys_numbers_do_not_depend_on_how_queries_are_batched():
    n = 2 * BLOCK + 9
    whole = asked(QueryDraws(5), (n, 3, 2))
    for batches in ([(1, 3, 2)] * n, [(BLOCK - 1, 3, 2), (2, 3, 2), (n - BLOCK - 1, 3, 2)]):
        for a, b in zip(whole, asked(QueryDraws(5), *batches), strict=True):
            assert (a == b).all()


def test_a_querys_numbers_do_not_depend_on_how_many_other_queries_use():
    wide, narrow = QueryDraws(5), QueryDraws(5)
    wide.next(7, 6, 3)
    narrow.next(7, 0)
    uniform, normal = wide.next(4, 2, 1)
    longer, longer_normal = narrow.next(4, 5, 4)
    assert (uniform == longer[:, :2]).all()
    assert (normal == longer_normal[:, :1]).all()


def test_queries_columns_and_seeds_have_numbers_of_their_own_of_the_right_kind():
    a, b = (asked(QueryDraws(seed), (3 * BLOCK, 4, 4)) for seed in (0, 1))
    for x, y in zip(a, b, strict=True):
        assert len(np.unique([x, y])) == 2 * x.size
    assert stats.kstest(a[0].ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(a[1].ravel(), "norm").pvalue > 1e-3


def test_the_running_number_is_the_whole_state_of_query_draws():
    original, other = QueryDraws(9), QueryDraws(9)
    original.next(BLOCK + 7, 2)
    other.next(3, 2)
    other.load_state_dict(original.state_dict())
    assert (original.next(BLOCK, 2)[0] == other.next(BLOCK, 2)[0]).all()
