import numpy as np
import pytest

from algorithms.verbal.corrections.agent import Corrections
from algorithms.verbal.corrections.config import CorrectionsConfig
from coachable import build
from coachable.config import load
from envs.arm.env import ArmEnv, ArmVectorEnv
from envs.arm.manner import MANNER as PUSHING
from envs.arm.task import ARM
from envs.collection.env import CollectionEnv
from simulated_humans import comparing_manners
from simulated_humans.corrector import CorrectorHuman
from simulated_humans.corrector_config import CorrectorConfig
from teaching import HumanInTheLoop, UserError

SPEED = 0


def students(env):
    return ARM.oracle(env, env.unwrapped.config).action


def taught(seed=0, **settings):
    env = ArmEnv()
    human = CorrectorHuman(CorrectorConfig(), ARM.oracle(env, env.config), env.action_space)
    config = CorrectionsConfig(**{"flaw": {"speed": -1.5}} | settings)
    return Corrections(HumanInTheLoop(env, human), config, seed, students)


def off(learner, count=8):
    """Spreads by which the speed is off on test episodes, held against the expert's."""
    env = ArmVectorEnv(split="test", num_worlds=count)
    obs, _ = env.reset(seed=0)
    right = [ARM.oracle(env, env.config).episode(w) for w in range(count)]
    learner.enter(env)
    seen, done = [[] for _ in range(count)], np.zeros(count, bool)
    while not done.all():
        action = learner.predict(obs)[0]
        for w in np.flatnonzero(~done):
            seen[w].append((obs[w], action[w]))
        obs, _, terminated, truncated, _ = env.step(action)
        done |= terminated | truncated
    mine = [tuple(np.stack(part) for part in zip(*rows, strict=True)) for rows in seen]
    found = [
        comparing_manners.deviations(PUSHING, m, r)[0] for m, r in zip(mine, right, strict=True)
    ]
    return float(np.mean(found, axis=0)[SPEED])


def test_a_student_who_is_too_slow_is_corrected_in_words_alone():
    learner = taught()
    before = off(learner)
    learner.learn(700)
    assert before < -1.0 and abs(off(learner)) < 0.5 * abs(before)
    assert learner.figures()["corrections_heard"] >= 5


def test_with_an_action_per_world_the_reward_plays_no_part():
    from tiny import NoiseReward

    amounts = []
    for noise in (None, 3):
        env = ArmEnv()
        human = CorrectorHuman(CorrectorConfig(), ARM.oracle(env, env.config), env.action_space)
        task = env if noise is None else NoiseReward(env, noise)
        learner = Corrections(HumanInTheLoop(task, human), CorrectionsConfig(), 0, students)
        amounts.append(learner.learn(300).corrected.amounts)
    assert np.array_equal(*amounts) and amounts[0].any()


def test_a_saved_student_goes_on_as_it_would_have():
    first = taught()
    first.learn(200)
    state = first.state_dict()
    second = taught()
    second.load_state_dict(state)
    first.learn(420), second.learn(420)
    assert np.array_equal(first.corrected.amounts, second.corrected.amounts)
    assert first.figures() == second.figures()


def test_the_flaw_is_what_was_asked_for_or_drawn_without_smoothness():
    assert taught(flaw={"distance": 0.5}).flaw.tolist() == [0.0, 0.5, 0.0]
    assert not taught(flaw={}).flaw.any()
    drawn = taught(flaw=None, seed=3).flaw
    assert (np.abs(drawn[:2]) >= 0.8).all() and (np.abs(drawn[:2]) <= 2).all() and drawn[2] == 0
    with pytest.raises(UserError, match=r"flaw\.pitch: this task has the qualities speed"):
        taught(flaw={"pitch": 1.0})


def test_who_has_no_flaw_does_as_the_student_does():
    learner = taught(flaw={})
    env = ArmEnv()
    obs, _ = env.reset(seed=0)
    learner.enter(env)
    assert learner.predict(obs)[0] == pytest.approx(students(env)(obs[None])[0], abs=1e-6)


def test_a_task_without_qualities_or_a_learner_without_a_student_is_refused():
    with pytest.raises(UserError, match="env=driving, arm and maze do"):
        Corrections(CollectionEnv(), students=lambda env: lambda obs: obs)
    with pytest.raises(UserError, match="needs a student"):
        Corrections(ArmEnv())


def test_a_student_that_is_none_is_one_line():
    config = load(["env=arm", "human=corrector", "algorithm=corrections",
                   "algorithm.student=runs/nobody"])  # fmt: skip
    env, human = build.build_training_env(config)
    with pytest.raises(UserError, match=r"algorithm\.student='runs/nobody' is none of: task"):
        build.build_learner(config, build.put_beside(env, human, None, config))
