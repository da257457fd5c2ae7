"""Read every file under a folder, each on its own, in worker processes with limits."""
