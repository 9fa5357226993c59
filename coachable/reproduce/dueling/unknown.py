"""Regret where the transitions have to be learned too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import COLOURS, band, panels, save
from coachable.reproduce.spec import Direct, at_most

ROUNDS = 10_000
NORMS = np.array([0.125, 0.25, 0.5, 1.0])
TREES = 5
BONUS = 0.005
"""Share of the published bonus, chosen on other seeds; see docs/findings.md."""
METHODS = {
    "UCB, known": ("ucb", "known"),
    "UCB, learned": ("ucb", "learned"),
    "UCB, exact model": ("ucb", "exact"),
    "Thompson, known": ("thompson", "known"),
    "Thompson, learned": ("thompson", "learned"),
}
_VISITS = 1e15
"""With so many visits beforehand the empirical model is the true one."""


def carry_out(method: str, seed: int, rounds: int) -> dict[str, Any]:
    """Regret [noted rounds, norms, trees], and a digest of all pairs."""
    import hashlib

    from algorithms.dueling.transitions import Counts
    from coachable.reproduce.dueling.instances import trees
    from coachable.reproduce.dueling.rounds import play

    which = np.tile(1000 * seed + np.arange(TREES), len(NORMS))
    instances = trees(which, np.repeat(NORMS, TREES))
    rule, how = METHODS[method]
    counts = None
    if how != "known":
        # Which states come at which step is told; where an action leads is not.
        allowed = np.zeros(instances.transition.shape, bool)
        allowed[:, 0, :, 1:3] = allowed[:, 1:3, :, 3:7] = allowed[:, 3:, :, 0] = True
        prior = _VISITS * instances.transition if how == "exact" else None
        # A draw from the posterior explores by itself.
        scale = BONUS if rule == "ucb" and how == "learned" else 0.0
        counts = Counts(allowed, instances.initial, scale, reward_bound=1.0, prior=prior)
    found = play(instances, rule, rounds, seed, counts, keep_pairs=True)
    pairs = np.sort(np.array(found.pairs), axis=2).astype(np.int16)
    return {
        "method": method,
        "seed": seed,
        "at": found.at.tolist(),
        "regret": found.regret.reshape(len(found.at), len(NORMS), TREES).tolist(),
        "pairs": hashlib.sha256(pairs.tobytes()).hexdigest(),
    }


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Play with known, learned and exactly given transitions; write result.json and success.png."""
    from coachable.reproduce.dueling.rounds import slope

    rounds = 100 if quick else ROUNDS
    places = [(method, seed, rounds) for method in METHODS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)

    def total(method: str) -> np.ndarray:
        """[seeds, noted rounds], over the worst ‖w*‖."""
        mine = [row for row in rows if row["method"] == method]
        return np.array([np.mean(row["regret"], axis=2).max(axis=1) for row in mine])

    at = np.array(rows[0]["at"])
    claims = []
    text = ["| | regret at the end, worst ‖w*‖ | exponent over the last decade |", "|---|--:|--:|"]
    grown = {}
    for method in METHODS:
        exponents = [slope(at, one, rounds / 10, rounds) for one in total(method)]
        grown[method] = float(np.mean(exponents))
        end = total(method)[:, -1]
        spread = np.std(end, ddof=min(1, len(end) - 1))
        text.append(f"| {method} | {end.mean():.0f} ± {spread:.0f} | {grown[method]:.2f} |")
    for rule in ("UCB", "Thompson"):
        ratio = total(f"{rule}, learned")[:, -1].mean() / total(f"{rule}, known")[:, -1].mean()
        claims.append(at_most(f"{rule}: regret with learned over known transitions", ratio, 1.5))
        claims.append(
            at_most(f"{rule}: exponent with learned transitions", grown[f"{rule}, learned"], 0.8)
        )
    digests: dict[str, list[str]] = {row["method"]: [] for row in rows}
    for row in rows:
        digests[row["method"]].append(row["pairs"])
    same = zip(digests["UCB, known"], digests["UCB, exact model"], strict=True)
    claims.append(
        at_most("runs in which an exact model changes any pair", sum(a != b for a, b in same), 0)
    )
    figure, (axis,) = panels(1)
    for method, colour in zip(METHODS, COLOURS[1:], strict=False):
        if "exact" not in method:
            band(axis, at, total(method), method, colour)
    axis.set(xscale="log", yscale="log", xlabel="rounds", ylabel="regret, worst ‖w*‖")
    axis.legend(frameon=False, fontsize=8)
    save(figure, folder / "success.png")
    caption = "regret over rounds with known and with learned transitions"
    return conclude(
        name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text), caption=caption
    )


SPEC = Direct(title="Regret with unknown transitions", run=run, seeds=(0, 1))
