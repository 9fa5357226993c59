import dataclasses

import numpy as np
import pytest

from coachable.check import check
from simulated_humans.comparing import ComparingHuman
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.evaluating import EvaluatingHuman


@pytest.mark.parametrize(
    ("human", "answer"),
    [
        ("praising_realistic", "ok    it answers a view"),
        ("realistic", "ok    it answers a view"),
        ("comparing_realistic", "ok    it answers questions about segments"),
        ("correcting_realistic", "ok    its corrections gain more than they lose"),
    ],
)
def test_people_who_signal_in_different_ways_keep_the_contract(human, answer, capsys):
    assert check(["env=coach_grid", f"human={human}"]) == 0
    said = capsys.readouterr().out
    assert answer in said
    assert "FAIL" not in said
    assert said.count("ok ") == 7 + (human == "correcting_realistic")


def test_a_judgement_that_is_no_number_is_found(monkeypatch, capsys):
    honest = EvaluatingHuman.evaluate

    def dishonest(self, view):
        answer = honest(self, view)
        return dataclasses.replace(answer, value=np.full_like(answer.value, np.nan))

    monkeypatch.setattr(EvaluatingHuman, "evaluate", dishonest)
    assert check(["env=coach_grid", "human=praising"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  it answers a view" in said
    assert "evaluate: value is nan" in said


def test_a_ranking_that_is_no_order_is_found(monkeypatch, capsys):
    honest = ComparingHuman.rank

    def dishonest(self, sets):
        answer = honest(self, sets)
        return dataclasses.replace(answer, order=np.zeros_like(answer.order))

    monkeypatch.setattr(ComparingHuman, "rank", dishonest)
    assert check(["env=coach_grid", "human=comparing_oracle"]) == 1
    assert "FAIL  it answers questions about segments: ranking: order is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda a: {"action": a.action + 4},
            "segments: correction: action",
        ),
        (lambda a: {"length": a.length + 1}, "correction: length 2 of a segment of 1 steps"),
        (lambda a: {"segments": a.segments + 50}, "correction: nobody asked about segment 5"),
        (lambda a: {"action": np.full_like(a.action, 3)}, "FAIL  its corrections gain more"),
    ],
)
def test_a_correction_that_is_none_is_found(change, text, monkeypatch, capsys):
    honest = CorrectingHuman.correct

    def dishonest(self, segments):
        answer = honest(self, segments)
        return dataclasses.replace(answer, **change(answer))

    monkeypatch.setattr(CorrectingHuman, "correct", dishonest)
    # Of coach_grid's actions 3 is down: into the costly cells at the bottom, and to stay there.
    assert check(["env=coach_grid", "human=correcting"]) == 1
    assert text in capsys.readouterr().out


def test_a_human_whose_state_leaves_something_out_is_found(monkeypatch, capsys):
    whole = EvaluatingHuman.state_dict
    fresh = {}

    def partial(self):
        state = whole(self)
        return {**state, "draws": fresh.setdefault("draws", state["draws"])}

    monkeypatch.setattr(EvaluatingHuman, "state_dict", partial)
    assert check(["env=coach_grid", "human=praising", "human.silence=0.5"]) == 1
    assert "the copy decides otherwise" in capsys.readouterr().out


@pytest.mark.parametrize("problem", ["coach_grid", "grid", "river_swim", "chain", "random"])
def test_finite_tasks_say_whether_they_succeeded(problem, capsys):
    assert check(["env=finite", f"env.id={problem}"]) == 0
    said = capsys.readouterr().out
    assert "FAIL" not in said and "no is_success" not in said


def test_a_task_without_success_passes_with_a_note(capsys):
    assert check(["env=finite", "env.id=baird"]) == 0
    assert "(it does not: info has no is_success" in capsys.readouterr().out


OWN_COMPARER = '''
import numpy as np
from teaching import Kind, Preference, Teacher


class Longest(Teacher):
    """Prefers the longer segment."""

    name = "longest"
    kinds = frozenset({Kind.PREFERENCE})

    def __init__(self, *arguments):
        pass

    def prefer(self, pairs):
        return Preference(
            human=self.name,
            step=pairs.step,
            wall_time=0.0,
            human_seconds=np.full(len(pairs.ids), 5.0),
            segments=pairs.ids,
            choice=(pairs.length[:, 1] > pairs.length[:, 0]).astype(np.int8),
        )
'''


def test_a_human_of_ones_own_who_only_compares_is_asked_to_compare(tmp_path, monkeypatch, capsys):
    (tmp_path / "own_comparer.py").write_text(OWN_COMPARER)
    monkeypatch.syspath_prepend(tmp_path)
    own = ["human=own", "human.maker=own_comparer:Longest"]
    assert check(["env=coach_grid", *own]) == 0
    assert "it answers questions about segments" in capsys.readouterr().out
