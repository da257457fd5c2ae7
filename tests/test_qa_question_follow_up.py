"""Follow-ups are written out with words of the questions and the answer before, or left alone."""

import pytest

from qa.question.follow_up import resolve_follow_up
from qa.question.noun_phrases import phrases
from qa.types import Turn

CASSINI = Turn("When did the Cassini mission end?", "15 September 2017")
TALKS = Turn("Who said the talks are over?", "Rex Tillerson")
CHINA = Turn("When did China sign the contract with Gazprom?", "21 May 2014")
WHERE = Turn("Where was the treaty signed?", "Geneva")
BRIDGE = Turn("When was the bridge at Oldford closed?", "5 May 2016")
CRAFT = Turn("Which spacecraft orbited Saturn?", "Cassini")
PEST = Turn("How many people died of rinderpest?", "a third of Ethiopia")


@pytest.mark.parametrize(
    ("question", "before", "meant"),
    [
        # Another question of the same thing
        ("And where?", CASSINI, "Where did the Cassini mission end?"),
        ("Where was that?", CASSINI, "Where did the Cassini mission end?"),
        ("When did that happen?", WHERE, "When was the treaty signed?"),
        ("And when was that?", TALKS, "When was it that Rex Tillerson said the talks are over?"),
        ("why?", WHERE, "Why was the treaty signed?"),
        ("Why?", CASSINI, "Why did the Cassini mission end?"),
        ("And how exactly?", CASSINI, "How exactly did the Cassini mission end?"),
        ("By whom?", None, None), ("Who?", BRIDGE, "By whom was the bridge at Oldford closed?"),
        ("How many?", Turn("Who died of rinderpest?", "cattle"), "How many died of rinderpest?"),
        ("And when?", PEST, None),
        # The same question of another thing
        ("What about Russia?", CHINA, "When did Russia sign the contract with Gazprom?"),
        ("And Russia?", CHINA, "When did Russia sign the contract with Gazprom?"),
        ("How about the Juno mission?", CASSINI, "When did the Juno mission end?"),
        ("And the Juno mission?", CASSINI, "When did the Juno mission end?"),
        ("What about Juno?", CASSINI, "When did the Juno mission end?"),
        ("What about the tunnel?", BRIDGE, "When was the tunnel at Oldford closed?"),
        ("What about women?", PEST, "How many people died of rinderpest, women?"),
        ("What about in 2015?", CHINA, "When did China sign the contract with Gazprom in 2015?"),
        ("What about 2016?", Turn("What did the bank lend in 2015?"), "What did the bank lend in 2016?"),
        ("In 2018?", Turn("Who won the World Cup in 2014?", "Germany"), "Who won the World Cup in 2018?"),
        ("And in May 2015?", Turn("What did the bank lend on 3 May 2014?"), "What did the bank lend in May 2015?"),
        ("In Kenya?", PEST, "How many people died of rinderpest in Kenya?"),
        # People
        ("What did he say?", TALKS, "What did Rex Tillerson say?"),
        ("Did he meet Trump?", TALKS, "Did Rex Tillerson meet Trump?"),
        ("Where was his speech?", TALKS, "Where was Rex Tillerson’s speech?"),
        ("Where was she born?", Turn("Who found radium?", "Marie Curie"), "Where was Marie Curie born?"),
        ("Who was her husband?", Turn("Who found radium?", "Marie Curie"), "Who was Marie Curie’s husband?"),
        ("Who met her?", Turn("Who found radium?", "Marie Curie"), "Who met Marie Curie?"),
        ("What did they say?", CHINA, "What did China say?"),
        ("When did he leave?", Turn("Where did Tillerson meet Wang Yi?", "Beijing"), "When did Tillerson leave?"),
        # Things
        ("Who led it?", CASSINI, "Who led the Cassini mission?"),
        ("When did it begin?", CASSINI, "When did the Cassini mission begin?"),
        ("How much did it cost?", CASSINI, "How much did the Cassini mission cost?"),
        ("Who built it?", BRIDGE, "Who built the bridge?"),
        ("What is known about it?", BRIDGE, "What is known about the bridge?"),
        ("How long is its deck?", BRIDGE, "How long is the bridge’s deck?"),
        ("When did it end?", CRAFT, "When did Cassini end?"),
        ("Why is it called the Silk Road?", BRIDGE, "Why is the bridge called the Silk Road?"),
        # Places and times
        ("Who was there?", WHERE, "Who was in Geneva?"),
        ("How many people live there now?", WHERE, "How many people live in Geneva now?"),
        ("What is the capital of that country?", Turn("Where was the outbreak?", "in Kenya"), "What is the capital of Kenya?"),
        ("Who lives there?", BRIDGE, "Who lives in Oldford?"),
        ("Who was president then?", CASSINI, "Who was president on 15 September 2017?"),
        ("Who won the World Cup that year?", CASSINI, "Who won the World Cup 2017?"),
        ("And who won the World Cup in Russia?", CASSINI, "Who won the World Cup in Russia?"),
    ],
)  # fmt: skip
def test_a_follow_up_is_written_out(question: str, before: Turn | None, meant: str | None) -> None:
    assert resolve_follow_up(question, before) == meant


