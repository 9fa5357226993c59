"""Comparisons a second that a model of the reward trains on: batched here, pair by pair elsewhere.

The peers' way is a loop over the pairs of a minibatch, two passes through the network each, and
autograd over the lot. Both train three members on the same pairs of 50 steps. Slices are
interleaved, and the median is taken, because a shared machine drifts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch as th
from torch import nn

from algorithms.preference.answers import Answers
from algorithms.preference.config import PreferenceConfig
from algorithms.preference.reward_model import RewardModel

PAIRS, STEPS, WIDTH = 128, 50, 24
MEMBERS, BATCH, SLICES = 3, 32, 9


def drawn() -> Answers:
    """Segments of noise, the one with the larger first numbers preferred."""
    rng = np.random.default_rng(0)
    answers = Answers(STEPS, WIDTH, 2)
    for first, second in rng.normal(size=(PAIRS, 2, STEPS, WIDTH)).astype(np.float32):
        answers.compare(first, second, float(first[:, 0].sum() > second[:, 0].sum()))
    return answers


class PairByPair:
    """An ensemble with the same networks, trained in a loop."""

    def __init__(self, net_arch: list[int]):
        self.members = [_network(net_arch) for _ in range(MEMBERS)]
        self.optimizers = [th.optim.Adam(m.parameters(), 1e-3) for m in self.members]

    def fit(self, answers: Answers) -> None:
        """One pass over all answers by each member."""
        pairs, target, _ = answers.all()
        segments = th.as_tensor(answers.segments)
        for member, optimizer in zip(self.members, self.optimizers, strict=True):
            for rows in th.randperm(len(pairs)).split(BATCH):
                losses = []
                for row in rows.tolist():
                    first, second = (member(segments[k]).tanh().sum() for k in pairs[row])
                    told = th.as_tensor(target[row])
                    losses.append(
                        nn.functional.binary_cross_entropy_with_logits(first - second, told)
                    )
                optimizer.zero_grad()
                th.stack(losses).mean().backward()
                optimizer.step()


def _network(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = WIDTH
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 1))


def pairs_per_second(fit: Callable[[Answers], None], answers: Answers) -> float:
    """Of a pass in which every member sees every pair once."""
    started = time.perf_counter()
    fit(answers)
    return PAIRS * MEMBERS / (time.perf_counter() - started)


def main() -> None:
    th.set_num_threads(1)
    answers = drawn()
    print(f"{'hidden layers':>15} {'a loop':>9} {'batched':>9} {'ratio':>6}   (pairs/s a member)")
    for net_arch in ([64, 64], [256, 256, 256]):
        # No pass ends early, or the two would not do the same.
        config = PreferenceConfig(
            net_arch=net_arch, members=MEMBERS, batch_size=BATCH, epochs=1, enough=1.0
        )
        ours, peer = RewardModel(config, WIDTH, seed=0), PairByPair(net_arch)
        rates = []
        for _ in range(SLICES):
            rates.append((pairs_per_second(peer.fit, answers), pairs_per_second(ours.fit, answers)))
        loop, batched = (statistics.median(column) for column in zip(*rates, strict=True))
        print(f"{net_arch!s:>15} {loop:9.0f} {batched:9.0f} {batched / loop:6.1f}")


if __name__ == "__main__":
    main()
