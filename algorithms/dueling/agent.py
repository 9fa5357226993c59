"""Dueling RL: reinforcement learning with trajectory preferences (Pacchiano, Saha and Lee 2021)."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.stepwise import Step, StepwiseLearner
from algorithms.dueling import planned, rules
from algorithms.dueling.config import DuelingConfig
from algorithms.dueling.preference_model import PreferenceModel
from algorithms.dueling.problem import Problem, distinct
from algorithms.dueling.scoreboard import Scoreboard
from algorithms.dueling.trajectories import Trajectories
from algorithms.dueling.transitions import Counts
from teaching import Choice, Kind, Preference, UserError
from teaching.sb3 import queries_of

_LABEL = {Choice.FIRST: 1.0, Choice.SECOND: 0.0, Choice.EQUAL: 0.5}


class Dueling(StepwiseLearner):
    """Plays two policies, asks which of their two trajectories was better, and learns w from it.

    The reward is ⟨φ(s, a), w⟩ with one feature for each state and action that is not an end. A
    world plays one policy for an episode and the other for the next; then the human is asked, and
    waited for. Where both trajectories have the same embedding there is nothing to ask.

    Args:
        env: a finite MDP that says what it is (`model`), with a human who compares.
        config: its settings.
        seed: of what is drawn.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: DuelingConfig | None = None,
        seed: int = 0,
    ):
        super().__init__(env, seed)
        self.config = config = config or DuelingConfig()
        task: Any = getattr(getattr(self.env, "env", None), "unwrapped", None)
        if not hasattr(task, "model"):
            raise UserError(
                "algorithm=dueling plans in finite MDPs, and this task does not say what it is; "
                "take env=river_swim, env=coach_grid or another of env=finite"
            )
        self._queries = queries_of(self.env)
        told = task.model
        self._position = np.asarray(told.position, np.float64)
        self._horizon, self._actions = int(told.horizon), told.transition.shape[1]
        known = config.transitions == "known"
        self._told = told if known else None
        self._ended = np.array(told.terminal) if known else np.zeros(len(told.terminal), bool)
        size = len(self._position) * self._actions
        self.model = PreferenceModel(1, size, config.ridge)
        self._counts = Counts(
            np.ones((1, *told.transition.shape), bool),
            np.zeros((1, len(self._position))),
            config.bonus_scale,
            reward_bound=float(self._horizon),
        )
        self._starts = np.zeros(len(self._position))
        self._trajectories = Trajectories(self.num_worlds, self._horizon, self.num_features)
        shape = (self.num_worlds, 2, self._horizon, len(self._position))
        self._policies = np.zeros(shape, np.int64)
        self._chosen = np.zeros(self.num_worlds, bool)
        self._ask = np.zeros(self.num_worlds, bool)
        self._difference = np.zeros((self.num_worlds, size))
        self._last = {name: np.zeros(0) for name in ("difference", "previous")}
        self._rounds, self._asked, self._skipped, self._ids = 0, 0, 0, 0
        self._listed = self._list() if known else None
        self._scoreboard = Scoreboard.of(task, self._features(np.array(told.terminal)))

    def act(self, obs: np.ndarray) -> np.ndarray:
        """[N]: what the policy of the moment does."""
        fresh = np.flatnonzero(~self._chosen)
        for world in fresh:
            self._choose_pair(int(world))
        at = self._trajectories
        return self._policies[np.arange(self.num_worlds), at.slot, at.step, self._state(obs)]

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M]: what is best by ŵ if the episode had just begun; an observation has no clock."""
        policy, _ = self._problem().best(self.model.w[0])
        return policy[0, self._state(obs)]

    def take_in(self, step: Step) -> None:
        """Keep the step; where a second trajectory ended, ask and learn."""
        states, following = self._state(step.obs), self._state(step.next_obs)
        if self._told is None:
            self._learn_transitions(states, step, following)
        finished = self._trajectories.add(
            step.obs, states, step.action, step.done, self.num_timesteps
        )
        if len(finished):
            self._compare(finished)

    def learned(self) -> dict[str, Any]:
        """ŵ, its matrices, the comparisons, counts, and the pairs that are being played."""
        return {
            "parameters": {"w": self.model.w.copy(), "fisher": np.array(self.model.fisher)},
            "model": self.model.state_dict(),
            "counts": self._counts.state_dict(),
            "starts": self._starts.copy(),
            "ended": self._ended.copy(),
            "trajectories": self._trajectories.state_dict(),
            "policies": self._policies.copy(),
            "chosen": self._chosen.copy(),
            "ask": self._ask.copy(),
            "difference": self._difference.copy(),
            "last": {name: value.copy() for name, value in self._last.items()},
            "tally": [self._rounds, self._asked, self._skipped, self._ids],
            "regret": self._scoreboard.total if self._scoreboard else 0.0,
        }

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore them."""
        if np.shape(state["policies"]) != self._policies.shape:
            raise UserError(f"the saved policies are {np.shape(state['policies'])}: another task")
        self.model.load_state_dict(state["model"])
        self._counts.load_state_dict(state["counts"])
        self._trajectories.load_state_dict(state["trajectories"])
        for name in ("starts", "ended", "policies", "chosen", "ask", "difference"):
            setattr(self, f"_{name}", np.array(state[name]))
        self._last = {name: np.array(value) for name, value in state["last"].items()}
        self._rounds, self._asked, self._skipped, self._ids = map(int, state["tally"])
        if self._scoreboard:
            self._scoreboard.total = float(state["regret"])

    def _state(self, obs: np.ndarray) -> np.ndarray:
        """[M, D] -> [M], the state whose observation is the nearest."""
        table = self._position
        return (obs @ table.T - 0.5 * (table**2).sum(axis=1)).argmax(axis=1)

    def _features(self, ended: np.ndarray) -> np.ndarray:
        """[S, A, S·A], one-hot but for states in which nothing happens any more."""
        states = len(self._position)
        table = np.eye(states * self._actions).reshape(states, self._actions, -1)
        table[ended] = 0.0
        return table

    def _problem(self) -> Problem:
        """With the task's transitions, or those that were seen."""
        features = self._features(self._ended)
        if self._told is not None:
            return Problem(self._told.transition, self._told.initial, features, self._horizon)
        transition = self._counts.transition()[0]
        transition[self._ended] = np.eye(len(transition))[self._ended][:, None]
        started = self._starts.sum()
        initial = (
            self._starts / started if started else np.full(len(transition), 1 / len(transition))
        )
        return Problem(transition, initial, features, self._horizon)

    def _list(self) -> tuple[np.ndarray, np.ndarray] | None:
        """All policies and their embeddings, where they are few."""
        problem = self._problem()
        if problem.count_policies() > self.config.list_up_to:
            return None
        policies = problem.policies(self.config.list_up_to)
        return distinct(policies, np.array([problem.embed(policy) for policy in policies]))

    def _choose_pair(self, world: int) -> None:
        """Let the rule say what the world plays next."""
        if self._listed is not None:
            first, second, z, width, ask = self._from_list(*self._listed)
        else:
            found = self._from_plans()
            first, second, z = found.first, found.second, found.difference
            width, ask = found.width, found.ask
        self._policies[world] = first, second
        self._difference[world], self._ask[world], self._chosen[world] = z, ask, True
        self._rounds += 1
        self.logger.record("dueling/width", width)
        if self._scoreboard is not None:
            self._scoreboard.count(first, second)

    def _from_list(self, policies: np.ndarray, phi: np.ndarray) -> tuple[Any, ...]:
        config, before = self.config, self._last["previous"]
        listed = rules.Listed(
            phi=phi[None],
            bonus=np.zeros((1, len(phi))),
            model=self.model,
            rng=self._rng,
            radius_scale=config.radius_scale,
            explore=config.explore,
            ask_above=config.ask_above,
            previous=before.astype(int) if before.size else None,
        )
        chosen = rules.RULES[config.rule](listed)
        if listed.previous is not None:
            self._last["previous"] = listed.previous
        self.logger.record("dueling/active", int(chosen.active[0]))
        one, other = chosen.pair[0]
        return (
            policies[one],
            policies[other],
            phi[one] - phi[other],
            float(chosen.width[0]),
            bool(chosen.ask[0]),
        )

    def _from_plans(self) -> planned.Duel:
        config, last = self.config, self._last
        problem, seen = self._problem(), self._told is None
        bonus = np.where(self._ended[:, None], 0.0, self._counts.bonus()[0] if seen else 0.0)
        bonus = np.broadcast_to(bonus, problem.transition.shape[:2])
        randomised = config.rule == "lsvi"
        rule = planned.Planned(
            problem=problem,
            bonus=np.zeros_like(bonus) if randomised else bonus,
            model=self.model,
            rng=self._rng,
            radius_scale=config.radius_scale,
            restarts=config.restarts,
            explore=config.explore,
            ask_above=config.ask_above,
            noise=bonus if randomised and seen else None,
            difference=last["difference"] if last["difference"].size else None,
            previous=last["previous"].astype(int) if last["previous"].size else None,
        )
        found = planned.RULES[config.rule](rule)
        for name in last:
            value = getattr(rule, name)
            last[name] = np.zeros(0) if value is None else np.array(value)
        return found

    def _learn_transitions(self, states: np.ndarray, step: Step, following: np.ndarray) -> None:
        first = self._trajectories.step == 0
        np.add.at(self._starts, states[first], 1.0)
        np.add.at(self._counts.seen[0], (states, step.action, following), 1.0)
        self._ended[following[step.terminated]] = True

    def _compare(self, finished: np.ndarray) -> None:
        """Ask about the pairs that the worlds `finished` have lived, and begin new ones."""
        features = self._features(self._ended)
        x = self._trajectories.differences(finished, features)
        differ = (np.abs(x) > 1e-12).any(axis=1)
        asked = finished[differ & self._ask[finished]]
        self._skipped += len(finished) - len(asked)
        z = self._difference[finished]
        label = np.full(len(finished), np.nan)
        if len(asked):
            ids = self._ids + np.arange(2 * len(asked)).reshape(-1, 2)
            self._ids += ids.size
            segments = self._trajectories.segments(
                asked, ids, self.dt, self.num_timesteps // self.num_worlds, self.form.to_env
            )
            self._asked += len(asked)
            told = self._labels(self._queries.ask(Kind.PREFERENCE, segments))
            label[np.isin(finished, asked)] = [told.get(int(i), np.nan) for i in ids[:, 0]]
        for row in range(len(finished)):
            weight = np.array([0.0 if np.isnan(label[row]) else 1.0])
            self.model.update(
                x[row : row + 1], np.nan_to_num(label[row : row + 1]), weight, z[row : row + 1]
            )
        self._chosen[finished] = False
        self._trajectories.begin(finished)
        self._log()

    def _labels(self, records: list[Any]) -> dict[int, float]:
        """By the first segment's id; several people's answers count as their mean."""
        found: dict[int, list[float]] = {}
        for record in records:
            assert isinstance(record, Preference)
            for segments, choice in zip(
                record.segments.tolist(), record.choice.tolist(), strict=True
            ):
                if choice != Choice.SKIP:
                    found.setdefault(segments[0], []).append(_LABEL[Choice(choice)])
        return {first: float(np.mean(labels)) for first, labels in found.items()}

    def _log(self) -> None:
        record = self.logger.record
        record("dueling/rounds", self._rounds)
        record("dueling/questions", self._asked)
        record("dueling/skipped", self._skipped)
        if self._scoreboard is not None:
            figures = self._scoreboard.figures(self.model, self.config.ridge, self._rounds)
            for name, value in figures.items():
                record(f"dueling/{name}", value)
