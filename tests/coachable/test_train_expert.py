"""coachable train-expert: the file acts as what was trained, and its command makes it again."""

import json

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import A2C
from stable_baselines3.common.vec_env import VecNormalize

from coachable import train_expert as module
from coachable.compose import options
from coachable.evaluate_expert import evaluate_expert_file
from coachable.expert_settings import plan
from coachable.export_policy import export
from coachable.saved_policy import load as load_zip
from coachable.train_expert import train_expert
from envs.experts.policy import ExpertPolicy, load
from teaching import UserError

CARTPOLE = ["env=gymnasium", "env.id=CartPole-v1", "progress=false"]
PENDULUM = ["env=gymnasium", "env.id=Pendulum-v1", "progress=false"]
SHORT = ["total_steps=128", "eval_every=64", "eval_episodes=1", "final_episodes=2"]
NET = ["algorithm.net_arch=[8]", "algorithm.batch_size=16"]
SMALL = [*SHORT, *NET]
PPO = ["algorithm=ppo", "algorithm.n_steps=32"]
CASES = {
    "ppo, discrete": [*CARTPOLE, *SMALL, *PPO, "num_envs=2"],
    "ppo, continuous, normalised": [*PENDULUM, *SMALL, *PPO, "num_envs=2", "expert.normalise=true"],
    "dqn": [*CARTPOLE, *SMALL, "algorithm=dqn", "num_envs=1", "algorithm.learning_starts=10"],
    "sac": [*PENDULUM, *SMALL, "algorithm=sac", "num_envs=2", "algorithm.learning_starts=10"],
    "td3": [
        *[*PENDULUM, *SMALL, "algorithm=td3", "num_envs=2", "algorithm.learning_starts=10"],
        "expert.noise=ornstein_uhlenbeck",
    ],
    "a task of the lab in arrays": [
        *["env=coach_grid", "env.observation=features", "progress=false", *SMALL, *PPO],
        "num_envs=2",
    ],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def models(monkeypatch):
    """The Stable-Baselines3 models that were exported, in order."""
    seen = []

    def spy(model):
        seen.append(model)
        return export(model)

    monkeypatch.setattr("coachable.export_policy.export", spy)
    return seen


@pytest.mark.parametrize("case", CASES)
def test_the_stored_policy_acts_as_stable_baselines_predicts(case, here, models):
    assert train_expert([*CASES[case], "eval_every=128"], "e.npz") == 0
    expert, model = load("e.npz"), models[-1]
    oracle = expert.oracle(model.observation_space, model.action_space)
    rng = np.random.default_rng(0)
    obs = rng.uniform(-2, 2, (200, *model.observation_space.shape)).astype(np.float32)
    normaliser = model.get_vec_normalize_env()
    assert isinstance(normaliser, VecNormalize) == ("normalised" in case)
    shown = normaliser.normalize_obs(obs) if normaliser else obs
    expected = model.predict(shown.astype(np.float32), deterministic=True)[0]
    found = oracle.action(obs)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    assert found == pytest.approx(expected, abs=1e-5)
    assert (oracle.q_values is not None) == (case == "dqn")
    assert (oracle.log_prob is not None) == (case not in ("dqn", "td3"))


@pytest.mark.parametrize("case", ["ppo, continuous, normalised", "ppo, discrete", "dqn"])
def test_densities_and_values_are_those_of_stable_baselines(case, here, models):
    import torch

    train_expert([*CASES[case], "eval_every=128"], "e.npz")
    model = models[-1]
    oracle = load("e.npz").oracle(model.observation_space, model.action_space)
    rng = np.random.default_rng(1)
    obs = rng.uniform(-1, 1, (50, *model.observation_space.shape)).astype(np.float32)
    action = np.stack([model.action_space.sample() for _ in obs])
    normaliser = model.get_vec_normalize_env()
    tensor = torch.as_tensor(normaliser.normalize_obs(obs) if normaliser else obs).float()
    with torch.no_grad():
        if case == "dqn":
            assert oracle.q_values(obs) == pytest.approx(model.q_net(tensor).numpy(), abs=1e-5)
            return
        expected = model.policy.evaluate_actions(tensor, torch.as_tensor(action))[1].numpy()
    assert oracle.log_prob(obs, action) == pytest.approx(expected, abs=1e-3)


def test_sacs_densities_are_those_of_its_saved_model(here, models):
    train_expert([*CASES["sac"], "eval_every=128"], "e.npz")
    model = models[-1]
    model.save("m.zip")
    spaces = model.observation_space, model.action_space
    obs = np.random.default_rng(2).uniform(-1, 1, (50, 3)).astype(np.float32)
    action = np.linspace(-1.9, 1.9, 50, dtype=np.float32)[:, None]
    expected = load_zip(here / "m.zip", *spaces).log_prob(obs, action)
    assert load("e.npz").oracle(*spaces).log_prob(obs, action) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("case", ["ppo, discrete", "sac"])
def test_the_command_in_the_header_gives_the_same_file_again(case, here):
    import shlex

    train_expert([*CASES[case], "seed=7"], "e.npz")
    first = (here / "e.npz").read_bytes()
    header = load("e.npz").header
    program, verb, *overrides, option, path = shlex.split(header["command"])
    assert (program, verb, option, path) == ("coachable", "train-expert", "--out", "e.npz")
    assert header["seed"] == 7
    (here / "e.npz").unlink()
    train_expert(overrides, path)
    assert (here / "e.npz").read_bytes() == first
    (here / "e.npz").unlink()
    train_expert([text.replace("seed=7", "seed=8") for text in overrides], path)
    assert load("e.npz").header["sha256"] != header["sha256"]


def test_the_header_says_what_the_file_is(here):
    train_expert([*CASES["ppo, discrete"], "env.kwargs={sutton_barto_reward: true}"], None)
    expert = load("runs/experts/CartPole-v1.npz")
    header = json.loads(json.dumps(expert.header))
    assert header["env"]["id"] == "CartPole-v1"
    assert header["env"]["kwargs"] == {"sutton_barto_reward": True}
    assert header["algorithm"] == "ppo" and header["settings"]["total_steps"] == 128
    assert header["network"] == {"sizes": [4, 8, 2], "activation": "tanh"}
    assert header["head"] == "categorical" and header["result"]["episodes"] == 2
    assert {"python", "torch", "stable-baselines3", "gymnasium"} <= set(header["versions"])


def test_the_best_of_several_evaluations_is_kept(here, monkeypatch):
    returns = iter([1.0, 5.0, 2.0])

    def fake(self, policy, episodes, first):
        judged = first == module._FIRST_FINAL
        values = np.full(episodes, 9.0 if judged else next(returns))
        nothing = np.zeros(episodes)
        return module.Evaluation(nothing, values, nothing, nothing.astype(int))

    monkeypatch.setattr(module._Training, "_evaluate", fake)
    overrides = [*CASES["ppo, discrete"], "total_steps=192", "eval_every=64"]
    train_expert(overrides, "e.npz")
    assert load("e.npz").header["steps"] == 128
    assert load("e.npz").header["result"]["mean"] == 9.0


def test_training_ends_when_the_expert_is_good_enough(here, models):
    train_expert([*CASES["ppo, discrete"], "expert.enough=1"], "e.npz")
    # A pole on a cart stands for more than one step.
    assert load("e.npz").header["steps"] == 64
    assert models[-1].num_timesteps < 128


def test_an_interrupt_keeps_the_best_so_far(here, monkeypatch):
    stop = module._Training._try_policy

    def try_and_stop(self):
        stop(self)
        self._stop._since = 0.0

    monkeypatch.setattr(module._Training, "_try_policy", try_and_stop)
    assert train_expert(CASES["ppo, discrete"], "e.npz") == 130
    header = load("e.npz").header
    # A rollout of 2 × 32 steps, then one step of either world until the request is seen.
    assert (header["steps"], header["trained"]) == (64, 66)


def test_an_interrupt_before_anything_was_evaluated_writes_nothing(here, monkeypatch):
    step = module._Training.on_step

    def stop(self, *args):
        self._stop._since = 0.0
        return step(self, *args)

    monkeypatch.setattr(module._Training, "on_step", stop)
    with pytest.raises(UserError, match="stopped before the first evaluation"):
        train_expert(CASES["ppo, discrete"], "e.npz")
    assert not (here / "e.npz").exists()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["env=gymnasium", "env.id=CartPole-v9"], "no environment is called 'CartPole-v9'"),
        ([*CARTPOLE, "algorithm=pvp"], "algorithm must be one of ppo, sac, td3, dqn, got 'pvp'"),
        ([*CARTPOLE, "algorithm=sac", *SMALL], "algorithm=sac needs continuous actions"),
        ([*CARTPOLE, "human=expert"], "has no use for 'human'"),
        ([*CARTPOLE, "resume=true"], "has no use for 'resume'"),
        ([*CARTPOLE, "expert.enuf=3"], "unknown key expert.enuf .*did you mean expert.enough"),
        ([*CARTPOLE, "expert.noise=pink"], "expert.noise must be one of gaussian"),
        ([*CARTPOLE, "expert.noise=ornstein_uhlenbeck"], "expert.noise is of td3, not of ppo"),
        ([*CARTPOLE, "algorithm.learning_rat=1"], "did you mean algorithm.learning_rate"),
        ([*CARTPOLE, "total_steps=0"], "total_steps must be ≥ 1"),
        ([*CARTPOLE, "eval_every=0"], "eval_every must be ≥ 1"),
        (
            ["env=minigrid", "env.flat=false", "algorithm=dqn", *SMALL],
            "no expert's file holds a GridCNN: observations are Box",
        ),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(overrides, message, here):
    with pytest.raises(UserError, match=message) as caught:
        train_expert(overrides, "out/e.npz")
    assert "\n" not in str(caught.value)
    assert not (here / "out" / "e.npz").exists()


