import numpy as np
import pytest
import torch as th
from stable_baselines3.common.logger import Logger
from test_target_td_linear import ALPHA, STAR, random_problem
from tiny import Line, Slide
from tiny_learners import CASES, SMALL, build, digest, line, slide

from algorithms.baselines.agent import DQN, SAC, TD3
from algorithms.baselines.config import DQNConfig, SACConfig, TD3Config
from algorithms.core.config import TargetConfig
from algorithms.imitation.agent import BC, IWR, HGDagger
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from algorithms.target_td import prediction
from algorithms.target_td.evaluation import LinearEvaluation
from algorithms.target_td.monitor import StabilityMonitor
from algorithms.target_td.neural import NeuralEvaluation, value_network
from algorithms.target_td.rules import TargetRule
from algorithms.target_td.views import look
from algorithms.target_td.warning import EarlyWarning
from coachable.config import load
from coachable.progress import Silent
from coachable.reproduce.target_td import neural_runs
from coachable.train import train
from teaching import UserError

CLONING = (BC, HGDagger, IWR)
RULES = [
    TargetRule.td(),
    TargetRule.every(77),
    TargetRule.polyak(0.02),
    TargetRule(10, momentum=0.3),
]


def linear_network(weights):
    network = th.nn.Linear(len(weights), 1, bias=False)
    with th.no_grad():
        network.weight.copy_(th.tensor(weights, dtype=th.float32)[None])
    return network


@pytest.mark.parametrize("rule", RULES)
def test_the_tangent_of_a_linear_network_is_the_linear_problem(rule):
    learner = NeuralEvaluation(linear_network(np.ones(8)), rule, ALPHA, 0.99)
    tangent = learner.tangent(STAR.everything())
    radius = prediction.radius(STAR, ALPHA, rule)
    assert prediction.radius(tangent, ALPHA, rule) == pytest.approx(radius, abs=1e-6)


@pytest.mark.parametrize("rule", [*RULES, TargetRule(period=5, ridge=0.1, tau=0.5)])
def test_a_linear_network_learns_as_the_linear_learner(rule):
    problem = random_problem(5, on_policy=True)
    start = np.linspace(-1, 1, problem.width)
    neural = NeuralEvaluation(linear_network(start), rule, 0.05, 0.95)
    linear = LinearEvaluation(start, rule, 0.05, 0.95)
    for _ in range(100):
        losses = neural.step(problem.everything()), linear.step(problem.everything())
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert neural.network.weight[0].tolist() == pytest.approx(linear.weights.tolist(), rel=1e-4)


def test_the_tangent_of_a_network_is_the_jacobian_of_its_next_period():
    """By differences: what a small push of the weights becomes after k steps, where δ is 0."""
    problem, k, alpha = random_problem(3), 4, 0.05
    network = value_network(problem.width, [5], "tanh", 1)
    rule = TargetRule.every(k)
    learner = NeuralEvaluation(network.double(), rule, alpha, 0.95)
    learner.target = {n: p.double() for n, p in learner.target.items()}
    features = th.tensor(problem.features)
    with th.no_grad():  # rewards for which the network is right: the residual's curvature is gone
        following = 0.95 * network(th.tensor(problem.next_features))[:, 0]
        reward = network(features)[:, 0] - following
    batch = problem.everything()._replace(reward=reward.numpy())
    batch = type(batch)(*(th.tensor(np.asarray(part)) for part in batch))
    names = [name for name, _ in network.named_parameters()]
    start = th.cat([p.detach().flatten() for p in network.parameters()])

    def after(flat):
        place = 0
        for name, p in network.named_parameters():
            p.data = flat[place : place + p.numel()].view_as(p).clone()
            learner.target[name] = p.data.clone()
            learner.before[name] = p.data.clone()
            place += p.numel()
        learner.steps = 0
        for _ in range(k):
            learner.step(batch)
        return th.cat([p.detach().flatten() for p in network.parameters()])

    jacobian = np.array(
        [
            ((after(start + 1e-5 * e) - after(start - 1e-5 * e)) / 2e-5).numpy()
            for e in th.eye(len(start), dtype=th.float64)
        ]
    ).T
    after(start)
    assert names
    moving = np.linalg.eigvals(jacobian)
    # What no row of the batch sees stays as it is: eigenvalues of exactly 1, which G leaves out.
    moving = moving[np.abs(moving - 1) > 1e-6]
    found = learner.tangent(batch)
    values, vectors = found.eigen
    keep = (1 - alpha * values) ** k
    gain = (1 - keep) / values
    m_k = np.diag(keep) + gain[:, None] * (vectors.T @ found.delta_jacobian @ vectors)
    theirs = np.sort(np.abs(np.linalg.eigvals(m_k)))
    assert theirs[-3:] == pytest.approx(np.sort(np.abs(moving))[-3:], abs=1e-3)


