"""The questions: what they accept, what they refuse, and their messages."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml
from jinja2 import Environment, FileSystemLoader
from jinja2_ansible_filters import AnsibleCoreFiltersExtension
from pytest_copie.plugin import Copie

from tests.plan import BRINGS, UNNAMED
from tests.support.projects import contents, render, rendered, stored_answers, template
from tests.support.questions import (
    REPOSITORY,
    Refusal,
    choice_questions,
    free_text_questions,
    prompts,
    questions,
    refusals,
    reserved_names,
    switches,
)

COPIER = [str(Path(sys.executable).with_name("copier"))]

# Hostile texts by kind: those that every question refuses, and those that are taken literally.
REFUSED_TEXTS = {
    "newline": "a\nb",
    "return": "a\rb",
    "tab": "a\tb",
    "NUL": "a\x00b",
    "escape": "a\x1b[31mb",
    "delete": "a\x7fb",
    "next line": "a\x85b",
    "line separator": "a\u2028b",
    "byte order mark": "\ufeffab",
    "right-to-left mark": "a\u200fb",
    "right-to-left override": "a\u202eb",
    "isolate": "a\u2066b",
    "blank": "   ",
    "too long": "x" * 300,
}
TAKEN_TEXTS = {
    "double quotes": 'Say "hello"',
    "single quotes": "It's o'clock",
    "three quotes": '"""',
    "three single quotes": "'''",
    "backquotes": "`id`",
    "typographic quotes": "“quoted” «quoted»",
    "expression": "{{ 7*7 }}",
    "statement": "{% raw %}",
    "comment": "{# hidden #}",
    "percent": "100 % %s %(name)s",
    "dollar": "$HOME ${HOME} $(id)",
    "backslash": "C:\\new\\table",
    "trailing backslash": "ends with \\",
    "path": "../../evil",
    "absolute path": "/etc/passwd",
    "markup": "<script>alert(1)</script>",
    "entity": "&amp; &lt;",
    "hash": "# not a heading",
    "colon": "key: value",
    "list": "- item",
    "braces": "{a} {0}",
    "brackets": "[a](b)",
    "TOML": '"] = [',
    "Chinese": "你好世界",
    "Arabic": "مرحبا بالعالم",
    "Persian with a joiner": "می‌خواهم",
    "emoji": "👩‍👩‍👧 🚀",
    "combining": "e\u0301",
    "yes": "yes",
    "null": "null",
    "number": "1e3",
    "date": "2020-01-01",
    "dash": "--help",
}


def copier_copy(destination: Path, **answers: str) -> subprocess.CompletedProcess[str]:
    """Run `copier copy` without a terminal."""
    data = [arg for name, value in answers.items() for arg in ("--data", f"{name}={value}")]
    command = [*COPIER, "copy", "--defaults", "--quiet", *data, str(template()), str(destination)]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_pytest_copie_renders_the_template(copie: Copie) -> None:
    result = copie.copy({"project_name": "Some Thing"}, template_dir=template())
    assert result.exit_code == 0, result.exception
    assert result.project_dir is not None
    assert result.answers["package_name"] == "some_thing"
    assert (result.project_dir / "src/some_thing/__init__.py").is_file()


def test_at_most_14_prompts_follow_the_preset() -> None:
    names = list(prompts())
    after = names[names.index("preset") + 1 :]
    assert len(after) <= 14
    # Options that are only on or off share one prompt.
    assert after.count("extras") == 1
    assert not [n for n, q in questions().items() if q.type == "bool" and n not in switches()]


def test_every_help_is_one_short_question() -> None:
    for question in {**questions(), **prompts()}.values():
        assert question.help[0].isupper()
        assert "?" in question.help
        assert len(question.help) <= 70


def test_only_the_help_of_package_name_says_it_cannot_change() -> None:
    for question in questions().values():
        fixed = question.name == "package_name"
        assert question.help.startswith("It cannot change later") == fixed


