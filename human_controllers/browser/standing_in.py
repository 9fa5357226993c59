"""A simulated human in the seat while nobody is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from human_controllers.browser.desk import Desk
from teaching import Evaluation, Feedback, Human, Intervention, Kind, Utterance, View
from teaching.questions import QUESTIONS


class StandIn:
    """Does what its human can do, and nothing where it cannot."""

    def __init__(self, human: Human):
        self.human: Any = human

    def intervene(self, view: View) -> Intervention:
        """As the human does, or not at all."""
        if Kind.INTERVENTION in self.human.kinds:
            return self.human.intervene(view)
        return Intervention(
            human=self.human.name,
            step=view.step,
            wall_time=0.0,
            human_seconds=np.zeros(1),
            mask=np.zeros(1, bool),
            action=view.proposed_action,
        )

    def evaluate(self, view: View) -> Evaluation:
        """As the human does."""
        return self.human.evaluate(view)

    def speak(self, view: View) -> Utterance:
        """As the human does."""
        return self.human.speak(view)

    def answer(self, desk: Desk, step: int) -> list[tuple[int, Feedback | None]]:
        """Answer every question in the line that the human can answer; they are in the log then."""
        found: list[tuple[int, Feedback | None]] = []
        with desk.changed:
            for question in desk.line.take_out(self.human.kinds & {*QUESTIONS}):
                record = getattr(self.human, QUESTIONS[question.kind])(question.segments)
                if desk.log is not None and len(record.step):
                    desk.log.append(question.kind, record, asked=question.segments.step)
                found += [(question.number, record), (question.number, None)]
        return found
