"""Main text and metadata of web pages."""
