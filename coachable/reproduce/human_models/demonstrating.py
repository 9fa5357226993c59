"""How people show what is to be done, measured: shaken execution, and where episodes start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np

from coachable.build import build_oracle, put_beside
from coachable.config import RunConfig
from coachable.reproduce.human_models.closed_forms import between, clipped_normal
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import Row, counts, exact, fits, share, variance
from coachable.reproduce.human_models.stage import DT, KEYS, Stage
from envs.finite.task import FINITE, FiniteConfig
from simulated_humans.demonstrating_config import DemonstratingConfig
from simulated_humans.intervening import InterveningHuman
from teaching import Oracle
from teaching import info as keys

MODELS: dict[str, Model] = {}
model = collect(MODELS, "demonstrating")

WIDE = 250
"""Dimensions of a box that is shaken all at once: so many draws a step."""

MANY = gym.spaces.Box(-1.0, 1.0, (WIDE,), np.float32)
ODD = gym.spaces.Box(np.array([-1, 0], np.float32), np.array([1, 10], np.float32))
"""Two dimensions with half-ranges of 1 and 5."""


class Road(gym.Env):
    """One place further on each step, whatever is done; at `end` it is over, without success."""

    metadata = {"render_modes": []}
    dt = DT

    def __init__(self, action_space: gym.Space, end: int = 10**9):
        self.action_space = action_space
        self.observation_space = gym.spaces.Box(0.0, np.inf, (1,), np.float32)
        self.place, self._end = 0, end

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """To the first place."""
        super().reset(seed=seed)
        self.place = 0
        return self._obs(), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """One place further."""
        self.place += 1
        return self._obs(), 0.0, self.place >= self._end, False, {"is_success": False}

    def state_dict(self) -> dict[str, np.ndarray]:
        """The place."""
        return {"place": np.array(self.place)}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        """Back to it."""
        self.place = int(state["place"])

    def _obs(self) -> np.ndarray:
        return np.array([self.place], np.float32)


def shown(stage: Stage, space: gym.Space, end: int = 10**9, **settings: Any) -> gym.Env:
    """A road with someone at the controls who does nothing: 0, or key 0."""
    config = DemonstratingConfig(**settings)
    nothing = np.zeros((1, *(space.shape or ())), space.dtype)
    seed = int(stage.rng.integers(2**31))
    human = InterveningHuman(config, Oracle(action=lambda obs: nothing), space, 1, seed)
    run = RunConfig(env=None, human=config, algorithm=None, seed=seed)
    env: Any = put_beside(Road(space, end), human, None, run)
    return env


def drive(env: gym.Env, proposals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An episode of T steps: [T, A...] what the human decided, and [T, A...] what was done."""
    env.reset(seed=0)
    infos = [env.step(proposed)[4] for proposed in proposals]
    done = [info.get(keys.DISTURBED_ACTION, info[keys.EXECUTED_ACTION]) for info in infos]
    return np.stack([info[keys.EXECUTED_ACTION] for info in infos]), np.stack(done)


def starts(env: gym.Env, episodes: int) -> np.ndarray:
    """[episodes] the places at which they start."""
    return np.array([int(env.reset()[0][0]) for _ in range(episodes)])


@model("execution_noise", "execution_noise gate", "DART (Laskey et al. 2017)")
def execution_noise(stage: Stage) -> Iterator[Row]:
    """the task gets a + σ·half-range·z, cut off at the ends; of keys, another one with probability
    p, each alike often. The label is a, as it was meant, and the human is always in control."""
    steps = stage.worlds(2 * WIDE)
    proposals = np.zeros((steps, WIDE), np.float32)
    for sigma in (0.2, 0.6):
        meant, done = drive(shown(stage, MANY, execution_noise=sigma), proposals)
        yield exact(f"σ = {sigma}: largest error of the label", 0, np.abs(meant).max(), meant.size)
        second, fourth = clipped_normal(sigma, 1.0)
        yield variance(f"σ = {sigma}: variance", done, 0.0, second, fourth)
        yield fits(
            f"σ = {sigma}: between the ends, KS",
            done[np.abs(done) < 1],
            between(sigma, 1.0),
        )
    chance, n = 0.2, stage.draws // 20
    # Key 0 is meant and key 1 proposed.
    meant, done = drive(shown(stage, KEYS, execution_noise=chance), np.ones(n, np.int64))
    yield exact("four keys: labels that are not as meant", 0, (meant != 0).mean(), n)
    yield share("four keys: another one, p = 0.2", done != 0, chance)
    masses = np.array([1 - chance, *(np.full(3, chance / 3))])
    yield counts("four keys: which, χ²", np.bincount(done, minlength=4), masses)


