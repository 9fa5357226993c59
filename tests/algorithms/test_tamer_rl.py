import numpy as np
import pytest
import torch as th
from tiny import Critic, Line, Scripted, Slide

from algorithms.core.learner import Callback
from algorithms.tamer.agent import TAMER
from algorithms.tamer.config import TAMERConfig
from algorithms.tamer.rl import shaping
from algorithms.tamer.rl.agent import TAMERRL
from algorithms.tamer.rl.config import TAMERRLConfig
from algorithms.tamer.rl.features import RBF, Tiles
from teaching import HumanInTheLoop, UserError

SMALL = {"net_arch": [8], "batch_size": 4, "learning_starts": 2, "buffer_size": 200}
CELLS = np.eye(6, dtype=np.float32)
NOBODY = np.zeros(6, int)


def made(base="dqn", env=None, critic=True, **settings):
    env = env or Line()
    settings.setdefault("base_settings", {} if base == "sarsa" else SMALL)
    config = TAMERRLConfig(base=base, num_features=30, **settings)
    return TAMERRL(HumanInTheLoop(env, Critic(rate=1.0)) if critic else env, config, seed=0)


def with_likings(learner, likings):
    """Ĥ(s, ·) the same in every state: the linear features end with a 1."""
    learner.human.weights[:] = 0.0
    learner.human.weights[0, :, -1] = likings
    return learner


def test_shaping_adds_beta_times_the_liking_and_nothing_else():
    """Each stored reward against the true one, Ĥ as it was after the step, and β as it was."""
    learner = made(beta=0.5, beta_decay=0.9)
    seen = []

    class Watch(Callback):
        def on_step(self, _, infos, rewards, dones):
            obs, action = learner.model._last_obs, learner.taught._actions
            liking = learner.human.liking(obs.astype(float), action, np.zeros(1, int))
            seen.append((float(rewards[0]), float(liking[0])))
            return True

    learner.learn(30, Watch())
    stored = learner.model.replay_buffer.rewards[:30, 0]
    expected = [r + 0.5 * 0.9**t * liking for t, (r, liking) in enumerate(seen)]
    np.testing.assert_allclose(stored, expected, rtol=1e-5)
    assert {round(r, 3) for r, _ in seen} <= {-0.1, 1.0}  # callbacks get the true reward
    assert any(abs(liking) > 0.1 for _, liking in seen)
    assert learner.beta == pytest.approx(0.5 * 0.9**30)


def test_biasing_chooses_as_the_argmax_says_and_stores_the_true_reward():
    learner = made(technique="biasing", beta=1.0, beta_decay=1.0, features="linear")
    with_likings(learner, [0.1, 0.0, -0.1])
    with th.no_grad():
        q = learner.model.q_net(th.as_tensor(CELLS)).numpy()
    plain = q.argmax(axis=1)
    for beta in (0.0, 0.5, 2.0, 1e3):
        learner.beta = beta
        expected = (q + beta * np.array([0.1, 0.0, -0.1])).argmax(axis=1)
        assert learner.predict(CELLS)[0].tolist() == expected.tolist()
    assert expected.tolist() == [0] * 6 != plain.tolist()
    learner.learn(20)
    stored = learner.model.replay_buffer.rewards[:20, 0]
    assert {round(float(r), 3) for r in stored} <= {-0.1, 1.0}


@pytest.mark.parametrize(("beta", "share"), [(0.3, 0.3), (1.0, 1.0), (4.0, 1.0), (0.0, 0.0)])
@pytest.mark.parametrize("base", ["dqn", "td3"])
def test_sharing_follows_the_human_with_probability_beta_at_most_one(base, beta, share):
    """Of 2,000 actions within 4 standard deviations of the binomial."""
    if base == "dqn":
        learner = made(technique="sharing", beta=beta, features="linear")
        with_likings(learner, [0.0, 1.0, 0.0])
        own, theirs = np.full(2000, 2), 1
        learner.model._last_obs = np.repeat(CELLS[:1], 2000, axis=0)
        action, stored = learner._shared(own, own)
        assert (stored == action).all()
        followed = action == theirs
    else:
        learner = made("td3", Slide(), technique="sharing", beta=beta)
        learner.model._last_obs = np.zeros((2000, 2), np.float32)
        own = np.full((2000, 1), 9.0)  # nobody's action, for they end at 2
        action, stored = learner._shared(own, own)
        followed = action[:, 0] != 9.0
        np.testing.assert_allclose(2.0 * stored[followed], action[followed], atol=1e-5)
    spread = np.sqrt(share * (1 - share) / 2000)
    assert abs(followed.mean() - share) <= 4 * spread


