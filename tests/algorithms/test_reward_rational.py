import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit, log_softmax

import envs  # noqa: F401
from algorithms.reward_rational import losses
from algorithms.reward_rational.agent import RewardRational
from algorithms.reward_rational.config import RewardRationalConfig
from algorithms.reward_rational.evidence import Evidence
from envs.collection.env import CollectionEnv
from envs.collection.task import COLLECTION, CollectionConfig
from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.config import InterveningConfig
from simulated_humans.evaluating import EvaluatingHuman
from simulated_humans.evaluating_config import EvaluatingConfig
from simulated_humans.intervening import InterveningHuman
from teaching import HumanInTheLoop, UserError

K = 3


def data(seed=0):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=K), rng.normal(size=(6, K)), rng.normal(size=(5, 4, K))


@pytest.mark.parametrize("name", ["prior", "comparisons", "choices", "ratings"])
def test_gradients_and_hessians_are_those_of_finite_differences(name):
    rng, w, x, options = data()
    arguments = {
        "prior": (2.0,),
        "comparisons": (x, np.array([1.0, 0.0, 0.5, 1.0, 1.0, 0.0]), 0.7),
        "choices": (options, np.array([0, 3, 1, 1, 2]), 0.7),
        "ratings": (x, rng.normal(size=6), 2.0),
    }[name]
    term = getattr(losses, name)
    _, gradient, hessian = term(w, *arguments)
    assert gradient == pytest.approx(approx_fprime(w, lambda v: term(v, *arguments)[0]), abs=1e-5)
    rows = [approx_fprime(w, lambda v, k=k: term(v, *arguments)[1][k]) for k in range(K)]
    assert hessian == pytest.approx(np.array(rows), abs=1e-5)


def test_the_losses_are_the_probabilities_of_the_paper():
    _, w, x, options = data()
    # Bradley–Terry, P = exp(βr₁) / (exp(βr₁) + exp(βr₂)), and the choice among four.
    first = losses.comparisons(w, x, np.ones(6), 0.7)[0]
    assert first == pytest.approx(-np.log(expit(0.7 * x @ w)).sum())
    exact = -log_softmax(0.7 * options @ w, axis=1)[:, 2].sum()
    assert losses.choices(w, options, np.full(5, 2), 0.7)[0] == pytest.approx(exact)


def test_of_ratings_alone_the_belief_is_bayesian_regression():
    config = RewardRationalConfig(prior_variance=4.0, noise_variance=2.0)
    evidence, (rng, _, x, _) = Evidence(config, K, 4), data()
    said = rng.normal(size=6)
    for row, y in zip(x, said, strict=True):
        evidence.rate(row, y)
    evidence.maximise()
    precision = np.eye(K) / 4 + x.T @ x / 2
    assert evidence.precision == pytest.approx(precision)
    assert evidence.mean == pytest.approx(np.linalg.solve(precision, x.T @ said / 2))


def test_the_belief_of_everything_together_is_the_minimum_that_scipy_finds():
    config = RewardRationalConfig(rationality=1.5)
    evidence, (_, _, x, options) = Evidence(config, K, 4), data(1)
    for k in range(5):
        evidence.compare(x[k], [1.0, 0.0, 0.5, 1.0, 1.0][k])
        evidence.choose(options[k], k % 4)
        evidence.rate(x[k], float(k))
    evidence.maximise()
    best = minimize(lambda w: evidence.loss(w)[0], np.zeros(K), method="BFGS", tol=1e-10)
    assert evidence.mean == pytest.approx(best.x, abs=1e-4)


def test_weights_are_drawn_from_the_belief():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(K, K))
    mean, precision = rng.normal(size=K), root @ root.T + np.eye(K)
    drawn = losses.draw(mean, precision, rng.standard_normal((40_000, K)))
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.02)
    assert np.cov(drawn.T) == pytest.approx(np.linalg.inv(precision), abs=0.02)


HUMANS = {
    "comparisons": (ComparingHuman, ComparingConfig, {}, {}),
    "praise": (EvaluatingHuman, EvaluatingConfig, {"form": "improvement"}, {}),
    "ratings": (
        EvaluatingHuman,
        EvaluatingConfig,
        {"form": "task", "scale": "continuous", "say_neutral": True},
        {"praise": "number"},
    ),
    "interventions": (InterveningHuman, InterveningConfig, {}, {}),
}


def taught(kind, seed=0):
    human, config, settings, own = HUMANS[kind]
    env = CollectionEnv(CollectionConfig(levels=5))
    oracle = COLLECTION.oracle(env, env.config)
    person = human(config(**settings), oracle, env.action_space, 1, seed)
    return RewardRational(HumanInTheLoop(env, person), RewardRationalConfig(**own), seed)


@pytest.mark.parametrize("kind", HUMANS)
def test_forty_levels_of_any_feedback_teach_which_colours_and_shapes_are_worth_having(kind):
    learner = taught(kind).learn(40)
    pairs = list(learner.words.finest)
    whole = [
        sum(w for f, w in zip(learner.words.features, learner.evidence.mean, strict=True)
            if set(f) <= set(learner.words.features[k]))
        for k in pairs
    ]  # fmt: skip
    from envs.collection.assignment import weights

    assert np.corrcoef(whole, weights(0)[pairs])[0, 1] > 0.8


@pytest.mark.parametrize("kind", ["comparisons", "interventions"])
def test_a_saved_learner_goes_on_as_it_would_have(kind):
    first = taught(kind).learn(10)
    state = first.state_dict()
    second = taught(kind)
    second.load_state_dict(state)
    assert np.array_equal(first.learn(20).evidence.mean, second.learn(20).evidence.mean)


def test_what_is_let_pass_counts_only_where_it_is_to():
    heed, ignore = taught("interventions"), taught("interventions")
    ignore._watched = False
    heed.learn(15), ignore.learn(15)
    assert heed.evidence.counts()["choices"] == 15 > ignore.evidence.counts()["choices"] > 0


def test_a_task_without_features_is_refused():
    from tiny import Line, Rescuer

    with pytest.raises(UserError, match="algorithm=reward_rational needs a task that declares"):
        RewardRational(HumanInTheLoop(Line(limit=7), Rescuer(discrete=True)))