def test_many_networks_at_once_learn_as_one_does():
    runs = [neural_runs.draw_run(seed) for seed in range(30)]
    runs = [r for r in runs if r.hidden == runs[0].hidden][:3]
    courses = neural_runs.carry_out(runs, 2 * neural_runs.EVERY)
    for run, course in zip(runs, courses, strict=True):
        network = value_network(run.problem.width, [run.hidden], run.activation, run.seed)
        rule = TargetRule.every(run.period)
        learner = NeuralEvaluation(network, rule, run.alpha, run.problem.discount)
        errors = []
        for step in range(2 * neural_runs.EVERY + 1):
            if step % neural_runs.EVERY == 0:
                off = learner.values(run.features) - run.truth
                errors.append(np.sqrt(run.visits @ off**2))
                growth = prediction.growth_of(
                    learner.tangent(run.problem.everything()), run.alpha, rule
                )
                reading = course.growth[step // neural_runs.EVERY]
                assert reading == pytest.approx(growth, rel=1e-2, abs=1e-6)
            learner.step(run.problem.everything())
        assert course.error == pytest.approx(np.array(errors) / errors[0], rel=1e-3)


def warning():
    return EarlyWarning(limit=4.0, ahead=100, confirmed=3)


def test_the_warning_looks_ahead_by_the_least_of_several_growths():
    given = warning()
    for growth, size in ((0.01, 1.0), (0.02, 1.2), (0.03, 1.4)):
        assert not given.take_in(growth, size, 0)
        assert given.forecast == pytest.approx(size * np.exp(100 * 0.01))
    assert not given.take_in(-0.001, 3.9, 1)  # one that shrinks among the last three
    assert given.forecast == pytest.approx(3.9)
    assert not any(given.take_in(0.01, 1.4, 2) for _ in range(3))  # 1.4 e = 3.8
    assert given.take_in(0.01, 1.5, 7) and given.warned_at == 7  # 1.5 e = 4.1
    assert not given.take_in(0.01, 9.0, 8)  # once
    again = warning()
    again.load_state_dict(given.state_dict())
    assert {k: np.array(v).tolist() for k, v in again.state_dict().items()} == {
        k: np.array(v).tolist() for k, v in given.state_dict().items()
    }


def test_large_values_that_are_not_predicted_to_grow_are_no_cause_for_alarm():
    given = warning()
    assert not any(given.take_in(0.0, 50.0, step) for step in range(9))


def test_what_has_left_the_numbers_is_alarming():
    given = EarlyWarning()
    given.take_in(-1.0, 1.0, 0)
    assert given.take_in(float("nan"), float("nan"), 1)


@pytest.mark.parametrize("name", ["dqn", "td3", "sac", "pvp discrete", "pvp continuous"])
def test_the_monitor_reads_every_kind_of_learner_and_changes_nothing(name):
    monitor = StabilityMonitor(16, alarm=lambda text: None)
    watched = build(name)
    seen = {}
    logger = Logger(None, [])
    logger.record = lambda key, value, *rest, **more: seen.setdefault(key, value)
    watched.set_logger(logger)
    monkey = watched.learn(128, monitor)
    assert digest(monkey) == digest(build(name).learn(128))
    assert {key for key in seen if key.startswith("stability/")} == {
        f"stability/{tag}"
        for tag in (
            "radius",
            "growth",
            "path_growth",
            "value_size",
            "forecast",
            "target_drift",
            "bellman_residual",
            "warning",
        )
    }
    assert all(np.isfinite(seen[key]) for key in seen if key.startswith("stability/"))


LEARNERS = {
    "dqn": lambda rule: DQN(Line(), DQNConfig(target=rule, **SMALL), 0),
    "td3": lambda rule: TD3(Slide(), TD3Config(target=rule, **SMALL), 0),
    "sac": lambda rule: SAC(Slide(), SACConfig(target=rule, **SMALL), 0),
    "pvp discrete": lambda rule: PVP(line(True, None, 0), PVPConfig(target=rule, **SMALL), 0),
    "pvp continuous": lambda rule: PVP(slide(True, None, 0), PVPConfig(target=rule, **SMALL), 0),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_the_monitor_knows_the_learners_rule(name):
    rules = {
        "hard": (TargetConfig(rule="hard", period=6), TargetRule.every(6)),
        "none": (TargetConfig(rule="none"), TargetRule.td()),
        "polyak": (TargetConfig(rule="polyak", tau=0.3), TargetRule.polyak(0.3)),
    }
    for config, rule in rules.values():
        view = look(LEARNERS[name](config).learn(60), 16, np.random.default_rng(0))
        assert view.rule == rule and view.updates > 0
        drift = view.drift
        assert (drift == 0) == (config.rule == "none")


@pytest.mark.parametrize("name", CASES)
def test_configs_know_whether_their_learner_has_target_networks(name):
    """Those that clone have some that learn nothing."""
    learner = build(name)
    model = getattr(learner, "model", None)
    has = hasattr(model, "q_net_target") or hasattr(model, "critic_target")
    known = getattr(CASES[name][1](), "target_networks", False)
    assert known == (has and not isinstance(learner, CLONING))


@pytest.mark.parametrize("choice", ["coach human=coach", "hg_dagger human=expert", "ppo"])
def test_a_learner_without_targets_is_refused_before_anything_is_written(choice, tmp_path):
    algorithm, *human = choice.split()
    task = "coach_grid" if algorithm == "coach" else "driving"
    chosen = [f"algorithm={algorithm}", f"env={task}", *human, f"runs={tmp_path / 'runs'}"]
    with pytest.raises(UserError, match=f"algorithm={algorithm} has none; leave it at 0"):
        train(load([*chosen, "stability_every=10"]), Silent())
    assert not list(tmp_path.iterdir())


def test_a_run_with_the_monitor_resumes_and_says_when_it_warned(tmp_path):
    config = load(
        [
            "env=cartpole", "algorithm=dqn", "total_steps=200", "stability_every=50",
            "algorithm.learning_starts=20", "algorithm.batch_size=16", "algorithm.net_arch=[8]",
            "final_episodes=1", "eval_every=0", f"runs={tmp_path}", "name=watched",
        ]
    )  # fmt: skip
    result = train(config, Silent())
    assert result["warned_at"] is None
    readings = result["stability"]
    assert [reading["step"] for reading in readings] == [100, 150, 200]  # 64 are drawn
    assert all(reading["bellman_residual"] > 0 for reading in readings)
