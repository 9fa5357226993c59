"""Who is asked what, for how long, and whether they agree."""

from dataclasses import replace

import numpy as np
import pytest
from queries import show

from human_controllers.browser.line import Line, NotYours, concordance, ticket
from teaching import Kind
from teaching.questions import Question


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


SEGMENTS = show(np.zeros((1, 2)))


def question(number, kind=Kind.PREFERENCE):
    return Question(number=number, kind=kind, segments=SEGMENTS)


FIRST = ticket(question(0))


def line(count=3, answers=1, lifetime=100.0, lease=10.0):
    clock = Clock()
    made = Line(answers, lifetime, lease, clock)
    made.post(question(number) for number in range(count))
    return made, clock


def number_for(made, person):
    asked = made.next_for(person)
    return None if asked is None else asked.number


def test_people_get_different_questions_and_keep_what_they_have():
    made, _ = line()
    assert [number_for(made, who) for who in ("Ada", "Bob", "Ada", "Cyd", "Dan")] == [
        0,
        1,
        0,
        2,
        None,
    ]


def test_a_question_comes_back_when_its_person_leaves():
    made, _ = line(1)
    assert number_for(made, "Ada") == 0
    assert number_for(made, "Bob") is None
    made.leave("Ada")
    assert number_for(made, "Bob") == 0


def test_a_question_comes_back_when_its_person_takes_too_long_and_may_still_be_answered():
    made, clock = line(1)
    made.next_for("Ada")
    clock.now = 10.5
    assert number_for(made, "Bob") == 0
    assert made.may_answer(FIRST, "Ada").number == 0
    assert made.take(FIRST, "Ada", 1)
    with pytest.raises(NotYours, match="closed"):
        made.may_answer(FIRST, "Bob")


def test_who_is_at_work_on_a_question_keeps_it():
    made, clock = line(1)
    made.next_for("Ada")
    for clock.now in (8.0, 16.0, 24.0):
        made.renew("Ada")
        assert number_for(made, "Bob") is None
    clock.now = 35.0
    made.renew("Ada")
    assert number_for(made, "Bob") == 0


def test_a_question_that_was_not_put_to_somebody_is_not_theirs():
    made, _ = line(1)
    made.next_for("Ada")
    with pytest.raises(NotYours, match="not put to you"):
        made.may_answer(FIRST, "Eve")


def test_as_many_people_as_wanted_are_asked_and_nobody_twice():
    made, _ = line(1, answers=2)
    assert [number_for(made, who) for who in ("Ada", "Bob", "Cyd")] == [0, 0, None]
    assert not made.take(FIRST, "Ada", 0)
    with pytest.raises(NotYours, match="have answered"):
        made.may_answer(FIRST, "Ada")
    assert number_for(made, "Ada") is None
    assert made.take(FIRST, "Bob", 0)
    assert len(made) == 0 and made.answered == 2


def test_a_pass_lets_somebody_else_answer_but_counts_for_nothing():
    made, _ = line(1, answers=2)
    made.next_for("Ada")
    assert not made.take(FIRST, "Ada", None)
    assert made.answered == 0 and made.agreement is None


def test_the_agreement_is_the_share_of_pairs_who_said_the_same():
    made, _ = line(2, answers=3)
    for number, said in ((0, (1, 1, 0)), (1, (2, 2, 2))):
        for who, answer in zip(("Ada", "Bob", "Cyd"), said, strict=True):
            assert number_for(made, who) == number
            made.take(ticket(question(number)), who, answer)
    # Of the three pairs about the first one agrees, of those about the second all three do.
    assert made.agreement == 4 / 6


def test_orders_agree_by_the_pairs_that_they_have_the_same_way_round():
    assert concordance([0, 1, 2], [0, 1, 2]) == 1
    assert concordance([0, 1, 2], [2, 1, 0]) == 0
    assert concordance([0, 1, 2, 3], [1, 0, 2, 3]) == 5 / 6


def test_life_ends():
    made, clock = line(2, lifetime=5.0)
    clock.now = 4.0
    made.post([question(7)])
    assert made.left(FIRST) == 1.0
    clock.now = 5.5
    assert made.expired() == [0, 1]
    assert number_for(made, "Ada") == 7


def test_who_answers_all_at_once_takes_what_they_can():
    made, _ = line(2)
    made.post([question(5, Kind.RANKING)])
    assert [q.number for q in made.take_out(frozenset({Kind.PREFERENCE}))] == [0, 1]
    assert len(made) == 1


def test_a_ticket_is_only_for_the_same_question_about_the_same_thing():
    """After a run went back, another question may come by the number of an old one."""
    of_others = replace(question(0), segments=replace(SEGMENTS, ids=SEGMENTS.ids + 2))
    moved = replace(question(0), segments=replace(SEGMENTS, action=SEGMENTS.action + 1))
    assert ticket(question(0)) == FIRST
    assert len({FIRST, ticket(of_others), ticket(moved), ticket(question(1))}) == 4
