import pickle
import warnings
import zipfile

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from torch import nn

from coachable.saved_policy import load
from teaching import UserError

warnings.filterwarnings("ignore")


class Reach(gym.Env):
    """Two-dimensional actions whose bounds are neither symmetric nor one."""

    observation_space = gym.spaces.Box(-2, 2, (3,))

    def __init__(self, discrete=False):
        box = gym.spaces.Box(np.array([-1, 0], "f4"), np.array([3, 0.5], "f4"))
        self.action_space = gym.spaces.Discrete(4) if discrete else box
        self.steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self._obs(), {}

    def step(self, action):
        self.steps += 1
        return self._obs(), float(np.sum(action)), False, self.steps >= 20, {}

    def _obs(self):
        return self.np_random.uniform(-2, 2, 3).astype(np.float32)


def train(cls, path, discrete=False, **kwargs):
    env = Reach(discrete)
    if cls in (PPO, A2C):
        model = cls("MlpPolicy", env, n_steps=32, seed=0, device="cpu", **kwargs)
    else:
        model = cls("MlpPolicy", env, learning_starts=10, batch_size=8, seed=0, **kwargs)
    model.learn(64)
    model.save(path)
    return model


CASES = [
    (TD3, False, {}),
    (TD3, False, {"policy_kwargs": {"net_arch": [16], "activation_fn": nn.ELU}}),
    (DDPG, False, {}),
    (SAC, False, {}),
    (SAC, False, {"policy_kwargs": {"net_arch": []}}),
    (PPO, False, {}),
    (PPO, True, {}),
    (PPO, False, {"policy_kwargs": {"net_arch": {"pi": [8, 8, 8], "vf": [4]}}}),
    (A2C, False, {"policy_kwargs": {"activation_fn": nn.ReLU}}),
    (DQN, True, {}),
    (DQN, True, {"policy_kwargs": {"activation_fn": nn.Tanh}}),
]


@pytest.mark.parametrize(("cls", "discrete", "kwargs"), CASES)
def test_actions_are_those_of_stable_baselines(tmp_path, cls, discrete, kwargs):
    model = train(cls, tmp_path / "policy.zip", discrete, **kwargs)
    oracle = load(tmp_path / "policy.zip", model.observation_space, model.action_space)
    obs = np.random.default_rng(0).uniform(-2, 2, (200, 3)).astype(np.float32)
    expected = model.predict(obs, deterministic=True)[0]
    action = oracle.action(obs)
    assert action.dtype == expected.dtype and action.shape == expected.shape
    assert np.array_equal(action, expected)
    assert (oracle.log_prob is None) == (cls in (TD3, DDPG, DQN))


def test_sac_log_prob_integrates_to_one(tmp_path):
    model = train(SAC, tmp_path / "policy.zip")
    oracle = load(tmp_path / "policy.zip", model.observation_space, model.action_space)
    first, second = np.meshgrid(np.linspace(-1, 3, 402)[1:-1], np.linspace(0, 0.5, 402)[1:-1])
    actions = np.stack([first.ravel(), second.ravel()], 1).astype(np.float32)
    obs = np.tile(np.array([[0.5, -1, 1]], dtype=np.float32), (len(actions), 1))
    cell = (4 / 401) * (0.5 / 401)
    assert np.exp(oracle.log_prob(obs, actions)).sum() * cell == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("discrete", [False, True])
def test_ppo_log_prob_is_that_of_stable_baselines(tmp_path, discrete):
    model = train(PPO, tmp_path / "policy.zip", discrete)
    oracle = load(tmp_path / "policy.zip", model.observation_space, model.action_space)
    rng = np.random.default_rng(0)
    obs = rng.uniform(-2, 2, (20, 3)).astype(np.float32)
    action = np.stack([model.action_space.sample() for _ in obs])
    with torch.no_grad():
        expected = model.policy.evaluate_actions(torch.as_tensor(obs), torch.as_tensor(action))[1]
    assert oracle.log_prob(obs, action) == pytest.approx(expected.numpy(), rel=1e-5)


def test_nothing_in_the_file_is_unpickled(tmp_path):
    class Bomb:
        def __reduce__(self):
            return open, (str(tmp_path / "exploded"), "w")

    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
        archive.writestr("policy.pth", pickle.dumps({"actor.mu.0.weight": Bomb()}))
    with pytest.raises(UserError, match="cannot be used"):
        load(path, Reach().observation_space, Reach().action_space)
    assert not (tmp_path / "exploded").exists()


def refuses(path, message, obs_space=None, action_space=None):
    env = Reach()
    with pytest.raises(UserError, match=message) as caught:
        load(path, obs_space or env.observation_space, action_space or env.action_space)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_a_policy_for_other_spaces_is_one_line(tmp_path):
    for cls, discrete in ((TD3, False), (SAC, False), (PPO, False), (DQN, True), (PPO, True)):
        path = tmp_path / f"{cls.__name__}{discrete}.zip"
        train(cls, path, discrete)
        own = Reach(discrete).action_space
        other = Reach(not discrete).action_space
        wide = gym.spaces.Discrete(7) if discrete else gym.spaces.Box(-1, 1, (5,))
        refuses(
            path, "made for (discrete|continuous) actions|diagonal|and [24] actions", None, other
        )
        refuses(path, "made for 3 observed numbers", gym.spaces.Box(-1, 1, (9,)), own)
        refuses(path, r"and [24] actions; the task has 3 and [57]", None, wide)
        refuses(path, "a Box of numbers", gym.spaces.Discrete(3), own)


def test_a_file_with_a_flipped_byte_anywhere_is_one_line_or_loads(tmp_path):
    path = tmp_path / "policy.zip"
    train(TD3, path, policy_kwargs={"net_arch": [4]})
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    env = Reach()
    for place in rng.integers(len(whole), size=100):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            load(path, env.observation_space, env.action_space)
        except UserError as error:
            assert "\n" not in str(error)


def test_what_is_not_understood_is_one_line(tmp_path):
    path = tmp_path / "text.zip"
    path.write_text("hello")
    refuses(path, "damaged")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
    refuses(path, "damaged")
    train(SAC, path, use_sde=True)
    refuses(path, "use_sde")
    train(PPO, path, use_sde=True)
    refuses(path, "diagonal")
    train(PPO, path, policy_kwargs={"activation_fn": nn.Softplus})
    refuses(path, "activation Softplus")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refuses(path, "damaged")
    refuses(tmp_path / "none.zip", "no file")
