"""The phrases of a question that name something: "the Oldford bridge", "Rex Tillerson", "bees".

There is no parser here, only the order of words that English questions have. Where that does not say
for sure what a phrase is, there is none.
"""

import re
from dataclasses import dataclass

DO = frozenset(
    [
        "do",
        "does",
        "did",
        "will",
        "would",
        "can",
        "could",
        "shall",
        "should",
        "may",
        "might",
        "must",
    ]
)
BE = frozenset(["is", "are", "was", "were", "has", "have", "had"])
WH = frozenset(["who", "whom", "whose", "what", "which", "when", "where", "why", "how"])
_ARTICLES = frozenset(["the", "a", "an"])
_BETWEEN = frozenset(
    [
        "in",
        "on",
        "at",
        "by",
        "from",
        "to",
        "for",
        "with",
        "without",
        "about",
        "after",
        "before",
        "during",
        "since",
        "until",
        "under",
        "over",
        "near",
        "into",
        "against",
        "between",
        "among",
        "across",
        "through",
        "than",
        "as",
        "of",
        "and",
        "or",
        "but",
        "if",
        "that",
        "because",
        "while",
        "so",
        "not",
        "no",
        "be",
        "been",
        "being",
        "this",
        "these",
        "those",
        "there",
        "here",
        "then",
        "now",
        "it",
        "he",
        "she",
        "they",
        "him",
        "her",
        "his",
        "its",
        "their",
        "them",
        "we",
        "you",
        "i",
        "my",
        "our",
        "your",
        "up",
        "down",
        "out",
        "off",
        "away",
        "back",
        "again",
        "first",
        "last",
        "ever",
    ]
)
_ENDS = DO | BE | WH | _ARTICLES | _BETWEEN
_PARTICIPLE = re.compile(
    r"\w{2,}(?:ed|ing)|built|made|found|held|sold|born|won|lost|sent|known|seen|given|taken|written|"
    r"begun|begin|shot|paid|told|left|led|put|cut|set|hit|met|read|said|done|gone|shown|drawn|grown|"
    r"thrown|fought|bought|brought|caught|taught|struck|sunk|broken|chosen|stolen|spoken|hidden"
)
_WORD = re.compile(r"\w[\w’'.-]*\w|\w")
_JOINS = frozenset(["of", "the", "de", "and", "for"])
# Where they come before a name, it is a place or a time more likely than somebody.
PLACING = frozenset(["in", "at", "from", "to", "near", "of", "on", "into", "across", "through"])


@dataclass(frozen=True, slots=True)
class Phrase:
    """Characters of a question, half-open, with its words.

    `article` says whether it begins with one, `subject` whether it stands behind the first auxiliary,
    `before` is the word before it in small letters.
    """

    start: int
    end: int
    words: str
    article: bool
    subject: bool
    before: str


def phrases(question: str) -> list[Phrase]:
    """Those that begin with an article or a capital, in their order.

    >>> [p.words for p in phrases("When did the Cassini mission end in Saturn's clouds?")]
    ['the Cassini mission', "Saturn's"]
    >>> [p.words for p in phrases("Is the river dangerous?")]
    []
    """
    words = list(_WORD.finditer(question))
    found = []
    n = 0
    while n < len(words):
        word = words[n][0]
        article = word.lower() in _ARTICLES
        # The first word has a capital anyhow.
        if not article and (n == 0 or not _is_capital(word)):
            n += 1
            continue
        end = _article_end(words, n) if article else _name_end(words, n)
        if end > n + article:
            start, stop = words[n].start(), words[end - 1].end()
            before = words[n - 1][0].lower() if n else ""
            subject = before in DO | BE
            found.append(Phrase(start, stop, question[start:stop], article, subject, before))
        n = max(end, n + 1)
    return found


def _name_end(words: list[re.Match[str]], n: int) -> int:
    """The number of the word behind the name that begins with word n."""
    end = n + 1
    while end < len(words) and _touch(words, end):
        if not (_is_capital(words[end][0]) or words[end][0].isdecimal()):
            joined = words[end][0] in _JOINS and end + 1 < len(words)
            if not joined or not _touch(words, end + 1) or not _is_capital(words[end + 1][0]):
                break
        end += 1
    return end


def _article_end(words: list[re.Match[str]], n: int) -> int:
    """The number of the word behind the phrase that begins with the article n; n itself if unsure."""
    end = _run(words, n)
    before = words[n - 1][0].lower() if n else ""
    ending = words[end][0].lower() if end < len(words) else ""
    if before in DO and ending == "last" and end + 1 == len(words):
        return end  # "How long did the mission last"
    if before in DO and not ending.endswith("ly"):
        # "did the mission end", "did the company tell Ada": the verb stands last, or before a name.
        verb = end - 1
        while verb > n and _is_capital(words[verb][0]):
            verb -= 1
        return verb if verb > n + 1 else end
    if before in BE and not ending and end > n + 2 and not _is_capital(words[end - 1][0]):
        # "is the river dangerous": what it is said to be stands last
        return end if words[0][0].lower() in ("what", "who", "which", "where") else n
    return end


def _run(words: list[re.Match[str]], n: int) -> int:
    """The number of the first word behind the article n that cannot be of its phrase."""
    end = n + 1
    while end < len(words) and _touch(words, end) and not _ends(words[end][0]):
        end += 1
    # "the capital of Peru", "the end of the war"
    if end + 1 < len(words) and words[end][0] == "of" and end > n + 1:
        if words[end + 1][0] in _ARTICLES:
            return _run(words, end + 1)
        if _is_capital(words[end + 1][0]):
            return _name_end(words, end + 1)
    return end


def _ends(word: str) -> bool:
    lower = word.lower()
    if lower in _ENDS or (lower.endswith("ly") and len(lower) > 4):
        return True
    return not _is_capital(word) and bool(_PARTICIPLE.fullmatch(lower))


def _touch(words: list[re.Match[str]], n: int) -> bool:
    """Whether nothing but a space stands between a word and the one before it."""
    return words[n].string[words[n - 1].end() : words[n].start()] == " "


def _is_capital(word: str) -> bool:
    return word[:1].isupper()
