import math
from dataclasses import fields

import numpy as np
import pytest
from critics import bandit, critic, listen, look
from tiny import Line

from simulated_humans.evaluating_config import EvaluatingConfig
from teaching import Human, HumanInTheLoop, Kind, Prices, UserError

PERSON = {
    "mixture": {"action": 1.0, "advantage": 1.0, "diminishing": 1.0, "task": 1.0},
    "scale": "graded",
    "unit": 0.3,
    "drift": 0.1,
    "wander": 0.2,
    "strictness": -0.1,
    "rating_noise": 0.2,
    "mistakes": 0.1,
    "spare_blame": 0.2,
    "praise_neutral": 0.2,
    "silence": 0.2,
    "silence_about": "wrong",
    "fatigue": 60.0,
    "delay": 0.3,
    "delay_form": "gamma",
}
ACTIONS = np.random.default_rng(0).integers(0, 4, (300, 8))
STARTS = range(0, 300, 37)


def said(human, first=0, last=300):
    worlds = len(human.state_dict()["form"])
    return listen(human, ACTIONS[first:last, :worlds], first, STARTS)


def same(a, b):
    return all(getattr(a, f.name).tobytes() == getattr(b, f.name).tobytes() for f in fields(a))


def test_it_is_a_human_that_evaluates():
    human = critic(2, **PERSON)
    assert isinstance(human, Human)
    assert human.kinds == {Kind.EVALUATION}
    assert human.simulated


def test_records_have_the_shapes_and_types_of_the_contract():
    human = critic(3, **PERSON)
    for step in range(30):
        record = human.evaluate(look([0, 1, 3], step, step == 0))
    assert record.human == "evaluating"
    assert record.mask.dtype == bool
    assert record.value.dtype == np.float32
    assert record.about.dtype == np.int64
    assert record.human_seconds.dtype == np.float64
    assert record.step.tolist() == [29, 29, 29]
    for part in (record.mask, record.value, record.about, record.human_seconds):
        assert part.shape == (3,)
    assert record.wall_time > 1.7e9


@pytest.mark.parametrize("per", ["episode", "signal"])
def test_what_is_said_of_a_world_does_not_depend_on_how_many_there_are(per):
    few = said(critic(2, 5, mixture_per=per, **PERSON))
    many = said(critic(8, 5, mixture_per=per, **PERSON))
    assert few.mask.any()
    for f in fields(few):
        assert (getattr(few, f.name) == getattr(many, f.name)[:, :2]).all()


def test_the_seed_alone_decides_and_another_seed_decides_otherwise():
    runs = [said(critic(2, seed, **PERSON)) for seed in (3, 3, 4)]
    assert same(runs[0], runs[1])
    assert (runs[0].value != runs[2].value).any()


@pytest.mark.parametrize("cut", [0, 1, 36, 37, 38, 150, 299])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mixture_per": "signal", "delay_form": "uniform"},
        {"delay": 1.0, "delay_form": "fixed", "mixture": {}},
        {"budget_signals": 100},
        {"budget_seconds": 60.0},
    ],
)
def test_a_restored_human_goes_on_bit_for_bit(cut, changes):
    settings = {**PERSON, **changes}
    original = critic(3, 7, **settings)
    said(original, 0, cut) if cut else None
    state = original.state_dict()
    rest = said(original, cut)  # also shows that the state is a copy
    restored = critic(3, 7, **settings)
    said(restored, 0, 20)  # whatever it was in the middle of is replaced
    restored.load_state_dict(state)
    assert same(rest, said(restored, cut))
    fresh = critic(3, 7, **settings)
    fresh.load_state_dict(state)
    assert same(rest, said(fresh, cut))


def test_the_state_holds_arrays_numbers_and_dicts_only():
    def leaves(value):
        if isinstance(value, dict):
            return [leaf for item in value.values() for leaf in leaves(item)]
        return [value]

    human = critic(2, **PERSON)
    said(human)
    for leaf in leaves(human.state_dict()):
        assert type(leaf) in (int, float, bool, str) or leaf.dtype != object


def test_a_state_for_another_number_of_worlds_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"expected \(1,\)") as error:
        critic(1).load_state_dict(critic(2).state_dict())
    assert "\n" not in str(error.value)


def test_watching_and_judging_have_their_prices():
    prices = Prices(watch=2.0, judge=0.25)
    heard = listen(critic(4, form="task", prices=prices), [[0, 1, 2, 3]])
    # The reward of action 2 is 0, of which nothing is said. A step lasts 0.1 s.
    assert heard.seconds[0] == pytest.approx([0.45, 0.45, 0.2, 0.45])


