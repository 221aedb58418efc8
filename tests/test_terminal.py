"""People at a terminal: `make new` and `copier copy` ask, and each session ends in a project."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.projects import contents, rendered, template
from tests.support.questions import Question, as_text, is_valid, questions
from tests.support.screen import COLUMNS, CONTROL_C, ENTER, Choice, Session
from tests.support.terminal import ready_repository

pytestmark = pytest.mark.project

Pick = Callable[[Question, list[str]], str]
"""Takes one of a question's labels that can be chosen."""

PRESETS = questions()["preset"].choices


def make_new(destination: Path, *arguments: str) -> Session:
    command = ["make", "--no-print-directory", "new", f"DEST={destination}", *arguments]
    return Session(command, ready_repository())


def copier_copy(destination: Path) -> Session:
    copier = str(Path(sys.executable).with_name("copier"))
    return Session([copier, "copy", str(template()), str(destination)], destination.parent)


def go_through(session: Session, pick: Pick) -> dict[str, str]:
    """Answer every question, free text by what is proposed; return the choices that were taken."""
    taken = {}
    while question := session.question():
        assert question.name not in taken, "asked twice"
        if not question.choices:
            session.answer(ENTER)
            taken[question.name] = ""
            continue
        labels = labels_of(session, question)
        label = pick(question, labels)
        assert label in labels
        taken[question.name] = question.choices[label]
        if question.type == "bool":
            session.answer(label[0])
        else:
            session.select(label)
    return {name: value for name, value in taken.items() if value}


def labels_of(session: Session, question: Question) -> list[str]:
    """The labels that can be chosen. All are shown whole, and what cannot be with its reason."""
    if question.type == "bool":
        return list(question.choices)
    shown = session.choices()
    assert [label_of(choice) for choice in shown] == list(question.choices)
    return [choice.label for choice in shown if not choice.disabled]


def label_of(choice: Choice) -> str:
    if not choice.disabled:
        return choice.label
    label, reason = choice.label.removesuffix(")").split(" (")
    assert choice.label.endswith(")"), "the reason is cut"
    assert reason
    return label


def check(project: Path, taken: dict[str, str]) -> None:
    """It has the answers that were taken, these are valid, and it is what they make elsewhere."""
    stored = yaml.safe_load((project / ".copier-answers.yml").read_text(encoding="utf-8"))
    answers = {n: as_text(value) for n, value in stored.items() if not n.startswith("_")}
    assert answers.keys() == questions().keys()
    assert taken.items() <= answers.items()
    assert is_valid(answers)
    expected, found = contents(rendered(answers)), contents(project)
    assert found.keys() == expected.keys()
    for path, content in found.items():
        assert content == expected[path] or path == ".copier-answers.yml", path
        if path.endswith(".py"):
            compile(content, path, "exec")


def with_preset(preset: str, pick: Pick = lambda _, labels: labels[0]) -> Pick:
    """Takes this preset, and for the other questions what `pick` takes."""
    [label] = [label for label, value in PRESETS.items() if value == preset]
    return lambda question, labels: label if question.name == "preset" else pick(question, labels)


PICKS: dict[str, Pick] = {
    **{preset: with_preset(preset) for preset in PRESETS.values() if preset != "custom"},
    "custom, the first choices": with_preset("custom"),
    "custom, an ORM and the last choices": with_preset(
        "custom", lambda question, labels: labels[0 if question.name == "data_layer" else -1]
    ),
    "custom, the last choices": with_preset("custom", lambda _, labels: labels[-1]),
}


@pytest.mark.parametrize("start", [make_new, copier_copy])
@pytest.mark.parametrize("pick", PICKS)
def test_a_session_ends_in_the_project_that_was_chosen(
    start: Callable[[Path], Session], pick: str, tmp_path: Path
) -> None:
    session = start(tmp_path / "shop")
    taken = go_through(session, PICKS[pick])
    assert session.end() == 0, session.everything
    assert "Traceback" not in session.everything
    check(tmp_path / "shop", taken)
    assert (tmp_path / "shop/src/shop").is_dir()
    asked = taken.keys() - {"license", "python", "preset"}
    assert bool(asked) == pick.startswith("custom")