def test_sharing_with_continuous_actions_takes_the_best_candidate():
    learner = made("td3", Slide(), technique="sharing", beta=1.0)
    learner.human.weights[:] = np.random.default_rng(0).standard_normal(learner.human.weights.shape)
    obs, candidates = np.array([[0.5, 0.1]]), np.linspace(-1, 1, 50).reshape(1, 50, 1)
    best = learner.human.best(obs, candidates)
    liking = learner.human.liking(np.repeat(obs, 50, 0), candidates[0], np.zeros(50, int))
    assert best[0, 0] == candidates[0, liking.argmax(), 0]
    assert liking.std() > 0.1


@pytest.mark.parametrize("technique", ["biasing", "sharing"])
def test_the_probabilities_of_sarsa_are_those_of_the_technique(technique):
    learner = made("sarsa", technique=technique, beta=0.4, features="linear")
    with_likings(learner, [0.0, 1.0, 0.0])
    learner.weights[0, :, -1] = [1.0, 0.7, 0.0]
    # ε = .05. Biased: 1, .7 + .4, 0; shared: .4 of the human's and .6 of Q's.
    expected = {
        "biasing": [0.05 / 3, 0.95 + 0.05 / 3, 0.05 / 3],
        "sharing": [0.6 * (0.95 + 0.05 / 3), 0.4 + 0.6 * 0.05 / 3, 0.6 * 0.05 / 3],
    }[technique]
    np.testing.assert_allclose(learner.probabilities(CELLS[:1], NOBODY[:1])[0], expected)


@pytest.mark.parametrize(
    ("base", "technique"),
    [
        ("sarsa", "shaping"),
        ("sarsa", "biasing"),
        ("sarsa", "sharing"),
        ("dqn", "shaping"),
        ("dqn", "biasing"),
        ("dqn", "sharing"),
        ("ppo", "shaping"),
        ("td3", "sharing"),
        ("sac", "shaping"),
    ],
)
def test_at_a_beta_of_zero_it_is_the_base(base, technique):
    """The same weights, bit for bit, as without any human at all."""
    env = Slide if base in ("td3", "sac") else Line
    rollout = {"n_steps": 8, "batch_size": 8, "n_epochs": 1, "net_arch": [8]}
    settings = {"base_settings": rollout} if base == "ppo" else {}
    taught, alone = (
        made(base, env(), critic, technique=technique, beta=0.0, **settings).learn(24)
        for critic in (True, False)
    )
    assert np.abs(taught.human.weights).max() > 0.1 > np.abs(alone.human.weights).max()
    if base == "sarsa":
        assert (taught.weights == alone.weights).all()
        return
    for name, tensor in taught.model.policy.state_dict().items():
        assert th.equal(tensor, alone.model.policy.state_dict()[name]), name


def test_the_human_model_learns_as_tamer_does():
    """On the same steps, and the same signals, late by a gamma delay: TAMER has no 1 at the end."""
    late = {"delay": 0.6, "delay_form": "gamma"}
    tamer = TAMER(HumanInTheLoop(Line(), Critic()), TAMERConfig(**late))
    learner = made("sarsa", features="linear", **late)
    learner.human.features = lambda x: x
    learner.human.weights = np.zeros((1, 3, 6))
    take_in = tamer.take_in

    def both(step):
        take_in(step)
        learner.human.take_in(step)

    tamer.take_in = both
    tamer.learn(60)
    np.testing.assert_allclose(learner.human.weights, tamer.weights, atol=1e-12)
    assert np.abs(tamer.weights).max() > 0.1


def test_annealing():
    assert shaping.annealed(2.0, 0.5, "geometric") == 1.0
    assert shaping.annealed(2.0, 0.5, "linear") == 1.5
    assert shaping.annealed(0.2, 0.5, "linear") == 0.0


