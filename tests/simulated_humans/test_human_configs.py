import dataclasses
import math
from dataclasses import fields
from importlib.resources import files

import gymnasium as gym
import numpy as np
import pytest
from omegaconf import OmegaConf

from coachable.reproduce.human_models.talk import TALKED_OF
from simulated_humans.config import InterveningConfig
from simulated_humans.registry import HUMANS
from teaching import Kind, Oracle, Prices, Segments, UserError, View
from teaching.manner import Manner, Quality

PUSHING = Manner(
    qualities=(
        Quality(
            name="push", more=("more",), less=("less",), high=("hard",), low=("soft",), spread=1
        ),
    ),
    contexts=(),
    holds=lambda obs: np.zeros((len(obs), 0), bool),
    measure=lambda obs, action: action[:, :1],
    adjust=lambda obs, action, before, amounts: action + amounts,
)


def people():
    """(file, settings) of every file in configs/human that a simulated human stands behind."""
    for file in sorted((files("configs") / "human").iterdir(), key=str):
        if file.name.endswith(".yaml"):
            settings = OmegaConf.to_container(OmegaConf.create(file.read_text()))
            if settings.get("name") in set(HUMANS) - {"own"}:
                yield pytest.param(settings, id=file.name)


def view(space, step):
    """Two worlds in which something is proposed that is far from what the expert does."""
    shape = (2, *space.shape)
    discrete = isinstance(space, gym.spaces.Discrete)
    return View(
        obs=np.zeros((2, 4)),
        proposed_action=np.ones(shape, space.dtype),
        step=np.full(2, step),
        episode_start=np.full(2, step == 0),
        dt=0.1,
        action_probs=np.full((2, space.n), 1 / space.n) if discrete else None,
    )


@pytest.mark.parametrize("settings", people())
def test_every_person_on_file_can_be_made_and_teaches(settings):
    family = HUMANS[settings["name"]]
    space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
    if settings["name"] == "evaluating":
        space = gym.spaces.Discrete(3)
    oracle = Oracle(
        action=lambda obs: np.zeros((len(obs), *space.shape), space.dtype),
        log_prob=lambda obs, action: -(action**2).sum(axis=1),
        risk=lambda obs, action, horizon: np.ones(len(obs)),
        q_values=lambda obs: np.tile([1.0, 0.0, 0.0], (len(obs), 1)),
        reward=lambda obs, action: obs[:, 0] + (action == 0).reshape(len(obs), -1).all(axis=1),
        plan=lambda obs, action: np.zeros_like(action),
        utility=lambda obs, action: -np.abs(action).sum(axis=(1, 2)),
        manner=PUSHING,
        episode=lambda world: (np.zeros((5, 4)), np.zeros((5, 2))),
    )
    if settings["name"] == "speaking":
        space, oracle = gym.spaces.Discrete(2), speakers_oracle()
    human = family.make(family.config(**settings), oracle, space, 2, 0)
    assert human.kinds & ASKED.keys()
    for kind in human.kinds & ASKED.keys():
        ASKED[kind](human, space)


def ask_to_steer(human, space):
    assert any(human.intervene(view(space, step)).mask.any() for step in range(100))


def ask_to_judge(human, space):
    views = (view(space, step) for step in range(100))
    said = [human.evaluate(dataclasses.replace(v, obs=v.obs + v.step[0] % 2)) for v in views]
    assert any(answer.mask.any() for answer in said)


def speakers_oracle():
    return Oracle(
        action=lambda obs: np.zeros(len(obs), np.int64),
        q_values=lambda obs: np.tile([1.0, -1.0], (len(obs), 1)),
        words=TALKED_OF,
        worth=lambda: np.tile([1.0, -1.0], (2, 1)),
    )


def ask_to_speak(human, space):
    said = []
    for step in range(60):  # episodes of five steps
        start = np.full(2, step % 5 == 0)
        said += human.speak(dataclasses.replace(view(space, step), episode_start=start)).text
    assert any(said)


