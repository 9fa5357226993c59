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
