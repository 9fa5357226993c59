import numpy as np
import pytest

from algorithms.verbal.corrections import losses
from algorithms.verbal.corrections.listening import CorrectionListener
from algorithms.verbal.corrections.manners import CorrectedManner
from coachable.train_listener import grounding_accuracy
from envs.arm.manner import MANNER as PUSHING
from envs.driving.manner import MANNER as DRIVING
from simulated_humans import comparing_manners as corrector
from simulated_humans.comparing_manners import EVERYWHERE, Correction
from teaching import UserError
from teaching.manner import Manner, Quality
from teaching.words import Term

SPEED = Quality(
    name="speed", more=("faster",), less=("slower",), high=("fast",), low=("slow",), spread=2.0
)
# One observation [speed, whether it is narrow], one action that adds to the speed.
WALKING = Manner(
    qualities=(SPEED,),
    contexts=(Term(name="where it is narrow"),),
    holds=lambda obs: obs[:, 1:] > 0.5,
    measure=lambda obs, action: obs[:, :1],
    adjust=lambda obs, action, before, amounts: action + amounts,
)


@pytest.mark.parametrize(
    ("text", "quality", "direction", "size"),
    [
        ("a bit faster", "speed", 1, "little"),
        ("you are way too fast", "speed", -1, "much"),
        ("not fast enough", "speed", 1, "some"),
        ("go much further left please", "position", 1, "much"),
        ("too jerky", "smoothness", 1, "some"),
        ("slightly slowre", "speed", -1, "little"),
        ("you should go slower", "speed", -1, "some"),
    ],
)
def test_a_correction_is_understood(text, quality, direction, size):
    asked = CorrectionListener(DRIVING).hear(text)
    assert DRIVING.qualities[asked.quality].name == quality
    assert (asked.direction, asked.size, asked.contexts) == (direction, size, ())


def test_a_context_is_heard_and_praise_asks_for_nothing():
    listener = CorrectionListener(DRIVING)
    asked = listener.hear("in bends much slower")
    assert asked.contexts == (0,) and asked.direction == -1
    assert listener.meaning(asked) == "less speed, much, in curves"
    assert listener.meaning(listener.hear("just right")) == "nothing is to change"


@pytest.mark.parametrize("manner", [DRIVING, PUSHING], ids=["driving", "arm"])
def test_nine_of_ten_held_out_paraphrases_are_grounded(manner):
    """In both tasks, though the classifiers were trained on sentences about one of them."""
    assert grounding_accuracy(manner, "held_out", 11, count=400)["what"] >= 0.9


def test_a_deviation_is_the_difference_of_means_in_spreads():
    student = np.array([[4.0, 0.0], [6.0, 0.0], [2.0, 1.0]]), np.zeros((3, 1))
    expert = np.array([[3.0, 0.0], [8.0, 1.0]]), np.zeros((2, 1))
    found = corrector.deviations(WALKING, student, expert)
    # Everywhere 4 − 5.5, where it is narrow 2 − 8, elsewhere 5 − 3; a spread is 2.
    assert found == pytest.approx(np.array([[-0.75], [-3.0], [1.0]]))
    rng = np.random.default_rng(0)
    assert corrector.choose(found, 0.3, 0.0, rng) == Correction(0, 1, "some", EVERYWHERE)
    assert corrector.choose(found, 0.3, 0.0, rng, contexts=True) == Correction(0, 1, "much", 0)
    assert corrector.choose(found, 0.8, 0.0, rng).direction == 0
    never = corrector.deviations(WALKING, (student[0][:2], student[1][:2]), expert)
    assert (
        np.isnan(never[1, 0])
        and corrector.choose(never, 0.1, 0.0, rng, contexts=True).context == -1
    )


def test_deviations_are_chosen_by_the_softmax_of_their_size():
    rng = np.random.default_rng(1)
    found = np.array([[1.0, -2.0, 0.5], *np.zeros((2, 3))])
    picked = [corrector.choose(found, 0.1, 1.0, rng).quality for _ in range(4000)]
    weight = np.exp([1.0, 2.0, 0.5])
    assert np.bincount(picked, minlength=3) / 4000 == pytest.approx(weight / weight.sum(), abs=0.03)


