import numpy as np
import pytest
import torch as th
from tiny import Line, Scripted, Slide

from algorithms.imitation import losses
from algorithms.imitation.agent import BC, IWR, HGDagger
from algorithms.imitation.config import BCConfig, HGDaggerConfig, IWRConfig
from teaching import HumanInTheLoop, UserError

SMALL = {"net_arch": [16], "batch_size": 16, "learning_starts": 4, "learning_rate": 3e-3}


def steering(masks, discrete=False):
    """In control where `masks` of the step count says; the human's action is a rule of the obs."""

    def script(view):
        action = np.full(1, 2) if discrete else np.clip(-1.5 * view.obs[:, :1], -2, 2)
        return masks(view.step), action

    return Scripted(script)


def always(step):
    return np.ones(len(step), bool)


def never(step):
    return np.zeros(len(step), bool)


def seldom(step):
    return step % 10 == 5


def network(agent):
    """A copy of the weights that act."""
    model = agent.model
    acting = model.actor if hasattr(model, "actor") else model.q_net
    return {name: weights.clone() for name, weights in acting.state_dict().items()}


def same(some, other):
    return all(th.equal(some[name], other[name]) for name in some)


def watched(agent):
    """Keep every batch that the agent clones."""
    batches = []
    buffer = agent.model.replay_buffer
    gather = buffer._gather

    def kept(parts):
        batch = gather(parts)
        batches.append(batch)
        return batch

    buffer._gather = kept
    return batches


def test_cloning_losses_by_hand():
    action, target = th.tensor([[0.0, 2.0]]), th.tensor([[1.0, -1.0]])
    assert losses.cloning_loss_continuous(action, target).item() == pytest.approx((1 + 9) / 2)
    gradient = losses.cloning_gradient_continuous(action, target)
    np.testing.assert_allclose(gradient, [[-1.0, 3.0]])  # 2 / 2 · (a - t)
    logits = th.log(th.tensor([[0.2, 0.8], [0.5, 0.5]]))
    loss = losses.cloning_loss_discrete(logits, th.tensor([[1], [0]]))
    assert loss.item() == pytest.approx(-(np.log(0.8) + np.log(0.5)) / 2)


@pytest.mark.parametrize("task", [Slide, Line])
def test_bc_only_watches_until_the_demonstrations_are_over(task):
    config = BCConfig(updates=30, **SMALL)
    agent = BC(HumanInTheLoop(task(), steering(always, task is Line)), config)
    before = network(agent)
    seen = []

    class Watch:
        def on_step(self, learner, infos, rewards, dones):
            return True

        def on_boundary(self, learner):
            seen.append(same(network(learner), before))

    agent.learn(40, Watch())
    assert len(seen) == 40
    assert all(seen)
    assert not same(network(agent), before)
    assert agent.model._n_updates == 30
    agent.learn(40)  # it is done: once more changes nothing
    assert agent.model._n_updates == 30


def test_bc_comes_to_do_as_the_demonstrator_does():
    config = BCConfig(updates=1500, **SMALL)
    agent = BC(HumanInTheLoop(Slide(), steering(always)), config).learn(150)
    obs = agent.model.replay_buffer.human.arrays["obs"][:150]
    target = np.clip(-1.5 * obs[:, :1], -2, 2)
    assert np.abs(agent.predict(obs)[0] - target).mean() < 0.1
    discrete = BC(HumanInTheLoop(Line(), steering(always, True)), config).learn(60)
    assert discrete.predict(np.eye(6, dtype=np.float32)[:5])[0].tolist() == [2] * 5


@pytest.mark.parametrize("task", [Slide, Line])
def test_bc_without_a_demonstration_says_how_to_mend_it(task):
    agent = BC(HumanInTheLoop(task(), steering(never, task is Line)), BCConfig(**SMALL))
    with pytest.raises(UserError, match="gate=always") as caught:
        agent.learn(10)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("task", [Slide, Line])
def test_hg_dagger_clones_the_humans_steps_alone_and_as_they_come(task):
    config = HGDaggerConfig(updates_per_step=2, **SMALL)
    agent = HGDagger(HumanInTheLoop(task(), steering(seldom, task is Line)), config)
    batches = watched(agent)
    agent.learn(40)
    assert all(batch.takeover.all() for batch in batches)
    # The first takeover is step 6 of 40: 2 updates after each of steps 6 … 40.
    assert agent.model._n_updates == len(batches) == 2 * 35
    assert {len(batch.obs) for batch in batches} == {16}


@pytest.mark.parametrize("task", [Slide, Line])
def test_half_of_what_iwr_clones_is_the_humans_from_the_first_takeover_on(task):
    """However few its steps are: or the novice would clone its own random warm-up."""
    config = IWRConfig(**SMALL)
    agent = IWR(HumanInTheLoop(task(), steering(seldom, task is Line)), config)
    batches = watched(agent)
    agent.learn(40)
    assert agent.model._n_updates == len(batches) == 35
    assert len(agent.model.replay_buffer.human) == 4  # fewer than half a batch
    assert {int(batch.takeover.sum()) for batch in batches} == {8}


def test_iwr_clones_the_human_alone_while_the_novice_has_done_nothing():
    agent = IWR(HumanInTheLoop(Slide(), steering(always)), IWRConfig(**SMALL))
    batches = watched(agent)
    agent.learn(20)
    assert batches
    assert all(batch.takeover.all() for batch in batches)


@pytest.mark.parametrize("agent", [HGDagger, IWR])
@pytest.mark.parametrize("task", [Slide, Line])
def test_without_a_takeover_nothing_is_cloned(agent, task):
    human = steering(never, task is Line)
    learner = agent(HumanInTheLoop(task(), human), agent.config_class(**SMALL))
    before = network(learner)
    learner.learn(30)
    assert learner.model._n_updates == 0
    assert same(network(learner), before)


@pytest.mark.parametrize("learning_rate", [3e-3, 1e-4])
def test_the_continuous_update_is_adam_on_the_cloning_loss(learning_rate):
    """Held to autograd and torch's own Adam on a copy of the actor."""
    config = HGDaggerConfig(**{**SMALL, "learning_rate": learning_rate, "net_arch": [16, 8]})
    agent = HGDagger(HumanInTheLoop(Slide(), steering(seldom)), config)
    model = agent.model
    actor = th.nn.Sequential(
        th.nn.Linear(2, 16), th.nn.ReLU(), th.nn.Linear(16, 8), th.nn.ReLU(),
        th.nn.Linear(8, 1), th.nn.Tanh(),
    )  # fmt: skip
    actor.load_state_dict(model.actor.mu.state_dict())
    adam = th.optim.Adam(actor.parameters(), lr=learning_rate)
    batches = watched(agent)
    agent.learn(30)
    for batch in batches:
        adam.zero_grad()
        losses.cloning_loss_continuous(actor(batch.obs), batch.action).backward()
        adam.step()
    for ours, theirs in zip(model.actor.mu.parameters(), actor.parameters(), strict=True):
        np.testing.assert_allclose(ours.detach(), theirs.detach(), atol=2e-6)
