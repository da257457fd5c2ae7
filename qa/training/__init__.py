"""Fine-tune a reader: what `qa train` does."""
