import numpy as np
import pytest

from algorithms.core.learner import Callback
from algorithms.dueling.coactive.agent import Coactive
from algorithms.dueling.coactive.config import CoactiveConfig
from algorithms.dueling.coactive.losses import average_slope, perceptron
from envs.tabletop.env import TabletopEnv
from envs.tabletop.task import TabletopConfig, oracle
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from teaching import Segments, UserError
from teaching.wrapper import HumanInTheLoop
from tests.tiny_learners import STEPS, build


class Noted(CorrectingHuman):
    """Keeps what it was shown and what it answered."""

    def correct(self, segments):
        answer = super().correct(segments)
        self.seen = [*getattr(self, "seen", []), (segments, answer)]
        return answer


class AfterRounds(Callback):
    def __init__(self, rounds):
        self.rounds = rounds

    def on_step(self, learner, infos, rewards, dones):
        return learner.rounds < self.rounds


def carried(rounds: int, user: str = "protective", seed: int = 0, **settings):
    """A learner after so many rounds, and its human."""
    config = TabletopConfig(user=user)
    task = TabletopEnv(config)
    human = Noted(CorrectingConfig(blends=4), oracle(task, config), task.action_space, 1, seed)
    learner = Coactive(HumanInTheLoop(task, human), CoactiveConfig(**settings), seed=seed)
    return learner.learn(10**9, AfterRounds(rounds)), human


def shown(obs, action) -> Segments:
    length = np.array([[action.shape[2]]])
    return Segments(
        ids=np.array([[0]]), obs=obs, action=action, length=length, dt=0.1, step=np.array([0])
    )


def test_the_perceptron_moves_towards_what_was_improved():
    w = perceptron(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    np.testing.assert_array_equal(w, [-1.0, 4.0])
    assert average_slope(1 / np.sqrt(np.arange(1, 100_001)), 1000) == pytest.approx(-0.5, abs=0.01)


def test_known_signs_bring_weights_nearer_to_every_truth_that_has_them():
    """What the proof of the regret needs: ⟨P(w), w*⟩ ≥ ⟨w, w*⟩ and ‖P(w)‖ ≤ ‖w‖."""
    rng = np.random.default_rng(0)
    signs, units = rng.choice([-1.0, 1.0], 7), np.ones(7)
    for _ in range(200):
        w, better, worse = rng.normal(size=(3, 7))
        truth = signs * rng.exponential(size=7)
        free = perceptron(w, worse, better, units)
        kept = perceptron(w, worse, better, units, signs)
        np.testing.assert_allclose(free, w + better - worse)
        assert (kept * signs >= 0).all()
        assert kept @ truth >= free @ truth
        assert np.linalg.norm(kept) <= np.linalg.norm(free)
    assert (kept != free).any()


def test_a_path_is_shown_with_room_which_is_worth_nothing():
    learner, human = carried(3)
    for segments, _ in human.seen:
        shown, first = segments.action[0, 0], segments.obs[0, 0, :1]
        taken = len(shown) - 20  # 2 s of 0.1 s
        assert segments.length[0, 0] == len(shown)
        assert (shown[taken:] == 0).all() and (shown[:taken] != 0).any()
        whole, path = (
            learner._task.path_features(first, actions[None]) for actions in (shown, shown[:taken])
        )
        np.testing.assert_array_equal(whole, path)
    lived = [int(segments.length[0, 0]) - 20 for segments, _ in human.seen]
    starts = [int(segments.start[0, 0]) for segments, _ in human.seen]
    assert starts == np.cumsum([0, *lived[:-1]]).tolist()


def test_where_only_a_longer_path_is_better_room_makes_it_a_correction():
    """Without room the hurried learner's paths stay as they are wherever haste is the fault."""
    config = TabletopConfig(user="protective")
    task = TabletopEnv(config)
    human = CorrectingHuman(CorrectingConfig(), oracle(task, config), task.action_space, 1, 0)
    hasty = task.carrier(np.where(np.isin(task.feature_names, ("time", "touched")), -30.0, 0.0))
    truth, mended = task.true_weights, {0.0: 0.0, 2.0: 0.0}
    for seed in range(6):
        first, _ = task.reset(seed=seed)
        for room in mended:
            path = np.diff(hasty.path(first)[:26], axis=0) / 0.1 / [0.5, 0.5, 0.5, 1.5]
            steps = 25 + round(room * 10)
            action = np.zeros((1, 1, steps, 4), np.float32)
            action[0, 0, :25] = np.clip(path, -1, 1)
            obs = np.repeat(first[None], steps, axis=0)[None, None]
            better = human.correct(shown(obs, action)).action
            values = task.path_features(first[None], better) @ truth
            mended[room] += float(values[0] - task.path_features(first[None], action[0])[0] @ truth)
    assert mended[2.0] > mended[0.0] + 6.0


def test_corrections_bring_the_paths_nearer_to_what_the_user_wants():
    learner = build("coactive").learn(STEPS)
    assert learner.rounds >= STEPS // 12
    assert learner.w @ learner._task.true_weights > 0


def test_the_weights_keep_the_signs_that_the_task_declares():
    free, _ = carried(12, signs=False, seed=101)
    kept, _ = carried(12, seed=101)
    signs = kept._task.feature_signs
    assert (kept.w * signs >= 0).all() and (free.w * signs < 0).any()


def test_no_time_less_than_none_is_given():
    with pytest.raises(UserError, match=r"algorithm\.room"):
        CoactiveConfig(room=-1.0)
