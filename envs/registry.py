"""Which tasks there are. Importing this imports no simulator: `make` does, when it needs one."""

from __future__ import annotations

from envs.arm.task import ARM
from envs.collection.task import COLLECTION
from envs.driving.task import DRIVING
from envs.finite.task import FINITE
from envs.gymnasium_id import GYMNASIUM
from envs.maze.task import MAZE
from envs.metadrive.task import METADRIVE
from envs.minigrid.task import MINIGRID
from envs.tabletop.task import TABLETOP
from envs.task import TaskFamily

TASKS: dict[str, TaskFamily] = {
    family.name: family
    for family in (
        DRIVING,
        FINITE,
        COLLECTION,
        MAZE,
        ARM,
        TABLETOP,
        MINIGRID,
        METADRIVE,
        GYMNASIUM,
    )
}
