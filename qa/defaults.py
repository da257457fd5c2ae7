"""The defaults that the library and its command line share; it imports nothing, so `--help` is quick."""

PASSAGES_READ = 8
MOST_CITATIONS = 3
NEAR_BEST = 0.8
"""A quote that is less than this times as likely as the best one is no second answer."""

MIN_CONFIDENCE = 0.45
"""At this bound our reader answers some 3 of 100 questions whose document is not there, by `qa calibrate` on
questions that it was not trained on."""

LONGEST_QUESTION = 2_000
"""Characters. A longer one is a text, not a question."""
