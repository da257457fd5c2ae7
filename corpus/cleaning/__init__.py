"""Repair characters; drop page furniture and lines that recur under one publisher."""
