"""A person who compares, ranks, corrects and types."""

import numpy as np
import pytest

from human_controllers.browser.messages import CHOICES
from teaching import Kind
from teaching import info as keys

actions = pytest.importorskip("selenium.webdriver.common.action_chains", reason="needs selenium")
ActionChains = actions.ActionChains
Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="needs selenium").Keys

LEFT, RIGHT, UP, DOWN = Keys.ARROW_LEFT, Keys.ARROW_RIGHT, Keys.ARROW_UP, Keys.ARROW_DOWN


FRAMES = "return [...document.querySelectorAll('#ask canvas')].map((c) => Number(c.dataset.frame))"


def asked(page, kind):
    """Wait until a question of this kind can be answered."""
    page.until(lambda: page.find("ask").get_attribute("data-kind") == kind, kind)
    page.until(lambda: page.all("#ask canvas[data-frame]"), "its clips")
    page.driver.execute_async_script("setTimeout(arguments[0], 420)")  # longer than a blink


def answered(page, count):
    page.until(
        lambda: page.text("given").startswith(f"{count} saved"), f"{count} answers on the disk"
    )
    return page.sent("answer")


def handed_over(page, lesson, kind):
    """The one answer: on the disk, and with the learner."""
    page.until(lambda: lesson.answers, "the learner")
    (kept,), (record,) = lesson.kept(kind), lesson.answers
    assert kept.record.human == record.human == "Ada"
    assert kept.record.human_seconds == record.human_seconds
    return record


def questions(page, lessons, *kinds, **settings):
    """Sit down before questions of these kinds."""
    lesson = lessons(asks=kinds, **settings)
    page.open(lesson.address)
    page.press("q")
    return lesson


def test_clips_loop_in_step_with_one_another(page, lessons):
    questions(page, lessons, "preference")
    asked(page, "preference")
    frames = []

    def watch():
        frames.append(page.driver.execute_script(FRAMES))
        return frames[-1] < frames[0] or len(frames) > 400

    page.until(watch, "the clips' beginning anew")
    assert all(left == right for left, right in frames)
    assert len({left for left, _ in frames}) > 4
    page.press(" ")
    stopped = page.driver.execute_script(FRAMES)
    page.driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert page.driver.execute_script(FRAMES) == stopped
    page.press(" ")
    page.until(lambda: page.driver.execute_script(FRAMES) != stopped, "going on")


@pytest.mark.parametrize(
    ("key", "choice"), [(LEFT, "first"), (RIGHT, "second"), (DOWN, "equal"), (UP, "skip")]
)
def test_an_arrow_key_compares(page, lessons, key, choice):
    lesson = questions(page, lessons, "preference")
    asked(page, "preference")
    page.press(key)
    (answer,) = answered(page, 1)
    assert answer["choice"] == choice
    assert 0.4 < answer["seconds"] < 30
    record = handed_over(page, lesson, Kind.PREFERENCE)
    assert CHOICES[int(record.choice[0])] == choice
    assert record.human_seconds[0] == answer["seconds"]


def test_a_click_compares(page, lessons):
    questions(page, lessons, "preference")
    for count, words in enumerate(("Left is", "Right is", "About equal", "Skip")):
        asked(page, "preference")
        page.button(words).click()
        answered(page, count + 1)
    asked(page, "preference")
    page.all("#ask .clip canvas")[1].click()
    choices = [message["choice"] for message in answered(page, 5)]
    assert choices == ["first", "second", "equal", "skip", "second"]
    assert len({message["question"] for message in page.sent("answer")}) == 5


def test_a_key_still_held_from_the_question_before_answers_nothing(page, lessons):
    questions(page, lessons, "preference")
    asked(page, "preference")
    page.press(RIGHT, RIGHT, RIGHT)
    assert len(answered(page, 1)) == 1


def test_clips_are_ranked_by_number_keys_with_undo(page, lessons):
    lesson = questions(page, lessons, "ranking")
    asked(page, "ranking")
    page.press("2", "1", Keys.BACKSPACE, "4")
    page.press(Keys.ENTER)  # too early: two of four
    assert page.sent("answer") == []
    page.press("1", Keys.ENTER)
    (answer,) = answered(page, 1)
    assert answer["order"] == [1, 3, 0, 2]
    assert handed_over(page, lesson, Kind.RANKING).order.tolist() == [[1, 3, 0, 2]]


