import gymnasium as gym
import numpy as np
import pytest
from critics import KEYS, PI, REWARD, Q, bandit, critic, listen, look, near

from simulated_humans.forms import policy_merit, regret_merit
from teaching import Oracle, UserError

STICK = gym.spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, 20.0]), dtype=np.float64)
EACH = np.arange(4)  # one world for each action


def says(actions=EACH, view=None, **settings):
    record = critic(len(actions), **settings).evaluate(look(actions, **(view or {})))
    return np.where(record.mask, record.value, np.nan).tolist()


def test_merits_are_those_of_the_table():
    q, pi = np.tile(Q, (4, 1)), np.tile(PI, (4, 1))
    assert regret_merit(q, EACH) == pytest.approx([0.0, 0.0, -0.4, -3.0])
    assert policy_merit(q, EACH, pi) == pytest.approx([0.1, 0.1, -0.3, -2.9])


def test_action_praises_every_optimal_action_and_blames_the_others():
    assert says(form="action") == [1, 1, -1, -1]
    assert says(form="action", view={"probs": None}) == [1, 1, -1, -1]


def test_values_that_differ_by_rounding_tie():
    oracle = bandit(q=np.array([100.0, 100.0 - 1e-9, 99.0, 0.1 + 0.2]))
    assert says(form="action", oracle=oracle) == [1, 1, -1, -1]


def test_actions_are_counted_from_the_first_of_the_space():
    space = gym.spaces.Discrete(4, start=3)
    assert says(EACH + 3, form="action", space=space) == [1, 1, -1, -1]
    assert says(EACH + 3, form="advantage", scale="continuous", space=space) == pytest.approx(
        [0.1, 0.1, -0.3, -2.9]
    )


def test_closeness_is_how_far_the_action_falls_short():
    said = says(form="closeness", scale="continuous", say_neutral=True)
    assert said == pytest.approx([0.0, 0.0, -0.4, -3.0])
    clipped = says(form="closeness", scale="continuous", say_neutral=True, clip=1.0)
    assert clipped == pytest.approx([0.0, 0.0, -0.4, -1.0])


def test_closeness_of_continuous_actions_is_the_threshold_minus_the_distance():
    half_range = (STICK.high - STICK.low) / 2
    gaps = np.array([0.0, 0.25, 0.5, 1.0])
    expert = np.zeros((4, *STICK.shape), np.float32)
    oracle = Oracle(action=lambda obs: expert[: len(obs)])
    pushed = expert.copy()
    pushed[:, 0] = gaps * half_range[0]
    human = critic(
        4, form="closeness", scale="continuous", say_neutral=True, oracle=oracle, space=STICK,
        threshold=0.5,
    )  # fmt: skip
    record = human.evaluate(look(pushed))
    assert record.value.tolist() == pytest.approx((0.5 - gaps).tolist())


def test_progress_is_what_the_oracle_says_above_the_bar():
    gained = np.array([1.0, 0.25, 0.0, -2.0])
    oracle = Oracle(action=bandit().action, progress=lambda obs, actions: gained[actions])
    common = {"form": "progress", "scale": "continuous", "say_neutral": True, "oracle": oracle}
    assert says(**common) == [1.0, 0.25, 0.0, -2.0]
    assert says(clip=1.0, strictness=0.25, **common) == [0.75, 0.0, -0.25, -1.0]


def test_improvement_is_the_sign_of_the_advantage_with_a_dead_zone():
    assert says(form="improvement") == [1, 1, -1, -1]
    # The advantages are .1, .1, −.3 and −2.9.
    for zone, expected in ((0.09, [1, 1, -1, -1]), (0.11, [0, 0, -1, -1]), (0.31, [0, 0, 0, -1])):
        assert says(form="improvement", dead_zone=zone, say_neutral=True) == expected


def test_improvement_has_a_dead_zone_of_a_hundredth_unless_told():
    # π takes the first action with probability p: E_π Q* = p, and the advantage is 1 − p.
    oracle = bandit(q=np.array([1.0, 0.0, 0.0, 0.0]))
    for p, expected in ((0.985, 1), (0.995, 0)):
        view = {"probs": np.array([p, 1 - p, 0.0, 0.0])}
        said = says([0], form="improvement", oracle=oracle, view=view, say_neutral=True)
        assert said == [expected]


def test_advantage_is_its_magnitude():
    said = says(form="advantage", scale="continuous")
    assert said == pytest.approx([0.1, 0.1, -0.3, -2.9])


def test_an_action_that_is_all_that_the_learner_does_has_no_advantage_at_all():
    q, probs = np.array([0.1, 0.2, 0.3, 0.7]), np.array([0.1, 0.2, 0.3, 0.4])
    average = float(q @ probs)
    oracle = bandit(q=np.array([average, 0.2, 0.3, 0.7]))
    view = {"probs": np.array([1.0, 0.0, 0.0, 0.0])}
    assert says([0], form="advantage", say_neutral=True, oracle=oracle, view=view) == [0]


def test_task_is_the_true_reward_of_the_proposed_action():
    said = says(form="task", scale="continuous", say_neutral=True)
    assert said == pytest.approx(REWARD.tolist())
    assert says(form="task", say_neutral=True) == [1, -1, 0, -1]


def test_neutral_ratings_are_said_only_if_told_to():
    assert np.isnan(says(form="task", scale="continuous")[2])


