import numpy as np
import pytest
import torch as th
from tiny import Line, Scripted

from algorithms.core import credit
from algorithms.core.online import Step
from algorithms.tamer.deep import losses
from algorithms.tamer.deep.agent import DeepTAMER
from algorithms.tamer.deep.config import DeepTAMERConfig
from algorithms.tamer.deep.pairs import Batch, Pairs
from teaching import HumanInTheLoop, UserError

SILENT = Scripted(values=lambda view: np.full(1, np.nan))


def learner(seed=0, human=SILENT, **settings):
    return DeepTAMER(HumanInTheLoop(Line(limit=50), human), DeepTAMERConfig(**settings), seed)


def step(cell, action, feedback=np.nan, done=False):
    obs = np.eye(6)[[cell]]
    return Step(
        obs=obs,
        action=np.array([action]),
        takeover=np.array([False]),
        feedback=np.array([feedback]),
        reward=np.zeros(1),
        next_obs=obs,
        terminated=np.array([done]),
        done=np.array([done]),
    )


def test_the_loss_by_hand():
    """(.5 (1 - 3)² + .25 (0 - 2)²) / 2 = (2 + 1) / 2."""
    liking, said = th.tensor([1.0, 0.0]), th.tensor([3.0, 2.0])
    assert losses.weighted_error(liking, said, th.tensor([0.5, 0.25])).item() == 1.5


def test_the_gradient_is_that_of_the_loss():
    rng = th.Generator().manual_seed(0)
    likings = th.randn(5, 3, generator=rng, requires_grad=True)
    action = th.tensor([0, 2, 1, 1, 0])
    said, weight = th.randn(5, generator=rng), th.rand(5, generator=rng)
    loss = losses.weighted_error(likings.gather(1, action[:, None])[:, 0], said, weight)
    (expected,) = th.autograd.grad(loss, likings)
    got = losses.likings_gradient(likings.detach(), action, said, weight)
    th.testing.assert_close(got, expected)


def test_a_signal_is_paired_with_every_step_that_it_may_be_about_by_the_true_intervals():
    """Uniform(.2, .8) s, heard in the middle of a step of .5 s: .05/.6 of it, and .5/.6, .05/.6.

    The present step was on show from .25 s before the word to .25 s after it, the one before from
    .75 s to .25 s before, the one before that from 1.25 s to .75 s.
    """
    agent = learner(delay=0.5, delay_form="uniform")
    for cell, action in ((0, 0), (1, 2), (2, 1), (3, 2)):
        agent.take_in(step(cell, action))
    agent.take_in(step(4, 0, feedback=-1.0))
    assert len(agent.pairs) == 3
    found = agent.pairs.state_dict()
    order = np.argsort(found["obs"].argmax(axis=1))
    assert found["obs"].argmax(axis=1)[order].tolist() == [2, 3, 4]
    assert found["action"][order].tolist() == [1, 2, 0]
    assert found["weight"][order] == pytest.approx([0.05 / 0.6, 0.5 / 0.6, 0.05 / 0.6])
    assert (found["feedback"] == -1.0).all()


def test_nothing_is_paired_across_the_end_of_an_episode():
    agent = learner(delay=0.5, delay_form="uniform")
    agent.take_in(step(0, 0, done=True))
    agent.take_in(step(1, 1, feedback=1.0))
    assert agent.pairs.state_dict()["obs"].argmax(axis=1).tolist() == [1]


def test_one_update_on_arrival_and_one_from_the_buffer_by_hand():
    """A linear network from 0, one cell, h = 1, w = 1, SGD at rate .1.

    On arrival Ĥ = 0, so weight and bias of the action grow by .1 · 2 (1 - 0) = .2 each, and Ĥ is
    .4; from the buffer by .1 · 2 (1 - .4) = .12 each, and Ĥ is .64.
    """
    agent = learner(net_arch=[], optimizer="sgd", learning_rate=0.1, replay_every=2)
    agent.take_in(step(3, 2, feedback=1.0))
    weight, bias = agent.network[0].weight, agent.network[0].bias
    expected = np.zeros((3, 6))
    expected[2, 3] = 0.2
    np.testing.assert_allclose(weight.detach().numpy(), expected, atol=1e-7)
    agent.take_in(step(0, 0))
    expected[2, 3] = 0.32
    np.testing.assert_allclose(weight.detach().numpy(), expected, atol=1e-7)
    np.testing.assert_allclose(bias.detach().numpy(), [0, 0, 0.32], atol=1e-7)


def test_unweighted_pairs_count_once():
    agent = learner(delay=0.5, delay_form="uniform", importance_weights=False)
    for cell in range(4):
        agent.take_in(step(cell, 0, feedback=1.0 if cell == 3 else np.nan))
    assert agent.pairs.state_dict()["weight"].tolist() == [1.0, 1.0, 1.0]


def test_the_credit_of_a_whole_window_is_one_but_for_what_is_negligible():
    agent = learner(delay=0.6, delay_form="gamma")
    for _ in range(credit.window("gamma", 0.6, agent.dt) + 3):
        agent.take_in(step(0, 0))
    agent.take_in(step(0, 0, feedback=1.0))
    assert agent.pairs.state_dict()["weight"].sum() == pytest.approx(1.0, abs=5e-3)


def test_a_full_ring_keeps_the_newest():
    pairs = Pairs(4, 1)
    for first in (0, 3):
        said = np.arange(first, first + 3, dtype=np.float32)
        pairs.add(Batch(said[:, None], np.zeros(3, np.int64), said, np.ones(3, np.float32)))
    assert sorted(pairs.sample(9, np.random.default_rng(0)).feedback) == [2, 3, 4, 5]


def test_it_learns_what_no_linear_model_can():
    """Right is right in the inner cells of the line, left in the outer: of the position alone."""

    class Position(Line):
        observation_space = type(Line.observation_space)(-1.0, 1.0, (1,), np.float32)

        def _obs(self):
            return np.array([self.cell / 2.5 - 1], np.float32)

    def judge(view):
        inner = np.abs(view.obs[:, 0]) < 0.7
        return np.where(view.proposed_action == np.where(inner, 2, 0), 1.0, -1.0)

    env = HumanInTheLoop(Position(limit=20), Scripted(values=judge))
    agent = DeepTAMER(env, DeepTAMERConfig(learning_rate=3e-3, temperature=1.0), 0).learn(1200)
    cells = (np.arange(6, dtype=np.float32) / 2.5 - 1)[:, None]
    assert agent.predict(cells)[0][:5].tolist() == [0, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"delay": -1.0}, "algorithm.delay must be ≥ 0 s, or null, got -1"),
        ({"optimizer": "lion"}, "algorithm.optimizer must be adam or sgd, got lion"),
        ({"replay_every": 0}, "algorithm.replay_every must be ≥ 1 step, got 0"),
        ({"buffer_size": 3}, "algorithm.buffer_size must be ≥ batch_size, got 3"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, message):
    with pytest.raises(UserError, match=message):
        DeepTAMERConfig(**settings)
