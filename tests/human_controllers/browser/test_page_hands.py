"""A person who drives, takes over, praises and blames: by keys, mouse, fingers and gamepad."""

import numpy as np
import pytest

from human_controllers.hands_config import GamepadConfig
from human_controllers.steering import Ramp, past_dead_zone
from teaching import Kind
from teaching import info as keys

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="needs selenium").Keys

LEFT, RIGHT, UP = Keys.ARROW_LEFT, Keys.ARROW_RIGHT, Keys.ARROW_UP


def in_control(page):
    return page.text("driver-words").upper() == "YOU ARE IN CONTROL"


def take_over(page):
    page.press(" ")
    page.until(lambda: in_control(page), "taking over")


def steering(page):
    return [message["axes"] for message in page.sent("steer")]


def border(page):
    return float(page.find("stage").value_of_css_property("border-top-width")[:-2])


def test_the_space_bar_takes_over_and_gives_back_and_it_is_plain_who_drives(page, lessons):
    page.open(lessons().address)
    page.until(lambda: page.text("driver-words") == "The agent is in control", "the agent")
    thin = border(page)
    take_over(page)
    assert border(page) >= 2 * thin
    assert page.text("takeover").startswith("Give back")
    assert page.driver.title == "● You are in control"
    page.press(" ")
    page.until(lambda: not in_control(page), "giving back")
    assert [message["on"] for message in page.sent("control")] == [True, False]


def test_what_the_hands_do_is_executed_and_kept(page, lessons):
    lesson = lessons()
    page.open(lesson.address)
    take_over(page)
    page.hold(LEFT, UP)
    page.until(lambda: (lesson.executed()[-3:] == 1.0).all(), "full left and full speed")
    page.let_go(LEFT, UP)
    page.press(" ")
    page.until(lambda: not in_control(page), "giving back")
    page.until(lambda: not lesson.infos[-1][keys.TAKEOVER], "the agent")
    lesson.end()
    # The agent's own actions stay within a half.
    taken = np.array([info[keys.TAKEOVER] for info in lesson.infos])
    assert (np.abs(lesson.executed()[~taken]) <= 0.5).all()
    kept = lesson.kept(Kind.INTERVENTION)
    assert np.array([row.record.action[0] for row in kept]) == pytest.approx(
        lesson.executed()[taken]
    )
    assert {row.record.human for row in kept} == {"Ada"}


def test_a_held_key_ramps_to_the_end_and_the_opposite_one_to_the_other(page, lessons):
    page.open(lessons().address)
    take_over(page)
    page.hold(LEFT)
    # Left is up on driving's first axis, and it takes a third of a second to the end.
    page.until(lambda: steering(page) and steering(page)[-1][0] == 1.0, "the end of the ramp")
    page.let_go(LEFT)
    page.hold(RIGHT)
    page.until(lambda: steering(page)[-1][0] == -1.0, "the other end")
    wheel = [axes[0] for axes in steering(page)]
    turned = wheel[len(wheel) - wheel[::-1].index(1.0) :]
    assert turned == sorted(turned, reverse=True)
    page.let_go(RIGHT)
    page.until(lambda: steering(page)[-1] == [0.0, 0.0], "the middle")


RAMP = """
const [schedule, rise, fall, done] = arguments;
import("/static/hands.js").then(({ Axes }) => {
  const axes = new Axes([{ down: "right", up: "left" }], rise, fall);
  axes.move(0);
  done(schedule.map(([until, right, left]) => {
    axes.held = new Set([...(right ? ["right"] : []), ...(left ? ["left"] : [])]);
    return axes.positions(until)[0];
  }));
});
"""
ZONE = """
const [sticks, done] = arguments;
import("/static/hands.js").then(({ pastDeadZone }) => done(sticks.map((x) => pastDeadZone(x))));
"""


