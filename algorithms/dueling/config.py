"""Settings of dueling RL."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import require

RULES = ("ucb", "thompson", "lsvi", "random", "greedy", "mle", "explore_then_commit")
TRANSITIONS = ("known", "learned")


@dataclass
class DuelingConfig:
    """Learning from which of two trajectories was better, in a finite MDP.

    Attributes:
        name: the registry entry.
        rule: which two policies are played, see `algorithms.dueling.rules`: ucb, thompson, lsvi,
            random, greedy, mle or explore_then_commit.
        transitions: ``known`` plans with the task's own, ``learned`` with what was seen so far.
        ridge: λ of λ/2·‖w‖² in the likelihood.
        radius_scale: of the confidence radius √(d·log(1 + t/d)) (ucb), and of the posterior's width
            (lsvi).
        bonus_scale: share of the published bonus for unknown transitions, where they are learned;
            and of its width as noise (lsvi).
        explore: rounds of explore_then_commit.
        ask_above: expected disagreement of two draws under which lsvi does not ask.
        restarts: directions that ucb climbs from, where policies are too many to list.
        list_up_to: so many policies are listed, and the published rule applied to the letter.

    """

    name: str = "dueling"
    rule: str = "thompson"
    transitions: str = "known"
    ridge: float = 1.0
    radius_scale: float = 0.5
    bonus_scale: float = 0.02
    explore: int = 100
    ask_above: float = 0.0
    restarts: int = 1
    list_up_to: int = 2000

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(self.rule in RULES, "rule", f"one of {', '.join(RULES)}", self.rule)
        ways = " or ".join(TRANSITIONS)
        require(self.transitions in TRANSITIONS, "transitions", ways, self.transitions)
        require(self.ridge > 0, "ridge", "> 0", self.ridge)
        require(self.radius_scale >= 0, "radius_scale", "≥ 0", self.radius_scale)
        require(self.bonus_scale >= 0, "bonus_scale", "≥ 0", self.bonus_scale)
        require(self.explore >= 0, "explore", "≥ 0", self.explore)
        require(self.ask_above >= 0, "ask_above", "≥ 0", self.ask_above)
        require(self.restarts >= 1, "restarts", "≥ 1", self.restarts)
        require(self.list_up_to >= 0, "list_up_to", "≥ 0", self.list_up_to)
