"""BM25 and dense retrieval over arrays, and the fusion of both."""
