"""Many of the lab's DQN at once: the same draws, the same steps, one batched network.

Twenty small networks cost little more than one. Each learner keeps its environment, its spaces and
its stream of random numbers, so that run by run it is what `DQN.learn` does but for the order in
which floating-point numbers are added up; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch as th
from torch.nn import functional

from algorithms.baselines.agent import DQN
from algorithms.target_td.losses import new_target


class ManyDQN:
    """N learners that differ in their seeds alone, before their first step.

    Args:
        make: (seed) -> the learner; its rule is hard or momentum.
        seeds: of the learners.

    """

    def __init__(self, make: Any, seeds: Sequence[int]):
        self.learners: list[DQN] = []
        self._draws: list[np.random.RandomState] = []
        for seed in seeds:
            self.learners.append(make(seed))
            draws = np.random.RandomState()
            draws.set_state(np.random.get_state())  # noqa: NPY002
            self._draws.append(draws)
        first: Any = self.learners[0].model
        self._model, self._rule = first, first.target_config
        models: list[Any] = [learner.model for learner in self.learners]
        self.weights = [
            th.stack(parts).detach().requires_grad_()
            for parts in zip(*(list(m.q_net.parameters()) for m in models), strict=True)
        ]
        self.target = [p.detach().clone() for p in self.weights]
        self._before = [p.clone() for p in self.target]
        self._optimizer = th.optim.Adam(self.weights, lr=first.learning_rate)
        self._memory = _Memory(len(self.learners), first.buffer_size, first.observation_space)
        self._updates = 0
        self.steps = 0
        self.episodes: list[list[tuple[int, float]]] = [[] for _ in self.learners]
        """(step, return) of each training episode that ended, one list a learner."""

    def learn(self, steps: int) -> None:
        """Take so many steps of each environment, and leave the weights in the learners."""
        model = self._model
        obs = np.concatenate([learner.env.reset() for learner in self.learners])
        while self.steps < steps:
            for _ in range(model.train_freq.frequency):
                obs = self._step(obs)
            for _ in range(model.gradient_steps):
                self._train()
        with th.no_grad():
            for i, learner in enumerate(self.learners):
                own = learner.model.q_net.parameters()  # type: ignore[attr-defined]
                for p, stacked in zip(own, self.weights, strict=True):
                    p.copy_(stacked[i])

    @th.no_grad()
    def _step(self, obs: np.ndarray) -> np.ndarray:
        greedy = self._values(self.weights, th.from_numpy(obs)[:, None])[:, 0].argmax(1).numpy()
        # Stable-Baselines3 sets ε after the first step; until then it is 0.
        epsilon = self._model.exploration_final_eps if self.steps else 0.0
        self.steps += 1
        following = np.empty_like(obs)
        for i, learner in enumerate(self.learners):
            explores = self._draws[i].rand() < epsilon
            action = learner.model.action_space.sample() if explores else greedy[i]
            (following[i],), (reward,), (done,), (info,) = learner.env.step(np.array([action]))
            entered = info.get("terminal_observation", following[i])
            ended = bool(done) and not info.get("TimeLimit.truncated", False)
            self._memory.keep(i, obs[i], action, reward, entered, ended)
            if done:
                self.episodes[i].append((self.steps, info["episode"]["r"]))
        self._memory.advance()
        return following

    def _train(self) -> None:
        model = self._model
        obs, action, reward, entered, ended = self._memory.sample(self._draws, model.batch_size)
        with th.no_grad():
            following = self._values(self.target, entered).amax(2)
            wanted = reward + model.gamma * (1 - ended) * following
        value = self._values(self.weights, obs).gather(2, action[:, :, None])[:, :, 0]
        loss_of = functional.mse_loss if model.squared else functional.smooth_l1_loss
        # Learners share nothing: the gradient of the sum holds the gradient of each.
        loss = loss_of(value, wanted, reduction="none").mean(1).sum()
        self._optimizer.zero_grad()
        loss.backward()
        self._clip(model.max_grad_norm)
        self._optimizer.step()
        self._updates += 1
        if self._updates % self._rule.period == 0:
            self._move_target()

    @th.no_grad()
    def _clip(self, largest: float) -> None:
        """Every learner's gradient to a norm of `largest`, as `clip_grad_norm_` does it."""
        gradients = [p.grad for p in self.weights]
        norm = th.stack([g.flatten(1).norm(dim=1) for g in gradients if g is not None]).norm(dim=0)
        share = (largest / (norm + 1e-6)).clamp(max=1.0)
        for gradient in gradients:
            if gradient is not None:
                gradient.mul_(share.view(-1, *[1] * (gradient.dim() - 1)))

    @th.no_grad()
    def _move_target(self) -> None:
        momentum = self._rule.momentum if self._rule.rule == "momentum" else 0.0
        moved = [
            new_target(target, before, p, 1.0, momentum).clone()
            for p, target, before in zip(self.weights, self.target, self._before, strict=True)
        ]
        self._before, self.target = self.target, moved

    def _values(self, weights: Sequence[th.Tensor], obs: th.Tensor) -> th.Tensor:
        """[N, B, A] of observations [N, B, O]."""
        *hidden, last, offset = weights
        for weight, bias in zip(hidden[::2], hidden[1::2], strict=True):
            obs = th.relu(th.baddbmm(bias[:, None], obs, weight.mT))
        return th.baddbmm(offset[:, None], obs, last.mT)


class _Memory:
    """N replay buffers of the same fill."""

    def __init__(self, runs: int, size: int, space: Any):
        shape = (runs, size, *space.shape)
        self._obs, self._entered = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._action = np.zeros((runs, size), np.int64)
        self._reward, self._ended = (np.zeros((runs, size), np.float32) for _ in range(2))
        self._size, self._place, self._full = size, 0, False

    def keep(self, i: int, obs: Any, action: Any, reward: Any, entered: Any, ended: bool) -> None:
        """One transition of run i."""
        at = (i, self._place)
        self._obs[at], self._action[at], self._reward[at] = obs, action, reward
        self._entered[at], self._ended[at] = entered, ended

    def advance(self) -> None:
        """All runs have kept theirs."""
        self._place = (self._place + 1) % self._size
        self._full |= self._place == 0

    def sample(self, draws: Sequence[np.random.RandomState], size: int) -> tuple[th.Tensor, ...]:
        """Obs [N, B, O], action, reward [N, B], obs entered, whether it ended, by their draws."""
        among = self._size if self._full else self._place
        rows = np.stack([own.randint(0, among, size=size) for own in draws])
        for own in draws:
            own.randint(0, high=1, size=size)  # which of its one world, as SB3 asks
        runs = np.arange(len(draws))[:, None]
        parts = (self._obs, self._action, self._reward, self._entered, self._ended)
        return tuple(th.from_numpy(part[runs, rows]) for part in parts)
