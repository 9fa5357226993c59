"""Who teaches the collection task in which way, who learns from it, and what was tried."""

from __future__ import annotations

from typing import Any

BUDGETS = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Minutes of human time."""

LEARNERS: dict[str, str] = {
    "words, pragmatic": "pragmatic",
    "words, network": "inference_network",
    "comparisons": "reward_rational",
    "praise and blame": "reward_rational",
    "ratings": "reward_rational",
    "interventions": "reward_rational",
    "demonstrations": "reward_rational",
}
"""Kind of feedback -> who learns from it."""

SETTINGS: dict[str, dict[str, Any]] = {
    "words, pragmatic": {"noise_variance": 2.5, "unmentioned": -30.0},
    "words, network": {"noise_variance": 40.0},
    "comparisons": {"rationality": 0.1, "prior_variance": 25.0},
    "praise and blame": {"rationality": 0.3, "prior_variance": 25.0},
    "demonstrations": {"rationality": 1.0, "prior_variance": 25.0},
    "ratings": {"noise_variance": 80.0, "prior_variance": 9.0},
    "interventions": {"rationality": 1.0, "let_pass": True},
}
"""Of the learners, each the best of six on other seeds (`CANDIDATES`)."""

CANDIDATES: dict[str, list[dict[str, Any]]] = {
    "words, pragmatic": [
        {"noise_variance": noise, "unmentioned": zeta}
        for noise in (0.1, 0.5, 2.5)
        for zeta in (-30.0, -10.0)
    ],
    "words, network": [{"noise_variance": noise} for noise in (0.1, 0.5, 2.5, 10.0, 40.0, 160.0)],
    **{
        kind: [
            {"rationality": beta, "prior_variance": prior}
            for beta in (0.1, 0.3, 1.0)
            for prior in (9.0, 25.0)
        ]
        for kind in ("comparisons", "praise and blame", "demonstrations")
    },
    "ratings": [
        {"noise_variance": noise, "prior_variance": prior}
        for noise in (5.0, 20.0, 80.0)
        for prior in (9.0, 25.0)
    ],
    "interventions": [
        {"rationality": beta, "let_pass": heed}
        for beta in (0.1, 0.3, 1.0)
        for heed in (True, False)
    ],
}
"""What was tried, six each."""

UNIT = 8.0
"""Points of reward that a rating of 1 stands for; three of them reach the best clusters."""

_GRADED = {"form": "task", "scale": "graded", "levels": 3, "unit": UNIT, "say_neutral": True}

HUMANS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "clean": {
        "words, pragmatic": ("speaking", {"phrasing": "all"}),
        "words, network": ("speaking", {"phrasing": "all"}),
        "comparisons": ("comparing_oracle", {}),
        "praise and blame": ("coach", {}),
        "ratings": ("praising", _GRADED),
        "interventions": ("expert", {}),
        "demonstrations": ("demonstrator", {}),
    },
    "one in ten wrong": {
        "words, pragmatic": ("speaking", {"phrasing": "all", "mistakes": 0.1}),
        "words, network": ("speaking", {"phrasing": "all", "mistakes": 0.1}),
        "comparisons": ("comparing_oracle", {"mistake": 0.1}),
        "praise and blame": ("coach", {"mistakes": 0.1}),
        "ratings": ("praising", _GRADED | {"mistakes": 0.1}),
        "interventions": ("expert", {"action_noise": 0.1}),
        "demonstrations": ("demonstrator", {"action_noise": 0.1}),
    },
    "like people": {
        "words, pragmatic": ("speaking_realistic", {}),
        "words, network": ("speaking_realistic", {}),
        "comparisons": ("comparing_realistic", {}),
        "praise and blame": ("praising_realistic", {"form": "improvement"}),
        "ratings": ("praising_realistic", _GRADED | {"rating_noise": 0.2}),
        "interventions": ("realistic", {}),
        "demonstrations": ("realistic", {"gate": "always"}),
    },
}
"""What is wrong with the human -> kind of feedback -> a file of configs/human, and settings."""


def choose(seeds: range = range(100, 110), minutes: float = 5.0) -> None:
    """Print what each of `CANDIDATES` reaches, on average over budgets, one in ten being wrong."""
    import numpy as np

    from coachable.reproduce.words.equal_minutes import at, lesson

    for kind, tried in CANDIDATES.items():
        for settings in tried:
            rows = [lesson(kind, "one in ten wrong", seed, minutes, settings) for seed in seeds]
            scores = [[at(row, budget) for budget in (0.5, 1.0, 2.0, 5.0)] for row in rows]
            mean = np.mean(scores, axis=0)
            print(f"{kind} {settings}: {mean.mean():.1f}", mean.round(1).tolist(), flush=True)


if __name__ == "__main__":
    choose()
