"""Word, OpenDocument, RTF and EPUB."""

__all__ = ["docx", "epub", "odt", "properties", "rtf"]
