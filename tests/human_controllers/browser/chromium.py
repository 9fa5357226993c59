"""The page as a person has it: real keys, real clicks, real fingers, in a headless Chromium."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver") or shutil.which("chromium.chromedriver")

PATIENCE = 20.0
"""Seconds until something that has to happen has not."""


def start_chromium() -> webdriver.Chrome:
    """A browser that logs all it complains of, and each message on the wire."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--disable-extensions", "--disable-background-networking",
        "--no-first-run", "--window-size=1280,900",
    ):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))


class Page:
    """One visit.

    Attributes:
        driver: Selenium's.
        expected: parts of complaints that belong to the test, as of a server that went away.

    """

    def __init__(self, driver: webdriver.Chrome):
        self.driver = driver
        self.expected: list[str] = []
        self._sent: list[dict[str, Any]] = []
        self._held: set[str] = set()
        self.size(1280, 900)
        self.complaints()
        driver.get_log("performance")

    def open(self, address: str, name: str = "Ada") -> Page:
        """Go there for the first time, give a name, and wait until the room is there."""
        self.driver.get(address)
        self.find("name").send_keys(name, Keys.ENTER)
        self.until(lambda: self.shows("room") and self.connection() == "Connected", "the room")
        return self

    def size(self, width: int, height: int, phone: bool = False) -> None:
        """The window's size in CSS pixels; a phone has touch and no mouse."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.cdp("Emulation.setDeviceMetricsOverride", **metrics)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=phone)

    def prefer(self, **features: str) -> None:
        """What the person has asked their system for, as color_scheme="dark"."""
        named = [
            {"name": f"prefers-{name.replace('_', '-')}", "value": value}
            for name, value in features.items()
        ]
        self.cdp("Emulation.setEmulatedMedia", features=named)

    def cdp(self, command: str, **arguments: Any) -> Any:
        """Speak to Chromium itself."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def find(self, name: str) -> WebElement:
        """The element of this id."""
        return self.driver.find_element(By.ID, name)

    def all(self, selector: str) -> list[WebElement]:
        """The elements of a CSS selector."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def button(self, words: str) -> WebElement:
        """The visible button that says this."""
        found = [b for b in self.all("button") if b.is_displayed() and words in b.text]
        assert found, f"no button says {words!r}"
        return found[0]

    def text(self, name: str) -> str:
        """What the element of this id says."""
        return self.find(name).text

    def shows(self, name: str) -> bool:
        """Whether the element of this id is to be seen."""
        return self.find(name).is_displayed()

    def connection(self) -> str:
        """What the page says of its connection."""
        return self.text("connection-words")

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        actions = ActionChains(self.driver, duration=20)
        for key in keys:
            actions.send_keys(key).pause(0.03)
        actions.perform()

    def hold(self, *keys: str) -> None:
        """Press keys and keep them down."""
        actions = ActionChains(self.driver)
        for key in keys:
            actions.key_down(key)
        actions.perform()

    def let_go(self, *keys: str) -> None:
        """Release keys."""
        actions = ActionChains(self.driver)
        for key in keys:
            actions.key_up(key)
        actions.perform()

    def touch(self, element: WebElement, x: float, y: float) -> None:
        """Put a finger on a place of an element, from (0, 0) upper left to (1, 1)."""
        self.cdp(
            "Input.dispatchTouchEvent", type="touchStart", touchPoints=[self._at(element, x, y)]
        )

    def slide(self, element: WebElement, x: float, y: float) -> None:
        """Move the finger."""
        self.cdp(
            "Input.dispatchTouchEvent", type="touchMove", touchPoints=[self._at(element, x, y)]
        )

    def lift(self) -> None:
        """Take the finger away."""
        self.cdp("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def _at(self, element: WebElement, x: float, y: float) -> dict[str, float]:
        box = self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'nearest'});"
            "const b = arguments[0].getBoundingClientRect(); return [b.x, b.y, b.width, b.height]",
            element,
        )
        return {"x": box[0] + x * box[2], "y": box[1] + y * box[3]}

    def sent(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the page has put on the wire since it was opened, of one type."""
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.webSocketFrameSent":
                payload = event["params"]["response"]["payloadData"]
                self._sent.append(json.loads(payload))
        return [message for message in self._sent if kind in (None, message["t"])]

    def until(self, holds: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Wait for what `holds` returns to be true."""
        end = time.monotonic() + patience
        while True:
            if found := holds():
                return found
            assert time.monotonic() < end, f"{what}: not within {patience:g} s"
            time.sleep(0.02)

    def complaints(self) -> list[str]:
        """What Chromium's console has held since the last call, but for what was expected."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return [text for text in said if not any(part in text for part in self.expected)]
