"""Defaults shared by the library and its command line; nothing is imported here, so `--help` is quick."""

PASSAGES_READ = 8
NEAREST_READ = 4
"""Passages in which the closest sentences are looked for when there is no answer. Comparing the sentences of
all passages would take longer than reading them."""

MOST_CITATIONS = 3
NEAR_BEST = 0.8
"""A second answer must have at least this share of the best quote's probability."""

MIN_CONFIDENCE = 0.4
"""At this bound, on questions it was not trained on, our reader answers about 5 in 100 whose document is
missing, and 10 in 100 near misses (real questions with a name, a figure or a word changed)."""

LONGEST_QUESTION = 2_000
"""In characters. A longer text is not a question."""
