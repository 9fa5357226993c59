"""Settings of Deep COACH."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from algorithms.core.config import require

OPTIMIZERS = ("rmsprop", "adam")


@dataclass
class DeepCOACHConfig:
    """Deep COACH (Arumugam et al. 2019); the defaults are the published settings.

    Attributes:
        name: the registry entry.
        learning_rate: α, of the optimiser.
        optimizer: rmsprop or adam.
        batch_size: m, windows an update; while there are fewer, all of them.
        buffer_size: windows kept; as many as `batch_size` is learning from the newest alone.
        window: L, steps of a window, which ends with the step that the feedback is about.
        trace_decay: λ, a step of the eligibility trace.
        entropy: β, weight of the policy's entropy.
        delay: reaction time d of the human in seconds, published as one step; null finds it out,
            see `algorithms.core.delay`.
        importance_ratio: whether a step counts π(a|s) / π_old(a|s) times, or once.
        std: of continuous actions: the first standard deviation, in half-ranges; it is learned.
        net_arch: widths of the hidden layers (tanh).

    """

    name: str = "deep_coach"
    learning_rate: float = 2.5e-4
    optimizer: str = "rmsprop"
    batch_size: int = 16
    buffer_size: int = 10_000
    window: int = 10
    trace_decay: float = 0.35
    entropy: float = 1.5
    delay: float | None = 0.0
    importance_ratio: bool = True
    std: float = 0.5
    net_arch: list[int] = field(default_factory=lambda: [64, 64])

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(0 < self.learning_rate < math.inf, "learning_rate", "> 0", self.learning_rate)
        known = self.optimizer in OPTIMIZERS
        require(known, "optimizer", " or ".join(OPTIMIZERS), self.optimizer)
        require(self.batch_size >= 1, "batch_size", "≥ 1", self.batch_size)
        enough = self.buffer_size >= self.batch_size
        require(enough, "buffer_size", "≥ batch_size", self.buffer_size)
        require(self.window >= 1, "window", "≥ 1 step", self.window)
        require(0 <= self.trace_decay <= 1, "trace_decay", "in [0, 1]", self.trace_decay)
        require(0 <= self.entropy < math.inf, "entropy", "≥ 0", self.entropy)
        in_time = self.delay is None or 0 <= self.delay < math.inf
        require(in_time, "delay", "≥ 0 s, or null", self.delay)
        require(0 < self.std <= 1, "std", "in (0, 1] half-ranges", self.std)
        require(all(width >= 1 for width in self.net_arch), "net_arch", "≥ 1", self.net_arch)
