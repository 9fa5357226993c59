import numpy as np
import pytest
from tiny import NoiseReward, Slide

import envs  # noqa: F401
from algorithms.verbal import fit, losses, network
from algorithms.verbal.agent import InferenceNetwork, LiteralLearner, PragmaticLearner
from algorithms.verbal.config import InferenceNetworkConfig, LiteralConfig, PragmaticConfig
from algorithms.verbal.listening import category
from algorithms.verbal.listening.listener import Listener, meaning
from algorithms.verbal.listening.sentiment import literal, pragmatic
from envs.collection.env import CollectionEnv, CollectionVectorEnv
from envs.collection.features import encode, features, show
from envs.collection.task import COLLECTION, CollectionConfig
from envs.collection.words import WORDS
from simulated_humans.speaking import SpeakingHuman
from simulated_humans.speaking_config import SpeakingConfig
from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop

LEARNERS = (LiteralLearner, PragmaticLearner, InferenceNetwork)
NAMES = WORDS.names


def level():
    """Top left: five pink circles; top right: five blue squares; the rest yellow triangles."""
    colour = np.repeat([0, 1, 2, 2], 5).reshape(4, 5)
    return show(np.zeros((4, 5, 2)), colour, colour)


TOP_LEFT = encode(np.array([0]), np.ones((1, 5), bool))[0]


def unit(*names):
    vector = np.array([name in names for name in NAMES], float)
    return vector / vector.sum()


def taught(make=LiteralLearner, seed=0, env=None, **settings):
    env = env or CollectionEnv(CollectionConfig(levels=3))
    config = env.unwrapped.config
    human = SpeakingHuman(
        SpeakingConfig(**settings), COLLECTION.oracle(env, config), env.action_space, 1, seed
    )
    return make(HumanInTheLoop(env, human), seed=seed)


# The belief.


def test_an_observation_multiplies_the_published_normal_onto_the_belief():
    rng = np.random.default_rng(0)
    f, zeta, noise = unit("pink circle", "circle"), 12.0, 0.5
    root = rng.normal(size=(15, 15))
    precision, shift = root @ root.T + np.eye(15), rng.normal(size=15)
    before = np.linalg.inv(precision) @ shift
    # Sumers et al.: N(f ζ, precision f fᵀ/σ²), multiplied by the rule for normals.
    theirs = np.outer(f, f) / noise
    after = np.linalg.inv(precision + theirs) @ (precision @ before + theirs @ (f * zeta))
    more, moved = losses.observation(f, zeta, noise)
    assert losses.mean(precision + more, shift + moved) == pytest.approx(after)


def test_an_observation_is_regression_of_the_sentiment_times_the_squared_norm():
    f, zeta, noise = unit("pink", "blue"), 30.0, 0.5
    more, moved = losses.observation(f, zeta, noise)
    precision, shift = losses.prior(15, 25.0)
    found = losses.mean(precision + more, shift + moved)
    # Of y = f·w + ε with y = ζ‖f‖² and w ~ N(0, 25 I): E[w] = 25 f y / (25 ‖f‖² + σ²).
    squared = f @ f
    assert squared == pytest.approx(0.5)
    assert found == pytest.approx(25 * f * zeta * squared / (25 * squared + noise))
    assert found[NAMES.index("pink")] != pytest.approx(25 * 0.5 * zeta / (25 * squared + noise))


def test_weights_are_drawn_from_the_belief():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(3, 3))
    precision, shift = root @ root.T + np.eye(3), rng.normal(size=3)
    draws = losses.draw(precision, shift, rng.standard_normal((200_000, 3)))
    covariance = np.linalg.inv(precision)
    assert draws.mean(axis=0) == pytest.approx(covariance @ shift, abs=0.01)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.01)


def test_what_is_not_named_shares_what_is_left():
    rest = losses.unmentioned(unit("pink", "pink circle"))
    assert rest.sum() == pytest.approx(1) and (rest > 0).sum() == 13
    assert rest[NAMES.index("pink")] == 0
    assert losses.unmentioned(np.full(15, 1 / 15)) is None


# Listening.


def test_a_clause_that_names_features_refers_to_their_conjunctions():
    listener = Listener(WORDS)

    def about(text):
        (heard,) = listener.hear(text, level(), TOP_LEFT)
        return heard.reference

    assert about("pink circles are good") == pytest.approx(unit("pink circle"))
    assert about("magenta ones are bad") == pytest.approx(unit("pink"))
    assert about("pink and blue boxes are the best") == pytest.approx(
        unit("pink square", "blue square")
    )
    assert about("pikn sqaures are bad") == pytest.approx(unit("pink square"))
    assert about("wombats are the best") is None


