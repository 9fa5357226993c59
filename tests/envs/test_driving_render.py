import numpy as np
import pytest

from envs.driving.render import ALERT, EGO, SIZE
from envs.driving.task import DrivingConfig, make
from teaching import UserError

CONFIG = DrivingConfig()


def share_of(frame: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(frame.astype(int) - colour).max(axis=-1) < 12).mean())


@pytest.fixture
def env(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    made = make(CONFIG, "test", "rgb_array")
    made.reset(seed=0)
    yield made
    made.close()


def test_a_frame_needs_no_display_and_shows_the_car(env):
    frame = env.render()
    assert frame.shape == (SIZE, SIZE, 3)
    assert frame.dtype == np.uint8
    assert share_of(frame, EGO) > 0.001


def test_the_frame_says_when_a_human_steers(env):
    calm = env.render()
    env.unwrapped.show_takeover = True
    alert = env.render()
    assert share_of(calm, ALERT) < 0.005 < 0.03 < share_of(alert, ALERT)
    assert share_of(alert[:8], ALERT) == 1.0


def test_the_picture_changes_as_the_car_drives(env):
    before = env.render()
    for _ in range(20):
        env.step(np.array([0.0, 1.0], np.float32))
    assert (before != env.render()).any(axis=-1).mean() > 0.05


def test_every_road_can_be_drawn_from_start_to_goal(env):
    roads = env.batch.roads
    for row in (int(np.argmax(roads.crossing[:, 3])), int(np.argmax(roads.ring[:, 3])), 0):
        env.reset(seed=1, options={"road": row})
        for s in (0.0, roads.goal[row] / 2, roads.goal[row], roads.length[row] - 1):
            i = int(s)
            env.batch.worlds.ego[0, :3] = roads.points[row, i, :3]
            env.batch.worlds.ego[0, 5] = s
            assert env.render().shape == (SIZE, SIZE, 3)


def test_a_window_without_a_display_is_refused_in_one_line(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(UserError, match="display") as error:
        make(CONFIG, "train", "human").reset(seed=0)
    assert "\n" not in str(error.value)


def test_a_window_opens_on_any_display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = make(CONFIG, "train", "human")
    env.reset(seed=0)
    env.step(np.zeros(2, np.float32))
    assert env.render() is None
    env.close()


def test_an_unknown_render_mode_is_refused():
    with pytest.raises(UserError, match="ansi"):
        make(CONFIG, "train", "ansi")
