"""PDF files: pages, lines, paragraphs, running heads, OCR."""

__all__ = ["document"]
