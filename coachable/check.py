"""Does an environment, or a human, keep the lab's contract? One line a check."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from coachable import build
from coachable.check_segments import Answers, require, same_record, segment_checks
from coachable.config import RunConfig, load
from coachable.humans import HUMANS
from coachable.train import one_thread
from teaching import Human, Kind, UserError, View
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
    if HUMANS[config.human.name].person:
        raise UserError(f"human={config.human.name} is a real person: train with it to try it")
    kinds = HUMANS[config.human.name].kinds or _own_kinds(config)
    if kinds.isdisjoint(_ASK):
        return segment_checks(config, kinds)
    return {
        "it answers a view in the right shapes and types, and no NaN": lambda: _watch(
            config, _well_formed
        ),
        "a saved human goes on as the original does": lambda: _watch(config, _Twin(config)),
    }


def _own_kinds(config: RunConfig) -> frozenset[Kind]:
    """What a human of the user's own says that it gives."""
    env = build.build_env(config, "train")
    try:
        return build.build_human(config, env).kinds
    finally:
        env.close()


def _gymnasium(env: gym.Env) -> None:
    from gymnasium.utils.env_checker import check_env

    check_env(env, skip_render_check=True)


def _stable_baselines3(env: gym.Env) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(env, warn=False, skip_render_check=True)


def _dt(env: gym.Env) -> None:
    dt = getattr(env.unwrapped, "dt", None)
    require(isinstance(dt, float) and 0 < dt < math.inf, f"unwrapped.dt is {dt!r}")


def _episode(env: gym.Env) -> str | None:
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(_MOST_STEPS):
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        require(math.isfinite(float(reward)), f"reward is {reward}")
        require(math.isfinite(float(info.get("cost", 0.0))), f"info['cost'] is {info.get('cost')}")
        large = [key for key, value in info.items() if np.size(value) > 1000]
        require(not large, f"info carries much data under {large}; it is copied at each step")
        if terminated or truncated:
            if "is_success" not in info:
                return "it does not: info has no is_success, so reports show returns alone"
            success = info["is_success"]
            require(
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
    require(same, "two episodes with seed 1 and the same actions differ")


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
        require(not human.kinds.isdisjoint(_ASK), "it says nothing to what it watches")
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


def _well_formed(human: Human, view: View, env: gym.Env) -> Answers:
    answers = _ask(human, view)
    expected = (1, *(env.action_space.shape or ()))
    for kind, answer in answers.items():
        way, record = _ASK[kind], RECORDS[kind]
        require(isinstance(answer, record), f"{way} gave a {type(answer).__name__}")
        seconds = np.asarray(answer.human_seconds)
        require(seconds.shape == (1,), f"{way}: human_seconds has shape {seconds.shape}, not (1,)")
        require(bool((seconds >= 0).all()), f"{way}: human_seconds is {seconds}")
        given = True
        if hasattr(answer, "mask"):
            mask = answer.mask
            right = mask.dtype == bool and mask.shape == (1,)
            require(right, f"{way}: mask is {mask.dtype} {mask.shape}")
            given = bool(mask[0])
        if hasattr(answer, "action"):
            shape = answer.action.shape
            require(shape == expected, f"{way}: action has shape {shape}, not {expected}")
        if kind is Kind.UTTERANCE:
            require(len(answer.text) == 1, f"{way}: {len(answer.text)} texts for one world")
        for name in ("action", "value"):
            numbers = getattr(answer, name, None)
            if given and numbers is not None:
                require(bool(np.isfinite(numbers[0]).all()), f"{way}: {name} is {numbers[0]}")
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
        same = all(same_record(answers[kind], copies[kind]) for kind in answers)
        require(same, f"at step {int(view.step[0])} the copy decides otherwise")
        return answers
