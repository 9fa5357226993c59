from dataclasses import replace
from importlib.resources import files

import gymnasium as gym
import numpy as np
import pytest
from omegaconf import OmegaConf
from queries import BOX, comparer, rows, show, within

from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from teaching import Choice, Oracle, Prices, UserError

N = 100_000
FIRST, SECOND, EQUAL, SKIP = Choice
EVERYTHING = {
    "rationality": 1.0,
    "memory": 20,
    "discount": 0.9,
    "mistake": 0.1,
    "confusion": 0.5,
    "skip": 0.3,
    "equal": 0.1,
    "fatigue": 900.0,
    "budget_queries": 70,
}


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, float)))


def person(name, seed=0):
    text = (files("configs") / "human" / f"comparing_{name}.yaml").read_text()
    return comparer(seed, **OmegaConf.to_container(OmegaConf.create(text)))


def swapped(first, second, rng):
    """[N, 2] of two columns in random order, and which of the two places holds the first."""
    place = rng.integers(0, 2, len(first))
    pair = np.stack([first, second], axis=1)
    return np.where(place[:, None], pair[:, ::-1], pair), place


# The six teachers of B-Pref, as they are on file.


def test_the_oracle_prefers_the_higher_return_always():
    returns = np.random.default_rng(0).normal(size=(1000, 2))
    assert (person("oracle").prefer(show(returns)).choice == returns.argmax(axis=1)).all()


def test_one_answer_in_ten_of_the_mistake_teacher_is_wrong():
    returns = np.random.default_rng(0).normal(size=(N, 2))
    wrong = person("mistake").prefer(show(returns)).choice != returns.argmax(axis=1)
    assert within(wrong.sum(), N, 0.1)


def test_the_stochastic_teacher_chooses_by_bradley_terry_in_units_of_the_spread():
    rng = np.random.default_rng(1)
    # All pairs are (a, b), so that the standard deviation of what was shown is |a − b| / 2.
    pairs, place = swapped(np.full(N, 30.0), np.full(N, 10.0), rng)
    right = person("stoc").prefer(show(pairs)).choice == place
    assert within(right.sum(), N, sigmoid(1.0 * (30 - 10) / 10))


def test_the_myopic_teacher_weighs_the_last_rows_most():
    # 0.9²·1 + 0.9·0 + 0 = 0.81 against 0.8 at the end, 0.82 at the end, and 0.9·0.91 = 0.819.
    early = [1.0, 0.0, 0.0]
    pairs = [[early, [0, 0, 0.80]], [early, [0, 0, 0.82]], [early, [0, 0.91, 0]]]
    assert person("myopic").prefer(show(pairs)).choice.tolist() == [FIRST, SECOND, SECOND]
    assert person("oracle").prefer(show(pairs)).choice.tolist() == [FIRST] * 3


@pytest.mark.parametrize("sessions", [1, 5])
@pytest.mark.parametrize(("better", "answer"), [(0.35, SKIP), (0.45, FIRST)])
def test_the_skipping_teacher_skips_under_a_tenth_of_the_usual_return(sessions, better, answer):
    # A reward of 1 a step is usual, a return of 4: the limit is 0.4, or 0.396 with the pair itself,
    # which is one in a hundred of what the teacher remembers. It is the same in every session.
    session = np.ones((1000, 2, 4))
    session[-1] = [[0, 0, 0, better], [0, 0, 0, 0]]
    human = person("skip")
    for _ in range(sessions):
        choice = human.prefer(show(session)).choice
        assert not (choice[:-1] == SKIP).any()
        assert choice[-1] == answer


@pytest.mark.parametrize(("gap", "answer"), [(0.38, EQUAL), (0.42, FIRST)])
def test_the_equal_teacher_ties_within_a_tenth_of_the_usual_return(gap, answer):
    # Returns of 4 on average, so a margin of 0.4.
    pair = np.ones((1, 2, 4))
    pair[0, :, 0] += [gap / 2, -gap / 2]
    assert person("equal").prefer(show(pair)).choice.tolist() == [answer]


# How they are put together.


