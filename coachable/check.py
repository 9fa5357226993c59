"""Does an environment, or a human, keep the lab's contract? One line a check."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import gymnasium as gym
import numpy as np

from coachable import build
from coachable.config import RunConfig, load
from coachable.train import one_thread
from simulated_humans.registry import HUMANS
from teaching import Choice, Correction, Human, Kind, Segments, Teacher, UserError, View
from teaching.feedback import RECORDS
from teaching.wrapper import seconds_per_step

Check = Callable[[], str | None]
"""Raises where the contract is broken; what it returns is worth a note."""

_MOST_STEPS = 20_000
_HUMAN_STEPS = 60


def check(overrides: Sequence[str]) -> int:
    """The verb: check the environment, and the human too if one is named; 1 where a check fails."""
    one_thread()
    config = load(overrides, fit=False)
    checks = environment_checks(config)
    if any(text.startswith("human") for text in overrides):
        checks |= human_checks(config)
    failures = 0
    for name, run in checks.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                note = run()
        except UserError:
            raise
        except Exception as error:
            failures += 1
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            print(f"FAIL  {name}: {reason}")
        else:
            print(f"ok    {name}" + (f" ({note})" if note else ""))
    return 1 if failures else 0


def environment_checks(config: RunConfig) -> dict[str, Check]:
    """Name -> what raises if the task does not keep that part of the contract."""

    def with_env(run: Callable[[gym.Env], str | None]) -> Check:
        def checked() -> str | None:
            env = build.build_env(config, "train")
            assert isinstance(env, gym.Env)
            try:
                return run(env)
            finally:
                env.close()

        return checked

    return {
        "Gymnasium's check_env": with_env(_gymnasium),
        "Stable-Baselines3's check_env": with_env(_stable_baselines3),
        "dt is a positive number of seconds": with_env(_dt),
        "an episode ends, and its info says whether it succeeded": with_env(_episode),
        "the same seed gives the same episode": with_env(_same_seed),
    }


def human_checks(config: RunConfig) -> dict[str, Check]:
    """Name -> what raises if the human does not keep that part of the contract."""
    if config.human is None:
        raise UserError("this algorithm learns from no human; choose another to check one")
    kinds = HUMANS[config.human.name].kinds
    if kinds is not None and kinds.isdisjoint(_ASK):
        checks = {
            "it answers questions about segments": lambda: _question(config, _answers_segments),
            "a saved human answers as the original does": lambda: _question(config, _same_answers),
        }
        if Kind.CORRECTION in kinds:
            checks["its corrections gain more than they lose"] = lambda: _gains(config)
        return checks
    return {
        "it answers a view in the right shapes and types, and no NaN": lambda: _watch(
            config, _well_formed
        ),
        "a saved human goes on as the original does": lambda: _watch(config, _Twin(config)),
    }


def _gymnasium(env: gym.Env) -> None:
    from gymnasium.utils.env_checker import check_env

    check_env(env, skip_render_check=True)


def _stable_baselines3(env: gym.Env) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(env, warn=False, skip_render_check=True)


def _dt(env: gym.Env) -> None:
    dt = getattr(env.unwrapped, "dt", None)
    _require(isinstance(dt, float) and 0 < dt < math.inf, f"unwrapped.dt is {dt!r}")


def _episode(env: gym.Env) -> str | None:
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(_MOST_STEPS):
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        _require(math.isfinite(float(reward)), f"reward is {reward}")
        _require(math.isfinite(float(info.get("cost", 0.0))), f"info['cost'] is {info.get('cost')}")
        large = [key for key, value in info.items() if np.size(value) > 1000]
        _require(not large, f"info carries much data under {large}; it is copied at each step")
        if terminated or truncated:
            if "is_success" not in info:
                return "it does not: info has no is_success, so reports show returns alone"
            success = info["is_success"]
            _require(
                isinstance(success, bool | np.bool_),
                f"info['is_success'] is {success!r} at the end of an episode, not a bool",
            )
            return None
    raise AssertionError(f"no episode ended in {_MOST_STEPS} steps; give it a time limit")


def _same_seed(env: gym.Env) -> None:
    courses = []
    for _ in range(2):
        env.action_space.seed(1)
        obs, _ = env.reset(seed=1)
        course = [np.asarray(obs)]
        for _ in range(20):
            obs, _, terminated, truncated, _ = env.step(env.action_space.sample())
            course.append(np.asarray(obs))
            if terminated or truncated:
                break
        courses.append(course)
    same = len(courses[0]) == len(courses[1]) and all(map(np.array_equal, *courses))
    _require(same, "two episodes with seed 1 and the same actions differ")


Answers = dict[Kind, Any]
"""What a human has to say to one view."""

_ASK = {
    Kind.INTERVENTION: "intervene",
    Kind.DEMONSTRATION: "demonstrate",
    Kind.EVALUATION: "evaluate",
    Kind.UTTERANCE: "speak",
}


def _ask(human: Human, view: View) -> Answers:
    """Ask for every kind that the human gives of a view, in the order of `_ASK`."""
    return {kind: getattr(human, way)(view) for kind, way in _ASK.items() if kind in human.kinds}


def _watch(config: RunConfig, look: Callable[[Human, View, gym.Env], Answers]) -> None:
    """Let the human watch random actions, and `look` at what it answers."""
    env = build.build_env(config, "train")
    assert isinstance(env, gym.Env)
    try:
        human = build.build_human(config, env)
        _require(not human.kinds.isdisjoint(_ASK), "it says nothing to what it watches")
        env.action_space.seed(0)
        start = np.ones(1, bool)
        obs, _ = env.reset(seed=0)
        for step in range(_HUMAN_STEPS):
            if start.any():
                human.reset(start)
            proposed = np.asarray(env.action_space.sample())
            view = View(
                obs=np.asarray(obs)[None],
                proposed_action=proposed[None],
                step=np.array([step]),
                episode_start=start,
                dt=seconds_per_step(env),
                action_probs=_uniform(env.action_space),
            )
            answer = look(human, view, env).get(Kind.INTERVENTION)
            action = answer.action[0] if answer is not None and answer.mask[0] else proposed
            obs, _, terminated, truncated, _ = env.step(action)
            start = np.array([terminated or truncated])
            if start.any():
                obs, _ = env.reset()
    finally:
        env.close()


def _uniform(space: gym.Space) -> np.ndarray | None:
    """[1, number of actions], of the random learner; None where actions are continuous."""
    if not isinstance(space, gym.spaces.Discrete):
        return None
    return np.full((1, int(space.n)), 1.0 / int(space.n))


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
        _require(isinstance(answer, RECORDS[kind]), f"{kind}: it gave a {type(answer).__name__}")
        count = len(answer.segments)
        seconds = np.asarray(answer.human_seconds)
        _require(seconds.shape == (count,), f"{kind}: human_seconds has shape {seconds.shape}")
        _require(bool((seconds >= 0).all()), f"{kind}: human_seconds is {seconds}")
        if kind is Kind.PREFERENCE:
            known = np.isin(answer.choice, [int(choice) for choice in Choice]).all()
            _require(bool(known), f"{kind}: choice is {answer.choice}")
        elif kind is Kind.CORRECTION:
            _corrects(answer, segments, space)
        else:
            orders = np.sort(answer.order, axis=1)
            right = bool((orders == np.arange(segments.ids.shape[1])).all())
            _require(right, f"{kind}: order is {answer.order}")


def _corrects(answer: Correction, segments: Segments, space: gym.Space) -> None:
    """A correction is of what was asked about, as long as that, and can be carried out."""
    asked = dict(zip(segments.ids[:, 0].tolist(), range(len(segments.ids)), strict=True))
    shape = (len(answer.segments), *segments.action.shape[2:])
    _require(answer.action.shape == shape, f"correction: action has shape {answer.action.shape}")
    for segment, action, length in zip(
        answer.segments.tolist(), answer.action, answer.length.tolist(), strict=True
    ):
        _require(segment in asked, f"correction: nobody asked about segment {segment}")
        wanted = int(segments.length[asked[segment], 0])
        _require(length == wanted, f"correction: length {length} of a segment of {wanted} steps")
        for step in action[:length]:
            _require(space.contains(step), f"correction: action {step} is not in {space}")


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
        _require(gain >= -1e-9, f"the sum of 40 gains in true return is {gain:.4g}")
    finally:
        env.close()


def _same_answers(human: Human, twin: Human, segments: Segments, space: gym.Space) -> None:
    twin.load_state_dict(human.state_dict())
    answers, copies = _ask_about(human, segments), _ask_about(twin, segments)
    same = all(_same(answers[kind], copies[kind]) for kind in answers)
    _require(same, "the copy answers otherwise")


def _well_formed(human: Human, view: View, env: gym.Env) -> Answers:
    answers = _ask(human, view)
    expected = (1, *(env.action_space.shape or ()))
    for kind, answer in answers.items():
        way, record = _ASK[kind], RECORDS[kind]
        _require(isinstance(answer, record), f"{way} gave a {type(answer).__name__}")
        seconds = np.asarray(answer.human_seconds)
        _require(seconds.shape == (1,), f"{way}: human_seconds has shape {seconds.shape}, not (1,)")
        _require(bool((seconds >= 0).all()), f"{way}: human_seconds is {seconds}")
        given = True
        if hasattr(answer, "mask"):
            mask = answer.mask
            right = mask.dtype == bool and mask.shape == (1,)
            _require(right, f"{way}: mask is {mask.dtype} {mask.shape}")
            given = bool(mask[0])
        if hasattr(answer, "action"):
            shape = answer.action.shape
            _require(shape == expected, f"{way}: action has shape {shape}, not {expected}")
        if kind is Kind.UTTERANCE:
            _require(len(answer.text) == 1, f"{way}: {len(answer.text)} texts for one world")
        for name in ("action", "value"):
            numbers = getattr(answer, name, None)
            if given and numbers is not None:
                _require(bool(np.isfinite(numbers[0]).all()), f"{way}: {name} is {numbers[0]}")
    return answers


class _Twin:
    """Compares the human at each step with a second one that was given its state."""

    def __init__(self, config: RunConfig):
        self._config = config
        self._twin: Human | None = None

    def __call__(self, human: Human, view: View, env: gym.Env) -> Answers:
        self._twin = self._twin or build.build_human(self._config, env)
        state: dict[str, Any] = human.state_dict()
        self._twin.load_state_dict(state)
        answers, copies = _ask(human, view), _ask(self._twin, view)
        same = all(_same(answers[kind], copies[kind]) for kind in answers)
        _require(same, f"at step {int(view.step[0])} the copy decides otherwise")
        return answers


def _same(one: Any, other: Any) -> bool:
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


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise AssertionError(text)
