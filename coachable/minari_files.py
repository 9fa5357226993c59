"""Feedback as a Minari dataset, and a Minari dataset as feedback.

Minari's own storage writes and reads the files (JSON and HDF5, nothing pickled); what of Minari
looks into the user's home or the network is not used.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from coachable.files import make_folder, whole_folder
from coachable.minari_spaces import flat, space_like, task_spaces
from teaching import UserError
from teaching.log import read_log
from teaching.log_episodes import KINDS, demonstrations_of, episodes_of, rows_of_episode
from teaching.log_rows import LoggedFeedback

if TYPE_CHECKING:
    from coachable.config import RunConfig

FORMAT, VERSION = "coachable feedback", 1
_TEXT = (
    "What a human did in control. An episode is a stretch of control; rewards were not recorded "
    "(NaN); the last observation of an episode is blank (NaN or 0) unless the last "
    "infos/next_obs_logged is True; row t + 1 of infos belongs to action t, row 0 is blank."
)
_ID = re.compile(r"[-\w]+-v\d+")
_DAMAGE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    AssertionError,
    RecursionError,
    IndexError,
    RuntimeError,  # h5py's, of a damaged file
    MemoryError,  # of one that says it is larger than any
)


def export_minari(
    source: Path, out: str | None, dataset: str | None, overwrite: bool, config: RunConfig | None
) -> Path:
    """Write the interventions and demonstrations of a feedback log as a Minari dataset.

    Args:
        source: the log's file.
        out: the folder of datasets, in which the dataset's lies; None is ``minari`` beside the log.
        dataset: its id, such as ``NAME-v0``; None names it after the log's folder.
        overwrite: whether a dataset that is there already is replaced.
        config: of the run, where it is one.

    Returns:
        The dataset's folder.

    Raises:
        UserError: Minari is not installed; there is no such log, or nothing in it for a dataset;
            the id is none; or the folder is there or cannot be written.

    """
    minari = _minari()
    name = dataset or re.sub(r"[^-\w]+", "-", source.absolute().parent.name) + "-v0"
    if not _ID.fullmatch(name):
        raise UserError(
            f"--dataset must be letters, digits, - and _ with a version at the end, such as "
            f"driving-v0, got {name!r}"
        )
    root = Path(out) if out is not None else source.with_name("minari")
    target = root / name
    _require_replaceable(target, overwrite)
    rows = list(read_log(source))
    episodes = episodes_of(rows)
    if not episodes:
        raise UserError(
            f"{source} has no {' or '.join(KINDS)}, which is what a dataset is made of; "
            "--format jsonl takes every kind"
        )
    steps = sum(len(episode.actions) for episode in episodes)
    spaces = (None, None) if config is None else task_spaces(config)
    make_folder(root)
    with whole_folder(target) as folder:
        storage = minari.MinariStorage.new(
            folder / "data",
            observation_space=space_like(episodes[0].observations, spaces[0]),
            action_space=space_like(episodes[0].actions, spaces[1]),
            jpeg_encoding=False,  # it loses
        )
        storage.update_metadata(
            {
                "dataset_id": name,
                "minari_version": metadata.version("minari"),
                **_about(source, config),
            }
        )
        buffers = []
        for episode in episodes:
            count = len(episode.actions)
            buffers.append(
                minari.EpisodeBuffer(
                    observations=episode.observations,
                    actions=episode.actions,
                    rewards=np.full(count, math.nan),
                    terminations=np.zeros(count, bool),
                    truncations=np.arange(1, count + 1) == count,
                    infos=episode.infos,
                )
            )
        try:
            storage.update_episodes(buffers)
        except ValueError as error:  # a name with a NUL in it
            raise UserError(f"HDF5 cannot hold this log ({error}); JSON Lines can") from error
    print(f"{steps:,} steps in {len(episodes):,} episodes: {target}")
    if others := len(rows) - steps:
        print(f"{others:,} signals of other kinds stay behind; --format jsonl takes them")
    return target


def read_minari(dataset: str) -> Iterator[LoggedFeedback]:
    """What `export_minari` wrote, row for row; of any other dataset, its steps as demonstrations.

    Args:
        dataset: its folder, or the ``data`` in it.

    Raises:
        UserError: Minari is not installed; or it is no dataset in HDF5, is damaged, or has
            observations or actions that are not numbers.

    """
    minari = _minari()
    folder = Path(dataset)
    folder = folder / "data" if (folder / "data").is_dir() else folder
    about = _read_about(folder)
    ours = about.get("coachable")
    try:
        storage = minari.MinariStorage.read(folder)
        if ours is not None:
            if ours["format"] != FORMAT or ours["version"] != VERSION:
                raise UserError(
                    f"{dataset} is {ours['format']!r} of version {ours['version']!r}, this lab "
                    f"reads {FORMAT!r} of version {VERSION}"
                )
            yield from _own(storage)
        else:
            human = str(about.get("dataset_id") or folder.absolute().parent.name)
            yield from _foreign(storage, human)
    except OSError as error:
        raise UserError(f"cannot read {dataset}: {error.strerror or error}") from error
    except _DAMAGE as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise UserError(f"{dataset} is damaged, or no dataset of numbers ({reason})") from error


def _own(storage: Any) -> list[LoggedFeedback]:
    numbered: list[tuple[int, LoggedFeedback]] = []
    for episode in storage.get_episodes(range(storage.total_episodes)):
        numbered += rows_of_episode(
            episode["observations"], episode["actions"], episode["infos"] or {}
        )
    return [row for _, row in sorted(numbered, key=lambda pair: pair[0])]


def _foreign(storage: Any, human: str) -> Iterator[LoggedFeedback]:
    spaces: tuple[gym.Space, gym.Space] = (storage.observation_space, storage.action_space)
    step = 0
    for episode in storage.get_episodes(range(storage.total_episodes)):
        observations = flat(episode["observations"], spaces[0], "observations")
        actions = flat(episode["actions"], spaces[1], "actions")
        yield from demonstrations_of(observations, actions, human, step)
        step += len(actions)


def _about(source: Path, config: RunConfig | None) -> dict[str, Any]:
    """What a dataset says of itself; ``coachable`` is the lab's own entry."""
    about: dict[str, Any] = {"minari_version": metadata.version("minari"), "description": _TEXT}
    own: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "coachable_version": metadata.version("coachable"),
    }
    if config is None:
        return about | {"coachable": own}
    choices = config.choices
    own |= {
        "run": source.absolute().parent.name,
        "task": str(choices.get("env") or config.env.name),
        "algorithm": str(choices.get("algorithm") or config.algorithm.name),
        "human": str(choices.get("human") or getattr(config.human, "name", "")),
        "seed": config.seed,
    }
    taught = f"{own['human']}, teaching {own['algorithm']}"
    return about | {"algorithm_name": taught, "coachable": own}


