"""Interactions of Sumers et al. (2021): somebody collects, a human speaks, a learner listens."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

LEARNERS = 30
"""Side by side, each with a teacher and an assignment of its own."""
TEST_LEVELS = 100
FEW = "network_300"
"""The inference network trained on 300 messages and not on 80,000."""
ALGORITHMS = ("literal", "pragmatic", "inference_network", FEW)


def make_learner(algorithm: str, env: Any, seed: int) -> Any:
    """Learners on the worlds of `env`, one a world."""
    from algorithms.registry import ALGORITHMS as REGISTRY

    entry = REGISTRY["inference_network" if algorithm == FEW else algorithm]
    learner = entry.agent_class()(env, entry.config_class()(), seed, independent=True)
    if algorithm == FEW:
        learner.network = few(seed)
    return learner


@lru_cache(maxsize=2)
def few(seed: int) -> Any:
    """A network trained on 300 messages, said again under every other assignment."""
    from algorithms.verbal.network import read_network
    from coachable.train_listener import fit_network

    return read_network(fit_network(1000 + seed, rounds=4, epochs=20, messages=300), FEW)


class Classroom:
    """`LEARNERS` worlds with a teacher, and test levels under the same assignments.

    Attributes:
        batch: of worlds whose one episode is as long as the teaching.
        best: [LEARNERS, levels] the most that each level is worth.

    """

    def __init__(self, teacher: dict[str, Any], levels: int, seed: int):
        """`teacher` are settings of the human; the assignments are those held out of training."""
        from coachable.listener_data import HELD_OUT_ASSIGNMENTS
        from envs.collection.env import CollectionVectorEnv
        from envs.collection.levels import draw_levels
        from envs.collection.oracle import collection_oracle
        from envs.collection.task import CollectionConfig
        from simulated_humans.speaking import SpeakingHuman
        from simulated_humans.speaking_config import SpeakingConfig

        self.env = CollectionVectorEnv(
            CollectionConfig(levels=levels, assignment=None), "train", LEARNERS
        )
        self.env.reset(seed=seed)
        self.batch = self.env.batch
        tests = []
        for w in range(LEARNERS):
            number = LEARNERS * seed + w
            assignment = HELD_OUT_ASSIGNMENTS[number % len(HELD_OUT_ASSIGNMENTS)]
            # Even seeds are those of training levels; what is above them is for tests.
            lesson = draw_levels(2 * number, levels, assignment)
            self.batch.assignment[w], self.batch.obs[w], self.batch.value[w] = lesson
            tests.append(draw_levels(2**31 + 2 * number + 1, TEST_LEVELS, assignment))
        self._test_obs = np.stack([level.obs for level in tests])
        self._test_values = np.stack([level.value for level in tests])
        self._options: np.ndarray | None = None
        self.human = SpeakingHuman(
            SpeakingConfig(**teacher),
            collection_oracle(self.batch),
            self.batch.action_space,
            LEARNERS,
            seed,
        )
        self.best = np.maximum(self.batch.value, 0).sum(axis=3).max(axis=2)

    def test(self, learner: Any, rng: np.random.Generator) -> np.ndarray:
        """[LEARNERS] % of the most on the test levels, each level under weights drawn anew."""
        from algorithms.verbal import losses
        from envs.collection.features import MEMBERS, decode
        from envs.collection.words import options

        if self._options is None:
            flat = self._test_obs.reshape(-1, self._test_obs.shape[-1])
            self._options = options(flat).reshape(LEARNERS, TEST_LEVELS, 128, -1)[:, :, _TAKING]
        normal = rng.standard_normal((LEARNERS, TEST_LEVELS, learner.shift.shape[1]))
        weights = losses.draw(learner.precision[:, None], learner.shift[:, None], normal)
        chosen = np.matmul(self._options, weights[..., None])[..., 0].argmax(axis=2)
        cluster, taken = decode(_TAKING[chosen.ravel()])
        cluster = cluster.reshape(LEARNERS, TEST_LEVELS, 1, 1)
        values = np.take_along_axis(self._test_values, cluster, axis=2)[:, :, 0]
        points = (values * taken.reshape(values.shape)).sum(axis=2)
        best = np.maximum(self._test_values, 0).sum(axis=3).max(axis=2)
        assert MEMBERS.shape[1] == values.shape[2]
        return 100 * (points / best).mean(axis=1)

    def interact(self, learner: Any, step: int, action: np.ndarray) -> np.ndarray:
        """One level each: do it, speak of it, listen; [LEARNERS] points."""
        from teaching import View

        obs = self.batch.observe()
        start = np.full(LEARNERS, step == 0)
        view = View(
            obs=obs,
            proposed_action=action,
            step=np.full(LEARNERS, step),
            episode_start=start,
            dt=self.batch.dt,
        )
        for w, text in enumerate(self.human.speak(view).text):
            if text:
                learner.hear(text, obs[w], action[w], w)
        return self.batch.step(action)[0]


_TAKING = np.array([a for a in range(128) if a % 32])
"""Actions that take something, as every learner in the paper had to."""


def on_random_interactions(
    algorithm: str, teacher: dict[str, Any], seed: int, interactions: int
) -> dict[str, Any]:
    """Learn from what is said of other people's choices.

    Returns:
        ``scores``: [interactions + 1][LEARNERS], % of the most on test levels after so many.

    """
    from coachable.listener_data import somebody

    room = Classroom(teacher, interactions, seed)
    learner = make_learner(algorithm, room.env, seed)
    others, draws = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    scores = [room.test(learner, draws)]
    for step in range(interactions):
        room.interact(learner, step, somebody(room.batch.action_values(), others))
        scores.append(room.test(learner, draws))
    return {"scores": np.array(scores).tolist()}


def on_its_own(algorithm: str, teacher: dict[str, Any], seed: int, levels: int) -> dict[str, Any]:
    """Learn from what is said of the learner's own choices, as with people in the paper.

    Returns:
        ``scores``: [levels][LEARNERS], % of the most in each level as it was played.

    """
    room = Classroom(teacher, levels, seed)
    learner = make_learner(algorithm, room.env, seed)
    scores = []
    for step in range(levels):
        points = room.interact(learner, step, learner.act(room.batch.observe()))
        scores.append(100 * points / room.best[:, step])
    return {"scores": np.array(scores).tolist()}
