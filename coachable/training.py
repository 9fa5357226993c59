"""A run while it trains: learner, log and metrics held together, saved where they agree."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

import numpy as np
from stable_baselines3.common.logger import KVWriter, Logger

from algorithms.core.learner import Callback, Learner
from algorithms.target_td.monitor import StabilityMonitor
from coachable import build, checkpoint
from coachable.config import RunConfig
from coachable.evaluate import Evaluation, Policy, evaluate, generators_kept
from coachable.events import EventWriter, has_hparams, trim
from coachable.files import write_whole
from coachable.latency_picture import FILE_NAME, draw_latency
from coachable.progress import Progress
from coachable.run_folder import RunFolder, Status
from coachable.stopping import Interrupted, StopRequest
from coachable.tracker import Tracker
from human_controllers.person import Person
from teaching import Human
from teaching.log import FeedbackLog


class _Events(EventWriter, KVWriter):
    """The event writer, as Stable-Baselines3's logger wants it."""


class Training(Callback):
    """One run in progress. A context manager: everything it opened is closed behind it.

    Nothing is written until the task, the human and the expert have been built.
    """

    def __init__(self, config: RunConfig, progress: Progress, stop: StopRequest):
        self.config = config
        self._progress = progress
        self._stop = stop
        self._tracker = Tracker(config.num_envs, config.total_steps)
        self._log: FeedbackLog | None = None
        self._person: Person | None = None
        self._events: EventWriter | None = None
        self._test_env: build.Env | None = None
        self._monitor: StabilityMonitor | None = None
        self._earlier_seconds = 0.0
        self._started = time.monotonic()
        self._saved_at = 0
        self._task, human = build.build_training_env(config)
        self._env, self._human = self._task, human
        task = str(config.choices.get("env") or config.env.name)
        if isinstance(human, Person):
            human.prepare(task)
        self.folder = RunFolder.create(
            config.path,
            config.identity(),
            seed=config.seed,
            if_exists="overwrite" if config.overwrite else "resume" if config.resume else "refuse",
        )
        try:
            self._furnish(human, task)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    def _furnish(self, human: Human | None, task: str) -> None:
        """Build the learner, and go back to the last checkpoint if there is one.

        What came after that checkpoint is set aside everywhere.
        """
        found = checkpoint.latest(self.folder.checkpoints)
        state = found[1] if found else None
        trim(self.folder.path, state["tracker"]["steps"] if state else 0)
        if human is not None:
            self._log = FeedbackLog(self.folder.feedback_file, durable=not human.simulated)
            self._log.trim_to(state["log_position"] if state else 0)
            self._env = build.put_beside(self._env, human, self._log, self.config)
        if isinstance(human, Person):
            self._person = human
            assert self._log is not None
            human.stopping = lambda: self._stop.asked  # type: ignore[method-assign]
            human.keep_in(self._log)
            human.begin(self.folder.path, task, self.config.total_steps)
        self._events = _Events(self.folder.path)
        if not has_hparams(self.folder.path):
            self._events.write_hparams(hparams(self.config))
        self._learner = build.build_learner(self.config, self._env)
        self._learner.set_logger(Logger(str(self.folder.path), [self._events]))
        self._policy = policy_of(self._learner)
        if self.config.stability_every:
            self._monitor = StabilityMonitor(
                self.config.stability_every, self.config.seed, self._progress.say
            )
        if state is not None:
            self._learner.load_state_dict(state["learner"])
            self._tracker.load_state_dict(state["tracker"])
            if self._monitor is not None:
                self._monitor.load_state_dict(state["monitor"])
            self._earlier_seconds = state["seconds"]
            self._saved_at = self._tracker.steps
        self._started = time.monotonic()

    @property
    def task(self) -> build.Env:
        """The bare training task."""
        return self._task

    @property
    def human(self) -> Human | None:
        """Who teaches."""
        return self._human

    def __enter__(self) -> Self:
        """Everything was opened when it was made."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Note how it ended, and close everything."""
        if isinstance(error, Interrupted | KeyboardInterrupt):
            status: Status = "interrupted"
        else:
            status = "finished" if error is None else "failed"
        self._progress.stop()
        for opened in (self._person, self._env, self._test_env, self._log, self._events):
            if opened is not None:
                opened.close()
        self.folder.finish(status, None if error is None else _one_line(error))

    def carry_out(self) -> dict[str, Any]:
        """Train to the end, evaluate, and write the result."""
        config = self.config
        self._progress.start(self.folder.path.name, config.total_steps, self._tracker.steps)
        if self._person is not None and self._person.greeting:
            self._progress.say(self._person.greeting)
        self._learner.learn(config.total_steps, self)
        self._save()
        self._progress.say(f"evaluating on {config.final_episodes} {config.evaluate_on} episodes")
        seconds = self._seconds()
        evaluation = self._evaluate(config.final_episodes)
        self._record_evaluation(evaluation.figures())
        result = self._result(evaluation, seconds)
        if result.get("latency_ms") is not None:
            draw_latency(result["latency_ms"], self.folder.path / FILE_NAME)
        self._keep_memory()
        self.folder.write_result(result)
        return result

    def _keep_memory(self) -> None:
        """What a learner from words keeps for tasks like this one."""
        kept = self._learner.memory() if hasattr(self._learner, "memory") else None
        if kept is not None:
            write_whole(self.folder.path / "memory.npz", kept)

    def on_step(
        self, learner: Learner, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        """Count, show and log one step; stop where that was asked for in vain for long."""
        tracker = self._tracker
        before = tracker.steps
        tracker.on_step(infos, dones)
        self._progress.update(tracker)
        if _crossed(before, tracker.steps, self.config.log_every):
            for name, value in tracker.scalars().items():
                learner.logger.record(name, value)
            if self._person is not None:
                for name, value in self._person.scalars().items():
                    learner.logger.record(name, value)
            learner.logger.dump(tracker.steps)
            if self._person is not None:
                self._person.progress(tracker.steps, _last_success(tracker))
        if self._stop.overdue:
            self._interrupt()
        return True

    def on_boundary(self, learner: Learner) -> None:
        """Evaluate and save where it is time to, and stop if that was asked for."""
        config, steps = self.config, self._tracker.steps
        if self._person is not None:
            for text, meaning in getattr(learner, "understood", ()):
                self._person.understood(text, meaning)
        if self._monitor is not None:
            self._monitor.on_boundary(learner)
        evaluated_at = int(self._tracker.curve[-1][0]) if self._tracker.curve else 0
        due = _crossed(evaluated_at, steps, config.eval_every)
        # Some tasks can be left for another episode only at a price in the middle of one.
        late = steps - evaluated_at > 1.5 * config.eval_every
        if due and steps < config.total_steps and (learner.resumable or late):
            figures = self._evaluate(config.eval_episodes).figures()
            self._tracker.add_evaluation(figures)
            self._record_evaluation(figures)
        if not learner.resumable:
            return
        if self._stop.asked:
            self._save()
            self._interrupt()
        if _crossed(self._saved_at, steps, config.checkpoint_every):
            self._save()

    def _save(self) -> None:
        """Save the run as it stands; every signal that it learnt from is on the disk before."""
        state = {
            "learner": self._learner.state_dict(),
            "tracker": self._tracker.state_dict(),
            "seconds": self._seconds(),
            "log_position": self._log.position() if self._log is not None else 0,
        }
        if self._monitor is not None:
            state["monitor"] = self._monitor.state_dict()
        checkpoint.save_step(self.folder.checkpoints, self._tracker.steps, state)
        self._saved_at = self._tracker.steps

    def _evaluate(self, episodes: int) -> Evaluation:
        """On held-out episodes, without a trace in the generators that the learner draws from."""
        with generators_kept():
            if self._test_env is None:
                self._test_env = build.build_test_env(self.config, episodes)
            return evaluate(
                self._policy,
                self._test_env,
                episodes,
                roads=build.count_test_roads(self.config),
                tick=self._check_overdue,
            )

    def _record_evaluation(self, figures: dict[str, Any]) -> None:
        logger = self._learner.logger
        logger.record("eval/mean_reward", figures["return"])
        logger.record("eval/mean_ep_length", figures["episode_length"])
        logger.record("eval/cost", figures["cost"])
        if figures["success"] is not None:
            logger.record("eval/success_rate", figures["success"])
        logger.dump(self._tracker.steps)

    def _result(self, evaluation: Evaluation, seconds: float) -> dict[str, Any]:
        config, tracker = self.config, self._tracker
        return {
            "name": self.folder.path.name,
            **config.choices,
            "seed": config.seed,
            "quick": config.quick,
            "config_digest": config.digest(),
            **evaluation.figures(),
            **getattr(self._learner, "figures", dict)(),
            **(self._person.figures() if self._person is not None else {}),
            "total_steps": tracker.steps,
            "human_steps": tracker.human_steps,
            "takeovers": tracker.takeovers,
            "judgements": tracker.judgements,
            "answers": tracker.answers,
            "human_seconds": tracker.human_seconds,
            "human_rate_last_tenth": tracker.late_rate,
            "training_cost": tracker.training_cost,
            "training_episodes": tracker.episodes,
            "curve": curve(tracker),
            **(self._monitor.figures() if self._monitor else {}),
            "wall_seconds": seconds,
        }

    def _seconds(self) -> float:
        return self._earlier_seconds + time.monotonic() - self._started

    def _check_overdue(self) -> None:
        if self._stop.asked and self._tracker.steps >= self.config.total_steps:
            self._interrupt()

    def _interrupt(self) -> None:
        raise Interrupted(str(self.folder.path), self._saved_at)


def policy_of(learner: Learner) -> Policy:
    """The learner's deterministic actions, for a batch of observations."""
    return _Deterministic(learner)


class _Deterministic:
    """A learner as a policy; `enter` is the learner's, where it has one."""

    def __init__(self, learner: Learner):
        self._learner = learner
        self.enter = getattr(learner, "enter", None)

    def __call__(self, obs: np.ndarray) -> np.ndarray:
        return self._learner.predict(obs, deterministic=True)[0]


def hparams(config: RunConfig) -> dict[str, bool | int | float | str]:
    """The same keys for every run, as TensorBoard's table needs them."""
    sizes = {
        name: float(getattr(config.algorithm, name, 0.0))
        for name in ("learning_rate", "batch_size")
    }
    groups = {group: str(choice or "none") for group, choice in config.choices.items()}
    return {**groups, **sizes, "seed": config.seed, "total_steps": config.total_steps}


def curve(tracker: Tracker) -> list[dict[str, float | None]]:
    """The evaluations during training, one dict a point."""
    names = ("step", "human_steps", "human_seconds", "success", "return", "cost")
    return [
        {name: None if np.isnan(x) else x for name, x in zip(names, row, strict=True)}
        for row in tracker.curve
    ]


def _last_success(tracker: Tracker) -> float | None:
    success = curve(tracker)[-1]["success"] if tracker.curve else None
    return None if success is None else float(success)


def _one_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _crossed(before: int, now: int, every: int) -> bool:
    """Whether a multiple of `every` lies in (before, now]."""
    return every > 0 and now // every > before // every