def _read_about(folder: Path) -> dict[str, Any]:
    """The dataset's ``metadata.json``, with all that Minari would otherwise look for elsewhere.

    Where a space is missing, Minari makes the environment that the dataset names, which may be any
    function of any module: no file may choose what runs here.
    """
    try:
        about = json.loads((folder / "metadata.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        raise UserError(f"{folder} is no Minari dataset: no metadata.json to be read") from None
    if not isinstance(about, dict) or not isinstance(about.get("coachable", {}), dict):
        raise UserError(f"{folder / 'metadata.json'} is damaged: not what Minari writes")
    if about.get("data_format") != "hdf5":
        raise UserError(
            f"{folder} holds its data as {about.get('data_format')!r}, this lab reads 'hdf5'"
        )
    for space in ("observation_space", "action_space"):
        if not isinstance(about.get(space), str):
            raise UserError(f"{folder / 'metadata.json'} does not say what its {space} is")
    return about


def _require_replaceable(target: Path, overwrite: bool) -> None:
    if not target.exists():
        return
    if not overwrite:
        raise UserError(f"{target} is there already; choose another --dataset, or --overwrite")
    if not (target / "data" / "metadata.json").is_file():
        raise UserError(f"{target} is no Minari dataset, and is not replaced by one")


def _minari() -> Any:
    """Minari's storage and buffers."""
    try:
        from minari.data_collector import EpisodeBuffer
        from minari.dataset.minari_storage import MinariStorage
    except ImportError as error:
        raise UserError(
            f"Minari datasets need the package minari ({error}): pip install 'coachable[minari]'"
        ) from error
    from types import SimpleNamespace

    return SimpleNamespace(EpisodeBuffer=EpisodeBuffer, MinariStorage=MinariStorage)
