"""Articles of our own writing that are copies of each other, versions, or neither."""

from datetime import date

from corpus.types import Dated, Document, Metadata, Sourced

FERRY = (
    "The new ferry between the islands of Arel and Tovik sailed for the first time on Monday with 212 "
    "passengers on board. It crosses the sound in 38 minutes, half the time that the old ship needed. "
    "The harbour master, Ilse Brandt, called it the best day of her working life.",
    "The ship was built in the yard of Kessel within two years and cost 41 million crowns. Its engines "
    "run on batteries that are charged during the night, when the wind parks of the coast deliver more "
    "than anyone uses. On stormy days a small diesel engine helps.",
    "Not everybody is glad. Fishermen fear for their nets, since the ferry passes the banks on which "
    "they catch shrimp. The ministry promised to count the boats for a year and to move the route if "
    "their catch falls by more than a tenth.",
    "A single ticket costs 9 crowns, children travel without charge. From June on the ship will sail "
    "14 times a day, in winter 6 times. Cars have to be booked a day before.",
)
# The same event, told by somebody else.
LAUNCH = (
    "Arel celebrated on Monday. Brass bands played when an electric ship left the old pier for Tovik, "
    "and school was out for the day. Some 200 islanders had won their seats in a lottery.",
    "Mayor Oskar Lindh reminded his guests that the bridge which the capital had promised in 1994 was "
    "never built. The ferry is what the islands got instead, he said, and they will make the best of "
    "it. Shopkeepers hope that day trippers come back.",
    "Ilse Brandt, who runs the harbour, welcomed the captain with flowers. He told reporters that the "
    "vessel steers like a bicycle. The crossing took 38 minutes. Critics among the shrimp fishermen "
    "stayed away from the feast and flew black flags on their boats.",
)


def made(
    id: str,
    *paragraphs: str,
    title: str = "A ferry for the islands",
    publisher: str = "",
    day: date | None = None,
    url: str = "",
    sha256: str = "",
) -> Document:
    """An article whose head stands in its text, as formats write it."""
    lines = [title, ""]
    sourced: dict[str, Sourced] = {}
    dated = None
    for name, value in (("Publisher", publisher), ("Published", str(day or "")), ("URL", url)):
        if value:
            start = len("\n".join([*lines, f"{name}: "]))
            sourced[name] = Sourced(value, "head", start, start + len(value))
            lines.append(f"{name}: {value}")
    if day:
        found = sourced["Published"]
        dated = Dated(day, "head", found.start, found.end)
    text = "\n".join(lines).rstrip("\n") + "\n\n" + "\n\n".join(paragraphs)
    metadata = Metadata(
        Sourced(title, "head", 0, len(title)),
        publisher=sourced.get("Publisher"),
        published=dated,
        url=sourced.get("URL"),
    )
    document = Document(id, sha256 or id, text, metadata)
    assert all(text[s.start : s.end] == s.value for s in sourced.values())
    return document


def weather(day: int, high: int, low: int, rain: int, wind: int) -> str:
    """A report of a series, which differs from the others in its figures alone."""
    return (
        f"Weather for the islands on {day} May. The day begins cloudy with light showers over the sound, "
        f"and clears towards the evening. Highest temperature {high} degrees, lowest temperature {low} "
        f"degrees in the night. Chance of rain {rain} percent. Wind from the west at {wind} knots, with "
        "stronger gusts along the outer coast. Small boats should stay in the harbour until noon."
    )
