"""Pictures of the page for people: ``python docs/make_browser_pictures.py [address of a run]``.

A headless Chromium visits a seat in which nobody but it sits: the live view at the given address,
as ``human=browser`` prints it (Driving, with a stand-in so that there is something to see), and
questions about pieces of Driving, whose agent is the built-in driver with noise.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "human_controllers" / "browser")]

from chromium import Page, start_chromium  # noqa: E402
from lesson import Lesson  # noqa: E402
from selenium.webdriver.common.action_chains import ActionChains  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

from coachable.files import write_whole  # noqa: E402
from envs.driving.env import DrivingEnv  # noqa: E402
from envs.driving.oracle import driving_oracle  # noqa: E402

IMAGES = Path(__file__).parent / "images" / "browser"
LIVE, QUESTIONS, PHONE = (1200, 1060), (1200, 930), (360, 640)
NOISE = 0.25


def main() -> None:
    """Write docs/images/browser/*.png."""
    IMAGES.mkdir(exist_ok=True)
    driver = start_chromium()
    try:
        page = Page(driver)
        with tempfile.TemporaryDirectory() as folder:
            env = DrivingEnv(render_mode="rgb_array")
            run = Path(folder) / "questions_about_driving"
            run.mkdir()
            lesson = Lesson(
                run, env=env, task="driving", propose=_driver(env),
                asks=["preference", "ranking", "correction"],
            )  # fmt: skip
            try:
                _live(page, sys.argv[1] if len(sys.argv) > 1 else lesson.address)
                _questions(page, lesson.address)
            finally:
                driver.get("about:blank")
                lesson.end()
    finally:
        driver.quit()


def _driver(env: DrivingEnv) -> Callable[[], Any]:
    """The built-in driver, whose hands shake."""
    oracle, rng = driving_oracle(env.batch), np.random.default_rng(4)

    def propose() -> np.ndarray:
        action = oracle.action(np.empty((1, 1)))[0] + rng.normal(0, NOISE, 2)
        return np.clip(action, -1, 1).astype(np.float32)

    return propose


def _live(page: Page, address: str) -> None:
    page.size(*LIVE)
    page.prefer(color_scheme="light")
    page.open(address)
    _wait(page, 3.0)
    _shoot(page, "watching")
    page.prefer(color_scheme="dark")
    page.press(" ")
    page.until(lambda: "YOU ARE" in page.text("driver-words").upper(), "taking over")
    page.press("+")
    page.hold(Keys.ARROW_UP, Keys.ARROW_LEFT)
    _wait(page, 0.25)
    page.let_go(Keys.ARROW_LEFT)
    _wait(page, 0.15)
    _shoot(page, "in_control")
    page.let_go(Keys.ARROW_UP)
    page.press(" ")
    page.size(*PHONE, phone=True)
    page.prefer(color_scheme="light")
    page.find("takeover").click()
    page.until(lambda: "YOU ARE" in page.text("driver-words").upper(), "taking over")
    (pad,) = page.all(".pad")
    page.touch(pad, 0.5, 0.5)
    page.slide(pad, 0.4, 0.15)
    _wait(page, 0.5)
    _shoot(page, "phone")
    page.lift()
    page.find("takeover").click()


def _questions(page: Page, address: str) -> None:
    page.size(*QUESTIONS)
    page.prefer(color_scheme="light")
    page.open(address)
    _wait(page, 6.0)
    page.press("q")
    _asked(page, "preference")
    _shoot(page, "comparison")
    page.press(Keys.ARROW_LEFT)
    page.prefer(color_scheme="dark")
    _asked(page, "ranking")
    page.press("3", "1")
    _shoot(page, "ranking")
    page.press("2", Keys.ENTER)
    page.prefer(color_scheme="light")
    _asked(page, "correction")
    curve = page.all(".curve")[0]
    width, height = curve.size["width"], curve.size["height"]
    stroke = ActionChains(page.driver, duration=80).move_to_element_with_offset(
        curve, -width // 8, 0
    )
    stroke.click_and_hold()
    for across, up in ((30, 14), (30, 10), (30, 2), (30, -8), (30, -12)):
        stroke.move_by_offset(across, -up * height // 100)
    stroke.release().perform()
    _shoot(page, "correction")


def _asked(page: Page, kind: str) -> None:
    page.until(lambda: page.find("ask").get_attribute("data-kind") == kind, kind)
    page.until(lambda: page.all("#ask canvas[data-frame]"), "its clips")
    _wait(page, 1.5)


def _wait(page: Page, seconds: float) -> None:
    page.driver.execute_async_script(f"setTimeout(arguments[0], {1000 * seconds})")


def _shoot(page: Page, name: str) -> None:
    """What is on the screen, in 256 colours, which is a third of the size."""
    picture = Image.open(io.BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    file = io.BytesIO()
    picture.quantize(256, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    write_whole(IMAGES / f"{name}.png", file.getvalue())
    print(f"{name}.png: {len(file.getvalue()) // 1000} kB")


if __name__ == "__main__":
    main()
