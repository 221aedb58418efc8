"""What each option brings, told once more and independently of options/: one module a question.

A module has what applies to it of these:

- `FILES`, `DEPENDENCIES`, `DEV_DEPENDENCIES` and `TARGETS` (commands of make): rules, each with names
  that come with certain answers. `src` is the package.
- `WORDS`: by value, the words by which it is known. None may be in a project without it: names of
  packages, settings and files, and what a sentence about it would say.
- `WORDS_OF_SEVERAL`: the same of several values, none of them in a project with another one.
- `NO_WORDS`: the values that add nothing of their own, with the reason.
- `BRINGS`: by value, the words for it in the label of a preset that brings it. Those of `NO_WORDS` may
  go unnamed.
- `IMPOSSIBLE`: the answers that cannot be combined with those of other questions.
"""
