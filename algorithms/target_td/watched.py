"""How to read a learner of the lab: its batch, its values and targets, its step and its rule."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch as th
from torch.func import functional_call

from algorithms.core.buffers import HumanNoviceBuffer, InterventionBatch
from algorithms.core.state import generator_states, set_generator_states
from algorithms.target_td.rules import TargetRule


@contextmanager
def undisturbed(model: Any, rng: np.random.Generator) -> Iterator[None]:
    """Draw by `rng` for a while."""
    kept, buffer = generator_states(), model.replay_buffer
    own = getattr(buffer, "rng", None)
    np.random.seed(int(rng.integers(2**31)))  # noqa: NPY002 - SB3's buffers draw from it
    if own is not None:
        buffer.rng = np.random.default_rng(rng.integers(2**31))
    try:
        yield
    finally:
        set_generator_states(kept)
        if own is not None:
            buffer.rng = own


def draw_rows(model: Any, size: int) -> tuple[Any, ...] | None:
    """Obs, action, reward, obs after, done and, of interventions, which are labelled; or None."""
    buffer = model.replay_buffer
    if isinstance(buffer, HumanNoviceBuffer):
        if len(buffer.human) + len(buffer.novice) < size:
            return None
        batch: InterventionBatch = buffer.sample(size)
        zero = th.zeros(len(batch.obs))
        labelled = batch.takeover[:, 0] > 0
        done = batch.done[:, 0]
        return batch.obs.float(), batch.action, zero, batch.next_obs.float(), done, labelled
    if buffer.size() < size:
        return None
    kept = buffer.sample(size)
    obs, following = kept.observations.float(), kept.next_observations.float()
    return obs, kept.actions, kept.rewards[:, 0], following, kept.dones[:, 0], None


def values_of(model: Any) -> tuple[Any, Any, dict[str, th.Tensor], dict[str, th.Tensor]]:
    """Values of one row by the network and by its target, and their weights."""
    if hasattr(model, "q_net"):
        net, old = model.q_net, model.q_net_target

        def of(module: Any) -> Any:
            def value(parameters: Any, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
                found = functional_call(module, parameters, (obs[None],))
                return found.gather(1, action.long()[None])[0, 0]

            return value

        return of(net), of(old), dict(net.named_parameters()), dict(old.named_parameters())
    net, old = model.critic.q_networks[0], model.critic_target.q_networks[0]

    def of_pair(module: Any) -> Any:
        def value(parameters: Any, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
            both = th.cat([obs.flatten(), action])[None]
            return functional_call(module, parameters, (both,))[0, 0]

        return value

    return of_pair(net), of_pair(old), dict(net.named_parameters()), dict(old.named_parameters())


def next_of(model: Any, next_obs: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    """The next state's value [B] by the target, and the action [B, ...] that has it."""
    if hasattr(model, "q_net"):
        values, action = model.q_net_target(next_obs).max(dim=1)
        return values, action[:, None]
    if hasattr(model, "actor_target"):
        action = model.actor_target(next_obs)
    else:  # SAC's: at its mean, for to draw would leave a trace
        action = model.actor(next_obs, deterministic=True)
    first = model.critic_target.q_networks[0]
    return first(th.cat([next_obs.flatten(1), action], dim=1))[:, 0], action


def of_all(q: Any, weights: Any, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
    """[B], the values of all rows."""
    return th.func.vmap(q, in_dims=(None, 0, 0))(weights, obs, action)


def step_scale(optimizer: Any, weights: dict[str, th.Tensor]) -> th.Tensor:
    """[P], the square root of what Adam scales each weight's step by."""
    parts = []
    for p in weights.values():
        state = optimizer.state.get(p, {})
        if "exp_avg_sq" not in state:
            parts.append(th.ones(p.numel()))
            continue
        group = optimizer.param_groups[0]
        bias = 1.0 - group["betas"][1] ** float(state["step"])
        size = (state["exp_avg_sq"] / bias).sqrt() + group["eps"]
        parts.append(size.rsqrt().flatten())
    return th.cat(parts)


def loss_scale(model: Any) -> float:
    """What a row's squared error counts in twice the loss: Huber's has a half, others have none."""
    return 1.0 if hasattr(model, "q_net") and not getattr(model, "squared", False) else 2.0


def rule_of(learner: Any) -> TargetRule:
    """How the targets of its values follow, counted in gradient updates."""
    model = learner.model
    if learner.targets is not None:
        config = learner.targets.config
        if config.rule == "none":
            return TargetRule.td()
        if config.rule == "polyak":
            return TargetRule.polyak(config.tau)
        momentum = config.momentum if config.rule == "momentum" else 0.0
        return TargetRule(period=config.period, momentum=momentum)
    if hasattr(model, "q_net"):
        steps = max(model.target_update_interval // model.n_envs, 1)
        rounds = max(steps // model.train_freq.frequency, 1)
        return TargetRule(period=max(rounds * model.gradient_steps, 1), tau=model.tau)
    return TargetRule(period=getattr(model, "policy_delay", 1), tau=model.tau)


def drift(weights: dict[str, th.Tensor], target: dict[str, th.Tensor]) -> float:
    """‖w − w̄‖ / ‖w‖."""
    with th.no_grad():
        apart = sum(float((p - target[name]).square().sum()) for name, p in weights.items())
        size = sum(float(p.square().sum()) for p in weights.values())
    return math.sqrt(apart / max(size, 1e-300))
