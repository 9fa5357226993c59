import numpy as np
import pytest

from coachable import humans
from coachable.config import load
from coachable.train import train
from human_controllers.person import Person
from simulated_humans.own import OwnConfig
from teaching import Intervention, Kind, UserError
from teaching.family import HumanFamily
from teaching.log import read_log

PUSH = np.array([[0.5, 0.25]], np.float32)


class Somebody(Person):
    """Holds the wheel at every other step, and notes what the lab does with them."""

    name = "somebody"
    kinds = frozenset({Kind.INTERVENTION})

    def __init__(self, *made_with):
        self.made_with = made_with
        self.told = []

    def begin(self, folder, task, total_steps):
        self.told.append(("begin", folder, task, total_steps))

    def progress(self, step, success):
        self.told.append(("progress", step, success))

    def close(self):
        self.told.append(("close",))

    def intervene(self, view):
        assert view.frame(0).dtype == np.uint8
        return Intervention(
            human=self.name,
            step=view.step,
            wall_time=0.0,
            human_seconds=np.full(1, view.dt),
            mask=view.step % 2 == 0,
            action=PUSH,
        )


@pytest.fixture
def somebody(monkeypatch):
    """The person who sits down when ``human=own`` is asked for."""
    people = []

    def make(*arguments):
        people.append(Somebody(*arguments))
        return people[-1]

    family = HumanFamily(
        name="own",
        summary="",
        kinds=Somebody.kinds,
        config=OwnConfig,
        make=make,
        needs_expert=False,
        person=True,
    )
    monkeypatch.setitem(humans.HUMANS, "own", family)
    return people


def run(tmp_path, *overrides):
    settings = (
        "algorithm=hg_dagger env=driving human=own total_steps=40 log_every=10 final_episodes=2"
    )
    return load(
        [*settings.split(), "progress=false", "eval_every=0", f"runs={tmp_path}", *overrides]
    )


def test_a_person_is_shown_the_task_and_told_how_it_goes(tmp_path, somebody):
    config = run(tmp_path, "algorithm.learning_starts=10")
    result = train(config)
    (person,) = somebody
    assert person.told[0] == ("begin", config.path, "driving", 40)
    assert [step for what, step, _ in person.told[1:-1]] == [10, 20, 30, 40]
    assert person.told[-1] == ("close",)
    assert result["human_steps"] == 20
    kept = [row.record for row in read_log(config.path / "feedback.sqlite")]
    assert [int(record.step[0]) for record in kept] == list(range(0, 40, 2))
    assert all((record.action == PUSH).all() for record in kept)


def test_nobody_is_an_expert_behind_a_person(tmp_path, somebody):
    train(run(tmp_path))
    (person,) = somebody
    with pytest.raises(UserError, match="has no expert behind it"):
        person.made_with[1].action(np.zeros(1))


def test_a_person_has_one_task_in_view(tmp_path, somebody):
    with pytest.raises(UserError, match="not 4: set num_envs=1"):
        train(run(tmp_path, "num_envs=4"))
    assert not any(tmp_path.iterdir())
