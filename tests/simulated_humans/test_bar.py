import math

import gymnasium as gym
import numpy as np
import pytest
from critics import REWARD, critic, listen, look

from simulated_humans.bar import Bar
from teaching import Oracle, Prices

EACH = np.arange(4)


def says(**settings):
    return critic(4, say_neutral=True, **settings).evaluate(look(EACH)).value.tolist()


def test_a_strict_human_asks_for_more_and_a_lenient_one_for_less():
    # Rewards .3, −.2, 0, −4.
    assert says(form="task") == [1, -1, 0, -1]
    assert says(form="task", strictness=0.1) == [1, -1, -1, -1]
    assert says(form="task", strictness=-0.3) == [1, 1, 1, -1]
    # Advantages .1, .1, −.3, −2.9.
    assert says(form="improvement", strictness=0.2) == [-1, -1, -1, -1]
    assert says(form="improvement", strictness=-0.5) == [1, 1, 1, -1]
    advantage = says(form="advantage", scale="continuous", strictness=1.0)
    assert advantage == pytest.approx([-0.9, -0.9, -1.3, -3.9])


@pytest.mark.parametrize("form", ["action", "diminishing"])
def test_nobody_can_ask_for_better_than_the_best(form):
    probs = np.full(4, 0.0)
    human = critic(4, form=form, strictness=5.0)
    assert human.evaluate(look(EACH, probs=probs)).value.tolist() == [1, 1, -1, -1]
    # Worse than the best by .4 and 3.
    human = critic(4, form=form, strictness=-0.5)
    assert human.evaluate(look(EACH, probs=probs)).value.tolist() == [1, 1, 1, -1]


def test_strictness_moves_the_threshold_of_a_continuous_action():
    space = gym.spaces.Box(-1.0, 1.0, (1,), np.float64)
    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 1)))
    view = look(np.array([[0.0], [0.25], [0.45], [0.75]]))
    for strictness, expected in (
        (0.0, [1, 1, 1, -1]),
        (0.125, [1, 1, -1, -1]),
        (-0.25, [1, 1, 1, 1]),
        (9.0, [1, -1, -1, -1]),
    ):
        human = critic(4, space=space, oracle=oracle, threshold=0.5, strictness=strictness)
        assert human.evaluate(view).value.tolist() == expected


def test_the_bar_drifts_with_human_time_and_across_episodes():
    prices = Prices(watch=1.0, judge=0.4)  # 0.5 s of human time a step that is judged
    human = critic(
        form="task", scale="continuous", strictness=0.1, drift=6.0, prices=prices, say_neutral=True
    )
    value = listen(human, np.zeros((200, 1), int), starts=(0, 70, 140)).value[:, 0]
    # 6 a minute are 0.05 a step.
    assert value == pytest.approx(REWARD[0] - 0.1 - 0.05 * np.arange(200), abs=1e-5)


def test_the_bar_wanders_as_a_random_walk_in_human_time():
    n, wander = 100_000, 0.7
    bar = Bar(0.2, 0.0, wander, n)
    rng = np.random.default_rng(0)
    seconds = np.tile([5.0, 20.0], n // 2)
    heights = [bar.height.copy()]
    for _ in range(6):
        bar.move(seconds, rng.standard_normal(n))
        heights.append(bar.height.copy())
    assert (heights[0] == 0.2).all()
    for k, height in enumerate(heights[1:], start=1):
        for world, dt in ((0, 5.0), (1, 20.0)):
            x = height[world::2] - 0.2
            variance = wander**2 * k * dt / 60
            assert abs(x.mean()) <= 3 * math.sqrt(variance / len(x))
            # The variance of a sample variance of normals is 2σ⁴/n.
            assert abs(x.var() / variance - 1) <= 3 * math.sqrt(2 / len(x))
    first, later = heights[3] - heights[0], heights[6] - heights[3]
    assert abs(np.corrcoef(first[::2], later[::2])[0, 1]) <= 3 / math.sqrt(n / 2)


def test_a_critics_mood_is_its_worlds_own():
    n, wander, steps = 3000, 0.5, 31
    prices = Prices(watch=20.0, judge=0.0)  # 2 s a step
    human = critic(n, form="task", scale="continuous", wander=wander, prices=prices)
    mood = REWARD[0] - listen(human, np.zeros((steps, n), int)).value[-1]
    # After 30 steps a minute has passed.
    assert abs(mood.var() / wander**2 - 1) <= 3 * math.sqrt(2 / n)
    assert len(np.unique(mood)) == n
