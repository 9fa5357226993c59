"""A run whose seat is in the browser, as small as one can be: the lab's own wrapper, log and server
around a dot on a field, and a thread that takes the steps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.seat import Browser
from teaching import Feedback, HumanInTheLoop, Kind, Segments
from teaching import info as keys
from teaching.log import FeedbackLog, read_log
from teaching.log_rows import LoggedFeedback

ROWS = 24
"""Steps of a clip."""

ALTERNATIVES = {"preference": 2, "ranking": 4, "correction": 1}


class Field(gym.Env):
    """A dot that goes where it is pushed, seen from above; obs is where it is, [x, y] in [0, 1]."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}
    observation_space = gym.spaces.Box(0.0, 1.0, (2,), np.float32)

    def __init__(self, numbered: bool):
        self.action_space = (
            gym.spaces.Discrete(4) if numbered else gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        )
        self.numbered, self.render_mode = numbered, "rgb_array"
        self.at = np.full(2, 0.5)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.at.astype(np.float32), {}

    def step(self, action):
        if not self.numbered:
            left, up = action
            self.at = np.clip(self.at + 0.03 * np.array([-left, -up]), 0.0, 1.0)
        return self.at.astype(np.float32), 0.0, False, False, {}

    def render(self):
        frame = np.full((120, 160, 3), (40, 60, 50), np.uint8)
        x, y = (8 + self.at * (144, 104)).astype(int)
        frame[y - 6 : y + 6, x - 6 : x + 6] = (220, 220, 90)
        return frame


class Lesson:
    """Training, as far as a person has to do with it.

    Attributes:
        address: to open in a browser.
        port: that the seat is at.
        infos: what the wrapper reported of each step.
        answers: what the learner was handed.

    """

    def __init__(
        self,
        folder: Path,
        numbered: bool = False,
        asks: Sequence[str] = (),
        after: Lesson | None = None,
        env: gym.Env | None = None,
        task: str = "",
        propose: Callable[[], Any] | None = None,
        **settings: Any,
    ):
        """Begin.

        Args:
            folder: for the log.
            numbered: whether the field's actions are.
            asks: kinds of the questions, in turn.
            after: a lesson whose port, token and log this one takes over.
            env: another task than the field.
            task: the word after ``env=``, for the keys.
            propose: the agent's next action; without it at random.
            settings: of the seat.

        """
        config = {"absent": "continue", "patience": 0.2, "token": "a" * 32, "port": 0}
        if after is not None:
            config["port"] = after.port
        env = Field(numbered) if env is None else env
        self.seat = Browser(BrowserConfig(**{**config, **settings}), env.action_space, 1)
        self._path = folder / "feedback.sqlite"
        self._log = FeedbackLog(self._path, durable=True)
        self.seat.keep_in(self._log)
        task = task or ("lunar_lander" if numbered else "driving")
        self.seat.prepare(task)
        self.seat.begin(folder, task, 40_000)
        self.port = self.seat._server.port
        self.address = self.seat._server.address
        self.infos: list[dict[str, Any]] = []
        self.answers: list[Feedback] = []
        self._env = HumanInTheLoop(env, self.seat, self._log)
        self._env.session.keep_films()
        self._asks, self._asked = asks, 0
        self._rng = np.random.default_rng(0)
        self._propose = propose or self._at_random
        self._over = False
        self._thread = threading.Thread(target=self._go, daemon=True)
        self._thread.start()

    def kept(self, kind: Kind) -> list[LoggedFeedback]:
        """What is on the disk."""
        return list(read_log(self._path, kind))

    def executed(self) -> np.ndarray:
        """[T, A...] the actions that the environment has executed."""
        return np.array([info[keys.EXECUTED_ACTION] for info in list(self.infos)])

    def end(self) -> None:
        """Come to the end, and say so."""
        if not self._over:
            self._over = True
            self._thread.join(10)
            self.seat.close()
            self._log.close()

    def crash(self) -> None:
        """Be gone from one moment to the next, as after a SIGKILL."""
        server = self.seat._server
        server._server.force_exit = server._server.should_exit = True
        server._thread.join(10)
        server._thread = None
        self.end()

    def _go(self) -> None:
        queries = self._env.session.queries
        self._env.reset(seed=3)
        while not self._over:
            *_, terminated, truncated, info = self._env.step(self._propose())
            self.infos.append(info)
            if terminated or truncated:
                self._env.reset()
            if self._asks and len(self.infos) >= 4 * ROWS and not queries.open:
                kind = self._asks[self._asked % len(self._asks)]
                queries.put(Kind(kind), self._segments(ALTERNATIVES[kind]))
                self._asked += 1
            self.answers += queries.take()
            time.sleep(0.005)

    def _at_random(self) -> Any:
        space = self._env.action_space
        if isinstance(space, gym.spaces.Discrete):
            return int(self._rng.integers(space.n))
        return self._rng.uniform(-0.5, 0.5, 2).astype(np.float32)

    def _segments(self, alternatives: int) -> Segments:
        """Pieces of what has been lived, a question of one row."""
        starts = range(0, len(self.infos) - ROWS + 1, ROWS)
        start = self._rng.choice(starts, (1, alternatives), replace=False)
        actions = self.executed()
        action = np.stack([[actions[s : s + ROWS] for s in start[0]]])
        return Segments(
            ids=1000 * self._asked + np.arange(alternatives)[None],
            obs=np.zeros((1, alternatives, ROWS, 2), np.float32),
            action=action,
            length=np.full((1, alternatives), ROWS),
            dt=0.1,
            step=np.array([len(self.infos)]),
            start=start,
        )
