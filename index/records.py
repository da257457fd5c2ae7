"""Metadata as JSON, in the store and in receipts."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from corpus.types import Dated, Metadata, Sourced


def metadata_to_json(metadata: Metadata) -> str:
    """The metadata as one line of JSON; days as ISO 8601."""
    return json.dumps(asdict(metadata), ensure_ascii=False, default=date.isoformat)


def metadata_from_json(line: str) -> Metadata:
    """What `metadata_to_json` wrote."""
    data = json.loads(line)
    return Metadata(
        title=Sourced(**data["title"]),
        authors=tuple(Sourced(**author) for author in data["authors"]),
        publisher=_sourced(data["publisher"]),
        published=_dated(data["published"]),
        updated=_dated(data["updated"]),
        url=_sourced(data["url"]),
    )


def _sourced(data: dict[str, Any] | None) -> Sourced | None:
    return Sourced(**data) if data else None


def _dated(data: dict[str, Any] | None) -> Dated | None:
    return Dated(**{**data, "day": date.fromisoformat(data["day"])}) if data else None
