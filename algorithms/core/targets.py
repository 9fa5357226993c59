"""How target networks follow, and what they are asked for: one rule for every learner.

`install` puts a rule on a model of Stable-Baselines3 in the place of its own. `next_value` and
`munchausen_bonus` are for those that write their own TD targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm

from algorithms.core.config import TargetConfig
from algorithms.core.mlp import follow
from algorithms.core.state import to_plain
from teaching import UserError


class TargetFollower:
    """Moves target networks by a rule, counted in gradient updates.

    It looks after each step of the environment: where a step brings several updates, Polyak steps
    are made up for together, and a period has to be a multiple of them.

    Args:
        model: whose updates are counted.
        config: the rule.
        pairs: the networks that learn beside their targets.

    """

    def __init__(
        self,
        model: OffPolicyAlgorithm,
        config: TargetConfig,
        pairs: Sequence[tuple[th.nn.Module, th.nn.Module]],
    ):
        self.config = config
        self._model = model
        self._sources = [p for source, _ in pairs for p in source.parameters()]
        self._targets = [p for _, target in pairs for p in target.parameters()]
        self._before = [p.detach().clone() for p in self._targets]
        self._done = 0
        if config.rule == "none":
            # One storage for both: there is no moment at which they differ.
            for source, target in zip(self._sources, self._targets, strict=True):
                target.data = source.data

    @th.no_grad()
    def advance(self) -> None:
        """Catch up with the model's updates."""
        updates, rule = self._model._n_updates, self.config.rule
        fresh = updates - self._done
        period = self.config.period
        due = updates // period > self._done // period
        self._done = updates
        if rule == "polyak" and fresh > 0:
            follow(self._targets, self._sources, 1.0 - (1.0 - self.config.tau) ** fresh)
        elif rule == "hard" and due:
            follow(self._targets, self._sources, 1.0)
        elif rule == "momentum" and due:
            for source, target, before in zip(
                self._sources, self._targets, self._before, strict=True
            ):
                moved = source + self.config.momentum * (target - before)
                before.copy_(target)
                target.copy_(moved)

    def state_dict(self) -> dict[str, Any]:
        """The targets before the last ones, and the updates that were seen."""
        return {"before": to_plain(self._before), "done": self._done}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for i, before in enumerate(self._before):
            before.copy_(th.as_tensor(np.array(state["before"][str(i)])))
        self._done = int(state["done"])


def install(model: BaseAlgorithm, config: TargetConfig) -> TargetFollower | None:
    """Have the model learn by a rule of the target; None if its networks follow as they always do.

    Raises:
        UserError: a period that does not fit the updates that are made at once.

    """
    model.target_config = config  # type: ignore[attr-defined]
    if config.rule in ("own", "kl"):
        return None
    assert isinstance(model, OffPolicyAlgorithm)
    at_once = max(model.gradient_steps, 1)
    if config.rule in ("hard", "momentum") and config.period % at_once:
        raise UserError(
            f"algorithm.target.period must be a multiple of the {at_once} gradient updates that "
            f"are made at once, got {config.period}"
        )
    follower = TargetFollower(model, config, _pairs(model))
    model.tau = 0.0  # its own rule moves nothing any more
    own = model._on_step

    def on_step() -> None:
        own()
        follower.advance()

    model._on_step = on_step  # type: ignore[method-assign]
    return follower


def _pairs(model: Any) -> list[tuple[th.nn.Module, th.nn.Module]]:
    names = [("q_net", "q_net_target"), ("critic", "critic_target"), ("actor", "actor_target")]
    return [
        (getattr(model, source), getattr(model, target))
        for source, target in names
        if hasattr(model, target)
    ]


def next_value(
    config: TargetConfig, q_target: th.Tensor, q_online: th.Tensor | None = None
) -> th.Tensor:
    """[B, 1], what the next state is worth.

    Args:
        config: with `double`, the online network chooses and the target values the choice (van
            Hasselt et al. 2016); with the rule kl, the entropy-regularised value of Munchausen DQN
            (Vieillard et al. 2020, Eq. 2), Σ_a π (q − τ ln π) = τ ln Σ_a exp(q / τ).
        q_target: [B, A] of the target network in the next state.
        q_online: [B, A] of the network that learns; needed for `double`.

    """
    if config.rule == "kl":
        tau = config.temperature
        return tau * (q_target / tau).logsumexp(dim=1, keepdim=True)
    if config.double:
        assert q_online is not None
        return q_target.gather(1, q_online.argmax(dim=1, keepdim=True))
    return q_target.amax(dim=1, keepdim=True)


def munchausen_bonus(config: TargetConfig, q_target: th.Tensor, action: th.Tensor) -> th.Tensor:
    """[B, 1], what is added to the reward: α [τ ln π(a|s)] cut off at `log_floor` (ibid., Eq. 2).

    Which regularises each greedy step by its KL divergence from the policy before it, and so
    averages the values of the past (Vieillard et al. 2020, "Leverage the Average").

    Args:
        config: of the rule kl.
        q_target: [B, A] of the target network in the state.
        action: [B, 1] int64.

    """
    tau = config.temperature
    log_policy = tau * (q_target / tau).log_softmax(dim=1)
    return config.kl_weight * log_policy.gather(1, action).clamp(config.log_floor, 0.0)


def gaussian_bonus(
    config: TargetConfig, policy_action: th.Tensor, action: th.Tensor, deviation: float
) -> th.Tensor:
    """[B, 1], the same for a deterministic policy with target noise: ln N(a; μ̄, σ²) less its peak.

    The entropy of such a policy is the same everywhere, so that it adds nothing to the next value.
    """
    square = (action - policy_action).square().sum(dim=1, keepdim=True)
    log_policy = -config.temperature * square / (2.0 * deviation**2)
    return config.kl_weight * log_policy.clamp(config.log_floor, 0.0)
