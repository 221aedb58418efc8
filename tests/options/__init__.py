"""What each option adds to a project, listed independently of options/: one module a question.

A module has those of these names that apply:

- `FILES`, `DEPENDENCIES`, `DEV_DEPENDENCIES` and `TARGETS` (of make): rules, each with the names that
  certain answers bring. `src` is the package.
- `WORDS`: by value, words that must not be in a project without it: names of packages, settings and
  files, and words of sentences on it.
- `WORDS_OF_SEVERAL`: the same for several values together.
- `SHARED_WORDS`: rules, each with such words of what several options bring.
- `NO_WORDS`: the values that add nothing of their own, with the reason.
- `BRINGS`: by value, its words in the label of a preset that turns it on. Values of `NO_WORDS` may be
  missing there.
- `UNNAMED`: other values that the labels of the presets do not name, with the reason.
- `IMPOSSIBLE`: the answers that cannot be combined with those of other questions.
- `NEVER_TOGETHER`: other pairs of answers that no project has, because neither can be combined with any
  answer to a third question.
"""
