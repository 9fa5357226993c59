"""Carry out a reproduction: its runs, its table, its claims, its picture."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from coachable.config import load
from coachable.files import make_folder, write_json
from coachable.reproduce import REPRODUCTIONS
from coachable.reproduce.report import print_claims, print_rows, table
from coachable.reproduce.spec import Direct, Run, Spec
from coachable.sweep import run_all
from teaching import UserError

_NO_EVIDENCE = (
    "a quick run: it shows that everything works, and is no evidence for or against any claim"
)


def reproduce(names: Sequence[str], every: bool, seeds: str | None, jobs: int, quick: bool) -> int:
    """The verb: 1 where a claim does not hold or a run failed.

    Raises:
        UserError: no such reproduction, or seeds that cannot be read.

    """
    chosen = [name for name, r in REPRODUCTIONS.items() if not r.long] if every else list(names)
    if not chosen:
        raise UserError(f"say what to reproduce, or --all; there is: {', '.join(REPRODUCTIONS)}")
    plans = _plans(chosen)
    numbers = None if seeds is None else _read_seeds(seeds)
    failed = False
    for name, variant, spec in plans:
        folder = Path("runs") / "reproduce" / name / variant / ("quick" if quick else "")
        chosen_seeds = numbers or list(spec.seeds)
        if isinstance(spec, Direct):
            holds = spec.run(name, folder, chosen_seeds, jobs, quick)
            if quick:
                print(_NO_EVIDENCE)
        else:
            holds = carry_out(spec, name, folder, chosen_seeds, jobs, quick)
        failed |= not holds
    return 1 if failed else 0


def _plans(chosen: Sequence[str]) -> list[tuple[str, str, Spec | Direct]]:
    """Name, variant ("" for none) and plan of each; ``KEY=VALUE`` belongs to the name before it.

    Raises:
        UserError: no such reproduction, or one without such a variant.

    """
    plans: list[tuple[str, str, Spec | Direct]] = []
    for word in chosen:
        key, equals, value = word.partition("=")
        if equals and plans:
            name, _, spec = plans.pop()
            variants = spec.variants if isinstance(spec, Direct) else {}
            if key not in variants:
                known = ", ".join(f"{k}=" for k in variants) or "no settings"
                raise UserError(f"reproduce {name} takes {known}, got {word}")
            plans.append((name, key, variants[key](value)))
            continue
        if word not in REPRODUCTIONS:
            close = difflib.get_close_matches(word, REPRODUCTIONS, n=1) or list(REPRODUCTIONS)
            raise UserError(f"no reproduction is called '{word}'; there is: {', '.join(close)}")
        plans.append((word, "", import_module(REPRODUCTIONS[word].module).SPEC))
    return plans


def carry_out(
    spec: Spec, name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool
) -> bool:
    """Do one reproduction in `folder`; whether all of its claims hold.

    An earlier ``result.json`` is only replaced when every run has succeeded.
    """
    make_folder(folder)
    first = list(spec.quick) if quick else []
    rows: list[dict[str, Any]] = []
    for stage in spec.stages:
        finished = _run_stage(stage(seeds, rows), first, folder, jobs)
        if finished is None:
            return False
        rows += finished
    rows += [_expert_row(condition, [*first, *o]) for condition, o in spec.experts.items()]
    claims, lines = spec.claims(rows), table(rows)
    result = {
        "name": name,
        "quick": quick,
        "seeds": list(seeds),
        "runs": rows,
        "table": lines,
        "claims": [asdict(claim) for claim in claims],
        "caption": _plot(rows, spec.title, folder / "success.png"),
    }
    write_json(folder / "result.json", result)
    print_rows(lines, f"{spec.title}{' (quick)' if quick else ''}, seeds {list(seeds)}")
    print_claims(claims)
    if quick:
        print(_NO_EVIDENCE)
    print(f"{folder / 'result.json'}, {folder / 'success.png'}")
    return all(claim.holds for claim in claims)


def _run_stage(
    runs: Sequence[Run], first: Sequence[str], folder: Path, jobs: int
) -> list[dict[str, Any]] | None:
    """Rows of the runs, or None where one failed."""
    outcomes = run_all([_overrides(run, first) for run in runs], jobs, str(folder))
    rows: list[dict[str, Any]] = []
    for run, outcome in zip(runs, outcomes, strict=True):
        if outcome.result is None:
            print(f"coachable: {outcome.config.path} failed: {outcome.error}", file=sys.stderr)
            continue
        place = {"method": run.method, "condition": run.condition, "seed": run.seed}
        rows.append({**outcome.result, **place})
    return rows if len(rows) == len(runs) else None


def _overrides(run: Run, first: Sequence[str]) -> list[str]:
    """With a name that says what it is, and that new settings make new."""
    overrides = [*first, *run.overrides, f"seed={run.seed}"]
    label = "".join(c if c.isalnum() else "-" for c in run.condition)
    name = f"{label}__{run.method}__s{run.seed}__{load(overrides).digest()[:6]}"
    return [*overrides, f"name={name}"]


def _expert_row(condition: str, overrides: Sequence[str]) -> dict[str, Any]:
    """The human's expert by itself on the test episodes."""
    from coachable.evaluate_run import evaluate_expert

    config = load(list(overrides))
    figures = evaluate_expert(config, config.final_episodes).figures()
    return {"method": "human", "condition": condition, "seed": None, **figures}


def _read_seeds(text: str) -> list[int]:
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"--seeds must be whole numbers such as 0,1,2, got {text!r}") from None
    if min(seeds) < 0 or len(set(seeds)) != len(seeds):
        raise UserError(f"--seeds must be different numbers ≥ 0, got {text!r}")
    return seeds


def _plot(rows: Sequence[dict[str, Any]], title: str, path: Path) -> str:
    """Draw the picture; what it shows."""
    from coachable.reproduce.plot import measure, plot

    plot(rows, title, path)
    return f"success against {measure(rows)[2]}"
