"""Where COACH ends suboptimal and E-COACH does not (Shah et al. 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.direct import conclude
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

DISCOUNT, EPISODES, QUICK_EPISODES = 0.5, 2000, 200
VARIANTS: dict[str, dict[str, Any]] = {
    "COACH": {},
    "E-COACH": {"lambdas": [1.0], "discount": DISCOUNT},
}
FEEDBACK = {
    "advantage": {"form": "advantage", "scale": "continuous"},
    "task reward": {"form": "task", "scale": "continuous"},
}


def discounted_return(lean: np.ndarray) -> np.ndarray:
    """J of policies that are linear in the tied features; `lean` is θ₁ − θ₀, any shape."""
    from envs.finite.problems import LATE_REWARD, TIED_FEATURES

    first, second = (1 / (1 + np.exp(-lean * x)) for x in TIED_FEATURES[:2, 0])
    return first + DISCOUNT * LATE_REWARD * (1 - second)


def carry_out(variant: str, feedback: str, seed: int, episodes: int) -> dict[str, Any]:
    """The return that each of the learners ends with, and what it cost the human."""
    from algorithms.coach.agent import COACH
    from algorithms.coach.config import COACHConfig
    from coachable.reproduce.coach.lessons import teach
    from envs.finite.task import FiniteConfig

    task = FiniteConfig(id="tied", observation="features", discount=DISCOUNT)
    config = COACHConfig(temperature=1.0, learning_rate=0.1, **VARIANTS[variant])
    lesson = teach(
        task,
        FEEDBACK[feedback],
        lambda env, seed: COACH(env, config, seed, independent=True),
        episodes,
        seed,
    )
    theta = lesson.learner.theta  # type: ignore[attr-defined]
    return {
        "variant": variant,
        "feedback": feedback,
        "seed": seed,
        "return": discounted_return(theta[:, 1] - theta[:, 0]).tolist(),
        "minutes": lesson.minutes.tolist(),
    }


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json; whether all claims hold."""
    from rich.progress import track

    make_folder(folder)
    episodes = QUICK_EPISODES if quick else EPISODES
    places = [(v, f, seed, episodes) for seed in seeds for v in VARIANTS for f in FEEDBACK]
    rows = [carry_out(*place) for place in track(places, name)]
    best = float(discounted_return(np.linspace(-40, 40, 80_001)).max())

    def returns(variant: str, feedback: str) -> np.ndarray:
        wanted = (variant, feedback)
        return np.concatenate(
            [row["return"] for row in rows if (row["variant"], row["feedback"]) == wanted]
        )

    claims: list[Claim] = [
        at_most(
            "return of COACH under advantage feedback, as a share of the best",
            float(returns("COACH", "advantage").mean() / best),
            0.85,
        )
    ]
    claims += [
        at_least(
            f"return of E-COACH under {feedback} feedback, as a share of the best",
            float(returns("E-COACH", feedback).mean() / best),
            0.95,
        )
        for feedback in FEEDBACK
    ]
    lines = ["| feedback | learner | discounted return | of at most | human minutes |"]
    lines.append("|---|---|--:|--:|--:|")
    for feedback in FEEDBACK:
        for variant in VARIANTS:
            found = returns(variant, feedback)
            wanted = (variant, feedback)
            minutes = [r["minutes"] for r in rows if (r["variant"], r["feedback"]) == wanted]
            spread = f"{found.mean():.3f} ± {found.std(ddof=1):.3f}"
            lines.append(
                f"| {feedback} | {variant} | {spread} | {best:.3f} | {np.mean(minutes):.1f} |"
            )
    text = "\n".join(lines)
    print(text)
    return conclude(name, folder, seeds, quick, claims, best=best, rows=rows, markdown=text)


SPEC = Direct(title="Where E-COACH is needed", run=run, seeds=(0,))
