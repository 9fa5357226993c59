"""Settings of the learners from language."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import require

SHIPPED = "shipped"


def check_listener(listener: str) -> None:
    """Refuse a listener that there is not."""
    backends = "lexicon, embedding, llm"
    require(listener in backends.split(", "), "listener", f"one of {backends}", listener)


def check_memory(task: str, memory: str | None) -> None:
    """Refuse a memory for nobody knows what."""
    told = memory is None or bool(task)
    require(told, "task", "what the task is for, where there is a memory", task)


@dataclass
class VerbalConfig:
    """What the learners share; the defaults are the published ones (Sumers et al. 2021).

    Attributes:
        name: the registry entry.
        prior_variance: of each weight, before anything was said.
        noise_variance: σ² of what an utterance says of the weights.
        weights: shipped, or a folder that ``coachable train-listener`` wrote.
        task: what the task is for, in your words; what is learned is then kept in ``memory.npz``.
        memory: a ``memory.npz`` or the folder of a run that has one; what was learned in tasks like
            this one is where learning begins, or null.

    """

    name: str = "verbal"
    prior_variance: float = 25.0
    noise_variance: float = 0.5
    weights: str = SHIPPED
    task: str = ""
    memory: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        require(self.prior_variance > 0, "prior_variance", "> 0", self.prior_variance)
        require(self.noise_variance > 0, "noise_variance", "> 0", self.noise_variance)
        require(bool(self.weights), "weights", "shipped or a folder", self.weights)
        check_memory(self.task, self.memory)


@dataclass
class LiteralConfig(VerbalConfig):
    """Takes words by what they say.

    Attributes:
        scale: ζ of a clause whose sentiment is 1, in points of reward.
        listener: lexicon; embedding, which needs the extra ``embeddings``; or llm, a language
            model at any server that speaks OpenAI's protocol.
        llm_url: of the server, such as http://127.0.0.1:8000/v1; null takes COACHABLE_LLM_URL. Its
            key, if it has one, is in COACHABLE_LLM_KEY.
        llm_model: its name there; null takes COACHABLE_LLM_MODEL.

    """

    name: str = "literal"
    scale: float = 30.0
    listener: str = "lexicon"
    llm_url: str | None = None
    llm_model: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        super().__post_init__()
        require(self.scale > 0, "scale", "> 0", self.scale)
        check_listener(self.listener)


@dataclass
class PragmaticConfig(LiteralConfig):
    """Takes words by what they are likely meant to say.

    Attributes:
        unmentioned: ζ of the features that a clause does not name.

    """

    name: str = "pragmatic"
    unmentioned: float = -30.0

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        super().__post_init__()
        require(self.unmentioned <= 0, "unmentioned", "≤ 0", self.unmentioned)


@dataclass
class InferenceNetworkConfig(VerbalConfig):
    """Takes words by what people said who had such weights in mind."""

    name: str = "inference_network"
