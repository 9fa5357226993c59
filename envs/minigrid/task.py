"""The MiniGrid family: any id of the `minigrid` package."""

from __future__ import annotations

from dataclasses import dataclass

import gymnasium as gym

from envs import ids
from envs.seeds import SplitSeeds
from envs.task import Split, TaskFamily
from envs.worlds import worlds
from teaching import Oracle, UserError


@dataclass
class MiniGridConfig:
    """Which grid world, and how much of it is seen.

    Attributes:
        id: an id of the `minigrid` package. ``MiniGrid-MultiRoom-N4-S5-v0`` has six rooms, not
            four: that is the task that Peng et al. 2023 report; ``-v1`` has four.
        encoding: ``planes`` (one 0/1 plane a kind of cell) or ``scaled`` (object, colour and
            state as three numbers in [0, 1], the frames of Peng et al. 2023).
        frame_stack: how many views the observation holds.
        flat: True for a vector [frame_stack * channels * 49], False for an image
            [frame_stack * channels, 7, 7] as convolutions take it; channels is 7 for ``planes``
            and 3 for ``scaled``.
        dt: seconds that a person takes for one step, for delays and prices.

    """

    name: str = "minigrid"
    id: str = "MiniGrid-MultiRoom-N2-S4-v0"
    encoding: str = "planes"
    frame_stack: int = 4
    flat: bool = True
    dt: float = 0.5

    def __post_init__(self) -> None:
        rules = {
            "encoding": (self.encoding in ("planes", "scaled"), "be planes or scaled"),
            "frame_stack": (self.frame_stack >= 1, "be at least 1"),
            "dt": (self.dt > 0, "be more than 0 s"),
        }
        for key, (holds, rule) in rules.items():
            if not holds:
                raise UserError(f"env.{key} must {rule}, got {getattr(self, key)!r} (minigrid)")


def make(config: MiniGridConfig, split: Split, render_mode: str | None = None) -> gym.Env:
    """One grid world; float32 observations in [0, 1], MiniGrid's 7 discrete actions."""
    import minigrid  # noqa: F401  # registers the ids

    from envs.minigrid.view import StackedView

    env = ids.make(config.id, render_mode=render_mode)
    space = env.observation_space
    if not isinstance(space, gym.spaces.Dict) or "image" not in space.spaces:
        raise UserError(f"env.id={config.id} is not a MiniGrid task; use env=gymnasium for it")
    env = StackedView(env, config.encoding, config.frame_stack, config.flat, config.dt)
    return SplitSeeds(env, split)


def oracle(env: gym.Env | gym.vector.VectorEnv, config: MiniGridConfig) -> Oracle:
    """What a simulated human may know: the shortest paths through the whole grid."""
    from envs.minigrid.expert import ShortestPath

    return ShortestPath([world.unwrapped for world in worlds(env)]).oracle()


MINIGRID = TaskFamily(
    name="minigrid",
    summary="Grid worlds with rooms, doors and a goal (the minigrid package)",
    config=MiniGridConfig,
    actions="discrete",
    make=make,
    oracle=oracle,
)
