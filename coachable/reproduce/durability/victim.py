"""A run with people in front of browsers, made to be killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.seat import Browser
from teaching import HumanInTheLoop, Kind, Segments
from teaching.log import FeedbackLog

TOKEN = "0" * 32


def live(folder: Path, port: Any) -> None:
    """Step a task for ever, listening to whoever comes.

    Args:
        folder: of the feedback log.
        port: a shared integer that is set once pages may connect.

    """
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    config = BrowserConfig(port=0, token=TOKEN, absent="continue", patience=0.0)
    seat = Browser(config, env.action_space, 1)
    log = FeedbackLog(folder / "feedback.sqlite", durable=True)
    log.trim_to(0)  # as a run does that goes back to its start
    seat.keep_in(log)
    seat.prepare("cartpole")
    seat.begin(folder, "cartpole", 0)
    taught = HumanInTheLoop(env, seat, log)
    taught.reset(seed=0)
    port.value = seat.port
    number = 0
    while True:
        if not taught.session.queries.open:
            taught.session.queries.put(Kind.PREFERENCE, _pair(number))
            number += 1
        *_, terminated, truncated, _ = taught.step(number % 2)
        taught.session.queries.take()
        if terminated or truncated:
            taught.reset()


def _pair(number: int) -> Segments:
    return Segments(
        ids=np.array([[2 * number, 2 * number + 1]]),
        obs=np.zeros((1, 2, 3, 4), np.float32),
        action=np.zeros((1, 2, 3), np.int64),
        length=np.full((1, 2), 3),
        dt=0.02,
        step=np.zeros(1, np.int64),
    )
