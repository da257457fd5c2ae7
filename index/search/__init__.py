"""One state (generation) of the store, opened for hybrid search."""
