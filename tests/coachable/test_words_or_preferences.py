import numpy as np
import pytest

from coachable.reproduce.words.equal_minutes import Examination, at, lesson, promised
from coachable.reproduce.words.equal_settings import CANDIDATES, HUMANS, LEARNERS, SETTINGS
from coachable.reproduce.words.words_or_preferences import break_even, scores
from envs.collection.assignment import weights
from envs.collection.env import CollectionEnv
from envs.collection.features import features
from envs.collection.task import COLLECTION, CollectionConfig


def row(kind, seed, seconds, score):
    times = {"seconds": seconds, "score": score, "signals": list(range(1, 1 + len(score)))}
    return {"kind": kind, "condition": "one in ten wrong", "seed": seed, **times}


def test_a_score_is_the_last_one_that_was_reached_in_the_time():
    one = row("comparisons", 0, [8.0, 16.0, 24.0], [10.0, 20.0, 30.0])
    assert [at(one, minutes) for minutes in (0.1, 8 / 60, 0.3, 9.0)] == [0.0, 10.0, 20.0, 30.0]
    assert at(one, 0.3, price=18.0) == 10.0 and at(one, 0.3, price=5.0) == 30.0


def test_the_price_at_which_comparisons_are_no_better_than_words():
    rows = [row("words, pragmatic", seed, [30.0, 60.0], [20.0, 50.0 + seed]) for seed in (0, 1)]
    rows += [row("comparisons", seed, [5.0, 10.0, 15.0], [0.0, 40.0, 60.0]) for seed in (0, 1)]
    # A minute of words reaches 50.5; so do three comparisons, which are 20 s each in a minute.
    assert break_even(rows, "words, pragmatic", 1.0) == pytest.approx(20.0)
    assert scores(rows, "words, pragmatic", "one in ten wrong", 1.0).tolist() == [50.0, 51.0]
    none = [r if r["kind"] != "comparisons" else {**r, "score": [0.0, 1.0, 2.0]} for r in rows]
    assert break_even(none, "words, pragmatic", 1.0) is None


def test_all_humans_know_the_same():
    env = CollectionEnv(CollectionConfig(assignment=13))
    obs, _ = env.reset(seed=0)
    oracle = promised(COLLECTION.oracle(env, env.config))
    every = np.arange(128)
    by_hand = features(np.repeat(obs[None], 128, axis=0), every) @ weights(13)
    assert oracle.q_values(obs[None])[0] == pytest.approx(by_hand)
    assert oracle.reward(np.repeat(obs[None], 128, axis=0), every) == pytest.approx(by_hand)
    assert by_hand[oracle.action(obs[None])[0]] == by_hand.max()


def test_each_kind_has_as_many_candidates_and_one_of_them_was_taken():
    for kind in LEARNERS:
        assert len(CANDIDATES[kind]) == 6 and SETTINGS[kind] in CANDIDATES[kind]
    rates = [set(changes.values()) & {0.1} for _, changes in HUMANS["one in ten wrong"].values()]
    assert all(rates)  # whatever it is called, of each kind one in ten is wrong


@pytest.mark.parametrize("kind", LEARNERS)
def test_a_lesson_costs_what_its_kind_costs(kind):
    told = lesson(kind, "clean", 300, 0.5)
    seconds = np.diff(told["seconds"], prepend=0.0)
    signals = np.diff(told["signals"], prepend=0)
    assert told["seconds"][-1] >= 30 > told["seconds"][-2]
    if kind == "comparisons":  # 5 s each, the watching included
        assert seconds == pytest.approx(5.0 * signals)
    elif kind.startswith("words"):  # 8 s of watching and 0.4 s a word
        words = (seconds - 8.0) / 0.4
        assert words == pytest.approx(np.round(words))
        assert (seconds > 8.0).all() and (signals == 1).all()
    elif kind == "demonstrations":  # the hands are there from the first step of each episode on
        assert seconds == pytest.approx(8.0 + 0.5 * (np.arange(len(seconds)) % 10 == 0))
    else:  # half a second more for each judgement or takeover
        assert seconds == pytest.approx(8.0 + 0.5 * (seconds > 8.0))


def test_the_examination_gives_all_points_to_the_best_choices():
    from envs.collection.features import MEMBERS

    examination = Examination(0, 4)
    values = (examination._value @ MEMBERS.T.astype(int)).reshape(100, 128)
    assert examination.score(values.argmax(axis=1)) == pytest.approx(100.0)
    rng = np.random.default_rng(0)
    some = np.array([a for a in range(128) if a % 32])
    chance = np.mean([examination.score(rng.choice(some, 100)) for _ in range(200)])
    assert chance == pytest.approx(9.6, abs=4.0)  # of one hundred levels; published is 9.6
