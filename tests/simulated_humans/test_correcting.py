from dataclasses import fields, replace

import gymnasium as gym
import numpy as np
import pytest
from queries import within

from envs.finite.batch import Batch
from envs.finite.oracle import Expert
from envs.finite.problem import one_hot
from envs.finite.problems import random_mdp
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from teaching import Oracle, Prices, Segments, UserError

DT = 0.1
FIVE = gym.spaces.Discrete(5)
BOX = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
WORTH = np.array([1.0, 2.0, 4.0, 8.0])
EVERYTHING = {
    "improvement": 0.4,
    "rationality": 3.0,
    "skip": 0.5,
    "memory": 20,
    "mistake": 0.2,
    "action_noise": 0.2,
    "fatigue": 60.0,
    "budget_queries": 15,
}


def keys():
    """Step t is worth 2ᵗ if key 1 is pressed: the plan is to press it always."""
    return Oracle(
        action=lambda obs: np.ones(len(obs), int),
        plan=lambda obs, action: np.ones_like(action),
        utility=lambda obs, action: (WORTH[: action.shape[1]] * (action == 1)).sum(axis=1),
    )


def stick():
    """Every step costs the square of the distance from 1."""
    return Oracle(
        action=lambda obs: np.ones((len(obs), 1), np.float32),
        plan=lambda obs, action: np.ones_like(action),
        utility=lambda obs, action: -((action - 1.0) ** 2).sum(axis=(1, 2)),
    )


def corrector(oracle=None, space=FIVE, seed=0, **settings):
    return CorrectingHuman(CorrectingConfig(**settings), oracle or keys(), space, 1, seed)


def show(action, length=None, obs=None) -> Segments:
    """Trajectories [B, T, A...]."""
    action = np.asarray(action)
    b, t = action.shape[:2]
    return Segments(
        ids=np.arange(b)[:, None] + 100,
        obs=(np.zeros((b, t, 1)) if obs is None else obs)[:, None],
        action=action[:, None],
        length=np.full((b, 1), t) if length is None else np.asarray(length)[:, None],
        dt=DT,
        step=np.arange(b),
    )


def rows(segments, which):
    names = ("ids", "obs", "action", "length", "step")
    return replace(segments, **{name: getattr(segments, name)[which] for name in names})


def nothing(count, steps=4):
    return show(np.zeros((count, steps), int))


# The smallest edit that will do.


@pytest.mark.parametrize(
    ("improvement", "window", "answer"),
    [
        (0.2, None, [0, 0, 1, 0]),  # 3 of 15: one step of 4 or 8 will do, 4 is less
        (0.3, None, [0, 0, 0, 1]),  # 4.5: of the single steps 8 alone
        (0.6, None, [0, 0, 1, 1]),  # 9: of windows of two 4 + 8 alone
        (0.9, None, [0, 1, 1, 1]),  # 13.5
        (1.0, None, [1, 1, 1, 1]),
        (0.6, 1, [0, 0, 0, 1]),  # one step is not enough: as much as there is
    ],
)
def test_the_shortest_window_that_closes_the_share_is_replaced(improvement, window, answer):
    human = corrector(improvement=improvement, window=window)
    assert human.correct(nothing(1)).action.tolist() == [answer]


@pytest.mark.parametrize(("improvement", "blend"), [(0.05, 0.05), (0.3, 0.2), (0.5, 0.3), (1, 1)])
def test_a_stick_is_moved_as_little_as_will_do(improvement, blend):
    # A blend λ closes 1 − (1 − λ)² of the gap, so λ ≥ 1 − √(1 − α): 0.025, 0.163, 0.293 and 1, on
    # a grid of twentieths.
    human = corrector(stick(), BOX, improvement=improvement)
    answer = human.correct(show(np.zeros((1, 4, 1), np.float32))).action
    assert answer == pytest.approx(np.full((1, 4, 1), blend))
    assert answer.dtype == np.float32


