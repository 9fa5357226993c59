"""How an expert is trained: what was asked for, then what is known to work for the task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import gymnasium as gym

from coachable.compose import options, parse
from coachable.config import RunConfig, load
from coachable.typed import to_dataclass
from envs.experts.shipped import file_name
from envs.registry import TASKS
from teaching import UserError

ALGORITHMS = ("ppo", "sac", "td3", "dqn")

_OWN = (
    *("env", "env.", "algorithm", "algorithm.", "seed", "total_steps", "num_envs", "eval_every"),
    *("eval_episodes", "final_episodes", "overwrite", "progress", "runs"),
)
"""The keys of a run that training an expert has a use for; those with a dot open a group."""


@dataclass(kw_only=True)
class ExpertConfig:
    """What training an expert needs beside a run's own settings.

    Attributes:
        algorithm: whose settings `settings` are; ppo, sac, td3 or dqn.
        settings: of the algorithm, under their names in its config.
        total_steps: environment steps, over all worlds.
        num_envs: worlds side by side.
        eval_every: steps between two evaluations, of which the best is kept.
        normalise: whether observations and rewards are scaled by their running statistics; the
            file keeps those of the observations.
        noise: of td3's exploration; gaussian, or ornstein_uhlenbeck, which is correlated in time.
        enough: the return at which training ends early, or null.

    """

    algorithm: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    total_steps: int = 100_000
    num_envs: int = 1
    eval_every: int = 5_000
    normalise: bool = False
    noise: str = "gaussian"
    enough: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        if self.algorithm is not None and self.algorithm not in ALGORITHMS:
            raise UserError(_not_one_of("expert.algorithm", ALGORITHMS, self.algorithm))
        if self.noise not in ("gaussian", "ornstein_uhlenbeck"):
            raise UserError(
                _not_one_of("expert.noise", ("gaussian", "ornstein_uhlenbeck"), self.noise)
            )
        if self.enough is not None and not math.isfinite(self.enough):
            raise UserError(f"expert.enough must be a number, got {self.enough}")


@dataclass(frozen=True, slots=True)
class Plan:
    """A training that is ready to start.

    Attributes:
        run: task, algorithm, seed and lengths.
        normalise: as in `ExpertConfig`.
        noise: as in `ExpertConfig`.
        enough: as in `ExpertConfig`.

    """

    run: RunConfig
    normalise: bool
    noise: str
    enough: float | None


def plan(overrides: Sequence[str]) -> Plan:
    """What ``coachable train-expert`` was asked for, with what is known of the task filled in.

    Settings for single ids are the files of ``configs/expert``. They hold where no other algorithm
    is asked for; whatever is on the command line goes first.

    Raises:
        UserError: anything unknown, of a wrong type or out of range, in one line.

    """
    mine = [text for text in overrides if text.startswith("expert.")]
    rest = [text for text in overrides if not text.startswith("expert.")]
    asked = _asked(rest)
    env = load([f"algorithm={asked or 'ppo'}", *_without_algorithm(rest)]).env
    known = _known(getattr(env, "id", env.name))
    settings = _with_command_line(known, mine)
    algorithm = asked or settings.get("algorithm") or _fit_for(env)
    if known.get("algorithm") != algorithm:
        settings = {**_with_command_line({}, mine), "algorithm": algorithm}
    expert = to_dataclass(ExpertConfig, settings, "expert", lambda _key: "command line")
    lengths = {"total_steps": expert.total_steps, "num_envs": expert.num_envs}
    lengths |= {"eval_every": expert.eval_every, "eval_episodes": 20, "final_episodes": 100}
    filled = [f"algorithm={algorithm}", "evaluate_on=validation"]
    filled += [f"{key}={value}" for key, value in lengths.items()]
    filled += [f"algorithm.{key}={value}" for key, value in expert.settings.items()]
    run = load([*filled, *(text for text in rest if not text.startswith("algorithm="))])
    if run.eval_every == 0:
        raise UserError("eval_every must be ≥ 1: the best of several evaluations is kept, got 0")
    return Plan(run=run, normalise=expert.normalise, noise=expert.noise, enough=expert.enough)


def _asked(overrides: Sequence[str]) -> str | None:
    """The algorithm that the command line asks for, its other words being ones of use here."""
    asked = None
    for text in overrides:
        key, _, value = text.partition("=")
        if not any(key == own or (own.endswith(".") and key.startswith(own)) for own in _OWN):
            raise UserError(
                f"train-expert has no use for '{key}' (command line); it takes env, algorithm, "
                "expert.…, seed, total_steps, num_envs, eval_every and the like"
            )
        if key == "algorithm":
            asked = value
    if asked is not None and asked not in ALGORITHMS:
        raise UserError(_not_one_of("algorithm", ALGORITHMS, asked))
    return asked


def _without_algorithm(overrides: Sequence[str]) -> list[str]:
    return [text for text in overrides if not text.startswith("algorithm")]


def _known(task: str) -> dict[str, Any]:
    """What ``configs/expert`` says of a task; nothing where it has no file."""
    from omegaconf import OmegaConf

    name = file_name(task).removesuffix(".npz")
    if name not in options("expert"):
        return {}
    node = OmegaConf.create((files("configs") / "expert" / f"{name}.yaml").read_text())
    values = OmegaConf.to_container(node)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def _with_command_line(known: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """The settings with ``expert.key=value`` on top."""
    settings = dict(known)
    for text in overrides:
        key, value = parse(text)
        settings[key.removeprefix("expert.")] = value
    return settings


def _fit_for(env_config: Any) -> str:
    """SAC for continuous actions, PPO for discrete ones."""
    env = TASKS[env_config.name].make(env_config, "train", None)
    space = env.action_space
    env.close()
    return "sac" if isinstance(space, gym.spaces.Box) else "ppo"


def _not_one_of(key: str, known: Sequence[str], got: object) -> str:
    return f"{key} must be one of {', '.join(known)}, got {got!r}"