def test_the_budget_of_signals_is_spent_exactly_lowest_world_first():
    heard = listen(critic(3, budget_signals=7), np.zeros((5, 3), int))
    assert heard.mask.sum(axis=1).tolist() == [3, 3, 1, 0, 0]
    assert heard.mask[2].tolist() == [True, False, False]
    assert not heard.seconds[3:].any()


def test_the_budget_of_seconds_is_never_overspent():
    prices = Prices(watch=1.0, judge=0.4)  # half a second a step
    heard = listen(critic(1, budget_seconds=1.7, prices=prices), np.zeros((9, 1), int))
    assert heard.mask[:, 0].tolist() == [True] * 3 + [False] * 6
    assert heard.seconds.sum() == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            {"form": "reward"},
            "human.form must be one of task, action, closeness, improvement, advantage, "
            "diminishing, progress, got 'reward'",
        ),
        (
            {"mixture": {"reward": 1.0}},
            "human.mixture must weigh forms among task, action, closeness, improvement, "
            "advantage, diminishing, progress, got 'reward'",
        ),
        ({"mixture": {"task": -1.0}}, "human.mixture.task must be ≥ 0, got -1.0"),
        ({"mixture": {"task": math.nan}}, "human.mixture.task must be ≥ 0, got nan"),
        ({"mixture": {"task": 0.0}}, "human.mixture must give some form a weight > 0"),
        ({"mixture_per": "day"}, "human.mixture_per must be one of episode, signal, got 'day'"),
        ({"scale": "stars"}, "human.scale must be one of sign, graded, continuous, got 'stars'"),
        (
            {"silence_about": "none"},
            "human.silence_about must be one of all, wrong, right, got 'none'",
        ),
        (
            {"delay_form": "normal"},
            "human.delay_form must be one of fixed, uniform, gamma, got 'normal'",
        ),
        ({"mistakes": 1.5}, "human.mistakes must be in [0, 1], got 1.5"),
        ({"mistakes": math.nan}, "human.mistakes must be in [0, 1], got nan"),
        ({"spare_blame": -0.1}, "human.spare_blame must be in [0, 1], got -0.1"),
        ({"praise_neutral": 2.0}, "human.praise_neutral must be in [0, 1], got 2.0"),
        ({"silence": 1.1}, "human.silence must be in [0, 1], got 1.1"),
        ({"dead_zone": -0.1}, "human.dead_zone must be ≥ 0, got -0.1"),
        ({"wander": -0.1}, "human.wander must be ≥ 0, got -0.1"),
        ({"rating_noise": -0.1}, "human.rating_noise must be ≥ 0, got -0.1"),
        ({"strictness": math.inf}, "human.strictness must be finite, got inf"),
        ({"drift": math.nan}, "human.drift must be finite, got nan"),
        ({"threshold": 0.0}, "human.threshold must be > 0, got 0.0"),
        ({"unit": 0.0}, "human.unit must be > 0, got 0.0"),
        ({"clip": -1.0}, "human.clip must be > 0, got -1.0"),
        ({"levels": 0}, "human.levels must be ≥ 1, got 0"),
        ({"fatigue": 0.0}, "human.fatigue must be > 0 s, got 0.0"),
        ({"delay": -0.3}, "human.delay must be ≥ 0 s, got -0.3"),
        ({"budget_signals": -1}, "human.budget_signals must be ≥ 0, got -1"),
        ({"budget_seconds": -1.0}, "human.budget_seconds must be ≥ 0 s, got -1.0"),
        ({"prices": Prices(judge=-1.0)}, "human.prices.judge must be ≥ 0 s, got -1.0"),
        ({"expert": ""}, "human.expert must be task, module:function or a file, got nothing"),
        (
            {"rating_noise": 0.1},
            "human.rating_noise needs a scale with ends: human.scale=graded, "
            "or human.scale=continuous with human.clip",
        ),
    ],
)
def test_a_value_out_of_range_is_named_with_its_bound(setting, message):
    with pytest.raises(UserError) as error:
        EvaluatingConfig(**setting)
    assert str(error.value) == message


def test_every_setting_is_described():
    for setting in fields(EvaluatingConfig):
        assert f"{setting.name}: " in EvaluatingConfig.__doc__


def test_a_wrapped_task_reports_what_was_said():
    # Walking right is right on a line with the goal at its right end.
    env = Line()
    human = critic(space=env.action_space, oracle=bandit(q=np.array([0.0, 0.5, 1.0])))
    env = HumanInTheLoop(env, human)
    env.reset(seed=0)
    assert [env.step(a)[-1]["feedback"] for a in (2, 0, 1, 2)] == [1, -1, -1, 1]
