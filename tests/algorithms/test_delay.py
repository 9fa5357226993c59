import itertools

import numpy as np
import pytest
from scipy import stats
from stable_baselines3.common.logger import Logger
from tiny import Line, Scripted, Slide, same_step

from algorithms.coach.agent import COACH
from algorithms.coach.config import COACHConfig
from algorithms.coach.deep.agent import DeepCOACH
from algorithms.coach.deep.config import DeepCOACHConfig
from algorithms.core import delay as subject
from algorithms.core import delay_evidence as evidence
from algorithms.core.credit import DELAY_FORMS
from algorithms.core.delay import DelayEstimator
from algorithms.core.delay_evidence import Candidate, Heard
from algorithms.guide.agent import GUIDE
from algorithms.guide.config import GUIDEConfig
from algorithms.tamer.agent import TAMER
from algorithms.tamer.config import TAMERConfig
from algorithms.tamer.deep.agent import DeepTAMER
from algorithms.tamer.deep.config import DeepTAMERConfig
from algorithms.tamer.rl.agent import TAMERRL
from algorithms.tamer.rl.config import TAMERRLConfig
from simulated_humans.control import Reaction
from simulated_humans.pending import Pending
from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop

DT = 0.5
STATES, ACTIONS = 6, 3


class World:
    """N walkers who go about at random in episodes of random length, judged by a random table."""

    def __init__(self, delay, form, worlds, seed, rate=1.0):
        self.rng, self.n, self.rate = np.random.default_rng(seed), worlds, rate
        self.table = np.where(self.rng.random((STATES, ACTIONS)) < 0.5, -1.0, 1.0)
        self.pending = Pending(Reaction(delay * DT, form), worlds)
        self.start = np.ones(worlds, bool)

    def step(self):
        """What `DelayEstimator.take_in` takes."""
        rng, n = self.rng, self.n
        self.pending.reset(self.start)
        state, action = rng.integers(STATES, size=n), rng.integers(ACTIONS, size=n)
        due, value, _ = self.pending.step(
            rng.random(n) < self.rate,
            self.table[state, action],
            np.zeros(n, int),
            rng.random((n, 2)),
            DT,
        )
        self.start = rng.random(n) < 0.02
        return np.eye(STATES)[state], action, np.where(due, value, np.nan), self.start


def estimated(world, of, steps):
    estimator = DelayEstimator(of, STATES, DT)
    for _ in range(steps):
        estimator.take_in(*world.step())
    return estimator


@pytest.mark.parametrize("delay", range(7))
def test_a_fixed_delay_is_found_to_the_step(delay):
    estimator = estimated(World(delay, "fixed", 4, seed=delay), np.arange(4), 120)
    assert estimator.ready.all()
    assert (estimator.form == list(DELAY_FORMS).index("fixed")).all()
    assert estimator.mean.tolist() == [delay] * 4
    assert estimator.seconds.tolist() == [delay * DT] * 4


@pytest.mark.parametrize(
    ("form", "delay"),
    [
        pytest.param(form, delay, marks=[] if delay in (1, 3, 5) else pytest.mark.long)
        for form, delay in itertools.product(["uniform", "gamma"], range(1, 7))
    ],
)
def test_the_mean_of_a_delay_that_varies_is_found_to_within_a_step(form, delay):
    """Of three learners the median; how often single ones are right is for the reproduction.

    From 300 words of praise or blame, gamma delays of five steps and more, which spread over
    twenty, are known to within half of their mean.
    """
    estimator = estimated(World(delay, form, 3, seed=delay), np.arange(3), 700)
    tolerance = delay / 2 if form == "gamma" and delay >= 5 else 1
    assert abs(np.median(estimator.mean) - delay) <= tolerance
    assert estimator.ready.all()


def test_the_likelihood_is_that_of_a_multivariate_t():
    """w ~ N(0, κσ²) and σ² ~ InverseGamma(1, ½) make y ~ t₂(0, ½ (I + κ X Xᵀ))."""
    rng = np.random.default_rng(0)
    features, value = rng.normal(size=(2, 5, 3)), rng.normal(size=5)
    expected, found = [], []
    for x in features:
        gram = x @ x.T
        densities = [
            stats.multivariate_t(np.zeros(5), 0.5 * (np.eye(5) + k * gram), df=2).pdf(value)
            for k in evidence.STRENGTHS
        ]
        expected.append(np.log(np.mean(densities)))
        found.append(evidence.log_evidence(gram, value))
    assert found[0] - found[1] == pytest.approx(expected[0] - expected[1])


