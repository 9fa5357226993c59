from dataclasses import replace

import numpy as np
import pytest
import stable_baselines3 as sb3
import torch as th
from tiny import Line, Slide
from tiny_learners import (
    GUIDED,
    SMALL,
    asked,
    asked_line,
    judged,
    judged_slide,
    line,
    preference,
    slide,
    tamer_rl,
)

from algorithms.baselines.agent import DQN, SAC, TD3
from algorithms.baselines.config import DQNConfig, SACConfig, TD3Config
from algorithms.core import targets
from algorithms.core.config import TargetConfig
from algorithms.core.learner import Callback
from algorithms.guide.agent import GUIDE
from algorithms.guide.config import GUIDEConfig
from algorithms.preference.agent import PreferenceLearner
from algorithms.preference.config import PreferenceConfig
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from algorithms.tamer.rl.agent import TAMERRL
from algorithms.tamer.rl.config import TAMERRLConfig
from teaching import UserError
from teaching.sb3 import as_vec_env

LEARNERS = {
    "dqn": lambda rule: DQN(Line(), DQNConfig(target=rule, **SMALL), 0),
    "td3": lambda rule: TD3(Slide(), TD3Config(target=rule, **SMALL), 0),
    "sac": lambda rule: SAC(Slide(), SACConfig(target=rule, **SMALL), 0),
    "pvp discrete": lambda rule: PVP(line(True, None, 0), PVPConfig(target=rule, **SMALL), 0),
    "pvp continuous": lambda rule: PVP(slide(True, None, 0), PVPConfig(target=rule, **SMALL), 0),
    "guide td3": lambda rule: guide("td3", rule),
    "guide ddpg": lambda rule: guide("ddpg", rule),
    "tamer_rl dqn": lambda rule: taught("dqn", judged, rule),
    "tamer_rl td3": lambda rule: taught("td3", judged_slide, rule),
    "preference dqn": lambda rule: asking("dqn", asked_line, rule),
    "preference sac": lambda rule: asking("sac", asked, rule),
}


def guide(base, rule):
    return GUIDE(judged_slide(True, None, 0), GUIDEConfig(base=base, target=rule, **GUIDED), 0)


def taught(base, task, rule):
    config = replace(tamer_rl(base, "shaping"), target=rule)
    return TAMERRL(task(True, None, 0), config, 0)


def asking(base, task, rule):
    config = preference(base, kind="preference", target=rule)
    return PreferenceLearner(task(True, None, 0), config, 0)


RULES = {
    "hard": TargetConfig(rule="hard", period=4),
    "polyak": TargetConfig(rule="polyak", tau=0.1),
    "momentum": TargetConfig(rule="momentum", period=4, momentum=0.5),
    "none": TargetConfig(rule="none"),
}


def networks(learner):
    """Weights that learn and their targets, as flat lists."""
    model = learner.model
    if hasattr(model, "q_net"):
        pairs = [(model.q_net, model.q_net_target)]
    else:
        pairs = [(model.critic, model.critic_target)]
    flat = [
        [np.concatenate([p.detach().numpy().ravel().copy() for p in net.parameters()]) for net in p]
        for p in pairs
    ]
    return flat[0]


class Watch(Callback):
    """Notes updates, weights and targets where everything is settled."""

    def __init__(self):
        self.seen = {}

    def on_step(self, learner, infos, rewards, dones):
        # The last step's update is done, and the targets have not been moved for it yet.
        self.seen.setdefault(learner.model._n_updates, networks(learner))
        return True


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("rule", RULES)
def test_targets_follow_by_the_rule_in_every_learner(name, rule):
    watch = Watch()
    learner = LEARNERS[name](RULES[rule])
    learner.learn(36, watch)
    updates = sorted(watch.seen)
    assert updates == list(range(len(updates))) and len(updates) > 18
    target = before = watch.seen[0][1]
    config = RULES[rule]
    for update in updates[1:]:
        weights, seen = watch.seen[update]
        if rule == "none":
            assert (seen == weights).all()
            continue
        assert seen == pytest.approx(target, abs=1e-6), update  # as the last rule left it
        if rule == "polyak":
            target = (1 - config.tau) * target + config.tau * weights
        elif update % config.period == 0:
            extra = config.momentum * (target - before) if rule == "momentum" else 0.0
            target, before = weights + extra, target
    assert not (watch.seen[0][0] == weights).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_the_learners_own_rule_is_left_alone(name):
    learner = LEARNERS[name](TargetConfig())
    assert learner.targets is None and learner.model.tau in (1.0, 0.005)


def test_polyak_through_the_rule_is_sb3s_own_td3_where_it_too_moves_at_every_update():
    arguments = {"policy_kwargs": {"net_arch": [8, 8]}, "learning_starts": 10, "batch_size": 16}
    theirs = sb3.SAC("MlpPolicy", as_vec_env(Slide(), 0), tau=0.1, learning_rate=1e-3, seed=0,
                     device="cpu", **arguments)  # fmt: skip
    theirs.learn(40)
    ours = LEARNERS["sac"](RULES["polyak"]).learn(40)
    for name, weights in ours.model.policy.state_dict().items():
        if not name.startswith("critic_target"):  # ours moves once more, before the next step
            assert th.allclose(weights, theirs.policy.state_dict()[name], atol=1e-6), name


