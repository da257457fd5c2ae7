"""What an index holds, and whether a saved answer still stands."""
