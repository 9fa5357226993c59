"""The tasks: Gymnasium environments, their experts and their registry.

Importing this package registers the lab's own ids, so that ``import envs`` (or
``gym.make("envs:coachable/Driving-v0")``) is all that Gymnasium needs. `gym.make_vec` gives the
batch.
"""

from gymnasium.envs.registration import register

register(
    id="coachable/Driving-v0",
    entry_point="envs.driving.env:DrivingEnv",
    vector_entry_point="envs.driving.vector:make_vec_env",
)
register(
    id="coachable/Finite-v0",
    entry_point="envs.finite.env:FiniteEnv",
    vector_entry_point="envs.finite.vector:make_vec_env",
)
register(
    id="coachable/Collection-v0",
    entry_point="envs.collection.env:CollectionEnv",
    vector_entry_point="envs.collection.env:make_vec_env",
)
register(
    id="coachable/Maze-v0",
    entry_point="envs.maze.env:MazeEnv",
    vector_entry_point="envs.maze.env:make_vec_env",
)
register(
    id="coachable/Arm-v0",
    entry_point="envs.arm.env:ArmEnv",
    vector_entry_point="envs.arm.env:make_vec_env",
)
register(
    id="coachable/Tabletop-v0",
    entry_point="envs.tabletop.env:TabletopEnv",
    vector_entry_point="envs.tabletop.env:make_vec_env",
)
