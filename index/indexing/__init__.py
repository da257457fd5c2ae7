"""Bring an index up to date with a folder."""
