"""Find the publisher in the lines of a text."""

import re

from corpus.metadata.datelines import AGENCIES, find_wire, is_labelled_date
from corpus.metadata.lines import HEAD, end_of_head, lines
from corpus.metadata.names import byline
from corpus.types import Sourced

_SOURCE = re.compile(
    r"(?P<before>.*?)(?:\b(?:source|publisher|quelle|fuente)\s*:|(?:来源|來源)\s*[:：])\s*"
    r"(?P<name>[^\n:|,;]{2,60}?)"
    r"(?=\s*(?:$|\||\d{4}[-/年.]|\s{2}|作者|编辑|\b(?:published|updated|posted|date|editor|author)\b))",
    re.I,
)
_OFFICE = re.compile(
    r"From:\s*(?P<name>(?:The )?(?:Department|Ministry|Office|Agency|Foreign|Home|Cabinet)\b[^\n|;]{2,60})$"
)
# "PUBLISHED : Monday, 30 October, 2017, 4:24pm", with the space before the colon and the weekday
# in front, heads the South China Morning Post's pages of those years; no other paper is known to.
_POST_STYLE = re.compile(
    r"^PUBLISHED : [A-Z][a-z]+day, \d{1,2} [A-Z][a-z]+, \d{4}, \d{1,2}:\d{2}[ap]m$", re.M
)


def find_publisher(text: str) -> Sourced | None:
    """The publisher named in a line, or recognised by the form of the date line."""
    return _from_source_line(text) or _from_wire(text) or _from_style(text)


def _from_source_line(text: str) -> Sourced | None:
    head = end_of_head(text)
    for line in lines(text):
        if line.start >= head:
            return None
        found = _OFFICE.match(text, line.start, line.end)
        match = found or _SOURCE.match(text, line.start, line.end)
        if match is None:
            continue
        # "Photo: Ann Lee. Source: Reuters" credits a picture, and charts have sources as well.
        before = "" if found else match["before"].strip()
        if not before or byline(text, line) or is_labelled_date(before) or before[0].isdecimal():
            name = match["name"].strip()
            start = match.start("name")
            return Sourced(name, "source line", start, start + len(name))
    return None


def _from_wire(text: str) -> Sourced | None:
    """The agency in the byline or in the dateline."""
    for line in lines(text):
        match = byline(text, line) if line.in_head else None
        rest = text[match.end("names") : line.end] if match else ""
        name = rest.strip(" ,|/()")
        if match and name in AGENCIES:
            start = match.end("names") + rest.index(name)
            return Sourced(name, "byline", start, start + len(name))
    wire = find_wire(text)
    if wire and wire.agency:
        return Sourced(wire.agency, "dateline", wire.start, wire.start + len(wire.agency))
    return None


def _from_style(text: str) -> Sourced | None:
    if _POST_STYLE.search(text, 0, HEAD):
        return Sourced("South China Morning Post", "inferred from the form of the date line")
    return None
