"""What listens, out of the package or out of a folder that ``coachable train-listener`` wrote."""

from __future__ import annotations

from pathlib import Path

from algorithms.verbal import network
from algorithms.verbal.config import SHIPPED
from algorithms.verbal.listening import category, embedded, minilm
from algorithms.verbal.listening.listener import Classifies
from teaching import UserError


def classifier_of(weights: str, backend: str = "lexicon") -> Classifies:
    """The shipped classifier of a listener, or the one in a folder."""
    if backend == "embedding":
        if weights == SHIPPED:
            return embedded.shipped()
        minilm.load()  # what is missing is said before what cannot be read
        return embedded.read(*_read(weights, "embedded.npz"))
    if weights == SHIPPED:
        return category.shipped()
    return category.read_classifier(*_read(weights, "classifier.npz"))


def network_of(weights: str) -> network.RewardNetwork:
    """The shipped network, or the one in a folder."""
    if weights == SHIPPED:
        return network.shipped()
    return network.read_network(*_read(weights, "network.npz"))


def _read(folder: str, name: str) -> tuple[bytes, str]:
    path = Path(folder) / name
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise UserError(
            f"algorithm.weights={folder} has no {name} ({error.strerror}); "
            "coachable train-listener makes it"
        ) from error
