"""The human who watches, takes over, and lets go: one expert and a stack of human shortcomings."""

from __future__ import annotations

import time
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans.attention import Hysteresis, Lapses, false_alarms
from simulated_humans.budget import Budget
from simulated_humans.config import InterveningConfig
from simulated_humans.control import Hands, Reaction
from simulated_humans.draws import Draws
from simulated_humans.gates import ActionDistance, Always, Gate, Likelihood, Risk
from simulated_humans.slips import UNIFORMS as SLIP_UNIFORMS
from simulated_humans.slips import make_slips
from simulated_humans.state import restore, snapshot
from simulated_humans.watching import Watching
from teaching import Demonstration, Intervention, Kind, Oracle, Teacher, UserError, View

# Columns of the uniform numbers that each moment uses up.
_LOOK = 0
_ALARM = 1
_REACTION = slice(2, 4)
_SLIPS = slice(4, 4 + SLIP_UNIFORMS)
_UNIFORMS = 4 + SLIP_UNIFORMS


class InterveningHuman(Teacher):
    """A simulated person with the controls within reach, one for each of N worlds.

    Each step runs down the stack: gate (urgency) → hysteresis (need) → attention (need seen) →
    lapses and fatigue (need noticed), false alarms → reaction and hold (in control) → budget →
    slips (the action). The worlds are independent of one another, tiredness included; shared are
    only the budget, for it belongs to the experiment, and the attention of one who watches one
    world at a time.
    """

    kinds = frozenset({Kind.INTERVENTION, Kind.DEMONSTRATION})
    simulated = True

    def __init__(
        self,
        config: InterveningConfig,
        oracle: Oracle,
        action_space: gym.Space,
        num_worlds: int = 1,
        seed: int = 0,
    ):
        """Put a human together.

        Args:
            config: its settings.
            oracle: the expert, bound to the N worlds.
            action_space: of one world; Box or Discrete.
            num_worlds: N.
            seed: of its random numbers, ≥ 0.

        Raises:
            UserError: for an action space that it cannot work, or an expert that lacks what the
                gate needs.

        """
        self.name = config.name
        self._config = config
        self._oracle = oracle
        self._space = action_space
        self._shape = (num_worlds, *(action_space.shape or ()))
        self._slips = make_slips(
            action_space, config.action_noise, config.inconsistency, num_worlds
        )
        self._gate = make_gate(config, oracle, action_space, num_worlds)
        self._hysteresis = Hysteresis(config.release, config.quiet, num_worlds)
        self._lapses = Lapses(config.lapse_rate, config.lapse_duration, config.fatigue, num_worlds)
        self._hands = Hands(Reaction(config.delay, config.delay_form), config.hold, num_worlds)
        self._budget = Budget(config.budget_steps, config.budget_seconds)
        # One normal for the gate's limit, the others for the hands.
        self._draws = Draws(seed, num_worlds, _UNIFORMS, 1 + self._slips.normals)
        self._limit = np.full(num_worlds, self._gate.limit)
        self._new_limit = np.ones(num_worlds, dtype=bool)
        self._seconds = np.zeros(num_worlds)
        self._watching = Watching(
            config.watch_share, config.watch_spell, config.watch_one, seed, num_worlds
        )

    def intervene(self, view: View) -> Intervention:
        """Decide in which worlds to steer, and how; see `teaching.Intervention`.

        Raises:
            UserError: where the expert's answer has a wrong shape or is not a number.

        """
        if view.episode_start.any():
            self.reset(view.episode_start)
        if self._budget.gone:
            return self._absent(view)
        uniform, normal = self._draws.next()
        expert = self._expert_action(view.obs) if self._gate.needs_expert else None
        busy = self._hands.in_control | self._hands.deciding()
        watched = self._watching.step(busy, view.dt)
        start = self._move_hands(view, expert, watched, uniform, normal)
        mask = self._budget.affordable(self._hands.in_control)
        start = start & mask
        price = self._config.prices.intervention(view.dt, mask, start, watched)
        if not self._budget.spend(mask, price):
            return self._absent(view)
        self._seconds += price
        return Intervention(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=price,
            mask=mask.copy(),
            action=self._act(view, expert, mask, start, uniform, normal),
        )

    def demonstrate(self, view: View) -> Demonstration:
        """Say what one would do in every world, at the price of steering for a step.

        Whoever asks decides how much to ask: the time is added to what the human has spent, but a
        spent budget does not silence it.

        Raises:
            UserError: where the expert's answer has a wrong shape or is not a number.

        """
        uniform, normal = self._draws.next()
        expert = self._expert_action(view.obs)
        # A style lasts for a takeover, or for an episode where there is none.
        start = view.episode_start & ~self._hands.in_control
        self._slips.begin(start, uniform[:, _SLIPS], normal[:, 1:])
        price = np.full(len(expert), self._config.prices.steer * view.dt)
        self._seconds += price
        self._budget.seconds_spent += float(price.sum())
        return Demonstration(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=price,
            obs=np.array(view.obs),
            action=self._slips.apply(expert, uniform[:, _SLIPS], normal[:, 1:]),
        )

    def reset(self, episode_start: np.ndarray) -> None:
        """Let go, and forget needs and decisions, where an episode starts. [N] bool."""
        for part in (self._gate, self._hysteresis, self._lapses, self._hands):
            part.reset(episode_start)
        self._new_limit = self._new_limit | episode_start

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides what this human does next."""
        return {
            **snapshot(self, "_limit", "_new_limit", "_seconds"),
            **{name: part.state_dict() for name, part in self._parts().items()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it; raise UserError if it belongs to another number of worlds."""
        restore(self, state, "_limit", "_new_limit", "_seconds")
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _move_hands(
        self,
        view: View,
        expert: np.ndarray | None,
        watched: np.ndarray,
        uniform: np.ndarray,
        normal: np.ndarray,
    ) -> np.ndarray:
        """[N] bool, takes over on this step; afterwards the hands know where they are."""
        score = self._gate.score(view, expert)
        if score.shape != self._shape[:1] or np.isnan(score).any():
            raise UserError(
                f"the expert of human.gate={self._config.gate} must judge {self._shape[0]} worlds "
                f"by numbers, got {_shown(score)}"
            )
        if self._config.inconsistency and self._new_limit.any():
            fresh = self._gate.limit * np.exp(self._config.inconsistency * normal[:, 0])
            self._limit = np.where(self._new_limit, fresh, self._limit)
        before = self._hands.in_control
        need = self._hysteresis.step(score, self._limit, view.dt)
        wish = self._lapses.step(need & watched, before, self._seconds, uniform[:, _LOOK], view.dt)
        alarm = np.zeros_like(before)
        if self._config.false_alarm_rate:
            watching = watched & ~(before | need | self._hands.deciding())
            alarm = false_alarms(
                watching, self._config.false_alarm_rate, uniform[:, _ALARM], view.dt
            )
        start = self._hands.step(wish, alarm, uniform[:, _REACTION], view.dt)
        self._new_limit = before & ~self._hands.in_control
        return start

    def _act(
        self,
        view: View,
        expert: np.ndarray | None,
        mask: np.ndarray,
        start: np.ndarray,
        uniform: np.ndarray,
        normal: np.ndarray,
    ) -> np.ndarray:
        """[N, A...] the human's actions; an expert is asked only where there is a use for it."""
        if not mask.any():
            return np.zeros(self._shape, dtype=self._space.dtype)
        if expert is None:
            expert = self._expert_action(view.obs)
        self._slips.begin(start, uniform[:, _SLIPS], normal[:, 1:])
        return self._slips.apply(expert, uniform[:, _SLIPS], normal[:, 1:])

    def _expert_action(self, obs: np.ndarray) -> np.ndarray:
        action = np.asarray(self._oracle.action(obs))
        if action.shape != self._shape:
            raise UserError(
                f"human.expert={self._config.expert} must give actions of shape {self._shape} "
                f"(worlds first), got {action.shape}"
            )
        if not np.isfinite(action).all():
            raise UserError(
                f"human.expert={self._config.expert} must give finite actions, got {_shown(action)}"
            )
        if isinstance(self._space, gym.spaces.Discrete):
            return self._whole(action)
        return action

    def _whole(self, action: np.ndarray) -> np.ndarray:
        space = self._space
        assert isinstance(space, gym.spaces.Discrete)
        whole = action.astype(np.int64)
        if (
            (whole != action).any()
            or whole.min() < space.start
            or whole.max() >= space.start + space.n
        ):
            raise UserError(
                f"human.expert={self._config.expert} must give actions in {space}, "
                f"got {_shown(action)}"
            )
        return whole

    def _absent(self, view: View) -> Intervention:
        return Intervention(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=np.zeros(self._shape[0]),
            mask=np.zeros(self._shape[0], dtype=bool),
            action=np.zeros(self._shape, dtype=self._space.dtype),
        )

    def _parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "gate": self._gate,
            "hysteresis": self._hysteresis,
            "lapses": self._lapses,
            "hands": self._hands,
            "slips": self._slips,
            "budget": self._budget,
            "draws": self._draws,
        }
        # Who watches everything has a state that older checkpoints fit.
        return parts | ({"watching": self._watching} if self._watching.partial else {})


def make_gate(
    config: InterveningConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int
) -> Gate:
    """The gate that the config names; raise UserError if the expert lacks what it needs."""
    if config.gate == "action_distance":
        return ActionDistance(config.threshold, action_space, config.weights)
    if config.gate == "likelihood":
        return Likelihood(config.threshold, action_space, oracle)
    if config.gate == "risk":
        return Risk(config.threshold, config.horizon, config.check_every, oracle, num_worlds)
    return Always()


def _shown(values: np.ndarray) -> str:
    """On one line, however many there are."""
    return " ".join(np.array2string(values, threshold=6, separator=", ").split())
