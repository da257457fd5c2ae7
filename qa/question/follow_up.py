"""Questions that follow up: what "And when was that?" means after the question before it.

Nothing is generated here: words of the questions and of the answer before are put in place of the
words that point at them. What a question was understood as is shown, and can be taken back. A question
that stands on its own is left as it is, and so is one that could mean more than one thing.
"""

import re

from qa.question.coreference import is_name, resolve_pronouns
from qa.question.noun_phrases import BE, DO, Phrase, phrases
from qa.types import Turn

_WH = r"(?:when|where|why|how(?: (?:many|much|long|far|often|exactly))?|who)"
_AUX = rf"(?:{'|'.join(sorted(DO | BE))})"
_AND = re.compile(r"^(?:and|but|so|ok|okay|then)\b[,:]?\s+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\s+(?P<new>.+)$", re.IGNORECASE)
_BARE = re.compile(
    rf"^(?P<wh>{_WH})(?:\s+(?P<aux>{_AUX})\s+(?P<that>it|that|this)(?:\s+(?:happen|take place|so))?)?$",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"^(?:(?:who|what|when|where|why|how)(?:\s+(?!{_AUX}\b)\w+)?|(?:which|what|how (?:many|much))(?:\s+(?!{_AUX}\b)\w+){{0,3}})\s+(?P<rest>(?P<aux>{_AUX})\s+.+)$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^(?:who|what|which(?:\s+\w+)?)\s+(?P<rest>[a-z].+)$", re.IGNORECASE)
_TIME = re.compile(
    r"\b(?:in|on|since|before|after|until|by)\s+(?:(?:early|late)\s+)?(?:\d{1,2}\s+)?(?:[A-Z][a-z]+\s+)?(?:\d{1,2},\s+)?\d[\d\w]*\b"
)
_SET = re.compile(
    r"^(?:in|on|since|before|after|until|at|by|near|under|during)\s+(?=\S)", re.IGNORECASE
)
_YEAR = re.compile(r"\d{4}")
_MEASURES = frozenset(["how long", "how far", "how much", "how many", "how often"])
_PAST = re.compile(r"\b(?:did|was|were|had)\b", re.IGNORECASE)
# With a capital, "May" is a month.
_VERB = re.compile(rf"\b{_AUX}\b")
_TWICE = re.compile(r"\b(\w+) \1\b")
# A longer question says what it is about by itself; a shorter one may be the rest of one.
MOST_WORDS, MOST_OF_REST = 14, 6


def resolve_follow_up(question: str, before: Turn | None) -> str | None:
    """What a follow-up asks, written out; None where the question stands on its own.

    >>> before = Turn("When did China join the talks?", "in 2003")
    >>> resolve_follow_up("What about Russia?", before)
    'When did Russia join the talks?'
    >>> resolve_follow_up("And where?", before)
    'Where did China join the talks?'
    >>> resolve_follow_up("Who led it?", Turn("When did the Cassini mission end?"))
    'Who led the Cassini mission?'
    >>> resolve_follow_up("Who won the World Cup?", before) is None
    True
    """
    asked = question.strip().rstrip("?!. ").strip()
    bare = _AND.sub("", asked)
    if before is None or not bare or len(bare.split()) > MOST_WORDS:
        return None
    about = _ABOUT.match(bare)
    if about and not _VERB.search(about["new"]):
        return _with(before.question, about["new"].strip())
    found = _BARE.match(bare)
    if found and not _is_of_a_thing(found, before):
        # "How long was that?" may mean what was done or how long it lasted.
        measured = found["that"] and found["wh"].lower() in _MEASURES
        return None if measured else _again(found["wh"], before)
    if _is_rest(bare, linked=bare != asked):
        return _with(before.question, bare)
    if meant := resolve_pronouns(bare, before):
        return _sentence(meant)
    return _sentence(bare) if bare != asked and phrases(bare) else None