def test_clips_are_ranked_by_clicks(page, lessons):
    questions(page, lessons, "ranking")
    asked(page, "ranking")
    canvases = page.all("#ask .clip canvas")
    for number in (3, 0, 1):
        canvases[number].click()
    page.button("Undo").click()
    canvases[2].click()
    assert [place.text for place in page.all(".place")] == ["2.", "4.", "3.", "1."]
    page.button("Send").click()
    asked(page, "ranking")
    page.button("Skip").click()
    assert [message["order"] for message in answered(page, 2)] == [[3, 0, 2, 1], None]


def test_an_action_is_drawn_over_with_the_mouse(page, lessons):
    lesson = questions(page, lessons, "correction")
    asked(page, "correction")
    curve, _ = page.all(".curve")
    width, height = curve.size["width"], curve.size["height"]
    ActionChains(page.driver, duration=50).move_to_element(curve).click_and_hold().move_by_offset(
        width // 4, -height
    ).release().perform()
    page.button("Send").click()
    (answer,) = answered(page, 1)
    assert len(answer["action"]) == 24 and all(len(row) == 2 for row in answer["action"])
    drawn = [row[0] for row in answer["action"]]
    # The rows lie between 34 px from the left and 8 px from the right.
    first, last = (int(24 * (at * width - 34) / (width - 42)) for at in (1 / 2, 3 / 4))
    stroke = drawn[first : last + 1]
    assert stroke[0] == pytest.approx(0, abs=0.05)
    assert stroke[-1] == 1.0
    assert stroke == sorted(stroke) and len(set(stroke)) > 3
    assert drawn[:first] != sorted(drawn[:first])  # and no other row
    record = handed_over(page, lesson, Kind.CORRECTION)
    assert record.action[0] == pytest.approx(np.array(answer["action"]))


def test_an_action_is_corrected_with_keys_alone(page, lessons):
    questions(page, lessons, "correction")
    asked(page, "correction")
    assert not page.button("Send").is_enabled()
    page.press(Keys.HOME, RIGHT)  # to the first curve, which then has the focus
    page.press(Keys.HOME, RIGHT, RIGHT)
    ActionChains(page.driver).key_down(Keys.SHIFT).send_keys(RIGHT).key_up(Keys.SHIFT).perform()
    page.press(*[Keys.PAGE_DOWN] * 8)
    page.press(Keys.TAB, Keys.END, *[UP] * 40)
    page.press(Keys.ENTER)
    (answer,) = answered(page, 1)
    steering, throttle = zip(*answer["action"], strict=True)
    assert [t for t in range(24) if steering[t] == -1.0][:2] == [2, 3]
    assert throttle[23] == 1.0


def test_numbered_actions_are_corrected_in_lanes(page, lessons):
    lesson = questions(page, lessons, "correction", numbered=True)
    asked(page, "correction")
    page.press(LEFT, Keys.HOME, *[DOWN] * 4, UP)
    page.button("Send").click()
    (answer,) = answered(page, 1)
    assert answer["action"][0] == [1]
    assert all(len(row) == 1 and row[0] in range(4) for row in answer["action"])
    record = handed_over(page, lesson, Kind.CORRECTION)
    assert record.action[0].tolist() == [row[0] for row in answer["action"]]


def test_a_correction_can_be_taken_back_and_skipped(page, lessons):
    questions(page, lessons, "correction")
    asked(page, "correction")
    page.press(LEFT, UP, UP)
    page.button("Reset").click()
    assert not page.button("Send").is_enabled()
    page.button("Undo").click()  # of the reset
    assert page.button("Send").is_enabled()
    page.press(Keys.BACKSPACE, Keys.BACKSPACE)
    assert not page.button("Send").is_enabled()
    page.button("Skip").click()
    assert answered(page, 1)[0]["action"] is None


def test_words_are_sent_and_shown_with_what_was_understood(page, lessons):
    lesson = lessons()
    page.open(lesson.address)
    page.until(lambda: page.sent("shown"), "a picture")
    page.press("/")
    page.press(*"go <b>left</b>", Keys.ENTER, Keys.ESCAPE)
    page.until(lambda: page.text("given") == "1 saved", "words on the disk")
    assert "go <b>left</b>" in page.text("sayings")
    lesson.seat.understood("go <b>left</b>", "more <i>to the left</i>")
    page.until(lambda: "understood: more <i>to the left</i>" in page.text("sayings"), "the meaning")
    assert page.all("#sayings .state")[0].text == "saved"
    (said,) = page.sent("say")
    (kept,) = lesson.kept(Kind.UTTERANCE)
    assert said["text"] == kept.record.text[0] == "go <b>left</b>"
    page.until(
        lambda: said["text"] in [i.get(keys.UTTERANCE) for i in list(lesson.infos)], "the learner"
    )
