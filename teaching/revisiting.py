"""Episodes that start where there is something to be shown, and not where the task begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np

from teaching import info as keys
from teaching.clock import delay_steps
from teaching.errors import UserError
from teaching.human import Human
from teaching.recorder import Log
from teaching.wrapper import HumanInTheLoop, seconds_per_step

INTERESTS = ("disagreement", "risk", "loss")

_CHANCE = ("rng", "seed", "episode")
"""What tasks call the arrays that chance comes from: those go on as they are."""

_STREAM = 7
"""Tells the numbers of this wrapper from others with the same seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisits:
    """Which states are remembered, and how often an episode starts at one of them.

    Attributes:
        share: of the episodes, where there is anything to go back to.
        interest: ``disagreement``, where the human in control does otherwise than the learner
            proposes; ``risk``, where the proposal is risky; ``loss``, shortly before an episode
            that ends without success does so.
        threshold: of disagreement, in half-ranges of a continuous action; discrete ones agree or
            do not.
        before: seconds before the end at which a lost episode is remembered.
        memory: states that are kept; the oldest goes first.

    """

    share: float
    interest: str = "disagreement"
    threshold: float = 0.5
    before: float = 2.0
    memory: int = 200


class Place(NamedTuple):
    """A state to go back to, and what is seen there."""

    state: dict[str, np.ndarray]
    obs: np.ndarray


def require_revisitable(env: gym.Env | gym.vector.VectorEnv) -> None:
    """Refuse worlds that cannot be put back to an earlier state, and more than one of them."""
    if isinstance(env, gym.vector.VectorEnv):
        raise UserError(
            f"going back to remembered states works with one world, not {env.num_envs}: "
            "set num_envs=1, or human.reset_share=0"
        )
    if not hasattr(env.unwrapped, "load_state_dict"):
        raise UserError(
            f"{type(env.unwrapped).__name__} cannot be put back to an earlier state: choose a task "
            "that can (env=driving, finite or collection), or human.reset_share=0"
        )


class RevisitingLoop(HumanInTheLoop):
    """`HumanInTheLoop` in which an episode may start at a state that was worth remembering.

    Of a spell of steps that are of interest the first is remembered. Going back restores the world
    as it was, its clock included, but not its chance: what happens from there on is drawn anew.
    Which episodes do so, and where they start, follows from the seed and their number.
    """

    def __init__(
        self,
        env: gym.Env,
        human: Human,
        log: Log | None = None,
        *,
        revisits: Revisits,
        seed: int = 0,
        risky: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
    ):
        """Put `human` beside `env`.

        Args:
            env: whose unwrapped form has `state_dict` and `load_state_dict`, of arrays.
            human: as for `HumanInTheLoop`.
            log: likewise.
            revisits: which states, and how often.
            seed: of the choice of starts, ≥ 0.
            risky: ([1, O...], [1, A...]) -> [1] bool, whether a proposal is; for that interest.

        Raises:
            UserError: no such interest, nothing to judge risk by, or a world that cannot go back.

        """
        super().__init__(env, human, log)
        gym.utils.RecordConstructorArgs.__init__(
            self, human=human, log=log, revisits=revisits, seed=seed, risky=risky,
            _disable_deepcopy=True,
        )  # fmt: skip
        require_revisitable(env)
        if revisits.interest not in INTERESTS:
            raise UserError(
                f"interest must be one of {', '.join(INTERESTS)}, got {revisits.interest!r}"
            )
        if revisits.interest == "risk" and risky is None:
            raise UserError("interest=risk needs an expert that predicts risk; choose another")
        self._revisits, self._seed, self._risky = revisits, seed, risky
        self._places: list[Place] = []
        self._episodes = 0
        self._was_interesting = False
        steps = max(1, delay_steps(revisits.before, seconds_per_step(env)))
        self._recent: deque[Place] = deque(maxlen=steps)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode, at the task's own start or at a remembered state."""
        obs, info = super().reset(seed=seed, options=options)
        self._own_start, self._start = self._here(), None
        self._was_interesting = False
        self._recent.clear()
        chance, which = np.random.default_rng([self._seed, _STREAM, self._episodes]).random(2)
        self._episodes += 1
        if self._places and chance < self._revisits.share:
            self._start = self._places[int(which * len(self._places))]
            self._go_to(self._start)
            obs = self._start.obs.copy()
        return obs, {**info, keys.REVISITED: self._start is not None}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Execute `action`, or what the human does instead, and remember what is of interest."""
        if self._obs is None:
            raise gym.error.ResetNeeded("call reset() before step()")
        here, proposed = self._here(), np.asarray(action)
        risky = self._risky is not None and bool(self._risky(here.obs[None], proposed[None])[0])
        obs, reward, terminated, truncated, info = super().step(action)
        interest = self._revisits.interest
        if interest == "loss":
            self._recent.append(here)
            if (terminated or truncated) and not info.get("is_success", True):
                self._remember(self._recent[0])
        else:
            interesting = risky if interest == "risk" else self._disagree(proposed, info)
            if interesting and not self._was_interesting:
                self._remember(here)
            self._was_interesting = interesting
        return obs, reward, terminated, truncated, info

    def state_dict(self) -> dict[str, Any]:
        """The human, the session, and what is remembered; whole at the start of an episode."""
        return {
            "session": super().state_dict(),
            "episodes": self._episodes,
            "places": _stacked(self._places),
            "start": _stacked([] if self._start is None else [self._start]),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; the same episode has just been begun."""
        super().load_state_dict(state["session"])
        self._episodes = int(state["episodes"])
        self._places = _unstacked(state["places"])
        self._start = next(iter(_unstacked(state["start"])), None)
        self._go_to(self._start or self._own_start)

    def _here(self) -> Place:
        state = self.env.unwrapped.state_dict()  # type: ignore[attr-defined]
        if not all(isinstance(value, np.ndarray) for value in state.values()):
            raise UserError(
                f"{type(self.env.unwrapped).__name__}: the state of a world must be arrays by "
                "name to be gone back to; set human.reset_share=0"
            )
        return Place(state, np.array(self._obs))

    def _go_to(self, place: Place) -> None:
        now = self.env.unwrapped.state_dict()  # type: ignore[attr-defined]
        chance = {name: now[name] for name in _CHANCE if name in now}
        self.env.unwrapped.load_state_dict({**place.state, **chance})  # type: ignore[attr-defined]
        self._obs = place.obs.copy()

    def _remember(self, place: Place) -> None:
        self._places.append(place)
        del self._places[: -self._revisits.memory]

    def _disagree(self, proposed: np.ndarray, info: dict[str, Any]) -> bool:
        """Whether the human is in control and does otherwise, by more than the threshold."""
        if not info[keys.TAKEOVER]:
            return False
        executed, space = np.asarray(info[keys.EXECUTED_ACTION]), self.action_space
        if not isinstance(space, gym.spaces.Box):
            return bool((executed != proposed).any())
        half = 0.5 * (space.high - space.low)
        return bool((np.abs(executed - proposed) > self._revisits.threshold * half).any())


def _stacked(places: list[Place]) -> dict[str, Any]:
    """As plain arrays, the places first."""
    if not places:
        return {}
    names = places[0].state
    state = {name: np.stack([place.state[name] for place in places]) for name in names}
    return {"state": state, "obs": np.stack([place.obs for place in places])}


def _unstacked(saved: dict[str, Any]) -> list[Place]:
    if not saved:
        return []
    return [
        Place({name: np.array(rows[i]) for name, rows in saved["state"].items()}, np.array(obs))
        for i, obs in enumerate(saved["obs"])
    ]
