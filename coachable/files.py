"""Files that are either the old one or the new one, whole, whatever happens in between."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from teaching import UserError

_TEMPORARY = ".whole.tmp"


def write_whole(path: Path | str, data: str | bytes | Iterable[bytes | memoryview]) -> None:
    """Replace the file at `path`: after a crash it holds the old contents or the new, never less.

    A temporary file in the same folder is written, fsynced and renamed over `path`, and the folder
    is fsynced so that the new name lasts too.

    Args:
        path: the file; its folder must exist.
        data: text (stored as UTF-8), bytes, or pieces that are written one after another.

    Raises:
        UserError: the folder is missing or not writable, or the disk is full; `path` is untouched.

    """
    path = Path(path)
    chunks: Iterable[bytes | memoryview]
    if isinstance(data, str):
        chunks = (data.encode(),)
    elif isinstance(data, bytes):
        chunks = (data,)
    else:
        chunks = data
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_TEMPORARY}")
    try:
        try:
            with open(temporary, "xb") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}; check the folder, its permissions and the disk"
        ) from error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which is at `path` once the block is done, in place of what was there.

    After an error, `path` is as it was and nothing is left; after a kill, what was begun is left
    beside it, under a name that starts with a dot.

    Args:
        path: the folder; the one above it must exist.

    Raises:
        UserError: it cannot be written.

    """
    token = secrets.token_hex(4)
    new, old = (path.with_name(f".{path.name}.{token}.{end}{_TEMPORARY}") for end in ("new", "old"))
    try:
        try:
            new.mkdir()
            yield new
            for entry in [*new.rglob("*"), new]:
                _sync(entry)
            if path.exists():
                os.replace(path, old)
            try:
                os.replace(new, path)
            except OSError:
                if old.exists():
                    os.replace(old, path)
                raise
            _sync(path.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror or error}; check the folder, its permissions "
            "and the disk"
        ) from error


def write_json(path: Path | str, value: Any) -> None:
    """Replace the file at `path` by `value` as indented JSON (see `write_whole`)."""
    write_whole(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file.

    Raises:
        UserError: it is missing, unreadable or not JSON.

    """
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # both malformed JSON and malformed UTF-8
        raise UserError(f"{path} is damaged, it is not JSON ({error}): restore it") from error


def is_leftover(path: Path) -> bool:
    """Whether the file is what a write that was killed left behind (or one now under way)."""
    return path.name.startswith(".") and path.name.endswith(_TEMPORARY)


def make_folder(path: Path | str) -> Path:
    """Make the folder and those above it; one that is there already is fine.

    Raises:
        UserError: it cannot be made.

    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {path}: {error.strerror}") from error
    return path


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