def test_a_file_that_is_there_is_replaced_only_if_asked_for(here):
    (here / "e.npz").write_text("precious")
    with pytest.raises(UserError, match="overwrite=true replaces it"):
        train_expert(CASES["ppo, discrete"], "e.npz")
    assert (here / "e.npz").read_text() == "precious"
    train_expert([*CASES["ppo, discrete"], "overwrite=true"], "e.npz")
    assert load("e.npz").header["algorithm"] == "ppo"
    with pytest.raises(UserError, match=r"--out must end in .npz"):
        train_expert(CASES["ppo, discrete"], "e.zip")


@pytest.mark.parametrize("name", options("expert"))
def test_what_is_known_of_an_id_is_filled_in_and_the_command_line_goes_first(name):
    known = plan([f"env.id={name}", "env=gymnasium"])
    assert known.run.evaluate_on == "validation"
    more = plan([f"env.id={name}", "env=gymnasium", "total_steps=7", "algorithm.gamma=0.5"])
    assert more.run.total_steps == 7 and more.run.algorithm.gamma == 0.5
    assert more.run.algorithm.net_arch == known.run.algorithm.net_arch
    assert more.run.algorithm.name == known.run.algorithm.name


def test_settings_for_one_algorithm_are_not_lent_to_another():
    other = plan(["env=gymnasium", "env.id=CartPole-v1", "algorithm=dqn"])
    assert other.run.algorithm.gamma == 0.99 and other.run.num_envs == 1


