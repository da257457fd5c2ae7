"""Compare sentence splitters on news text whose sentences are known.

    python tests/benchmarks/sentences.py FOLDER_OF_GUM_XML

Reads GUM's news documents (one token a line between `<s>` elements), joins each paragraph's tokens, and
compares where each splitter ends a sentence. The other splitters need: pip install pysbd sentencex syntok
"""

import argparse
import html
import re
import time
from collections.abc import Callable
from pathlib import Path

from corpus.passages.sentences import sentence_offsets

Splitter = Callable[[str], list[int]]

_NEW_PARAGRAPH = re.compile(r"<(?:p|head|item|caption|figure|list|quote|date)\b")
_GLUED_LEFT = re.compile(r"[,.;:!?)\]%”’]+|n't|['’](?:s|re|ve|ll|d|m)")


def paragraphs(path: Path) -> list[list[str]]:
    """The sentences of each paragraph, their tokens joined as one would write them."""
    out: list[list[str]] = []
    tokens: list[tuple[str, str]] = []
    for line in path.read_text("utf-8").splitlines():
        if _NEW_PARAGRAPH.match(line):
            out.append([])
        elif line.startswith("</s>"):
            out[-1].append(joined(tokens))
            tokens = []
        elif not line.startswith("<"):
            word, tag = line.split("\t")[:2]
            tokens.append((html.unescape(word), tag))
    return [sentences for sentences in out if sentences]


def joined(tokens: list[tuple[str, str]]) -> str:
    text = ""
    glue = True
    for word, tag in tokens:
        left = _GLUED_LEFT.fullmatch(word) or tag in ("POS", "''", "HYPH")
        text += word if glue or left else " " + word
        glue = word in "([$£€“‘-" or tag in ("``", "HYPH")
    return text


def ours(text: str) -> list[int]:
    return [end for _, end in sentence_offsets(text)]


def pysbd_ends() -> Splitter:
    import pysbd

    segmenter = pysbd.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [stripped(text, span.end) for span in segmenter.segment(text)]


def sentencex_ends() -> Splitter:
    import sentencex

    def ends(text: str) -> list[int]:
        found = sentencex.get_sentence_boundaries("en", text)
        return [stripped(text, item["end_index"]) for item in found]

    return ends


def syntok_ends() -> Splitter:
    import syntok.segmenter

    def ends(text: str) -> list[int]:
        found = syntok.segmenter.analyze(text)
        return [s[-1].offset + len(s[-1].value) for paragraph in found for s in paragraph]

    return ends


def stripped(text: str, end: int) -> int:
    return len(text[:end].rstrip())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    known = [p for f in sorted(parser.parse_args().folder.glob("*.xml")) for p in paragraphs(f)]
    print(f"{len(known)} paragraphs, {sum(map(len, known))} sentences")
    print(f"{'':14}{'precision':>10}{'recall':>8}{'F1':>8}{'seconds':>9}")
    splitters = {
        "nupunkt, ours": ours,
        "syntok": syntok_ends(),
        "sentencex": sentencex_ends(),
        "pysbd": pysbd_ends(),
    }
    for name, split in splitters.items():
        began, right, wrong, missed = time.perf_counter(), 0, 0, 0
        for sentences in known:
            text = " ".join(sentences)
            found = set(split(text))
            ends: set[int] = set()
            for sentence in sentences:
                ends.add(max(ends, default=-1) + 1 + len(sentence))
            right, wrong = right + len(ends & found), wrong + len(found - ends)
            missed += len(ends - found)
        precision, recall = right / (right + wrong), right / (right + missed)
        f1 = 2 * precision * recall / (precision + recall)
        print(f"{name:14}{precision:10.3f}{recall:8.3f}{f1:8.3f}{time.perf_counter() - began:9.2f}")


if __name__ == "__main__":
    main()
