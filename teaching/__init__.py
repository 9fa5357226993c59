"""The contract between humans, tasks and learners."""

from teaching.clock import Prices, delay_steps
from teaching.errors import UserError
from teaching.feedback import (
    RECORDS,
    Choice,
    Correction,
    Demonstration,
    Evaluation,
    Feedback,
    Intervention,
    Kind,
    Preference,
    Ranking,
    Utterance,
)
from teaching.human import Human, Segments, Teacher, View
from teaching.oracle import Oracle
from teaching.vector import VectorHumanInTheLoop
from teaching.words import Term, Words
from teaching.wrapper import HumanInTheLoop

__all__ = [
    "RECORDS",
    "Choice",
    "Correction",
    "Demonstration",
    "Evaluation",
    "Feedback",
    "Human",
    "HumanInTheLoop",
    "Intervention",
    "Kind",
    "Oracle",
    "Preference",
    "Prices",
    "Ranking",
    "Segments",
    "Teacher",
    "Term",
    "UserError",
    "Utterance",
    "VectorHumanInTheLoop",
    "View",
    "Words",
    "delay_steps",
]