def test_a_hard_copy_of_dqn_is_sb3s_target_update_interval():
    ours = DQN(Line(), DQNConfig(target=TargetConfig(rule="hard", period=8), **SMALL), 0).learn(64)
    theirs = DQN(Line(), DQNConfig(target_update_interval=8, **SMALL), 0)
    assert SMALL["learning_starts"] == 10
    # SB3 copies after steps 16, 24, …, after updates 5, 13, …; ours after updates 8, 16, ….
    theirs.model._n_calls = -3
    theirs.learn(64)
    mine, other = ours.model.policy.state_dict(), theirs.model.policy.state_dict()
    assert all(th.equal(weights, other[name]) for name, weights in mine.items())


def test_double_dqn_values_the_online_networks_choice_by_the_target():
    q_target = th.tensor([[1.0, 5.0], [2.0, 3.0]])
    q_online = th.tensor([[9.0, 0.0], [0.0, 9.0]])
    rule = TargetConfig(double=True)
    assert targets.next_value(rule, q_target, q_online).tolist() == [[1.0], [3.0]]
    assert targets.next_value(TargetConfig(), q_target).tolist() == [[5.0], [3.0]]


def test_munchausen_targets_are_those_of_the_paper():
    rule = TargetConfig(rule="kl", kl_weight=0.9, temperature=0.5, log_floor=-1.0)
    q = np.array([[1.0, 2.0, -3.0]])
    policy = np.exp(q / 0.5) / np.exp(q / 0.5).sum()
    soft = (policy * (q - 0.5 * np.log(policy))).sum()
    assert targets.next_value(rule, th.tensor(q)).item() == pytest.approx(soft)
    for action in range(3):
        bonus = targets.munchausen_bonus(rule, th.tensor(q), th.tensor([[action]])).item()
        assert bonus == pytest.approx(0.9 * max(0.5 * np.log(policy[0, action]), -1.0))


def test_a_gaussian_policys_bonus_is_its_log_density_less_the_peak():
    rule = TargetConfig(rule="kl", kl_weight=0.5, temperature=0.1, log_floor=-2.0)
    mean, action = th.tensor([[0.0, 0.5]]), th.tensor([[0.2, 0.4]])
    square = 0.2**2 + 0.1**2
    bonus = targets.gaussian_bonus(rule, mean, action, 0.3).item()
    assert bonus == pytest.approx(-0.5 * 0.1 * square / (2 * 0.3**2))
    assert targets.gaussian_bonus(rule, mean, action + 100, 0.3).item() == pytest.approx(-1.0)


@pytest.mark.parametrize(
    "name",
    [
        "dqn",
        "td3",
        "pvp discrete",
        "pvp continuous",
        "guide td3",
        "tamer_rl dqn",
        "tamer_rl td3",
        "preference dqn",
    ],
)
def test_kl_targets_change_what_is_learned(name):
    plain = networks(LEARNERS[name](TargetConfig()).learn(30))[0]
    kl = networks(LEARNERS[name](TargetConfig(rule="kl")).learn(30))[0]
    none = networks(
        LEARNERS[name](TargetConfig(rule="kl", kl_weight=0.0, temperature=1e-4)).learn(30)
    )
    assert not np.allclose(plain, kl, atol=1e-5)
    # Without weight and temperature nothing is left of the regulariser.
    assert none[0] == pytest.approx(plain, abs=2e-3)


@pytest.mark.parametrize("name", ["dqn"])
def test_double_changes_what_is_learned(name):
    # A target that is never moved soon prefers another action than what learns.
    rule = TargetConfig(rule="hard", period=10_000)
    double = TargetConfig(rule="hard", period=10_000, double=True)
    one, other = (networks(LEARNERS[name](r).learn(400))[0] for r in (rule, double))
    assert not (one == other).all()


def test_what_does_not_fit_is_one_line():
    with pytest.raises(UserError, match=r"algorithm\.target\.rule must be one of own, hard"):
        TargetConfig(rule="soft")
    with pytest.raises(UserError, match=r"multiple of the 2 gradient updates .* at once, got 3"):
        rule = TargetConfig(rule="hard", period=3)
        DQN(Line(), DQNConfig(target=rule, updates_per_step=2, **SMALL), 0)
    with pytest.raises(UserError, match="rule=kl needs dqn or td3, and this learns by sac"):
        SACConfig(target=TargetConfig(rule="kl"))
    for kind in (GUIDEConfig, PreferenceConfig, TAMERRLConfig):
        with pytest.raises(UserError, match="rule=kl needs dqn or td3, and this learns by sac"):
            kind(base="sac", target=TargetConfig(rule="kl"))
    with pytest.raises(UserError, match=r"rule=hard needs dqn or .* sac, and this learns by ppo"):
        TAMERRLConfig(base="ppo", target=TargetConfig(rule="hard"))
    with pytest.raises(UserError, match="double=true needs dqn, and this learns by td3"):
        TD3Config(target=TargetConfig(double=True))
    with pytest.raises(UserError, match="double=true needs dqn, and this learns by td3"):
        LEARNERS["pvp continuous"](TargetConfig(double=True))
    with pytest.raises(UserError, match=r"false with target\.rule=kl"):
        TargetConfig(rule="kl", double=True)
