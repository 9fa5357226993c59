import math

import numpy as np
import pytest
import torch as th
from tiny import Critic, Line, Scripted, Slide, SlideBatch

from algorithms.coach.deep import losses
from algorithms.coach.deep.agent import DeepCOACH
from algorithms.coach.deep.config import DeepCOACHConfig
from algorithms.coach.deep.policies import Gaussian, Softmax
from algorithms.coach.deep.windows import Windows
from algorithms.core.actions import Numbers
from algorithms.core.learner import Callback
from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop


def softmax_policy(seed=0):
    """Three actions, four features, and weights that are not the uniform ones of the start."""
    policy = Softmax(4, 3, [5], seed)
    with th.no_grad():
        policy.logits[-1].weight.normal_(generator=th.Generator().manual_seed(seed + 1))
    return policy


def gradient(scalar, policy):
    return th.cat([g.reshape(-1) for g in th.autograd.grad(scalar, list(policy.parameters()))])


def test_the_weights_are_powers_of_lambda_the_last_step_counting_in_full():
    assert losses.trace_weights(3, 0.5).tolist() == [0.25, 0.5, 1.0]
    assert losses.trace_weights(3, 0.0).tolist() == [0.0, 0.0, 1.0]
    assert losses.trace_weights(3, 1.0).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("importance_ratio", [True, False])
def test_the_gradient_is_the_mean_of_feedback_times_trace(importance_ratio):
    """Against the recursion e ← λe + ρ ∇log π, one step of one window at a time."""
    policy, old, decay = softmax_policy(0), softmax_policy(7), 0.6
    rng = th.Generator().manual_seed(3)
    obs = th.randn(3, 4, 4, generator=rng)
    action = th.randint(3, (3, 4), generator=rng)
    feedback = th.tensor([1.0, -2.0, 0.5])
    own = th.tensor([[1.0, 1, 1, 1], [0, 0, 1, 1], [1, 0, 1, 1]])  # a short window, a takeover
    old_log_prob = old.log_prob(obs, action).detach()
    expected = 0.0
    for i in range(3):
        trace = 0.0
        for k in range(4):
            trace = decay * trace
            if own[i, k]:
                log_prob = policy.log_prob(obs[i, k], action[i, k])
                score = gradient(log_prob, policy)
                ratio = math.exp(log_prob.item()) / math.exp(old_log_prob[i, k].item())
                trace = trace + (ratio if importance_ratio else 1.0) * score
        expected = expected + feedback[i] * trace / 3
    weight = losses.trace_weights(4, decay) * own
    scalar = losses.fed_back(
        policy.log_prob(obs, action), old_log_prob, weight, feedback, importance_ratio
    )
    np.testing.assert_allclose(gradient(scalar, policy), expected, atol=1e-5)


def test_with_the_ratio_old_steps_give_the_gradient_of_the_policy_of_today():
    """Enumerated: Σ_a π_old(a) F(a) ρ(a) ∇log π(a) = ∇ Σ_a π(a) F(a); without it they do not."""
    policy, old = softmax_policy(0), softmax_policy(7)
    obs, action, said = th.ones(3, 1, 4), th.arange(3)[:, None], th.tensor([1.0, -1.0, 0.5])
    old_log_prob = old.log_prob(obs, action).detach()
    # Each action stands in the batch once; a mean over three of 3 π_old F is a sum of π_old F.
    feedback = 3 * old_log_prob[:, 0].exp() * said
    today = gradient((policy.log_probs(obs[0, 0]).exp() * said).sum(), policy)
    args = policy.log_prob(obs, action), old_log_prob, th.ones(3, 1), feedback
    np.testing.assert_allclose(gradient(losses.fed_back(*args, True), policy), today, atol=1e-6)
    args = policy.log_prob(obs, action), *args[1:]
    stale = gradient(losses.fed_back(*args, False), policy)
    assert (stale - today).abs().max() > 0.05


