"""Measures what a generated project costs, against what it would cost without this template.

`make bench` runs all of it and writes RESULTS.md. `python -m benchmarks serving` runs a part and
only prints it.
"""
