"""The collection that a running server holds: its assistant, uploads, and turns at reading."""