def test_a_softmax_begins_uniform_and_has_the_entropy_of_its_probabilities():
    fresh = Softmax(4, 3, [5], 0)
    obs = th.randn(6, 4, generator=th.Generator().manual_seed(0))
    np.testing.assert_allclose(fresh.log_probs(obs).exp().detach(), 1 / 3, atol=1e-6)
    np.testing.assert_allclose(fresh.entropy(obs).detach(), math.log(3), atol=1e-6)
    policy = softmax_policy()
    probs = policy.log_probs(obs).exp().detach().numpy()
    np.testing.assert_allclose(
        policy.entropy(obs).detach(), -(probs * np.log(probs)).sum(axis=1), atol=1e-6
    )
    assert (policy.likeliest(obs) == probs.argmax(axis=1)).all()


def test_a_gaussian_has_the_density_and_the_entropy_of_the_formulae():
    policy = Gaussian(2, 2, [3], 0, std=0.5)
    with th.no_grad():
        policy.log_std[1] = math.log(0.25)
    obs, action = th.ones(1, 2), th.tensor([[0.3, -0.1]])  # the mean begins at 0
    density = [
        math.exp(-(a**2) / (2 * s**2)) / (s * math.sqrt(2 * math.pi))
        for a, s in ((0.3, 0.5), (-0.1, 0.25))
    ]
    assert policy.log_prob(obs, action).item() == pytest.approx(math.log(math.prod(density)))
    nats = sum(0.5 * math.log(2 * math.pi * math.e * s**2) for s in (0.5, 0.25))
    assert policy.entropy(obs).item() == pytest.approx(nats)


def scripted(values, env=None, steer=None, **settings):
    """Deep COACH on a line, judged by a script of step -> value, and the steps that it takes in."""
    human = Scripted(
        steer=steer, values=lambda view: np.array([values.get(int(view.step[0]), np.nan)])
    )
    config = DeepCOACHConfig(**{"window": 3, "net_arch": [4], **settings})
    learner = DeepCOACH(HumanInTheLoop(env or Line(limit=50), human), config, seed=0)
    steps, take_in = [], learner.take_in
    learner.take_in = lambda step: (steps.append(step), take_in(step))
    return learner, steps


@pytest.mark.parametrize(("delay", "about"), [(0.0, 5), (0.5, 4), (1.0, 3)])
def test_a_window_ends_with_the_step_that_the_feedback_is_about(delay, about):
    """dt is 0.5 s: praise in step 5 under a delay of 1 s is about step 3."""
    learner, steps = scripted({5: 2.0}, delay=delay)
    learner.learn(7)
    assert not any(step.done[0] for step in steps)
    assert len(learner.windows) == 1
    kept = {name: array[0] for name, array in learner.windows.arrays.items()}
    then = steps[about - 2 : about + 1]
    np.testing.assert_array_equal(kept["obs"], [step.obs[0] for step in then])
    assert kept["action"].tolist() == [step.action[0] for step in then]
    assert kept["own"].tolist() == [1, 1, 1]
    # Nothing was learned before step 5: the policy that acted was the uniform one.
    np.testing.assert_allclose(kept["log_prob"], math.log(1 / 3), atol=1e-6)
    assert kept["feedback"] == 2.0


def test_early_feedback_has_a_short_window_or_is_about_nothing():
    """Delay of two steps: in step 1 nobody can speak of step -1; in step 3 one speaks of 0, 1."""
    learner, steps = scripted({1: 1.0, 3: -1.0}, delay=1.0)
    learner.learn(5)
    assert len(learner.windows) == 1
    assert learner.windows.arrays["own"][0].tolist() == [0, 1, 1]
    assert learner.windows.arrays["action"][0, 1:].tolist() == [s.action[0] for s in steps[:2]]