def test_with_a_window_the_stick_is_moved_where_the_least_motion_will_do():
    # Steps at 0, −1 and 0.5 cost 1, 4 and 0.25, a gap of 5.25; a share of 0.3 is 1.575. Over one
    # step only the one at −1 can gain as much: 4·(1 − (1 − λ)²) ≥ 1.575 from λ = 0.221 on.
    human = corrector(stick(), BOX, window=1)
    answer = human.correct(show(np.array([[[0.0], [-1.0], [0.5]]], np.float32))).action
    assert answer[0, :, 0] == pytest.approx([0.0, -1 + 0.25 * 2, 0.5])


def test_what_cannot_be_improved_comes_back_unchanged_at_the_price_of_looking():
    answer = corrector().correct(show(np.ones((3, 4), int)))
    assert (answer.action == 1).all()
    assert answer.human_seconds == pytest.approx(np.full(3, 4 * DT))


def play(mdp, count, steps, seed):
    """Trajectories of random actions, with the observations that were made on the way."""
    rng = np.random.default_rng(seed)
    state, action = (
        np.zeros((count, steps), int),
        rng.integers(mdp.num_actions, size=(count, steps)),
    )
    state[:, 0] = rng.integers(mdp.num_states, size=count)
    for t in range(1, steps):
        for i in range(count):
            chance = mdp.transition[state[i, t - 1], action[i, t - 1]]
            state[i, t] = rng.choice(mdp.num_states, p=chance)
    return state, show(action, rng.integers(1, steps + 1, count), np.eye(mdp.num_states)[state])


def propagated(mdp, state, actions):
    where, total = np.eye(mdp.num_states)[state], 0.0
    for action in actions:
        total += where @ mdp.reward[:, action]
        where = where @ mdp.transition[:, action]
    return total


@pytest.mark.parametrize("concentration", [1.0, 1e-3])
@pytest.mark.parametrize("improvement", [0.1, 0.5, 1.0])
def test_it_is_informative_by_its_share_and_no_more_than_the_smallest_edit(
    concentration, improvement
):
    changed = 0
    for seed in range(3):
        mdp = random_mdp(seed, 4, 3, concentration=concentration)
        oracle = Expert(Batch([one_hot(mdp)], 1, 100, "train"), DT).oracle()
        state, asked = play(mdp, 25, 5, seed)
        human = corrector(oracle, gym.spaces.Discrete(3), improvement=improvement)
        answer = human.correct(asked)
        for i, length in enumerate(answer.length.tolist()):
            first, shown = state[i, 0], asked.action[i, 0, :length]
            before = propagated(mdp, first, shown)
            best = oracle.plan(asked.obs[i, 0, :1], shown[None])[0]
            gap = max(propagated(mdp, first, best) - before, 0.0)
            gain = propagated(mdp, first, answer.action[i, :length]) - before
            assert gain >= improvement * gap - 1e-9
            gains = {}  # of every edit, by its number of steps
            for size in range(1, length + 1):
                for start in range(length - size + 1):
                    here = asked.obs[i, 0, start][None]
                    edit = shown.copy()
                    plan = oracle.plan(here, shown[None, start:])[0]
                    edit[start : start + size] = plan[:size]
                    worth = propagated(mdp, first, edit) - before
                    gains.setdefault(size, []).append(worth)
            enough = {
                s: [g for g in gs if g >= improvement * gap - 1e-9] for s, gs in gains.items()
            }
            size = min(s for s, some in enough.items() if some)
            if gap > 1e-9:
                assert gain == pytest.approx(min(enough[size]), abs=1e-9)
                assert (answer.action[i, :length] != shown).sum() <= size
                changed += 1
            else:
                assert (answer.action[i, :length] == shown).all()
    assert changed > 50


# How it errs.


def test_the_boltzmann_choice_is_over_edits_no_larger_and_no_better():
    # Two steps worth 1 and 2, a gap of 3; a share of 0.6 calls for the step worth 2. In its place:
    # nothing, or the step worth 1, by exp(β·gain / gap).
    n, beta = 20_000, 2.0
    human = corrector(improvement=0.6, rationality=beta)
    action = human.correct(nothing(n, 2)).action
    weight = np.exp(beta * np.array([0, 1, 2]) / 3)
    kinds = [(0, 0), (1, 0), (0, 1)]
    counts = [(action == kind).all(axis=1).sum() for kind in kinds]
    assert sum(counts) == n
    for count, p in zip(counts, weight / weight.sum(), strict=True):
        assert within(count, n, p)


