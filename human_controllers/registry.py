"""Which seats there are for real people, and for recorded ones."""

from __future__ import annotations

from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.seat import Browser, make_browser
from human_controllers.gamepad import Gamepad, make_gamepad
from human_controllers.hands_config import GamepadConfig, KeyboardConfig
from human_controllers.keyboard import Keyboard, make_keyboard
from human_controllers.late_replay import make_replay
from human_controllers.replay_config import ReplayConfig
from human_controllers.terminal import Terminal, make_terminal
from human_controllers.terminal_config import TerminalConfig
from teaching.family import HumanFamily

CONTROLLERS: dict[str, HumanFamily] = {
    family.name: family
    for family in (
        HumanFamily(
            name="keyboard",
            summary="A person at the keyboard, in front of a window",
            kinds=Keyboard.kinds,
            config=KeyboardConfig,
            make=make_keyboard,
            needs_expert=False,
            person=True,
        ),
        HumanFamily(
            name="gamepad",
            summary="A person with a gamepad, in front of a window",
            kinds=Gamepad.kinds,
            config=GamepadConfig,
            make=make_gamepad,
            needs_expert=False,
            person=True,
        ),
        HumanFamily(
            name="browser",
            summary="People in front of browsers: steer, judge, speak, compare, rank, correct",
            kinds=Browser.offers,
            config=BrowserConfig,
            make=make_browser,
            needs_expert=False,
            person=True,
        ),
        HumanFamily(
            name="terminal",
            summary="A person who types what they think of it",
            kinds=Terminal.kinds,
            config=TerminalConfig,
            make=make_terminal,
            needs_expert=False,
            person=True,
            looks=False,
        ),
        HumanFamily(
            name="replay",
            summary="A recorded human, given again",
            kinds=None,
            config=ReplayConfig,
            make=make_replay,
            needs_expert=False,
        ),
    )
}
