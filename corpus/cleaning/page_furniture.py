"""Recognise page furniture in a saved page: menus, notices, buttons, credits, counts.

Each pattern matches a whole line. A few words that could also be an author's heading count as furniture
only if the page certainly has some.
"""

import re

LONGEST_WIDGET = 200
# The menu of a whole page fits in this. Longer lines are text and are not searched for menu words.
LONGEST_NAVIGATION = 1_000

NAVIGATION = "navigation"
WIDGET = "page widget"
CREDIT = "caption or credit"
HEADLINE = "headline of another article"

_CRUMB = re.compile(
    r"(?:(?:image|images|photo|photos|video|gallery|advertisement|ad|share|tweet|print|e-?mail|save"
    r"|comments?|home|menu|search|subscribe|sign in|log in|facebook|twitter|whatsapp|linkedin|reddit"
    r"|pinterest|telegram|messenger|instagram|copy link|read more|more|close"
    r"|skip to (?:main |the )?(?:content|navigation)|back to top)[\s|/>»•·:]*)+",
    re.IGNORECASE,
)
# A breadcrumb trail that leads to the page: "Home > World > Asia".
_TRAIL_HEADS = frozenset({"home", "news", "front page", "startseite", "accueil", "inicio"})
_TRAIL_SEPARATOR = re.compile(r"[>»›/|]")
_TRAIL_STEP = re.compile(r"\w[\w &-]{0,30}")
# Buttons and labels: a line that is one of these and nothing else.
_BUTTON = re.compile(
    r"(?:(?:accept|reject|allow)(?: all)?(?: cookies)?|manage (?:preferences|cookies|settings|consent)"
    r"|cookie (?:policy|settings|preferences|notice)|privacy (?:policy|settings)|terms of (?:use|service)"
    r"|continue reading(?: the main story| below)?|(?:story|article) continues (?:below|after).{0,30}"
    r"|report (?:this )?ad|sponsored(?: content)?|skip advertisement|just watched|must watch|replay"
    r"|now playing|play video|loading(?:\.\.\.|…)|share this|like this|link copied|subscribe now"
    r"|(?:view|show|hide|load|read) (?:all |more |the )?comments|leave a (?:reply|comment)"
    r"|(?:hide|toggle) caption|enlarge (?:this )?image|view image in fullscreen"
    r"|scroll down for (?:video|videos|more)|artikel (?:teilen|drucken|merken)|partager(?: l'article)?"
    r"|compartir|[\d.,]+k? (?:shares|comments|claps|responses|views|likes|retweets)"
    r"|(?:is|was) this (?:page|article) (?:useful|helpful)\??|\d+ min(?:ute)?s? read)\s*:?",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(
    r"shares?|comments|topics|tags|related|follow(?:ing)?|most (?:read|popular|viewed)(?: \w+){0,2}"
    r"|trending(?: now)?|teilen|drucken|kommentare|imprimer|[\d.,]+k?|reply|listen|getty images",
    re.IGNORECASE,
)
# Introduces the headlines of other articles, which follow.
_OTHERS = re.compile(
    r"(?:you (?:may|might) (?:also )?(?:like|be interested in)|related (?:articles|stories|content|posts"
    r"|topics|news|coverage)|recommended(?: for you| stories| articles)|more (?:from|on) (?:this story"
    r"|[^\n.]{2,40})|most (?:read|popular|viewed)(?: \w+){0,2}|read next|up next|editor'?s picks?"
    r"|mehr zum thema|das könnte sie auch interessieren|à lire aussi|sur le même sujet"
    r"|te puede interesar|noticias relacionadas)\s*:?",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"(?:read (?:more|also)|also read|see also|related(?: article| story| coverage)?|don't miss"
    r"|(?:à )?lire aussi|lesen sie auch|lea también|leia também)\s*[:|»>]\s*\S.{4,}",
    re.IGNORECASE,
)
# subtle: prose can say that "they follow us on our way". Except for product names, these words must
# open the line.
_WIDGET = re.compile(
    r".*\b(?:comments? powered by|powered by disqus|enable javascript to (?:view|see))\b.*"
    r"|(?:please )?(?:view (?:all |the )*comments|(?:we|this (?:web)?site) uses? cookies"
    r"|we value your privacy|we (?:and|with) our (?:\d+ )?partners\b.*\b(?:store|cookies)"
    r"|by (?:continuing|using) .{0,60}\bcookies|accept (?:all )?cookies"
    r"|(?:sign up|subscribe) (?:here )?(?:for|to) (?:our|the) (?:[\w&'’-]+ ){0,5}newsletter"
    r"|sign up (?:for|to) [\w&'’ -]{2,40}\bnewsletter|get (?:our|the) [\w&'’, -]{2,60} (?:in|to) your inbox"
    r"|thanks for reading.{0,60}subscribe|enter your e-?mail address"
    r"|follow us on (?:facebook|instagram|linkedin|telegram|twitter|wechat|weibo|x|youtube)"
    r"|share (?:this (?:article|story|page|post|with)|(?:this )?on (?:facebook|twitter|x|linkedin|whatsapp))"
    r"|these are external links and will open|this article is more than \d+ (?:years?|months?) old"
    r"|a version of this (?:article|story) (?:appears|appeared) in print"
    r"|last edited by .{1,60}edited \d+ times?)\b"
    r".*|(?:.*(?:©|copyright|\(c\)).*\s)?all rights reserved\.?",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:image (?:copyright|source|credit|caption)|media caption|file photo|photo credit)[:,]?\s\S.{0,160}"
    r"|[(\[]?(?i:photo(?:graph)?|picture|image|credit|foto|bild|crédit photo)(?:s)?(?: by| credit)?\s?:\s?\S.{0,80}"
    r"|[\[(](?:photo|file|foto|image)[/:]\s?[^\])]{2,60}[\])]"
    r"|\S.{0,150}[.!?”)]\s(?:photograph|photo|picture|foto|bild|image)\s?(?: by|:)\s?[^.!?\n]{2,60}"
    r"|\S.{0,150}[.!?]\s[(\[][^()\[\]/\n]{2,30}/[^()\[\]\n]{2,30}[)\]]"
    r"|(?:©|AFP PHOTO|getty images/)\s?[\w /.-]{2,40}",
    re.IGNORECASE,
)