def test_praise_is_about_what_was_collected_and_a_place_about_what_lies_there():
    listener = Listener(WORDS)
    praise, go = listener.hear("good job. go to the upper right", level(), TOP_LEFT)
    assert (praise.category, go.category) == ("evaluative", "imperative")
    assert praise.reference == pytest.approx(unit("pink", "circle", "pink circle"))
    assert go.reference == pytest.approx(unit("blue", "square", "blue square"))
    assert "top right" in meaning(go, 0.5)


def test_an_ordinary_word_is_not_taken_for_a_misspelt_one():
    (heard,) = Listener(WORDS).hear("pick the ones in the top right", level(), TOP_LEFT)
    assert heard.category == "imperative" and "pink" not in heard.about


def test_nothing_collected_is_nothing_that_praise_could_be_about():
    (heard,) = Listener(WORDS).hear("good job", level(), np.int64(0))
    assert heard.reference is None and "not understood" in meaning(heard, 0.4)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("good job", ["good job"]),
        ("nice! go left", ["nice!", "go left"]),
        ("pink is 1.5, blue -2", ["pink is 1.5", "blue -2"]),
        ("good but blue is bad", ["good", "blue is bad"]),
        ("ok - next time, left; right", ["ok", "next time", "left", "right"]),
        ("...", []),
        (":)", [":)"]),
        ("", []),
    ],
)
def test_utterances_are_cut_where_a_thought_ends(text, clauses):
    from algorithms.verbal.listening.clauses import split

    assert split(text) == clauses


def test_pragmatic_sentiment_takes_naming_for_praise_and_worthless_for_nothing():
    neutral = "go for the blue squares"
    assert literal(neutral) == 0.0 and pragmatic(neutral) == 0.5
    assert pragmatic("blue ones are worthless") == 0.0 > literal("blue ones are worthless")
    assert pragmatic("terrible") == literal("terrible") < 0


# The classifier and the network.


def test_the_classifier_does_as_scikit_learn_does():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    clauses = [["good", "job"], ["go", "to", "PLACE"], ["TERM", "are", "bad"], ["so", "bad"]] * 5
    labels = ["evaluative", "imperative", "descriptive", "evaluative"] * 5
    ours = fit.fit_classifier(clauses, labels, category.CATEGORIES)
    vectorizer = TfidfVectorizer(analyzer=category.grams, min_df=2)
    features = vectorizer.fit_transform(clauses)
    numbers = [category.CATEGORIES.index(label) for label in labels]
    theirs = LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")
    theirs.fit(features, numbers)
    for clause in (*clauses[:4], ["go", "bad", "unheard"], ["unheard"]):
        expected = theirs.predict_proba(vectorizer.transform([clause]))[0]
        assert ours.probabilities(clause) == pytest.approx(expected)


def test_a_stored_classifier_is_the_same_and_a_broken_one_is_refused():
    ours = category.shipped()
    again = category.read_classifier(ours.to_bytes(), "memory")
    clause = ["go", "to", "the", "PLACE"]
    assert again.probabilities(clause) == pytest.approx(ours.probabilities(clause))
    with pytest.raises(UserError, match="x is no classifier of clauses"):
        category.read_classifier(b"PK nonsense", "x")
    with pytest.raises(UserError, match="x is no inference network"):
        network.read_network(ours.to_bytes(), "x")


def test_the_shipped_classifier_knows_the_kind_of_sentences_it_has_not_seen():
    """As well as the published one did of its own: a weighted F1 of .86."""
    from coachable.train_listener import judged, weighted_f1

    assert weighted_f1(*judged(category.shipped(), "held_out", 5, rounds=3)) > 0.86


def test_the_network_answers_as_torch_does_and_learns():
    import torch as th

    texts = ["pink good", "blue good", "pink bad", "blue bad"] * 8
    counts = np.random.default_rng(0).integers(0, 3, (32, 15)).astype(float)
    target = np.tile([[9.0, 0.0], [0.0, 9.0], [-9.0, 0.0], [0.0, -9.0]], (8, 1))
    vocabulary, parts = fit.fit_network(texts, counts, target, 200, 0)
    net = network.read_network(network.to_bytes(vocabulary, NAMES, parts), "memory")
    embedding, w1, b1, w2, b2 = (th.as_tensor(part) for part in parts)
    rows = th.tensor([[net.index["pink"], net.index["good"]]])
    bag = th.nn.functional.embedding_bag(rows, embedding)
    x = th.cat([bag, th.as_tensor(counts[:1], dtype=th.float32)], dim=1)
    expected = 10 * (w2 @ (w1 @ x[0] + b1).relu() + b2)
    assert net.weights("pink good", counts[0]) == pytest.approx(expected.numpy(), rel=1e-4)
    found = np.array([net.weights(t, c) for t, c in zip(texts, counts, strict=True)])
    assert np.abs(found - target).mean() < 1.0
    assert np.isfinite(net.weights("", counts[0])).all()


