"""Measure every stage: what `qa eval` does."""
