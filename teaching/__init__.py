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

__all__ = [
    "RECORDS",
    "Choice",
    "Correction",
    "Demonstration",
    "Evaluation",
    "Feedback",
    "Human",
    "Intervention",
    "Kind",
    "Oracle",
    "Preference",
    "Prices",
    "Ranking",
    "Segments",
    "Teacher",
    "UserError",
    "Utterance",
    "View",
    "delay_steps",
]