def test_one_signal_by_hand():
    """n = 1, X Xᵀ = 2, y = 1: the mean over κ of (1 + 2κ)^-½ (½ + ½ / (1 + 2κ))^-3/2."""
    terms = [(1 + 2 * k) ** -0.5 * (0.5 + 0.5 / (1 + 2 * k)) ** -1.5 for k in (0.3, 3.0, 30.0)]
    found = evidence.log_evidence(np.array([[2.0]]), np.ones(1))
    assert found == pytest.approx(np.log(np.mean(terms)))


def test_of_two_judgements_due_at_once_the_later_is_said_by_hand():
    """p = (½, ½), all steps judged: said in 1 - ¼ of the steps, ½ of now to ½ · ½ of before."""
    lag = np.array([0.5, 0.5])
    np.testing.assert_allclose(evidence.spoken_lags(lag, 0.75), [2 / 3, 1 / 3], atol=1e-6)
    np.testing.assert_allclose(evidence.spoken_lags(lag, 1e-9), lag, atol=1e-6)


@pytest.mark.parametrize(("form", "share"), [("gamma", 1.0), ("gamma", 0.3), ("uniform", 1.0)])
def test_spoken_lags_are_those_of_humans_who_say_one_thing_at_a_time(form, share):
    worlds, steps, rng = 1000, 60, np.random.default_rng(1)
    pending, lates = Pending(Reaction(3 * DT, form), worlds), []
    for t in range(steps):
        spoken = rng.random(worlds) < share
        uniform = rng.random((worlds, 2))
        due, _, about = pending.step(spoken, np.ones(worlds), np.full(worlds, t), uniform, DT)
        lates.append(np.where(due, t - about, -1))
    late = np.array(lates[40:])
    lag = evidence.lags(Candidate(form, 3))
    expected = evidence.spoken_lags(lag, (late >= 0).mean())
    n = (late >= 0).sum()
    for k in range(12):
        p = expected[k] if k < len(expected) else 0.0
        # Twice the standard error of independent draws, for they crowd one another.
        assert abs((late == k).sum() / n - p) < 8 * np.sqrt(p * (1 - p) / n) + 3e-3


def test_a_signal_is_about_its_own_episode_or_nothing():
    """Age 1 leaves lags 0 and 1 of (.2, .3, .5): .4 and .6. A fixed lag of 2 leaves none."""
    got = evidence.matching(np.array([0.2, 0.3, 0.5]), np.array([4, 4]), np.array([1, 7]), 6)
    assert got.tolist() == [
        pytest.approx([0, 0, 0, 0.6, 0.4, 0]),
        pytest.approx([0, 0, 0.5, 0.3, 0.2, 0]),
    ]
    assert not evidence.matching(np.array([0.0, 0.0, 1.0]), np.array([4]), np.array([1]), 6).any()


def test_signals_before_the_delay_speak_against_it_and_more_cells_are_no_advantage():
    """Praise for the action just taken, the first of an episode in its first step."""
    rng = np.random.default_rng(3)
    action = rng.integers(2, size=40)
    fixed = [Candidate("fixed", d) for d in range(4)]
    known = {"action": action, "value": 2.0 * action - 1.0, "at": np.arange(40)}
    known |= {"said": np.ones(40), "silent": np.zeros(40)}
    one = evidence.compare(Heard(obs=np.ones((40, 1)), age=np.arange(40), **known), fixed, rate=1.0)
    assert one.argmax() == 0
    noise = {**known, "value": rng.choice([-1.0, 1.0], 40)}
    cells = np.eye(40)  # as many cells as signals: each is predicted by none before it
    many = evidence.compare(Heard(obs=cells, age=np.arange(40) + 9, **noise), fixed, rate=1.0)
    assert np.ptp(many) < np.log(20)
    early = evidence.compare(Heard(obs=cells, age=np.arange(40) % 2, **noise), fixed, rate=1.0)
    # 20 signals of age 0 are before a delay of 1, all 40 before one of 2 or 3.
    assert early[0] - early[1] > 10 and early[1] - early[2] > 10


def test_every_fixed_delay_is_a_candidate_up_to_four_seconds_or_fifty_steps():
    for dt, last in ((0.5, 8), (0.1, 40), (0.01, 50), (9.0, 2)):
        among = evidence.candidates(dt)
        assert [c.mean for c in among if c.form == "fixed"] == list(range(last + 1))
        for form in ("uniform", "gamma"):
            means = np.array([c.mean for c in among if c.form == form])
            assert means[0] == 1 and means[-1] == last
            assert (np.diff(means) <= np.maximum(1, means[:-1] / 5)).all()


def test_learners_that_share_worlds_share_signals():
    world = World(2, "fixed", 8, seed=5)
    estimator = estimated(world, np.zeros(8, int), 15)
    assert estimator.ready.tolist() == [True]
    assert estimator.mean.tolist() == [2.0]


