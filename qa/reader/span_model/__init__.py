"""A question-answering model: windows in, start and end scores out."""
