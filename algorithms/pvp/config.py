"""Settings of Proxy Value Propagation."""

from __future__ import annotations

from dataclasses import dataclass, field

from algorithms.core.config import InterventionConfig, TargetConfig, require


@dataclass
class PVPConfig(InterventionConfig):
    """The published settings; what the paper leaves open is a field here.

    Attributes:
        label_weight: weight of the ±1 proxy labels (Eq. 2 of the paper).
        blame_distance: the replaced action gets its −1 only where it is at least this far from the
            human's, in half-ranges of the action (largest difference over its dimensions). 0 is as
            published: every step of a takeover. A human who stays in control for longer than the
            error lasts also replaces actions that were fine. Discrete actions: where they differ.
        td_weight: weight of the reward-free TD loss; 0 learns from the labels alone.
        td_on_takeover_start: whether TD is also done on the first step of a takeover. The authors'
            code leaves those steps out.
        bc_weight: weight of cloning the human's actions in the actor (1 in PVP4Real); with discrete
            actions, of a cross-entropy with the values as logits, which is ours.
        policy_delay: critic updates for each actor update (continuous actions).
        target_noise: standard deviation of the noise on target actions (continuous actions).
        target_noise_clip: its bound (continuous actions).
        max_grad_norm: bound on the gradient's norm (discrete actions).
        target: how the target networks follow, instead of PVP's own Polyak average (`tau`).

    """

    name: str = "pvp"
    label_weight: float = 1.0
    blame_distance: float = 0.0
    td_weight: float = 1.0
    td_on_takeover_start: bool = False
    bc_weight: float = 0.0
    policy_delay: int = 2
    target_noise: float = 0.2
    target_noise_clip: float = 0.5
    max_grad_norm: float = 10.0
    target: TargetConfig = field(default_factory=TargetConfig)

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        super().__post_init__()
        for name in ("label_weight", "blame_distance", "td_weight", "bc_weight", "target_noise"):
            require(getattr(self, name) >= 0, name, "≥ 0", getattr(self, name))
        require(self.policy_delay >= 1, "policy_delay", "≥ 1", self.policy_delay)
        require(self.max_grad_norm > 0, "max_grad_norm", "> 0", self.max_grad_norm)
