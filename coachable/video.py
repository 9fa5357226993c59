"""One test episode as a moving picture."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from coachable import build
from coachable.config import RunConfig
from coachable.evaluate import SEED, Policy, enter
from coachable.files import write_whole
from teaching import UserError
from teaching.wrapper import seconds_per_step

_MOST_FRAMES = 600


def film(config: RunConfig, policy: Policy, path: Path) -> Path:
    """Run the first test episode and write its frames as a GIF.

    Raises:
        UserError: the task draws no frames.

    """
    import imageio.v3 as imageio

    # MuJoCo raises without a display unless it is told how to draw.
    os.environ.setdefault("MUJOCO_GL", "egl")
    env = build.build_env(config, config.evaluate_on, render_mode="rgb_array")
    try:
        enter(policy, env)
        road = None if build.count_test_roads(config) is None else {"road": 0}
        obs, _ = env.reset(seed=SEED, options=road)
        frames: list[Any] = [env.render()]
        over = False
        while not over and len(frames) < _MOST_FRAMES:
            action = policy(np.asarray(obs)[None])[0]
            obs, _, terminated, truncated, _ = env.step(action)
            over = bool(terminated or truncated)
            frames.append(env.render())
        milliseconds = 1000 * seconds_per_step(env)
    finally:
        env.close()
    if frames[0] is None:
        raise UserError(f"env={config.env.name} draws no frames; leave --video out")
    buffer = io.BytesIO()
    imageio.imwrite(
        buffer, np.stack(frames), extension=".gif", plugin="pillow", duration=milliseconds, loop=0
    )
    write_whole(path, buffer.getvalue())
    return path
