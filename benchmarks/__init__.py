"""Measure the cost of a generated project, compared with the same work without this template.

`make bench` runs all parts and writes RESULTS.md. `python -m benchmarks serving` runs one part and
only prints the results.
"""
