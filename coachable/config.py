"""The config of one run: checked, complete, and independent of where it came from."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from coachable.compose import GROUPS, Composition, compose
from coachable.run_folder import run_name
from coachable.typed import Where, convert, to_dataclass, unknown_key
from envs.task import Split
from teaching import Kind, UserError

if TYPE_CHECKING:
    from algorithms.registry import Algorithm

NODES = ("env", "human", "algorithm")
_PLACE = ("name", "runs", "resume", "overwrite", "progress")


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides a run.

    Attributes:
        env: the task's own dataclass.
        human: the human's own dataclass; None where the algorithm learns from reward alone.
        algorithm: the algorithm's own dataclass.
        choices: group -> the file it came from, as the names of runs and tables have it.
        seed: of the learner, the human and the training episodes.
        total_steps: environment steps, over all worlds.
        num_envs: worlds side by side; more than one needs a task that lives in arrays.
        evaluate_on: which episodes; ``validation`` to choose settings by, ``test`` to report.
        eval_every: environment steps between two evaluations; 0 for none.
        eval_episodes: episodes of each of these.
        final_episodes: episodes of the evaluation at the end.
        checkpoint_every: environment steps between checkpoints; 0 for one at the end only.
        log_every: environment steps between points of human/* and rollout/cost.
        stability_every: environment steps between readings of the stability monitor, which watches
            target networks and warns before values diverge; 0 for none.
        quick: a tenth of the steps, and marked so in the result.
        name: of the run's folder; null makes one up from the choices.
        runs: the folder that holds run folders.
        resume: continue a run that was interrupted, and pass over one that is finished.
        overwrite: remove an earlier run of the same name.
        progress: whether to show progress.

    """

    env: Any
    human: Any
    algorithm: Any
    choices: dict[str, str | None] = field(default_factory=dict)
    seed: int = 0
    total_steps: int = 20_000
    num_envs: int = 1
    evaluate_on: Split = "test"
    eval_every: int = 5_000
    eval_episodes: int = 10
    final_episodes: int = 50
    checkpoint_every: int = 5_000
    log_every: int = 500
    stability_every: int = 0
    quick: bool = False
    name: str | None = None
    runs: str = "runs"
    resume: bool = False
    overwrite: bool = False
    progress: bool = True

    def __post_init__(self) -> None:
        """Refuse numbers that make no run."""
        least = {"seed": 0, "total_steps": 1, "num_envs": 1, "eval_every": 0, "eval_episodes": 1}
        least |= {"final_episodes": 1, "checkpoint_every": 0, "log_every": 1, "stability_every": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise UserError(f"{name} must be ≥ {bound}, got {getattr(self, name)}")
        if self.name is not None and (not self.name or self.name in (".", "..")):
            raise UserError(f"name must be the name of a folder, got {self.name!r}")
        if self.stability_every and not getattr(self.algorithm, "target_networks", False):
            raise UserError(
                f"stability_every watches target networks, and algorithm={self.algorithm.name} has "
                "none; leave it at 0, or take dqn, td3, sac, pvp or guide"
            )

    @property
    def path(self) -> Path:
        """The run's folder."""
        return Path(self.runs) / str(self.name)

    def identity(self) -> dict[str, Any]:
        """What decides the outcome, as plain values: all but where to write and how to show it."""
        values = self.to_dict()
        return {key: value for key, value in values.items() if key not in _PLACE}

    def digest(self) -> str:
        """Twelve hexadecimal digits that differ where the outcome may."""
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Plain nested values, for ``config.yaml``."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        for node in NODES:
            values[node] = _plain(asdict(values[node])) if is_dataclass(values[node]) else None
        values["choices"] = dict(self.choices)
        return values


def load(overrides: Sequence[str], *, fit: bool = True) -> RunConfig:
    """The config that the YAML files and these overrides make.

    Args:
        overrides: as on the command line.
        fit: whether the human must give what the algorithm learns from.

    Raises:
        UserError: anything unknown, of a wrong type or out of range, in one line.

    """
    composition = compose(overrides)
    values, choices = composition.values, composition.choices
    config = _checked(values, choices, composition.where, composition, fit=fit)
    if config.quick:
        config = _quick(config)
    if config.name is None:
        config = replace(config, name=_name(config, composition.deviates))
    return config


def from_dict(values: Mapping[str, Any], source: str) -> RunConfig:
    """The config that a ``config.yaml`` holds; `source` names the file in errors."""
    values = dict(values)
    choices = values.pop("choices", None) or {}
    return _checked(values, choices, lambda _key: source, None)


def _checked(
    values: Mapping[str, Any],
    choices: Mapping[str, str | None],
    where: Where,
    composition: Composition | None,
    *,
    fit: bool = True,
) -> RunConfig:
    from algorithms.registry import ALGORITHMS
    from coachable.humans import HUMANS
    from envs.registry import TASKS

    algorithm = _entry(ALGORITHMS, "algorithm", values, where)
    needs_human = bool(algorithm.learns_from)
    classes = {
        "env": _entry(TASKS, "env", values, where).config,
        "algorithm": algorithm.config_class(),
    }
    if values.get("human") is not None:
        human = _entry(HUMANS, "human", values, where)
        classes["human"] = human.config
        if fit and needs_human and human.kinds is not None:
            require_fit(algorithm, choices.get("human") or human.name, human.kinds)
    if composition is not None:
        _check_command_line(composition, classes)
        values = _without_foreign(values, composition.shared)
    root = {key: value for key, value in values.items() if key not in NODES}
    settings = [name for name in RunConfig.__dataclass_fields__ if name not in (*NODES, "choices")]
    hints = get_type_hints(RunConfig)
    for key in root:
        if key not in settings:
            raise unknown_key(key, _all_keys(classes), where)
    root = {key: convert(hints[key], value, key, where) for key, value in root.items()}
    nodes = {node: to_dataclass(classes[node], values[node], node, where) for node in classes}
    if needs_human and "human" not in nodes:
        raise UserError(f"algorithm={algorithm.name} learns from a human; give it one (human=…)")
    chosen = {group: choices.get(group) for group in GROUPS}
    if not needs_human:
        nodes["human"] = None
        chosen["human"] = None
    return RunConfig(**nodes, choices=chosen, **root)


def require_fit(algorithm: Algorithm, human: str, kinds: frozenset[Kind]) -> None:
    """Refuse a human who gives nothing that the algorithm learns from.

    Raises:
        UserError: which says what the one gives and what the other needs.

    """
    if not kinds & algorithm.learns_from:
        raise UserError(
            f"human={human} gives {_words(kinds)}, and algorithm={algorithm.name} learns from "
            f"{_words(algorithm.learns_from)}; coachable list shows what fits"
        )


def _words(kinds: frozenset[Kind]) -> str:
    return " and ".join(sorted(kinds)) or "nothing"


def _entry(registry: Mapping[str, Any], node: str, values: Mapping[str, Any], where: Where) -> Any:
    content = values.get(node)
    name = content.get("name") if isinstance(content, Mapping) else None
    if not isinstance(name, str) or name not in registry:
        place = where(f"{node}.name")
        raise UserError(f"{node}.name must be one of {', '.join(registry)}, got {name!r} ({place})")
    return registry[name]


def _check_command_line(composition: Composition, classes: Mapping[str, type]) -> None:
    """Look at what was typed first: a slip there is the likely one."""
    known = list(_all_keys(classes))
    # A human that is not asked for may still be set: sweeps mix learners with and without.
    open_ended = tuple(f"{key}." for key in known)
    for key in sorted(composition.command_line):
        if key not in known and not key.startswith(open_ended):
            raise unknown_key(key, known, composition.where)


def _without_foreign(values: Mapping[str, Any], shared: frozenset[str]) -> dict[str, Any]:
    """All settings but those that an experiment shares out to other algorithms or other humans.

    What no algorithm or no human has is left in, to be refused.
    """
    from algorithms.registry import ALGORITHMS
    from coachable.humans import HUMANS

    classes = {
        "algorithm": {entry.name: entry.config_class() for entry in ALGORITHMS.values()},
        "human": {family.name: family.config for family in HUMANS.values()},
    }
    kept = dict(values)
    for node, by_name in classes.items():
        if not isinstance(values.get(node), Mapping):
            continue
        known = {name: set(get_type_hints(cls)) for name, cls in by_name.items()}
        foreign = set().union(*known.values()) - known[values[node]["name"]]
        dropped = {key for key in foreign if f"{node}.{key}" in shared}
        kept[node] = {key: value for key, value in values[node].items() if key not in dropped}
    return kept


def _all_keys(classes: Mapping[str, type]) -> Iterator[str]:
    for name in RunConfig.__dataclass_fields__:
        if name not in (*NODES, "choices"):
            yield name
    for node, cls in classes.items():
        yield from (key for key in _keys(cls, node) if key != f"{node}.name")


def _keys(cls: type, prefix: str) -> Iterator[str]:
    for name, hint in get_type_hints(cls).items():
        if is_dataclass(hint) and isinstance(hint, type):
            yield from _keys(hint, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}"


def _quick(config: RunConfig) -> RunConfig:
    return replace(
        config,
        total_steps=math.ceil(config.total_steps / 10),
        eval_every=math.ceil(config.eval_every / 10),
        checkpoint_every=math.ceil(config.checkpoint_every / 10),
        eval_episodes=min(config.eval_episodes, 5),
        final_episodes=min(config.final_episodes, 10),
    )


def _name(config: RunConfig, deviates: bool) -> str:
    """As in ``pvp__driving__expert__s3``; settings changed by hand add a digest."""
    choices = config.choices
    algorithm, env, human = (str(choices[g] or "none") for g in ("algorithm", "env", "human"))
    name = run_name(algorithm, env, human, config.seed)
    return f"{name}__{config.digest()[:6]}" if deviates else name


def _plain(value: Any) -> Any:
    """Tuples as lists, so that what is written reads back equal."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
