"""Config groups and overrides put together by Hydra: names and plain values, not yet checked."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from teaching import UserError

GROUPS = ("experiment", "env", "human", "algorithm")


@dataclass(frozen=True, slots=True)
class Composition:
    """What the YAML files and the command line say.

    Attributes:
        values: nested plain values; the group nodes are under their group's name.
        choices: group -> the file that was chosen (``None``: no experiment).
        command_line: the dotted keys that overrides set.
        deviates: whether an override changes more than groups, the seed and where to write.
        shared: the dotted settings of an algorithm or a human that only the experiment's common
            ones set; an algorithm or human that does not have such a setting goes without it.

    """

    values: dict[str, Any]
    choices: dict[str, str | None]
    command_line: frozenset[str] = field(default_factory=frozenset)
    deviates: bool = False
    shared: frozenset[str] = field(default_factory=frozenset)

    def where(self, key: str) -> str:
        """Which file, or the command line, set a dotted key."""
        if any(_related(key, given) for given in self.command_line):
            return "command line"
        group, _, rest = key.partition(".")
        experiment = self.choices.get("experiment")
        if experiment:
            own = f"per_algorithm.{self.choices.get('algorithm')}.{rest}"
            node = _raw("experiment", experiment)
            if _has(node, key) or (group == "algorithm" and _has(node, own)):
                return f"configs/experiment/{experiment}.yaml"
        if self.choices.get(group):
            return f"configs/{group}/{self.choices[group]}.yaml"
        return "configs/config.yaml"


def options(group: str) -> list[str]:
    """The names that ``group=`` accepts."""
    folder = files("configs") / group
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml"))


def compose(overrides: Sequence[str]) -> Composition:
    """Read the config groups and apply the overrides.

    Args:
        overrides: ``group=choice`` or ``dotted.key=value`` in Hydra's grammar; no ``+`` is needed.

    Raises:
        UserError: an override that cannot be read, or a choice that does not exist.

    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    parsed = [parse(text) for text in overrides]
    group_overrides = [f"{key}={_choice(key, value)}" for key, value in parsed if key in GROUPS]
    groups, choices = _compose_groups(tuple(group_overrides))
    config = deepcopy(groups)
    try:
        _apply_per_algorithm(config, choices)
        settings = [(key, value) for key, value in parsed if key not in GROUPS]
        for key, value in settings:
            OmegaConf.update(config, key, value, merge=True, force_add=True)
        values = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise UserError(f"config: {str(error).splitlines()[0]}") from error
    assert isinstance(values, dict)
    given = frozenset(key for key, _ in settings)
    plain = {"seed", "name", "runs", "resume", "overwrite", "progress"}
    return Composition(
        values=_without_missing({str(key): value for key, value in values.items()}),
        choices=choices,
        command_line=given,
        deviates=any(key not in plain for key in given),
        shared=_shared(choices) - set(given),
    )


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """The cartesian product of overrides such as ``seed=0,1,2``, in the order given."""
    from itertools import product

    axes = []
    for text in overrides:
        override = _read(text)
        if override.is_sweep_override():
            key = override.get_key_element()
            axes.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            axes.append([text])
    return [list(point) for point in product(*axes)]


@lru_cache
def _compose_groups(overrides: tuple[str, ...]) -> tuple[Any, dict[str, str | None]]:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_module
    from hydra.errors import HydraException
    from omegaconf import OmegaConf, open_dict
    from omegaconf.errors import OmegaConfBaseException
    from yaml import MarkedYAMLError

    try:
        with initialize_config_module("configs", version_base="1.3"):
            config = hydra_compose("config", overrides=list(overrides), return_hydra_config=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise UserError(f"config: {str(error).splitlines()[0]}") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{mark.name}, line {mark.line + 1}, column {mark.column + 1}" if mark else "config"
        raise UserError(f"{where}: no YAML: {error.problem}") from error
    chosen = config.hydra.runtime.choices
    choices = {group: chosen.get(group) for group in GROUPS}
    OmegaConf.set_struct(config, False)
    with open_dict(config):
        del config["hydra"]
    return config, choices


def _apply_per_algorithm(config: Any, choices: dict[str, str | None]) -> None:
    """An experiment may hold settings for single algorithms, by the name of their file."""
    from omegaconf import OmegaConf

    per_algorithm = config.pop("per_algorithm", None)
    if per_algorithm is None:
        return
    known = options("algorithm")
    for name in per_algorithm:
        if name not in known:
            raise UserError(f"per_algorithm.{name}: {_no_such('algorithm', str(name))}")
    if choices["algorithm"] in per_algorithm:
        merged = OmegaConf.merge(config.algorithm, per_algorithm[choices["algorithm"]])
        config.algorithm = merged


def _shared(choices: dict[str, str | None]) -> frozenset[str]:
    """The dotted keys that the experiment sets for whatever algorithm and human are chosen."""
    if not choices["experiment"]:
        return frozenset()
    node = _raw("experiment", choices["experiment"])
    own = {"algorithm": (node.get("per_algorithm") or {}).get(choices["algorithm"]) or {}}
    keys: set[str] = set()
    for group in ("algorithm", "human"):
        if chosen := choices[group]:
            closer = set(own.get(group, ())) | set(_raw(group, chosen))
            keys |= {f"{group}.{key}" for key in set(node.get(group) or ()) - closer}
    return frozenset(keys)


def _read(text: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException as error:
        raise UserError(f"cannot read '{text}' (command line); write key=value") from error
    if override.is_delete() or override.package:
        raise UserError(f"cannot read '{text}' (command line); write key=value")
    return override


def parse(text: str) -> tuple[str, Any]:
    """``key=value`` in Hydra's grammar as a pair.

    Raises:
        UserError: it cannot be read, or gives several values.

    """
    override = _read(text)
    if override.is_sweep_override():
        raise UserError(f"'{text}' gives several values; use coachable sweep for that")
    return override.key_or_group, override.value()


def _choice(group: str, value: Any) -> str:
    if group == "experiment" and value is None:
        return "null"
    if not isinstance(value, str) or value not in options(group):
        raise UserError(_no_such(group, str(value)))
    return value


def _no_such(group: str, value: str) -> str:
    known = options(group)
    close = difflib.get_close_matches(value, known, n=1)
    hint = f"did you mean {group}={close[0]}?" if close else f"there is: {', '.join(known)}"
    return f"no {group} is called '{value}'; {hint}"


def _raw(group: str, name: str) -> Any:
    from omegaconf import OmegaConf

    return OmegaConf.create((files("configs") / group / f"{name}.yaml").read_text())


def _has(node: Any, key: str) -> bool:
    for part in key.split("."):
        if not hasattr(node, "keys") or part not in node:
            return False
        node = node[part]
    return True


def _related(key: str, given: str) -> bool:
    return key == given or key.startswith(f"{given}.") or key.startswith(f"{given}[")


def _without_missing(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out ``???``, OmegaConf's mark for a value that is still to be given."""
    return {
        key: _without_missing(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value != "???"
    }