@pytest.mark.parametrize("mistake", [0.0, 0.15, 1.0])
def test_skip_tie_choice_and_mistake_compose_in_the_order_of_b_pref(mistake):
    rng = np.random.default_rng(2)
    gap = np.array([0.1, 0.25, 0.5, 1.0])
    kind = rng.integers(0, 4, N)
    # Every pair returns 1 ± gap: 1 on average at any time. Skipped where 1 + gap < 1.2; a tie where
    # 2·gap < 0.6; and the first kind would be both.
    pairs, place = swapped(1 + gap[kind], 1 - gap[kind], rng)
    human = comparer(rationality=1.5, scale="none", skip=1.2, equal=0.6, mistake=mistake)
    choice = human.prefer(show(pairs)).choice
    assert (choice[kind == 0] == SKIP).all()
    assert (choice[kind == 1] == EQUAL).all()
    for decided in (2, 3):
        here = kind == decided
        p = sigmoid(1.5 * 2 * gap[decided])
        p = p * (1 - mistake) + (1 - p) * mistake
        assert np.isin(choice[here], (FIRST, SECOND)).all()
        assert within((choice == place)[here].sum(), here.sum(), p)
        # Whichever place the better one is in.
        left = here & (place == 0)
        assert within((choice == place)[left].sum(), left.sum(), p)


def test_ties_and_skips_go_by_the_plain_returns_and_the_choice_by_the_myopic_ones():
    # Plain 2.0 and 1.9, on average 1.95; with γ = ½ the first is worth 1.0 and the second 1.9.
    pair = show([[[2.0, 0.0], [0.0, 1.9]]])
    choices = {}
    for equal in (0.05, 0.052, 0.06):  # margins 0.0975, 0.1014, 0.117 about the gap of 0.1
        choices[equal] = comparer(discount=0.5, equal=equal).prefer(pair).choice[0]
    assert choices == {0.05: SECOND, 0.052: EQUAL, 0.06: EQUAL}
    # The best plain return is 1.026 of the usual one; the myopic utilities are under it.
    assert comparer(discount=0.5, skip=1.02).prefer(pair).choice[0] == SECOND
    assert comparer(discount=0.5, skip=1.03).prefer(pair).choice[0] == SKIP


