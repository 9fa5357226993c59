"""From a checked config to live objects: the task, the human beside it, the learner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from algorithms.registry import ALGORITHMS, Algorithm
from coachable import experts
from coachable.config import RunConfig, load, require_fit
from coachable.evaluate import worlds_for
from coachable.humans import HUMANS
from envs.registry import TASKS
from envs.task import Split, TaskFamily
from teaching import Human, Oracle, UserError
from teaching.disturbed import Disturbed
from teaching.oracle import NOBODY
from teaching.revisiting import RevisitingLoop, Revisits, require_revisitable
from teaching.vector import VectorHumanInTheLoop
from teaching.wrapper import HumanInTheLoop

if TYPE_CHECKING:
    from algorithms.core.learner import Learner
    from teaching.log import FeedbackLog

Env = gym.Env | gym.vector.VectorEnv


def build_family(config: RunConfig) -> TaskFamily:
    """The family of the config's task."""
    return TASKS[config.env.name]


def build_env(
    config: RunConfig,
    split: Split,
    num_worlds: int | None = None,
    render_mode: str | None = None,
) -> Env:
    """The bare task.

    Args:
        config: of the run.
        split: whose episodes.
        num_worlds: None for a single environment, otherwise a vector environment of that many.
        render_mode: of a single environment.

    Raises:
        UserError: the task has no vector form.

    """
    family = build_family(config)
    if num_worlds is None:
        return family.make(config.env, split, render_mode)
    if family.make_vec is None:
        raise UserError(
            f"num_envs={num_worlds}: env={family.name} runs one world at a time; use num_envs=1"
        )
    return family.make_vec(config.env, split, num_worlds)


def build_test_env(config: RunConfig, episodes: int) -> Env:
    """The task that evaluations take place on, with worlds side by side where it has that form."""
    if build_family(config).make_vec is None:
        return build_env(config, config.evaluate_on)
    return build_env(config, config.evaluate_on, worlds_for(episodes))


def build_oracle(config: RunConfig, env: Env) -> Oracle:
    """What the config's human may know of `env`."""
    return experts.resolve(config.human.expert, env, build_family(config), config.env)


def build_human(config: RunConfig, env: Env) -> Human:
    """The config's human, for the worlds of `env`."""
    space, num_worlds = _spaces(env)
    family = HUMANS[config.human.name]
    oracle = build_oracle(config, env) if family.needs_expert else NOBODY
    human = family.make(config.human, oracle, space, num_worlds, config.seed)
    word = getattr(config.human, "stand_in", "")
    if word:
        human.stand_in(_stand_in(config, word, env))  # type: ignore[attr-defined]
    return human


def _stand_in(config: RunConfig, word: str, env: Env) -> Human:
    """The simulated human who takes a person's seat while nobody is there.

    Raises:
        UserError: it is not simulated, or needs an expert that the task lacks.

    """
    other = replace(config, human=load([f"human={word}"], fit=False).human)
    if HUMANS[other.human.name].person:
        raise UserError(f"human.stand_in={word} is a person, too; choose a simulated human")
    return build_human(other, env)


def _spaces(env: Env) -> tuple[gym.Space, int]:
    """The actions of one world, and how many worlds there are."""
    if isinstance(env, gym.vector.VectorEnv):
        return env.single_action_space, env.num_envs
    return env.action_space, 1


def build_training_env(config: RunConfig) -> tuple[Env, Human | None]:
    """The training task, and the human who will watch it if the algorithm learns from one."""
    num_worlds = config.num_envs if config.num_envs > 1 else None
    person = config.human is not None and HUMANS[config.human.name].person
    if person and num_worlds:
        raise UserError(
            f"human={config.human.name} is one person with one task in view, not {num_worlds}: "
            "set num_envs=1"
        )
    looks = person and HUMANS[config.human.name].looks
    env = build_env(config, "train", num_worlds, "rgb_array" if looks else None)
    algorithm = ALGORITHMS[config.algorithm.name]
    _require_actions(algorithm, _spaces(env)[0], config.choices.get("env") or config.env.name)
    if config.human is None:
        return env, None
    human = build_human(config, env)
    require_fit(algorithm, config.choices.get("human") or config.human.name, human.kinds)
    put_beside(env, human, None, config)  # what does not fit is refused before anything is written
    return env, human


