"""What a question asks: validity, expected answer type, named entities, follow-ups."""
