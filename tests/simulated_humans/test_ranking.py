from itertools import permutations

import numpy as np
import pytest
from queries import comparer, rows, show, within

from teaching import Prices, UserError

N = 100_000


def counts(order):
    """How often each permutation came up."""
    keys = [tuple(row) for row in permutations(range(order.shape[1]))]
    digits = 10 ** np.arange(order.shape[1])
    code = (order * digits).sum(axis=1)
    return {key: int((code == np.dot(key, digits)).sum()) for key in keys}


def plackett_luce(utility, beta):
    """P(order), by Luce's choices one after the other."""
    weight = np.exp(beta * np.asarray(utility))
    return {
        order: float(
            np.prod([weight[k] / weight[list(order[i:])].sum() for i, k in enumerate(order)])
        )
        for order in permutations(range(len(utility)))
    }


def test_a_rational_human_ranks_by_return():
    returns = np.random.default_rng(0).normal(size=(500, 7))
    order = comparer().rank(show(returns)).order
    assert order.dtype == np.int8
    assert (order == np.argsort(-returns, axis=1)).all()


def test_rankings_are_drawn_from_plackett_luce():
    utility, beta = [1.0, 0.0, 0.4], 1.3
    human = comparer(rationality=beta, scale="none")
    found = counts(human.rank(show(np.tile(utility, (N, 1)))).order)
    for order, p in plackett_luce(utility, beta).items():
        assert within(found[order], N, p), order


def test_two_segments_are_ranked_as_they_are_compared():
    pairs = show(np.random.default_rng(1).normal(size=(N, 2)))
    settings = {"rationality": 0.8, "mistake": 0.1, "confusion": 1.0}
    gap = pairs.obs[:, 0, 0, 0] - pairs.obs[:, 1, 0, 0]
    # Two people with two seeds: alike in distribution, whatever the gap.
    ranked = comparer(1, **settings).rank(pairs).order[:, 0] == 0
    compared = comparer(2, **settings).prefer(pairs).choice == 0
    assert (ranked != compared).any()
    for low, high in ((-9, -1), (-1, -0.2), (-0.2, 0.2), (0.2, 1), (1, 9)):
        here = (gap >= low) & (gap < high)
        p = (ranked[here].mean() + compared[here].mean()) / 2
        error = np.sqrt(2 * p * (1 - p) / here.sum())
        assert abs(ranked[here].mean() - compared[here].mean()) <= 3 * error
    # And by the closed form of Bradley and Terry.
    bare = comparer(3, rationality=0.8, scale="none")
    first = bare.rank(pairs).order[:, 0] == 0
    p = 1 / (1 + np.exp(-0.8 * gap))
    assert abs(first.sum() - p.sum()) <= 3 * np.sqrt((p * (1 - p)).sum())


def test_ties_are_broken_by_a_draw_and_not_by_index():
    found = counts(comparer().rank(show(np.tile([1.0, 2.0, 1.0], (N, 1)))).order)
    assert found[1, 0, 2] + found[1, 2, 0] == N
    assert within(found[1, 0, 2], N, 0.5)
    found = counts(comparer(1).rank(show(np.zeros((N, 3)))).order)
    for order, count in found.items():
        assert within(count, N, 1 / 6), order


def test_a_mistake_exchanges_two_neighbours():
    found = counts(comparer(mistake=0.3).rank(show(np.tile([3.0, 2.0, 1.0], (N, 1)))).order)
    assert within(found[0, 1, 2], N, 0.7)
    assert within(found[1, 0, 2], N, 0.15)
    assert within(found[0, 2, 1], N, 0.15)


def test_look_alikes_change_places_in_a_ranking_and_others_do_not():
    # The standard deviation of 20, 0.1 and 0 is 9.40: the last two are 0.0106 apart, the first 2.1.
    found = counts(comparer(confusion=0.05).rank(show(np.tile([20.0, 0.1, 0.0], (N, 1)))).order)
    spread = np.std([20.0, 0.1, 0.0])
    assert found[0, 1, 2] + found[0, 2, 1] == N
    assert within(found[0, 2, 1], N, 0.5 * np.exp(-0.1 / spread / 0.05))


@pytest.mark.parametrize("factor", [1000.0, 1e-6])
def test_the_scale_of_the_reward_changes_no_ranking(factor):
    returns = np.random.default_rng(2).normal(size=(2000, 4))
    small = comparer(rationality=1.0).rank(show(returns)).order
    assert (small == comparer(rationality=1.0).rank(show(factor * returns)).order).all()


def test_rankings_do_not_depend_on_batches_nor_on_the_size_of_other_sets():
    settings = {"rationality": 1.0, "mistake": 0.2, "confusion": 0.3, "fatigue": 300.0}
    returns = np.random.default_rng(3).normal(size=(60, 4))
    sets = show(returns)
    whole = comparer(**settings).rank(sets).order
    human = comparer(**settings)
    parts = [human.rank(rows(sets, [query])).order for query in range(60)]
    assert (whole == np.concatenate(parts)).all()
    # A set of seven in between uses up one running number, as a set of four does.
    a, b = comparer(rationality=1.0, scale="none"), comparer(rationality=1.0, scale="none")
    a.rank(rows(sets, [0]))
    b.rank(show(np.random.default_rng(4).normal(size=(1, 7))))
    assert (a.rank(sets).order == b.rank(sets).order).all()


def test_a_ranking_is_priced_by_its_segments_and_stops_with_the_budget():
    sets = show(np.random.default_rng(5).normal(size=(6, 4)))
    ranking = comparer(budget_seconds=25.0, prices=Prices(rank=2.0)).rank(sets)
    # 8 s each: three are affordable.
    assert ranking.human_seconds.tolist() == [8.0, 8.0, 8.0]
    assert (ranking.segments == sets.ids[:3]).all()
    assert (ranking.step == sets.step[:3]).all()
    assert ranking.order.shape == (3, 4)
    human = comparer(budget_queries=5)
    assert len(human.rank(sets).order) == 5
    assert len(human.rank(sets).order) == 0


def test_one_segment_cannot_be_ranked():
    with pytest.raises(UserError, match="about 2 or more segments, got 1"):
        comparer().rank(show(np.zeros((1, 1))))
