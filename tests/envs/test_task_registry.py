import subprocess
import sys
from dataclasses import fields
from importlib.resources import files

import gymnasium as gym
import numpy as np
import pytest
from omegaconf import OmegaConf

from envs.registry import TASKS


def test_every_family_is_under_its_own_name():
    assert set(TASKS) == {
        "driving", "finite", "collection", "arm", "maze", "tabletop", "minigrid", "metadrive",
        "gymnasium",
    }  # fmt: skip
    assert all(family.name == name for name, family in TASKS.items())
    assert all(family.summary and "\n" not in family.summary for family in TASKS.values())


@pytest.mark.parametrize("name", TASKS)
def test_the_yaml_file_is_the_dataclass_with_its_defaults(name):
    values = OmegaConf.to_container(OmegaConf.load(str(files("configs") / "env" / f"{name}.yaml")))
    config = TASKS[name].config
    assert values == {field.name: getattr(config(), field.name) for field in fields(config)}


@pytest.mark.parametrize(
    "name", ["driving", "finite", "collection", "arm", "maze", "tabletop", "minigrid", "gymnasium"]
)
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_family_makes_what_it_promises(name, split):
    family = TASKS[name]
    env = family.make(family.config(), split, None)
    assert env.unwrapped.dt > 0
    env.action_space.seed(0)
    obs, _ = env.reset(seed=0)
    ended = False
    while not ended:
        assert env.observation_space.contains(obs)
        obs, _, terminated, truncated, info = env.step(env.action_space.sample())
        ended = terminated or truncated
    assert isinstance(info["is_success"], bool)


@pytest.mark.parametrize("env_id", ["coachable/Driving-v0", "envs:coachable/Driving-v0"])
def test_the_labs_own_id_is_registered_by_importing_envs(env_id):
    program = f"import gymnasium, envs; gymnasium.make({env_id!r}).reset(seed=0)"
    if ":" in env_id:
        program = program.replace(", envs", "")
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
    assert gym.spec("coachable/Driving-v0").entry_point == "envs.driving.env:DrivingEnv"


def test_make_vec_gives_the_batch_itself():
    from envs.driving.vector import DrivingVectorEnv

    env = gym.make_vec("coachable/Driving-v0", num_envs=3, split="test")
    assert isinstance(env, DrivingVectorEnv)
    assert env.num_envs == 3
    direct = DrivingVectorEnv(split="test", num_worlds=3)
    assert np.array_equal(env.reset(seed=5)[0], direct.reset(seed=5)[0])
    assert gym.make_vec(env.spec).num_envs == 3


def test_the_registry_imports_no_simulator_and_no_torch():
    program = (
        "import sys, envs.registry;"
        "heavy = {'torch', 'stable_baselines3', 'metadrive', 'minigrid', 'mujoco'};"
        "heavy |= {'numba', 'pygame', 'scipy'};"
        "found = heavy & set(sys.modules);"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