def test_expected_sarsa_makes_the_step_of_its_formula():
    """Two steps to the right, α = .5, γ = .9, λ = .8, ε = 0, from cell 3 to the goal, by hand."""
    base = {"learning_rate": 0.5, "discount": 0.9, "trace_decay": 0.8, "epsilon": 0.0}
    learner = made("sarsa", critic=False, base_settings=base, features="linear", beta=0.0)
    learner.features = _Cells()
    learner.weights = np.zeros((1, 3, 6))
    learner._traces = np.zeros((1, 3, 6))
    learner.human.features = _Cells()
    learner.human.weights = np.zeros((1, 3, 6))
    learner.learn(1)
    learner._obs = CELLS[3:4].astype(float)
    learner.env.env.unwrapped.cell = 3
    learner._traces[:], learner.weights[:] = 0.0, 0.0
    learner.act = lambda obs: np.array([2])
    learner.learn(3)
    # δ₁ = −.1 + .9·0 − 0; δ₂ = 1 − 0, when the trace of cell 3 is .72.
    expected = {3: 0.5 * (-0.1 + 0.72 * 1.0), 4: 0.5 * 1.0}
    for cell, value in expected.items():
        assert learner.weights[0, 2, cell] == pytest.approx(value, abs=1e-6)
    assert np.count_nonzero(learner.weights) == 2


class _Cells:
    """The observation as it is."""

    count, binary = 6, False

    def __call__(self, x):
        return x


def test_tiles_are_one_a_tiling_and_neighbours_share_most():
    tiles = Tiles(np.zeros(2), np.ones(2), tilings=8, tiles=4)
    phi = tiles(np.array([[0.5, 0.5], [0.51, 0.5], [0.0, 0.0], [1.0, 1.0], [-3.0, 9.0]]))
    assert (np.count_nonzero(phi, axis=1) == 8).all()
    np.testing.assert_allclose((phi**2).sum(axis=1), 1.0)
    assert phi[0] @ phi[1] > 0.7
    assert phi[2] @ phi[3] == 0.0


def test_random_features_stand_for_a_gaussian_kernel():
    """cos features of 20,000 directions: an error of about 1/√20,000."""
    rbf = RBF(np.array([-1.0, -np.inf]), np.array([1.0, np.inf]), 20_000, 0.5, seed=0)
    x = np.array([[0.0, 0.0], [0.3, 0.2]])
    phi = rbf(x)
    gap = 0.3**2 + np.tanh(0.2) ** 2
    assert phi[0] @ phi[1] == pytest.approx(np.exp(-gap / (2 * 0.5**2)), abs=0.03)


def test_a_human_who_never_speaks_teaches_no_likings():
    silent = Scripted(values=lambda view: np.full(len(view.step), np.nan))
    config = TAMERRLConfig(base="sarsa", num_features=30)
    learner = TAMERRL(HumanInTheLoop(Line(), silent), config).learn(20)
    assert not learner.human.weights.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base": "a2c"}, "algorithm.base must be one of sarsa, dqn"),
        ({"technique": "praise"}, "algorithm.technique must be one of shaping"),
        (
            {"base": "ppo", "technique": "biasing"},
            "biasing does not go with algorithm.base=ppo: ppo goes with shaping, "
            "biasing with sarsa, dqn",
        ),
        ({"base": "ppo", "technique": "sharing"}, "sharing with sarsa, dqn, td3, sac"),
        ({"base": "td3", "technique": "biasing"}, "td3 goes with shaping, sharing"),
        ({"beta": -1.0}, "algorithm.beta must be ≥ 0"),
        ({"beta_decay": 1.1}, "algorithm.beta_decay must be in"),
        ({"annealing": "cosine"}, "algorithm.annealing must be geometric or linear"),
        ({"base": "td3", "features": "tiles"}, "algorithm.features must be rbf with base=td3"),
        ({"delay": -1.0}, "algorithm.delay must be ≥ 0 s"),
        ({"base": "sarsa", "base_settings": {"gamma": 1}}, "of sarsa: learning_rate"),
        ({"base": "sarsa", "base_settings": {"discount": 2}}, "base_settings.discount must be in"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_line(settings, message):
    with pytest.raises(UserError, match=message) as caught:
        TAMERRLConfig(**settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("base", "env", "settings", "message"),
    [
        ("dqn", Slide, {}, "algorithm.base=dqn cannot choose among Box.*td3, sac or ppo"),
        ("sac", Line, {}, "algorithm.base=sac cannot choose among Discrete.*sarsa, dqn or ppo"),
        ("dqn", Line, {"base_settings": {"epsilon": 1}}, "base_settings.epsilon: dqn has"),
        ("dqn", Line, {"features": "tiles", "tiles": 90}, "tiles; choose fewer, or rbf"),
    ],
)
def test_what_does_not_fit_a_task_is_refused(base, env, settings, message):
    with pytest.raises(UserError, match=message):
        made(base, env(), **settings)
