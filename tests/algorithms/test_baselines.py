import numpy as np
import pytest
import stable_baselines3 as sb3
import torch as th
from stable_baselines3.common.vec_env import DummyVecEnv
from tiny import Line, Slide, SlideBatch

from algorithms.baselines.agent import DQN, PPO, SAC, TD3
from algorithms.baselines.config import DQNConfig, PPOConfig, SACConfig, TD3Config
from teaching import UserError
from teaching.sb3 import as_vec_env

OFF_POLICY = {"net_arch": [8], "batch_size": 8, "learning_starts": 10}


@pytest.mark.parametrize(
    ("agent", "task", "says"),
    [
        (TD3, Line, "algorithm=td3 needs continuous actions, got Discrete(3); choose one of dqn"),
        (SAC, Line, "algorithm=sac needs continuous actions, got Discrete(3); choose one of dqn"),
        (DQN, Slide, "algorithm=dqn needs discrete actions"),
    ],
)
def test_the_wrong_kind_of_action_is_one_line_that_names_what_fits(agent, task, says):
    with pytest.raises(UserError) as caught:
        agent(task())
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def same(a, b):
    theirs = b.policy.state_dict()
    return all(th.equal(w, theirs[k]) for k, w in a.model.policy.state_dict().items())


def test_dqn_is_sb3s_own_bit_for_bit_with_tanh_layers():
    tanh = {"net_arch": [8], "activation_fn": th.nn.Tanh}
    ours = DQN(Line(), DQNConfig(**OFF_POLICY), seed=3).learn(60)
    theirs = sb3.DQN(
        "MlpPolicy", as_vec_env(Line(), 3), seed=3, learning_starts=10, batch_size=8,
        train_freq=1, policy_kwargs=tanh, device="cpu",
    ).learn(60)  # fmt: skip
    assert same(ours, theirs)


def test_sac_is_sb3s_own_bit_for_bit():
    ours = SAC(Slide(), SACConfig(**OFF_POLICY), seed=3).learn(60)
    theirs = sb3.SAC(
        "MlpPolicy", as_vec_env(Slide(), 3), seed=3, learning_starts=10, batch_size=8,
        policy_kwargs={"net_arch": [8]}, device="cpu",
    ).learn(60)  # fmt: skip
    assert same(ours, theirs)


def test_td3_is_sb3s_own_bit_for_bit_with_noise_in_half_ranges():
    ours = TD3(Slide(), TD3Config(**OFF_POLICY), seed=3).learn(60)
    noise = sb3.common.noise.NormalActionNoise(np.zeros(1), np.full(1, 0.1))
    theirs = sb3.TD3(
        "MlpPolicy", as_vec_env(Slide(), 3), seed=3, learning_starts=10, batch_size=8,
        action_noise=noise, policy_kwargs={"net_arch": [8]}, device="cpu",
    ).learn(60)  # fmt: skip
    assert same(ours, theirs)
    assert not same(
        TD3(Slide(), TD3Config(exploration_noise=0.5, **OFF_POLICY), 3).learn(60), theirs
    )


@pytest.mark.parametrize("task", [Slide, Line])
def test_ppo_is_sb3s_own_bit_for_bit(task):
    ours = PPO(task(), PPOConfig(n_steps=16, batch_size=8, net_arch=[8]), seed=3).learn(32)
    theirs = sb3.PPO(
        "MlpPolicy", as_vec_env(task(), 3), seed=3, n_steps=16, batch_size=8,
        policy_kwargs={"net_arch": [8]}, device="cpu",
    ).learn(32)  # fmt: skip
    assert same(ours, theirs)


def test_each_world_of_a_batch_explores_by_itself():
    agent = TD3(SlideBatch(4), TD3Config(exploration_noise=0.3, **OFF_POLICY)).learn(4 * 10)
    obs = np.zeros((4, 2), np.float32)
    agent.model._last_obs = obs
    actions, _ = agent.model._sample_action(0, agent.model.action_noise, 4)
    assert len(np.unique(actions)) == 4


def test_a_ready_vec_env_is_taken_as_it_is_but_cannot_be_resumed():
    agent = PPO(DummyVecEnv([Slide]), PPOConfig(n_steps=8, batch_size=8)).learn(16)
    assert agent.num_timesteps == 16
    assert agent.resumable is False


def test_a_squared_loss_steps_down_the_mean_of_the_squared_td_errors():
    """One update from a batch that is known, against its gradient written out."""
    settings = {**OFF_POLICY, "loss": "squared", "gamma": 0.9, "learning_starts": 1000}
    learner = DQN(Line(), DQNConfig(**settings), seed=3).learn(30)
    model = learner.model
    batch = model.replay_buffer.sample(8)
    model.replay_buffer.sample = lambda *_, **__: batch
    with th.no_grad():
        following = model.q_net_target(batch.next_observations).amax(dim=1, keepdim=True)
        target = batch.rewards + 0.9 * (1 - batch.dones) * following
    value = model.q_net(batch.observations).gather(1, batch.actions.long())
    weights = list(model.q_net.parameters())
    expected = th.autograd.grad(((value - target) ** 2).mean(), weights)
    assert sum(float(g.square().sum()) for g in expected) < model.max_grad_norm**2
    model.train(1, 8)
    for p, gradient in zip(weights, expected, strict=True):
        assert th.allclose(p.grad, gradient, atol=1e-6)


def test_dqn_trains_every_so_many_steps():
    learner = DQN(Line(), DQNConfig(**OFF_POLICY, train_freq=5, updates_per_step=2), seed=3)
    assert learner.learn(60).model._n_updates == 2 * (60 - 10) // 5