def _is_of_a_thing(found: re.Match[str], before: Turn) -> bool:
    """Whether the "it" of a short question is a thing that was named, and not what happened to it.

    "How long is it?" and "Where is it?" after "When did the tunnel open?" ask about the tunnel.
    """
    if (found["that"] or "").lower() != "it":
        return False
    now, then = found["aux"].lower() in ("is", "does"), bool(_PAST.search(before.question))
    return found["wh"].lower() in _MEASURES or (now and then)


def _is_rest(bare: str, *, linked: bool) -> bool:
    """Whether a question is only the part that is other than in the one before.

    >>> _is_rest("in 2017", linked=False), _is_rest("Russia", linked=True), _is_rest("Russia", linked=False)
    (True, True, False)
    """
    words = bare.split()
    if (
        len(words) > MOST_OF_REST
        or "," in bare
        or _VERB.search(bare)
        or words[0].lower() in ("who", "what")
    ):
        return False
    if _SET.match(bare) and (_YEAR.search(bare) or phrases(bare)):
        return True
    # Behind "and" a name or a phrase alone: "And the Juno mission?"
    whole = phrases(f"and {bare}")
    return linked and len(whole) == 1 and whole[0].words == bare


def _with(question: str, new: str) -> str | None:
    """The question before, about something else of the same kind."""
    old = question.rstrip("?!. ")
    if _YEAR.fullmatch(new):
        times = list(_TIME.finditer(old))
        if len(times) == 1 and len(_YEAR.findall(times[0][0])) == 1:
            [time] = times
            return _sentence(old[: time.start()] + _YEAR.sub(new, time[0]) + old[time.end() :])
        return _sentence(f"{old} in {new}")
    if _SET.match(new):
        kept = _TIME.sub("", old) if _YEAR.search(new) else old
        return _sentence(f"{kept.strip()} {new[:1].lower()}{new[1:]}")
    if re.match(r"(?:it|that|this|he|she|they|him|her|them|his|its|their)\b", new, re.IGNORECASE):
        return None
    return _sentence(_instead(old, new))


def _instead(old: str, new: str) -> str:
    """The question with a phrase in place of the one that it is about."""
    found = phrases(old)
    subjects = [phrase for phrase in found if phrase.subject] or found
    if not subjects:
        return f"{old}, {new}"
    phrase = subjects[0]
    start, end = phrase.start, phrase.end
    article = re.match(r"(?:the|an?)\s+", new, re.IGNORECASE)
    if phrase.article and not article and (name := _name_in(phrase)):
        # "the Cassini mission" and "Juno" are "the Juno mission", not "Juno mission".
        start, end = start + name[0], start + name[1]
    # "the Cassini mission" and "Juno mission" are "the Juno mission" once.
    return _TWICE.sub(r"\1", f"{old[:start]}{new}{old[end:]}")


def _name_in(phrase: Phrase) -> tuple[int, int] | None:
    found = re.search(r"(?<=\s)[^\W\d_a-z][\w’'.-]*(?:\s+[^\W\d_a-z][\w’'.-]*)*", phrase.words)
    return found.span() if found else None


def _again(wh: str, before: Turn) -> str | None:
    """The question before, asked for something else: "When …?" of what was asked "Where …?"."""
    old = before.question.rstrip("?!. ")
    counts = wh.lower() in ("how many", "how much")
    if found := _ASKED.match(old):
        do = found["aux"].lower() in DO
        if wh.lower() == "who":
            # "Who?" of what was done asks who did it.
            return None if do else _sentence(f"by whom {found['rest']}")
        if wh.lower() == "how many" or (counts and not do):
            return None
        return _sentence(f"{wh} {found['rest']}")
    if (found := _SUBJECT.match(old)) and wh.lower() != "who":
        if wh.lower() == "how many":
            return _sentence(f"{wh} {found['rest']}")
        who = before.answer.strip().rstrip(".") if is_name(before.answer) else "it"
        return None if counts else _sentence(f"{wh} was it that {who} {found['rest']}")
    return None


def _sentence(words: str) -> str:
    words = re.sub(r"\s+", " ", words).strip()
    return f"{words[:1].upper()}{words[1:]}?"
