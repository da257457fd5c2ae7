"""PDF: pages, lines, paragraphs, running heads, OCR."""
