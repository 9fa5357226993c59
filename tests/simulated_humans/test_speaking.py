import re

import numpy as np
import pytest

from envs.collection.assignment import weights
from envs.collection.env import CollectionVectorEnv
from envs.collection.task import COLLECTION, CollectionConfig
from envs.collection.words import WORDS
from simulated_humans import sentences
from simulated_humans.phrases import DESCRIPTIVE, EVALUATIVE, IMPERATIVE, LEVELS
from simulated_humans.speaking import SpeakingHuman
from simulated_humans.speaking_config import SpeakingConfig
from teaching import Oracle, UserError, View

WORLDS = 200
ONLY = {
    kind: {k: float(k == kind) for k in ("evaluative", "imperative", "descriptive")}
    for kind in ("evaluative", "imperative", "descriptive")
}


def room(seed=0, worlds=WORLDS, **settings):
    config = CollectionConfig(assignment=None)
    env = CollectionVectorEnv(config, "train", worlds)
    obs, _ = env.reset(seed=3)
    human = SpeakingHuman(
        SpeakingConfig(**settings),
        COLLECTION.oracle(env, config),
        env.single_action_space,
        worlds,
        seed,
    )
    return env, obs, human


def view(obs, action, step=0):
    worlds = len(obs)
    return View(
        obs=obs,
        proposed_action=action,
        step=np.full(worlds, step),
        episode_start=np.full(worlds, step == 0),
        dt=8.0,
    )


def all_phrases():
    return [*EVALUATIVE.values(), IMPERATIVE, *DESCRIPTIVE.values()]


def test_no_held_out_sentence_is_one_that_listeners_learn_from():
    for phrases in all_phrases():
        assert phrases.held_out and not set(phrases.known) & set(phrases.held_out)
    assert set(EVALUATIVE) == set(DESCRIPTIVE) == set(LEVELS)


def test_judgements_have_the_thresholds_that_they_say():
    shares = [-1.0, -0.81, -0.8, -0.31, -0.3, -0.01, 0.0, 0.01, 0.3, 0.31, 0.8, 0.81, 1.0]
    levels = "worst worst bad bad poor poor nothing fair fair good good best best"
    assert " ".join(map(sentences.level_of, shares)) == levels
    assert [sentences.opposite(level) for level in LEVELS] == list(reversed(LEVELS))


def test_a_feature_promises_the_mean_of_what_it_takes_in():
    worth = sentences.feature_worth(WORDS, weights(0))
    named = dict(zip(WORDS.names, worth, strict=True))
    # Assignment 0: pink is bad, blue worthless, yellow good; circles 2, squares 5.5, triangles 9.
    assert named["yellow triangle"] == 9.0 and named["pink square"] == -5.5
    assert named["yellow"] == pytest.approx((2 + 5.5 + 9) / 3) == -named["pink"]
    assert named["blue"] == named["blue circle"] == 0.0
    assert np.isnan(named["circle"])  # some are good and some bad


def test_praise_goes_with_the_points():
    env, obs, human = room(**ONLY["evaluative"], more=0.0)
    values = env.batch.action_values()

    def said(action):
        return human.speak(view(obs, action)).text

    def sounds(level, text):
        forms = (
            re.escape(t).replace(r"\{things\}", ".+").replace(r"\{place\}", ".+")
            for t in known(level)
        )
        return any(re.fullmatch(form, text) for form in forms)

    def known(level):
        return EVALUATIVE[level].known

    assert all(sounds("best", text) for text in said(values.argmax(axis=1)))
    share = values.min(axis=1) / values.max(axis=1)
    for text, part in zip(said(values.argmin(axis=1)), share, strict=True):
        assert sounds("worst" if part < -0.8 else "bad" if part < -0.3 else "poor", text)


def test_instructions_name_the_place_of_the_best_action():
    env, obs, human = room(**ONLY["imperative"], more=0.0)
    best = env.batch.action_values().argmax(axis=1)
    texts = human.speak(view(obs, np.zeros(WORLDS, np.int64))).text
    for text, place in zip(texts, WORDS.place_of(obs, best), strict=True):
        if "that corner" not in text:
            assert any(word in text for word in WORDS.places[place].words), text


def test_descriptions_are_true():
    env, obs, human = room(**ONLY["descriptive"], more=0.0)
    texts = human.speak(view(obs, np.zeros(WORLDS, np.int64))).text
    for world, text in enumerate(texts):
        worth = sentences.feature_worth(WORDS, weights(int(env.batch.assignment[world])))
        colour = [t.name for t in WORDS.terms[:3] if any(w in text.split() for w in t.words)]
        true = worth[WORDS.names.index(colour[0])]
        if "worthless" in text or "nothing" in text or "zero" in text:
            assert true == 0
        if " bad" in text or "avoid" in text or "negative" in text:
            assert true < 0, text
        if (" good" in text and "slightly" not in text) or "most points" in text:
            assert true > 0 or "lose" in text, text


def test_a_saved_speaker_goes_on_as_the_original_does():
    settings = {"typos": 0.2, "hedges": 0.3, "silence": 0.3, "fatigue": 100.0}
    _, obs, human = room(worlds=4, budget_signals=30, **settings)
    action = np.full(4, 5)
    for step in range(3):
        human.speak(view(obs, action, step))
    _, _, twin = room(worlds=4, budget_signals=30, **settings)
    twin.load_state_dict(human.state_dict())
    for step in range(3, 8):
        first, second = human.speak(view(obs, action, step)), twin.speak(view(obs, action, step))
        assert first.text == second.text
        assert (first.human_seconds == second.human_seconds).all()


def test_a_world_hears_the_same_however_many_there_are():
    _, obs, many = room(worlds=6)
    _, few_obs, few = room(worlds=2)
    action = np.full(6, 7)
    assert np.array_equal(obs[:2], few_obs)
    assert many.speak(view(obs, action)).text[:2] == few.speak(view(few_obs, action[:2])).text


def test_a_task_without_words_cannot_be_spoken_of():
    oracle = Oracle(action=lambda obs: np.zeros(len(obs)))
    with pytest.raises(UserError, match="human=speaking speaks of a task that declares"):
        SpeakingHuman(SpeakingConfig(), oracle, None)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"typos": 1.5}, r"human\.typos must be in \[0, 1\], got 1.5"),
        ({"phrasing": "new"}, r"human\.phrasing must be one of known, held_out, all"),
        ({"evaluative": -1.0}, r"human\.evaluative must be ≥ 0, got -1.0"),
        (
            {"evaluative": 0.0, "imperative": 0.0, "descriptive": 0.0},
            r"one of human\.evaluative, human\.imperative and human\.descriptive must be > 0",
        ),
    ],
)
def test_settings_out_of_range_are_refused(setting, message):
    with pytest.raises(UserError, match=message):
        SpeakingConfig(**setting)
