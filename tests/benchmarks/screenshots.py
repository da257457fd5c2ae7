"""Makes the README's pictures of the chat page, of the samples and the real models.

    python tests/benchmarks/screenshots.py

They are written to tests/data/page-light.webp and tests/data/page-dark.webp.
"""

import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from qa import Assistant
from qa.web.collection.collection import Collection
from qa.web.server import launch

WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 760}}
NARROW: dict[str, Any] = {"viewport": {"width": 390, "height": 760}}
DATA = Path(__file__).resolve().parent.parent / "data"


def main() -> None:
    """Both pictures."""
    with tempfile.TemporaryDirectory() as place:
        assistant = Assistant.open(index_dir=place)
        collection = Collection.of(assistant, Path(place))
        collection.suggest()
        server, url = launch(collection)
        with sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = browser.new_context(**WIDE, color_scheme="light").new_page()
            page.goto(url)
            ask(page, "When did the Cassini mission end?")
            ask(page, "And where was it launched?")
            page.locator(".qa-number").last.click()
            page.locator("mark.qa-focus").wait_for()
            save(page, DATA / "page-light.webp")
            page = browser.new_context(**NARROW, color_scheme="dark").new_page()
            page.goto(url)
            ask(page, "How many people died of rinderpest?")
            ask(page, "When was the Gotthard Base Tunnel opened?")
            save(page, DATA / "page-dark.webp")
            browser.close()
        server.close()


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    count = page.locator(".qa-answer").count()
    page.fill("#qa-question", question)
    page.keyboard.press("Enter")
    page.locator(".qa-answer").nth(count).wait_for(timeout=120_000)


def save(page: Page, path: Path) -> None:
    """What is to be seen, as WebP."""
    Image.open(io.BytesIO(page.screenshot())).save(path, "WEBP", quality=82, method=6)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