def test_neither_windows_nor_what_is_awaited_outlive_an_episode():
    """Episodes of four steps: feedback in step 4 is the first of the second episode."""
    env = Slide(limit=4, starts=[0.0])
    learner, steps = scripted({4: 1.0, 6: 1.0}, env=env, delay=0.5)
    learner.learn(8)
    assert [bool(step.done[0]) for step in steps] == [False, False, False, True] * 2
    assert len(learner.windows) == 1  # that of step 4 would be about the last episode
    assert learner.windows.arrays["own"][0].tolist() == [0, 1, 1]
    np.testing.assert_allclose(
        learner.windows.arrays["action"][0, 1:, 0], [s.action[0, 0] for s in steps[4:6]], atol=1e-6
    )


def test_a_verdict_of_nothing_is_not_kept():
    learner, _ = scripted({2: 0.0, 3: 1.0}, delay=0.0)
    learner.learn(5)
    assert learner.windows.arrays["feedback"][: len(learner.windows)].tolist() == [1.0]


def test_what_the_human_did_is_not_the_learners_doing():
    """It takes over in step 2 and praises that, which counts for nothing; then step 3."""

    def steer(view):
        return np.array([view.step[0] == 2]), np.array([1])

    learner, steps = scripted({2: 1.0, 3: 1.0}, steer=steer, delay=0.0)
    learner.learn(4)
    assert [bool(step.takeover[0]) for step in steps] == [False, False, True, False]
    assert steps[2].action.tolist() == [1]
    assert len(learner.windows) == 1
    assert learner.windows.arrays["own"][0].tolist() == [1, 0, 1]


@pytest.mark.parametrize("entropy", [0.0, 1.5])
def test_an_update_climbs_feedback_and_entropy(entropy):
    """Against the recursion over the windows kept, and β ∇H of the state that the world is in."""
    learner, steps = scripted(
        {1: 1.0, 2: -1.0, 4: 1.0}, delay=0.0, entropy=entropy, learning_rate=0.05
    )
    learner.learn(6)
    policy = learner.policy
    before = [p.detach().clone() for p in policy.parameters()]
    now = th.as_tensor(steps[-1].obs, dtype=th.float32)
    kept = {k: th.as_tensor(a[:3]) for k, a in learner.windows.arrays.items()}
    expected = entropy * gradient(policy.entropy(now).mean(), policy)
    for i in range(3):
        trace = 0.0
        for k in range(3):
            trace = 0.35 * trace
            if kept["own"][i, k]:
                log_prob = policy.log_prob(kept["obs"][i, k], kept["action"][i, k])
                ratio = (log_prob - kept["log_prob"][i, k]).exp().detach()
                trace = trace + ratio * gradient(log_prob, policy)
        expected = expected + kept["feedback"][i] * trace / 3
    assert expected.abs().max() > 1e-3
    learner._climb(now)
    climbed = -th.cat([p.grad.reshape(-1) for p in policy.parameters()])
    np.testing.assert_allclose(climbed, expected, atol=1e-6)
    assert any((p != b).any() for p, b in zip(policy.parameters(), before, strict=True))


@pytest.mark.parametrize("said", [1.0, -1.0])
def test_praise_makes_an_action_likelier_and_blame_rarer(said):
    learner, steps = scripted({0: said}, delay=0.0, entropy=0.0, learning_rate=0.01)
    learner.learn(1)
    prob = learner.policy.log_probs(th.as_tensor(steps[0].obs, dtype=th.float32)).exp()
    assert said * (prob[0, steps[0].action[0]].item() - 1 / 3) > 0.001


def test_a_buffer_of_one_batch_replays_the_newest_windows_and_no_others():
    form = Numbers(Line.action_space)
    windows = Windows(2, 1, 1, form)
    for said in (1.0, 2.0, 3.0):
        arrays = {
            "obs": np.full((1, 1, 1), said),
            "action": np.zeros((1, 1), int),
            "log_prob": np.zeros((1, 1)),
            "own": np.ones((1, 1)),
        }
        windows.add(arrays, np.array([said]))
    rng = np.random.default_rng(0)
    for _ in range(5):
        batch = windows.sample(2, rng)
        assert sorted(batch.feedback.tolist()) == [2.0, 3.0]
        assert batch.obs[:, 0, 0].tolist() == batch.feedback.tolist()
    assert len(windows.sample(16, rng).feedback) == 2


