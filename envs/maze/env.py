"""`coachable/Maze-v0`: one world, or N of them side by side."""

from __future__ import annotations

from envs.batched import BatchEnv, BatchVectorEnv
from envs.maze.batch import MazeBatch
from envs.maze.manner import MANNER
from envs.maze.task import MazeConfig
from envs.task import Split


class MazeEnv(BatchEnv):
    """Push a point mass to the green disc, round walls and hazards.

    Args:
        config: the maze and its reward; the defaults if left out.
        split: "train", "validation" or "test"; they share no maze.
        render_mode: "rgb_array" or None.

    Raises:
        UserError: a split or a render mode that does not exist, or no OpenGL to draw with.

    """

    batch: MazeBatch
    manner = MANNER

    def __init__(
        self,
        config: MazeConfig | None = None,
        split: Split = "train",
        render_mode: str | None = None,
    ) -> None:
        self.config = config or MazeConfig()
        batch, draw = MazeBatch(self.config, split, 1), None
        if render_mode is not None:
            from envs.physics.render import Picture  # OpenGL is loaded only to draw

            draw = Picture(render_mode, batch, "above", lambda: _caption(batch)).draw
        super().__init__(batch, draw)


class MazeVectorEnv(BatchVectorEnv):
    """N worlds; a finished one begins its next episode in the same step.

    Args:
        config: the maze and its reward; the defaults if left out.
        split: "train", "validation" or "test"; they share no maze.
        num_worlds: how many worlds.

    Raises:
        UserError: no such split, or fewer than one world.

    """

    batch: MazeBatch
    manner = MANNER

    def __init__(
        self, config: MazeConfig | None = None, split: Split = "train", num_worlds: int = 1
    ) -> None:
        self.config = config or MazeConfig()
        super().__init__(MazeBatch(self.config, split, num_worlds))


def make_vec_env(
    num_envs: int, config: MazeConfig | None = None, split: Split = "train"
) -> MazeVectorEnv:
    """What `gymnasium.make_vec` calls, under the names that it uses."""
    return MazeVectorEnv(config, split, num_envs)


def _caption(batch: MazeBatch) -> str:
    seconds, cost = batch.steps[0] * batch.dt, int(batch.cost[0])
    end = "    at the goal" if batch.reached[0] else "    time is up" if batch.over[0] else ""
    return f"{seconds:4.1f} s    {cost} steps in hazards{end}"
