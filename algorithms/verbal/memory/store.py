"""What is kept of a task once its teacher is content, and what of it is found again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.verbal.memory.similarity import TextSimilarity, both, nearness, tfidf
from teaching import UserError

_FORMAT = 1

THRESHOLD = 0.24
"""Similarity from which on an entry is used; chosen on seeds that no table has."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What was learned in one task.

    Attributes:
        kind: what the contents mean; only entries of one kind can stand in for one another.
        text: what the task is for, in somebody's words; empty where nobody said.
        scene: [D] what it looks like, in units of a clear difference; D = 0 where nobody looked.
        contents: name -> array, what the corrections came to.
        utterances: how many it took.

    """

    kind: str
    text: str
    scene: np.ndarray
    contents: dict[str, np.ndarray]
    utterances: int


@dataclass(slots=True)
class Memory:
    """Entries of any kinds, found by similarity.

    After DROC (Zha et al. 2023): what corrections came to is distilled, stored with the task that
    they were about, and used in tasks that are alike in words and in looks. There language models
    distil and judge; here the grounded contents are arrays, and similarity is a number.

    Attributes:
        entries: in the order in which they came.
        threshold: similarity from which on an entry is used.
        alike: similarity of two texts; by default of their words, by TF-IDF.

    """

    entries: list[Entry] = field(default_factory=list)
    threshold: float = THRESHOLD
    alike: TextSimilarity = tfidf

    def similarities(self, kind: str, text: str, scene: np.ndarray) -> list[tuple[float, Entry]]:
        """Each entry of the kind and how like its task is, most alike first.

        By words and looks where both tasks have both, otherwise by what both have; 0 where they
        have nothing in common that could be compared.
        """
        same = [e for e in self.entries if e.kind == kind]
        told = [e for e in same if e.text] if text else []
        said = dict(zip(map(id, told), self.alike(text, [e.text for e in told]), strict=True))
        found = []
        for entry in same:
            words = said.get(id(entry))
            looked = len(scene) > 0 and entry.scene.shape == scene.shape
            near = nearness(scene, entry.scene[None])[0] if looked else None
            if words is not None and near is not None:
                like = float(both(np.array([words]), np.array([near]))[0])
            else:
                like = float(next((s for s in (words, near) if s is not None), 0.0))
            found.append((like, entry))
        return sorted(found, key=lambda pair: -pair[0])

    def recall(self, kind: str, text: str, scene: np.ndarray) -> list[tuple[float, Entry]]:
        """Those entries alone that are alike enough."""
        return [(s, e) for s, e in self.similarities(kind, text, scene) if s >= self.threshold]

    def to_bytes(self) -> bytes:
        """The entries as an npz file: numbers as arrays, the rest as JSON."""
        arrays: dict[str, np.ndarray] = {}
        told: list[dict[str, Any]] = []
        for k, entry in enumerate(self.entries):
            arrays[f"{k}/scene"] = entry.scene
            for name, value in entry.contents.items():
                arrays[f"{k}/contents/{name}"] = value
            told.append({"kind": entry.kind, "text": entry.text, "utterances": entry.utterances,
                         "contents": list(entry.contents)})  # fmt: skip
        text = json.dumps({"format": _FORMAT, "entries": told})
        buffer = io.BytesIO()
        np.savez_compressed(buffer, entries=np.array(text), **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()


def read_memory(data: bytes, source: str, threshold: float = THRESHOLD) -> Memory:
    """A memory from what `Memory.to_bytes` wrote.

    Raises:
        UserError: it is none.

    """
    try:
        if not data.startswith(b"PK"):
            raise ValueError("it is no npz file")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            told = json.loads(str(arrays["entries"]))
            if told["format"] != _FORMAT:
                raise ValueError(f"its format is {told['format']}, not {_FORMAT}")
            entries = [_entry(k, one, arrays) for k, one in enumerate(told["entries"])]
    except (ValueError, KeyError, TypeError, OSError, EOFError) as error:
        raise UserError(f"{source} is no memory of what was learned from words: {error}") from error
    return Memory(entries, threshold)


def open_memory(path: str | Path, threshold: float = THRESHOLD) -> Memory:
    """The memory in a file, or in the folder of a run that kept one.

    Raises:
        UserError: there is none.

    """
    file = Path(path)
    file = file / "memory.npz" if file.is_dir() else file
    try:
        return read_memory(file.read_bytes(), str(file), threshold)
    except OSError as error:
        raise UserError(
            f"memory={path} cannot be read ({error.strerror}); a run with algorithm.task=… "
            "leaves a memory.npz in its folder"
        ) from error


def merged(memories: Iterable[Memory]) -> Memory:
    """One with the entries of all of them."""
    return Memory([entry for memory in memories for entry in memory.entries])


def _entry(k: int, told: dict[str, Any], arrays: Any) -> Entry:
    contents = {name: arrays[f"{k}/contents/{name}"] for name in told["contents"]}
    scene = arrays[f"{k}/scene"].astype(float)
    every = (scene, *contents.values())
    if scene.ndim != 1 or any(a.dtype.kind != "f" or not np.isfinite(a).all() for a in every):
        raise ValueError(f"entry {k} holds something else than finite numbers")
    return Entry(str(told["kind"]), str(told["text"]), scene, contents, int(told["utterances"]))
