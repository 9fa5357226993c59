"""Learning trajectory preferences via iterative improvement (Jain et al. 2013)."""

from __future__ import annotations

import math
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.stepwise import Step, StepwiseLearner
from algorithms.dueling.coactive.config import CoactiveConfig
from algorithms.dueling.coactive.losses import perceptron
from teaching import Correction, Kind, Segments, UserError
from teaching.sb3 import queries_of


class Coactive(StepwiseLearner):
    """Takes the path that w likes best, is shown a slightly better one, and moves w towards it.

    Args:
        env: a task that tells its features of a path and plans for any weights of them, with a
            human who corrects.
        config: its settings.
        seed: of the episodes.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: CoactiveConfig | None = None,
        seed: int = 0,
    ):
        super().__init__(env, seed)
        self.config = config or CoactiveConfig()
        task: Any = getattr(getattr(self.env, "env", None), "unwrapped", None)
        if not (hasattr(task, "carrier") and hasattr(task, "path_features")):
            raise UserError(
                "algorithm=coactive needs a task that plans by weights of features, and this one "
                "does not; take env=tabletop"
            )
        self._task, self._queries = task, queries_of(self.env)
        self._signs = getattr(task, "feature_signs", None) if self.config.signs else None
        self.w = np.zeros(len(task.feature_names))
        self.rounds, self._ids = 0, 0
        self.regret = 0.0  # for the scoreboard alone
        # One world's planner each: the others go on by the weights that they began with.
        self._begun_with = np.zeros((self.num_worlds, len(self.w)))
        self._carriers = [task.carrier(w) for w in self._begun_with]
        self._newest_w, self._newest = self.w.copy(), self._carriers[0]
        self._obs_of: list[list[np.ndarray]] = [[] for _ in range(self.num_worlds)]
        self._action_of: list[list[np.ndarray]] = [[] for _ in range(self.num_worlds)]

    def act(self, obs: np.ndarray) -> np.ndarray:
        """[N, A], along the paths that were planned when the episodes began."""
        seen = obs.astype(np.float32)
        rows = [c.action(seen[i : i + 1])[0] for i, c in enumerate(self._carriers)]
        return np.array([self.form.from_env(row) for row in rows])

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M, A], by the present w."""
        rows = self._latest().action(obs.astype(np.float32))
        return np.array([self.form.from_env(row) for row in rows])

    def take_in(self, step: Step) -> None:
        """Keep the step; at the end of an episode ask for a better path, and learn."""
        done = self.form.to_env(step.action)
        for world in range(self.num_worlds):
            self._obs_of[world].append(step.obs[world].astype(np.float32))
            self._action_of[world].append(done[world].astype(np.float32))
        for world in np.flatnonzero(step.done).tolist():
            self._improve(world)

    def learned(self) -> dict[str, Any]:
        """The weights, and the paths that are being taken."""
        width = self.num_features
        return {
            "parameters": {"w": self.w.copy()},
            "begun_with": self._begun_with.copy(),
            "tally": [self.rounds, self._ids],
            "regret": self.regret,
            "path_obs": {
                str(i): np.array(rows, np.float32).reshape(-1, width)
                for i, rows in enumerate(self._obs_of)
            },
            "path_action": {
                str(i): np.array(rows, np.float32).reshape(-1, self.form.count)
                for i, rows in enumerate(self._action_of)
            },
        }

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore them."""
        self.w = np.array(state["parameters"]["w"])
        self._begun_with = np.array(state["begun_with"])
        self._carriers = [self._task.carrier(w) for w in self._begun_with]
        self.rounds, self._ids = map(int, state["tally"])
        self.regret = float(state["regret"])
        for rows, name in ((self._obs_of, "path_obs"), (self._action_of, "path_action")):
            for world in range(self.num_worlds):
                rows[world] = list(np.array(state[name][str(world)]))

    def _latest(self) -> Any:
        """A planner for the present w; kept while w stays, for it remembers its plans."""
        if not np.array_equal(self._newest_w, self.w):
            self._newest_w, self._newest = self.w.copy(), self._task.carrier(self.w)
        return self._newest

    def _improve(self, world: int) -> None:
        """Ask about the path that world has just taken."""
        obs, action = np.array(self._obs_of[world]), np.array(self._action_of[world])
        self._obs_of[world], self._action_of[world] = [], []
        first, steps = obs[:1], len(obs)
        proposed = self._task.path_features(first, action[None])[0]
        obs, action = self._with_room(obs, action)
        taken = self.num_timesteps // self.num_worlds
        self._ids += 1
        segments = Segments(
            ids=np.array([[self._ids]]),
            obs=obs[None, None],
            action=action[None, None],
            length=np.array([[len(obs)]]),
            dt=self.dt,
            step=np.array([taken]),
            start=np.array([[taken - steps]]) if self.num_worlds == 1 else None,
        )
        for record in self._queries.ask(Kind.CORRECTION, segments):
            assert isinstance(record, Correction)
            for better, length in zip(record.action, record.length.tolist(), strict=True):
                improved = self._task.path_features(first, better[None, :length])[0]
                self.w = perceptron(
                    self.w, proposed, improved, self._task.feature_units, self._signs
                )
        self.rounds += 1
        self._begun_with[world] = self.w
        self._carriers[world] = self._latest()
        self._log(first[0], proposed)

    def _with_room(self, obs: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[T, O], [T, A] -> [T + r, …]: the path, and time in which the arm would stand still.

        The episode has ended by then, so that this changes nothing of what the path is worth. But
        who corrects answers with as many steps as were shown, and a better path may take longer:
        without room such a path has no correction, and the learner repeats it for ever.
        """
        room = math.ceil(self.config.room / self.dt - 1e-9)
        still = np.zeros((room, *action.shape[1:]), action.dtype)
        longer = np.concatenate([obs, np.repeat(obs[-1:], room, axis=0)])
        return longer, np.concatenate([action, still])

    def _log(self, first: np.ndarray, proposed: np.ndarray) -> None:
        """Regret and the angle to the truth, which only TensorBoard hears of."""
        self.logger.record("coactive/rounds", self.rounds)
        truth = getattr(self._task, "true_weights", None)
        if truth is None:
            return
        best = self._task.best_worth(first)
        self.regret += max(best - float(proposed @ truth), 0.0)
        self.logger.record("coactive/regret", self.regret)
        self.logger.record("coactive/regret_a_round", self.regret / self.rounds)
        size = np.linalg.norm(self.w) * np.linalg.norm(truth)
        if size > 0:
            self.logger.record("coactive/weights_cosine", float(self.w @ truth / size))
