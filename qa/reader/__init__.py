"""Readers: given a question and passages, find scored quotes."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from qa.reader.base import Reader
    from qa.reader.extractive_reader import ExtractiveReader
    from qa.reader.load import (
        DEFAULT_READER,
        DEFAULT_READER_SHA256,
        load_extractive_reader,
        load_reader,
        reader_folder,
    )
    from qa.reader.quotes import sentence_around
    from qa.reader.sentence_reader import SENTENCE_READER, SentenceReader

__all__ = [
    "DEFAULT_READER",
    "DEFAULT_READER_SHA256",
    "SENTENCE_READER",
    "ExtractiveReader",
    "Reader",
    "SentenceReader",
    "load_extractive_reader",
    "load_reader",
    "reader_folder",
    "sentence_around",
]

_HOMES = {
    "qa.reader.base": ("Reader",),
    "qa.reader.extractive_reader": ("ExtractiveReader",),
    "qa.reader.load": (
        "DEFAULT_READER",
        "DEFAULT_READER_SHA256",
        "load_extractive_reader",
        "load_reader",
        "reader_folder",
    ),
    "qa.reader.quotes": ("sentence_around",),
    "qa.reader.sentence_reader": (
        "SENTENCE_READER",
        "SentenceReader",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
