"""The assistant: retrieve, read, select."""
