"""``make demo``: the main job in a few minutes, from training to a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coachable.files import make_folder
from coachable.sweep import run_all
from coachable.tables import print_table, with_minutes

_STEPS = 30_000
"""As many as fit into five minutes on two cores."""


def demo(jobs: int, steps: int | None) -> int:
    """Train PVP with its simulated human, and TD3 on the true reward for as many steps."""
    folder = _new_folder(Path("runs"))
    print(
        "PVP learns to drive from a simulated human who takes over when it errs. Beside it, TD3 "
        "learns\nfrom the true reward, with nobody to help, for as many steps. Then both drive "
        "roads that\nthey have not seen.",
        flush=True,
    )
    shared = ["experiment=pvp_driving", f"total_steps={steps or _STEPS}", "eval_every=5000"]
    runs = [[*shared, f"algorithm={name}", f"name={name}"] for name in ("pvp", "td3")]
    outcomes = run_all(runs, jobs, str(folder))
    rows = []
    labels = {"pvp": "PVP, taught", "td3": "TD3, untaught"}
    for outcome in outcomes:
        if outcome.result is None:
            print(f"coachable: {outcome.config.path} failed: {outcome.error}")
            return 1
        rows.append({**with_minutes(outcome.result), "name": labels[str(outcome.config.name)]})
    rows.append(_human_alone(outcomes[0].config))
    print_table(rows, title=f"Success on held-out roads after {rows[0]['total_steps']:,} steps")
    print(
        f"everything about these runs: {folder}\n"
        f"a film of the agent:         coachable evaluate {folder}/pvp --video\n"
        "their curves:                coachable board"
    )
    return 0


def _human_alone(config: Any) -> dict[str, Any]:
    from coachable.evaluate_run import evaluate_expert

    figures = evaluate_expert(config, config.final_episodes).figures()
    return {"name": "the human alone", **figures}


def _new_folder(runs: Path) -> Path:
    """``runs/demo``, or the first ``runs/demo-N`` that is not there yet."""
    folder, number = runs / "demo", 1
    while folder.exists():
        number += 1
        folder = runs / f"demo-{number}"
    return make_folder(folder)