def test_a_human_who_seldom_speaks_is_understood_with_what_memory_there_is(monkeypatch):
    monkeypatch.setattr("algorithms.core.delay_memory.CAPACITY", 400)
    world = World(3, "fixed", 2, seed=6, rate=0.2)
    estimator = estimated(world, np.arange(2), 1000)
    assert estimator.mean.tolist() == [3.0, 3.0]
    assert len(estimator._memory) <= 400


def test_observations_need_not_be_cells():
    """Judged by the sign of a · s, seen as three real numbers."""
    rng, estimator = np.random.default_rng(7), DelayEstimator(np.zeros(1, int), 3, DT)
    weights = rng.normal(size=(ACTIONS, 3))
    said = [np.nan] * 4
    for _ in range(200):
        obs, action = rng.normal(size=(1, 3)), rng.integers(ACTIONS, size=1)
        said.append(float(np.sign(weights[action[0]] @ obs[0])))
        estimator.take_in(obs, action, np.array([said[-5]]), np.zeros(1, bool))
    assert estimator.mean.tolist() == [4.0]


def test_one_who_always_praises_tells_nothing_and_is_believed_in_the_end():
    estimator = DelayEstimator(np.zeros(1, int), STATES, DT)
    rng = np.random.default_rng(8)
    for k in range(1, 301):
        obs = np.eye(STATES)[rng.integers(STATES, size=1)]
        anew = estimator.take_in(obs, rng.integers(ACTIONS, size=1), np.ones(1), np.zeros(1, bool))
        assert anew[0] == (k in subject.MILESTONES)
        # Said in the first step of the episode: that alone speaks for a short delay.
        assert not estimator.ready[0] or k == 300 or estimator.mean[0] <= 1
    assert estimator.ready[0]


def test_an_estimate_goes_on_as_if_it_had_not_been_saved():
    whole, world = DelayEstimator(np.arange(3), STATES, DT), World(3, "uniform", 3, seed=9)
    steps = [world.step() for _ in range(200)]
    for step in steps:
        whole.take_in(*step)
    first, second = (DelayEstimator(np.arange(3), STATES, DT) for _ in range(2))
    for step in steps[:90]:
        first.take_in(*step)
    second.load_state_dict(first.state_dict())
    for step in steps[90:]:
        second.take_in(*step)
    expected, found = whole.state_dict(), second.state_dict()
    expected |= expected.pop("memory")
    found |= found.pop("memory")
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("late", [0, 3])
@pytest.mark.parametrize("method", ["coach", "tamer"])
def test_a_learner_finds_out_and_learns_from_then_on(method, late):
    """A trainer who praises steps to the right `late` steps after they were taken."""
    acted = [[np.nan] * late for _ in range(2)]

    def judge(view):
        for world, (was, proposed) in enumerate(zip(acted, view.proposed_action, strict=True)):
            if view.step[world] == 0 or view.episode_start[world]:
                was[:] = [np.nan] * late
            was.append(1.0 if proposed == 2 else -1.0)
        return np.array([was[-1 - late] for was in acted])

    env = VectorHumanInTheLoop(same_step(lambda: Line(limit=30), 2), Scripted(values=judge))
    if method == "coach":
        learner = COACH(env, COACHConfig(delay=None), seed=0, independent=True)
    else:
        learner = TAMER(env, TAMERConfig(delay=None, temperature=0.5), seed=0, independent=True)
    weights = "theta" if method == "coach" else "weights"
    written = {}
    logger = Logger(None, [])
    logger.record = lambda tag, value: written.setdefault(tag, value)
    learner.set_logger(logger)
    take_in, seen = learner.take_in, []

    def watched(step):
        take_in(step)
        seen.append((learner.estimator.ready.copy(), getattr(learner, weights).any(axis=-1)))

    learner.take_in = watched
    learner.learn(2 * 400)
    for ready, learnt in seen:
        assert not learnt[~ready].any()
    assert learner.estimator.ready.all()
    assert learner.estimator.mean.tolist() == [late] * 2
    assert written["human/delay_estimate"] == late * learner.dt
    probs = learner.probabilities(np.eye(6)[[3, 3]], np.arange(2))
    assert (probs.argmax(axis=1) == 2).all()


@pytest.mark.parametrize("late", [0, 4])
def test_continuous_actions_are_told_apart_as_well(late):
    """Judgements are s·W·a, of random observations and pushes, said `late` steps after them."""
    rng = np.random.default_rng(2)
    estimator = DelayEstimator(np.zeros(1, int), 3, DT, action_shape=(2,))
    weights = rng.normal(size=(3, 2))
    said = [np.nan] * late
    for _ in range(300):
        obs, action = rng.normal(size=(1, 3)), rng.uniform(-1, 1, (1, 2))
        said.append(float(np.tanh(obs[0] @ weights @ action[0])))
        estimator.take_in(obs, action, np.array([said[-1 - late]]), np.zeros(1, bool))
    assert estimator.ready[0]
    assert estimator.mean.tolist() == [late]


