"""Word, OpenDocument, RTF and EPUB."""
