"""Sessions of `make new` and `copier copy` at a terminal. Each one creates a project."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import copier
import pytest
import yaml

from tests.support.projects import contents, rendered, template
from tests.support.questions import Question, as_text, is_valid, questions, switches
from tests.support.releases import commit, git, tagged_source
from tests.support.screen import COLUMNS, CONTROL_C, ENTER, Choice, Session
from tests.support.terminal import ready_repository

pytestmark = pytest.mark.project

Pick = Callable[[Question, list[str]], str]
"""A function that chooses one of a question's labels."""

PRESETS = questions()["preset"].choices


def make_new(destination: Path, *arguments: str) -> Session:
    command = ["make", "--no-print-directory", "new", f"DEST={destination}", *arguments]
    return Session(command, ready_repository())


def copier_copy(destination: Path) -> Session:
    copier = str(Path(sys.executable).with_name("copier"))
    return Session([copier, "copy", str(template()), str(destination)], destination.parent)


def go_through(session: Session, pick: Pick) -> dict[str, str]:
    """Answer every question, free-text ones with their default; return the chosen values."""
    taken = {}
    while question := session.question():
        assert question.name not in taken, "asked twice"
        if not question.choices:
            session.answer(ENTER)
            taken[question.name] = ""
            continue
        labels = labels_of(session, question)
        if question.several:
            chosen = [label for label in labels if pick(question, [label, "not this"]) == label]
            session.select_several(chosen)
            menu = session.offered(question)
            taken |= {value: as_text(label in chosen) for label, value in menu.items()}
            continue
        label = pick(question, labels)
        assert label in labels
        taken[question.name] = question.choices[label]
        session.select(label)
    return {name: value for name, value in taken.items() if value}


def labels_of(session: Session, question: Question) -> list[str]:
    """Return the enabled labels. Check that none is truncated, and disabled ones have a reason."""
    shown = session.choices()
    assert [label_of(choice) for choice in shown] == list(session.offered(question))
    return [choice.label for choice in shown if not choice.disabled]


def label_of(choice: Choice) -> str:
    if not choice.disabled:
        return choice.label
    label, reason = choice.label.removesuffix(")").split(" (")
    assert choice.label.endswith(")"), "the reason is truncated"
    assert reason
    return label


def check(project: Path, taken: dict[str, str]) -> None:
    """Check that a project has these valid answers, and equals a render with all its answers."""
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
    """Choose this preset, and use `pick` for all other questions."""
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
def test_a_session_creates_the_chosen_project(
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
def test_a_random_session_creates_a_project(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    session = copier_copy(tmp_path / "shop")
    taken = go_through(session, with_preset("custom", lambda _, labels: dice.choice(labels)))
    assert session.end() == 0, session.everything
    check(tmp_path / "shop", taken)


# --- The screen -------------------------------------------------------------------------------


def test_the_screen_shows_the_version_and_that_answers_can_change(tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop")
    session.question()
    first, question, *_ = session.lines
    assert first.startswith("copier-flask ")
    assert first.endswith("Every answer except package_name can be changed later.")
    assert question == f"🎤 {questions()['project_name'].help}"
    session.press(CONTROL_C)
    session.end()


def test_copier_copy_first_says_that_answers_can_change(tmp_path: Path) -> None:
    session = copier_copy(tmp_path / "shop")
    session.question()
    assert session.lines[0] == "Every answer except package_name can be changed later."
    session.press(CONTROL_C)
    session.end()


def test_a_typed_name_replaces_the_proposed_one(tmp_path: Path) -> None:
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


def test_an_invalid_name_is_refused_at_its_question(tmp_path: Path) -> None:
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


def test_the_closing_message_fits_the_terminal(tmp_path: Path) -> None:
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
def test_a_value_that_a_given_answer_excludes_cannot_be_chosen(
    given: str, excluded: str, tmp_path: Path
) -> None:
    session = make_new(tmp_path / "shop", f"ARGS=--data {given} --quiet")
    session.given.add(given.split("=")[0])
    disabled: list[str] = []

    def pick(question: Question, labels: list[str]) -> str:
        disabled.extend(choice.label for choice in session.choices() if choice.disabled)
        # nginx needs Docker Compose. For other questions, choose the last label.
        return labels[1 if question.name == "container" else -1]

    taken = go_through(session, with_preset("custom", pick))
    assert session.end() == 0, session.everything
    assert f"({excluded} excludes {given})" in "".join(disabled)
    check(tmp_path / "shop", taken | dict([given.split("=")]))


# --- Interruptions ----------------------------------------------------------------------------


def test_the_switches_are_one_menu_and_each_is_stored(tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop", "ARGS=--data preset=custom --data container=compose")
    while (question := session.question()) and not question.several:
        session.answer(ENTER)
    shown = session.choices()
    assert [choice.label for choice in shown if choice.checked] == [
        switches()["pre_commit"]["label"]
    ]
    session.select_several([switches()["nginx"]["label"]])
    assert session.end() == 0, session.everything
    check(tmp_path / "shop", {"nginx": "true", "pre_commit": "false", "kubernetes": "false"})


def test_an_update_at_a_terminal_proposes_the_recorded_answers(tmp_path: Path) -> None:
    copier.run_copy(
        str(tagged_source()),
        tmp_path / "shop",
        data={"preset": "custom", "pre_commit": "false", "kubernetes": "true"},
        defaults=True,
        quiet=True,
    )
    git(tmp_path / "shop", "init", "--quiet")
    commit(tmp_path / "shop")
    command = [str(Path(sys.executable).with_name("copier")), "update", "--vcs-ref=:current:"]
    session = Session(command, tmp_path / "shop")
    while (question := session.question()) and not question.several:
        session.answer(ENTER)
    labels = {name: switch["label"] for name, switch in switches().items()}
    assert [c.label for c in session.choices() if c.checked] == [labels["kubernetes"]]
    session.select_several([labels["pre_commit"]])
    assert session.end() == 0, session.everything
    answers = yaml.safe_load((tmp_path / "shop/.copier-answers.yml").read_text(encoding="utf-8"))
    assert (answers["pre_commit"], answers["kubernetes"]) == (True, False)
    assert not (tmp_path / "shop/deploy").exists()


@pytest.mark.parametrize("name", ["project_name", "package_name", "preset", "server", "extras"])
def test_ctrl_c_writes_nothing(name: str, tmp_path: Path) -> None:
    session = make_new(tmp_path / "shop")
    pick = PICKS["custom, the first choices"]
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
