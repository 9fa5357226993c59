import copy

import numpy as np
import pytest
import torch as th
from tiny import Line, Rescuer, Slide
from torch import nn

from algorithms.core.averaging import Average
from algorithms.imitation.agent import BC, HGDagger
from algorithms.imitation.config import BCConfig, HGDaggerConfig
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from teaching import HumanInTheLoop, UserError

SMALL = {"net_arch": [8, 8], "batch_size": 16, "learning_starts": 10, "learning_rate": 1e-2}


def build(agent, config, task=Slide, **settings):
    human = Rescuer(discrete=task is Line, rate=0.5)
    return agent(HumanInTheLoop(task(limit=7), human), config(**{**SMALL, **settings}), 0)


def test_the_average_is_the_recursion_with_its_decay_grown_from_zero():
    network = nn.Linear(2, 1)
    average, by_hand = Average(network, 0.5), copy.deepcopy(network).weight.detach()
    for t in range(1, 40):
        with th.no_grad():
            network.weight.copy_(th.full((1, 2), float(t)))
        average.update(network)
        decay = min(0.5, t / (t + 9))
        by_hand = decay * by_hand + (1 - decay) * t
    assert decay == 0.5
    assert average.network.weight.detach() == pytest.approx(by_hand)
    assert average.network.weight[0, 0] < 39


@pytest.mark.parametrize(
    ("agent", "config", "task"),
    [
        (PVP, PVPConfig, Slide),
        (PVP, PVPConfig, Line),
        (HGDagger, HGDaggerConfig, Slide),
        (HGDagger, HGDaggerConfig, Line),
        (BC, BCConfig, Slide),
    ],
)
def test_it_acts_with_the_average_and_learns_with_the_weights_themselves(agent, config, task):
    more = {"updates": 30} if agent is BC else {}
    if agent is BC:
        human = Rescuer(rate=1.0)
        learner = BC(HumanInTheLoop(Slide(limit=7), human), BCConfig(average=0.9, **SMALL, **more))
    else:
        learner = build(agent, config, task, average=0.9)
    learner.learn(40)
    policy = learner.model.policy
    current = policy.actor if task is Slide else policy.q_net
    pairs = list(zip(current.parameters(), policy.average.network.parameters(), strict=True))
    assert all((now != then).any() for now, then in pairs)
    obs = np.stack([learner.env.observation_space.sample() for _ in range(50)])
    actions = learner.predict(obs)[0]
    with th.no_grad():
        for now, then in pairs:
            now.copy_(then)
        expected = current._predict(th.as_tensor(obs)).numpy()
    if task is Slide:
        expected = policy.unscale_action(expected)
    np.testing.assert_array_equal(actions, expected)


def test_without_it_the_policy_has_no_second_network():
    assert not hasattr(build(PVP, PVPConfig).model.policy, "average")


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_a_decay_that_never_follows_is_refused(decay):
    with pytest.raises(UserError, match=r"algorithm\.average"):
        PVPConfig(average=decay)