@pytest.mark.parametrize(
    ("question", "before"),
    [
        # Which of two, or whether it is one at all, is not said.
        ("The latter?", Turn("Who won, Brazil or Germany?", "Germany")),
        ("When did the former end?", CASSINI), ("What about it?", CASSINI),
        ("What did he say?", Turn("how far is the moon?", "384,400 km")),
        ("What did he say?", WHERE), ("What did he say?", Turn("Who won?", "the home team")),
        ("What did she find?", Turn("Who met Curie and where did Einstein go?", "it is unknown")),
        ("Who built it?", Turn("Did rain fall near Oldford or at Longford?", "Oldford")),
        ("What happened then?", CASSINI), ("Who was president then?", WHERE),
        ("Who won that year?", Turn("When was it?", "from 2014 to 2016")),
        ("How many are there?", WHERE), ("Is there a bridge?", WHERE), ("How many people were there?", WHERE),
        ("Who said that?", TALKS), ("What?", CASSINI), ("How many?", WHERE), ("Who?", CHINA),
        ("Where does it lie?", PEST), ("word " * 30 + "it?", CASSINI), ("?", CASSINI), ("", CASSINI),
        ("And?", CASSINI), ("Really?", CASSINI), ("And where?", None), ("Thanks", CASSINI),
    ],
)  # fmt: skip
def test_what_could_mean_more_than_one_thing_is_left_alone(
    question: str, before: Turn | None
) -> None:
    assert resolve_follow_up(question, before) is None


STANDING = """
Who won the World Cup?
When was it that the Berlin Wall fell?
How many people live in the valley?
Is there a bridge?
Is it true that bees die when they sting?
How long does it take to fly to the moon?
What time is it?
Why do cats purr when they are happy?
Do bees die after they sting?
Who said that rain fell in the valley?
Who said he would resign?
Which country said it would leave the union?
How many people said they were content?
What did the company do in its first year?
When did China say that it would sign?
Did Tillerson say he would leave?
Is that bridge open?
Is the river dangerous?
What is the capital of Peru?
What is it that bees eat?
Was it Ada Marsh who wrote about the river?
Is it legal to fish at night?
Does it rain in May?
Will it snow on the coast?
How many bridges are there in the valley?
Are there trains under the mountain?
Where do the trains that cross the mountain go?
What happened to the man who lost his dog?
Who wrote Their Eyes Were Watching God?
Who is Who?
When did the queen open her first tunnel?
How does a volcano erupt and when does it stop?
If the tunnel leaks, who mends it?
What did the mayor say about his plans?
When does the museum open and what does it cost?
How did people live before they had electricity?
In which year did the Cassini mission end?
In 2017, who won the cup?
On what day was the tunnel opened?
Who was president in 2017?
Since when has the bridge been closed?
Name the author of the report
river flood bridge
Oldford bridge
What about the river did the mayor say?
Where is the bridge and who built it?
So who opened the tunnel
How is it possible for a bridge to sway?
what is photosynthesis
Who wrote It?
""".strip().splitlines()


@pytest.mark.parametrize("question", STANDING)
@pytest.mark.parametrize("before", [CASSINI, TALKS, CHINA, WHERE, BRIDGE, CRAFT, PEST])
def test_a_question_that_stands_on_its_own_is_left_alone(question: str, before: Turn) -> None:
    # Only a word like "So" may go from before it.
    assert resolve_follow_up(question, before) in (
        None,
        question.removeprefix("So ").capitalize() + "?",
    )


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("When was the bridge at Oldford closed?", ["the bridge", "Oldford"]),
        ("When did the company sign the contract?", ["the company", "the contract"]),
        ("How long did the Cassini mission last?", ["the Cassini mission"]),
        ("How long is the Gotthard Base Tunnel?", ["the Gotthard Base Tunnel"]),
        ("What is the capital of Peru?", ["the capital of Peru"]),
        ("Why did the end of the war surprise Stalin?", ["the end of the war", "Stalin"]),
        ("When was the river, which floods, measured?", ["the river"]),
        ("Has the old bridge really collapsed?", ["the old bridge"]),
        ("who is it", []), ("", []), ("The end", ["The end"]), ("Is the", []),
    ],
)  # fmt: skip
def test_the_phrases_of_a_question(question: str, named: list[str]) -> None:
    assert [phrase.words for phrase in phrases(question)] == named
    assert all(question[p.start : p.end] == p.words for p in phrases(question))