def test_who_leaves_early_is_made_do_with():
    estimator = DelayEstimator(np.zeros(2, int), STATES, DT)
    world = World(1, "fixed", 2, seed=3)
    for _ in range(15):
        estimator.take_in(*world.step())
    assert not estimator.ready[0]
    estimator.make_do()
    assert estimator.ready[0]
    silent = DelayEstimator(np.zeros(1, int), STATES, DT)
    silent.make_do()
    assert (silent.ready[0], silent.mean[0]) == (True, 0.0)


def late_critic(late, judge):
    """Judges [N] steps by `judge`, and says so `late` steps later, within the episode."""
    memory = []

    def say(view):
        if view.episode_start[0]:
            memory.clear()
        memory.append(float(judge(view)[0]))
        return np.array([memory[-1 - late] if len(memory) > late else np.nan])

    return Scripted(values=say)


def to_the_right(view):
    return np.where(view.proposed_action == 2, 1.0, -1.0)


def to_the_middle(view):
    return -np.sign(view.obs[:, 0] * view.proposed_action[:, 0])


@pytest.mark.parametrize("late", [0, 3])
@pytest.mark.parametrize(
    "name", ["deep_coach", "deep_coach continuous", "deep_tamer", "sarsa", "dqn", "sac", "guide"]
)
def test_the_estimate_reaches_the_learners_with_networks_and_bases(name, late):
    line = HumanInTheLoop(Line(limit=30), late_critic(late, to_the_right))
    slide = HumanInTheLoop(Slide(limit=30), late_critic(late, to_the_middle))
    small = {"net_arch": [8], "batch_size": 8}
    if name == "deep_coach":
        learner = DeepCOACH(line, DeepCOACHConfig(delay=None, entropy=0.1, **small), 0)
    elif name == "deep_coach continuous":
        learner = DeepCOACH(slide, DeepCOACHConfig(delay=None, entropy=0.1, **small), 0)
    elif name == "deep_tamer":
        learner = DeepTAMER(line, DeepTAMERConfig(delay=None, temperature=0.5, **small), 0)
    elif name == "guide":
        learner = GUIDE(slide, GUIDEConfig(delay=None, learning_starts=400, **small), 0)
    else:
        technique = "sharing" if name == "sac" else "biasing"
        settings = {} if name == "sarsa" else {"learning_starts": 400, **small}
        config = TAMERRLConfig(
            base=name, base_settings=settings, technique=technique, beta=0.5, delay=None
        )
        learner = TAMERRL(slide if name == "sac" else line, config, 0)
    written = {}
    logger = Logger(None, [])
    logger.record = lambda tag, value, **_: written.update({tag: value})
    learner.set_logger(logger)
    learner.learn(400)
    dt = 0.5
    assert written["human/delay_estimate"] == pytest.approx(late * dt)
    assert learner.figures()["delay_estimate"] == pytest.approx(late * dt)
    if name == "guide":
        buffer = learner.model.replay_buffer
        rows = buffer.size()
        seen, done = buffer.observations[:rows, 0, 0], buffer.actions[:rows, 0, 0]
        judged = buffer.rewards[:rows, 0] - _slide_reward(buffer, rows)
        ends = buffer.dones[:rows, 0] > 0
        lost = np.array([ends[row : row + late].any() for row in range(rows)])
        assert judged[~lost] == pytest.approx(-np.sign(seen * done)[~lost], abs=1e-4)
        assert judged[lost] == pytest.approx(0.0, abs=1e-4)


def _slide_reward(buffer, rows):
    """−|x| after the step, as `Slide` rewards."""
    return -np.abs(buffer.next_observations[:rows, 0, 0])


def test_null_is_the_word_and_a_negative_delay_is_refused():
    for config in (
        *(COACHConfig, TAMERConfig, DeepCOACHConfig),
        *(DeepTAMERConfig, TAMERRLConfig, GUIDEConfig),
    ):
        assert config(delay=None).delay is None
        with pytest.raises(UserError, match=r"algorithm\.delay must be ≥ 0 s, or null, got -1"):
            config(delay=-1.0)


def test_a_known_delay_has_no_estimator():
    human = Scripted(values=lambda view: np.ones(1))
    learner = COACH(HumanInTheLoop(Line(), human), COACHConfig(delay=1.0))
    assert "delay" not in learner.state_dict()
