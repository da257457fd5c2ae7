"""Title, authors, publisher, dates and language of a document, each with where it was found."""
