"""What a site says to its readers under article after article: invitations, rights, disclaimers.

These words alone are no reason to drop a line, an author may use them as well. They are one where the
very same line also stands under other articles.
"""

import re

# What all of a kind hold, by which most lines are passed over at once; and how the line says it.
_KINDS = {
    # letters and accounts
    "newsletter": "newsletters?",
    "sign up": "sign up (?:now|here|today|free|to|for)",
    "subscri": r"subscribe (?:now|here|today|to|for|and)|subscriptions? (?:offers?|options?)|unsubscribe",
    "your": r"(?:in|to|into) your (?:e-?mail )?inbox|have your say|on your favou?rite podcast"
    r"|share your (?:views|thoughts|story|stories|experiences?)"
    r"|your (?:support|donation|contribution) (?:helps|makes|keeps|means)"
    r"|(?:send|e-?mail) (?:us )?your (?:letters|comments|stories|pictures|photos|views|tips)",
    "become": r"become a (?:\w+ )?(?:member|subscriber|supporter|patron|friend of)",
    "free trial": "free trial",
    "account": "create an account",
    " in ": "(?:log|sign) in (?:to|or)",
    "unlimited": "unlimited (?:digital )?access",
    "exclusive": "exclusive (?:content|access|offers?)",
    # other places of the site
    "follow": r"follow (?:us|me|@\w+|\w+(?: \w+){0,3} on (?:twitter|facebook|instagram|x|mastodon|bluesky"
    r"|linkedin|youtube|telegram|whatsapp))",
    " us ": "(?:find|like|join) us on|get in touch with us",
    "podcast": r"our (?:\w+ )?podcasts?|listen to (?:the|our) [\w' ]{0,30}podcast",
    " app": r"(?:download|get|install) (?:the|our) [\w' ]{0,20}apps?|the app store",
    "google play": "google play",
    "click": r"click (?:here|on the link)",
    "more": r"read more|more (?:on this|like this|from (?:us|our))|for more (?:news|stories|from)",
    "latest": "for (?:all )?the latest (?:news|headlines|updates)",
    "site": r"visit our (?:web)?site|external (?:web)?sites",
    # what readers are asked for
    "join the": r"join the (?:\w+ )?(?:conversation|debate|discussion|community)",
    "tell us": "tell us (?:what|your|about)",
    "let us": "let us know (?:what|in|by|at)",
    "have a": "have a (?:story|tip|confidential)",
    "comments": r"comments (?:are|will be|on this) (?:now )?(?:closed|moderated|open|pre-moderated|article)",
    "support": r"(?:support|help fund|fund) (?:our|independent|quality|local) (?:\w+ )?(?:journalism|reporting|work)",
    # rights and disclaimers
    "rights reserved": "all rights reserved",
    "©": "©",
    "copyright": r"copyright (?:©|\(c\)|\d{4}|by|of)",
    "not be": r"(?:may|must|can)(?:not| not) be (?:re)?(?:published|produced|broadcast|distributed|printed|used)",
    "permission": r"without (?:the )?(?:prior |express |written )*permission of the (?:publisher|editor)s?",
    "views": r"views (?:expressed|stated|presented|here|in this (?:article|column|piece))",
    "opinion": r"opinions? (?:expressed|stated|presented|here|in this (?:article|column|piece))",
    "reflect": r"do(?:es)? not (?:necessarily )?(?:reflect|represent)",
    "not responsible": "(?:is|are) not responsible for the content",
    "republish": "republish (?:our|this)",
    "advertis": r"advertisements?|advertise with|advertis(?:ing|er) (?:feature|content)",
    "affiliate": "affiliate links?",
    "commission": r"earn (?:a |us a )?(?:small )?commission",
    "our ": r"our (?:editorial (?:standards|policy|guidelines|code)|privacy policy|cookie policy|terms)",
    "cookies": "we use cookies",
    # German, French, Spanish, Italian, Portuguese
    "rechte vorbehalten": "alle rechte vorbehalten",
    "abonnieren": "(?:jetzt|hier|kostenlos) abonnieren|abonnieren sie",
    "folgen sie": "folgen sie uns",
    "zum thema": "mehr zum thema",
    "droits réservés": "tous droits réservés",
    "vous": "abonnez-vous|inscrivez-vous",
    "suivez": "suivez-nous",
    "derechos": "todos los derechos reservados",
    "suscr": "suscr[íi]b(?:e|a)(?:te|se)",
    "boletín": "boletín",
    "diritti": "tutti i diritti riservati",
    "iscriviti": "iscriviti",
    "seguici": "seguici",
    "direitos": "todos os direitos reservados",
}
_SPOKEN = {
    stem: re.compile(pattern if stem == "©" else rf"\b(?:{pattern})\b")
    for stem, pattern in _KINDS.items()
}


def is_invitation(text: str) -> bool:
    """Whether a paragraph speaks as a site does.

    >>> is_invitation("Sign up to our weekly newsletter"), is_invitation("Terms were not disclosed.")
    (True, False)
    """
    lowered = " ".join(text.split()).lower()
    return any(stem in lowered and said.search(lowered) for stem, said in _SPOKEN.items())
