"""How well metadata and cleaning do on the labelled pages: `python tests/benchmarks/labelled.py`.

With --failures, what went wrong in the half that rules were written by.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.labelled import pages, read_pages, scores


def main() -> None:
    """Print a table for each half, and for those who ask what went wrong."""
    everything = pages()
    with TemporaryDirectory() as folder:
        documents = read_pages(Path(folder), everything)
    for held_out in (False, True):
        half = [page for page in everything if page.held_out is held_out]
        print(f"{'held out' if held_out else 'rules written by these'}: {len(half)} pages")
        print(f"{'':10}  precision  recall  there")
        found = scores(half, documents)
        for name, score in found.items():
            print(f"{name:10}  {score.precision:9.3f}  {score.recall:6.3f}  {score.there:5}")
        if "--failures" in sys.argv and not held_out:
            print("\n".join(line for score in found.values() for line in score.wrong))


if __name__ == "__main__":
    main()
