"""Learning to drive from humans who err: where PVP earns its keep, and where cloning is enough."""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Spec, at_least, at_most, grid, mean

ERRORS = {
    "clean": [],
    "action noise 0.3": ["human.action_noise=0.3"],
    "action noise 0.6": ["human.action_noise=0.6"],
    "delay 0.3 s": ["human.delay=0.3"],
    "delay 0.6 s": ["human.delay=0.6"],
    "lapses 0.3": ["human.lapse_rate=0.3"],
    "false alarms 0.2/s": ["human.false_alarm_rate=0.2", "human.hold=1.0"],
    "inconsistency 0.4": ["human.inconsistency=0.4"],
    "hold 2 s": ["human.hold=2.0"],
}

FEWER = ["total_steps=10000", "eval_every=5000"]
"""A fifth of pvp_driving's steps, where humans are still needed: there are two hundred runs."""

CONDITIONS = {
    name: ["experiment=pvp_driving", "human=expert", *FEWER, *overrides]
    for name, overrides in ERRORS.items()
}

WITH_VALUES = ("pvp", "pvp_labels_only", "pvp4real")
CLONING = ("hg_dagger", "iwr")


MARGIN = 0.05
"""A difference in success that matters: one road in twenty."""


def claims(rows: Sequence[Row]) -> list[Claim]:
    """A human who never errs leaves no room for values; one who errs in some way does."""
    leads = {name: lead(rows, name) for name in ERRORS if name != "clean"}
    name, value = max(leads.items(), key=lambda item: item[1])
    return [
        at_most("clean human: lead of PVP or PVP4Real over cloning", lead(rows, "clean"), MARGIN),
        at_least(f"largest lead of PVP or PVP4Real over cloning, under {name}", value, MARGIN),
    ]


def lead(rows: Sequence[Row], condition: str) -> float:
    """By how much the better of PVP and PVP4Real is ahead of the better cloning method."""
    values = max(mean(rows, "success", method=m, condition=condition) for m in ("pvp", "pvp4real"))
    cloning = max(mean(rows, "success", method=m, condition=condition) for m in CLONING)
    return values - cloning


SPEC = Spec(
    title="Learning to drive from humans who err",
    stages=[grid([*WITH_VALUES, *CLONING], CONDITIONS)],
    claims=claims,
    experts={"clean": CONDITIONS["clean"]},
)
