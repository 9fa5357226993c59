"""N worlds of one MuJoCo model in arrays.

They live in MuJoCo's own batch (`mujoco.batch.Batch`): a row of numbers a world, its whole
integration state, stepped in C. `python -m benchmarks.physics` measures it against one `MjData` a
world in a Python loop and against `mujoco.rollout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.physics.library import load
from teaching import UserError

mujoco: Any = load()
_Batch: Any = load("mujoco.batch").Batch

_FATAL = ("BADQPOS", "BADQVEL", "BADQACC")
_TIMES = 1e-9
"""Relative error within which `dt` counts as a multiple of the timestep."""


class Worlds:
    """N worlds of one model.

    State is read and written through live arrays: ``worlds.qpos[w]`` is world w now. What MuJoCo
    derives from the state (`xpos`, `site_xpos`, `sensordata` ...) is asked for by name, and is
    that of the state now, after `advance` as after `refresh`; only what depends on accelerations
    and forces (touch, force and contact sensors) is that of the last timestep's beginning.

    Args:
        xml: the model in MJCF; its ``<option timestep>`` is the physics' own step.
        count: N.
        dt: seconds of a control step, a multiple of the timestep.
        derived: names of `MjData` fields to keep up to date. Without any, steps are faster.

    Attributes:
        model: the `MjModel`, shared by all worlds; not to be changed.
        count: N.
        dt: seconds of a control step.
        substeps: timesteps of a control step.
        derived: [N, ...] each, by name.
        qpos, qvel, ctrl, mocap_pos, mocap_quat: [N, ...], the state; and every other part of it by
            `bind`.

    Raises:
        UserError: `dt` is no multiple of the model's timestep, or N is below 1.

    """

    def __init__(self, xml: str, count: int, dt: float, derived: Sequence[str] = ()) -> None:
        if count < 1:
            raise UserError(f"the number of worlds must be at least 1, got {count}")
        self._made_of = xml, count, dt, tuple(derived)
        self.model = mujoco.MjModel.from_xml_string(xml)
        self.count, self.dt = count, float(dt)
        self.substeps = _times(self.dt, float(self.model.opt.timestep))
        self._batch = _Batch(self.model, count, 1)
        self._bound = {name: self._batch.bind(name) for name in derived}
        self.derived = {name: value.copy() for name, value in self._bound.items()}
        stages = mujoco.mjtStage
        self._none = int(stages.mjSTAGE_NONE)
        # After a step: positions and velocities anew; forces are those of its last timestep.
        self._stage = int(stages.mjSTAGE_VEL if derived else stages.mjSTAGE_NONE)
        # After writes: everything, for the forces would else be those of another world.
        self._all = int(stages.mjSTAGE_ACC)
        warnings = mujoco.mjtWarning
        self._fatal = [int(getattr(warnings, f"mjWARN_{name}")) for name in _FATAL]
        self.qpos, self.qvel = self.bind("qpos"), self.bind("qvel")
        self.ctrl = self.bind("ctrl")
        self.mocap_pos, self.mocap_quat = self.bind("mocap_pos"), self.bind("mocap_quat")

    def bind(self, name: str) -> np.ndarray:
        """Return a live [N, ...] array of a part of the state: a write is the state from now on."""
        return self._batch.bind(name)

    def id(self, kind: str, name: str) -> int:
        """Return the number of a named object; `kind` is ``body``, ``geom``, ``site`` ..."""
        return int(getattr(self.model, kind)(name).id)

    def reset(self, mask: np.ndarray) -> None:
        """Put the worlds of `mask` [N] bool back to the model's defaults, to be written to."""
        self._batch.reset(_ids(mask), stage=self._none)

    def refresh(self, mask: np.ndarray | None = None) -> None:
        """Derive anew after the state was written to; in all worlds, or in those of `mask` [N]."""
        if self._bound:
            self._batch.forward(_ids(mask), self._all)
            self._copy()

    def advance(self, substeps: int | None = None, mask: np.ndarray | None = None) -> None:
        """Move by `substeps` timesteps, or a control step, under the `ctrl` that was written.

        Raises:
            UserError: the simulation became unstable.

        """
        self._batch.step(_ids(mask), self.substeps if substeps is None else substeps, self._stage)
        self._copy()
        unstable = self._batch.warning[:, self._fatal, 1].any(axis=1)
        if unstable.any():
            w = int(np.flatnonzero(unstable)[0])
            raise UserError(
                f"the physics of world {w} became unstable; give its model a smaller timestep"
            )

    def rays(
        self, origin: np.ndarray, direction: np.ndarray, groups: Sequence[int] = (0,)
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cast rays from the worlds as they stand, at geoms of the given groups.

        Args:
            origin: [N, R, 3] metres, or what broadcasts to it.
            direction: [N, R, 3] of length 1, or what broadcasts to it.
            groups: the geom groups that stop a ray; leave out the group of the caster itself.

        Returns:
            Distance [N, R] in metres and the geom hit [N, R]; both -1 where nothing is hit.

        """
        mask = np.zeros(6, np.uint8)
        mask[list(groups)] = 1
        return self._batch.ray(origin, direction, mask)

    def data(self, w: int, into: Any = None) -> Any:
        """Copy world w to an `MjData`, a new one unless `into` is given; all fields are derived."""
        data = self._batch.get_data(w, into)
        mujoco.mj_forward(self.model, data)
        return data

    def copy(self) -> Worlds:
        """Return other worlds of the same kind in the same state, to look ahead in."""
        copy = Worlds(*self._made_of)
        copy.load(self)
        return copy

    def load(self, other: Worlds) -> None:
        """Put all worlds into the state of as many others of the same model."""
        for mine, theirs in zip(self.arrays().values(), other.arrays().values(), strict=True):
            mine[...] = theirs

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything that decides the future, warm starts and controls included; live."""
        return {"physics": self._batch.state} | self.derived

    def _copy(self) -> None:
        # Copies, which can be saved and restored: forces cannot be derived again from the state.
        for name, value in self._bound.items():
            np.copyto(self.derived[name], value)


def _ids(mask: np.ndarray | None) -> np.ndarray | None:
    return None if mask is None else np.flatnonzero(mask)


def _times(dt: float, timestep: float) -> int:
    substeps = round(dt / timestep) if dt > 0 else 0
    if substeps < 1 or abs(substeps * timestep - dt) > _TIMES * dt:
        raise UserError(
            f"dt must be a multiple of the model's timestep {timestep:g} s, got {dt:g} s"
        )
    return substeps
