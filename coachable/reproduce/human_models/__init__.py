"""Every simulated human errs at the rates that its settings say: measured, with closed forms."""

from __future__ import annotations

from coachable.reproduce.spec import Direct


def _run(*args: object) -> bool:
    from coachable.reproduce.human_models.run import run

    return run(*args)  # type: ignore[arg-type]


SPEC = Direct(title="Human models: measured rates beside their closed forms", run=_run)
