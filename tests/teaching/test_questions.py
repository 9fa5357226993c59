"""Questions to a human: answered at once, or while training goes on."""

from dataclasses import replace
from io import BytesIO

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image
from queries import comparer, show

from teaching import Choice, HumanInTheLoop, Kind, Preference, Ranking, Teacher, UserError
from teaching.log import FeedbackLog, read_log
from teaching.questions import Queries
from teaching.sb3 import as_vec_env, queries_of


class Slow(Teacher):
    """Answers what is dropped into `inbox`, whenever that is."""

    name = "slow"
    kinds = frozenset({Kind.PREFERENCE})

    def __init__(self):
        self.posted, self.inbox, self.calls = [], [], []

    def post(self, questions):
        self.posted += questions

    def collect(self, step, closing):
        self.calls.append((step, closing))
        inbox, self.inbox = self.inbox, []
        return inbox

    def answer(self, question, choice=Choice.FIRST, seconds=2.0):
        record = Preference(
            human=self.name,
            step=question.segments.step,
            wall_time=0.0,
            human_seconds=np.array([seconds]),
            segments=question.segments.ids,
            choice=np.array([choice], np.int8),
        )
        self.inbox.append((question.number, record))


PAIRS = show(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 5.0]]))


class Counter(gym.Env):
    """Its picture has the number of steps as its brightness."""

    observation_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}
    render_mode = "rgb_array"

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.zeros(1, np.float32), 0.0, False, False, {}

    def render(self):
        return np.full((16, 16, 3), 8 * self.steps, np.uint8)


def test_a_human_who_answers_at_once_is_kept_and_priced(tmp_path):
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        queries = Queries(comparer(rationality=None), log)
        queries.put(Kind.PREFERENCE, PAIRS)
        (record,) = queries.take()
    assert record.choice.tolist() == [Choice.FIRST, Choice.SECOND, Choice.SECOND]
    assert queries.cost() == (3 * 5.0, 3)  # Prices.compare is 5 s
    assert queries.cost() == (0.0, 0)
    assert [row.record.choice[0] for row in read_log(tmp_path / "log")] == record.choice.tolist()


def test_what_a_human_cannot_answer_is_refused():
    with pytest.raises(UserError, match="gives no correction"):
        Queries(comparer(), None).put(Kind.CORRECTION, PAIRS)


def test_answers_come_later_and_in_their_own_order():
    human = Slow()
    queries = Queries(human, None)
    queries.put(Kind.PREFERENCE, PAIRS)
    assert [q.segments.ids.tolist() for q in human.posted] == [[[0, 1]], [[2, 3]], [[4, 5]]]
    assert (queries.open, queries.take()) == (3, [])
    human.answer(human.posted[2], Choice.EQUAL)
    human.answer(human.posted[0])
    queries.collect()
    assert [r.segments.tolist() for r in queries.take()] == [[[4, 5]], [[0, 1]]]


def test_a_closed_question_is_open_no_more_and_later_answers_to_it_are_nobodys():
    human = Slow()
    queries = Queries(human, None)
    queries.put(Kind.PREFERENCE, PAIRS)
    human.inbox.append((human.posted[1].number, None))
    queries.collect()
    assert queries.open == 2
    human.answer(human.posted[1])
    queries.collect()
    assert queries.take() == []


def test_ask_waits_until_every_question_is_closed():
    human = Slow()
    queries = Queries(human, None)
    rounds = iter((0, 1, 2))
    collect = human.collect

    def answer_one(step, closing):
        question = human.posted[next(rounds)]
        human.answer(question)
        human.inbox.append((question.number, None))
        return collect(step, closing)

    human.collect = answer_one
    assert len(queries.ask(Kind.PREFERENCE, PAIRS)) == 3
    assert human.calls == [(0, False)] * 3


@pytest.mark.parametrize("wrong", ["segments", "choice", "seconds"])
def test_an_answer_that_does_not_fit_its_question_is_refused(wrong):
    human = Slow()
    queries = Queries(human, None)
    queries.put(Kind.PREFERENCE, PAIRS)
    first, second, _ = human.posted
    human.answer(
        first, choice=7 if wrong == "choice" else 0, seconds=-1 if wrong == "seconds" else 1
    )
    if wrong == "segments":
        human.inbox = [(second.number, human.inbox[0][1])]
    with pytest.raises(UserError, match=wrong):
        queries.collect()


def test_a_ranking_holds_each_segment_once():
    class Doubled(Teacher):
        name, kinds = "doubled", frozenset({Kind.RANKING})

        def rank(self, sets):
            return Ranking(
                human="doubled",
                step=sets.step,
                wall_time=0.0,
                human_seconds=np.zeros(1),
                segments=sets.ids,
                order=np.array([[0, 0, 1]], np.int8),
            )

    with pytest.raises(UserError, match="order must hold each"):
        Queries(Doubled(), None).put(Kind.RANKING, show(np.zeros((1, 3))))


def test_a_human_who_has_left_ranks_nothing_and_nothing_is_wrong_with_that():
    queries = Queries(comparer(budget_queries=0), None)
    queries.put(Kind.RANKING, show(np.zeros((2, 3))))
    (record,) = queries.take()
    assert len(record.order) == 0


def test_open_questions_and_untaken_answers_survive_a_resume():
    human = Slow()
    queries = Queries(human, None)
    queries.put(Kind.PREFERENCE, PAIRS)
    human.answer(human.posted[0])
    human.inbox.append((human.posted[0].number, None))
    queries.collect()
    later = Slow()
    resumed = Queries(later, None)
    resumed.load_state_dict(queries.state_dict())
    assert [q.number for q in later.posted] == [q.number for q in human.posted[1:]]
    assert later.posted[0].segments.obs.tolist() == human.posted[1].segments.obs.tolist()
    (record,) = resumed.take()
    assert record.segments.tolist() == [[0, 1]]
    resumed.put(Kind.PREFERENCE, PAIRS)
    assert len({q.number for q in later.posted}) == 5


def test_the_step_s_info_says_what_was_answered_and_what_it_cost():
    human = Slow()
    env = HumanInTheLoop(Counter(), human)
    env.reset(seed=0)
    env.session.queries.put(Kind.PREFERENCE, PAIRS)
    assert env.step(np.zeros(1))[4]["answers"] == 0
    human.answer(human.posted[0], seconds=3.5)
    info = env.step(np.zeros(1))[4]
    assert (info["answers"], info["human_seconds"]) == (1, 3.5)
    assert env.step(np.zeros(1))[4]["human_seconds"] == 0
    assert human.calls == [(0, True), (1, True), (2, True)]


def test_who_answers_later_is_shown_what_was_on_view_then():
    human = Slow()
    env = as_vec_env(HumanInTheLoop(Counter(), human), seed=0)
    queries = queries_of(env)
    env.reset()
    for _ in range(6):
        env.step(np.zeros((1, 1), np.float32))
    asked = replace(show(np.zeros((1, 2, 3))), start=np.array([[0, 2]]))
    queries.put(Kind.PREFERENCE, asked)
    shades = [
        [round(float(np.asarray(Image.open(BytesIO(frame))).mean()) / 8) for frame in clip]
        for clip in human.posted[0].clips
    ]
    assert shades == [[0, 1, 2], [2, 3, 4]]


def test_nobody_can_be_asked_where_nobody_is():
    with pytest.raises(UserError, match="nobody is there"):
        queries_of(as_vec_env(Counter(), seed=0))
