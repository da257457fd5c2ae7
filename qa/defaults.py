"""The defaults that the library and its command line share; it imports nothing, so `--help` is quick."""

PASSAGES_READ = 8
NEAREST_READ = 4
"""Passages whose sentences are compared with a question that has no answer: in all of them this would take
longer than the reading before it."""

MOST_CITATIONS = 3
NEAR_BEST = 0.8
"""A quote that is less than this times as likely as the best one is no second answer."""

MIN_CONFIDENCE = 0.4
"""At this bound our reader answers some 5 of 100 questions whose document is not there, and 10 of 100 near
misses (true questions with a name, a figure or a word changed), on questions that it was not trained on."""

LONGEST_QUESTION = 2_000
"""Characters. A longer one is a text, not a question."""