def test_a_tired_human_guesses_more_and_more():
    n, fatigue, price = N, 1e5, Prices().compare
    pairs, place = swapped(np.ones(n), np.zeros(n), np.random.default_rng(3))
    wrong = comparer(fatigue=fatigue).prefer(show(pairs)).choice != place
    # Before query q it has worked for q·price seconds, and half of all guesses are wrong.
    p = 0.5 * (1 - np.exp(-np.arange(n) * price / fatigue))
    assert abs(wrong.sum() - p.sum()) <= 3 * np.sqrt((p * (1 - p)).sum())
    half = slice(0, n // 20)
    assert abs(wrong[half].sum() - p[half].sum()) <= 3 * np.sqrt((p * (1 - p))[half].sum())


@pytest.mark.parametrize("beta", [None, 0.7])
def test_segments_that_look_alike_are_confused_more_often(beta):
    pairs, place = swapped(np.ones(N), np.zeros(N), np.random.default_rng(4))
    human = comparer(rationality=beta, scale="none", confusion=1.5)
    right = human.prefer(show(pairs)).choice == place
    # Observations 0 and 1 have a standard deviation of ½ and are 2 of it apart; actions are alike.
    p = 1.0 if beta is None else sigmoid(beta)
    assert within(right.sum(), N, 0.5 + (1 - np.exp(-2 / 1.5)) * (p - 0.5))


def test_discrete_actions_look_different_by_how_often_they_are_taken():
    # Keys 1 and 9 against 9 and 1 have the same mean and the same shares; 5 and 5 has not.
    space = gym.spaces.Discrete(10)
    action = np.array([[[1, 9], [9, 1]], [[1, 9], [5, 5]]])
    n = 4000
    pairs = show(np.tile([[[1.0], [0.0]]], (n, 1, 2)), action=np.tile(action, (n // 2, 1, 1)))
    pairs = replace(pairs, obs=np.zeros_like(pairs.obs))
    reward = np.tile([1.0, 1.0, 0.0, 0.0], n)
    human = comparer(reward=lambda obs, action: reward, space=space, confusion=0.05)
    wrong = human.prefer(pairs).choice != FIRST
    assert within(wrong[::2].sum(), n // 2, 0.5)
    assert not wrong[1::2].any()


def test_ties_of_the_oracle_are_drawn_and_not_given_to_the_first():
    choice = comparer().prefer(show(np.ones((N, 2)))).choice
    assert within((choice == FIRST).sum(), N, 0.5)


# Scale, batches, resuming.


@pytest.mark.parametrize("factor", [1000.0, 1e-6])
def test_the_scale_of_the_reward_changes_nothing(factor):
    reward = np.random.default_rng(5).normal(1.0, 1.0, size=(2000, 2, 5))
    settings = {**EVERYTHING, "budget_queries": None}
    small = comparer(**settings).prefer(show(reward)).choice
    large = comparer(**settings).prefer(show(reward * factor)).choice
    assert set(small.tolist()) == set(Choice)
    assert (small == large).all()
    bare = {"rationality": 1.0, "scale": "none"}
    small = comparer(**bare).prefer(show(reward)).choice
    assert (small != comparer(**bare).prefer(show(reward * factor)).choice).mean() > 0.1


@pytest.mark.parametrize("sizes", [[1] * 100, [37, 1, 62]])
def test_it_makes_no_difference_how_many_queries_are_put_at_once(sizes):
    reward = np.random.default_rng(6).normal(1.0, 1.0, size=(100, 2, 5))
    length = np.random.default_rng(7).integers(1, 6, (100, 2))
    pairs = show(reward, length)
    whole, parted = comparer(**EVERYTHING), comparer(**EVERYTHING)
    at_once = whole.prefer(pairs)
    ends = np.cumsum(sizes)
    parts = [
        parted.prefer(rows(pairs, slice(end - size, end)))
        for size, end in zip(sizes, ends, strict=True)
    ]
    assert set(at_once.choice.tolist()) == set(Choice)
    for name in ("choice", "human_seconds", "segments", "step"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert (getattr(at_once, name) == joined).all(), name
    assert_same_state(whole.state_dict(), parted.state_dict())


def test_a_saved_human_goes_on_bit_for_bit():
    reward = np.random.default_rng(8).normal(1.0, 1.0, size=(90, 2, 3))
    original, other = comparer(3, **EVERYTHING), comparer(3, **EVERYTHING)
    original.prefer(show(reward[:33]))
    other.rank(show(reward[50:53]))
    other.load_state_dict(original.state_dict())
    saved = original.state_dict()
    for human in (original, other):
        human.rank(show(np.ones((5, 4))))
    original_choice = original.prefer(show(reward[33:])).choice
    assert (original_choice == other.prefer(show(reward[33:])).choice).all()
    assert_same_state(original.state_dict(), other.state_dict())
    assert saved["draws"]["count"] == 33  # what was saved is not a view


def test_two_seeds_are_two_people():
    pairs = show(np.ones((100, 2)))
    assert (comparer(0).prefer(pairs).choice != comparer(1).prefer(pairs).choice).any()


def assert_same_state(a, b):
    assert a.keys() == b.keys()
    for key in a:
        if isinstance(a[key], dict):
            assert_same_state(a[key], b[key])
        else:
            assert np.array_equal(a[key], b[key]), key


# Segments of different length.


def test_padded_rows_never_count():
    reward = np.random.default_rng(9).normal(1.0, 1.0, size=(500, 2, 6))
    length = np.random.default_rng(10).integers(1, 7, (500, 2))
    padding = np.arange(6) >= length[..., None]
    answers = []
    for filler in (0.0, 1e6, np.nan):
        action = np.random.default_rng(11).normal(size=(500, 2, 6, 1))
        padded = show(np.where(padding, filler, reward), length, action)
        padded.action[padding] = filler
        settings = {**EVERYTHING, "budget_queries": None}
        answers.append(comparer(**settings).prefer(padded).choice.tolist())
    assert answers[0] == answers[1] == answers[2]
    clean = comparer().prefer(show(reward, length)).choice
    returns = np.where(padding, 0.0, reward).sum(axis=2)
    assert (clean == returns.argmax(axis=1)).all()


def test_each_length_is_held_to_its_own_limit():
    # A reward of 1 a step is usual: a row returns 1, four rows 4. Under 0.3 and 1.2 is a skip.
    usual = np.ones((3000, 2, 4))
    for short, long, answer in ((0.25, 1.1, SKIP), (0.35, 1.1, SECOND), (0.25, 1.3, SECOND)):
        pair = np.array([[[short, 0, 0, 0], [long / 4] * 4]])
        length = np.full((3001, 2), 4)
        length[-1] = [1, 4]
        shown = show(np.concatenate([usual, pair]), length)
        assert comparer(skip=0.3).prefer(shown).choice[-1] == answer


@pytest.mark.parametrize(("worse", "answer"), [(-1.85, FIRST), (-1.95, SKIP)])
def test_where_rewards_are_costs_only_what_is_far_worse_than_usual_is_skipped(worse, answer):
    # Usual is −1, a tenth of skipping: R̄ − 0.9·|R̄| = −1.9.
    pairs = np.concatenate([np.full((3000, 2), -1.0), [[worse, worse - 1]]])
    choice = comparer(skip=0.1).prefer(show(pairs)).choice
    assert not (choice[:-1] == SKIP).any()
    assert choice[-1] == answer


# Prices and budgets.


def test_skipping_is_free_and_uses_up_no_answer():
    pairs = np.tile([[1.0, 2.0], [0.0, 0.1], [0.1, 0.0]], (40, 1))
    human = comparer(skip=0.2, budget_queries=5, prices=Prices(compare=4.0))
    answer = human.prefer(show(pairs))
    answered = answer.choice != SKIP
    assert answered.nonzero()[0].tolist() == [0, 3, 6, 9, 12]
    assert (answer.human_seconds == np.where(answered, 4.0, 0.0)).all()
    dear = comparer(skip=0.2, prices=Prices(compare=4.0, skip=1.5)).prefer(show(pairs[:4]))
    assert dear.human_seconds.tolist() == [4.0, 1.5, 1.5, 4.0]


@pytest.mark.parametrize(("seconds", "answers"), [(20.0, 4), (24.9, 4), (0.0, 0), (0.3, 3)])
def test_the_budget_of_seconds_is_never_overspent_and_the_human_stays_away(seconds, answers):
    prices = Prices(compare=0.1) if seconds == 0.3 else Prices(compare=5.0)
    human = comparer(budget_seconds=seconds, prices=prices)
    pairs = show(np.tile([[1.0, 0.0]], (9, 1)))
    answer = human.prefer(pairs)
    assert (answer.choice == FIRST).sum() == answers
    assert (answer.choice[answers:] == SKIP).all()
    assert answer.human_seconds.sum() <= seconds + 1e-9
    assert (human.prefer(pairs).choice == SKIP).all()
    assert not human.prefer(pairs).human_seconds.any()


def test_no_query_is_no_answer():
    human = comparer(**EVERYTHING)
    assert human.prefer(show(np.zeros((0, 2, 3)))).choice.shape == (0,)
    assert human.prefer(show([[1.0, 0.0]])).choice.shape == (1,)


# What cannot be.


def test_a_task_that_does_not_tell_its_reward_is_refused_in_one_line():
    oracle = Oracle(action=lambda obs: obs)
    with pytest.raises(UserError) as error:
        ComparingHuman(ComparingConfig(), oracle, BOX)
    assert str(error.value) == (
        "human.name=comparing needs an expert that knows the task's true reward, which "
        "human.expert=task lacks: choose a task whose own expert has it"
    )


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (show(np.ones((2, 3))), "a query here is about 2 segments, got 3 (segments.ids)"),
        (
            show(np.ones((1, 2, 4)), [[4, 5]]),
            "segments.length must be from 1 to 4, the rows given, got 5",
        ),
        (
            show(np.ones((1, 2, 4)), [[0, 4]]),
            "segments.length must be from 1 to 4, the rows given, got 0",
        ),
        (show([[np.nan, 1.0]]), "the task's reward must be finite, got nan"),
    ],
)
def test_queries_that_cannot_be_are_one_line(pairs, message):
    with pytest.raises(UserError) as error:
        comparer().prefer(pairs)
    assert str(error.value) == message


def test_a_reward_of_a_wrong_shape_is_one_line():
    human = comparer(reward=lambda obs, action: obs)
    with pytest.raises(UserError, match=r"must have shape \(2,\), one a row, got \(2, 1\)"):
        human.prefer(show([[1.0, 2.0]]))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"rationality": -1.0}, "human.rationality must be ≥ 0 (null is ∞), got -1.0"),
        ({"scale": "std"}, "human.scale must be one of spread, none, got 'std'"),
        ({"memory": 0}, "human.memory must be ≥ 1, got 0"),
        ({"discount": 0.0}, "human.discount must be in (0, 1], got 0.0"),
        ({"discount": 1.1}, "human.discount must be in (0, 1], got 1.1"),
        ({"mistake": 1.1}, "human.mistake must be in [0, 1], got 1.1"),
        ({"confusion": 0.0}, "human.confusion must be > 0, got 0.0"),
        ({"skip": -0.1}, "human.skip must be ≥ 0, got -0.1"),
        ({"equal": float("nan")}, "human.equal must be ≥ 0, got nan"),
        ({"fatigue": 0.0}, "human.fatigue must be > 0 s, got 0.0"),
        ({"budget_queries": -1}, "human.budget_queries must be ≥ 0, got -1"),
        ({"budget_seconds": -1.0}, "human.budget_seconds must be ≥ 0 s, got -1.0"),
        ({"prices": Prices(skip=-1.0)}, "human.prices.skip must be ≥ 0 s, got -1.0"),
        ({"expert": ""}, "human.expert must be task, module:function or a file, got nothing"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_bound(setting, message):
    with pytest.raises(UserError) as error:
        ComparingConfig(**setting)
    assert str(error.value) == message
