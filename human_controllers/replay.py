"""A recorded human, given again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from teaching import (
    Choice,
    Correction,
    Demonstration,
    Evaluation,
    Feedback,
    Intervention,
    Kind,
    Preference,
    Ranking,
    Segments,
    Teacher,
    UserError,
    Utterance,
    View,
)
from teaching.log import read_log
from teaching.log_rows import LoggedFeedback

_STEPWISE = (Kind.INTERVENTION, Kind.DEMONSTRATION, Kind.EVALUATION, Kind.UTTERANCE)


class ReplayHuman(Teacher):
    """Gives every signal of a feedback log again, in the same world at the same step.

    A signal belongs to a world and to the number of environment steps taken there; where the log
    has none, the human is silent. The observation is not compared: the same seeds and the same
    learner meet the same moments and get the same signals bit for bit, while a learner that goes
    another way gets the recorded actions in situations that they were not meant for. Signals at
    steps that never come are passed over. Answers to questions are found by the step and the
    segments asked about; a comparison that is not in the log is skipped.

    Attributes:
        kinds: those that the log contains.
        simulated: True, for what is recorded already cannot be lost: its log may be batched.

    """

    name = "replay"
    simulated = True

    def __init__(self, log: Path | str | Iterable[LoggedFeedback]):
        """`log` is a feedback log's file, or rows read from one.

        Raises:
            UserError: the log is missing, damaged or empty.

        """
        rows = read_log(log) if isinstance(log, str | Path) else log
        self._stepwise: dict[Kind, dict[tuple[int, int], Any]] = {}
        self._answers: dict[Kind, dict[tuple[int, ...], Any]] = {}
        self._num_worlds = 0
        for row in rows:
            step = int(row.record.step[0])
            if row.kind in _STEPWISE:
                said = self._stepwise.setdefault(row.kind, {})
                place = row.world, step
                said[place] = _after(said.get(place), row.record)
                self._num_worlds = max(self._num_worlds, row.world + 1)
            else:
                key = (step, *segments_of(row.record))
                self._answers.setdefault(row.kind, {})[key] = row.record
        self.kinds = frozenset(self._stepwise) | frozenset(self._answers)
        if not self.kinds:
            raise UserError(f"nothing to replay: the feedback log {log} holds no signals")

    def intervene(self, view: View) -> Intervention:
        """Steer where the recorded human steered; the price of watching is not in a log."""
        found = self._at(Kind.INTERVENTION, view)
        mask, human_seconds = _mask_and_price(found, len(view.step))
        action = view.proposed_action.copy()
        if found:
            recorded = next(iter(found.values())).action
            self._check_shape(recorded.shape[1:], view)
            action = action.astype(recorded.dtype)
        for world, record in found.items():
            action[world] = record.action[0]
        return Intervention(
            **self._when(view.step), human_seconds=human_seconds, mask=mask, action=action
        )

    def demonstrate(self, view: View) -> Demonstration:
        """Show what was shown, in every world.

        Raises:
            UserError: the log has no demonstration for one of the worlds at this step.

        """
        found = self._at(Kind.DEMONSTRATION, view)
        num_worlds = len(view.step)
        for world in range(num_worlds):
            if world not in found:
                raise UserError(
                    f"{self.name}: no demonstration of world {world} at step "
                    f"{int(view.step[world])} in the log; ask at the steps that were recorded"
                )
        records = [found[world] for world in range(num_worlds)]
        return Demonstration(
            **self._when(view.step),
            human_seconds=_join(records, "human_seconds"),
            obs=_join(records, "obs"),
            action=_join(records, "action"),
        )

    def shown(self) -> Demonstration | None:
        """Every demonstration, with what the recorded human saw."""
        records = list(self._stepwise.get(Kind.DEMONSTRATION, {}).values())
        if not records:
            return None
        looks = {(record.obs.shape, record.action.shape) for record in records}
        if len(looks) > 1:
            raise UserError(f"{self.name}: the log has demonstrations of more than one task")
        return Demonstration(
            **self._when(_join(records, "step")),
            human_seconds=_join(records, "human_seconds"),
            obs=_join(records, "obs"),
            action=_join(records, "action"),
        )

    def evaluate(self, view: View) -> Evaluation:
        """Judge where and as the recorded human judged."""
        found = self._at(Kind.EVALUATION, view)
        mask, human_seconds = _mask_and_price(found, len(view.step))
        value, about = np.zeros(len(mask), np.float32), view.step.copy()
        for world, record in found.items():
            value[world], about[world] = record.value[0], record.about[0]
        return Evaluation(
            transit=_transit(found, len(mask)),
            **self._when(view.step),
            human_seconds=human_seconds,
            mask=mask,
            value=value,
            about=about,
        )

    def speak(self, view: View) -> Utterance:
        """Say what the recorded human said."""
        found = self._at(Kind.UTTERANCE, view)
        mask, human_seconds = _mask_and_price(found, len(view.step))
        text = tuple(found[i].text[0] if i in found else "" for i in range(len(mask)))
        return Utterance(**self._when(view.step), human_seconds=human_seconds, text=text)

    def prefer(self, pairs: Segments) -> Preference:
        """Answer as recorded; skip a comparison that is not in the log."""
        found = self._answers_to(Kind.PREFERENCE, pairs)
        return Preference(
            **self._when(pairs.step),
            human_seconds=np.array([a.human_seconds[0] if a else 0.0 for a in found]),
            segments=pairs.ids,
            choice=np.array([a.choice[0] if a else Choice.SKIP for a in found], np.int8),
        )

    def rank(self, sets: Segments) -> Ranking:
        """Order as recorded.

        Raises:
            UserError: the log has no ranking of these segments at this step.

        """
        records = self._all_answers_to(Kind.RANKING, sets)
        return Ranking(
            **self._when(sets.step),
            human_seconds=_join(records, "human_seconds"),
            segments=sets.ids,
            order=_join(records, "order"),
        )

    def correct(self, segments: Segments) -> Correction:
        """Improve as recorded.

        Raises:
            UserError: the log has no correction of these segments at this step.

        """
        records = self._all_answers_to(Kind.CORRECTION, segments)
        return Correction(
            **self._when(segments.step),
            human_seconds=_join(records, "human_seconds"),
            segments=_join(records, "segments"),
            action=_join(records, "action"),
            length=_join(records, "length"),
        )

    def _at(self, kind: Kind, view: View) -> dict[int, Any]:
        """The recorded signals of this moment by world."""
        if kind not in self.kinds:
            raise self._cannot(kind)
        if self._num_worlds > len(view.step):
            raise UserError(
                f"{self.name}: the log was recorded in {self._num_worlds} worlds or more, "
                f"here are {len(view.step)}; replay it with as many"
            )
        signals = self._stepwise[kind]
        moments = ((world, signals.get((world, at))) for world, at in enumerate(view.step.tolist()))
        return {world: record for world, record in moments if record is not None}

    def _answers_to(self, kind: Kind, asked: Segments) -> list[Any]:
        if kind not in self.kinds:
            raise self._cannot(kind)
        answers = self._answers[kind]
        return [
            answers.get((step, *ids))
            for step, ids in zip(asked.step.tolist(), asked.ids.tolist(), strict=True)
        ]

    def _all_answers_to(self, kind: Kind, asked: Segments) -> list[Any]:
        records = self._answers_to(kind, asked)
        for row, record in enumerate(records):
            if record is None:
                raise UserError(
                    f"{self.name}: no {kind} of the segments {asked.ids[row].tolist()} at step "
                    f"{int(asked.step[row])} in the log; ask what was asked when it was recorded"
                )
        return records

    def _check_shape(self, shape: tuple[int, ...], view: View) -> None:
        if shape != view.proposed_action.shape[1:]:
            raise UserError(
                f"{self.name}: recorded actions have shape {shape}, this task's have "
                f"{view.proposed_action.shape[1:]}; replay the log on the task it was recorded on"
            )

    def _when(self, step: np.ndarray) -> dict[str, Any]:
        return {"human": self.name, "step": step, "wall_time": time.time()}


def segments_of(record: Feedback) -> tuple[int, ...]:
    """The ids that an answer is about."""
    assert isinstance(record, Preference | Ranking | Correction)
    return tuple(np.ravel(record.segments).tolist())


def _after(earlier: Any, later: Any) -> Any:
    """What counts where two signals were given at one step: all words, the last of other things."""
    if isinstance(earlier, Utterance):
        return replace(later, text=(f"{earlier.text[0]} {later.text[0]}",))
    return later


def _join(records: list[Any], name: str) -> np.ndarray:
    return np.concatenate([getattr(record, name) for record in records])


def _transit(found: dict[int, Any], num_worlds: int) -> np.ndarray | None:
    """[N] what wires took, where that was measured."""
    if all(record.transit is None for record in found.values()):
        return None
    transit = np.zeros(num_worlds)
    for world, record in found.items():
        transit[world] = 0.0 if record.transit is None else record.transit[0]
    return transit


def _mask_and_price(found: dict[int, Any], num_worlds: int) -> tuple[np.ndarray, np.ndarray]:
    mask, human_seconds = np.zeros(num_worlds, bool), np.zeros(num_worlds)
    for world, record in found.items():
        mask[world], human_seconds[world] = True, record.human_seconds[0]
    return mask, human_seconds
