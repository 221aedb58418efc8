"""Generate the manual's description of the questions from the folders of the options.

`python -m tests.support.manual` rewrites docs/questions.md below its marker, and the table of
README.md between its two markers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from .cheap_copies import make_copies_cheap
from .projects import stored_answers
from .questions import REPOSITORY, Question, questions, refusals, specification, switches

PAGE = REPOSITORY / "docs" / "questions.md"
MARKER = "<!-- Below this line, `make docs` writes what options/ says. -->"


README = REPOSITORY / "README.md"
BEGIN, END = "<!-- `make docs` writes this table. -->", "<!-- End of the table. -->"


def readme() -> str:
    """Return README.md with the table of the options as it should be."""
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{README.name} has lost the lines around its table")
    rows = [
        [f"[`{q.name}`](docs/questions.md#{q.name})", q.help, ", ".join(f"`{v}`" for v in q.values)]
        for q in questions().values()
        if q.choices
    ]
    table = _table(["option", "question", "values"], rows)
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def page() -> str:
    """Return the page: its upper part unchanged, and the generated part below it."""
    by_hand, marker, _ = PAGE.read_text(encoding="utf-8").partition(MARKER)
    if not marker:
        raise ValueError(f"{PAGE.name} has lost the line {MARKER}")
    return by_hand + MARKER + "\n\n" + generated()


def generated() -> str:
    """Return the answers of each preset, then a section for each question."""
    sections = [_presets(), *(_section(question) for question in questions().values())]
    return "\n\n".join(sections) + "\n"


def _presets() -> str:
    names = [name for name in questions()["preset"].values if name != "custom"]
    answers = {name: stored_answers({"preset": name}) for name in names}
    rows = [
        [
            f"[`{question.name}`](#{question.name})",
            *(f"`{answers[n][question.name]}`" for n in names),
        ]
        for question in questions().values()
        if question.depends_on_preset
    ]
    return "## What each preset answers\n\n" + _table(["question", *names], rows)


def _section(question: Question) -> str:
    return f"## `{question.name}`\n\n" + "\n\n".join(_paragraphs(question))


def _paragraphs(question: Question) -> Iterator[str]:
    yield question.help
    if question.choices:
        labels = [[f"`{value}`", label] for label, value in question.choices.items()]
        if any(label != value for label, value in question.choices.items()):
            yield _table(["value", "what it is"], labels)
        else:
            yield "One of " + _either(question.values) + "."
    yield from _limits(question)
    yield _default(question)
    condition = specification()[question.name].get("ask")
    if question.name in switches():
        yield "Asked when `preset == 'custom'`, in the menu of the extras. Otherwise it has its default."
    elif condition:
        yield f"Asked when `{_expression(condition)}`. Otherwise it has its default."
    yield from _refusals(question)


def _limits(question: Question) -> Iterator[str]:
    limit = re.search(r"refuse_text\(\w+, (\d+)", question.validator)
    if limit:
        yield f"One line of {limit[1]} characters at most, without control characters."


def _default(question: Question) -> str:
    value = stored_answers({})[question.name]
    shown = f"`{value}`" if value else "empty"
    if question.name in switches() or "preset" in str(question.default):
        return f"Default: by the preset; with `preset=custom` it is `{_of_custom(question.name)}`."
    if "{" in str(question.default):
        return f"Default: made from the answers before it; {shown} when these are the defaults."
    return f"Default: {shown}."


def _refusals(question: Question) -> Iterator[str]:
    for refusal in refusals():
        if refusal.question == question.name:
            needs = (f"[`{q}`](#{q}) {_either(values)}" for q, values in refusal.needs.items())
            yield f"{_either(refusal.values)} needs {' or '.join(needs)}."


def _of_custom(name: str) -> str:
    return stored_answers({"preset": "custom"})[name]


def _expression(template: str) -> str:
    return template.strip().removeprefix("{{").removesuffix("}}").strip()


def _either(values: Iterable[str]) -> str:
    *first, last = [f"`{value}`" for value in values]
    return f"{', '.join(first)} or {last}" if first else last


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    make_copies_cheap()
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")
