"""What a round costs, and what is learned, where policies are far too many to list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import COLOURS, panels, save, ticks
from coachable.reproduce.spec import Direct, at_most

ACTIONS, NEXT = 5, 5
BASE = {"states": 300, "dim": 20, "horizon": 20}
SWEEPS = {"states": (30, 100, 300, 1000), "dim": (5, 10, 20, 50), "horizon": (5, 10, 20, 50)}
LARGE = {"states": 1000, "dim": 20, "horizon": 20}
LARGEST = {"states": 1000, "dim": 50, "horizon": 50}
RULES = {"ucb": "UCB", "thompson": "Thompson", "random": "random"}
RADIUS = 0.5
"""Share of √(d·log(1 + t/d)); chosen on other seeds, see docs/findings.md."""
ROUNDS = 60
LEARNED = 400
"""Rounds of the course of regret at `BASE`; what is timed is shorter."""


def carry_out(rule: str, size: dict[str, int], seed: int, rounds: int) -> dict[str, Any]:
    """Regret and CPU seconds a round in a random MDP with `NEXT` next states for each action."""
    from algorithms.dueling.problem import Problem
    from coachable.reproduce.dueling.planning import play_planned

    rng = np.random.default_rng([seed, 0x5CA])
    states, dim, horizon = size["states"], size["dim"], size["horizon"]
    transition = np.zeros((states, ACTIONS, states))
    following = np.argsort(rng.random((states, ACTIONS, states)), axis=2)[:, :, :NEXT]
    chance = rng.dirichlet(np.ones(NEXT), (states, ACTIONS))
    np.put_along_axis(transition, following, chance, axis=2)
    features = rng.normal(size=(states, ACTIONS, dim)) / np.sqrt(dim)
    initial = np.zeros(states)
    initial[:5] = 0.2
    direction = rng.normal(size=dim)
    w = 2.0 * direction / np.linalg.norm(direction)
    problem = Problem(transition, initial, features, horizon)
    played = play_planned(problem, w, rule, rounds, seed, radius_scale=RADIUS)
    half = rounds // 2
    return {
        "rule": rule,
        **size,
        "seed": seed,
        "rounds": rounds,
        # The first rounds maximise the likelihood each time; what follows is the usual round.
        "seconds": float(np.mean(played.seconds)),
        "regret": played.regret[-1] / rounds,
        "late": (played.regret[-1] - played.regret[half - 1]) / (rounds - half),
        "curve": played.regret if rounds == LEARNED else [],
    }


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Sweep states, dimensions and steps; write result.json and success.png."""
    rounds, learned = (3, 6) if quick else (ROUNDS, LEARNED)
    sizes = [{**BASE, key: value} for key, values in SWEEPS.items() for value in values]
    sizes = [dict(size) for size in {tuple(s.items()) for s in [*sizes, LARGE, LARGEST]}]
    sizes = sorted(sizes, key=lambda size: tuple(size.values()))
    if quick:
        sizes = [BASE, {**BASE, "states": 30}]
    timed = [(rule, s, seed, rounds) for rule in RULES for s in sizes for seed in seeds]
    courses = [(rule, BASE, seed, learned) for rule in RULES for seed in seeds]
    rows = side_by_side(name, carry_out, [*timed, *courses], jobs)
    long, rows = rows[len(timed) :], rows[: len(timed)]

    def mean(key: str, rule: str, size: dict[str, int]) -> float:
        found = [r[key] for r in rows if r["rule"] == rule and all(r[k] == size[k] for k in size)]
        return float(np.mean(found)) if found else np.nan

    growth = {rule: _growth([r for r in rows if r["rule"] == rule]) for rule in ("ucb", "thompson")}
    text = [
        "CPU seconds a round, and regret a round over the first rounds as a share of random's:",
        "",
    ]
    text += [
        "| S | d | H | UCB | Thompson | regret of UCB | of Thompson |",
        "|--:|" * 1 + "--:|" * 6,
    ]
    for size in sizes:
        cells = [f"{size[k]:,}" for k in ("states", "dim", "horizon")]
        cells += [f"{1000 * mean('seconds', rule, size):.1f} ms" for rule in growth]
        cells += [f"{mean('regret', r, size) / mean('regret', 'random', size):.2f}" for r in growth]
        text.append("| " + " | ".join(cells) + " |")
    text += ["", f"Fitted growth of the cost, over the {len(sizes)} sizes:", ""]
    text += [
        f"- {RULES[rule]}: S^{g[0]:.2f} d^{g[1]:.2f} H^{g[2]:.2f}" for rule, g in growth.items()
    ]
    share = {
        rule: float(
            np.mean([r["late"] for r in long if r["rule"] == rule])
            / np.mean([r["late"] for r in long if r["rule"] == "random"])
        )
        for rule in growth
    }
    shares = ", ".join(f"{RULES[rule]} {value:.2f}" for rule, value in share.items())
    text += ["", f"At S = {BASE['states']}, d = {BASE['dim']}, H = {BASE['horizon']}, regret in "]
    text[-1] += f"the second half of {learned} rounds, as a share of random's: {shares}."
    claims = [] if quick else [
        at_most(f"{RULES[rule]}: CPU seconds a round at S = 1,000, A = 5, H = 20, d = 20",
                mean("seconds", rule, LARGE), 0.1) for rule in growth]  # fmt: skip
    claims += [at_most(f"{RULES[rule]}: late regret, as a share of random's", share[rule], 0.5)
               for rule in growth]  # fmt: skip
    if not quick:
        claims += [at_most(f"{RULES[rule]}: exponent of the cost in S", growth[rule][0], 1.25)
                   for rule in growth]  # fmt: skip
        _draw(rows, long, folder / "success.png")
    caption = "CPU time a round against each size, and regret over rounds"
    return conclude(name, folder, seeds, quick, claims, rows=rows, courses=long,
                    markdown="\n".join(text), caption=caption)  # fmt: skip


