"""One person teaches the collection task in one way, and it is noted what each second brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from coachable.reproduce.words.equal_settings import HUMANS, LEARNERS, SETTINGS, UNIT

TEST_LEVELS = 100
UNTAUGHT = 0.0
"""% of the most: with no belief every action looks the same, and the first one takes nothing."""


def lesson(
    kind: str, condition: str, seed: int, minutes: float, settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Teach one learner in one way for so many minutes of human time.

    Args:
        kind: of feedback.
        condition: of `HUMANS`.
        seed: of everything; the hidden assignment is one that no listener was trained on.
        minutes: of human time.
        settings: of the learner; those of `SETTINGS` if left out.

    Returns:
        ``seconds``, ``signals`` and ``score`` after each level: human time so far, how often
        anything was said or done so far, and % of the most on test levels.

    """
    from coachable import build
    from coachable.config import load
    from coachable.humans import HUMANS as FAMILIES
    from coachable.listener_data import HELD_OUT_ASSIGNMENTS
    from coachable.train import one_thread

    one_thread()
    assignment = HELD_OUT_ASSIGNMENTS[seed % len(HELD_OUT_ASSIGNMENTS)]
    word, changes = HUMANS[condition][kind]
    own = dict(SETTINGS[kind] if settings is None else settings)
    if kind == "ratings":
        own |= {"praise": "number", "unit": UNIT}
    overrides = ["env=collection", f"env.assignment={assignment}", f"human={word}", f"seed={seed}"]
    overrides += [f"human.{key}={value}" for key, value in changes.items()]
    overrides += [f"algorithm={LEARNERS[kind]}"]
    overrides += [f"algorithm.{key}={value}" for key, value in own.items()]
    config = load(overrides)
    env = build.build_env(config, "train")
    oracle = promised(build.build_oracle(config, env))
    family = FAMILIES[config.human.name]
    human = family.make(config.human, oracle, env.action_space, 1, seed)
    learner = build.build_learner(config, build.put_beside(env, human, None, config))
    account, examination = _Account(), Examination(seed, assignment)
    told: dict[str, list[float]] = {"seconds": [], "signals": [], "score": []}
    while account.seconds < 60 * minutes:
        learner.learn(learner.num_timesteps + 1, account)  # type: ignore[arg-type]
        told["seconds"].append(account.seconds)
        told["signals"].append(account.signals)
        told["score"].append(examination.score(learner.predict(examination.obs)[0]))
    env.close()
    return {"kind": kind, "condition": condition, "seed": seed, **told}


def at(row: Mapping[str, Any], minutes: float, price: float | None = None) -> float:
    """The score that was reached within so many minutes; the untaught learner's where none was.

    Args:
        row: what `lesson` returned.
        minutes: of human time.
        price: seconds that a level costs, whatever it cost in the lesson.

    """
    seconds = np.array(row["seconds"])
    if price is not None:
        seconds = price * (1 + np.arange(len(seconds)))
    done = int(np.searchsorted(seconds, 60 * minutes, side="right"))
    return float(row["score"][done - 1]) if done else UNTAUGHT


def promised(oracle: Any) -> Any:
    """The same oracle for every kind of human: what colours and shapes promise, φ·w.

    Otherwise those who compare would go by that, and the others by the points themselves.
    """
    from envs.collection.words import options

    def q_values(obs: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("mjk,mk->mj", options(obs), oracle.worth()))

    def action(obs: np.ndarray) -> np.ndarray:
        return q_values(obs).argmax(axis=1)

    return replace(oracle, q_values=q_values, action=action)


class Examination:
    """Test levels under a hidden assignment."""

    def __init__(self, seed: int, assignment: int):
        from envs.collection.levels import draw_levels

        # Training levels come from even seeds, test levels from odd ones above 2³⁰.
        levels = draw_levels(2**31 + 2 * seed + 1, TEST_LEVELS, assignment)
        self.obs, self._value = levels.obs, levels.value
        self._best = np.maximum(self._value, 0).sum(axis=2).max(axis=1)

    def score(self, action: np.ndarray) -> float:
        """% of the most, of one action [levels] a level."""
        from envs.collection.features import decode

        cluster, taken = decode(action)
        points = (self._value[np.arange(len(action)), cluster] * taken).sum(axis=1)
        return 100 * float((points / self._best).mean())


class _Account:
    """A callback that counts human seconds, and how often anything was said or done."""

    def __init__(self) -> None:
        self.seconds, self.signals = 0.0, 0

    def on_step(self, learner: Any, infos: list[dict[str, Any]], rewards: Any, dones: Any) -> bool:
        from teaching import info as keys

        (info,) = infos
        self.seconds += float(info[keys.HUMAN_SECONDS])
        given = bool(info.get(keys.UTTERANCE, "")) or keys.FEEDBACK in info or info[keys.TAKEOVER]
        self.signals += int(given) + int(info[keys.ANSWERS])
        return True

    def on_boundary(self, learner: Any) -> None:
        """Nothing."""
