import io
import os
import pty
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from human_controllers.terminal import Terminal
from human_controllers.terminal_config import TerminalConfig
from teaching import UserError, View
from teaching.log import read_log


def view(step=0, tell="a level"):
    return View(
        obs=np.zeros((1, 2)),
        proposed_action=np.zeros(1, np.int64),
        step=np.array([step]),
        episode_start=np.array([step == 0]),
        dt=8.0,
        tell=lambda world: tell,
    )


def person(lines, clock=None, **settings):
    ticks = iter(range(0, 1000, 7)) if clock is None else iter(clock)
    screen = io.StringIO()
    config = TerminalConfig(**settings)
    return Terminal(config, 1, io.StringIO(lines), screen, lambda: next(ticks)), screen


def test_a_line_is_said_and_priced_by_the_clock():
    someone, screen = person("good job\n\n")
    said = someone.speak(view())
    assert said.text == ("good job",)
    assert said.human_seconds.tolist() == [7.0]
    assert "a level" in screen.getvalue() and "you> " in screen.getvalue()
    assert someone.speak(view(1)).text == ("",)


def test_whoever_leaves_the_terminal_open_costs_little():
    someone, _ = person("hm\n", clock=[0.0, 9000.0], longest=60.0)
    assert someone.speak(view()).human_seconds.tolist() == [60.0]


def test_what_was_understood_is_shown_line_by_line():
    someone, screen = person("")
    someone.understood("a, b", '"a": good; "b": not understood')
    assert screen.getvalue() == '  "a": good\n  "b": not understood\n'


def test_it_asks_every_so_many_steps():
    someone, _ = person("one\ntwo\n", every=2)
    assert [someone.speak(view(step)).text[0] for step in range(4)] == ["one", "", "two", ""]


def test_what_no_terminal_shows_is_left_out():
    someone, _ = person("bad\x1b[31m \x07one\n")
    assert someone.speak(view()).text == ("bad[31m one",)


def test_ctrl_d_is_a_ctrl_c_and_nothing_is_asked_any_more(monkeypatch):
    sent = []
    monkeypatch.setattr("os.kill", lambda pid, number: sent.append((pid, number)))
    someone, screen = person("")
    assert someone.speak(view()).text == ("",)
    assert sent == [(os.getpid(), signal.SIGINT)]
    before = screen.getvalue()
    assert someone.speak(view(1)).text == ("",)
    assert screen.getvalue() == before


def test_without_a_terminal_it_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("good job\n"))
    with pytest.raises(UserError, match="human=terminal needs a terminal to type at"):
        Terminal(TerminalConfig(), 1).prepare("collection")
    with pytest.raises(UserError, match="one task in view, not 3"):
        Terminal(TerminalConfig(), 3)
    with pytest.raises(UserError, match=r"human\.every must be ≥ 1 step, got 0"):
        TerminalConfig(every=0)


class Screen:
    """The other end of a pseudo-terminal."""

    def __init__(self, *arguments):
        self.end, line = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from coachable.cli import main; main()", *arguments],
            stdin=line,
            stdout=line,
            stderr=line,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TERM": "dumb"},
        )
        os.close(line)
        self.text = ""

    def until(self, what, seconds=90):
        late = time.monotonic() + seconds
        while what not in self.text:
            assert time.monotonic() < late, self.text
            if select.select([self.end], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.end, 65536).decode()
                except OSError:
                    raise AssertionError(self.text) from None
        before, _, self.text = self.text.partition(what)
        return before

    def type(self, text):
        os.write(self.end, text.encode())


def test_a_person_at_a_terminal_teaches_from_the_command_line(tmp_path):
    screen = Screen(
        "train", "env=collection", "algorithm=literal", "human=terminal", "total_steps=20",
        "eval_every=0", "final_episodes=2", f"runs={tmp_path}", "name=run",
    )  # fmt: skip
    log = tmp_path / "run" / "feedback.sqlite"
    screen.until("you> ")
    screen.type("pink circles are great, wombats too\n")
    screen.until("pink circle is good (+0.62)")
    # It was on the disk before the screen said so.
    assert [row.record.text for row in read_log(log)] == [("pink circles are great, wombats too",)]
    assert '"wombats too": not understood' in screen.until("you> ")
    screen.type("\n")
    screen.until("you> ")
    screen.type("\x04")
    screen.until("stopped; ")
    assert screen.process.wait(60) == 130
    assert len(list(read_log(log))) == 1


def test_it_asks_when_an_episode_has_ended_and_tells_of_that_one():
    from algorithms.verbal.corrections.agent import Corrections
    from algorithms.verbal.corrections.config import CorrectionsConfig
    from envs.arm.env import ArmEnv
    from envs.arm.task import ARM, ArmConfig
    from teaching import HumanInTheLoop

    someone, screen = person("go much faster\n\nslower\n", when="episode", every=2)
    env = HumanInTheLoop(ArmEnv(ArmConfig(horizon=5)), someone)
    learner = Corrections(
        env, CorrectionsConfig(flaw={"speed": -2.0}), 0, lambda e: ARM.oracle(e, ArmConfig()).action
    )
    learner.learn(5)
    assert "you> " not in screen.getvalue()
    learner.learn(11)  # two episodes of five steps, and the first step of the third
    told = screen.getvalue()
    assert told.count("you> ") == 1 and "episode 2, 5 steps: speed 0." in told
    assert learner.understood == [("go much faster", "more speed, much, everywhere")]
    assert learner.corrected.amounts[0, 0] == 2.0
    learner.learn(19)
    assert screen.getvalue().count("you> ") == 1


def test_when_is_a_step_or_an_episode():
    with pytest.raises(UserError, match=r"human\.when must be one of step, episode"):
        TerminalConfig(when="never")
