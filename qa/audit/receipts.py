"""Receipts: read from a file, signed with a key, and whether one is whole and agrees with itself."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.errors import ReceiptError
from qa.types import RECEIPT_FORMAT, Form, answer_text, receipt_digest

Receipt = dict[str, Any]
"""An answer as `Answer.to_dict` gives it, and as anyone may have changed it since."""

SIGNATURE = "signature"
# A shorter key could be guessed.
SHORTEST_KEY = 16


def load_receipts(path: Path) -> list[Receipt]:
    """The receipts in a file: one JSON object, or one on each line.

    Raises:
        ReceiptError: if it cannot be read, or is none of ours.
    """
    try:
        data = path.read_bytes()
        # Windows' own shell writes what is sent to a file as UTF-16.
        text = data.decode(json.detect_encoding(data))
    except (OSError, UnicodeDecodeError) as error:
        raise ReceiptError(f"The receipt {str(path)!r} cannot be read: {error}.") from error
    try:
        found = json.loads(text)
        receipts = found if isinstance(found, list) else [found]
    except (ValueError, RecursionError):
        receipts = _lines(text, path)
    if not receipts:
        raise ReceiptError(f"{str(path)!r} holds no answer.")
    for receipt in receipts:
        if not isinstance(receipt, dict) or receipt.get("format") != RECEIPT_FORMAT:
            raise ReceiptError(
                f"{str(path)!r} is not an answer of this version. Save one with: qa ask … --json > FILE"
            )
    return receipts


def _lines(text: str, path: Path) -> list[Any]:
    receipts = []
    # subtle: not splitlines, which also splits at characters that JSON allows within a string.
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            receipts += [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError) as error:
            # A receipt that was laid out over many lines and then damaged fails on its first one.
            raise ReceiptError(f"{str(path)!r} is not JSON (line {number}: {error}).") from error
    return receipts


def load_key(path: Path) -> bytes:
    """The key in a file: its bytes, without the white space around them.

    Raises:
        ReceiptError: if it cannot be read, or is too short to be one.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise ReceiptError(f"The key {str(path)!r} cannot be read: {error.strerror}.") from error
    if len(key) < SHORTEST_KEY:
        raise ReceiptError(
            f"The key {str(path)!r} has {len(key)} bytes; {SHORTEST_KEY} are the least. "
            "Make one with: openssl rand -hex 32 > FILE"
        )
    return key


def signed(receipt: Receipt, key: bytes) -> Receipt:
    """The receipt with a signature that only who has the key can make (HMAC-SHA256 of its digest)."""
    return {**receipt, SIGNATURE: _signature(receipt, key)}


def _signature(receipt: Receipt, key: bytes) -> str:
    return hmac.new(key, receipt_digest(receipt).encode(), hashlib.sha256).hexdigest()


def faults(receipt: Receipt, key: bytes | None = None) -> Iterator[str]:
    """What speaks against a receipt by itself, in words for a person; with a key, its signature, too."""
    if receipt.get("digest") != receipt_digest(receipt):
        yield "it was changed after it was made: its digest is another"
    citations = receipt["citations"]
    try:
        answer = answer_text([_text(one) for one in citations], Form(receipt["form"]))
    except (KeyError, TypeError, ValueError):
        answer = None
    if not citations and receipt.get("answer"):
        yield "it gives an answer without a citation"
    elif answer != receipt.get("answer"):
        yield "its answer is not what its citations say"
    if key is not None:
        given = receipt.get(SIGNATURE)
        if not isinstance(given, str):
            yield "it is not signed"
        elif not hmac.compare_digest(given.encode(), _signature(receipt, key).encode()):
            yield "its signature was not made with this key, or it was changed since"


def _text(citation: dict[str, Any]) -> str:
    """What a citation says to the question."""
    text: str = citation["quote"] if citation["kind"] == "quote" else citation["text"]
    return text
