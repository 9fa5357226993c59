"""Partial attention: people look away, and cannot look at everything at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulated_humans.draws import Draws
from simulated_humans.state import restore, snapshot
from teaching import delay_steps

_STREAM = (1,)
"""Numbers of its own, so that whoever always watches draws what it did without this part."""


class Spells:
    """Watches each world for a share of the time, in spells.

    Watching and looking away alternate as a Markov process in continuous time, seen every dt: a
    spell of watching has an exponential length of mean `spell`, one of looking away of mean
    spell·(1 − share)/share. With Λ = 1/(spell·(1 − share)), the probability of watching after dt is
    share + (1 − share)·exp(−Λdt) for one who watches and share·(1 − exp(−Λdt)) for one who does
    not. So the share holds at every moment, the first included. Where an episode ends makes no
    difference. Source: the lab's own form.
    """

    def __init__(self, share: float, spell: float, seed: int, num_worlds: int):
        """`share` is in [0, 1), `spell` in seconds."""
        self._share = share
        self._rate = 1.0 / (spell * (1.0 - share))
        self._draws = Draws(seed, num_worlds, 1, 0, _STREAM)
        self._watching = np.zeros(num_worlds, dtype=bool)

    def step(self, dt: float) -> np.ndarray:
        """[N] bool, which worlds are watched now."""
        stays = np.exp(-self._rate * dt) if self._draws.count else 0.0
        uniform = self._draws.next()[0][:, 0]
        self._watching = uniform < self._share * (1.0 - stays) + stays * self._watching
        return self._watching

    def state_dict(self) -> dict[str, Any]:
        """What is watched, and the place in the random numbers."""
        return {**snapshot(self, "_watching"), "draws": self._draws.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, state, "_watching")
        self._draws.load_state_dict(state["draws"])


class Turns:
    """Watches one of the N worlds at a time, each for so many seconds, and then the next.

    Who is busy in a world, as one who steers there is, stays until that is over. Source: the lab's
    own form; one supervisor of a fleet, as in Fleet-DAgger (Hoque et al. 2022), goes by priority
    where this one goes round.
    """

    def __init__(self, seconds: float, num_worlds: int):
        self._seconds = seconds
        self._num_worlds = num_worlds
        self._world = 0
        self._watched = 0

    def step(self, busy: np.ndarray, dt: float) -> np.ndarray:
        """[N] bool, True for one world; `busy` is [N] bool."""
        turn = max(1, delay_steps(self._seconds, dt))
        if self._watched >= turn and not busy[self._world]:
            self._world = (self._world + 1) % self._num_worlds
            self._watched = 0
        self._watched += 1
        return np.arange(self._num_worlds) == self._world

    def state_dict(self) -> dict[str, Any]:
        """Whose turn it is, and for how many steps it has been."""
        return {"world": self._world, "watched": self._watched}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self._world, self._watched = int(state["world"]), int(state["watched"])


class Watching:
    """Which of N worlds a human has an eye on: spells and turns, where there are any.

    A world in which the human is busy is watched in any case.

    Attributes:
        partial: whether there is anything that it may fail to watch.

    """

    def __init__(self, share: float, spell: float, one: float | None, seed: int, num_worlds: int):
        """`share`, `spell` and `one` are the settings watch_share, watch_spell and watch_one."""
        self._all = np.ones(num_worlds, dtype=bool)
        self._spells = Spells(share, spell, seed, num_worlds) if share < 1 else None
        self._turns = Turns(one, num_worlds) if one is not None and num_worlds > 1 else None
        self.partial = bool(self._parts())

    def step(self, busy: np.ndarray, dt: float) -> np.ndarray:
        """[N] bool, watched now; `busy` is [N] bool."""
        watched = self._all
        if self._spells:
            watched = watched & self._spells.step(dt)
        if self._turns:
            watched = watched & self._turns.step(busy, dt)
        return watched | busy

    def state_dict(self) -> dict[str, Any]:
        """That of spells and turns; empty for one who watches everything all the time."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        parts = {"spells": self._spells, "turns": self._turns}
        return {name: part for name, part in parts.items() if part}
