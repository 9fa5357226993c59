"""A run folder: what was run, how far it came, and everything that it left behind."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

import yaml

from coachable.files import is_leftover, make_folder, read_json, write_json, write_whole
from teaching import UserError
from teaching.lock import hold, is_held
from teaching.log import FILE_NAME

Status = Literal["running", "interrupted", "failed", "finished"]
IfExists = Literal["refuse", "resume", "overwrite"]

_PACKAGES = (
    "coachable",
    "gymnasium",
    "stable-baselines3",
    "torch",
    "numpy",
    "minigrid",
    "metadrive-simulator",
)
_LOCK = ".lock"
_WORDS = {"running": "killed"}  # of a run that says it is running when nobody holds its lock
# What a run that was killed before its manifest was written can have left.
_BEFORE_MANIFEST = {_LOCK, "config.yaml", "checkpoints"}


def run_name(head: str, env: str, human: str, seed: int) -> str:
    """Name a run's folder; `head` is its experiment or else its algorithm."""
    return f"{head}__{env}__{human}__s{seed}"


class RunFolder:
    """One run's folder. Made by `create` to run in it, or by `open` to look at it.

    ``config.yaml`` is the resolved config; ``manifest.json`` the circumstances and the status;
    ``checkpoints/``, ``feedback.sqlite``, TensorBoard's event files and ``result.json`` come as
    the run goes. Used as a context manager, it marks the run finished at the end, interrupted on
    Ctrl-C (`KeyboardInterrupt`), and failed on any other error.
    """

    def __init__(self, path: Path, lock: IO[bytes] | None = None, resumed: bool = False):
        """Use `create` or `open`; `lock` is held by the process that runs in the folder."""
        self.path = path
        self.resumed = resumed
        self._lock = lock

    @classmethod
    def create(
        cls,
        path: Path | str,
        config: Mapping[str, Any],
        *,
        seed: int,
        command: Sequence[str] | None = None,
        if_exists: IfExists = "refuse",
    ) -> Self:
        """Take a folder to run in; nobody else can until `finish` or the process's end.

        Args:
            path: the folder; it and those above it are made.
            config: the resolved config, of plain dicts, lists, strings, numbers, booleans, None.
            seed: the run's seed.
            command: how it was started; by default this process's command line.
            if_exists: "resume" takes up a run that was interrupted, failed or killed, if it has
                the same config (`resumed` then says so; without such a run it starts one);
                "overwrite" removes the earlier run.

        Raises:
            UserError: the folder holds a finished run, one that still runs, one that could be
                resumed but was not asked to be, one with another config, or something else; or it
                cannot be written. What lies there is untouched.

        """
        path = make_folder(path)
        _refuse_strangers(path)
        lock = hold(path / _LOCK, f"run {path}")
        try:
            run = cls(path, lock)
            if run.manifest_file.exists() and not run._take_up(config, if_exists):
                run._remove()
            run._begin(config, seed, list(command or sys.argv))
        except BaseException:
            lock.close()
            raise
        return run

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Look at a run; nothing is locked or changed.

        Raises:
            UserError: there is no run at `path`.

        """
        run = cls(Path(path))
        if not run.manifest_file.is_file():
            raise UserError(f"{path} is not a run folder: it has no manifest.json")
        return run

    @property
    def config_file(self) -> Path:
        """The resolved config."""
        return self.path / "config.yaml"

    @property
    def manifest_file(self) -> Path:
        """The run's circumstances and status."""
        return self.path / "manifest.json"

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def feedback_file(self) -> Path:
        """The feedback log."""
        return self.path / FILE_NAME

    @property
    def result_file(self) -> Path:
        """The run's result."""
        return self.path / "result.json"

    def config(self) -> dict[str, Any]:
        """The resolved config.

        Raises:
            UserError: the file is missing or damaged.

        """
        try:
            return yaml.safe_load(self.config_file.read_bytes())
        except (OSError, yaml.YAMLError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise UserError(f"cannot read {self.config_file}: {reason}") from error

    def manifest(self) -> dict[str, Any]:
        """The manifest as it stands on the disk.

        Raises:
            UserError: it is damaged.

        """
        manifest = read_json(self.manifest_file)
        if not isinstance(manifest, dict) or "status" not in manifest:
            raise UserError(f"{self.manifest_file} is damaged, it has no status: remove the run")
        return manifest

    @property
    def status(self) -> Status:
        """The run's status; a run whose process is gone is interrupted, whatever it last wrote."""
        status: Status = self.manifest()["status"]
        if status == "running" and not is_held(self.path / _LOCK):
            return "interrupted"
        return status

    def write_result(self, result: Mapping[str, Any]) -> None:
        """Write ``result.json``."""
        write_json(self.result_file, result)

    def result(self) -> dict[str, Any]:
        """Read ``result.json``.

        Raises:
            UserError: it is missing or damaged.

        """
        return read_json(self.result_file)

    def finish(self, status: Status = "finished", error: str | None = None) -> None:
        """Write down how the run ended and let go of the folder; the first call counts.

        Args:
            status: "finished", "interrupted" or "failed".
            error: what went wrong, in one line.

        """
        if self._lock is None:
            return
        self._write_manifest({**self.manifest(), "status": status, "ended": _now(), "error": error})
        self._lock.close()
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
        elif isinstance(error, KeyboardInterrupt):
            self.finish("interrupted")
        else:
            self.finish("failed", f"{type(error).__name__}: {error}")

    def _take_up(self, config: Mapping[str, Any], if_exists: IfExists) -> bool:
        """Whether the earlier run goes on; False where it is to be removed."""
        if if_exists == "overwrite":
            return False
        status = self.manifest()["status"]
        if status == "finished":
            raise UserError(
                f"{self.path} holds a finished run: give another name=… or overwrite=true"
            )
        if if_exists == "refuse":
            raise UserError(
                f"{self.path} holds an unfinished run ({_WORDS.get(status, status)}): go on with "
                "resume=true, start again with overwrite=true, or give another name=…"
            )
        difference = _first_difference(self.config(), _plain(config))
        if difference is not None:
            raise UserError(
                f"{self.path} was run with another config ({difference}): give the same config "
                "to resume it, overwrite=true, or another name=…"
            )
        self.resumed = True
        return True

    def _begin(self, config: Mapping[str, Any], seed: int, command: list[str]) -> None:
        make_folder(self.checkpoints)
        started = {"status": "running", "pid": os.getpid(), "ended": None, "error": None}
        if self.resumed:
            manifest = self.manifest()
            resumed = [*manifest["resumed"], _now()]
            self._write_manifest({**manifest, **started, "resumed": resumed})
            return
        write_whole(self.config_file, yaml.safe_dump(_plain(config), sort_keys=False))
        self._write_manifest(
            {
                **started,
                "seed": seed,
                "command": command,
                "started": _now(),
                "resumed": [],
                "platform": platform.platform(),
                "versions": {"python": platform.python_version(), **_versions()},
                "git": _git_state(),
            }
        )

    def _remove(self) -> None:
        """Empty the folder but for the lock; a kill on the way leaves a run that never finished."""
        self._write_manifest({"status": "failed", "error": "was being overwritten", "resumed": []})
        try:
            for entry in self.path.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                elif entry.name not in (_LOCK, self.manifest_file.name):
                    entry.unlink()
        except OSError as error:
            raise UserError(f"cannot empty {self.path}: {error.strerror}") from error

    def _write_manifest(self, manifest: Mapping[str, Any]) -> None:
        write_json(self.manifest_file, manifest)


def _refuse_strangers(path: Path) -> None:
    entries = {entry.name for entry in path.iterdir() if not is_leftover(entry)}
    if "manifest.json" not in entries and not entries <= _BEFORE_MANIFEST:
        raise UserError(f"{path} holds files that are not a run's: give another name=…")


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config as it comes back from its file."""
    return yaml.safe_load(yaml.safe_dump(dict(config)))


def _first_difference(old: Any, new: Any, place: str = "") -> str | None:
    """Where two configs differ first, in words; None where they do not."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        # By repr, so that 1 is not 1.0 or True, and NaN is NaN.
        return None if repr(old) == repr(new) else f"{place} was {old!r}, now {new!r}"
    for key in [*old, *(key for key in new if key not in old)]:
        inner = f"{place}.{key}" if place else str(key)
        if key not in new:
            return f"{inner} was {old[key]!r}, now missing"
        if key not in old:
            return f"{inner} was missing, now {new[key]!r}"
        if (difference := _first_difference(old[key], new[key], inner)) is not None:
            return difference
    return None


def _versions() -> dict[str, str | None]:
    """By package, from its metadata: importing torch to ask it would take seconds."""
    versions: dict[str, str | None] = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return versions


def _git_state() -> dict[str, Any] | None:
    """Commit and cleanliness of the working folder's repository; None outside of one."""
    try:
        commit = _git("rev-parse", "HEAD")
        return {"commit": commit.strip(), "dirty": bool(_git("status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True, timeout=10
    )
    return done.stdout


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