def shown(alternatives):
    rng = np.random.default_rng(0)
    return Segments(
        ids=np.arange(20 * alternatives).reshape(20, alternatives),
        obs=rng.uniform(0.0, 2.0, (20, alternatives, 5, 4)),
        action=np.ones((20, alternatives, 5, 2), np.float32),
        length=np.full((20, alternatives), 5),
        dt=0.1,
        step=np.zeros(20, np.int64),
    )


def ask_to_compare(human, space):
    pairs = shown(2)
    better = pairs.obs[:, :, :, 0].sum(axis=2).argmax(axis=1)
    assert (human.prefer(pairs).choice == better).sum() > 10


def ask_to_rank(human, space):
    assert (np.sort(human.rank(shown(3)).order, axis=1) == np.arange(3)).all()


def ask_to_correct(human, space):
    answer = human.correct(shown(1))
    assert (np.abs(answer.action).sum(axis=(1, 2)) < 2 * 5).sum() > 10


ASKED = {
    Kind.INTERVENTION: ask_to_steer,
    Kind.EVALUATION: ask_to_judge,
    Kind.UTTERANCE: ask_to_speak,
    Kind.PREFERENCE: ask_to_compare,
    Kind.RANKING: ask_to_rank,
    Kind.CORRECTION: ask_to_correct,
}


def test_the_registry_goes_by_the_name_in_the_config():
    for name, family in HUMANS.items():
        assert family.name == name == family.config().name


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"delay": -0.3}, "human.delay must be ≥ 0 s, got -0.3"),
        ({"delay": math.nan}, "human.delay must be ≥ 0 s, got nan"),
        ({"hold": math.inf}, "human.hold must be ≥ 0 s, got inf"),
        ({"quiet": -1.0}, "human.quiet must be ≥ 0 s, got -1.0"),
        ({"check_every": -1.0}, "human.check_every must be ≥ 0 s, got -1.0"),
        ({"threshold": 0.0}, "human.threshold must be > 0, got 0.0"),
        (
            {"gate": "likelihood", "threshold": 1.0},
            "human.threshold must be in (0, 1) for gate likelihood, got 1.0",
        ),
        ({"release": 0.0}, "human.release must be in (0, 1], got 0.0"),
        ({"release": 1.1}, "human.release must be in (0, 1], got 1.1"),
        ({"horizon": 0.0}, "human.horizon must be > 0 s, got 0.0"),
        ({"action_noise": -0.1}, "human.action_noise must be ≥ 0, got -0.1"),
        ({"inconsistency": -0.1}, "human.inconsistency must be ≥ 0, got -0.1"),
        ({"lapse_rate": 1.5}, "human.lapse_rate must be in [0, 1], got 1.5"),
        ({"lapse_duration": 0.0}, "human.lapse_duration must be > 0 s, got 0.0"),
        ({"false_alarm_rate": -1.0}, "human.false_alarm_rate must be ≥ 0 a second, got -1.0"),
        ({"fatigue": 0.0}, "human.fatigue must be > 0 s, got 0.0"),
        ({"budget_steps": -1}, "human.budget_steps must be ≥ 0, got -1"),
        ({"budget_seconds": -1.0}, "human.budget_seconds must be ≥ 0 s, got -1.0"),
        ({"prices": Prices(steer=-1.0)}, "human.prices.steer must be ≥ 0 s, got -1.0"),
        ({"expert": ""}, "human.expert must be task, module:function or a file, got nothing"),
        (
            {"gate": "distance"},
            "human.gate must be one of action_distance, likelihood, risk, always, got 'distance'",
        ),
        (
            {"delay_form": "normal"},
            "human.delay_form must be one of fixed, uniform, gamma, got 'normal'",
        ),
    ],
)
def test_a_value_out_of_range_is_named_with_its_bound(setting, message):
    with pytest.raises(UserError) as error:
        InterveningConfig(**setting)
    assert str(error.value) == message


def test_every_setting_is_described():
    for setting in fields(InterveningConfig):
        assert f"{setting.name}: " in InterveningConfig.__doc__