@pytest.mark.parametrize(("env", "algorithm"), [("driving", "sac"), ("collection", "ppo")])
def test_a_task_that_nothing_is_known_of_gets_an_algorithm_for_its_actions(env, algorithm):
    assert plan([f"env={env}"]).run.algorithm.name == algorithm


def test_an_expert_is_evaluated_beside_random_actions(here, capsys):
    train_expert(CASES["ppo, discrete"], "e.npz")
    found = evaluate_expert_file("e.npz", 3)
    assert all(len(evaluation.returns) == 3 for evaluation in found.values())
    # The reward of CartPole is 1 a step.
    assert (found["random actions"].returns == found["random actions"].length).all()
    assert "made by: coachable train-expert env=gymnasium" in capsys.readouterr().out


def test_a_task_that_is_not_the_labs_is_refused(here):
    train_expert(CASES["ppo, discrete"], "e.npz")
    expert = load("e.npz")
    header = {**expert.header, "env": {"config": {"name": "elsewhere"}}}
    (here / "e.npz").write_bytes(ExpertPolicy(header, expert.arrays, "").to_bytes())
    with pytest.raises(UserError, match="names no task of the lab"):
        evaluate_expert_file("e.npz", 1)


def test_images_are_refused():
    env = gym.spaces.Box(0, 255, (3, 36, 36), np.uint8)

    class Pixels(gym.Env):
        observation_space, action_space = env, gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return env.sample(), {}

        def step(self, action):
            return env.sample(), 0.0, False, False, {}

    with pytest.raises(UserError, match="no expert's file holds"):
        export(A2C("CnnPolicy", Pixels()))
