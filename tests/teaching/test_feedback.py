import dataclasses

import numpy as np
import pytest

from teaching import RECORDS, Choice, Evaluation, Feedback, Intervention, Kind


def test_there_are_seven_kinds_and_each_has_one_record():
    assert len(Kind) == 7
    assert set(RECORDS) == set(Kind)
    assert len(set(RECORDS.values())) == 7
    assert {kind: record.__name__.lower() for kind, record in RECORDS.items()} == {
        kind: kind.value for kind in Kind
    }


@pytest.mark.parametrize("record", RECORDS.values())
def test_every_record_says_who_when_and_at_what_price(record):
    assert issubclass(record, Feedback)
    names = {field.name for field in dataclasses.fields(record)}
    assert {"human", "step", "wall_time", "human_seconds"} < names
    for name in names:
        owner = record.__doc__ if name not in Feedback.__annotations__ else Feedback.__doc__
        assert f"{name}:" in owner, f"{name} is not documented"


def test_records_are_frozen_and_take_keywords_only():
    one = np.zeros(1)
    signed = {"human": "h", "step": one.astype(int), "wall_time": 0.0, "human_seconds": one}
    record = Intervention(**signed, mask=one.astype(bool), action=one)
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.mask = one
    with pytest.raises(TypeError):
        Evaluation("h", one, 0.0, one, one, one, one)


def test_equal_and_skip_are_answers_to_a_comparison():
    assert [choice.name for choice in Choice] == ["FIRST", "SECOND", "EQUAL", "SKIP"]
    stored = np.array(list(Choice), np.int8)
    assert [Choice(int(value)) for value in stored] == list(Choice)