def test_a_wrong_key_is_pressed_as_often_as_the_noise_says():
    n, noise = 5000, 0.15
    action = corrector(improvement=1.0, action_noise=noise).correct(nothing(n)).action
    assert within((action != 1).sum(), 4 * n, noise)
    for key in (0, 2, 3, 4):  # each of the others as often
        assert within((action == key).sum(), 4 * n, noise / 4)
    # Steps that are not edited are not touched.
    action = corrector(improvement=0.3, action_noise=noise).correct(nothing(n)).action
    assert (action[:, :3] == 0).all()
    assert within((action[:, 3] != 1).sum(), n, noise)


def test_a_mistake_is_another_key_or_the_opposite_way():
    n, mistake = 5000, 0.1
    action = corrector(improvement=1.0, mistake=mistake).correct(nothing(n)).action
    wrong = (action != 1).any(axis=1)
    assert within(wrong.sum(), n, mistake)
    assert (action[wrong] != 1).all()
    stick_human = corrector(stick(), BOX, mistake=mistake)
    moved = stick_human.correct(show(np.zeros((n, 4, 1), np.float32))).action
    assert set(np.unique(moved.round(6)).tolist()) == {np.float32(-0.2), np.float32(0.2)}
    assert within((moved < 0).all(axis=(1, 2)).sum(), n, mistake)


def test_the_stick_shakes_by_the_noise_and_stops_at_its_stop():
    n, noise = 5000, 0.1
    human = corrector(stick(), BOX, action_noise=noise)
    error = human.correct(show(np.zeros((n, 4, 1), np.float32))).action - 0.2
    assert abs(error.mean()) <= 3 * noise / np.sqrt(4 * n)
    assert abs(error.std() - noise) <= 3 * noise / np.sqrt(2 * 4 * n)
    human = corrector(stick(), BOX, action_noise=noise, improvement=1.0)
    action = human.correct(show(np.zeros((n, 4, 1), np.float32))).action
    assert within((action == 1.0).sum(), 4 * n, 0.5)
    assert action.max() == 1.0


def test_small_gaps_are_left_alone():
    # Gaps of 15 (nothing pressed) and of 1 (all but the first). By turns 15 and 1 the usual gap,
    # this one included, is 15, 8, 10.3, 8, …; its fifth is above 1 and under 15.
    shown = np.array([[0, 0, 0, 0], [0, 1, 1, 1]] * 5)
    answer = corrector(skip=0.2).correct(show(shown)).action
    changed = (answer != shown).any(axis=1)
    assert changed.tolist() == [True, False] * 5
    assert (corrector(skip=0.0).correct(show(shown)).action != shown).any(axis=1).all()


def test_a_tired_human_lets_more_and_more_pass():
    n, fatigue = 20_000, 2000.0
    human = corrector(fatigue=fatigue, prices=Prices(correct=0.0))
    passed = (human.correct(nothing(n)).action == 0).all(axis=1)
    # Before query q it has watched for q segments of 4 steps.
    p = 1 - np.exp(-np.arange(n) * 4 * DT / fatigue)
    assert abs(passed.sum() - p.sum()) <= 3 * np.sqrt((p * (1 - p)).sum())


# What it costs.


def test_the_price_is_for_looking_and_for_each_edited_step():
    prices = Prices(watch=1.0, correct=3.0)
    shown = show(np.array([[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 7]]), length=[4, 4, 3])
    answer = corrector(improvement=0.6, prices=prices).correct(shown)
    # 0.4 s of looking and two steps of 0.3 s; looking; 0.3 s of looking and, of 1 + 2 + 4, one step
    # of 4 is less than the 4.2 asked for: two.
    assert answer.human_seconds == pytest.approx([0.4 + 0.6, 0.4, 0.3 + 0.6])
    assert answer.action.tolist() == [[0, 0, 1, 1], [1, 1, 1, 1], [0, 1, 1, 7]]
    assert answer.segments.tolist() == [100, 101, 102]
    assert answer.length.tolist() == [4, 4, 3]