def disagreeing(where: np.ndarray) -> np.ndarray:
    """[T] proposals of key 1 where [T] is True, and elsewhere of key 0, as the human has it."""
    return np.asarray(where, np.int64)


@model("reset_share", "reset_share", "ours")
def reset_share(stage: Stage) -> Iterator[Row]:
    """once a state is remembered, an episode starts from one with probability s, each alike often;
    before that never."""
    chance, n = 0.3, stage.draws // 4
    env = shown(stage, KEYS, reset_share=chance)
    none = starts(env, 200)
    yield exact("before anything is remembered", 0, (none > 0).mean(), 200)
    # Four spells of disagreement, which start at the places 1, 3, 5 and 7.
    drive(env, disagreeing(np.arange(8) % 2 == 1))
    begun = starts(env, n)
    yield share("s = 0.3, four states remembered", begun > 0, chance)
    tally = np.bincount(begun, minlength=8)
    yield counts("which of them, χ²", tally[1:8:2], np.full(4, 0.25))
    yield exact("anywhere else", 0, tally[2::2].sum(), n)


@model("interest", "interest interest_threshold interest_before interest_memory", "ours")
def interest(stage: Stage) -> Iterator[Row]:
    """the first step of each spell in which max_i |a_i − a*_i| / half-range_i > θ, or the risk is
    above θ; or what lies `interest_before` before the end of an episode that is lost. The oldest
    goes first."""
    theta = 0.3
    # Agreement on even places; on odd ones one of the two dimensions is off by so many half-ranges.
    share_of = np.where(np.arange(24) % 2, stage.rng.uniform(0.05, 0.6, 24), 0.0)
    which = stage.rng.integers(0, 2, 24)
    proposals = np.zeros((24, 2), np.float32)
    proposals[np.arange(24), which] = share_of * np.array([1.0, 5.0])[which]
    env = shown(stage, ODD, interest_threshold=theta, reset_share=1.0)
    drive(env, proposals)
    seen, wanted = set(starts(env, 600).tolist()), set(np.flatnonzero(share_of > theta).tolist())
    yield exact("disagreement, θ = 0.3: states gone back to", len(wanted), len(seen), 24)
    yield exact("that are no disagreement", 0, len(seen - wanted), 24)
    spell = np.array([0, 1, 1, 1, 0, 0, 1, 1], bool)  # starting at 1 and at 6
    env = shown(stage, KEYS, reset_share=1.0)
    drive(env, disagreeing(spell))
    yield exact(
        "two spells: places of their first steps, added up",
        1 + 6,
        sum(set(starts(env, 100).tolist())),
        8,
    )
    env = shown(stage, KEYS, interest_memory=3, reset_share=1.0)
    drive(env, disagreeing(np.arange(12) % 2 == 1))
    yield exact(
        "memory 3: places of the last three of six, added up",
        7 + 9 + 11,
        sum({*starts(env, 200)}),
        12,
    )
    env = shown(stage, KEYS, end=30, interest="loss", interest_before=0.8, reset_share=1.0)
    drive(env, disagreeing(np.zeros(30)))
    yield exact("loss: seconds before the end", 0.8, (30 - starts(env, 20).mean()) * DT, 20)
    yield from risks(stage)


def risks(stage: Stage) -> Iterator[Row]:
    """A grid with costly cells, whose expert knows the risk exactly."""
    theta = 0.25
    task = FiniteConfig(id="grid", slip=0.3)
    config = DemonstratingConfig(
        reset_share=1.0, interest="risk", interest_threshold=theta, interest_memory=10**4
    )
    run = RunConfig(env=task, human=config, algorithm=None, seed=int(stage.rng.integers(2**31)))
    env: Any = FINITE.make(task, "train", None)
    oracle = build_oracle(run, env)
    assert oracle.risk is not None
    human = InterveningHuman(config, oracle, env.action_space, 1, run.seed)
    env, wanted, moments = put_beside(env, human, None, run), set(), 0
    for episode in range(40):
        obs, over, before = env.reset(seed=episode if episode == 0 else None)[0], False, False
        while not over:
            proposed = stage.rng.integers(env.action_space.n)
            risk = oracle.risk(obs[None], np.array([proposed]), config.horizon)[0]
            if risk > theta and not before:
                wanted.add(obs.tobytes())
            before, moments = bool(risk > theta), moments + 1
            obs, _, terminated, truncated, _ = env.step(proposed)
            over = terminated or truncated
    seen = {env.reset()[0].tobytes() for _ in range(2000)}
    yield exact("risk, θ = 0.25: states gone back to", len(wanted), len(seen), moments)
    yield exact("that are no risk", 0, len(seen - wanted), moments)
