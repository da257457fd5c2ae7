"""Answers as text, JSON and citations."""