def _require_actions(algorithm: Algorithm, space: gym.Space, env: str) -> None:
    """Refuse a task among whose actions the algorithm cannot choose.

    Args:
        algorithm: of the run.
        space: the actions of one world.
        env: the task's name.

    Raises:
        UserError: which says what the one has and what the other needs.

    """
    has = "discrete" if isinstance(space, gym.spaces.Discrete) else "continuous"
    if algorithm.actions in ("either", has):
        return
    fit = [
        name
        for name, other in ALGORITHMS.items()
        if other.actions in ("either", has)
        and bool(other.learns_from) == bool(algorithm.learns_from)
        and (not algorithm.learns_from or other.learns_from & algorithm.learns_from)
    ]
    instead = f"choose one of {', '.join(fit)}" if fit else "choose another task"
    raise UserError(
        f"algorithm={algorithm.name} needs {algorithm.actions} actions, and env={env} has {space}; "
        f"{instead}"
    )


def put_beside(
    env: Env, human: Human, log: FeedbackLog | None, config: RunConfig | None = None
) -> Env:
    """The task with the human in the loop.

    With a `config` also as its human wants to demonstrate: disturbed, or from remembered states.

    Raises:
        UserError: the task, its number of worlds or its expert does not admit of that.

    """
    settings: Any = None if config is None else config.human
    share = getattr(settings, "reset_share", 0.0)
    noise = getattr(settings, "execution_noise", 0.0)
    if share:
        require_revisitable(env)
    if isinstance(env, gym.vector.VectorEnv):
        if noise:
            raise UserError(
                f"human.execution_noise works with one world, not {env.num_envs}: set num_envs=1"
            )
        return VectorHumanInTheLoop(env, human, log)
    seed = 0 if config is None else config.seed
    if noise:
        env = Disturbed(env, noise, seed)
    if config is None or not share:
        return HumanInTheLoop(env, human, log)
    revisits = Revisits(
        share=share,
        interest=settings.interest,
        threshold=settings.interest_threshold,
        before=settings.interest_before,
        memory=settings.interest_memory,
    )
    risky = _risky(config, env) if settings.interest == "risk" else None
    return RevisitingLoop(env, human, log, revisits=revisits, seed=seed, risky=risky)


def _risky(config: RunConfig, env: Env) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    settings = config.human
    risk = build_oracle(config, env).risk
    if risk is None:
        raise UserError(
            f"human.interest=risk needs an expert that predicts risk, which human.expert="
            f"{settings.expert} of env={config.env.name} does not; choose another interest"
        )
    return lambda obs, action: risk(obs, action, settings.horizon) > settings.interest_threshold


def build_learner(config: RunConfig, env: Any) -> Learner:
    """The config's algorithm on a training environment (imports torch)."""
    agent = ALGORITHMS[config.algorithm.name].agent_class()
    if hasattr(config.algorithm, "student"):
        return agent(env, config.algorithm, config.seed, students=partial(_student, config))
    return agent(env, config.algorithm, config.seed)


def _student(config: RunConfig, env: Any) -> Callable[[np.ndarray], np.ndarray]:
    """The policy in `env` that ``algorithm.student`` names.

    Raises:
        UserError: there is none of that name, or it does not fit the task.

    """
    name = config.algorithm.student
    if name == "task" or name.endswith((".npz", ".zip")):
        return experts.resolve(name, env, build_family(config), config.env).action
    if not Path(name).is_dir():
        raise UserError(
            f"algorithm.student={name!r} is none of: task, a path ending in .npz or .zip, "
            "the folder of a run"
        )
    from coachable.config import from_dict
    from coachable.evaluate import enter
    from coachable.evaluate_run import load_policy
    from coachable.run_folder import RunFolder

    folder = RunFolder.open(name)
    taught = from_dict(folder.config(), source=str(folder.config_file))
    if taught.env.name != config.env.name:
        raise UserError(
            f"algorithm.student={name} was taught env={taught.env.name}, not {config.env.name}"
        )
    policy = load_policy(folder, taught)
    enter(policy, env)
    return policy


def count_test_roads(config: RunConfig) -> int | None:
    """How many test roads the task names by ``options={"road": k}``; None where it does not."""
    for key in ("test_roads", "test_scenarios"):
        if hasattr(config.env, key):
            return int(getattr(config.env, key))
    return None
