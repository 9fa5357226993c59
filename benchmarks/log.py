"""What the feedback log costs: PVP on the driving task with its simulated human.

Two figures. The share of training's time that is spent inside the log, which is what the
bound of 5 % is about, and for a person's durable log the time until a signal is on the disk.

``python -m benchmarks.log``
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from coachable import build
from coachable.config import load
from coachable.train import one_thread
from teaching import Intervention, Kind
from teaching.log import FeedbackLog

STEPS = 2000
SIGNALS = 200
BOUND = 0.05


class Timed(FeedbackLog):
    """A log that adds up the time that its caller spends in it, by its `clock`."""

    clock = time.perf_counter
    seconds = 0.0
    _inside = False

    def append(self, *args: Any, **kwargs: Any) -> None:
        self._time(lambda: super(Timed, self).append(*args, **kwargs))

    def commit(self) -> None:
        self._time(super().commit)

    def _time(self, call: Callable[[], None]) -> None:
        if self._inside:  # append commits now and then
            call()
            return
        self._inside, start = True, self.clock()
        try:
            call()
        finally:
            self._inside = False
            self.seconds += self.clock() - start


def share_of_training(
    folder: Path, steps: int = STEPS, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, int]:
    """The log's share of the time of `steps` steps of PVP, and the rows it wrote.

    The human is at the controls of every step: no run has more to log. `clock` may also be
    `time.process_time`, which a busy machine does not blur, but which leaves the disk out.
    """
    one_thread()
    config = load(["experiment=pvp_driving", "human.gate=always", f"total_steps={steps}"])
    env, human = build.build_training_env(config)
    assert human is not None
    log = Timed(folder / "feedback.sqlite", durable=False)
    log.clock = clock
    learner = build.build_learner(config, build.put_beside(env, human, log, config))
    warm_up = min(200, steps // 4)
    learner.learn(warm_up)
    log.commit()
    log.seconds, start = 0.0, clock()
    learner.learn(steps)
    log.commit()
    whole = clock() - start
    rows = log.count()
    log.close()
    env.close()
    return log.seconds / whole, rows


def durable_signal(folder: Path) -> float:
    """Median milliseconds until a person's intervention is on the disk."""
    record = Intervention(
        human="a person",
        step=np.zeros(1, np.int64),
        wall_time=0.0,
        human_seconds=np.zeros(1),
        mask=np.ones(1, bool),
        action=np.zeros((1, 2), np.float32),
    )
    obs, action = np.zeros((1, 64), np.float32), np.zeros((1, 2), np.float32)
    times = []
    with FeedbackLog(folder / "durable.sqlite", durable=True) as log:
        for _ in range(SIGNALS):
            start = time.perf_counter()
            log.append(Kind.INTERVENTION, record, obs=obs, proposed_action=action)
            times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        share, rows = share_of_training(Path(folder))
        print(f"the log takes {100 * share:.2f} % of training ({rows} signals in {STEPS} steps)")
        print(f"a person's signal is on the disk in {durable_signal(Path(folder)):.2f} ms")
    assert share < BOUND, f"more than {BOUND:.0%}"


if __name__ == "__main__":
    main()
