from dataclasses import fields

import pytest

from simulated_humans.config import InterveningConfig
from simulated_humans.demonstrating_config import DemonstratingConfig
from teaching import UserError


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"execution_noise": -0.1}, "human.execution_noise must be ≥ 0, got -0.1"),
        ({"reset_share": 1.5}, "human.reset_share must be in [0, 1], got 1.5"),
        (
            {"interest": "boredom"},
            "human.interest must be one of disagreement, risk, loss, got 'boredom'",
        ),
        ({"interest_threshold": 0.0}, "human.interest_threshold must be > 0, got 0.0"),
        (
            {"interest": "risk", "interest_threshold": 1.0},
            "human.interest_threshold must be in (0, 1) for risk, got 1.0",
        ),
        ({"interest_before": -1.0}, "human.interest_before must be ≥ 0 s, got -1.0"),
        ({"interest_memory": 0}, "human.interest_memory must be ≥ 1, got 0"),
        ({"delay": -0.3}, "human.delay must be ≥ 0 s, got -0.3"),
        (
            {"execution_noise": 0.1, "gate": "risk"},
            "human.execution_noise shakes whoever is in control, the learner too, so that it needs "
            "human.gate=always, got risk",
        ),
    ],
)
def test_a_value_out_of_range_is_named_with_its_bound(setting, message):
    with pytest.raises(UserError) as error:
        DemonstratingConfig(**setting)
    assert str(error.value) == message


def test_every_setting_of_its_own_is_described():
    shared = {setting.name for setting in fields(InterveningConfig)}
    for setting in fields(DemonstratingConfig):
        if setting.name not in shared:
            assert f"{setting.name}: " in DemonstratingConfig.__doc__
