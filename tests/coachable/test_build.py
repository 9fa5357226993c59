import gymnasium as gym
import numpy as np
import pytest

from coachable import build
from coachable.config import load
from coachable.evaluate_run import evaluate_expert
from teaching import Kind, UserError
from teaching import info as keys


@pytest.mark.parametrize("num_envs", [1, 3])
def test_a_human_sits_beside_every_training_world(num_envs):
    config = load(["env=driving", "human=demonstrator", f"num_envs={num_envs}"])
    env, human = build.build_training_env(config)
    assert human is not None and Kind.INTERVENTION in human.kinds
    assert isinstance(env, gym.vector.VectorEnv) == (num_envs > 1)
    env = build.put_beside(env, human, None)
    env.reset(seed=0)
    action = np.zeros(env.action_space.shape, np.float32)
    info = env.step(action)[-1]
    # The demonstrator is in control all the time.
    assert np.all(info[keys.TAKEOVER])
    env.close()


def test_a_learner_from_reward_gets_the_bare_task():
    env, human = build.build_training_env(load(["env=driving", "algorithm=td3"]))
    assert human is None
    env.reset(seed=0)
    assert keys.TAKEOVER not in env.step(env.action_space.sample())[-1]
    env.close()


def test_many_worlds_of_a_task_that_runs_one_are_refused():
    with pytest.raises(UserError, match="num_envs=2"):
        build.build_training_env(load(["env=minigrid", "num_envs=2"]))


def test_the_agent_has_the_configs_settings():
    config = load(["env=minigrid", "algorithm=iwr", "algorithm.batch_size=16"])
    env, human = build.build_training_env(config)
    learner = build.build_learner(config, build.put_beside(env, human, None))
    assert learner.model.batch_size == 16
    env.close()


def beside(*overrides):
    config = load(["algorithm=bc", *overrides])
    env, human = build.build_training_env(config)
    return build.put_beside(env, human, None, config)


def test_who_demonstrates_is_disturbed_or_goes_back_as_the_config_says():
    env = beside("env=coach_grid", "human=demonstrator_dart", "human.execution_noise=1.0")
    env.reset(seed=0)
    info = env.step(np.int64(0))[4]
    assert info[keys.DISTURBED_ACTION] != info[keys.EXECUTED_ACTION]
    # At the start a step to the right costs, and a step up, the expert's, never does.
    env = beside("env=coach_grid", "human=demonstrator_resets", "human.reset_share=1.0")
    assert not env.reset(seed=0)[1][keys.REVISITED]
    env.step(np.int64(0))
    obs, info = env.reset(seed=1)
    assert info[keys.REVISITED] and obs[0] == 1.0
    env = beside("env=coach_grid", "human=demonstrator_resets", "human.reset_share=1.0")
    env.reset(seed=0)
    env.step(np.int64(1))
    assert not env.reset(seed=1)[1][keys.REVISITED]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["env=coach_grid", "human=demonstrator_resets", "num_envs=2"], "set num_envs=1"),
        (["env=coach_grid", "human=demonstrator_dart", "num_envs=2"], "set num_envs=1"),
        (["env=minigrid", "human=demonstrator_resets"], "cannot be put back"),
        (["env=river_swim", "human=demonstrator_resets"], "an expert that predicts risk"),
        (["env=coach_grid", "human=demonstrator_dart", "human.execution_noise=2"], "at most 1"),
    ],
)
def test_demonstrations_that_cannot_be_had_are_refused_before_anything_is_written(
    overrides, message
):
    with pytest.raises(UserError, match=message):
        build.build_training_env(load(["algorithm=bc", *overrides]))


def test_test_roads_are_counted_where_the_task_names_them():
    assert build.count_test_roads(load(["env=driving", "env.test_roads=7"])) == 7
    assert build.count_test_roads(load(["env=metadrive"])) == 50
    assert build.count_test_roads(load(["env=minigrid"])) is None


def test_the_expert_by_itself_finds_its_way_through_the_grid():
    config = load(["env=minigrid", "env.id=MiniGrid-Empty-5x5-v0"])
    figures = evaluate_expert(config, 3).figures()
    assert figures["success"] == 1.0
    # From a corner to the opposite one of 3 × 3 free cells: 2 + 2 steps and one turn.
    assert figures["episode_length"] == 5


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["algorithm=coach", "env=driving", "human=praising"],
            "algorithm=coach needs discrete actions, and env=driving has Box",
        ),
        (["algorithm=sac", "env=grid"], "algorithm=sac needs continuous actions, and env=grid"),
        (["algorithm=dqn", "env=pendulum"], r"env=pendulum has Box.*; choose one of td3, sac, ppo"),
    ],
)
def test_actions_that_an_algorithm_cannot_choose_among_are_refused(overrides, message):
    with pytest.raises(UserError, match=message):
        build.build_training_env(load(overrides))
