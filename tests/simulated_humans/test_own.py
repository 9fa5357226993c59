import gymnasium as gym
import numpy as np
import pytest

from simulated_humans.own import OwnConfig
from simulated_humans.registry import HUMANS
from teaching import Oracle, UserError

SPACE = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
ORACLE = Oracle(action=lambda obs: np.zeros((len(obs), 2), np.float32))

SOURCE = """
from teaching import Teacher

class Mine(Teacher):
    def __init__(self, oracle, action_space, num_worlds, seed, patience=1.0):
        self.given = (oracle, action_space, num_worlds, seed, patience)

class NoHuman:
    def __init__(self, *arguments):
        pass
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "a_human_of_my_own.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    return "a_human_of_my_own"


def make(**settings):
    return HUMANS["own"].make(OwnConfig(**settings), ORACLE, SPACE, 3, 7)


def test_a_class_of_ones_own_is_given_everything_that_a_human_needs(module):
    human = make(maker=f"{module}:Mine", settings={"patience": 2.5})
    assert human.given == (ORACLE, SPACE, 3, 7, 2.5)


@pytest.mark.parametrize(
    ("maker", "settings", "words"),
    [
        ("", {}, "human.maker must be module:Class, got ''"),
        ("Mine", {}, "human.maker must be module:Class, got 'Mine'"),
        ("no_such_module:Mine", {}, "no_such_module"),
        ("a_human_of_my_own:Missing", {}, "Missing"),
        ("a_human_of_my_own:Mine", {"patients": 1}, "patients"),
        ("a_human_of_my_own:NoHuman", {}, "subclass teaching.Teacher"),
    ],
)
def test_a_class_that_cannot_be_used_is_one_line(module, maker, settings, words):
    with pytest.raises(UserError, match=r"human\.maker") as error:
        make(maker=maker, settings=settings)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