def test_each_preset_label_names_what_it_turns_on() -> None:
    labels = questions()["preset"].choices
    [api] = [label for label, preset in labels.items() if preset == "api"]
    for own_label, preset in labels.items():
        label = own_label.replace("Full - API", f"Full - {api}")
        answers = stored_answers({"preset": preset})
        has_all = all(answers[name] == "true" for name in switches())
        assert has_all == ("all extras" in label)
        for name, question in questions().items():
            answer = (name, answers[name])
            if name in switches() and has_all:
                continue
            if preset != "custom" and question.depends_on_preset and answer not in UNNAMED:
                assert BRINGS[answer] in label, f"{preset}: {name}={answers[name]}"


@pytest.mark.parametrize(
    ("folder", "project_name", "package_name"),
    [
        ("shop", "Shop", "shop"),
        ("my-shop_api", "My Shop Api", "my_shop_api"),
        ("MyShop", "MyShop", "myshop"),
        ("büro für öl", "Büro Für Öl", "buero_fuer_oel"),
        ("3D", "3D", "app_3d"),
        ("你好", "你好", "my_app"),
        ("app", "App", "my_app"),
        (".-_", "My Flask App", "my_flask_app"),
        ("s\u202eh\top", "Shop", "shop"),
        ("x" * 200, "X" + "x" * 59, "x" * 36),
    ],
)
def test_names_are_proposed_from_the_folder(
    folder: str, project_name: str, package_name: str, tmp_path: Path
) -> None:
    copier.run_copy(str(template()), tmp_path / folder, defaults=True, quiet=True)
    answers = yaml.safe_load((tmp_path / folder / ".copier-answers.yml").read_text("utf-8"))
    assert answers["project_name"] == project_name
    assert answers["package_name"] == package_name


def test_names_are_proposed_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    copier.run_copy(str(template()), ".", defaults=True, quiet=True)
    assert (tmp_path / "shop/src/shop").is_dir()


@pytest.mark.parametrize("kind", REFUSED_TEXTS)
@pytest.mark.parametrize("name", free_text_questions())
def test_an_unusable_text_is_refused_in_one_line(name: str, kind: str, tmp_path: Path) -> None:
    text = REFUSED_TEXTS[kind]
    with pytest.raises(ValueError, match=name) as refusal:
        render({name: text}, tmp_path / "project")
    assert len(str(refusal.value).splitlines()) == 1
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize("kind", TAKEN_TEXTS)
def test_any_other_text_is_rendered_literally(kind: str) -> None:
    text = TAKEN_TEXTS[kind]
    project = rendered({"project_name": text, "description": text, "author_name": text})
    metadata = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["description"] == text
    assert metadata["authors"][0]["name"] == text
    assert f"Copyright (c) {text}\n" in (project / "LICENSE").read_text(encoding="utf-8")
    for path, content in contents(project).items():
        if path.endswith(".py"):
            compile(content, path, "exec")


@pytest.mark.parametrize(
    "text", ["a@b", "a b@example.org", "a@example.org\nb", '"a"@example.org', "@"]
)
def test_an_invalid_email_address_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="author_email"):
        render({"author_email": text}, tmp_path / "project")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "My_App",
        "1app",
        "_app",
        "app_",
        "my-app",
        "my app",
        "café",
        "a" * 41,
        "a.b",
        "../evil",
        "{{ 7*7 }}",
        "app\n",
    ],
)
def test_a_package_name_must_be_an_identifier(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="package_name"):
        render({"package_name": name}, tmp_path / "project")


def taken_names() -> list[str]:
    """Return names that would shadow a module of the standard library or of the project."""
    import keyword

    standard = {n for n in sys.stdlib_module_names if not n.startswith("_")}
    lower = {n for n in standard | set(keyword.kwlist) if n == n.lower()}
    project = rendered({"preset": "full"})
    top = {p.stem for p in project.iterdir() if p.is_dir() or p.suffix == ".py"} | {"app"}
    scripts = {path.stem for path in project.glob(".copier/*.py")}
    return sorted(lower | scripts | {n for n in top if n.isidentifier() and n == n.lower()})


