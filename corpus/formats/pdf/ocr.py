"""Read pages that are images with tesseract, if it is installed."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

MOST_PAGES = 100
SECONDS = 40.0
"""Time limit for all pages of a file: reading a document must end within a minute."""
_DOTS_PER_INCH = 200
_MOST_DOTS = 4_000


@lru_cache(maxsize=1)
def program() -> str:
    """The path of tesseract, or "" if it is not installed."""
    return shutil.which("tesseract") or ""


def read_pages(pdf: Any, numbers: Sequence[int]) -> dict[int, str]:
    """The text of these pages (counted from 0), as many as time allows; none without tesseract."""
    tesseract = program()
    until = time.monotonic() + SECONDS
    texts: dict[int, str] = {}
    for number in numbers[:MOST_PAGES] if tesseract else ():
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            done = subprocess.run(  # noqa: S603 - a program that the user installed, and no shell
                [tesseract, "stdin", "stdout"],
                input=_picture(pdf, number),
                capture_output=True,
                timeout=left,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            break  # the next page would fail as well
        texts[number] = done.stdout.decode("utf-8", errors="replace").replace("\f", "")
    return texts


def _picture(pdf: Any, number: int) -> bytes:
    """A page as a greyscale image, in the form of a PGM file."""
    page = pdf[number]
    try:
        longest = max(*page.get_size(), 1.0)
        scale = min(_DOTS_PER_INCH / 72, _MOST_DOTS / longest)
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            rows, step = bytes(bitmap.buffer), bitmap.stride
            width, height = bitmap.width, bitmap.height
            dots = b"".join(rows[y * step : y * step + width] for y in range(height))
        finally:
            bitmap.close()
    finally:
        page.close()
    return b"P5 %d %d 255\n" % (width, height) + dots
