import numpy as np
import pytest
from tiny import Rescuer, Scripted

from teaching import Human, Kind, Teacher

METHODS = {
    Kind.INTERVENTION: "intervene",
    Kind.DEMONSTRATION: "demonstrate",
    Kind.EVALUATION: "evaluate",
    Kind.UTTERANCE: "speak",
    Kind.PREFERENCE: "prefer",
    Kind.RANKING: "rank",
    Kind.CORRECTION: "correct",
}


def test_a_teacher_is_a_human_and_an_object_is_not():
    assert isinstance(Teacher(), Human)
    assert isinstance(Rescuer(), Human)
    assert not isinstance(object(), Human)


@pytest.mark.parametrize("kind", Kind)
def test_a_teacher_refuses_each_kind_by_name_and_says_what_it_gives(kind):
    human = Scripted(values=lambda view: np.zeros(1))
    if kind is Kind.EVALUATION:
        human = Scripted(words=lambda view: ("",))
        human.evaluate = lambda view: Teacher.evaluate(human, view)
    gives = "utterance" if kind is Kind.EVALUATION else "evaluation"
    if METHODS[kind] in ("intervene", "speak"):
        setattr(human, METHODS[kind], getattr(Teacher, METHODS[kind]).__get__(human))
    with pytest.raises(NotImplementedError) as caught:
        getattr(human, METHODS[kind])(None)
    assert str(caught.value) == f"scripted gives no {kind} (kinds it gives: {gives})"


def test_a_teacher_of_no_kind_says_so():
    with pytest.raises(NotImplementedError, match="kinds it gives: none"):
        Teacher().rank(None)


def test_a_teacher_without_memory_saves_nothing():
    human = Teacher()
    human.reset(np.ones(3, bool))
    assert human.state_dict() == {}
    human.load_state_dict({})
