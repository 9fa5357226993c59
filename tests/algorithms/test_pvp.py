import numpy as np
import pytest
import torch as th
from tiny import Line, Rescuer, Scripted, Slide

from algorithms.pvp import losses
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from teaching import HumanInTheLoop, UserError

SMALL = {
    "net_arch": [16, 8],
    "batch_size": 16,
    "learning_starts": 24,
    "learning_rate": 1e-3,
    "target_noise": 0.0,
}
VARIANTS = {
    "published": {},
    "labels only": {"td_weight": 0.0},
    "PVP4Real": {"bc_weight": 1.0},
    "TD on first steps": {"td_on_takeover_start": True},
    "weights": {"label_weight": 0.3, "td_weight": 2.0, "bc_weight": 0.5},
    "updates": {"updates_per_step": 3, "policy_delay": 3, "gamma": 0.8, "tau": 0.1},
}


def agent(task, seed=0, human=None, **changes):
    human = human or Rescuer(discrete=task is Line, rate=0.5)
    return PVP(HumanInTheLoop(task(limit=7), human), PVPConfig(**{**SMALL, **changes}), seed)


def counting(batch, config):
    return th.ones_like(batch.takeover) if config.td_on_takeover_start else 1 - batch.takeover_start


def reference_td3(policy, batch, config, n, critic_adam, actor_adam):
    """One update of the continuous form by autograd on the losses."""
    with th.no_grad():
        ahead = policy.critic_target(batch.next_obs, policy.actor_target(batch.next_obs))
        target = losses.td_target(th.min(*ahead), batch.done, config.gamma)
    loss = 0.0
    behavior = policy.critic(batch.obs, batch.action)
    novice = policy.critic(batch.obs, batch.novice_action)
    for q_behavior, q_novice in zip(behavior, novice, strict=True):
        ones = th.ones_like(batch.takeover)
        label = losses.proxy_value_loss(q_behavior, q_novice, batch.takeover, ones)
        td = losses.td_loss_continuous(q_behavior, target, counting(batch, config))
        loss = loss + config.label_weight * label + config.td_weight * td
    descend(critic_adam, loss)
    if n % config.policy_delay == 0:
        action = policy.actor(batch.obs)
        clone = losses.cloning_loss_continuous(action, batch.action, batch.takeover)
        climb = -policy.critic.q1_forward(batch.obs, action).mean()
        descend(actor_adam, climb + config.bc_weight * clone)
        with th.no_grad():
            for part in ("critic", "actor"):
                pairs = zip(
                    getattr(policy, f"{part}_target").parameters(),
                    getattr(policy, part).parameters(),
                    strict=True,
                )
                for slow, fast in pairs:
                    slow.copy_((1 - config.tau) * slow + config.tau * fast)


def reference_dqn(policy, batch, config, adam):
    """One update of the discrete form by autograd on the losses."""
    with th.no_grad():
        ahead = policy.q_net_target(batch.next_obs).max(dim=1, keepdim=True).values
        target = losses.td_target(ahead, batch.done, config.gamma)
    values = policy.q_net(batch.obs)
    q_behavior, q_novice = (values.gather(1, a) for a in (batch.action, batch.novice_action))
    differs = (batch.action != batch.novice_action).float()
    label = losses.proxy_value_loss(q_behavior, q_novice, batch.takeover, differs)
    td = losses.td_loss_discrete(q_behavior, target, counting(batch, config))
    clone = losses.cloning_loss_discrete(values, batch.action, batch.takeover)
    loss = config.label_weight * label + config.td_weight * td + config.bc_weight * clone
    adam.zero_grad()
    loss.backward()
    th.nn.utils.clip_grad_norm_(policy.q_net.parameters(), config.max_grad_norm)
    adam.step()


def descend(adam, loss):
    adam.zero_grad()
    loss.backward()
    adam.step()


@pytest.mark.parametrize("task", [Slide, Line])
@pytest.mark.parametrize("name", VARIANTS)
def test_training_is_adam_on_the_losses(task, name):
    """Held to autograd on a twin with the same batches, for every variant that configs set."""
    # The warm-up fills the buffers and updates nothing; then both learn from what is there.
    changes = VARIANTS[name] | ({"max_grad_norm": 0.5} if name == "weights" else {})
    ours, twin = (agent(task, learning_starts=60, **changes).learn(60) for _ in range(2))
    model, config, policy = ours.model, ours.model.config, twin.model.policy
    lr = config.learning_rate
    updates = 7
    model.train(updates, config.batch_size)
    first_steps = 0.0
    if task is Slide:
        adams = [th.optim.Adam(part.parameters(), lr) for part in (policy.critic, policy.actor)]
    else:
        adams = [th.optim.Adam(policy.q_net.parameters(), lr)]
    for n in range(1, updates + 1):
        batch = twin.model.replay_buffer.sample(config.batch_size)
        first_steps += batch.takeover_start.sum().item()
        if task is Slide:
            reference_td3(policy, batch, config, n, *adams)
        else:
            reference_dqn(policy, batch, config, *adams)
    assert first_steps > 0
    initial = agent(task, learning_starts=60, **changes).model.policy.state_dict()
    moved = 0.0
    for key, weights in model.policy.state_dict().items():
        np.testing.assert_allclose(weights, policy.state_dict()[key], atol=2e-5, err_msg=key)
        moved = max(moved, (weights - initial[key]).abs().max().item())
    assert moved > 100 * 2e-5  # the tolerance is far below what was learned