@pytest.mark.parametrize("seed", range(30))
def test_a_random_walk_ends_in_a_project(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    session = copier_copy(tmp_path / "shop")
    taken = go_through(session, with_preset("custom", lambda _, labels: dice.choice(labels)))
    assert session.end() == 0, session.everything
    check(tmp_path / "shop", taken)


# --- What is on the screen --------------------------------------------------------------------


def test_the_screen_shows_what_is_rendered_and_that_answers_can_change(tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop")
    session.question()
    first, question, *_ = session.lines
    assert first.startswith("copier-flask ")
    assert first.endswith("Every answer except package_name can be changed later.")
    assert question == f"🎤 {questions()['project_name'].help}"
    session.press(CONTROL_C)
    session.end()


def test_copier_too_says_first_that_answers_can_change(tmp_path: Path) -> None:
    session = copier_copy(tmp_path / "shop")
    session.question()
    assert session.lines[0] == "Every answer except package_name can be changed later."
    session.press(CONTROL_C)
    session.end()


def test_a_name_that_is_typed_replaces_the_one_that_is_proposed(tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop", "ARGS=--quiet")
    session.question()
    assert session.lines[session.screen.cursor.y].strip() == "Shop"
    session.answer("Büro für Öl" + ENTER)
    session.question()
    assert session.lines[session.screen.cursor.y].strip() == "buero_fuer_oel"
    session.answer("blog" + ENTER)
    taken = go_through(session, PICKS["minimal"])
    assert session.end() == 0
    check(tmp_path / "shop", {"project_name": "Büro für Öl", "package_name": "blog", **taken})


def test_a_name_that_cannot_be_is_refused_at_its_question(tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop")
    session.question()
    session.answer(ENTER)
    session.question()
    session.press("class" + ENTER)
    while session.lines[-1] != '"class" is taken by Python or by a dependency: class_app is free.':
        assert session.read()
    session.press("\x15")  # Ctrl-U empties the line
    session.answer(ENTER)
    go_through(session, PICKS["minimal"])
    assert session.end() == 0
    assert (tmp_path / "shop/src/shop").is_dir()


def test_no_line_of_the_closing_message_is_broken_by_the_terminal(tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop")
    go_through(session, PICKS["api"])
    session.end()
    closing = session.everything.split("made from")[1].splitlines()
    assert "    make run" in closing
    # A path may be longer than the terminal is wide.
    assert all(len(line) < COLUMNS or "/" in line for line in closing)


@pytest.mark.parametrize(
    ("given", "excluded"),
    [
        ("container=compose", "server=flask"),
        ("nginx=true", "server=flask"),
        ("database=postgresql", "data_layer=none"),
    ],
)
def test_what_an_answer_given_beforehand_excludes_cannot_be_chosen(
    given: str, excluded: str, tmp_path: Path
) -> None:
    session = make_new(tmp_path / "shop", f"ARGS=--data {given} --quiet")
    disabled: list[str] = []

    def pick(question: Question, labels: list[str]) -> str:
        disabled.extend(choice.label for choice in session.choices() if choice.disabled)
        # Docker Compose, which nginx needs; and otherwise the last one that is left.
        return labels[1 if question.name == "container" else -1]

    taken = go_through(session, with_preset("custom", pick))
    assert session.end() == 0, session.everything
    assert f"({excluded} excludes {given})" in "".join(disabled)
    check(tmp_path / "shop", taken | dict([given.split("=")]))


# --- Interruptions ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["project_name", "package_name", "preset", "server", "nginx"])
def test_ctrl_c_leaves_nothing(name: str, tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop")
    # Of the containers the second choice, Docker Compose, for nginx to be asked.
    pick = with_preset("custom", lambda q, labels: labels[q.name == "container"])
    while (question := session.question()) and question.name != name:
        if question.choices:
            session.select(pick(question, labels_of(session, question)))
        else:
            session.answer(ENTER)
    assert question
    session.press(CONTROL_C)
    assert session.end() != 0
    assert "Stopped. Nothing was written." in session.everything
    assert "Traceback" not in session.everything
    assert list(tmp_path.iterdir()) == []
