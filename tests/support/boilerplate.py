"""A collection of our own writing: articles of several papers, what recurs in them, and what of that is content.

Each paragraph in `BOILERPLATE` was written by no author of an article; each in `CONTENT` recurs as well
and must stay.
"""

import random
from dataclasses import dataclass

BOILERPLATE = {
    "Brannock Gazette": (
        "Sign up to our morning newsletter to get the stories of the day before breakfast.",
        "Follow us on Twitter and Facebook for more stories from Brannock.",
        "Do you have a story for the Gazette? Call the newsroom or write to stories@gazette.example.",
        "© 2019 Brannock Gazette. All rights reserved.",
        "The views expressed in this column are those of the author and not of the Gazette.",
        "Readers keep the Gazette independent, and every subscription counts.",
    ),
    "Coast Daily": (
        "Listen to our podcast, The Tide, wherever you get your podcasts.",
        "Download the Coast Daily app for alerts from your town.",
        "This material may not be published, broadcast, rewritten or redistributed without permission.",
        "Coast Daily is not responsible for the content of external sites.",
        "Have your say: comments are moderated and close after three days.",
        "Coast Daily belongs to the people of the coast.",
        "More from the coast",
    ),
    "Hafenblatt": (
        "Jetzt abonnieren und jeden Morgen das Wichtigste vom Hafen lesen.",
        "Alle Rechte vorbehalten.",
        "Folgen Sie uns auf Instagram, um kein Schiff zu verpassen.",
    ),
    "": (
        "Subscribe to the parish letter by sending a card to the office.",
        "Click here to print this page.",
    ),
}
CONTENT = {
    "Brannock Gazette": (
        "Terms of the sale were not disclosed.",
        "The council declined to comment.",
        "What happens next",
        "Reporting by Ada Marsh and Jo Park; editing by Ruth Hale",
        "“Follow us on our way to the sea,” the walkers sang.",
        "Proceeds will be used for general corporate purposes.",
        "It gave no further details.",
        "Mayor Ida Brook",
    ),
    "Coast Daily": (
        "Shr 10 cts vs 5 cts",
        "Qtly div 25 cts vs 25 cts prior",
        "Net profit",
        "Photo: Lars Holm",
        "The ferry sails at 9 in summer.",
        "Nobody was hurt.",
    ),
    "Hafenblatt": (
        "Der Hafenmeister wollte sich dazu nicht äußern.",
        "Die Fähre fährt im Sommer um 9 Uhr.",
        "Von Greta Holm",
    ),
    "": (
        "This agreement is governed by the laws of the State of Brannock.",
        "Either party may end the agreement with a notice of three months.",
        "The tenant may not let the rooms without the written permission of the owner.",
        "Any other business",
        "The chair thanked all members for their work.",
    ),
}
_WHO = [
    "farmers",
    "teachers",
    "sailors",
    "bakers",
    "nurses",
    "drivers",
    "singers",
    "builders",
    "pilots",
    "gardeners",
]
_WHERE = [
    "Oldford",
    "Arel",
    "Tovik",
    "Kessel",
    "Marsh End",
    "Lower Wick",
    "Stone Bay",
    "Highfield",
    "Redwater",
    "Elm",
]
_DID = [
    "met to plan a fair for the autumn",
    "painted the old hall in blue and white",
    "counted the swans on the lake",
    "repaired the wall that the storm had broken",
    "asked for a later bus in the evening",
    "opened a library of seeds in the school",
    "planted a row of lime trees along the road",
    "collected coats for the winter",
    "drew a map of every well in the parish",
    "brought the clock of the tower back to life",
]

_GERMAN = (
    "Am Morgen lief der Kutter {} mit {} Kisten Hering in den Hafen ein, und die Händler warteten schon "
    "an der Mole, weil der Fang in dieser Woche so klein war wie seit Jahren nicht mehr.",
    "Die Werft {} baut bis zum Herbst {} neue Boote aus Eichenholz, wie sie früher auf den Inseln üblich "
    "waren, und bildet dafür junge Leute aus, die das Handwerk noch nicht kennen.",
    "In der Halle {} zeigt der Verein {} Bilder von Schiffen, die vor hundert Jahren hier lagen, dazu "
    "Karten, Briefe und Lieder, die Matrosen von ihren Reisen mitbrachten.",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A text with its publisher, and what of it is to go and to stay."""

    name: str
    publisher: str
    paragraphs: tuple[str, ...]
    boilerplate: frozenset[str]
    content: frozenset[str]

    @property
    def text(self) -> str:
        """The page as a file says it."""
        title = f"{self.name.title().replace('-', ' ')} in the news"
        head = f"\nSource: {self.publisher}\nPublished: 3 May 2016\n" if self.publisher else ""
        return "\n\n".join([f"{title}{head}".rstrip("\n"), *self.paragraphs])


def prose(chance: random.Random, *, german: bool = False) -> str:
    """A paragraph that no other article has."""
    if german:
        return chance.choice(_GERMAN).format(chance.choice(_WHERE), chance.randint(3, 9999))
    parts = [
        f"{chance.choice(['Some', 'Several', 'Most', 'Many'])} {chance.choice(_WHO)} of "
        f"{chance.choice(_WHERE)} {chance.choice(_DID)} with {chance.randint(3, 999)} others"
        for _ in range(3)
    ]
    return "; ".join(parts) + "."


def collection(seed: int = 1, *, each: int = 40) -> list[Page]:
    """So many pages of each publisher; each holds about half of what recurs there, in any place."""
    chance = random.Random(seed)
    return [_page(publisher, number, chance) for publisher in BOILERPLATE for number in range(each)]


def _page(publisher: str, number: int, chance: random.Random) -> Page:
    name = f"{(publisher or 'parish').lower().replace(' ', '-')}-{number}"
    foot = [line for line in BOILERPLATE[publisher] if chance.random() < 0.75]
    said = [line for line in CONTENT[publisher] if chance.random() < 0.6]
    german = publisher == "Hafenblatt"
    middle = [prose(chance, german=german) for _ in range(chance.randint(3, 6))]
    for line in [*said, *foot[:2]]:
        middle.insert(chance.randint(1, len(middle)), line)
    return Page(name, publisher, (*middle, *foot[2:]), frozenset(foot), frozenset(said))