def weights(learner):
    return {k: v.clone() for k, v in learner.model.policy.state_dict().items()}


def same(a, b):
    return all(th.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("task", [Slide, Line])
@pytest.mark.parametrize(
    "changes",
    [
        {"td_weight": 0.0},
        {"label_weight": 0.5},
        {"bc_weight": 1.0},
        {"td_on_takeover_start": True},
        {"gamma": 0.5},
        {"tau": 0.5},
        {"learning_rate": 2e-3},
        {"updates_per_step": 2},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_every_setting_matters(task, changes):
    assert not same(weights(agent(task).learn(50)), weights(agent(task, **changes).learn(50)))


@pytest.mark.parametrize(
    "changes", [{"target_noise": 0.2}, {"policy_delay": 3}, {"blame_distance": 0.5}]
)
def test_every_setting_of_the_continuous_form_matters(changes):
    assert not same(weights(agent(Slide).learn(50)), weights(agent(Slide, **changes).learn(50)))


def test_the_bound_on_the_gradient_matters_in_the_discrete_form():
    some, other = agent(Line).learn(50), agent(Line, max_grad_norm=1e-9).learn(50)
    assert not same(weights(some), weights(other))


@pytest.mark.parametrize("task", [Slide, Line])
def test_nothing_is_proposed_at_random_after_the_warm_up(task):
    proposed = []

    def watch(view):
        proposed.append((view.obs[0].copy(), view.proposed_action[0]))
        return np.zeros(1, bool), np.zeros_like(view.proposed_action)

    learner = agent(task, human=Scripted(watch), learning_starts=5, updates_per_step=0)
    learner.learn(40)
    greedy = [np.array_equal(learner.predict(obs)[0], action) for obs, action in proposed]
    assert all(greedy[5:])
    assert not all(greedy[:5])


@pytest.mark.parametrize("task", [Slide, Line])
def test_a_human_who_never_takes_over_teaches_nothing_by_labels(task):
    def never(view):
        return np.zeros(1, bool), np.zeros_like(view.proposed_action)

    start = agent(task, human=Scripted(never), td_weight=0.0)
    before = weights(start)
    learned = weights(start.learn(60))
    values = "critic.q" if task is Slide else "q_net.q"
    changed = [key for key in before if not th.equal(before[key], learned[key])]
    assert not [key for key in changed if key.startswith(values)]


def test_values_go_to_the_labels_where_there_is_no_td():
    settings = {"td_weight": 0.0, "learning_rate": 3e-3, "learning_starts": 100}
    learner = agent(Slide, **settings).learn(100)
    learner.model.train(1000, 16)
    human = learner.model.replay_buffer.human
    rows = slice(0, len(human))
    obs, done_action, novice = (
        th.as_tensor(human.arrays[name][rows]) for name in ("obs", "action", "novice_action")
    )
    apart = (done_action - novice).abs()[:, 0] > 0.5
    with th.no_grad():
        praised = learner.model.critic(obs, done_action)[0][apart]
        blamed = learner.model.critic(obs, novice)[0][apart]
    assert apart.sum() > 10
    assert praised.mean() > 0.5
    assert blamed.mean() < -0.3


@pytest.mark.parametrize("bc_weight", [0.0, 1.0])
def test_it_learns_the_task_in_both_forms(bc_weight):
    """From an expert who takes over where the proposal is off: on the line, in the clear."""

    def right(view):
        return view.proposed_action != 2, np.full(1, 2)

    walker = agent(Line, human=Scripted(right), bc_weight=bc_weight, updates_per_step=4).learn(150)
    assert walker.predict(np.eye(6, dtype=np.float32)[:5])[0].tolist() == [2] * 5

    def centre(view):
        action = np.clip(-2 * view.obs[:, :1], -2, 2)
        return np.abs(action - view.proposed_action)[:, 0] > 0.8, action

    holder = agent(
        Slide, human=Scripted(centre), bc_weight=bc_weight, updates_per_step=4,
        learning_rate=2e-3,
    ).learn(400)  # fmt: skip
    obs = np.array([[x, 0.5] for x in (-1.5, -1.0, 1.0, 1.5)], np.float32)
    assert np.sign(holder.predict(obs)[0][:, 0]).tolist() == [1, 1, -1, -1]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be > 0, got 0.0"),
        ({"batch_size": 1}, "batch_size must be ≥ 2, got 1"),
        ({"buffer_size": 4}, "buffer_size must be ≥ batch_size, got 4"),
        ({"gamma": 1.5}, "gamma must be in [0, 1], got 1.5"),
        ({"tau": 0.0}, "tau must be in (0, 1], got 0.0"),
        ({"td_weight": -1.0}, "td_weight must be ≥ 0, got -1.0"),
        ({"policy_delay": 0}, "policy_delay must be ≥ 1, got 0"),
        ({"max_grad_norm": 0.0}, "max_grad_norm must be > 0, got 0.0"),
        ({"updates_per_step": -1}, "updates_per_step must be ≥ 0, got -1"),
        ({"learning_starts": -1}, "learning_starts must be ≥ 0, got -1"),
    ],
)
def test_a_setting_out_of_bounds_is_one_line(changes, says):
    with pytest.raises(UserError) as caught:
        PVPConfig(**changes)
    assert str(caught.value) == f"algorithm.{says}"
