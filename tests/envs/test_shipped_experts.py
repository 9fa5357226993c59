"""The experts that come along: each fits its task and reaches what its header claims."""

import math

import gymnasium as gym
import numpy as np
import pytest

from coachable import experts
from coachable.check import check
from coachable.compose import options
from coachable.config import load as load_config
from coachable.evaluate import evaluate
from coachable.evaluate_expert import random_policy
from coachable.train import train
from envs.experts import shipped
from envs.experts.policy import load
from envs.gymnasium_id import GYMNASIUM, GymnasiumConfig
from teaching import UserError

SHIPPED = shipped.shipped()
WORDS = [name for name in options("env") if load_config([f"env={name}"]).env.name == "gymnasium"]


def of(env_id):
    config = GymnasiumConfig(id=env_id)
    env = GYMNASIUM.make(config, "test", None)
    return env, experts.resolve("task", env, GYMNASIUM, config), load_header(env_id)


def load_header(env_id):
    return load(shipped.FOLDER / f"{env_id}.npz").header


@pytest.mark.parametrize("env_id", SHIPPED)
def test_an_expert_reaches_what_it_claims(env_id):
    """On other episodes than its header's: within 3 SE of the difference of the two means."""
    env, oracle, header = of(env_id)
    claim, n = header["result"], 10
    found = evaluate(oracle.action, env, n).returns
    env.close()
    error = claim["sd"] * math.sqrt(1 / n + 1 / claim["episodes"])
    # A spread of nothing over the header's episodes does not make the next ones exact.
    assert found.mean() == pytest.approx(claim["mean"], abs=3 * error + 0.01 * abs(claim["mean"]))


@pytest.mark.parametrize("env_id", SHIPPED)
def test_the_claim_is_a_solved_task_where_one_is_published(env_id):
    threshold = gym.spec(env_id).reward_threshold
    result = load_header(env_id)["result"]
    assert result["episodes"] >= 100 and result["split"] == "validation"
    if threshold is not None:
        assert result["mean"] >= threshold


@pytest.mark.parametrize("env_id", SHIPPED)
def test_the_files_are_small_and_their_commands_name_them(env_id):
    path = shipped.FOLDER / f"{env_id}.npz"
    assert path.stat().st_size < 50_000
    words = load_header(env_id)["command"].split()
    assert words[:2] == ["coachable", "train-expert"]
    assert load_config(words[2:], fit=False).env.id == env_id


def test_all_files_together_are_small():
    sizes = [path.stat().st_size for path in shipped.FOLDER.glob("*.npz")]
    assert sizes and sum(sizes) < 400_000


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1"])
def test_an_expert_does_better_than_chance(env_id):
    env, oracle, _ = of(env_id)
    best = evaluate(oracle.action, env, 5).returns
    chance = evaluate(random_policy(env), env, 5).returns
    env.close()
    assert best.min() > chance.max()


def test_other_arguments_of_the_constructor_are_another_task():
    config = GymnasiumConfig(id="CartPole-v1", kwargs={"sutton_barto_reward": True})
    env = GYMNASIUM.make(config, "train", None)
    with pytest.raises(UserError) as caught:
        experts.resolve("task", env, GYMNASIUM, config)
    assert str(caught.value).startswith(
        "no expert is shipped for CartPole-v1 with env.kwargs.sutton_barto_reward=True; make one "
        "with: coachable train-expert env=gymnasium env.id=CartPole-v1 "
        "env.kwargs.sutton_barto_reward=True"
    )


def test_where_none_is_shipped_the_line_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = GymnasiumConfig(id="MountainCar-v0", kwargs={"goal_velocity": 0.01})
    env = GYMNASIUM.make(config, "train", None)
    with pytest.raises(UserError, match="make one with: coachable train-expert") as caught:
        experts.resolve("task", env, GYMNASIUM, config)
    assert "\n" not in str(caught.value)


def test_what_was_trained_here_teaches_where_none_is_shipped(tmp_path, monkeypatch):
    """CartPole's expert under another name stands for one that a user trained."""
    monkeypatch.chdir(tmp_path)
    kwargs = {"sutton_barto_reward": True}
    config = GymnasiumConfig(id="CartPole-v1", kwargs=kwargs)
    env = GYMNASIUM.make(config, "train", None)
    policy = load(shipped.FOLDER / "CartPole-v1.npz")
    policy.header["env"]["kwargs"] = kwargs
    folder = tmp_path / "runs/experts"
    folder.mkdir(parents=True)
    (folder / "CartPole-v1.npz").write_bytes(policy.to_bytes())
    oracle = experts.resolve("task", env, GYMNASIUM, config)
    named = experts.resolve("runs/experts/CartPole-v1.npz", env, GYMNASIUM, config)
    obs = np.random.default_rng(0).uniform(-0.1, 0.1, (20, 4)).astype(np.float32)
    assert oracle.action(obs).tolist() == named.action(obs).tolist()
    assert len(set(oracle.action(obs).tolist())) == 2


def test_a_vector_environment_has_the_expert_of_its_worlds():
    config = GymnasiumConfig(id="CartPole-v1")
    env = gym.vector.SyncVectorEnv([lambda: GYMNASIUM.make(config, "train", None)] * 3)
    obs, _ = env.reset(seed=0)
    assert experts.resolve("task", env, GYMNASIUM, config).action(obs).shape == (3,)


@pytest.mark.parametrize("name", WORDS)
def test_a_word_says_what_success_is(name):
    """As registered, where that can be reached, and else as docs/tasks.md says."""
    config = load_config([f"env={name}"]).env
    registered = gym.spec(config.id).reward_threshold
    if name == "gymnasium":
        assert config.success_return is None
    elif registered is None or name == "pusher":  # the sum of costs in Pusher is never 0
        assert config.success_return is not None
    else:
        assert config.success_return == registered


@pytest.mark.parametrize("name", WORDS)
def test_a_word_keeps_the_contract(name, capsys):
    assert check([f"env={name}"]) == 0
    assert "FAIL" not in capsys.readouterr().out


@pytest.mark.parametrize("algorithm", ["pvp", "hg_dagger"])
@pytest.mark.parametrize("env", ["pendulum", "inverted_pendulum"])  # float32 and float64 views
def test_a_shipped_expert_teaches(algorithm, env, tmp_path):
    overrides = [f"algorithm={algorithm}", f"env={env}", "human=expert", "total_steps=250"]
    small = ["final_episodes=1", "eval_every=0", "algorithm.net_arch=[8]", "progress=false"]
    result = train(load_config([*overrides, *small, f"runs={tmp_path}"]))
    assert result["takeovers"] > 0
