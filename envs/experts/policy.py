"""An expert in one ``.npz`` file: weights as arrays, and a JSON header that says what they are.

The arrays are ``layer.0.weight`` [out, in], ``layer.0.bias`` [out], ``layer.1.weight`` …; with
``log_std`` [A] for a Gaussian of fixed width, ``log_std.weight`` [A, H] and ``log_std.bias`` [A]
where the width depends on the observation, ``obs_mean`` and ``obs_std`` [O] where observations
are normalised, and ``header``, the bytes of the JSON text. Reading unpickles nothing; acting
needs NumPy alone.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from envs.experts import network
from teaching import Oracle, UserError

FORMAT = 1
HEADS = ("values", "categorical", "gaussian", "squashed", "squashed_gaussian")
"""What the outputs are: action values (DQN), logits or means (PPO), actions before the tanh (TD3),
or means of a Gaussian before the tanh (SAC)."""

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class ExpertPolicy:
    """A policy as it is stored.

    Attributes:
        header: plain values; `check` says which of them acting needs.
        arrays: name -> float32 weights.
        source: the file, for messages.

    """

    header: dict[str, Any]
    arrays: Arrays
    source: str

    @property
    def layers(self) -> list[network.Layer]:
        """The linear layers, first to last."""
        count = len(self.header["network"]["sizes"]) - 1
        names = [f"layer.{i}" for i in range(count)]
        return [(self.arrays[f"{name}.weight"], self.arrays[f"{name}.bias"]) for name in names]

    def oracle(self, obs_space: gym.Space, action_space: gym.Space) -> Oracle:
        """The deterministic policy as Stable-Baselines3 predicts, with what else it knows.

        Gaussian and categorical policies give `log_prob`, in the task's own units; networks of
        action values give `q_values`.

        Args:
            obs_space: of one world.
            action_space: of one world.

        Raises:
            UserError: the policy was made for other spaces.

        """
        made_for = self.header["spaces"]
        spaces = {"observation": obs_space, "action": action_space}
        for name, what in spaces_of(obs_space, action_space).items():
            if made_for[name] != what:
                space = spaces[name]
                raise UserError(
                    f"expert {self.source} does not fit: made for {_shown(made_for[name])} "
                    f"as {name}, the task has {space}"
                )
        return _Acting(self, action_space).oracle()

    def to_bytes(self) -> bytes:
        """What stands in the file; the same policy gives the same bytes."""
        header = {**self.header, "format": FORMAT, "sha256": digest(self.arrays)}
        text = json.dumps(header, sort_keys=True, allow_nan=False)
        buffer = io.BytesIO()
        stored: dict[str, Any] = dict(sorted(self.arrays.items()))
        np.savez(buffer, header=np.frombuffer(text.encode(), np.uint8), **stored)
        return buffer.getvalue()


class _Acting:
    """A policy in a task: its arrays taken apart once."""

    def __init__(self, policy: ExpertPolicy, space: gym.Space):
        self._layers, self._space = policy.layers, space
        self._head: str = policy.header["head"]
        self._activation: str = policy.header["network"]["activation"]
        self._arrays = policy.arrays
        self._clip = policy.header.get("obs_clip")
        if isinstance(space, gym.spaces.Box):
            self._low, self._high = space.low.reshape(-1), space.high.reshape(-1)

    def oracle(self) -> Oracle:
        return Oracle(
            action=self.action,
            log_prob=self.log_prob if self._head.endswith(("categorical", "gaussian")) else None,
            q_values=self.outputs if self._head == "values" else None,
        )

    def features(self, obs: np.ndarray) -> np.ndarray:
        flat = np.asarray(obs, np.float32).reshape(len(obs), -1)
        if self._clip is not None:
            normal = (flat - self._arrays["obs_mean"]) / self._arrays["obs_std"]
            flat = np.clip(normal, -self._clip, self._clip)
        return network.hidden(self._layers, self._activation, flat)

    def outputs(self, obs: np.ndarray) -> np.ndarray:
        return network.last(self._layers, self.features(obs))

    def action(self, obs: np.ndarray) -> np.ndarray:
        out = self.outputs(obs)
        if isinstance(self._space, gym.spaces.Discrete):
            return out.argmax(axis=1).astype(np.int64) + int(self._space.start)
        if self._head == "gaussian":
            out = np.clip(out, self._low, self._high)
        else:
            out = network.squash(out, self._low, self._high)
        return out.astype(self._space.dtype).reshape(len(out), *(self._space.shape or ()))

    def log_prob(self, obs: np.ndarray, taken: np.ndarray) -> np.ndarray:
        features = self.features(obs)
        out = network.last(self._layers, features).astype(np.float64)
        if isinstance(self._space, gym.spaces.Discrete):
            index = np.asarray(taken, np.int64).reshape(-1) - int(self._space.start)
            return network.categorical_log_prob(index, out)
        action = np.asarray(taken, np.float64).reshape(len(out), -1)
        if self._head == "gaussian":
            return network.gaussian_log_prob(action, out, self._arrays["log_std"])
        log_std = features @ self._arrays["log_std.weight"].T + self._arrays["log_std.bias"]
        log_std = np.clip(log_std, network.LOG_STD_MIN, network.LOG_STD_MAX)
        return network.squashed_log_prob(action, out, log_std, self._low, self._high)


def load(path: Path | str) -> ExpertPolicy:
    """Read an expert's file.

    Raises:
        UserError: there is no such file, it is damaged or altered, or holds something else.

    """
    path = Path(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError:
        raise UserError(f"there is no file {path} to read an expert from") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise refusal(path, f"damaged, or no .npz file ({_line(error)})") from None
    except (OSError, ValueError, TypeError, AttributeError, SyntaxError) as error:
        raise refusal(path, f"it cannot be read ({_line(error)})") from None
    text = arrays.pop("header", None)
    if text is None or text.dtype != np.uint8 or text.ndim != 1:
        raise refusal(path, "no header; it was not made by coachable train-expert")
    try:
        header = json.loads(text.tobytes())
    except ValueError as error:
        raise refusal(path, f"its header is no JSON ({_line(error)})") from None
    check(header, arrays, path)
    return ExpertPolicy(header, arrays, str(path))


def check(header: Any, arrays: Arrays, path: Path) -> None:
    """Refuse a header that does not describe the arrays.

    Raises:
        UserError: what does not fit.

    """
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = header.get("format") if isinstance(header, dict) else None
        raise refusal(path, f"format {found!r}; this version reads {FORMAT}")
    for name, array in arrays.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            raise refusal(path, f"{name} is not finite float32 numbers")
    try:
        needed = _shapes(header)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refusal(path, f"its header is incomplete ({_line(error)})") from None
    shapes = {name: array.shape for name, array in arrays.items()}
    for name in sorted({*needed, *shapes}):
        if needed.get(name) != shapes.get(name):
            found, wanted = shapes.get(name), needed.get(name)
            raise refusal(path, f"{name} has shape {found}, its header says {wanted}")
    if header.get("sha256") != digest(arrays):
        raise refusal(path, "its weights are not those that its header was written for")


def _shapes(header: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every array that a header asks for."""
    sizes = [int(size) for size in header["network"]["sizes"]]
    head, action = header["head"], header["spaces"]["action"]
    if head not in HEADS or header["network"]["activation"] not in network.ACTIVATIONS:
        raise ValueError(f"head {head!r}, activation {header['network']['activation']!r}")
    discrete = action["kind"] == "discrete"
    if discrete != (head in ("values", "categorical")):
        raise ValueError(f"head {head!r} for {action['kind']} actions")
    outputs = int(action["n"]) if discrete else int(np.prod(action["shape"]))
    inputs = int(np.prod(header["spaces"]["observation"]["shape"]))
    if len(sizes) < 2 or (sizes[0], sizes[-1]) != (inputs, outputs):
        raise ValueError(f"network.sizes {sizes} for {inputs} observed numbers, {outputs} outputs")
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        shapes |= {f"layer.{i}.weight": (fan_out, fan_in), f"layer.{i}.bias": (fan_out,)}
    if head == "gaussian":
        shapes["log_std"] = (outputs,)
    if head == "squashed_gaussian":
        shapes |= {"log_std.weight": (outputs, sizes[-2]), "log_std.bias": (outputs,)}
    if header.get("obs_clip") is not None:
        float(header["obs_clip"])
        shapes |= {"obs_mean": (inputs,), "obs_std": (inputs,)}
    return shapes