def test_a_preference_is_bradley_terry_on_squared_distances():
    now, step = 0.5, 1.0
    z = losses.GRID
    better = -((now + step - z) ** 2), -((now - z) ** 2)
    expected = np.exp(better[0]) / (np.exp(better[0]) + np.exp(better[1]))
    assert np.exp(losses.preferred(now, step)) == pytest.approx(expected)
    assert losses.expected(losses.prior()) == pytest.approx(0.0, abs=1e-9)
    assert losses.expected(losses.prior() + losses.preferred(0.0, 1.0)) > 0.5


def test_an_offset_adds_up_and_halves_when_it_went_too_far():
    learner = CorrectedManner(DRIVING)
    for text in ("faster", "much faster", "a bit slower"):
        learner.hear(text)
    assert learner.amounts[0, 0] == pytest.approx(1.0 + 2.0 - 0.35 / 2)
    assert learner.understood == [("a bit slower", "less speed, little, everywhere")]


@pytest.mark.parametrize("form", ["offset", "preference"])
def test_corrections_find_the_amount_that_is_wanted(form):
    learner, wanted = CorrectedManner(DRIVING, form), 2.4
    for _ in range(10):
        off = learner.amounts[0, 0] - wanted
        size = "much " if abs(off) > 1.8 else "a bit " if abs(off) < 0.6 else ""
        learner.hear("just right" if abs(off) < 0.3 else size + ("slower" if off > 0 else "faster"))
    assert learner.amounts[0, 0] == pytest.approx(wanted, abs=0.6)


def test_what_is_said_of_a_context_holds_there_and_nowhere_else():
    obs = np.zeros((2, 55), np.float32)
    obs[1, 50] = 0.9  # a sharp curve
    obs[:, 24:32] = 1.0  # nothing ahead
    proposed = np.zeros((2, 2), np.float32)
    scoped, plain = CorrectedManner(DRIVING), CorrectedManner(DRIVING, scoped=False)
    for learner in (scoped, plain):
        learner.hear("in curves slower")
    straight, curve = scoped.act(obs, proposed, proposed)[:, 1]
    assert straight == 0.0 and curve == pytest.approx(-0.8)
    assert plain.act(obs, proposed, proposed)[:, 1] == pytest.approx([-0.8, -0.8])


@pytest.mark.parametrize("form", ["offset", "preference"])
def test_a_saved_manner_goes_on_as_the_original_does(form):
    first, second = CorrectedManner(DRIVING, form), CorrectedManner(DRIVING, form)
    for text in ("faster", "much slower"):
        first.hear(text)
    second.load_state_dict(first.state_dict())
    for learner in (first, second):
        learner.hear("in curves a bit faster")
        learner.hear("faster")
    assert np.array_equal(first.amounts, second.amounts)
    with pytest.raises(UserError, match="form must be one of offset, preference, got 'other'"):
        CorrectedManner(DRIVING, "other")


@pytest.mark.parametrize("name", ["driving", "arm"])
def test_an_adjusted_expert_has_more_of_the_quality(name):
    from coachable.reproduce.words.students import course, episodes

    place = course(name)

    def changed(quality, amount):
        amounts = np.zeros(len(place.manner.qualities))
        amounts[quality] = amount
        return lambda obs, expert, before: place.manner.adjust(
            obs, expert, before, np.tile(amounts, (len(obs), 1))
        )

    right = episodes(place, changed(0, 0.0), 4, 3)
    for quality in (0, 1):
        for amount in (-1.0, 1.0):
            shown = episodes(place, changed(quality, amount), 4, 3)
            off = [
                corrector.deviations(place.manner, mine, theirs)[0, quality]
                for mine, theirs in zip(shown, right, strict=True)
            ]
            assert np.sign(np.nanmean(off)) == amount, (name, quality, amount)