def test_the_page_ramps_and_dead_zones_as_the_keyboard_and_the_gamepad_do(page, lessons):
    page.open(lessons().address)
    rng = np.random.default_rng(1)
    times, push = np.cumsum(rng.uniform(5, 600, 200)), rng.random((200, 2)) < 0.5
    schedule = [[t, *map(bool, held)] for t, held in zip(times, push, strict=True)]
    ramp, before, wanted = Ramp(1, 3.0, 5.0), 0.0, []
    for until, right, left in schedule:
        wanted += ramp.move(np.array([left - right]), (until - before) / 1000).tolist()
        before = until
    got = page.driver.execute_async_script(RAMP, schedule, 3.0, 5.0)
    assert got == pytest.approx(wanted, abs=1e-9)
    assert np.mean(np.abs(wanted) == 1.0) > 0.1 and np.mean(np.array(wanted) == 0.0) > 0.1
    sticks = np.linspace(-1, 1, 41)
    config = GamepadConfig()
    got = page.driver.execute_async_script(ZONE, sticks.tolist())
    assert got == pytest.approx(past_dead_zone(sticks, config.dead_zone, config.exponent), abs=1e-9)


def test_whoever_takes_over_in_haste_steers_at_once(page, lessons):
    page.open(lessons().address)
    page.until(lambda: page.sent("shown"), "a picture")
    page.hold(LEFT)
    page.press(" ")
    page.until(lambda: steering(page) and steering(page)[-1][0] == 1.0, "full left")


def test_every_picture_drawn_is_acknowledged_and_steered_upon(page, lessons):
    page.open(lessons().address)
    take_over(page)
    page.hold(UP)
    page.until(lambda: len(steering(page)) > 10, "steering")
    page.let_go(UP)
    frames = [(message["t"], message["frame"]) for message in page.sent() if "frame" in message]
    shown = [frame for kind, frame in frames if kind == "shown"]
    assert shown == sorted(set(shown))
    steered = [frame for kind, frame in frames if kind == "steer"]
    assert steered == sorted(steered)
    assert set(steered) >= {frame for frame in shown if steered[0] < frame < steered[-1]}
    # The hands come before the receipt of the picture that they have seen.
    assert all(
        frames.index(("steer", frame)) < frames.index(("shown", frame)) for frame in steered[3:-3]
    )


def test_keys_steer_nothing_while_the_agent_drives_or_somebody_types(page, lessons):
    page.open(lessons().address)
    page.press(LEFT, UP)
    take_over(page)
    page.press("/")
    page.press("a", " ", "p", "+", LEFT)
    assert page.find("saying").get_attribute("value") == "a p+"
    assert in_control(page)
    assert page.sent("judge") == [] and page.sent("pause") == []
    assert not any(any(axes) for axes in steering(page))


def test_what_is_praised_and_blamed_is_saved_only_when_the_server_has_kept_it(page, lessons):
    lesson = lessons()
    page.open(lesson.address)
    page.until(lambda: page.sent("shown"), "a picture")
    page.press("+", "=", "-")
    page.find("praise").click()
    page.find("blame").click()
    page.until(lambda: page.text("given") == "5 saved", "five marks on the disk")
    judged = page.sent("judge")
    assert [message["value"] for message in judged] == [1, 1, -1, 1, -1]
    assert len({message["id"] for message in judged}) == 5
    assert {message["frame"] for message in judged} <= {m["frame"] for m in page.sent("shown")}
    kept = [row.record for row in lesson.kept(Kind.EVALUATION)]
    assert [record.value[0] for record in kept] == [1, 1, -1, 1, -1]
    # A picture shows what the step before has led to.
    assert [record.about[0] for record in kept] == [max(m["frame"] - 1, 0) for m in judged]
    page.until(lambda: [i for i in list(lesson.infos) if i.get(keys.FEEDBACK) == -1], "the learner")


def test_a_click_leaves_the_space_bar_its_meaning(page, lessons):
    page.open(lessons().address)
    page.until(lambda: page.sent("shown"), "a picture")
    page.find("praise").click()
    take_over(page)
    assert len(page.sent("judge")) == 1


def test_pause_and_go_on(page, lessons):
    page.open(lessons().address)
    page.press("p")
    page.until(lambda: page.text("driver-words") == "Paused", "the pause")
    page.find("pause").click()
    page.until(lambda: page.text("driver-words") != "Paused", "going on")
    assert [message["on"] for message in page.sent("pause")] == [True, False]


