"""Questions about segments: does a human who compares, ranks or corrects keep the contract?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import gymnasium as gym
import numpy as np

from coachable import build
from coachable.config import RunConfig
from teaching import Choice, Correction, Human, Kind, Segments, Teacher
from teaching.feedback import RECORDS
from teaching.wrapper import seconds_per_step

Answers = dict[Kind, Any]
"""What a human has to say to one view, or to one set of segments."""


def segment_checks(
    config: RunConfig, kinds: frozenset[Kind]
) -> dict[str, Callable[[], str | None]]:
    """Name -> what raises if the human does not keep that part of the contract."""
    checks: dict[str, Callable[[], str | None]] = {
        "it answers questions about segments": lambda: _question(config, _answers_segments),
        "a saved human answers as the original does": lambda: _question(config, _same_answers),
    }
    if Kind.CORRECTION in kinds:
        checks["its corrections gain more than they lose"] = lambda: _gains(config)
    return checks


def _question(config: RunConfig, look: Callable[[Human, Human, Segments, gym.Space], None]) -> None:
    """Show the human, and a second one like it, segments of random actions."""
    env = build.build_env(config, "train")
    assert isinstance(env, gym.Env)
    try:
        human, twin = build.build_human(config, env), build.build_human(config, env)
        for alternatives in (1, 1, 2, 2, 3):
            look(human, twin, _segments(env, 5, alternatives), env.action_space)
    finally:
        env.close()


def _segments(env: gym.Env, queries: int, alternatives: int, length: int = 4) -> Segments:
    """Pieces of one course of random actions; the ends of episodes may lie in them.

    Single ones, to be corrected, are of all lengths up to `length`; the others are all that long.
    """
    env.action_space.seed(0)
    obs, _ = env.reset(seed=0)
    seen, done = [], []
    for _ in range(queries * alternatives * length):
        action = env.action_space.sample()
        seen.append(np.asarray(obs))
        done.append(np.asarray(action))
        obs, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            obs, _ = env.reset()
    shape = (queries, alternatives, length)
    return Segments(
        ids=np.arange(queries * alternatives).reshape(queries, alternatives),
        obs=np.stack(seen).reshape(*shape, *seen[0].shape),
        action=np.stack(done).reshape(*shape, *done[0].shape),
        length=np.full((queries, alternatives), length)
        if alternatives > 1
        else 1 + np.arange(queries)[:, None] % length,
        dt=seconds_per_step(env),
        step=np.zeros(queries, np.int64),
    )


def _ask_about(human: Human, segments: Segments) -> Answers:
    alternatives = segments.ids.shape[1]
    ways = {Kind.CORRECTION: "correct"} if alternatives == 1 else {Kind.RANKING: "rank"}
    if alternatives == 2:
        ways[Kind.PREFERENCE] = "prefer"
    return {
        kind: getattr(human, way)(segments) for kind, way in ways.items() if kind in human.kinds
    }


def _answers_segments(human: Human, twin: Human, segments: Segments, space: gym.Space) -> None:
    for kind, answer in _ask_about(human, segments).items():
        require(isinstance(answer, RECORDS[kind]), f"{kind}: it gave a {type(answer).__name__}")
        count = len(answer.segments)
        seconds = np.asarray(answer.human_seconds)
        require(seconds.shape == (count,), f"{kind}: human_seconds has shape {seconds.shape}")
        require(bool((seconds >= 0).all()), f"{kind}: human_seconds is {seconds}")
        if kind is Kind.PREFERENCE:
            known = np.isin(answer.choice, [int(choice) for choice in Choice]).all()
            require(bool(known), f"{kind}: choice is {answer.choice}")
        elif kind is Kind.CORRECTION:
            _corrects(answer, segments, space)
        else:
            orders = np.sort(answer.order, axis=1)
            right = bool((orders == np.arange(segments.ids.shape[1])).all())
            require(right, f"{kind}: order is {answer.order}")


def _corrects(answer: Correction, segments: Segments, space: gym.Space) -> None:
    """A correction is of what was asked about, as long as that, and can be carried out."""
    asked = dict(zip(segments.ids[:, 0].tolist(), range(len(segments.ids)), strict=True))
    shape = (len(answer.segments), *segments.action.shape[2:])
    require(answer.action.shape == shape, f"correction: action has shape {answer.action.shape}")
    for segment, action, length in zip(
        answer.segments.tolist(), answer.action, answer.length.tolist(), strict=True
    ):
        require(segment in asked, f"correction: nobody asked about segment {segment}")
        wanted = int(segments.length[asked[segment], 0])
        require(length == wanted, f"correction: length {length} of a segment of {wanted} steps")
        for step in action[:length]:
            require(space.contains(step), f"correction: action {step} is not in {space}")


def _gains(config: RunConfig) -> None:
    """By the task's own utility; a human who errs may well make a trajectory worse now and then."""
    env = build.build_env(config, "train")
    assert isinstance(env, gym.Env)
    try:
        human, utility = build.build_human(config, env), build.build_oracle(config, env).utility
        assert isinstance(human, Teacher) and utility is not None
        segments = _segments(env, 40, 1)
        answer = human.correct(segments)
        rows = {segment: row for row, segment in enumerate(segments.ids[:, 0].tolist())}
        gain = 0.0
        for segment, action, length in zip(
            answer.segments.tolist(), answer.action, answer.length.tolist(), strict=True
        ):
            first = segments.obs[rows[segment], 0, :1]
            shown = segments.action[rows[segment], :, :length]
            gain += float((utility(first, action[None, :length]) - utility(first, shown))[0])
        require(gain >= -1e-9, f"the sum of 40 gains in true return is {gain:.4g}")
    finally:
        env.close()


def _same_answers(human: Human, twin: Human, segments: Segments, space: gym.Space) -> None:
    twin.load_state_dict(human.state_dict())
    answers, copies = _ask_about(human, segments), _ask_about(twin, segments)
    same = all(same_record(answers[kind], copies[kind]) for kind in answers)
    require(same, "the copy answers otherwise")


def same_record(one: Any, other: Any) -> bool:
    """Whether two records say the same, whatever the clock says and where nothing was said."""
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "wall_time":
            continue
        if field.name in ("action", "value", "about") and hasattr(one, "mask"):
            a, b = a[one.mask], b[other.mask]
        if not np.array_equal(a, b):
            return False
    return True


def require(holds: bool, text: str) -> None:
    """Fail the check with a text."""
    if not holds:
        raise AssertionError(text)
