"""Helpers that the tests share: the questions, the covering set, and generated projects."""
