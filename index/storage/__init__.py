"""The SQLite file that is the truth, the memory-mapped arrays next to it, where both live and who may write."""
