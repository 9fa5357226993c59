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

    def prepare(self, task):
        self.told.append(("prepare", task))

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
    assert person.told[:2] == [("prepare", "driving"), ("begin", config.path, "driving", 40)]
    assert [step for what, step, _ in person.told[2:-1]] == [10, 20, 30, 40]
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


def test_a_person_at_the_keyboard_trains_from_the_command_line(tmp_path, monkeypatch):
    """Whose hands rest on the up key."""
    pygame = pytest.importorskip("pygame")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    monkeypatch.setattr(
        pygame.event,
        "get",
        lambda: [pygame.event.Event(pygame.KEYDOWN, key=pygame.K_UP)],
    )
    choices = ["human=keyboard", "human.start_in_control=true", "human.speed=2"]
    config = run(tmp_path, *choices)
    result = train(config)
    assert result["human_steps"] == 40
    # Forty steps of .1 s at twice the pace.
    assert result["human_seconds"] == pytest.approx(40 * 0.1 / 2, rel=0.4)
    kept = [row.record for row in read_log(config.path / "feedback.sqlite")]
    assert len(kept) == 40
    throttle = [float(record.action[0, 1]) for record in kept]
    # How far the key has ramped by the first step is a matter of how busy the machine is.
    assert 0.0 < throttle[0] <= throttle[-1] == 1.0


def test_a_person_without_a_display_is_told_so_and_nothing_is_written(
    tmp_path, monkeypatch, capsys
):
    from coachable.cli import main

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    pytest.importorskip("pygame").display.quit()
    monkeypatch.setattr(
        "sys.argv", ["coachable", "train", "env=driving", "human=keyboard", f"runs={tmp_path}"]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert "human=keyboard needs a display" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
