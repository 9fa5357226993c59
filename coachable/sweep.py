"""Many runs: what is finished is passed over, what was interrupted goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from coachable.compose import expand
from coachable.config import RunConfig, load
from coachable.pool import Message, run_pool
from coachable.sweep_progress import SweepProgress, show
from coachable.train import finished_result
from teaching import UserError


@dataclass(slots=True)
class Outcome:
    """How one run of a sweep ended.

    Attributes:
        overrides: as they were given.
        config: what they make.
        result: of a finished run.
        error: why there is none, in one line.

    """

    overrides: list[str]
    config: RunConfig
    result: dict[str, Any] | None = None
    error: str | None = None


def run_all(
    runs: Sequence[Sequence[str]], jobs: int, folder: str, progress: SweepProgress | None = None
) -> list[Outcome]:
    """Carry out runs in worker processes.

    Args:
        runs: the overrides of each.
        jobs: processes side by side.
        folder: where the run folders go.
        progress: where to report; None shows it.

    Returns:
        One outcome for each of `runs`, in order. Runs that come to the same share one.

    Raises:
        UserError: overrides that make no config; nothing was started.
        KeyboardInterrupt: stopped from outside; the runs can be resumed.

    """
    shown = progress or show()
    outcomes: dict[str, Outcome] = {}
    order = []
    for overrides in runs:
        config = replace(load([*overrides, f"runs={folder}"]), resume=True)
        outcomes.setdefault(str(config.path), Outcome(list(overrides), config))
        order.append(str(config.path))
    for outcome in outcomes.values():
        try:
            outcome.result = finished_result(outcome.config)
        except UserError as error:
            outcome.error = str(error)
    to_run = [o for o in outcomes.values() if o.result is None and o.error is None]

    def on_message(message: Message) -> None:
        outcome = to_run[message.run]
        if message.kind == "done":
            outcome.result = message.result
        elif message.kind in ("failed", "interrupted"):
            outcome.error = message.text
        shown.on_message(message)

    with shown:
        shown.begin([outcome.config for outcome in to_run], len(outcomes) - len(to_run))
        if to_run:
            run_pool([outcome.config for outcome in to_run], jobs, on_message)
    return [outcomes[path] for path in order]


def sweep(overrides: Sequence[str], jobs: int, quick: bool) -> int:
    """The verb: every combination, and a table at the end; 1 where a run failed."""
    from coachable.tables import print_table, with_minutes

    points = expand([*overrides, *(["quick=true"] if quick else [])])
    folder = load(points[0]).runs
    outcomes = run_all(points, jobs, folder)
    finished = {o.config.name: with_minutes(o.result) for o in outcomes if o.result is not None}
    print_table(list(finished.values()), title=f"{len(finished)} runs in {folder}")
    failed = {str(o.config.path): o.error for o in outcomes if o.result is None}
    for path, error in failed.items():
        print(f"coachable: {path} failed: {error}", file=sys.stderr)
    return 1 if failed else 0
