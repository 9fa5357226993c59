"""What people say to a learner: sentences with gaps, one list for learners to learn from.

The second list of each pair is held out: no listener is trained on its sentences, so that it can
be tested on them. ``{things}`` is a feature in the plural and ``{place}`` a place: of what was
done, those that the learner chose; of what to do, the best ones; of what things are worth, the
things and where there are some.
"""

from __future__ import annotations

from dataclasses import dataclass

Sentences = tuple[str, ...]

LEVELS = ("worst", "bad", "poor", "nothing", "fair", "good", "best")
"""How something is judged, from -3 to 3."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences of one kind and one judgement.

    Attributes:
        known: from which listeners may learn.
        held_out: from which none does.

    """

    known: Sentences
    held_out: Sentences


EVALUATIVE: dict[str, Phrases] = {
    "worst": Phrases(
        (
            "that was terrible",
            "terrible choice",
            "oh no, awful",
            "you lost a lot of points",
            "that was the worst thing to do",
            "very bad",
            "that really hurt us",
            "horrible, you lost everything",
            "terrible, you took {things}",
            "the {place} was a terrible choice",
        ),
        (
            "what a disaster",
            "ouch, that cost us a lot",
            "that was a dreadful move",
            "taking {things} was a disaster",
        ),
    ),
    "bad": Phrases(
        (
            "that was bad",
            "not good",
            "bad choice",
            "you lost points",
            "wrong one",
            "that was a mistake",
            "nope",
            "that is not what we want",
            "oops, that lost points",
            "you picked the wrong ones",
            "bad choice of {things}",
            "you should not have picked those {things}",
            "the {place} was the wrong corner",
            "why did you take {things}",
        ),
        (
            "that did not go well",
            "unfortunately we are down on that",
            "a poor pick",
            "those {things} were a poor pick",
            "the {place} was a let down",
        ),
    ),
    "poor": Phrases(
        (
            "not great",
            "that could have been better",
            "not the best choice",
            "you can do better",
            "a little off",
            "the {place} was not the best",
            "you left points behind in the {place}",
        ),
        ("hmm, so so", "room for improvement there", "you missed some in the {place}"),
    ),
    "nothing": Phrases(
        (
            "that gave us nothing",
            "that got us zero points",
            "no points for that",
            "nothing gained",
            "you did not get anything",
        ),
        ("that was pointless", "we got no points at all from that"),
    ),
    "fair": Phrases(
        (
            "ok",
            "not bad",
            "alright",
            "okay, some points",
            "fine, you got a few points",
            "decent",
            "good try",
            "getting better",
            "you got some {things} at least",
            "the {place} was okay",
        ),
        (
            "passable",
            "that was acceptable",
            "well, at least a few points",
            "the {place} did alright",
        ),
    ),
    "good": Phrases(
        (
            "good job",
            "good",
            "nice",
            "nice one",
            "well done",
            "good choice",
            "you did well",
            "nice work",
            "that was good",
            "yes, keep it up",
            "good pick",
            "good job getting {things}",
            "nice work in the {place}",
            "good choice of {things}",
            "you did well picking {things}",
        ),
        (
            "solid move",
            "you are doing fine work",
            "i like that",
            "glad you took {things}",
            "fine work in the {place}",
        ),
    ),
    "best": Phrases(
        (
            "excellent",
            "great job",
            "perfect",
            "awesome",
            "amazing job",
            "perfect score",
            "that was the best",
            "great, you got the max",
            "fantastic",
            "wow, well done",
            "yes, exactly right",
            "great job picking {things}",
            "perfect choice of {place}",
            "excellent, you got all the {things}",
            "the {place} was exactly right",
        ),
        (
            "superb",
            "could not have been better, brilliant",
            "spot on, wonderful",
            "brilliant work on those {things}",
            "you nailed the {place}",
        ),
    ),
}
"""Of what was done."""

IMPERATIVE = Phrases(
    (
        "go to the {place}",
        "try the {place}",
        "you should have gone to the {place}",
        "the {place} was the best one",
        "{place} was best",
        "next time choose the {place}",
        "{place} had more points",
        "the {place} group was better",
        "pick the {place} corner",
        "should have picked the {place}",
        "take the {place} ones",
        "the {place} cluster was the one to take",
        "{place} would have been better",
        "collect the ones in the {place}",
        "get the {things} in the {place}",
        "go {place} for the {things}",
        "you should have taken the {things} in the {place}",
        "next time take everything good in that corner",
        "you missed the {place} with the {things}",
    ),
    (
        "head over to the {place}",
        "the {place} had the most to offer",
        "i would have gone {place}",
        "better to grab what is in the {place}",
        "{things} were waiting in the {place}",
        "move to the {place} and fetch {things}",
    ),
)
"""Of what to do."""

DESCRIPTIVE: dict[str, Phrases] = {
    "worst": Phrases(
        (
            "{things} are the worst",
            "{things} are very bad",
            "{things} are terrible",
            "{things} lose the most points",
            "never take {things}",
            "{things} are highly negative",
        ),
        ("{things} cost you dearly", "stay far away from {things}"),
    ),
    "bad": Phrases(
        (
            "{things} are bad",
            "{things} are negative",
            "avoid {things}",
            "{things} lose points",
            "do not take {things}",
            "{things} take points away",
            "{things} hurt your score",
            "stay away from {things}",
            "the {things} in the {place} are bad",
        ),
        (
            "{things} bring you down",
            "keep off {things}",
            "{things} are a loss",
            "those {things} over in the {place} are harmful",
        ),
    ),
    "poor": Phrases(
        (
            "{things} are slightly bad",
            "{things} lose a few points",
            "{things} are a little negative",
        ),
        ("{things} cost a point or two", "{things} are mildly harmful"),
    ),
    "nothing": Phrases(
        (
            "{things} are worth nothing",
            "{things} are worthless",
            "{things} are worth zero",
            "{things} are neutral",
            "{things} do not matter",
            "{things} are 0 points",
            "there is nothing in {things}",
        ),
        ("{things} make no difference", "you can ignore {things}"),
    ),
    "fair": Phrases(
        (
            "{things} are slightly good",
            "{things} are worth a few points",
            "{things} are low positive",
            "{things} give a little",
        ),
        ("{things} are a small plus", "{things} are worth a point or two"),
    ),
    "good": Phrases(
        (
            "{things} are good",
            "{things} are positive",
            "{things} give points",
            "get {things}",
            "{things} are worth points",
            "collect {things}",
            "go for {things}",
            "look for {things}",
            "{things} add to the score",
            "focus on {things}",
            "the {things} in the {place} are good",
        ),
        (
            "{things} pay off",
            "you want {things}",
            "{things} bring in points",
            "those {things} in the {place} are what you are after",
        ),
    ),
    "best": Phrases(
        (
            "{things} are the best",
            "{things} are worth the most",
            "{things} give the most points",
            "{things} are very good",
            "{things} are worth a lot",
            "get as many {things} as you can",
            "{things} are great",
            "{things} have the highest value",
            "the {things} in the {place} are worth the most",
        ),
        (
            "{things} are worth more than all others",
            "{things} are top value",
            "{things} first",
            "nothing beats {things}",
        ),
    ),
}
"""Of what things are worth."""

HEDGES: tuple[str, ...] = (
    "i think {}",
    "maybe {}",
    "{} i guess",
    "it looks like {}",
    "probably {}",
)
"""Around a clause whose speaker is not sure."""

IRONIES: tuple[str, ...] = ("oh {}", "yeah right, {}", "{}, really", "wow, {}", "sure, {}")
"""Around praise that is meant as blame."""
