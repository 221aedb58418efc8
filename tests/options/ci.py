from .rules import Rule, given, unless

FILES: list[Rule] = [
    (
        given(ci="github"),
        """.github/dependabot.yml .github/workflows/audit.yml .github/workflows/ci.yml
        .github/workflows/template.yml""",
    ),
    (unless(ci="none"), "docs/ci.md"),
    (given(ci="gitlab"), ".gitlab-ci.yml renovate.json"),
]

WORDS = {
    "github": [".github", "GitHub", "Dependabot", "runs-on"],
    "gitlab": [".gitlab-ci", "GitLab", "Renovate", "dind"],
}
NO_WORDS = {"none": "without CI there are only fewer files"}
BRINGS = {"none": "no container, CI or hook", "github": "CI"}
