"""Settings of Deep TAMER."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from algorithms.core.config import require
from algorithms.core.credit import DELAY_FORMS

OPTIMIZERS = ("adam", "sgd")


@dataclass
class DeepTAMERConfig:
    """Deep TAMER (Warnell et al. 2018).

    Attributes:
        name: the registry entry.
        learning_rate: of the optimiser.
        optimizer: adam or sgd.
        net_arch: widths of the hidden layers (ReLU).
        temperature: T of a softmax over Ĥ(s, ·); null takes the best action, as published.
        delay: mean reaction time of the human in seconds; null finds it out, see
            `algorithms.core.delay`.
        delay_form: fixed, uniform or gamma; how it is distributed, see `algorithms.core.credit`;
            found out as well where the mean is.
        importance_weights: whether a pair counts w times, or once.
        replay_every: b, steps of the worlds between two updates from the buffer.
        batch_size: pairs of such an update; while there are fewer, all of them.
        buffer_size: pairs kept.

    """

    name: str = "deep_tamer"
    learning_rate: float = 1e-3
    optimizer: str = "adam"
    net_arch: list[int] = field(default_factory=lambda: [64, 64])
    temperature: float | None = None
    delay: float | None = 0.0
    delay_form: str = "fixed"
    importance_weights: bool = True
    replay_every: int = 1
    batch_size: int = 32
    buffer_size: int = 20_000

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(0 < self.learning_rate < math.inf, "learning_rate", "> 0", self.learning_rate)
        known = self.optimizer in OPTIMIZERS
        require(known, "optimizer", " or ".join(OPTIMIZERS), self.optimizer)
        require(all(width >= 1 for width in self.net_arch), "net_arch", "≥ 1", self.net_arch)
        if self.temperature is not None:
            require(self.temperature > 0, "temperature", "> 0, or null", self.temperature)
        told = 0.0 if self.delay is None else self.delay
        require(0 <= told < math.inf, "delay", "≥ 0 s, or null", self.delay)
        forms = ", ".join(DELAY_FORMS)
        require(self.delay_form in DELAY_FORMS, "delay_form", f"one of {forms}", self.delay_form)
        require(self.replay_every >= 1, "replay_every", "≥ 1 step", self.replay_every)
        require(self.batch_size >= 1, "batch_size", "≥ 1", self.batch_size)
        enough = self.buffer_size >= self.batch_size
        require(enough, "buffer_size", "≥ batch_size", self.buffer_size)