def spaces_of(obs_space: gym.Space, action_space: gym.Space) -> dict[str, Any]:
    """Both spaces as plain values; None for one that no expert is made for.

    The bounds of observations are left out: they say nothing of what the network takes.
    """
    observation = action = None
    if isinstance(obs_space, gym.spaces.Box) and obs_space.dtype != np.uint8:
        observation = {"shape": [int(n) for n in obs_space.shape]}
    if isinstance(action_space, gym.spaces.Discrete):
        n, start = int(action_space.n), int(action_space.start)
        action = {"kind": "discrete", "n": n, "start": start}
    elif isinstance(action_space, gym.spaces.Box) and action_space.is_bounded():
        low, high = action_space.low.reshape(-1).tolist(), action_space.high.reshape(-1).tolist()
        shape = [int(n) for n in action_space.shape]
        action = {"kind": "box", "shape": shape, "low": low, "high": high}
    return {"observation": observation, "action": action}


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of names, shapes and numbers."""
    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name}{array.shape}{array.dtype}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def refusal(path: Path, reason: str) -> UserError:
    """The error for a file that cannot be used."""
    return UserError(f"expert {path} cannot be used: {reason}")


def _shown(space: Mapping[str, Any]) -> str:
    if space.get("kind") == "discrete":
        return f"Discrete({space['n']})"
    bounds = f" from {space['low']} to {space['high']}" if "low" in space else ""
    return f"a Box of shape {tuple(space['shape'])}{bounds}"


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
