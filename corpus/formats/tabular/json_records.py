"""JSON and JSON Lines: each record is a document; `corpus.formats.tabular.columns` maps its fields."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple

from corpus.errors import DocumentError
from corpus.formats.base import MOST_EMPTY, Part
from corpus.formats.tabular.columns import has_text, part_of
from corpus.formats.text_encoding import decode, lines_of
from corpus.types import Cause

JSON_SUFFIXES = frozenset({".json"})
LINES_SUFFIXES = frozenset({".jsonl", ".ndjson", ".jsonlines"})

LARGEST_JSON = 256 * 1024 * 1024
"""Bytes of a JSON file, which must fit in memory as a whole; a JSON Lines file need not."""
MOST_BAD = 20
"""After more unreadable records than this, the rest of a file is skipped."""

# Numbers are kept as written, so that they can be quoted.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
_BLANK = re.compile(r"[\s,]*")
_LIST = re.compile(r'"[^"\\]{1,100}"\s*:\s*\[\s*(?=\{)')


class _Found(NamedTuple):
    value: object
    end: int


def read_json(handle: BinaryIO) -> Iterator[Part]:
    """The single record of a JSON file, or the records of the list that it is or contains."""
    data = handle.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        raise DocumentError(
            f"it is larger than {LARGEST_JSON >> 20} MB; write one record on each line (.jsonl)"
        )
    text = decode(data).lstrip("\ufeff")
    del data
    at = _skip(text, 0)
    if text.startswith("[", at):
        yield from _listed(text, at + 1)
        return
    first = _value(text, at)
    if isinstance(first, str):
        # A truncated file may still begin with a list of whole records.
        inside = _LIST.search(text)
        if inside is None:
            raise DocumentError(first)
        yield from _listed(text, inside.end())
    elif _skip(text, first.end) < len(text):
        yield from _listed(text, at)  # one record after the other
    else:
        yield from _held(first.value)


def _held(value: object) -> Iterator[Part]:
    """The records in a value: the value itself, or those of a list in it."""
    if isinstance(value, Mapping) and not has_text(value):
        lists = [v for v in value.values() if _is_records(v)]
        lists += [
            inner
            for v in value.values()
            if isinstance(v, Mapping)
            for inner in v.values()
            if _is_records(inner)
        ]
        records = max(lists, key=len, default=None)
        if records:
            yield from (part_of(number, record) for number, record in enumerate(records, start=1))
            return
        # Records by name: {"a1": {"title": …, "text": …}, …}
        each = list(value.values())
        if len(each) > 1 and all(isinstance(v, Mapping) and has_text(v) for v in each):
            yield from (part_of(number, record) for number, record in enumerate(each, start=1))
            return
    yield part_of(1, value)


def _is_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _listed(text: str, at: int) -> Iterator[Part]:
    """The successive values, up to the end of their list or to the damage."""
    number = 0
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        number += 1
        found = _value(text, at)
        if isinstance(found, str):
            yield Part(f"#{number}", reason=f"{found}; everything after it is lost")
            return
        yield part_of(number, found.value)
        at = found.end
    if number and at >= len(text) and text.rstrip()[-1:] == ",":
        yield Part("", reason=f"it is cut off after record {number}")


def _value(text: str, at: int) -> _Found | str:
    """The value that begins at an offset, and its end; or the reason why there is none."""
    try:
        return _Found(*_DECODER.raw_decode(text, at))
    except json.JSONDecodeError as error:
        return f"it is not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        return "it is nested too deeply to be read"


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def read_lines(handle: BinaryIO) -> Iterator[Part]:
    """A document for each line: "#1", "#2", …. Lines that are not records are reported and skipped."""
    bad = empty = 0
    for number, line in enumerate(lines_of(handle), start=1):
        line = line.strip("\x00\ufeff \t\r\n")
        if not line:
            empty += 1
            if empty > MOST_EMPTY:
                reason = f"more than {MOST_EMPTY:,} empty lines follow each other; it was left at line {number}"
                yield Part("", reason=reason, cause=Cause.LIMIT)
                return
            continue
        empty = 0
        found = _value(line, 0)
        if isinstance(found, str):
            bad += 1
            if bad > MOST_BAD:
                yield Part(
                    "",
                    reason=f"more than {MOST_BAD} of its lines are not JSON; reading stopped at line {number}",
                )
                return
            yield Part(f"#{number}", reason=found.replace("line 1, ", f"line {number}, "))
        else:
            yield part_of(number, found.value)
