"""Read receipts from a file, sign them with a key, and check that they are intact and consistent."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import ReceiptError, why_unread
from qa.types import RECEIPT_FORMAT, Form, answer_text, receipt_digest

Receipt = dict[str, Any]
"""An answer as written by `Answer.to_dict`; anyone may have changed it since."""

SIGNATURE = "signature"
# A shorter key could be guessed.
SHORTEST_KEY = 16


def load_receipts(path: Path) -> list[Receipt]:
    """The receipts in a file: one JSON object, or one on each line.

    Raises:
        ReceiptError: if the file cannot be read, or is not a receipt of this version.
    """
    try:
        data = path.read_bytes()
        # The shell of Windows writes redirected output as UTF-16.
        text = data.decode(json.detect_encoding(data))
    except (OSError, UnicodeDecodeError) as error:
        raise ReceiptError(
            f"The receipt {str(path)!r} cannot be read: {why_unread(error)}."
        ) from error
    try:
        found = json.loads(text)
        receipts = found if isinstance(found, list) else [found]
    except (ValueError, RecursionError):
        receipts = _lines(text, path)
    if not receipts:
        raise ReceiptError(f"{str(path)!r} contains no answers.")
    for receipt in receipts:
        if not isinstance(receipt, dict) or receipt.get("format") != RECEIPT_FORMAT:
            raise ReceiptError(
                f"{str(path)!r} is not an answer of this version. Save one with: qa ask … --json > FILE"
            )
    return receipts


def _lines(text: str, path: Path) -> list[Any]:
    receipts = []
    # subtle: not `splitlines`, which also splits at characters that JSON allows within strings.
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            receipts += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            # A damaged receipt that was indented over many lines fails on its first line.
            raise ReceiptError(f"{str(path)!r} is not JSON (line {number}: {error}).") from error
    return receipts


def load_key(path: Path) -> bytes:
    """The key in a file: its bytes, without the white space around them.

    Raises:
        ReceiptError: if the file cannot be read, or the key is too short.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ReceiptError(f"The key {str(path)!r} cannot be read: {error.strerror}.") from error
    if len(key) < SHORTEST_KEY:
        raise ReceiptError(
            f"The key {str(path)!r} has {len(key)} bytes; at least {SHORTEST_KEY} are needed. "
            "Make one with: openssl rand -hex 32 > FILE"
        )
    return key


def signed(receipt: Receipt, key: bytes) -> Receipt:
    """The receipt with a signature that only the holder of the key can make (HMAC-SHA256 of its digest)."""
    return {**receipt, SIGNATURE: _signature(receipt, key)}


def _signature(receipt: Receipt, key: bytes) -> str:
    return hmac.new(key, receipt_digest(receipt).encode(), hashlib.sha256).hexdigest()


def faults(receipt: Receipt, key: bytes | None = None) -> Iterator[str]:
    """The faults of a receipt in itself, in words for a person; with a key, its signature is checked too."""
    if receipt.get("digest") != receipt_digest(receipt):
        yield "it was changed after it was made: its digest does not match"
    citations = receipt["citations"]
    try:
        answer = answer_text([_text(one) for one in citations], Form(receipt["form"]))
    except (KeyError, TypeError, ValueError):
        answer = None
    if not citations and receipt.get("answer"):
        yield "it gives an answer without citations"
    elif answer != receipt.get("answer"):
        yield "its answer does not match its citations"
    if key is not None:
        given = receipt.get(SIGNATURE)
        if not isinstance(given, str):
            yield "it is not signed"
        elif not hmac.compare_digest(given.encode(), _signature(receipt, key).encode()):
            yield "its signature was not made with this key, or it was changed since"


def _text(citation: dict[str, Any]) -> str:
    """The text of a citation: its part of the answer."""
    text: str = citation["quote"] if citation["kind"] == "quote" else citation["text"]
    return text
