"""``coachable train-expert``: train on the true reward, keep the best, store it in one file."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from algorithms.core.learner import Callback, Learner
from coachable import build
from coachable.evaluate import Evaluation, evaluate, generators_kept
from coachable.expert_settings import Plan, plan
from coachable.files import make_folder, write_whole
from coachable.progress import Progress, Silent, show
from coachable.stopping import StopRequest
from coachable.tracker import Tracker
from coachable.train import one_thread
from envs.experts.policy import ExpertPolicy
from envs.experts.shipped import file_name
from teaching import UserError

_FIRST_FINAL = 10_000
"""The number of the first episode that the best policy is judged on: not those it was chosen by."""

_NOISE_STEP = 0.5
"""Of the Ornstein-Uhlenbeck noise, whose rate is 0.15: it holds for some 13 steps. With
Stable-Baselines3's 0.01 it would hold for 700, longer than the swings that it has to excite."""

_PACKAGES = ("coachable", "gymnasium", "stable-baselines3", "torch", "numpy", "mujoco", "box2d")


def train_expert(overrides: Sequence[str], out: str | None) -> int:
    """The verb: train, keep the best policy on validation episodes, and write its file.

    Returns:
        0, or 130 where it was interrupted; the best so far is written then too.

    Raises:
        UserError: settings or a task that make no expert, or a file that is there already.

    """
    one_thread()
    what = plan(overrides)
    folder = Path(what.run.runs) / "experts"
    path = Path(out) if out is not None else folder / file_name(_task(what))
    if path.suffix != ".npz":
        raise UserError(f"--out must end in .npz, got {path}")
    if path.exists() and not what.run.overwrite:
        raise UserError(f"{path} is there already; overwrite=true replaces it")
    make_folder(path.parent)
    where = [] if out is None else ["--out", out]
    command = shlex.join(["coachable", "train-expert", *overrides, *where])
    shown = show() if what.run.progress else Silent()
    with StopRequest() as stop:
        training = _Training(what, shown, stop)
        try:
            expert = training.carry_out(command)
        finally:
            training.close()
    if expert is None:
        raise UserError("stopped before the first evaluation; nothing was written")
    write_whole(path, expert.to_bytes())
    print(f"{path}: {describe(expert)}, {path.stat().st_size / 1000:.1f} kB")
    print(f"to teach with it: human.expert={path}")
    return 130 if stop.asked else 0


def describe(expert: ExpertPolicy) -> str:
    """What it reaches, in a few words."""
    result = expert.header["result"]
    return (
        f"return {result['mean']:.2f} ± {result['sd']:.2f} (sd) over {result['episodes']} "
        f"{result['split']} episodes"
    )


