"""A simulated user at a pseudo-terminal of 80 by 24, who reads the screen and presses keys."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pyte

from .questions import Question, prompts

COLUMNS, LINES = 80, 24
DOWN, UP, ENTER, CONTROL_C = "\x1b[B", "\x1b[A", "\r", "\x03"
PATIENCE = 30
"""Seconds without output after which a program counts as hanging."""


@dataclass(frozen=True)
class Choice:
    """A line of a menu."""

    label: str
    disabled: bool
    pointed: bool
    checked: bool = False
    """Whether it is checked, in a menu with several choices."""


class _Screen(pyte.Screen):
    """Keep the lines that scroll off the top, and report the position of the cursor."""

    def __init__(self, reply: Callable[[str], object]) -> None:
        self.above: list[str] = []
        self.reply = reply
        super().__init__(COLUMNS, LINES)

    def write_process_input(self, data: str) -> None:
        self.reply(data)

    def index(self) -> None:
        if self.cursor.y == LINES - 1:
            top = self.buffer[0]
            self.above.append("".join(top[column].data for column in range(COLUMNS)).rstrip())
        super().index()


class Session:
    """A running program that asks the questions of the template."""

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
        self.given: set[str] = set()
        """The names of the answers given on the command line."""

    @property
    def everything(self) -> str:
        """All lines since the start, including those that scrolled off."""
        return "\n".join([*self.screen.above, *self.lines])

    def read(self) -> bool:
        """Read the next output of the program; return False if it has ended."""
        try:
            self.stream.feed(self.process.read_nonblocking(65536, timeout=PATIENCE))
        except pexpect.EOF:
            return False
        self.lines = [line.rstrip() for line in self.screen.display]
        return True

    def press(self, keys: str) -> None:
        self.process.send(keys)

    def question(self) -> Question | None:
        """Wait for the next question and its choices; return None if the program has ended."""
        while not (found := self._asked()):
            if not self.read():
                return None
        return found

    def answer(self, keys: str) -> None:
        """Answer the question on the screen, and wait until the answer is accepted."""
        line = self._last_question()
        self.press(keys)
        while self._last_question() == line and self._asked():
            if not self.read():
                return

    def end(self) -> int:
        """Wait for the end of the program, and return the exit status."""
        while self.read():
            pass
        self.process.close()
        status: int | None = self.process.exitstatus
        assert status is not None, f"ended by signal {self.process.signalstatus}"
        return status

    def choices(self) -> list[Choice]:
        """Return the menu on the screen."""
        below = self.lines[self._last_question() + 2 :]
        found = [re.match(r" ?([» ]) (?:([-○●]) )?(\S.*)", line) for line in below]
        return [Choice(m[3], m[2] == "-", m[1] == "»", m[2] == "●") for m in found if m]

    def offered(self, question: Question) -> dict[str, str]:
        """Return the choices of a question, in `extras` without those given on the command line."""
        given = self.given if question.several else set()
        return {label: value for label, value in question.choices.items() if value not in given}

    def select(self, label: str) -> None:
        """Choose a line of the menu."""
        enabled = [choice for choice in self.choices() if not choice.disabled]
        here = next(i for i, choice in enumerate(enabled) if choice.pointed)
        there = next(i for i, choice in enumerate(enabled) if choice.label == label)
        self.answer((DOWN if there > here else UP) * abs(there - here) + ENTER)

    def select_several(self, labels: list[str]) -> None:
        """Check these lines of the menu, and no others."""
        enabled = [choice for choice in self.choices() if not choice.disabled]
        wrong = [choice.checked != (choice.label in labels) for choice in enabled]
        self.answer("".join((" " if w else "") + DOWN for w in wrong) + ENTER)

    def _last_question(self) -> int:
        """Return the number of the line with the newest question, or -1."""
        return max((i for i, line in enumerate(self.lines) if line.startswith("🎤")), default=-1)

    def _asked(self) -> Question | None:
        """Return the question that waits for an answer."""
        number = self._last_question()
        text = self.lines[number].removeprefix("🎤").strip()
        asked = next((q for q in prompts().values() if q.help == text), None)
        if number < 0 or asked is None:
            return None
        below = self.lines[number + 1]
        if asked.choices:
            complete = len(self.choices()) == len(self.offered(asked))
            asks = below.strip().startswith("(Use arrow keys") and below.endswith(")")
            return asked if asks and complete else None
        return asked if self.screen.cursor.y == number + 1 else None
