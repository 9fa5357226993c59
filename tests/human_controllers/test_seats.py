"""A scripted person at the keyboard and with a gamepad, on a clock that nobody has to wait for."""

import gymnasium as gym
import numpy as np
import pytest

from human_controllers.gamepad import Gamepad
from human_controllers.hands_config import GamepadConfig, KeyboardConfig
from human_controllers.keyboard import Keyboard
from teaching import UserError, View

pygame = pytest.importorskip("pygame")

DT = 0.1
WHEEL = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
KEYS = gym.spaces.Discrete(3)


class Time:
    """Passes only while somebody sleeps; what is due to happen then happens."""

    def __init__(self):
        self.now, self.plan = 0.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        while self.plan and self.plan[0][0] <= self.now:
            self.plan.pop(0)[1]()

    def at(self, when, what):
        self.plan = sorted([*self.plan, (when, what)], key=lambda entry: entry[0])


@pytest.fixture
def time(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    return Time()


@pytest.fixture
def keyboard(time, tmp_path):
    people = []

    def sit_down(space=WHEEL, task="maze", **settings):
        person = Keyboard(KeyboardConfig(**settings), space, 1, clock=time.clock, sleep=time.sleep)
        person.prepare(task)
        person.begin(tmp_path, task, 100)
        pygame.event.clear()
        people.append(person)
        return person

    yield sit_down
    for person in people:
        person.close()


def post(kind, **what):
    return lambda: pygame.event.post(pygame.event.Event(kind, **what))


def press(time, when, key, hold=0.01):
    code = pygame.key.key_code(key)
    time.at(when, post(pygame.KEYDOWN, key=code))
    time.at(when + hold, post(pygame.KEYUP, key=code))


def view(step, space=WHEEL):
    proposed = np.full((1, *space.shape), 0.5 if space.shape else 0, space.dtype)
    return View(
        obs=np.zeros((1, 3)),
        proposed_action=proposed,
        step=np.array([step]),
        episode_start=np.array([step == 0]),
        dt=DT,
        frame=lambda world: np.zeros((40, 60, 3), np.uint8),
    )


def steer(person, steps, space=WHEEL):
    """(takeover, action) of each step."""
    records = [person.intervene(view(step, space)) for step in range(steps)]
    return [(bool(r.mask[0]), np.round(r.action[0], 2).tolist()) for r in records]


def test_the_agent_drives_until_the_person_takes_over_and_after_they_give_back(time, keyboard):
    person = keyboard()
    press(time, 0.25, "space")
    press(time, 0.55, "space")
    masks = [mask for mask, _ in steer(person, 8)]
    # The clock stands at .3 at the end of the third step, and at .6 at the end of the sixth.
    assert masks == [False, False, True, True, True, False, False, False]


def test_a_held_key_ramps_and_a_released_one_falls_back(time, keyboard):
    person = keyboard(start_in_control=True, rise=2.0, fall=4.0)
    press(time, 0.0005, "right", hold=0.3)
    actions = np.array([action for _, action in steer(person, 6)])
    # Up by 2 · .1 a step while it is held, but for the first look at the device; then down by 4.
    assert actions[:3, 0] == pytest.approx([0.2, 0.4, 0.6], abs=0.04)
    assert actions[3:, 0] == pytest.approx([0.2, 0.0, 0.0], abs=0.06)
    assert (actions[:, 1] == 0).all()


def test_left_is_left_in_driving(time, keyboard):
    """Whose steering is positive to the left."""
    person = keyboard(task="driving", start_in_control=True)
    press(time, 0.001, "left", hold=1.0)
    assert steer(person, 4)[-1][1][0] > 0.9


def test_praise_and_blame_are_said_once_and_about_what_was_seen(time, keyboard):
    person = keyboard()
    press(time, 0.25, "=")
    press(time, 0.45, "-")
    said = []
    for step in range(7):
        person.intervene(view(step))
        record = person.evaluate(view(step))
        if record.mask[0]:
            said.append((step, float(record.value[0]), int(record.about[0])))
    assert said == [(2, 1.0, 1), (4, -1.0, 3)]


def test_steps_take_the_tasks_own_time_and_that_is_what_they_cost(time, keyboard):
    person = keyboard()
    seconds = sum(person.intervene(view(step)).human_seconds[0] for step in range(20))
    assert time.now == pytest.approx(20 * DT, abs=0.02)
    assert seconds == pytest.approx(20 * DT, abs=0.02)


def test_twice_the_speed_takes_half_the_time(time, keyboard):
    steer(keyboard(speed=2.0), 20)
    assert time.now == pytest.approx(20 * DT / 2, abs=0.02)


def test_a_slow_learner_does_not_make_the_task_rush_afterwards(time, keyboard):
    person = keyboard()
    person.intervene(view(0))
    time.now += 3.0  # an update, an evaluation
    before = time.now
    seconds = sum(person.intervene(view(step)).human_seconds[0] for step in range(1, 6))
    assert time.now - before == pytest.approx(5 * DT, abs=0.02)
    assert seconds == pytest.approx(5 * DT, abs=0.12)


def test_a_pause_stops_the_task_and_costs_nothing(time, keyboard):
    person = keyboard()
    press(time, 0.05, "tab")
    press(time, 2.05, "tab")
    seconds = person.intervene(view(0)).human_seconds[0]
    assert time.now == pytest.approx(2.0 + DT, abs=0.03)
    assert seconds == pytest.approx(DT, abs=0.03)


def test_a_task_that_waits_takes_one_step_a_key(time, keyboard):
    person = keyboard(step_wait=True)
    for number in range(3):
        press(time, 1.0 + number, ".")
    ends = []
    for step in range(3):
        person.intervene(view(step))
        ends.append(time.now)
    assert ends == pytest.approx([1.0, 2.0, 3.0], abs=0.03)


def test_numbered_actions_have_keys_and_a_turn_waits_for_one(time, keyboard):
    person = keyboard(space=KEYS, start_in_control=True)
    press(time, 0.5, "2")
    press(time, 0.9, "1")
    assert steer(person, 2, KEYS) == [(True, 2), (True, 1)]
    assert time.now == pytest.approx(0.9, abs=0.03)


def test_a_task_with_an_idle_action_does_not_wait(time, keyboard):
    person = keyboard(space=KEYS, task="mountain_car", start_in_control=True)
    press(time, 0.12, "right", hold=0.07)
    assert steer(person, 3, KEYS) == [(True, 1), (True, 2), (True, 1)]
    assert time.now == pytest.approx(3 * DT, abs=0.03)


def test_closing_the_window_is_a_ctrl_c_and_the_agent_goes_on(time, keyboard):
    person = keyboard(start_in_control=True)
    time.at(0.25, post(pygame.QUIT))
    person.intervene(view(0)), person.intervene(view(1))
    with pytest.raises(KeyboardInterrupt):
        person.intervene(view(2))
    now = time.now
    assert steer(person, 3) == [(False, [0.5, 0.5])] * 3
    assert time.now == now


def test_the_window_says_in_words_and_colour_who_is_in_control(time, keyboard):
    person = keyboard()
    person.intervene(view(0))
    agents = person.window.picture()
    person.toggle()
    person.intervene(view(1))
    persons = person.window.picture()
    assert (agents[2, 2] != persons[2, 2]).any()  # the border
    assert (agents[-120:] != persons[-120:]).any()


class Pad:
    """A gamepad as pygame has it."""

    def __init__(self, axes):
        self.axes = axes

    def init(self):
        pass

    def get_name(self):
        return "pad"

    def get_numaxes(self):
        return len(self.axes)

    def get_axis(self, number):
        return self.axes[number]


def gamepad(time, tmp_path, monkeypatch, pad, space=WHEEL, **settings):
    monkeypatch.setattr(pygame.joystick, "get_count", lambda: 1)
    monkeypatch.setattr(pygame.joystick, "Joystick", lambda number: pad)
    person = Gamepad(GamepadConfig(**settings), space, 1, clock=time.clock, sleep=time.sleep)
    person.prepare("maze")
    person.begin(tmp_path, "maze", 100)
    pygame.event.clear()
    return person


def test_sticks_steer_past_their_dead_zone(time, tmp_path, monkeypatch):
    pad = Pad([0.05, -0.55])
    person = gamepad(time, tmp_path, monkeypatch, pad, exponent=1.0, start_in_control=True)
    # (.55 − .1) / (1 − .1) = .5, turned round since a stick pushed away is negative.
    assert steer(person, 1) == [(True, [0.0, 0.5])]
    pad.axes[:] = [1.0, 1.0]
    assert steer(person, 1) == [(True, [1.0, -1.0])]
    person.close()


def test_buttons_take_over_and_praise(time, tmp_path, monkeypatch):
    person = gamepad(time, tmp_path, monkeypatch, Pad([0.0, 0.0]))
    time.at(0.05, post(pygame.JOYBUTTONDOWN, button=5))
    time.at(0.06, post(pygame.JOYBUTTONDOWN, button=3))
    assert steer(person, 1)[0][0]
    assert person.evaluate(view(0)).value[0] == 1.0
    person.close()


def test_no_gamepad_is_one_line(time):
    person = Gamepad(GamepadConfig(), WHEEL, 1)
    with pytest.raises(UserError, match=r"found no gamepads.*take human=keyboard"):
        person.prepare("maze")


def test_no_display_is_one_line(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    pygame.display.quit()
    with pytest.raises(UserError, match=r"human=keyboard needs a display \(.*\): run it on"):
        Keyboard(KeyboardConfig(), WHEEL, 1).prepare("maze")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"speed": 0.0}, "human.speed must be > 0, got 0.0"),
        ({"width": 10}, "human.width must be from 200 to 4000 pixels, got 10"),
        ({"rise": 0.0}, "human.rise must be > 0, got 0.0"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, message):
    with pytest.raises(UserError, match=message):
        KeyboardConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"axes": [["left", "right"]]}, "has keys for 1 axes, and this task has 2"),
        ({"axes": [["left", "right"], ["left", "up"]]}, "gives the key 'left' two meanings"),
        ({"axes": [["left", "right"], ["space", "up"]]}, "cannot have the key 'space'"),
    ],
)
def test_keys_that_cannot_be_are_one_line(keyboard, settings, message):
    with pytest.raises(UserError, match=message):
        keyboard(**settings)