class _Training(Callback):
    """One training in progress."""

    def __init__(self, what: Plan, progress: Progress, stop: StopRequest):
        self._what, self._progress, self._stop = what, progress, stop
        config = what.run
        self._tracker = Tracker(config.num_envs, config.total_steps)
        self._test_env = build.build_env(config, "validation")
        self._env = _training_env(what)
        self._learner = _learner(what, self._env)
        self._best: tuple[float, ExpertPolicy] | None = None
        self._evaluated_at = 0
        self._done = False
        self._export()  # what cannot be stored is refused before it is trained

    def close(self) -> None:
        self._progress.stop()
        self._env.close()
        self._test_env.close()

    def carry_out(self, command: str) -> ExpertPolicy | None:
        """Train; None where it was stopped before there was anything to keep."""
        config = self._what.run
        self._progress.start(f"expert for {_task(self._what)}", config.total_steps, 0)
        self._learner.learn(config.total_steps, self)
        if self._evaluated_at < self._tracker.steps and not (self._stop.asked or self._done):
            self._try_policy()
        if self._best is None:
            return None
        self._progress.say(f"evaluating on {config.final_episodes} {config.evaluate_on} episodes")
        found = self._evaluate(self._best[1], config.final_episodes, _FIRST_FINAL)
        header = {
            **self._best[1].header,
            "env": {
                "family": config.env.name,
                "id": getattr(config.env, "id", config.env.name),
                "kwargs": dict(getattr(config.env, "kwargs", {})),
                "config": asdict(config.env),
            },
            "algorithm": config.algorithm.name,
            "settings": {
                **asdict(config.algorithm),
                "total_steps": config.total_steps,
                "num_envs": config.num_envs,
                "normalise": self._what.normalise,
                "noise": self._what.noise,
                "enough": self._what.enough,
            },
            "seed": config.seed,
            "steps": self._best_at,
            "trained": self._tracker.steps,
            "versions": _versions(),
            "command": command,
            "result": _result(found, config.evaluate_on),
        }
        return ExpertPolicy(header, self._best[1].arrays, "the new expert")

    def on_step(
        self, learner: Learner, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        """Count and show; stop where that was asked for, or where the expert is good enough."""
        self._tracker.on_step(infos, dones)
        self._progress.update(self._tracker)
        return not (self._stop.asked or self._done)

    def on_boundary(self, learner: Learner) -> None:
        """Evaluate where it is time to."""
        every = self._what.run.eval_every
        if self._tracker.steps // every > self._evaluated_at // every:
            self._try_policy()

    def _try_policy(self) -> None:
        """Evaluate on validation episodes, and keep the policy if it is the best so far."""
        self._evaluated_at = steps = self._tracker.steps
        policy = self._export()
        found = self._evaluate(policy, self._what.run.eval_episodes, 0)
        mean = float(found.returns.mean())
        best = self._best is None or mean >= self._best[0]  # of equals, the one who trained longer
        if best:
            self._best, self._best_at = (mean, policy), steps
        self._progress.say(f"step {steps}: return {mean:.2f}{', the best so far' if best else ''}")
        enough = self._what.enough
        self._done = enough is not None and mean >= enough

    def _export(self) -> ExpertPolicy:
        from coachable.export_policy import export

        learner: Any = self._learner
        return ExpertPolicy(*export(learner.model), "the new expert")

    def _evaluate(self, policy: ExpertPolicy, episodes: int, first: int) -> Evaluation:
        env = self._test_env
        assert isinstance(env, gym.Env)
        oracle = policy.oracle(env.observation_space, env.action_space)
        roads = build.count_test_roads(self._what.run)
        with generators_kept():
            return evaluate(oracle.action, env, episodes, seed=first, roads=roads)


def _task(what: Plan) -> str:
    env = what.run.env
    return str(env.id if env.name == "gymnasium" else what.run.choices["env"])


def _training_env(what: Plan) -> build.Env:
    """The task; several worlds of one that does not live in arrays run one after another."""
    config = what.run
    if config.num_envs == 1:
        return build.build_env(config, "train")
    if build.build_family(config).make_vec is not None:
        return build.build_env(config, "train", config.num_envs)
    worlds = [lambda: build.build_env(config, "train")] * config.num_envs
    same_step = gym.vector.AutoresetMode.SAME_STEP
    return gym.vector.SyncVectorEnv(worlds, autoreset_mode=same_step)  # type: ignore[arg-type]


def _learner(what: Plan, env: build.Env) -> Learner:
    """One of the lab's baselines, with normalisation and noise as asked for."""
    from stable_baselines3.common.noise import OrnsteinUhlenbeckActionNoise, VectorizedActionNoise
    from stable_baselines3.common.vec_env import VecNormalize

    from teaching.sb3 import as_vec_env

    config = what.run
    around: Any = as_vec_env(env, config.seed)
    if what.normalise:
        around = VecNormalize(around, gamma=config.algorithm.gamma)
    learner: Any = build.build_learner(config, around)
    if what.noise == "ornstein_uhlenbeck":
        if config.algorithm.name != "td3":
            raise UserError(f"expert.noise is of td3, not of {config.algorithm.name}")
        width = np.ones(around.action_space.shape)
        noise: Any = OrnsteinUhlenbeckActionNoise(
            0.0 * width, config.algorithm.exploration_noise * width, dt=_NOISE_STEP
        )
        if around.num_envs > 1:
            noise = VectorizedActionNoise(noise, around.num_envs)
        learner.model.action_noise = noise
    return learner


def _result(found: Evaluation, split: str) -> dict[str, Any]:
    known = not np.isnan(found.success).any()
    return {
        "episodes": len(found.returns),
        "split": split,
        "mean": float(found.returns.mean()),
        "sd": float(found.returns.std(ddof=1)) if len(found.returns) > 1 else 0.0,
        "success": float(found.success.mean()) if known else None,
    }


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError

    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
