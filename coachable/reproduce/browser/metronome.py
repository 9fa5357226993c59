"""How long it takes from a picture's being sent to the execution of what answers it, at 20 Hz."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from coachable import build
from coachable.config import load
from human_controllers.browser.scripted import socket_address
from human_controllers.browser.seat import Browser
from teaching import HumanInTheLoop
from teaching.log import FeedbackLog
from teaching.wrapper import seconds_per_step

RATE = 20.0
"""Pictures a second."""


def latency(steps: int) -> dict[str, Any]:
    """Steer the driving task for so many steps, answering each picture as soon as it is here.

    Returns:
        The figures of `human_controllers.browser.latency.Latency`.

    """
    config = load(["env=driving", "algorithm=pvp", "human=browser", "human.port=0"])
    env = build.build_env(config, "train", None, "rgb_array")
    assert isinstance(env, gym.Env)
    seat = build.build_human(config, env)
    assert isinstance(seat, Browser)
    seat.config.speed = RATE * seconds_per_step(env)
    with tempfile.TemporaryDirectory() as folder:
        log = FeedbackLog(Path(folder) / "feedback.sqlite", durable=True)
        seat.keep_in(log)
        seat.prepare("driving")
        seat.begin(Path(folder), "driving", steps)
        page = threading.Thread(target=_answer_pictures, args=(seat.address,), daemon=True)
        page.start()
        taught = HumanInTheLoop(env, seat, log)
        taught.reset(seed=0)
        for _ in range(steps):
            *_, terminated, truncated, _ = taught.step(np.zeros(2, np.float32))
            if terminated or truncated:
                taught.reset()
        seat.close()
        page.join(10)
        log.close()
    figures = seat.latency.figures()
    assert figures is not None
    return figures


def _answer_pictures(address: str) -> None:
    """A page that takes over and steers straight on."""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    try:
        with connect(socket_address(address), max_size=None, compression=None) as socket:
            socket.send(json.dumps({"t": "hello", "name": "Metronome"}))
            socket.send(json.dumps({"t": "control", "on": True}))
            while True:
                message = socket.recv()
                if isinstance(message, bytes):
                    frame = int.from_bytes(message[:4], "little")
                    socket.send(json.dumps({"t": "shown", "frame": frame}))
                    socket.send(json.dumps({"t": "steer", "axes": [0.0, 0.3], "frame": frame}))
    except (ConnectionClosed, EOFError):
        pass
