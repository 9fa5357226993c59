"""Settings of the student whose manner is corrected."""

from __future__ import annotations

import math
from dataclasses import dataclass

from algorithms.core.config import require
from algorithms.verbal.config import check_listener, check_memory

FORMS = ("offset", "preference")


@dataclass
class CorrectionsConfig:
    """Someone who can do a task already, and hears how to do it otherwise.

    Attributes:
        name: the registry entry.
        student: whose policy it is: task for the task's own expert, a file that ``coachable
            train-expert`` made (.npz) or that Stable-Baselines3 saved (.zip), or the folder of a
            run.
        flaw: quality -> spreads by which the policy is off, so that there is something to correct;
            null draws each from 0.8 to 2, one way or the other, smoothness left out. {} is none.
        form: offset adds what is asked for; preference holds a belief about what is wanted.
        scoped: whether a correction that says where holds there alone.
        listener: lexicon; embedding, which needs the extra ``embeddings``; or llm, a language
            model at any server that speaks OpenAI's protocol.
        llm_url: of the server; null takes COACHABLE_LLM_URL.
        llm_model: its name there; null takes COACHABLE_LLM_MODEL.
        task: what the task is for, in your words; what is learned is then kept in ``memory.npz``.
        memory: a ``memory.npz`` or the folder of a run that has one; what was wanted in tasks like
            this one is where learning begins, or null.

    """

    name: str = "corrections"
    student: str = "task"
    flaw: dict[str, float] | None = None
    form: str = "offset"
    scoped: bool = True
    listener: str = "lexicon"
    llm_url: str | None = None
    llm_model: str | None = None
    task: str = ""
    memory: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        require(bool(self.student), "student", "task, a file or a run's folder", self.student)
        require(self.form in FORMS, "form", f"one of {', '.join(FORMS)}", self.form)
        check_listener(self.listener)
        check_memory(self.task, self.memory)
        for quality, amount in (self.flaw or {}).items():
            require(math.isfinite(amount), f"flaw.{quality}", "a finite number", amount)
