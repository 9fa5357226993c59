"""The losses of Proxy Value Propagation as pure functions.

Peng, Mo, Duan, Li, Zhou: Learning from Active Human Involvement through Proxy Value Propagation
(NeurIPS 2023). Every mean runs over the whole batch B with the mask inside it, so that a step
without a human counts as zero and does not share in the human's label.
"""

from __future__ import annotations

import torch as th
from torch.nn import functional as F


def proxy_value_loss(
    q_behavior: th.Tensor, q_novice: th.Tensor, takeover: th.Tensor, differs: th.Tensor
) -> th.Tensor:
    """The proxy labels: +1 for the human's action, -1 for the one it replaced (Eq. 2).

    Args:
        q_behavior: [B, 1] values of the executed actions.
        q_novice: [B, 1] values of the novice's actions.
        takeover: [B, 1] in {0, 1}, the human was in control.
        differs: [B, 1] in {0, 1}, the two actions are not the same.

    Returns:
        Scalar: mean of I (Q(s, a_b) - 1)² + mean of I [a_b ≠ a_n] (Q(s, a_n) + 1)².

    """
    praise = takeover * (q_behavior - 1.0).square()
    blame = takeover * differs * (q_novice + 1.0).square()
    return praise.mean() + blame.mean()


def td_target(next_q: th.Tensor, done: th.Tensor, gamma: float) -> th.Tensor:
    """Reward-free TD target γ (1 - d) Q'(s', a') (Eq. 3); all [B, 1]."""
    return gamma * (1.0 - done) * next_q


def td_loss_continuous(q: th.Tensor, target: th.Tensor, counts: th.Tensor) -> th.Tensor:
    """0.5 · mean of squared TD errors over the steps that count; all [B, 1]."""
    return 0.5 * (counts * (q - target).square()).mean()


def td_loss_discrete(q: th.Tensor, target: th.Tensor, counts: th.Tensor) -> th.Tensor:
    """Mean Huber TD error over the steps that count; all [B, 1]."""
    return (counts * F.smooth_l1_loss(q, target, reduction="none")).mean()


def blamed(
    action: th.Tensor, novice_action: th.Tensor, takeover: th.Tensor, distance: float
) -> th.Tensor:
    """[B] bool, the steps whose replaced action gets its −1 (continuous actions).

    Args:
        action: [B, A] executed, in half-ranges.
        novice_action: [B, A] proposed.
        takeover: [B, 1] in {0, 1}.
        distance: least difference in any dimension; 0 blames every step of a takeover.

    """
    apart = (action - novice_action).abs().amax(dim=1) >= distance
    return (takeover.squeeze(1) > 0) & apart


def critic_gradients(
    q_behavior: th.Tensor,
    q_novice: th.Tensor,
    target: th.Tensor,
    takeover: th.Tensor,
    counts: th.Tensor,
    label_weight: float,
    td_weight: float,
) -> tuple[th.Tensor, th.Tensor]:
    """Derivatives of ``label_weight · proxy_value_loss + td_weight · td_loss_continuous``.

    Args:
        q_behavior: [B, 1] values of the executed actions.
        q_novice: [K, 1] values of the novice's actions on the K steps of the batch that are
            `blamed`; elsewhere their derivative is zero.
        target: [B, 1] TD target.
        takeover: [B, 1] in {0, 1}.
        counts: [B, 1] in {0, 1}, which steps take part in TD.
        label_weight: of the labels.
        td_weight: of TD.

    Returns:
        [B, 1] with respect to `q_behavior`, and [K, 1] with respect to `q_novice`.

    """
    batch_size = len(q_behavior)
    praise = (2.0 * label_weight / batch_size) * takeover * (q_behavior - 1.0)
    blame = (2.0 * label_weight / batch_size) * (q_novice + 1.0)
    td = (td_weight / batch_size) * counts * (q_behavior - target)
    return praise + td, blame


def cloning_loss_continuous(
    action: th.Tensor, human_action: th.Tensor, takeover: th.Tensor
) -> th.Tensor:
    """Mean squared distance to the human's action over human steps (PVP4Real).

    Args:
        action: [B, A] the actor's.
        human_action: [B, A] what was executed.
        takeover: [B, 1] in {0, 1}.

    Returns:
        Scalar; 0 where the batch holds no human step.

    """
    distance = (action - human_action).square().mean(dim=1, keepdim=True)
    return (takeover * distance).sum() / takeover.sum().clamp(min=1.0)


def cloning_loss_discrete(
    q_values: th.Tensor, human_action: th.Tensor, takeover: th.Tensor
) -> th.Tensor:
    """Cross-entropy of the human's action with [B, A] values as logits, over human steps."""
    nll = F.cross_entropy(q_values, human_action.squeeze(1), reduction="none").unsqueeze(1)
    return (takeover * nll).sum() / takeover.sum().clamp(min=1.0)