def test_the_human_sees_the_probabilities_that_the_action_was_drawn_with():
    human = Critic(rate=1.0)
    learner = DeepCOACH(
        HumanInTheLoop(Line(), human), DeepCOACHConfig(learning_rate=0.01, entropy=0.1), seed=0
    )
    seen, act = [], learner.act
    learner.act = lambda obs: (act(obs), seen.append(learner._probs.copy()))[0]
    learner.learn(30)
    np.testing.assert_array_equal(np.concatenate(human.probs), np.concatenate(seen))
    assert np.ptp(human.probs[-1]) > 0.1  # and it has learned meanwhile
    quiet = Critic(rate=1.0)
    DeepCOACH(HumanInTheLoop(Slide(), quiet), seed=0).learn(3)
    assert quiet.probs == [None] * 3  # a Gaussian has none to show


def test_looking_at_the_learner_between_two_steps_leaves_what_it_remembers_alone():
    """Drawn predictions for other states, before the step is taken in, as a callback may ask."""

    class Look(Callback):
        def on_step(self, learner, infos, rewards, dones):
            learner.predict(np.eye(6), deterministic=False)
            return True

    learner, steps = scripted({0: 1.0}, delay=0.0)
    learner.learn(1, Look())
    assert not steps[0].done[0]
    # The policy that acted was the uniform one.
    np.testing.assert_allclose(
        learner.windows.arrays["log_prob"][0], [0, 0, math.log(1 / 3)], atol=1e-6
    )


def test_it_learns_to_walk_right():
    config = DeepCOACHConfig(learning_rate=0.003, delay=0.0, entropy=0.3)
    learner = DeepCOACH(HumanInTheLoop(Line(), Critic(rate=1.0)), config, seed=0).learn(200)
    assert learner.predict(np.eye(6)[:5])[0].tolist() == [2] * 5


def test_it_learns_to_push_towards_zero():
    config = DeepCOACHConfig(learning_rate=0.003, delay=0.0, entropy=0.2)
    env = VectorHumanInTheLoop(SlideBatch(4), Critic(rate=1.0))
    learner = DeepCOACH(env, config, seed=0).learn(800)
    push = learner.predict(np.array([[-1.0, 0.3], [1.0, 0.3]]))[0]
    assert push.shape == (2, 1) and push.dtype == np.float32
    assert push[0, 0] > 0.2 and push[1, 0] < -0.2


def test_a_gaussian_that_entropy_widens_stays_within_half_a_range():
    learner, _ = scripted({0: 1.0}, env=Slide(), delay=0.0, learning_rate=0.1)
    learner.learn(20)
    assert learner.policy.log_std.exp().item() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.0}, "algorithm.learning_rate must be > 0"),
        ({"optimizer": "sgd"}, "algorithm.optimizer must be rmsprop or adam, got sgd"),
        ({"batch_size": 0}, "algorithm.batch_size must be ≥ 1"),
        ({"buffer_size": 15}, "algorithm.buffer_size must be ≥ batch_size"),
        ({"window": 0}, "algorithm.window must be ≥ 1 step"),
        ({"trace_decay": 1.1}, "algorithm.trace_decay must be in"),
        ({"entropy": -1.0}, "algorithm.entropy must be ≥ 0"),
        ({"delay": -0.1}, "algorithm.delay must be ≥ 0 s, or null"),
        ({"std": 0.0}, "algorithm.std must be in"),
        ({"net_arch": [0]}, "algorithm.net_arch must be ≥ 1"),
    ],
)
def test_settings_that_make_no_deep_learner_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        DeepCOACHConfig(**settings)


def test_weights_of_another_task_are_refused():
    state = DeepCOACH(Line(), seed=0).state_dict()
    with pytest.raises(UserError, match="of another task"):
        DeepCOACH(Slide(), seed=0).load_state_dict(state)
