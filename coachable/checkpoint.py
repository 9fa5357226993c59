"""Checkpoints: a nested state in one file, written whole, checked in every byte, unpickled never.

Layout of a file: magic (8 bytes), header length (uint64), CRC-32 of the header (uint32), CRC-32 of
those twelve bytes (uint32), the header in JSON, then the arrays' bytes in C order. The header
holds the tree, and for each array its dtype, shape, size and CRC-32. All little-endian.
"""

from __future__ import annotations

import ast
import json
import logging
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from coachable.files import is_leftover, make_folder, write_whole
from teaching import UserError

_MAGIC = b"coachck1"
_PREFIX = struct.Struct("<QI")
_CRC = struct.Struct("<I")
_NAME = re.compile(r"step-(\d{9,})\.ckpt")

_logger = logging.getLogger(__name__)


def save(path: Path | str, state: Mapping[str, Any]) -> None:
    """Write `state` to `path`, whole.

    Args:
        path: the file; its folder must exist.
        state: nested dicts with string keys. Leaves are arrays of any dtype but object, NumPy
            scalars, int of any size, float (NaN and infinities too), bool, str, None, and lists or
            tuples of these; a tuple comes back as a list.

    Raises:
        TypeError: a leaf of another type; the message names its place.
        UserError: the file cannot be written.

    """
    arrays: list[np.ndarray] = []
    tree = _flatten(state, arrays, "state")
    pieces = [_bytes_of(array) for array in arrays]
    records = [
        {
            "dtype": repr(np.lib.format.dtype_to_descr(array.dtype)),
            "shape": array.shape,
            "size": piece.nbytes,
            "crc": zlib.crc32(piece),
        }
        for array, piece in zip(arrays, pieces, strict=True)
    ]
    header = json.dumps({"tree": tree, "arrays": records}).encode()
    prefix = _PREFIX.pack(len(header), zlib.crc32(header))
    head = _MAGIC + prefix + _CRC.pack(zlib.crc32(prefix)) + header
    write_whole(path, [head, *pieces])


def load(path: Path | str) -> dict[str, Any]:
    """Read what `save` wrote; the arrays are fresh, writable and in C order.

    Raises:
        UserError: the file is missing, unreadable, or damaged in any byte.

    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            return _read(file, path.stat().st_size)
    except OSError as error:
        raise UserError(f"cannot read the checkpoint {path}: {error.strerror}") from error
    except _Damaged as error:
        raise UserError(
            f"the checkpoint {path} is damaged ({error}): use an earlier one or start anew"
        ) from error


def save_step(folder: Path | str, step: int, state: Mapping[str, Any], keep: int = 2) -> Path:
    """Save the state after `step` steps into `folder`, and remove all but the newest `keep`.

    Checkpoints of later steps, which belong to a course that was given up, and what a killed save
    left behind are removed too. One process at a time may save into a folder.
    """
    folder = make_folder(folder)
    path = folder / f"step-{step:09d}.ckpt"
    save(path, state)
    found = _checkpoints(folder)
    newer = [other for at, other in found if at > step]
    older = [other for at, other in found if at < step]
    leftover = [other for other in folder.iterdir() if is_leftover(other)]
    for other in newer + older[keep - 1 :] + leftover:
        other.unlink(missing_ok=True)
    return path


def latest(folder: Path | str) -> tuple[Path, dict[str, Any]] | None:
    """Find and load the newest whole checkpoint in `folder`; None where there is none at all.

    A damaged one is passed over, with a warning, where an earlier whole one exists.

    Raises:
        UserError: there are checkpoints and none is whole.

    """
    first_error: UserError | None = None
    for _, path in _checkpoints(Path(folder)):
        try:
            state = load(path)
        except UserError as error:
            first_error = first_error or error
            continue
        if first_error is not None:
            _logger.warning("%s; going back to %s", first_error, path.name)
        return path, state
    if first_error is not None:
        raise first_error
    return None


def _checkpoints(folder: Path) -> list[tuple[int, Path]]:
    """(step, file), newest first."""
    if not folder.is_dir():
        return []
    matches = ((_NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted(((int(match[1]), path) for match, path in matches if match), reverse=True)


class _Damaged(Exception):
    """What is wrong with the bytes."""


def _flatten(value: Any, arrays: list[np.ndarray], place: str) -> Any:
    """JSON for `value`; every JSON object is a tag, so no key of the user's can look like one."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise TypeError(f"{place}: an array of objects cannot be saved")
        arrays.append(array)
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{place}: keys must be strings, got {key!r}")
        return {"dict": {k: _flatten(v, arrays, f"{place}[{k!r}]") for k, v in value.items()}}
    if isinstance(value, list | tuple):
        return [_flatten(item, arrays, f"{place}[{i}]") for i, item in enumerate(value)]
    raise TypeError(f"{place}: a {type(value).__name__} cannot be saved")


def _unflatten(node: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(node, list):
        return [_unflatten(item, arrays) for item in node]
    if not isinstance(node, dict):
        return node
    ((tag, content),) = node.items()
    if tag == "dict":
        return {key: _unflatten(item, arrays) for key, item in content.items()}
    return arrays[content] if tag == "array" else arrays[content][()]


def _bytes_of(array: np.ndarray) -> memoryview:
    """The array's own memory where it is contiguous, else a copy, as bytes in C order."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return memoryview(flat.view(np.uint8) if flat.nbytes else b"")


def _read(file: IO[bytes], file_size: int) -> dict[str, Any]:
    if file.read(len(_MAGIC)) != _MAGIC:
        raise _Damaged("it does not begin as a checkpoint does")
    prefix, check = file.read(_PREFIX.size), file.read(_CRC.size)
    if len(check) < _CRC.size or zlib.crc32(prefix) != _CRC.unpack(check)[0]:
        raise _Damaged("its first bytes do not add up")
    length, crc = _PREFIX.unpack(prefix)
    raw = file.read(length)
    if zlib.crc32(raw) != crc:
        raise _Damaged("its header does not add up")
    header = json.loads(raw)
    if file.tell() + sum(record["size"] for record in header["arrays"]) != file_size:
        raise _Damaged("it is too short or too long")
    arrays = [_read_array(file, record) for record in header["arrays"]]
    return _unflatten(header["tree"], arrays)


def _read_array(file: IO[bytes], record: dict[str, Any]) -> np.ndarray:
    dtype = np.lib.format.descr_to_dtype(ast.literal_eval(record["dtype"]))
    array = np.empty(record["shape"], dtype)
    if array.nbytes:
        piece = memoryview(array.reshape(-1).view(np.uint8))
        file.readinto(piece)  # type: ignore[attr-defined]
        if zlib.crc32(piece) != record["crc"]:
            raise _Damaged("an array does not add up")
    return array