def shared_macros() -> Any:
    jinja = Environment(
        loader=FileSystemLoader(REPOSITORY),
        extensions=[AnsibleCoreFiltersExtension],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return jinja.get_template("options/questions.jinja").module


def test_a_package_name_that_shadows_a_module_is_refused(tmp_path: Path) -> None:
    names = taken_names()
    assert {"tests", "wsgi", "migrations", "docs", "src", "json", "class", "tools"} <= set(names)
    # Call the macro of the validator directly: through Copier, each name takes a tenth of a second.
    shared = shared_macros()
    for name in (*names, "test", "flask", "celery", "pydantic", "sqlalchemy", "pytest", "werkzeug"):
        assert f'"{name}" is taken by' in shared.refuse_package_name(name, reserved_names())
    for name in ("json", "flask"):
        with pytest.raises(ValueError, match="package_name"):
            render({"package_name": name}, tmp_path / "project")


@pytest.mark.parametrize(
    ("project_name", "package_name"),
    [
        ("My Flask App", "my_flask_app"),
        ("Flask", "flask_app"),
        ("test", "test_app"),
        ("你好", "my_app"),
        ("2048 Game!", "app_2048_game"),
        ("3D", "app_3d"),
        ("Büro für Öl", "buero_fuer_oel"),
        ("Bu\u0308ro", "buro"),
        ("Straße & Søn", "strasse_soen"),
        ("İstanbul Đà Nẵng", "istanbul_da_nang"),
        ("Кафе", "kafe"),
        ("Ωμέγα", "omega"),
        ("../../evil", "evil"),
        ("x" * 80, "x" * 36),
    ],
)
def test_the_package_name_is_proposed_from_the_projects(
    project_name: str, package_name: str
) -> None:
    project = rendered({"project_name": project_name})
    assert (project / "src" / package_name).is_dir()


def forbidden() -> list[dict[str, str]]:
    """Return the answers of each impossible combination."""
    return [dict(sorted(answers)) for refusal in refusals() for answers in refusal.combinations]


@pytest.mark.parametrize("answers", forbidden(), ids=json.dumps)
def test_an_impossible_combination_is_refused_and_its_answers_are_named(
    answers: dict[str, str], tmp_path: Path
) -> None:
    done = copier_copy(tmp_path / "project", **answers)
    assert done.returncode != 0
    line = done.stderr.strip().splitlines()[-1]  # Copier puts a traceback before it
    assert all(f"{question}={value}" in line for question, value in answers.items())
    assert not (tmp_path / "project").exists()


@pytest.mark.parametrize(
    ("broker", "tasks", "refusal"),
    [
        (
            "none",
            "none",
            "worker=true cannot be combined with broker=none and tasks=none: choose broker=redis.",
        ),
        ("redis", "none", ""),
        ("none", "celery", ""),
    ],
)
def test_a_value_may_require_one_of_two_other_values(broker: str, tasks: str, refusal: str) -> None:
    """No option uses this yet."""
    needs: dict[str, tuple[str, ...]] = {"broker": ("redis",), "tasks": ("celery",)}
    data = {"question": "worker", "values": ["true"], "needs": needs, "choose": "broker=redis"}
    answers = {"worker": "true", "broker": broker, "tasks": tasks}
    assert shared_macros().refuse_combination([data], answers) == refusal
    assert Refusal("worker", ("true",), needs, "broker=redis").forbids(answers) == bool(refusal)


def test_only_one_of_two_reasons_is_reported(tmp_path: Path) -> None:
    answers = {"server": "flask", "container": "none", "nginx": "true"}
    done = copier_copy(tmp_path / "project", **answers)
    last = done.stderr.strip().splitlines()[-1]  # Copier puts a traceback before it
    assert last.count("cannot be combined with") == 1


@pytest.mark.parametrize("name", choice_questions())
def test_an_answer_from_a_preset_is_stored(name: str) -> None:
    assert stored_answers({"preset": "minimal"})[name] in questions()[name].values
