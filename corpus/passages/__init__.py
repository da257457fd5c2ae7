"""Sentences, and passages of whole sentences up to a token budget."""
