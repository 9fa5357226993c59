"""How people say that something should be done otherwise; half a dozen ways are held out.

``{more}`` is the comparative that is asked for, ``{too}`` the adjective that is complained of,
``{not_enough}`` its contrary, ``{size}`` how much, with a space behind it.
"""

from __future__ import annotations

from simulated_humans.phrases import Phrases

SIZES: dict[str, Phrases] = {
    "little": Phrases(
        ("a bit ", "slightly ", "a little ", "a tiny bit ", "just a touch "),
        ("a fraction ", "somewhat "),
    ),
    "some": Phrases(("",), ("",)),
    "much": Phrases(
        ("much ", "a lot ", "way ", "far ", "considerably "),
        ("a great deal ", "loads "),
    ),
}
"""How much, from a little to much."""

COMPARATIVE = Phrases(
    (
        "{size}{more}",
        "go {size}{more}",
        "{size}{more} please",
        "try to go {size}{more}",
        "you should go {size}{more}",
        "next time {size}{more}",
        "that was not right, {size}{more}",
        "do it {size}{more}",
        "it should be {size}{more}",
    ),
    (
        "could you do that {size}{more}",
        "i would like it {size}{more}",
        "better if it were {size}{more}",
        "keep it {size}{more} from now on",
    ),
)
"""With a word for the way it should change."""

COMPLAINT = Phrases(
    (
        "{size}too {too}",
        "you are {size}too {too}",
        "that was {size}too {too}",
        "it is {size}too {too}",
    ),
    ("{size}too {too} for my taste", "i find this {size}too {too}"),
)
"""With a word for what there is too much of."""

WANTING = Phrases(
    (
        "not {not_enough} enough",
        "that was not {not_enough} enough",
        "you are not {not_enough} enough",
    ),
    ("hardly {not_enough} enough for me", "this is not {not_enough} enough yet"),
)
"""With a word for what there is too little of; it has no size."""

CONTENT = Phrases(
    ("that is it", "very good, like that", "just right", "leave it like that"),
    ("nothing to complain of", "stay with that"),
)
"""Nothing should change."""

WRONG_THINGS = Phrases(
    (
        "{wanted} would have been {size}better, {taken} are bad",
        "{wanted} are {size}better, {taken} are bad",
    ),
    ("{taken} are bad, {wanted} would be {size}better",),
)
"""``{taken}`` were the wrong things, ``{wanted}`` the right ones. They stand in clauses of their
own, so that a listener who knows no corrections still hears what things are worth."""

USELESS_THINGS = Phrases(
    ("{taken} are {size}worse, they are bad",),
    ("{taken} are bad, {size}worse",),
)
"""Nothing should have been taken in the place of ``{taken}``."""
