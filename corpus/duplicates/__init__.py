"""Near-duplicate documents: shingles, MinHash, clusters."""