def _growth(rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """[3], the exponents of S, d and H that fit the logarithm of the seconds best."""
    table = np.log([[r["states"], r["dim"], r["horizon"]] for r in rows])
    table = np.column_stack([table, np.ones(len(rows))])
    found, *_ = np.linalg.lstsq(table, np.log([r["seconds"] for r in rows]), rcond=None)
    return found[:3]


def _draw(rows: Sequence[dict[str, Any]], long: Sequence[dict[str, Any]], path: Path) -> None:
    figure, axes = panels(4, 3.0, 3.0)
    names = {"states": "states S", "dim": "features d", "horizon": "steps H"}
    for axis, (key, values) in zip(axes, SWEEPS.items(), strict=False):
        for rule, colour in zip(("ucb", "thompson"), COLOURS[1::2], strict=False):
            for size in [{**BASE, key: value} for value in values]:
                mine = [1000 * r["seconds"] for r in rows if r["rule"] == rule
                        and all(r[k] == size[k] for k in size)]  # fmt: skip
                axis.scatter([size[key]] * len(mine), mine, color=colour, s=14,
                             label=RULES[rule] if size[key] == values[0] else None)  # fmt: skip
        axis.set(xscale="log", yscale="log", xlabel=names[key])
        ticks(axis, values)
    axes[0].set_ylabel("CPU ms a round")
    axes[0].legend(frameon=False, fontsize=8)
    for rule, colour in zip(RULES, (COLOURS[1], COLOURS[3], COLOURS[0]), strict=True):
        courses = np.array([r["curve"] for r in long if r["rule"] == rule])
        axes[3].plot(courses.mean(axis=0), color=colour, label=RULES[rule])
    axes[3].set(xlabel="rounds", ylabel="regret", xscale="log", yscale="log")
    axes[3].legend(frameon=False, fontsize=8)
    save(figure, path)


SPEC = Direct(title="Dueling RL at scale", run=run, seeds=(0, 1, 2))