def test_a_budget_ends_it_and_the_record_lacks_what_was_not_answered():
    answer = corrector(budget_queries=3).correct(nothing(5))
    assert answer.segments.tolist() == [100, 101, 102]
    assert len(answer.action) == len(answer.human_seconds) == len(answer.step) == 3
    # 0.4 s + 0.3 s each: 2.2 s are enough for three, and what is left is for nobody.
    human = corrector(budget_seconds=2.2)
    assert len(human.correct(nothing(5)).segments) == 3
    assert len(human.correct(nothing(5)).segments) == 0
    # What is left as it is uses up no edit.
    assert len(corrector(budget_queries=1).correct(show(np.ones((5, 4), int))).segments) == 5


# Batches, padding, resuming.


def mixed(count=60):
    rng = np.random.default_rng(3)
    return show(rng.integers(5, size=(count, 4)), rng.integers(1, 5, count))


def assert_same(a, b):
    for name in ("segments", "action", "length", "step", "human_seconds"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name


@pytest.mark.parametrize("sizes", [[1] * 60, [37, 1, 22]])
def test_it_makes_no_difference_how_many_are_shown_at_once(sizes):
    whole, parted, asked = corrector(**EVERYTHING), corrector(**EVERYTHING), mixed()
    at_once, ends = whole.correct(asked), np.cumsum(sizes)
    parts = [
        parted.correct(rows(asked, slice(end - size, end)))
        for size, end in zip(sizes, ends, strict=True)
    ]
    assert 0 < len(at_once.segments) < 60
    for name in ("segments", "action", "length", "step", "human_seconds"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(getattr(at_once, name), joined), name


def test_a_saved_human_goes_on_bit_for_bit():
    asked = mixed()
    original, other = corrector(seed=4, **EVERYTHING), corrector(seed=4, **EVERYTHING)
    original.correct(rows(asked, slice(0, 21)))
    saved = original.state_dict()
    other.load_state_dict(saved)
    rest = rows(asked, slice(21, 60))
    assert_same(original.correct(rest), other.correct(rest))
    assert saved["draws"]["count"] == 21


def test_two_seeds_are_two_people():
    a, b = (corrector(seed=seed, improvement=1.0, action_noise=0.3) for seed in (0, 1))
    assert (a.correct(nothing(50)).action != b.correct(nothing(50)).action).any()


def test_padding_is_not_looked_at_and_comes_back_as_it_was():
    asked = mixed()
    padding = np.arange(4) >= asked.length
    answers = []
    for filler in (0, 77):
        action = np.where(padding[:, None], filler, asked.action)
        answer = corrector(**EVERYTHING).correct(replace(asked, action=action))
        kept = padding[answer.segments - 100]
        assert (answer.action[kept] == filler).all()
        answers.append(np.where(kept, 0, answer.action).tolist())
    assert answers[0] == answers[1]


# What it refuses.


def test_an_expert_that_cannot_plan_is_refused():
    blind = Oracle(action=lambda obs: np.zeros(len(obs), int))
    with pytest.raises(UserError, match=r"needs an expert that can plan .* human\.expert=task"):
        corrector(blind)


def test_answers_of_the_expert_are_checked():
    short = replace(keys(), plan=lambda obs, action: action[:, 1:])
    with pytest.raises(UserError, match=r"plan must be finite actions of shape \(1, 4\)"):
        corrector(short).correct(nothing(1))
    lost = replace(keys(), utility=lambda obs, action: np.full(len(obs), np.nan))
    with pytest.raises(UserError, match="utility must be 1 finite numbers"):
        corrector(lost).correct(nothing(1))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"improvement": 0.0}, "human.improvement must be in (0, 1], got 0.0"),
        ({"improvement": 1.1}, "human.improvement must be in (0, 1], got 1.1"),
        ({"window": 0}, "human.window must be ≥ 1 step, got 0"),
        ({"blends": 0}, "human.blends must be ≥ 1, got 0"),
        ({"mistake": 2.0}, "human.mistake must be in [0, 1], got 2.0"),
        ({"action_noise": -1.0}, "human.action_noise must be ≥ 0, got -1.0"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_bound(setting, message):
    with pytest.raises(UserError) as error:
        CorrectingConfig(**setting)
    assert str(error.value) == message


def test_every_setting_is_described():
    for setting in fields(CorrectingConfig):
        assert f"{setting.name}: " in CorrectingConfig.__doc__
