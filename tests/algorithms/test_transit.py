"""What wires and screens delay is taken off before a learner looks."""

import numpy as np
import torch as th
from tiny import Critic, Line

from algorithms.coach.agent import COACH
from algorithms.coach.config import COACHConfig
from algorithms.coach.deep.agent import DeepCOACH
from algorithms.coach.deep.config import DeepCOACHConfig
from algorithms.core.step import Step
from algorithms.core.transit import TransitBuffer
from teaching import HumanInTheLoop


def step(number, said=np.nan):
    return Step(
        obs=np.full((1, 1), number),
        action=np.zeros(1, np.int64),
        takeover=np.zeros(1, bool),
        feedback=np.array([said]),
        reward=np.zeros(1),
        next_obs=np.zeros((1, 1)),
        terminated=np.zeros(1, bool),
        done=np.zeros(1, bool),
    )


def run(buffer, stream, dt=0.1):
    """(number, word) of the steps that come out."""
    out = []
    for number, (said, transit) in enumerate(stream):
        out += buffer.pass_on(step(number, said), np.array([transit]), dt)
    return [(int(s.obs[0, 0]), float(s.feedback[0])) for s in out]


QUIET = (np.nan, np.nan)


def test_nothing_is_held_back_where_nothing_was_underway():
    found = run(TransitBuffer(), [(1.0, np.nan), (2.0, 0.0), QUIET])
    np.testing.assert_equal(found, [(0, 1.0), (1, 2.0), (2, np.nan)])


def test_a_word_is_given_back_to_the_step_that_was_on_view():
    # 0.2 s are two steps: what is heard at step 4 is what step 2 would have heard on the spot. The
    # first such word finds earlier steps gone, for nothing was held back yet: it stays where it is.
    stream = [QUIET, QUIET, (np.nan, 0.2), QUIET, (2.0, 0.2), (3.0, 0.1), QUIET, QUIET]
    found = run(TransitBuffer(), stream)
    expected = [(0, np.nan), (1, np.nan), (2, 2.0), (3, np.nan), (4, 3.0), (5, np.nan)]
    assert [number for number, _ in found] == [0, 1, 2, 3, 4, 5]
    np.testing.assert_equal([word for _, word in found], [word for _, word in expected])


def test_what_is_held_back_survives_a_resume():
    stream = [(1.0, 0.3), QUIET, (2.0, 0.2), QUIET, QUIET, (3.0, 0.1), QUIET, QUIET]
    whole = run(TransitBuffer(), stream)
    first, second = TransitBuffer(), TransitBuffer()
    found = run(first, stream[:4])
    second.load_state_dict(first.state_dict())
    for number, (said, transit) in list(enumerate(stream))[4:]:
        out = second.pass_on(step(number, said), np.array([transit]), 0.1)
        found += [(int(s.obs[0, 0]), float(s.feedback[0])) for s in out]
    np.testing.assert_equal(found, whole)


class Remote(Critic):
    """The same words, each some steps later, and it is known how much later."""

    def __init__(self, late, measured=True):
        super().__init__(rate=1.0)
        self._late, self._measured, self._line = late, measured, []

    def evaluate(self, view):
        said = super().evaluate(view)
        self._line.append(said)
        if len(self._line) <= self._late:
            return type(said)(**{**as_dict(said), "mask": np.zeros(1, bool)})
        fields = as_dict(self._line[-1 - self._late])
        transit = np.full(1, self._late * view.dt) if self._measured else None
        return type(said)(**{**fields, "transit": transit})


def as_dict(record):
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def learned(human, steps):
    learner = COACH(HumanInTheLoop(Line(), human), COACHConfig(delay=0.0, learning_rate=0.01))
    learner.learn(steps)
    return learner.theta


def test_coach_credits_remote_words_as_it_would_have_credited_them_on_the_spot():
    """With a policy that hardly moves both make the same steps; only what is held back differs."""
    near, far = learned(Critic(rate=1.0), 400), learned(Remote(3), 400)
    blind = learned(Remote(3, measured=False), 400)
    assert np.linalg.norm(far - near) < 0.1 * np.linalg.norm(near)
    assert np.linalg.norm(blind - near) > 0.3 * np.linalg.norm(near)


def test_deep_coach_remembers_how_likely_an_action_was_when_it_was_drawn():
    """Though the step comes to it later, when others have been drawn."""

    def learner(human):
        config = DeepCOACHConfig(delay=0.0, learning_rate=1e-12, net_arch=[8], window=2)
        taught = DeepCOACH(HumanInTheLoop(Line(), human), config, seed=0)
        generator = th.Generator().manual_seed(0)
        for parameter in taught.policy.parameters():  # it begins with equal chances everywhere
            parameter.data += th.randn(parameter.shape, generator=generator)
        return taught.learn(60)

    def rows(taught):
        """What was seen and done, and how likely that was, window by window."""
        kept = taught.windows.state_dict()
        parts = (
            kept[name].reshape(len(taught.windows), -1) for name in ("obs", "action", "log_prob")
        )
        return [tuple(row) for row in np.round(np.concatenate(list(parts), axis=1), 5)]

    near, far = rows(learner(Critic(rate=1.0))), rows(learner(Remote(3)))
    # The policy stands still: the same course, and the same windows but for the first, which went
    # by before anything was held back.
    assert len(far) > 30 and set(far[4:]) <= set(near)
