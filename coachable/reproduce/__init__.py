"""Which published results are reproduced by a command. Nothing here imports what runs them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reproduction:
    """An entry of the registry.

    Attributes:
        summary: one line for ``coachable list``.
        module: where its `SPEC` is (`Spec` or `Direct` of `coachable.reproduce.spec`).
        long: whether ``--all`` leaves it out.
        trains: whether it consists of training runs; otherwise it measures something directly.

    """

    summary: str
    module: str
    long: bool = False
    trains: bool = True


REPRODUCTIONS: dict[str, Reproduction] = {
    "pvp_minigrid": Reproduction(
        "PVP in grid worlds: two tasks, 2,000 steps, 300 of them the human's",
        "coachable.reproduce.pvp_minigrid",
    ),
    "pvp_driving": Reproduction(
        "PVP learns to drive, beside what clones and what learns from reward",
        "coachable.reproduce.pvp_driving",
    ),
    "pvp_humans": Reproduction(
        "the same methods under humans who err, each in one way",
        "coachable.reproduce.pvp_humans",
    ),
    "pvp_lander": Reproduction(
        "PVP lands on the moon, taught by Gymnasium's heuristic",
        "coachable.reproduce.pvp_lander",
    ),
    "pvp_metadrive": Reproduction(
        "PVP in MetaDrive, the published setting (long)",
        "coachable.reproduce.pvp_metadrive",
        long=True,
    ),
    "human_models": Reproduction(
        "every simulated human errs at the rates that its settings say",
        "coachable.reproduce.human_models",
        trains=False,
    ),
    "coach_gridworld": Reproduction(
        "what COACH, TAMER and Q-learning make of five trainers, of unlearning and of delay",
        "coachable.reproduce.coach.gridworld",
        trains=False,
    ),
    "coach_gradient": Reproduction(
        "COACH's expected step is the policy gradient, enumerated",
        "coachable.reproduce.coach.gradient",
        trains=False,
    ),
    "deep_coach": Reproduction(
        "Deep COACH balances poles after 15 minutes of praise and blame, with parts left out",
        "coachable.reproduce.deep_coach",
    ),
    "ecoach": Reproduction(
        "two steps after which COACH is worse off than E-COACH",
        "coachable.reproduce.coach.episodic",
        trains=False,
    ),
    "delay_estimation": Reproduction(
        "learners find out how late their human is, and learn as if they had been told",
        "coachable.reproduce.delay_estimation",
        trains=False,
    ),
    "tamer": Reproduction(
        "what sharing a signal out over the steps it may be about is worth to TAMER",
        "coachable.reproduce.tamer",
        trains=False,
    ),
    "deep_tamer": Reproduction(
        "Deep TAMER after 15 minutes of late words: its weights on a pole, its network on a hill",
        "coachable.reproduce.deep_tamer",
    ),
    "deep_delays": Reproduction(
        "Deep COACH, Deep TAMER and GUIDE find out how late their human is, or are told, or wrong",
        "coachable.reproduce.deep_delays",
    ),
    "tamer_rl": Reproduction(
        "TAMER+RL on MountainCar: what a good and what a misled human make of SARSA",
        "coachable.reproduce.tamer_rl",
        trains=False,
    ),
    "browser": Reproduction(
        "PVP taught through the browser's seat learns what it learns in process; its latency",
        "coachable.reproduce.browser",
        trains=False,
    ),
    "durability": Reproduction(
        "200 kills during bursts of labels from a page: none acknowledged is lost, none is doubled",
        "coachable.reproduce.durability",
        trains=False,
    ),
    "preference": Reproduction(
        "Pendulum from 200 comparisons, beside rankings, corrections and people who err",
        "coachable.reproduce.preference.run",
        trains=False,
    ),
    "linguistic_rewards": Reproduction(
        "rewards from language: literal, pragmatic, inference network, by kind of utterance",
        "coachable.reproduce.words.linguistic_rewards",
        trains=False,
    ),
    "words_or_preferences": Reproduction(
        "words, comparisons, praise, interventions and demonstrations at equal human minutes",
        "coachable.reproduce.words.words_or_preferences",
        trains=False,
    ),
    "corrections": Reproduction(
        "corrections in words bring students of three tasks nearer to the expert",
        "coachable.reproduce.words.corrections",
        trains=False,
    ),
    "scope": Reproduction(
        "what is said of curves changes how students drive in curves, and hardly elsewhere",
        "coachable.reproduce.words.scope",
        trains=False,
    ),
    "memory": Reproduction(
        "what was corrected on one errand saves words on the next like it, and on no other",
        "coachable.reproduce.words.memory",
        trains=False,
    ),
    "grounding": Reproduction(
        "held-out sentences and undeclared synonyms, by lexicon and embeddings (needs an extra)",
        "coachable.reproduce.words.grounding",
        long=True,
        trains=False,
    ),
    "dueling_known": Reproduction(
        "regret of learning from comparisons of trajectories, transitions known",
        "coachable.reproduce.dueling.known",
        trains=False,
    ),
    "dueling_pairs": Reproduction(
        "the most uncertain pair of policies by backward induction, against brute force",
        "coachable.reproduce.dueling.pair_search",
        trains=False,
    ),
    "dueling_unknown": Reproduction(
        "regret of learning from comparisons of trajectories, transitions learned",
        "coachable.reproduce.dueling.unknown",
        trains=False,
    ),
    "dueling_nonmarkov": Reproduction(
        "rewards on trajectories that no reward of steps expresses are learned with a memory",
        "coachable.reproduce.dueling.nonmarkov",
        trains=False,
    ),
    "dueling_scale": Reproduction(
        "what a round of dueling RL costs, and learns, up to a thousand states",
        "coachable.reproduce.dueling.scale",
        trains=False,
    ),
    "dueling_bandits": Reproduction(
        "dueling bandits on the standard matrices: RMED1, double Thompson sampling, RUCB",
        "coachable.reproduce.dueling.bandits",
        trains=False,
    ),
    "pessimism": Reproduction(
        "offline comparisons: where maximum likelihood stays wrong and pessimism does not",
        "coachable.reproduce.dueling.pessimism",
        trains=False,
    ),
    "kwise": Reproduction(
        "rankings of K: the efficiency of the true and of the split likelihood",
        "coachable.reproduce.dueling.kwise",
        trains=False,
    ),
    "coactive": Reproduction(
        "corrections of an arm's path: average regret falls as coactive learning says",
        "coachable.reproduce.dueling.coactive",
        trains=False,
    ),
    "baird": Reproduction(
        "Baird's star: the slopes that target networks have, predicted and measured",
        "coachable.reproduce.target_td.baird",
        trains=False,
    ),
    "phase_diagram": Reproduction(
        "which target rules are stable, over discounts, step sizes and periods",
        "coachable.reproduce.target_td.phase_diagram",
        trains=False,
    ),
    "no_k": Reproduction(
        "problems on which no target network converges, with a certificate that none can",
        "coachable.reproduce.target_td.no_k",
        trains=False,
    ),
    "cartpole_targets": Reproduction(
        "DQN on CartPole with a momentum target and without, as published, 20 seeds",
        "coachable.reproduce.target_td.cartpole",
        trains=False,
    ),
    "neural_prediction": Reproduction(
        "400 small networks: divergence predicted before the error has grown tenfold",
        "coachable.reproduce.target_td.neural_prediction",
        trains=False,
    ),
    "target_rules": Reproduction(
        "what the rule of the target does to PVP, to DQN and to TD3 in MuJoCo",
        "coachable.reproduce.target_td.target_rules",
        long=True,
    ),
    "guide": Reproduction(
        "GUIDE in mazes with a sparse reward: ten human minutes, and what is left afterwards",
        "coachable.reproduce.guide",
    ),
}