def test_praise_diminishes_as_the_learner_gets_used_to_the_action():
    worlds, steps = 1600, 120
    actions = np.tile(np.repeat(EACH, worlds // 4), (steps, 1))
    said = listen(critic(worlds, form="diminishing"), actions)
    rate = said.mask.mean(axis=0).reshape(4, -1).mean(axis=1)
    # Praise with probability 1 − π(a|s); blame always.
    for action in (0, 1):
        assert near(rate[action], 1 - PI[action], worlds // 4 * steps)
    assert rate[2:].tolist() == [1, 1]
    assert (said.value[said.mask & (actions < 2)] == 1).all()
    assert (said.value[said.mask & (actions >= 2)] == -1).all()


@pytest.mark.parametrize("per", ["episode", "signal"])
def test_a_mixture_draws_its_forms_in_proportion(per):
    n, steps = 5000, 20
    human = critic(
        n,
        mixture={"action": 3.0, "task": 1.0, "advantage": 0.0},
        mixture_per=per,
        form="diminishing",
        scale="continuous",
    )
    # Action 1 is praised by action (1), and its reward is −.2.
    said = listen(human, np.full((steps, n), 1), starts=range(steps)).value
    assert set(said.ravel()) == {np.float32(1), np.float32(-0.2)}
    assert near((said == 1).mean(), 0.75, n * steps)


def test_a_form_lasts_for_an_episode_or_for_a_signal():
    n = 10_000
    mixture = {"action": 1.0, "task": 1.0}
    for per, changes in (("episode", 0.0), ("signal", 0.5)):
        human = critic(n, mixture=mixture, mixture_per=per)
        said = listen(human, np.full((11, n), 1), starts=(0, 10)).value
        within = (said[1:10] != said[:9]).mean()
        assert near(within, changes, 9 * n), per
        assert near((said[10] != said[9]).mean(), 0.5, n), per


def test_a_continuous_action_is_right_within_the_threshold():
    oracle = Oracle(action=lambda obs: np.tile([0.0, 10.0], (len(obs), 1)))
    proposed = np.array([[0.5, 10.0], [0.51, 10.0], [0.0, 4.9], [-0.5, 15.0]])
    # In half-ranges of 1 and 10 the distances are .5, .51, .51 and .5.
    view = look(proposed, probs=None)
    record = critic(4, space=STICK, oracle=oracle, threshold=0.5).evaluate(view)
    assert record.mask.all()
    assert record.value.tolist() == [1, -1, -1, 1]


def test_without_values_only_the_experts_own_action_is_right():
    oracle = Oracle(action=lambda obs: np.zeros(len(obs), np.int64))
    assert says(form="action", oracle=oracle) == [1, -1, -1, -1]


@pytest.mark.parametrize(
    ("form", "space", "oracle", "message"),
    [
        ("task", KEYS, Oracle(action=bandit().action), "needs an expert with reward"),
        ("progress", KEYS, Oracle(action=bandit().action), "needs an expert with progress"),
        ("improvement", KEYS, Oracle(action=bandit().action), "needs an expert with q_values"),
        ("advantage", KEYS, Oracle(action=bandit().action), "needs an expert with q_values"),
        ("improvement", STICK, bandit(), "choose human.form=action or task"),
        ("advantage", STICK, bandit(), "choose human.form=action or task"),
        ("diminishing", STICK, bandit(), "choose human.form=action or task"),
        ("action", gym.spaces.MultiBinary(3), bandit(), "Box and Discrete"),
    ],
)
def test_a_form_that_cannot_be_judged_is_refused_in_one_line(form, space, oracle, message):
    for settings in ({"form": form}, {"mixture": {form: 1.0}}):
        with pytest.raises(UserError, match=message) as error:
            critic(2, space=space, oracle=oracle, **settings)
        assert f"human.form={form}" in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("form", ["improvement", "advantage", "diminishing"])
def test_a_learner_that_shows_no_probabilities_is_refused_in_one_line(form):
    with pytest.raises(UserError, match="shows no action probabilities") as error:
        critic(1, form=form).evaluate(look([0], probs=None))
    assert f"human.form={form}" in str(error.value)
    assert "\n" not in str(error.value)


def test_bad_answers_are_one_clear_line():
    cases = [
        ("action", {"q_values": lambda obs: np.zeros((len(obs), 3))}, r"q_values .* \(2, 4\)"),
        ("action", {"q_values": lambda obs: np.full((len(obs), 4), np.nan)}, "finite"),
        ("task", {"reward": lambda obs, a: np.zeros((2, 1))}, r"reward .* \(2,\)"),
        ("task", {"reward": lambda obs, a: np.full(2, np.inf)}, "finite"),
        ("progress", {"progress": lambda obs, a: np.zeros((2, 1))}, r"progress .* \(2,\)"),
        ("action", {"action": lambda obs: np.zeros((2, 1))}, r"action .* \(2,\)"),
    ]
    for form, answers, message in cases:
        oracle = Oracle(**{"action": bandit().action, **answers})
        with pytest.raises(UserError, match=message) as error:
            critic(2, form=form, oracle=oracle).evaluate(look([0, 1]))
        assert "\n" not in str(error.value)
    with pytest.raises(UserError, match=r"\(2, 4\)"):
        critic(2, form="advantage").evaluate(look([0, 1], probs=np.ones(3) / 3))
