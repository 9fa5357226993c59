"""World-steps a second of MuJoCo worlds: MuJoCo's batch, which `envs.physics` uses, and two others.

The others are a Python loop over one `MjData` a world, and `mujoco.rollout`; all three on one
thread, with the model of `coachable/Maze-v0` and its five timesteps a control step. Then the maze
itself. Processor time is counted, not wall time, so that a busy machine does not blur the figures.

``python -m benchmarks.physics``
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from envs.maze.batch import MazeBatch
from envs.maze.task import MAZE, MazeConfig
from envs.physics.worlds import Worlds, mujoco

SECONDS = 2.0


def rate(step: Callable[[], object], worlds: int) -> float:
    """World-steps/s of `step`, which moves all worlds."""
    step()
    steps, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        step()
        steps += 1
    return steps * worlds / (time.process_time() - start)


def mazes(count: int) -> Worlds:
    """Worlds with a maze in each."""
    batch = MazeBatch(MazeConfig(), "train", count)
    for w in range(count):
        batch.seed(w, w)
    batch.start(np.ones(count, bool))
    return batch.worlds


def in_batch(worlds: Worlds) -> Callable[[], object]:
    def step() -> np.ndarray:
        worlds.ctrl[:] = 0.3
        worlds.advance()
        return worlds.qpos.copy()

    return step


def in_a_loop(worlds: Worlds) -> Callable[[], object]:
    model, data = worlds.model, [worlds.data(w) for w in range(worlds.count)]

    def step() -> np.ndarray:
        for one in data:
            one.ctrl[:] = 0.3
            mujoco.mj_step(model, one, worlds.substeps)
        return np.stack([one.qpos for one in data])

    return step


def in_rollouts(worlds: Worlds) -> Callable[[], object]:
    from mujoco import rollout

    model, spec = worlds.model, mujoco.mjtState.mjSTATE_FULLPHYSICS
    state = np.zeros((worlds.count, mujoco.mj_stateSize(model, spec)))
    mocap = np.zeros((worlds.count, 1, 2 + 7 * model.nmocap))
    mocap[:, 0, :2] = 0.3
    for w in range(worlds.count):
        data = worlds.data(w)
        mujoco.mj_getState(model, data, state[w], spec)
        mocap[w, 0, 2:] = np.concatenate([data.mocap_pos.ravel(), data.mocap_quat.ravel()])
    inputs = mujoco.mjtState.mjSTATE_CTRL | mujoco.mjtState.mjSTATE_MOCAP_POS
    inputs |= mujoco.mjtState.mjSTATE_MOCAP_QUAT
    pool, scratch = rollout.Rollout(nthread=0), mujoco.MjData(model)

    def step() -> np.ndarray:
        nonlocal state
        after, _ = pool.rollout(
            model, scratch, state, mocap, control_spec=int(inputs), nstep=worlds.substeps
        )
        state = after[:, -1].copy()
        return state

    return step


def maze_rate(worlds: int) -> float:
    """World-steps/s through the vector environment under random actions, resets included."""
    env = MAZE.make_vec(MazeConfig(), "train", worlds)
    actions = np.random.default_rng(0).uniform(-1, 1, (256, worlds, 2))
    env.reset(seed=0)
    steps = iter(range(10**9))
    return rate(lambda: env.step(actions[next(steps) % 256]), worlds)


def main() -> None:
    for count in (1, 64):
        shapes = {"batch": in_batch, "loop": in_a_loop, "rollout": in_rollouts}
        for name, make in shapes.items():
            print(
                f"physics alone, {name:8} N = {count:2d} {rate(make(mazes(count)), count):10,.0f}/s"
            )
    for count in (1, 64):
        print(f"maze                    N = {count:2d} {maze_rate(count):10,.0f} world-steps/s")


if __name__ == "__main__":
    main()
