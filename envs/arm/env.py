"""`coachable/Arm-v0`: one world, or N of them side by side."""

from __future__ import annotations

from envs.arm.batch import ArmBatch
from envs.arm.manner import MANNER
from envs.arm.model import CAMERA
from envs.arm.task import ArmConfig
from envs.batched import BatchEnv, BatchVectorEnv
from envs.task import Split


class ArmEnv(BatchEnv):
    """Push a block over a table to a goal with an arm of two joints.

    Args:
        config: reward, goal and time limit; the defaults if left out.
        split: "train", "validation" or "test"; they share no episode.
        render_mode: "rgb_array" or None.

    Raises:
        UserError: a split or a render mode that does not exist, or no MuJoCo.

    """

    batch: ArmBatch
    manner = MANNER

    def __init__(
        self,
        config: ArmConfig | None = None,
        split: Split = "train",
        render_mode: str | None = None,
    ) -> None:
        self.config = config or ArmConfig()
        batch, draw = ArmBatch(self.config, split, 1), None
        if render_mode is not None:
            from envs.physics.render import Picture  # OpenGL and pygame are loaded only to draw

            draw = Picture(render_mode, batch, CAMERA, lambda: caption(batch)).draw
        super().__init__(batch, draw)


class ArmVectorEnv(BatchVectorEnv):
    """N worlds; a finished one begins its next episode in the same step.

    Args:
        config: reward, goal and time limit; the defaults if left out.
        split: "train", "validation" or "test"; they share no episode.
        num_worlds: how many worlds.

    Raises:
        UserError: no such split, fewer than one world, or no MuJoCo.

    """

    batch: ArmBatch
    manner = MANNER

    def __init__(
        self, config: ArmConfig | None = None, split: Split = "train", num_worlds: int = 1
    ) -> None:
        self.config = config or ArmConfig()
        super().__init__(ArmBatch(self.config, split, num_worlds))


def make_vec_env(
    num_envs: int, config: ArmConfig | None = None, split: Split = "train"
) -> ArmVectorEnv:
    """What `gymnasium.make_vec` calls, under the names that it uses."""
    return ArmVectorEnv(config, split, num_envs)


def caption(batch: ArmBatch) -> str:
    """One line below the picture."""
    now = batch.judgement()
    seconds = batch.steps[0] * batch.dt
    if now.resting[0]:
        return f"{seconds:.1f} s   the block rests at the goal"
    if now.lost[0]:
        return f"{seconds:.1f} s   the block is off the table"
    return f"{seconds:.1f} s   {100 * now.to_goal[0]:.0f} cm to the goal"
