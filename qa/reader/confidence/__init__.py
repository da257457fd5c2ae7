"""From scores and evidence to the probability that a quote is right."""
