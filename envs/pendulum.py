"""What a simulated human may know of Gymnasium's Pendulum-v1 beyond how to swing it up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from teaching import Oracle

GRAVITY, MASS, LENGTH, DT = 10.0, 1.0, 1.0, 0.05
MAX_SPEED, MAX_TORQUE = 8.0, 2.0


def reward(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """[M], minus what angle, speed and torque cost, of observations [M, 3] and actions [M, 1]."""
    angle, speed = _state(obs)
    return _reward(angle, speed, _torque(actions))


def utility(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """[M], the return of actions [M, T, 1] taken from observations [M, 3] on."""
    angle, speed = _state(obs)
    total = np.zeros(len(angle))
    for torque in np.moveaxis(_torque(actions), 1, 0):
        total += _reward(angle, speed, torque)
        angle, speed = advance(angle, speed, torque)
    return total


def advance(
    angle: np.ndarray, speed: np.ndarray, torque: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Angle [M] in (−π, π] and speed [M] one step on, as Gymnasium steps."""
    push = 3 * GRAVITY / (2 * LENGTH) * np.sin(angle) + 3.0 / (MASS * LENGTH**2) * torque
    speed = np.clip(speed + push * DT, -MAX_SPEED, MAX_SPEED)
    turned = angle + speed * DT
    return np.arctan2(np.sin(turned), np.cos(turned)), speed


def with_reward(expert: Oracle) -> Oracle:
    """The expert, who now knows the true reward, and can plan: an observation is the whole state.

    `reward` and `utility` are exact; `plan` is what the expert would do from there.
    """

    def plan(obs: np.ndarray, proposed: np.ndarray) -> np.ndarray:
        best = np.zeros_like(proposed)
        angle, speed = _state(obs)
        for t in range(proposed.shape[1]):
            seen = np.stack([np.cos(angle), np.sin(angle), speed], axis=1).astype(np.float32)
            best[:, t] = expert.action(seen)
            angle, speed = advance(angle, speed, _torque(best[:, t]))
        return best

    return replace(expert, reward=reward, plan=plan, utility=utility)


def _state(obs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cosine, sine, speed = np.asarray(obs, np.float64).T
    return np.arctan2(sine, cosine), speed


def _torque(actions: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(actions, np.float64)[..., 0], -MAX_TORQUE, MAX_TORQUE)


def _reward(angle: np.ndarray, speed: np.ndarray, torque: np.ndarray) -> np.ndarray:
    return -(angle**2 + 0.1 * speed**2 + 0.001 * torque**2)
