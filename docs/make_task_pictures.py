"""Film strips of tasks, as their experts solve them: ``python docs/make_task_pictures.py maze``.

Each is docs/images/NAME.png: moments of one test episode, evenly spaced from start to end.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import write_whole
from envs.registry import TASKS

IMAGES = Path(__file__).parent / "images"
MOMENTS, SIDE, GAP, COLOURS = 4, 300, 8, 256


def main(names: list[str]) -> None:
    """Write the strips of the tasks with these names."""
    for name in names:
        write_strip(name, IMAGES / f"{name}.png")


def write_strip(name: str, path: Path, episode: int = 0) -> None:
    """One test episode of a task in its default setting, with its expert at the controls."""
    from PIL import Image

    frames = _frames(name, episode)
    strip = Image.new("RGB", (MOMENTS * (SIDE + GAP) - GAP, SIDE), "white")
    for k, moment in enumerate(np.linspace(0, len(frames) - 1, MOMENTS).round().astype(int)):
        frame = Image.fromarray(frames[moment]).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        strip.paste(frame, (k * (SIDE + GAP), 0))
    buffer = io.BytesIO()
    strip.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(buffer, format="png", optimize=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, buffer.getvalue())
    print(path)


def _frames(name: str, episode: int) -> list[np.ndarray]:
    family = TASKS[name]
    config = family.config()
    env: Any = family.make(config, "test", "rgb_array")
    assert family.oracle is not None
    oracle = family.oracle(env, config)
    assert oracle is not None
    obs, _ = env.reset(seed=episode)
    frames, ended = [env.render()], False
    while not ended:
        obs, _, terminated, truncated, _ = env.step(oracle.action(obs[None])[0])
        frames.append(env.render())
        ended = terminated or truncated
    return frames


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python docs/make_task_pictures.py maze ...")
    main(sys.argv[1:])
