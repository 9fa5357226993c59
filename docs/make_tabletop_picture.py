"""The picture of the table-top task in docs/tasks.md: ``python docs/make_tabletop_picture.py``."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import write_whole
from envs.tabletop.env import TabletopEnv
from envs.tabletop.oracle import tabletop_oracle
from envs.tabletop.scene import GOAL, OBSTACLE_RADIUS, OBSTACLES, PERSON, PERSON_RADIUS, name_of
from envs.tabletop.task import TabletopConfig
from envs.tabletop.users import USERS

PATH = Path(__file__).parent / "images" / "tabletop.png"
SEEDS, SHOWN, AT_STEP = (1, 2), "protective", 17
"""Two episodes, whose expert is in the frame, and when."""


def main() -> None:
    """Write docs/images/tabletop.png: frames above the four users' paths."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9.6, 7.8), gridspec_kw={"height_ratios": [1.5, 1.0]})
    for column, seed in enumerate(SEEDS):
        paths = {}
        for user in USERS:
            obs, frame, paths[user] = _carry(user, seed)
            if user == SHOWN:
                axes[0, column].imshow(frame)
        axes[0, column].axis("off")
        _draw(axes[1, column], obs, paths)
    lines = axes[1, 0].get_lines()[::2]
    figure.legend(lines, USERS, loc="lower center", ncols=len(USERS), frameon=False)
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    write_whole(PATH, buffer.getvalue())


def _carry(user: str, seed: int) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The first observation, a frame on the way, and the path [T, 3] of the user's expert."""
    config = TabletopConfig(user=user)
    env = TabletopEnv(config, "test", "rgb_array" if user == SHOWN else None)
    knows = tabletop_oracle(config)
    obs, _ = env.reset(seed=seed)
    first, frame, path, ended = obs, None, [obs[:3]], False
    while not ended:
        obs, _, terminated, truncated, _ = env.step(knows.action(obs[None])[0])
        path.append(obs[:3])
        ended = terminated or truncated
        if len(path) == AT_STEP:
            frame = env.render()
    return first, frame, np.array(path)


def _draw(axis: Any, obs: np.ndarray, paths: dict[str, np.ndarray]) -> None:
    """The table from above; dots every half a second."""
    import matplotlib.pyplot as plt

    for x, y, height in obs[OBSTACLES].reshape(-1, 3):
        axis.add_patch(plt.Circle((x, y), OBSTACLE_RADIUS, color="#5c9480"))
        axis.annotate(f"{height:.2f} m", (x, y), ha="center", va="center", fontsize=6)
    axis.add_patch(plt.Circle(obs[PERSON], PERSON_RADIUS, color="#476ba8"))
    axis.annotate("person", obs[PERSON], ha="center", va="center", color="white", fontsize=8)
    axis.add_patch(plt.Circle(obs[GOAL][:2], 0.05, color="#26a65b", alpha=0.5))
    for number, (user, path) in enumerate(paths.items()):
        axis.plot(path[:, 0], path[:, 1], color=f"C{number}", label=user)
        axis.plot(path[::5, 0], path[::5, 1], ".", color=f"C{number}", markersize=5)
    axis.set(xlim=(-0.9, 0.9), ylim=(-0.6, 0.72), aspect="equal")
    axis.set_title(f"{name_of(obs)}: the four users' paths from above", fontsize=10)
    axis.set(xticks=[], yticks=[])


if __name__ == "__main__":
    main()
