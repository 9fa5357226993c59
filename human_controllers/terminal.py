"""A person at a terminal, who says in words how it is going."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import gymnasium as gym
import numpy as np

from human_controllers.person import Person
from human_controllers.terminal_config import TerminalConfig
from teaching import Kind, Oracle, UserError, Utterance, View

_PROMPT = "you> "
_HELP = "say what you think of it, or press Enter; Ctrl-D ends the lesson"


class Terminal(Person):
    """Shown each step, or each episode, in words, asked for a line, and told what was understood.

    The acknowledgement comes from the learner, after the line has been written to the log.
    """

    kinds = frozenset({Kind.UTTERANCE})

    def __init__(
        self,
        config: TerminalConfig,
        num_worlds: int,
        reader: TextIO | None = None,
        writer: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        """Sit down.

        Args:
            config: the settings.
            num_worlds: one.
            reader: where lines come from; the terminal, if left out.
            writer: where they are answered; the terminal, if left out.
            clock: seconds.

        Raises:
            UserError: more than one world.

        """
        self.name = config.name
        if num_worlds != 1:
            raise UserError(f"human={self.name} has one task in view, not {num_worlds}")
        self.config = config
        self._reader, self._writer, self._clock = reader, writer, clock
        self._gone = False
        self._ended = 0

    def prepare(self, task: str) -> None:
        """Find the terminal.

        Raises:
            UserError: nobody can type here.

        """
        if self._reader is None:
            if not sys.stdin.isatty():
                raise UserError(
                    f"human={self.name} needs a terminal to type at, and standard input is none; "
                    "start it in one, or take human=speaking"
                )
            self._reader, self._writer = sys.stdin, sys.stdout

    def begin(self, folder: Path, task: str, total_steps: int) -> None:
        """Greet."""
        self._print(f"{task}, {total_steps} steps; {_HELP}")

    def progress(self, step: int, success: float | None) -> None:
        """Say how far it is."""
        if success is not None:
            self._print(f"[step {step}: {success:.0%} of the tested episodes succeed]")

    def understood(self, text: str, meaning: str) -> None:
        """Show what was made of a line."""
        for part in meaning.split("; "):
            self._print(f"  {part}")

    def speak(self, view: View) -> Utterance:
        """Show the moment and read one line; an empty one is silence."""
        text, seconds = "", 0.0
        if not self._gone and self._due(view):
            text, seconds = self._ask(view)
        return Utterance(
            human=self.name,
            step=view.step,
            wall_time=time.time(),
            human_seconds=np.full(1, seconds),
            text=(text,),
        )

    def _due(self, view: View) -> bool:
        if self.config.when == "step":
            return int(view.step[0]) % self.config.every == 0
        ended = bool(view.episode_start[0]) and int(view.step[0]) > 0
        self._ended += int(ended)
        return ended and self._ended % self.config.every == 0

    def _ask(self, view: View) -> tuple[str, float]:
        assert self._reader is not None
        started = self._clock()
        self._print("" if view.tell is None else f"\n{view.tell(0)}")
        line = self._read()
        if line is None:
            self._leave()
            return "", 0.0
        return line, min(self._clock() - started, self.config.longest)

    def _read(self) -> str | None:
        """One line without its end and without what no terminal shows; None where it is over."""
        assert self._reader is not None
        self._print(_PROMPT, end="")
        try:
            line = self._reader.readline()
        except UnicodeDecodeError:
            self._print("that was not text; try again")
            return self._read()
        if not line:
            return None
        return "".join(c for c in line if c.isprintable() or c == "\t").strip()

    def _leave(self) -> None:
        """Ctrl-D is a Ctrl-C: the run is saved where it can be, and stops."""
        self._gone = True
        self._print("")
        os.kill(os.getpid(), signal.SIGINT)

    def _print(self, text: str, end: str = "\n") -> None:
        print(text, end=end, file=self._writer, flush=True)


def make_terminal(
    config: TerminalConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int, seed: int
) -> Terminal:
    """A person at a terminal; nobody's oracle and no seed are of any use to them."""
    return Terminal(config, num_worlds)
