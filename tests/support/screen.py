"""A pseudo-terminal of 80 by 24 with a person at it: reads the screen, and presses keys."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pyte

from .questions import Question, questions

COLUMNS, LINES = 80, 24
DOWN, UP, ENTER, CONTROL_C = "\x1b[B", "\x1b[A", "\r", "\x03"
PATIENCE = 30
"""Seconds until a silent program counts as one that hangs."""


@dataclass(frozen=True)
class Choice:
    """A line of a menu."""

    label: str
    disabled: bool
    pointed: bool


class _Screen(pyte.Screen):
    """Keeps the lines that leave it at its top, and answers where the cursor is."""

    def __init__(self, answer: Callable[[str], object]) -> None:
        self.above: list[str] = []
        self.answer = answer
        super().__init__(COLUMNS, LINES)

    def write_process_input(self, data: str) -> None:
        self.answer(data)

    def index(self) -> None:
        if self.cursor.y == LINES - 1:
            top = self.buffer[0]
            self.above.append("".join(top[column].data for column in range(COLUMNS)).rstrip())
        super().index()


class Session:
    """A program that asks the questions of the template."""

    def __init__(self, command: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.process = pexpect.spawn(
            command[0],
            command[1:],
            cwd=str(cwd),
            env={**(os.environ if env is None else env), "TERM": "xterm-256color"},
            dimensions=(LINES, COLUMNS),
            timeout=PATIENCE,
        )
        self.process.delaybeforesend = None
        self.screen = _Screen(self.process.send)
        self.stream = pyte.ByteStream(self.screen)

        self.lines = [""] * LINES

    @property
    def everything(self) -> str:
        """All lines since the start, also those that have left the screen at its top."""
        return "\n".join([*self.screen.above, *self.lines])

    def read(self) -> bool:
        """Take in what the program prints next; False when it has ended."""
        try:
            self.stream.feed(self.process.read_nonblocking(65536, timeout=PATIENCE))
        except pexpect.EOF:
            return False
        self.lines = [line.rstrip() for line in self.screen.display]
        return True

    def press(self, keys: str) -> None:
        self.process.send(keys)

    def question(self) -> Question | None:
        """Wait for the next question, with all of its choices; None when the program has ended."""
        while not (found := self._asked()):
            if not self.read():
                return None
        return found

    def answer(self, keys: str) -> None:
        """Answer the question on the screen, and wait until that is taken."""
        line = self._last_question()
        self.press(keys)
        while self._last_question() == line and self._asked():
            if not self.read():
                return

    def end(self) -> int:
        """Wait for the end, and return the exit status."""
        while self.read():
            pass
        self.process.close()
        status: int | None = self.process.exitstatus
        assert status is not None, f"ended by signal {self.process.signalstatus}"
        return status

    def choices(self) -> list[Choice]:
        """The menu on the screen."""
        below = self.lines[self._last_question() + 2 :]
        lines = [line for line in below if re.match(r" ?[» -] ", line)]
        marks = [line[:5].strip() for line in lines]
        return [
            Choice(line[5:] if mark[:1] == "-" else line[3:], mark[:1] == "-", mark[:1] == "»")
            for line, mark in zip(lines, marks, strict=True)
        ]

    def select(self, label: str) -> None:
        """Choose a line of the menu."""
        enabled = [choice for choice in self.choices() if not choice.disabled]
        here = next(i for i, choice in enumerate(enabled) if choice.pointed)
        there = next(i for i, choice in enumerate(enabled) if choice.label == label)
        self.answer((DOWN if there > here else UP) * abs(there - here) + ENTER)

    def _last_question(self) -> int:
        """The line of the screen with the newest question; -1 without one."""
        return max((i for i, line in enumerate(self.lines) if line.startswith("🎤")), default=-1)

    def _asked(self) -> Question | None:
        """The question that waits for an answer."""
        number = self._last_question()
        text = self.lines[number].removeprefix("🎤").strip()
        asked = next((q for q in questions().values() if q.help == text), None)
        if number < 0 or asked is None:
            return None
        below = self.lines[number + 1]
        if asked.type == "bool":
            return asked if below.endswith(("(Y/n)", "(y/N)")) else None
        if asked.choices:
            complete = len(self.choices()) == len(asked.choices)
            return asked if below.endswith("(Use arrow keys)") and complete else None
        return asked if self.screen.cursor.y == number + 1 else None