def residue(block: str, *, sure: bool = False) -> str | None:
    """The reason why the author did not write a block, or None if the author may have.

    With `sure`, the page is known to hold furniture, so words that could be headings count as well.
    """
    if not block.strip():
        return "empty"
    reasons = [_reason(line.strip(), sure=sure) for line in block.split("\n")]
    return None if None in reasons else reasons[0]


def introduces_others(block: str) -> bool:
    """Whether a block introduces headlines of other articles."""
    return bool(_OTHERS.fullmatch(block[:LONGEST_WIDGET]))


def _reason(line: str, *, sure: bool) -> str | None:
    if is_navigation(line) or _OTHERS.fullmatch(line[: LONGEST_WIDGET + 1]):
        return NAVIGATION
    if len(line) > LONGEST_WIDGET:
        return None
    if _BUTTON.fullmatch(line) or (sure and _DOUBTFUL.fullmatch(line)):
        return NAVIGATION
    if _WIDGET.fullmatch(line):
        return WIDGET
    if _OTHER.fullmatch(line):
        return HEADLINE
    return CREDIT if _CREDIT.fullmatch(line) else None


def is_navigation(line: str) -> bool:
    """Whether a line consists of menu words only, or is a breadcrumb trail."""
    if len(line) > LONGEST_NAVIGATION:
        return False
    return bool(_CRUMB.fullmatch(line)) or _is_trail(line)


def _is_trail(line: str) -> bool:
    """Whether a line is a breadcrumb trail.

    It is split, because a single pattern for the whole could match in many ways.

    >>> _is_trail("Home > World > Asia"), _is_trail("Home is where the bread is.")
    (True, False)
    """
    head, *steps = (part.strip() for part in _TRAIL_SEPARATOR.split(line))
    return bool(steps) and head.lower() in _TRAIL_HEADS and all(map(_TRAIL_STEP.fullmatch, steps))
