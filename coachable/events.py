"""TensorBoard event files, written and read as protocol buffers, without torch or TensorFlow."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING

from coachable.files import make_folder, write_whole
from teaching import UserError

# A record: length (uint64), masked CRC-32C of the length, the Event, masked CRC-32C of the Event.
_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
_SCALARS = (bool, int, float, np.bool_, np.integer, np.floating)


class EventWriter:
    """Writes metrics for TensorBoard, with the methods of Stable-Baselines3's `KVWriter`.

    SB3's logger passes over a writer that does not inherit from `KVWriter`; who has imported SB3
    anyway mixes the two: ``class Writer(EventWriter, KVWriter)``. All values of one call share one
    event, which is ten times faster than one event a value, and each call reaches the operating
    system before it returns, so that a kill loses nothing.
    """

    def __init__(self, folder: Path | str):
        """Begin a new event file in `folder`, which is made if it is missing.

        Raises:
            UserError: the folder cannot be written to.

        """
        folder = make_folder(folder)
        # The names of a folder's files sort in the order in which they were begun.
        path = folder / f"events.out.tfevents.{time.time_ns():019d}.{os.getpid()}"
        try:
            self._file = open(path, "xb")  # noqa: SIM115 - it stays open until close()
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from error
        self._append(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def write(
        self,
        key_values: Mapping[str, Any],
        key_excluded: Mapping[str, tuple[str, ...] | None],
        step: int = 0,
    ) -> None:
        """Write numbers as scalars and strings as text; other values have no place here.

        Args:
            key_values: values by tag.
            key_excluded: tags whose entry contains "tensorboard" are left out.
            step: environment steps taken.

        """
        summary = Summary()
        for tag, value in sorted(key_values.items()):
            if "tensorboard" in (key_excluded.get(tag) or ()):
                continue
            if isinstance(value, str):
                summary.value.append(_text(tag, value))
            elif isinstance(value, _SCALARS):
                summary.value.add(tag=tag, simple_value=float(value))
        if summary.value:
            self._append(Event(wall_time=time.time(), step=step, summary=summary))

    def write_hparams(self, hparams: Mapping[str, bool | int | float | str]) -> None:
        """Write the run's settings for TensorBoard's HPARAMS page, once, when the run begins.

        Args:
            hparams: the same keys with the same types in every run: TensorBoard leaves out what
                the first run lacks, and hides a run that has a None.

        Raises:
            TypeError: a value of another type.

        """
        from tensorboard.plugins.hparams.metadata import (
            PLUGIN_DATA_VERSION,
            PLUGIN_NAME,
            SESSION_START_INFO_TAG,
        )
        from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

        data = HParamsPluginData(version=PLUGIN_DATA_VERSION)
        data.session_start_info.start_time_secs = time.time()
        for key, value in hparams.items():
            field = data.session_start_info.hparams[key]
            if isinstance(value, bool):
                field.bool_value = value
            elif isinstance(value, int | float):
                field.number_value = value
            elif isinstance(value, str):
                field.string_value = value
            else:
                raise TypeError(f"hparam {key} must be a bool, a number or a string, got {value!r}")
        summary = Summary()
        metadata = summary.value.add(tag=SESSION_START_INFO_TAG).metadata
        metadata.plugin_data.plugin_name = PLUGIN_NAME
        metadata.plugin_data.content = data.SerializeToString()
        self._append(Event(wall_time=time.time(), summary=summary))

    def close(self) -> None:
        """Bring the file to the disk and let go of it."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()

    def _append(self, event: Event) -> None:
        data = event.SerializeToString()
        length = _LENGTH.pack(len(data))
        try:
            self._file.write(length + _masked_crc(length) + data + _masked_crc(data))
            self._file.flush()
        except OSError as error:
            raise UserError(f"cannot write {self._file.name}: {error.strerror}") from error


def trim(folder: Path | str, step: int) -> None:
    """Drop the events past `step` and a last one cut short, so that a resumed curve has no overlap.

    Each file that changes is written whole. No writer may have one open.

    Args:
        folder: where the event files are.
        step: the checkpoint's environment steps; its own events stay.

    """
    for path in _event_files(folder):
        data = path.read_bytes()
        kept = [record for record, event in _records(data) if event.step <= step]
        if sum(map(len, kept)) != len(data):
            write_whole(path, kept)


def has_hparams(folder: Path | str) -> bool:
    """Whether `write_hparams` has been called on the run; a kill may have come before it."""
    from tensorboard.plugins.hparams.metadata import SESSION_START_INFO_TAG

    return any(
        value.tag == SESSION_START_INFO_TAG
        for path in _event_files(folder)
        for _, event in _records(path.read_bytes())
        for value in event.summary.value
    )


def read_scalars(folder: Path | str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """All scalars of a run.

    Returns:
        By tag: steps [n] int64 in rising order, and values [n] float64 (stored as float32).

    """
    steps: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    for path in _event_files(folder):
        for _, event in _records(path.read_bytes()):
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    steps.setdefault(value.tag, []).append(event.step)
                    values.setdefault(value.tag, []).append(value.simple_value)
    scalars = {}
    for tag in sorted(steps):
        order = np.argsort(np.array(steps[tag], np.int64), kind="stable")
        scalars[tag] = (np.array(steps[tag], np.int64)[order], np.array(values[tag])[order])
    return scalars


def _event_files(folder: Path | str) -> list[Path]:
    return sorted(Path(folder).glob("events.out.tfevents.*"))


def _records(data: bytes) -> Iterator[tuple[memoryview, Event]]:
    """Every whole record and its event; what a kill cut short at the end is left out."""
    view = memoryview(data)
    start = 0
    while start + _LENGTH.size + _CRC.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, start)
        begin = start + _LENGTH.size + _CRC.size
        end = begin + length + _CRC.size
        if end > len(data):
            return
        yield view[start:end], Event.FromString(data[begin : begin + length])
        start = end


def _text(tag: str, text: str) -> Summary.Value:
    value = Summary.Value(tag=tag)
    value.metadata.plugin_data.plugin_name = "text"
    value.tensor.CopyFrom(
        TensorProto(
            dtype=DT_STRING,
            string_val=[text.encode()],
            tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]),
        )
    )
    return value


def _crc_table() -> list[int]:
    """CRC-32C (Castagnoli), reflected polynomial 0x82F63B78 (RFC 3720, section 12.1)."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_TABLE = _crc_table()


def _masked_crc(data: bytes) -> bytes:
    """CRC-32C rotated right by 15 bits plus a constant, as TensorFlow's record format asks."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return _CRC.pack((((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