def test_a_finger_on_the_pad_steers(page, lessons):
    page.size(360, 640, phone=True)
    page.open(lessons().address)
    page.find("takeover").click()
    page.until(lambda: in_control(page), "taking over")
    (pad,) = page.all(".pad")
    page.touch(pad, 0.5, 0.5)
    page.slide(pad, 0.02, 0.1)
    page.until(lambda: steering(page)[-1:] == [[1.0, 1.0]], "left and ahead")
    page.lift()
    page.until(lambda: steering(page)[-1] == [0.0, 0.0], "the middle")


def test_a_task_that_waits_moves_by_the_step_key_and_while_somebody_steers(page, lessons):
    lesson = lessons(pace="step")
    page.open(lesson.address)
    take_over(page)
    page.until(lambda: len(page.sent("steer")) > 0, "the hands' being told")
    stands = len(lesson.infos)
    page.driver.execute_async_script("setTimeout(arguments[0], 400)")
    assert len(lesson.infos) == stands
    page.press(".")
    page.until(lambda: len(lesson.infos) == stands + 1, "one step")
    page.find("step").click()
    page.until(lambda: len(lesson.infos) == stands + 2, "another")
    page.hold(UP)
    page.until(lambda: (lesson.executed()[-2:, 1] == 1.0).all(), "full speed")
    page.let_go(UP)
    page.until(lambda: steering(page)[-1] == [0.0, 0.0], "rest")
    page.driver.execute_async_script("setTimeout(arguments[0], 300)")
    stands = len(lesson.infos)
    page.driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert len(lesson.infos) == stands


GAMEPAD = """
window.pad = {connected: true, axes: [0, 0, 0, 0],
              buttons: Array.from({length: 16}, () => ({pressed: false, value: 0}))};
navigator.getGamepads = () => [window.pad];
"""


def test_a_gamepad_steers_past_its_dead_zone_and_its_buttons_do_what_the_keys_do(page, lessons):
    script = page.cdp("Page.addScriptToEvaluateOnNewDocument", source=GAMEPAD)
    try:
        page.open(lessons().address)
    finally:
        page.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
    set_pad = page.driver.execute_script
    set_pad("pad.buttons[5].pressed = true")
    page.until(lambda: in_control(page), "taking over")
    set_pad("pad.buttons[5].pressed = false; pad.axes[0] = 0.09")
    page.until(lambda: len(steering(page)) > 3, "steering")
    assert not any(any(axes) for axes in steering(page))
    set_pad("pad.axes[0] = 0.55; pad.axes[1] = -1")
    # Half of what is beyond a dead zone of 0.1, to the power 1.5; right is down in driving.
    wheel = pytest.approx(-(0.5**1.5), abs=1e-3)
    page.until(lambda: steering(page)[-1] == [wheel, 1.0], "the stick")
    set_pad("pad.buttons[3].pressed = true")
    page.until(lambda: page.sent("judge"), "praise")


def test_numbered_actions_last_as_long_as_their_key_and_a_tap_lasts_a_picture(page, lessons):
    lesson = lessons(numbered=True)
    page.open(lesson.address)
    take_over(page)
    page.hold(UP)
    page.until(lambda: page.sent("steer")[-1]["action"] == 2, "the engine")
    page.hold(LEFT)
    page.until(lambda: page.sent("steer")[-1]["action"] == 3, "the last key")
    page.let_go(LEFT)
    page.until(lambda: page.sent("steer")[-1]["action"] == 2, "the key before")
    page.let_go(UP)
    page.until(lambda: page.sent("steer")[-1]["action"] is None, "nothing")
    page.until(lambda: lesson.executed()[-1] == 0, "idling")
    before = len(lesson.infos)

    def taps():
        executed = lesson.executed()[before:].tolist()
        return sum(now == 1 != was for was, now in zip([0, *executed], executed, strict=False))

    for count in (1, 2, 3):
        page.press(RIGHT)
        page.until(lambda: taps() == count and lesson.executed()[-1] == 0, "a tap")  # noqa: B023
