"""What is asked when, about which segments, and what the answers say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from algorithms.preference.answers import Answers
from algorithms.preference.config import PreferenceConfig
from algorithms.preference.inputs import Inputs
from algorithms.preference.lived import Lived
from algorithms.preference.losses import disagreement
from algorithms.preference.reward_model import RewardModel
from teaching import Choice, Correction, Kind, Preference, Ranking, Segments, UserError
from teaching.questions import Queries

_TARGET = {Choice.FIRST: 1.0, Choice.SECOND: 0.0, Choice.EQUAL: 0.5}


class Asking:
    """Asks about what was lived lately, and takes in the answers.

    Attributes:
        answered: answers so far; what was skipped is none.
        asked: questions so far.
        disagreement: of the members over the questions put last, mean.

    """

    def __init__(
        self,
        config: PreferenceConfig,
        queries: Queries,
        kinds: Iterable[Kind],
        lived: Lived,
        inputs: Inputs,
        dt: float,
        seed: int,
    ):
        """`kinds` of question are put in turn; `dt` is in seconds a step."""
        self.answered, self.asked, self.disagreement = 0, 0, 0.0
        self.rows = max(1, round(config.segment / dt))
        self.answers = Answers(self.rows, inputs.count, config.alternatives)
        self._config, self._queries, self._dt = config, queries, dt
        self._kinds = list(kinds)
        self._lived, self._inputs = lived, inputs
        self._rng = np.random.default_rng([seed, 0xA5])
        self._turn, self._next = 0, 0
        # Segments that an answer may still come for: what was seen and done, by id.
        self._waiting: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def begin(self, model: RewardModel) -> bool:
        """Put the initial questions, once, and take in their answers; whether all are closed.

        Raises:
            UserError: no episode was as long as a segment.

        """
        if self.asked:
            return self._hear()
        if not len(self._lived.starts(self.rows)[0]):
            raise UserError(
                f"algorithm.segment={self._config.segment:g} s is longer than any episode of the "
                f"first {self._config.warm_up} steps; make it shorter, or algorithm.warm_up longer"
            )
        for part in np.array_split(np.arange(self._config.initial), len(self._kinds)):
            if len(part):
                self._queries.put(*self._question(len(part), model))
        return self._hear()

    def go_on(self, step: int, model: RewardModel) -> None:
        """Take in what was answered, and ask what is due.

        Args:
            step: environment steps since the initial questions.
            model: of the reward, as it stands.

        """
        self._hear()
        due = int(self._config.asked_by(step)) - self.asked
        if due < self._config.round:
            return
        waiting = self._queries.open
        room = min(self._config.max_open - waiting, self.left - waiting, due)
        if room < 1 or not len(self._lived.starts(self.rows)[0]):
            return
        self._queries.put(*self._question(room, model))
        self._hear()

    @property
    def left(self) -> int:
        """Answers that are still wanted."""
        return self._config.questions - self.answered

    @property
    def open(self) -> int:
        """Questions that may still be answered."""
        return self._queries.open

    def _question(self, count: int, model: RewardModel) -> tuple[Kind, Segments]:
        """So many questions of the kind whose turn it is."""
        kind = self._kinds[self._turn % len(self._kinds)]
        self._turn += 1
        self.asked += count
        alternatives = {Kind.PREFERENCE: 2, Kind.RANKING: self._config.alternatives}.get(kind, 1)
        world, start = self._chosen(count, alternatives, model)
        obs, action = self._lived.cut(world, start, self.rows)
        ids = self._next + np.arange(count * alternatives).reshape(count, alternatives)
        self._next += count * alternatives
        for number, seen, done in zip(
            ids.ravel(),
            obs.reshape(-1, *obs.shape[2:]),
            action.reshape(-1, *action.shape[2:]),
            strict=True,
        ):
            self._waiting[int(number)] = seen, done
        return kind, Segments(
            ids=ids,
            obs=obs,
            action=action,
            length=np.full(ids.shape, self.rows),
            dt=self._dt,
            step=np.full(count, self._lived.steps),
            # The person looks at the first world, and a film of another would be of something else.
            start=start if (world == 0).all() else None,
        )

    def _chosen(
        self, count: int, alternatives: int, model: RewardModel
    ) -> tuple[np.ndarray, np.ndarray]:
        """Worlds and first steps, [count, alternatives] each."""
        world, start = self._lived.starts(self.rows)
        unsure = self._config.sampling == "disagreement" and model.fitted
        drawn = count * (self._config.candidates if unsure else 1)
        pick = self._rng.integers(len(start), size=(drawn, alternatives))
        if unsure:
            obs, action = self._lived.cut(world[pick], start[pick], self.rows)
            apart = disagreement(model.returns(self._seen(obs, action))).numpy()
            best = np.argsort(-apart, kind="stable")[:count]
            pick, self.disagreement = pick[best], float(apart[best].mean())
        return world[pick], start[pick]

    def _seen(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[..., T, D], what a model sees of observations and actions [..., T, ...]."""
        places = action.shape[: action.ndim - len(self._lived.action_shape)]
        flat = (part.reshape(-1, *part.shape[len(places) :]) for part in (obs, action))
        return self._inputs(*flat).reshape(*places, -1)

    def _hear(self) -> bool:
        """Take in the answers that have come; whether no question is open any more."""
        for record in self._queries.take():
            if isinstance(record, Preference):
                self._compare(record)
            elif isinstance(record, Ranking):
                for ids, order in zip(record.segments, record.order, strict=True):
                    self.answers.rank(np.stack([self._shown(n) for n in ids[order]]))
                self.answered += len(record.order)
            elif isinstance(record, Correction):
                self._improve(record)
        if not self._queries.open:
            self._waiting.clear()
        return not self._queries.open

    def _compare(self, record: Preference) -> None:
        for ids, choice in zip(record.segments, record.choice, strict=True):
            if choice != Choice.SKIP:
                first, second = (self._shown(n) for n in ids)
                self.answers.compare(first, second, _TARGET[Choice(choice)])
                self.answered += 1

    def _improve(self, record: Correction) -> None:
        """What was improved is preferred to what was shown; what was left alone tells nothing."""
        for number, actions, length in zip(
            record.segments, record.action, record.length, strict=True
        ):
            obs, shown = self._waiting[int(number)]
            improved = shown.copy()
            improved[:length] = actions[:length]
            self.answered += 1
            if not np.array_equal(improved, shown):
                self.answers.compare(self._seen(obs, improved), self._seen(obs, shown), 1.0)

    def _shown(self, number: int) -> np.ndarray:
        return self._seen(*self._waiting[int(number)])

    def state_dict(self) -> dict[str, Any]:
        """The answers, what is waited for, the counts and the generator."""
        return {
            "answers": self.answers.state_dict(),
            "counts": [self.answered, self.asked, self._turn, self._next],
            "disagreement": self.disagreement,
            "rng": self._rng.bit_generator.state,
            "waiting": {
                str(number): {"obs": obs, "action": action}
                for number, (obs, action) in self._waiting.items()
            },
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; the session puts the open questions again."""
        self.answers.load_state_dict(state["answers"])
        self.answered, self.asked, self._turn, self._next = map(int, state["counts"])
        self.disagreement = float(state["disagreement"])
        self._rng.bit_generator.state = state["rng"]
        self._waiting = {
            int(number): (np.array(kept["obs"]), np.array(kept["action"]))
            for number, kept in state["waiting"].items()
        }
