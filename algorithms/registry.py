"""Which algorithms there are. Names and configs only: nothing here imports torch."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from teaching import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """An entry of the registry.

    Attributes:
        name: the word after ``algorithm=``.
        summary: one line for ``coachable list``.
        config: ``module:Class`` of the dataclass that checks its YAML file (imports no torch).
        agent: ``module:Class`` of the learner.
        learns_from: the kinds of feedback any one of which is enough to learn from; empty: it is
            trained on the true reward alone, with no human.
        actions: discrete, continuous, or either; what it can choose among.

    """

    name: str
    summary: str
    config: str
    agent: str
    learns_from: frozenset[Kind]
    actions: Literal["discrete", "continuous", "either"]

    def config_class(self) -> type:
        """The dataclass of its settings."""
        return load(self.config)

    def agent_class(self) -> type:
        """The learner (imports torch)."""
        return load(self.agent)


def load(path: str) -> Any:
    """Import ``module:attribute``."""
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)


def _entry(
    name: str,
    folder: str,
    agent: str,
    config: str,
    summary: str,
    *learns_from: Kind,
    actions: Literal["discrete", "continuous", "either"] = "either",
) -> Algorithm:
    return Algorithm(
        name=name,
        summary=summary,
        config=f"algorithms.{folder}.config:{config}",
        agent=f"algorithms.{folder}.agent:{agent}",
        learns_from=frozenset(learns_from),
        actions=actions,
    )


ALGORITHMS: dict[str, Algorithm] = {
    entry.name: entry
    for entry in (
        _entry(
            "pvp",
            "pvp",
            "PVP",
            "PVPConfig",
            "Proxy Value Propagation (Peng et al. 2023)",
            Kind.INTERVENTION,
        ),
        _entry(
            "bc",
            "imitation",
            "BC",
            "BCConfig",
            "Behaviour cloning of the human's steps",
            Kind.INTERVENTION,
            Kind.DEMONSTRATION,
        ),
        _entry(
            "hg_dagger",
            "imitation",
            "HGDagger",
            "HGDaggerConfig",
            "Cloning of interventions, aggregated (Kelly et al. 2019)",
            Kind.INTERVENTION,
        ),
        _entry(
            "iwr",
            "imitation",
            "IWR",
            "IWRConfig",
            "Intervention-weighted regression (Mandlekar et al. 2020)",
            Kind.INTERVENTION,
        ),
        _entry(
            "coach",
            "coach",
            "COACH",
            "COACHConfig",
            "Convergent actor-critic by humans (MacGlashan et al. 2017)",
            Kind.EVALUATION,
            actions="discrete",
        ),
        _entry(
            "deep_coach",
            "coach.deep",
            "DeepCOACH",
            "DeepCOACHConfig",
            "COACH with a network and replay (Arumugam et al. 2019)",
            Kind.EVALUATION,
        ),
        _entry(
            "tamer",
            "tamer",
            "TAMER",
            "TAMERConfig",
            "A model of praise and blame, acted on (Knox and Stone 2009)",
            Kind.EVALUATION,
            actions="discrete",
        ),
        _entry(
            "deep_tamer",
            "tamer.deep",
            "DeepTAMER",
            "DeepTAMERConfig",
            "TAMER with a network and replay (Warnell et al. 2018)",
            Kind.EVALUATION,
            actions="discrete",
        ),
        _entry(
            "tamer_rl",
            "tamer.rl",
            "TAMERRL",
            "TAMERRLConfig",
            "TAMER beside a learner from reward (Knox and Stone 2010)",
            Kind.EVALUATION,
        ),
        _entry(
            "q_learning",
            "q_learning",
            "QLearning",
            "QLearningConfig",
            "Q-learning on praise and blame, taken for reward",
            Kind.EVALUATION,
            actions="discrete",
        ),
        _entry(
            "guide",
            "guide",
            "GUIDE",
            "GUIDEConfig",
            "Judgement as dense reward, then a model of it (Zhang et al. 2024)",
            Kind.EVALUATION,
            actions="continuous",
        ),
        _entry(
            "preference",
            "preference",
            "PreferenceLearner",
            "PreferenceConfig",
            "A reward learned from comparisons, rankings, corrections (PEBBLE's)",
            Kind.PREFERENCE,
            Kind.RANKING,
            Kind.CORRECTION,
        ),
        _entry(
            "literal",
            "verbal",
            "LiteralLearner",
            "LiteralConfig",
            "Reward from sentiment about features (Sumers et al. 2021)",
            Kind.UTTERANCE,
            actions="discrete",
        ),
        _entry(
            "pragmatic",
            "verbal",
            "PragmaticLearner",
            "PragmaticConfig",
            "The same, and from what goes unsaid (Sumers et al. 2021)",
            Kind.UTTERANCE,
            actions="discrete",
        ),
        _entry(
            "inference_network",
            "verbal",
            "InferenceNetwork",
            "InferenceNetworkConfig",
            "Reward from a network trained on utterances (Sumers et al. 2021)",
            Kind.UTTERANCE,
            actions="discrete",
        ),
        _entry(
            "reward_rational",
            "reward_rational",
            "RewardRational",
            "RewardRationalConfig",
            "Any feedback as a choice by a linear reward (Jeon et al. 2020)",
            Kind.PREFERENCE,
            Kind.EVALUATION,
            Kind.INTERVENTION,
            Kind.DEMONSTRATION,
            actions="discrete",
        ),
        _entry(
            "corrections",
            "verbal.corrections",
            "Corrections",
            "CorrectionsConfig",
            "A student whose manner words correct (after CORGI, 2023)",
            Kind.UTTERANCE,
            actions="continuous",
        ),
        _entry(
            "dueling",
            "dueling",
            "Dueling",
            "DuelingConfig",
            "Which of two trajectories was better (Pacchiano et al. 2021)",
            Kind.PREFERENCE,
            actions="discrete",
        ),
        _entry(
            "coactive",
            "dueling.coactive",
            "Coactive",
            "CoactiveConfig",
            "From paths made a little better (Jain et al. 2013)",
            Kind.CORRECTION,
            actions="continuous",
        ),
        _entry(
            "td3",
            "baselines",
            "TD3",
            "TD3Config",
            "Stable-Baselines3's TD3, true reward",
            actions="continuous",
        ),
        _entry(
            "sac",
            "baselines",
            "SAC",
            "SACConfig",
            "Stable-Baselines3's SAC, true reward",
            actions="continuous",
        ),
        _entry(
            "dqn",
            "baselines",
            "DQN",
            "DQNConfig",
            "Stable-Baselines3's DQN, true reward",
            actions="discrete",
        ),
        _entry(
            "target_td",
            "target_td",
            "TargetTD",
            "TargetTDConfig",
            "Policy evaluation with a target network (Fellows et al. 2023)",
            actions="discrete",
        ),
        _entry("ppo", "baselines", "PPO", "PPOConfig", "Stable-Baselines3's PPO, true reward"),
    )
}
