"""The experts that come with the lab: one file a Gymnasium id, in this folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from envs.experts.policy import ExpertPolicy, load

FOLDER = Path(__file__).parent


def file_name(env_id: str) -> str:
    """The name of an id's file: ``CartPole-v1`` -> ``CartPole-v1.npz``, a module left out."""
    return env_id.rpartition(":")[2].replace("/", "-") + ".npz"


def shipped() -> list[str]:
    """The ids that have one."""
    return sorted(path.stem for path in FOLDER.glob("*.npz"))


def find(env_id: str, kwargs: Mapping[str, Any], folder: Path = FOLDER) -> ExpertPolicy | None:
    """The expert for an id, made with these arguments of its constructor; None if there is none.

    Raises:
        UserError: the file is there, but damaged.

    """
    path = folder / file_name(env_id)
    if not path.is_file():
        return None
    policy = load(path)
    made_for = policy.header["env"]
    fits = made_for.get("id") == env_id and made_for.get("kwargs") == dict(kwargs)
    return policy if fits else None