# Learners.


def test_naming_without_praise_recommends_to_the_pragmatic_learner_alone():
    obs = level()
    belief = {}
    for make in (LiteralLearner, PragmaticLearner):
        learner = taught(make)
        learner.hear("go for the blue squares", obs, TOP_LEFT)
        belief[make] = learner.belief[0][0]
    blue_square = NAMES.index("blue square")
    assert belief[LiteralLearner][blue_square] == 0.0
    # One observation of ζ = 15 on one feature: 25 ζ / (25 + σ²); the other one is on the rest.
    assert belief[PragmaticLearner][blue_square] == pytest.approx(25 * 15 / 25.5)
    rest = np.delete(belief[PragmaticLearner], blue_square)
    assert (rest < 0).all()


@pytest.mark.parametrize("make", LEARNERS)
def test_a_learner_does_what_it_is_told_is_best(make):
    learner = taught(make)
    for _ in range(4):
        learner.hear("blue squares are the best", level(), TOP_LEFT)
    action, _ = learner.predict(level(), deterministic=True)
    counts = features(level()[None], np.atleast_1d(action))[0]
    assert counts[NAMES.index("blue square")] == 5


@pytest.mark.parametrize("make", LEARNERS)
def test_a_saved_learner_goes_on_as_the_original_does(make):
    first = taught(make, typos=0.1)
    first.learn(6)
    state = first.state_dict()
    first.learn(12)
    second = taught(make, typos=0.1)
    second.load_state_dict(state)
    second.learn(12)
    for name, value in first.learned()["parameters"].items():
        assert np.array_equal(value, second.learned()["parameters"][name])
    assert first.understood == second.understood


@pytest.mark.parametrize("make", LEARNERS)
def test_the_true_reward_never_reaches_a_learner_from_words(make):
    plain = taught(make)
    noisy = taught(make, env=NoiseReward(CollectionEnv(CollectionConfig(levels=3)), 5))
    for learner in (plain, noisy):
        learner.learn(9)
    assert np.array_equal(plain.shift, noisy.shift)
    assert np.abs(plain.shift).max() > 0


def test_learners_side_by_side_are_each_taught_alone():
    config = CollectionConfig(levels=5, assignment=None)
    env = CollectionVectorEnv(config, "train", 3)
    human = SpeakingHuman(
        SpeakingConfig(), COLLECTION.oracle(env, config), env.single_action_space, 3, 0
    )
    learner = PragmaticLearner(VectorHumanInTheLoop(env, human), seed=0, independent=True)
    learner.learn(15)
    assert learner.shift.shape == (3, 15)
    assert len({row.tobytes() for row in learner.shift}) == 3
    before = learner.shift.copy()
    learner.hear("pink ones are bad", level(), TOP_LEFT, learner=1)
    assert np.array_equal(before[[0, 2]], learner.shift[[0, 2]])
    assert not np.array_equal(before[1], learner.shift[1])


def test_the_learner_says_what_it_understood():
    learner = taught()
    learner.hear("pink squares are great, wombats are the best", level(), TOP_LEFT)
    ((text, told),) = learner.understood
    assert text == "pink squares are great, wombats are the best"
    assert "pink square is good (+0.62)" in told
    assert '"wombats are the best": not understood' in told


def test_a_task_without_words_is_refused_in_one_line():
    with pytest.raises(UserError, match="algorithm=literal needs a task that declares what words"):
        LiteralLearner(Slide())


@pytest.mark.parametrize(
    ("config", "setting", "message"),
    [
        (LiteralConfig, {"scale": 0.0}, "algorithm.scale must be > 0, got 0.0"),
        (PragmaticConfig, {"unmentioned": 1.0}, "algorithm.unmentioned must be ≤ 0, got 1.0"),
        (LiteralConfig, {"noise_variance": -1.0}, "algorithm.noise_variance must be > 0"),
        (InferenceNetworkConfig, {"prior_variance": 0.0}, "algorithm.prior_variance must be > 0"),
    ],
)
def test_settings_out_of_range_are_refused(config, setting, message):
    with pytest.raises(UserError, match=message.replace(".", r"\.")):
        config(**setting)


def test_weights_that_are_not_there_are_named(tmp_path):
    with pytest.raises(UserError, match=r"has no network\.npz"):
        taught(
            lambda env, seed: InferenceNetwork(env, InferenceNetworkConfig(weights=str(tmp_path)))
        )
