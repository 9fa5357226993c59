from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from algorithms.verbal.corrections.listening import CorrectionListener
from algorithms.verbal.listening.listener import Listener
from envs.collection.env import CollectionEnv
from envs.collection.task import COLLECTION, CollectionConfig
from envs.collection.words import WORDS
from envs.driving.constants import DT, HALF_ROAD, MAX_SPEED
from envs.driving.env import DrivingEnv
from envs.driving.manner import MANNER as DRIVING
from envs.driving.task import DRIVING as TASK
from simulated_humans import comparing_manners
from simulated_humans.corrector import CorrectorHuman
from simulated_humans.corrector_config import CorrectorConfig
from teaching import HumanInTheLoop, Oracle, UserError
from teaching import info as keys
from teaching.marks import ahead, lag, past

SPEED, OFFSET, STEER = 32, 35, 0
SIZES = {"little": 0.45, "some": 1.2, "much": 2.4}
NAMES = [quality.name for quality in DRIVING.named]


@pytest.fixture(scope="module")
def drive():
    """The expert's own drive on a road where it changes lanes: observations and actions."""
    env = DrivingEnv()
    oracle = TASK.oracle(env, env.config)
    for seed in range(20):
        env.reset(seed=seed)
        obs, action = oracle.episode(0)
        if (np.diff(np.sign(obs[:, OFFSET])) != 0).sum() >= 2 and len(obs) > 150:
            return obs.astype(float), action.astype(float)
    raise AssertionError("no road with two changes of lane")


def corrector(env=None, oracle=None, **settings):
    env = env or DrivingEnv()
    oracle = oracle or TASK.oracle(env, env.config)
    return CorrectorHuman(CorrectorConfig(**settings), oracle, env.action_space)


def planted(drive, kind, spreads):
    """The same drive with so many spreads more of one thing, and of nothing else."""
    obs, action = (part.copy() for part in drive)
    amount = spreads * DRIVING.named[NAMES.index(kind)].spread
    if kind == "speed":  # the same places at another time
        speed = obs[:, SPEED] * MAX_SPEED
        place = np.concatenate([[0.0], np.cumsum(speed * DT)[:-1]])
        faster = np.maximum(speed + amount, 0.5)
        when = np.concatenate([[0.0], np.cumsum(speed * DT / faster)[:-1]])
        where = np.interp(np.arange(0.0, when[-1], DT), when, place)
        obs, action = (
            np.stack([np.interp(where, place, column) for column in part.T], axis=1)
            for part in (obs, action)
        )
        obs[:, SPEED] += amount / MAX_SPEED
    elif kind == "position":
        obs[:, OFFSET] += amount / HALF_ROAD
    elif kind == "smoothness":  # less of it: hands that go to and fro at each step
        steady, to_and_fro = action[:, STEER].copy(), (-1.0) ** np.arange(len(action))
        sway, before = 0.0, np.abs(np.diff(steady)).mean()
        while np.abs(np.diff(action[:, STEER])).mean() < before - amount:
            sway += 1e-3
            action[:, STEER] = steady + sway * to_and_fro
    elif kind == "timing":  # less of it: everything comes so many steps later
        late = round(-amount / DT)
        action[late:] = action[:-late].copy()
    else:  # for one step, past where the car settles in the lane that it has changed into
        offset = obs[:, OFFSET] * HALF_ROAD
        place = np.cumsum(obs[:, SPEED] * MAX_SPEED * DT)
        crossed = [*(np.flatnonzero(np.diff(np.sign(offset)) != 0) + 1).tolist(), len(offset)]
        for at, following in pairwise(crossed):
            side, there = np.sign(offset[at]), place[at:following] > place[at] + 25.0
            across = side * offset[at:following]
            if there.any():
                settled, far = np.median(across[there]), int(across[~there].argmax())
                swing = max(across[far] - settled, 0.0)
                obs[at + far, OFFSET] = side * (settled + swing + amount) / HALF_ROAD
    return obs, action


CASES = [
    *(("speed", way * x, size) for size, x in SIZES.items() for way in (1, -1)),
    *(("position", way * SIZES[size], size) for size in ("little", "some") for way in (1, -1)),
    *(("smoothness", -x, size) for size, x in SIZES.items()),
    ("timing", -0.5, "little"),  # of 0.2 s: one step, three, five
    ("timing", -1.5, "some"),
    ("timing", -2.5, "much"),
    *(("overshoot", x, size) for size, x in SIZES.items()),
]


@pytest.mark.parametrize(("kind", "spreads", "size"), CASES)
def test_a_planted_deviation_is_named_with_its_kind_its_way_and_its_size(
    drive, kind, spreads, size
):
    rng = np.random.default_rng(0)
    human = corrector()
    meant = human.correction_of(planted(drive, kind, spreads), drive, rng)
    assert NAMES[meant.quality] == kind
    assert (meant.direction, meant.size) == (-np.sign(spreads), size)
    # And it is heard as it was meant, whatever the sentence.
    listener = CorrectionListener(DRIVING)
    for _ in range(5):
        asked = listener.hear(comparing_manners.say(meant, DRIVING, "known", rng))
        assert (asked.quality, asked.direction, asked.size) == (
            meant.quality, meant.direction, meant.size,
        )  # fmt: skip


def test_a_drive_like_the_experts_is_just_right(drive):
    meant = corrector().correction_of(drive, drive, np.random.default_rng(0))
    assert meant.direction == 0


@pytest.mark.parametrize("late", [-1.0, 0.25, 0.7])
def test_a_lag_is_found_between_the_points_of_the_grid_and_whoever_is_slower(late):
    place = np.linspace(0.0, 40.0, 300)

    def signal(x):
        return np.exp(-((x - 12.0) ** 2)) - np.exp(-((x - 25.0) ** 2) / 2)

    slower = np.linspace(0.0, 40.0, 411)
    found = lag(slower, signal(slower - late), place, signal(place), 2.0, 0.1)
    assert found == pytest.approx(late, abs=0.02)
    assert np.isnan(lag(place, np.zeros(300), place, signal(place), 2.0, 0.1))
    assert np.isnan(lag(place, signal(place), place, np.zeros(300), 2.0, 0.1))


def test_past_is_how_far_beyond_and_ahead_is_first_order():
    assert past(np.array([3.0, 1.0, -0.5, -0.2])) == 0.5 and past(np.array([3.0, 1.0])) == 0.0
    t = np.arange(5) * 0.1  # a ramp of 2 a second, 0.3 s earlier, is 0.6 further on
    action = (2.0 * t)[:, None]
    assert ahead(action[1:], action[:-1], np.full(4, 0.3), 0.1) == pytest.approx(action[1:] + 0.6)


# Wrong things.


def collection(share):
    """An episode of the expert's, and one that takes all of the worst corner on some levels."""
    env = CollectionEnv(CollectionConfig(levels=10))
    oracle = COLLECTION.oracle(env, env.config)
    env.reset(seed=3)
    right = oracle.episode(0)
    obs, action = right[0], right[1].copy()
    for level in range(round(10 * share)):
        values = env.batch.value[0, level].sum(axis=1)
        action[level] = 32 * int(values.argmin()) + 31
    return oracle, (obs, action), right


@pytest.mark.parametrize(("share", "size"), [(0.1, "little"), (0.3, "some"), (1.0, "much")])
def test_wrong_things_are_named_with_what_would_have_been_right(share, size):
    oracle, mine, right = collection(share)
    human = corrector(CollectionEnv(), oracle)
    meant = human.correction_of(mine, right, np.random.default_rng(0))
    names = oracle.manner.things.names
    mine_had, right_had = (oracle.manner.things.handled(t) for t in (mine, right))
    surplus = np.maximum(mine_had - right_had, 0)
    off = 3 * surplus.sum() / mine_had.sum()
    assert meant.size == size == comparing_manners.size_of(off)
    assert surplus[names.index(meant.taken)] == surplus.max()
    assert right_had[names.index(meant.wanted)] > mine_had[names.index(meant.wanted)]


def test_a_listener_who_knows_no_corrections_hears_what_the_wrong_things_are_worth():
    oracle, mine, right = collection(1.0)
    human = corrector(CollectionEnv(), oracle)
    rng = np.random.default_rng(1)
    meant = human.correction_of(mine, right, rng)
    obs, action = right[0][0], right[1][0]
    for phrasing in ("known", "held_out"):
        text = comparing_manners.say(meant, oracle.manner, phrasing, rng)
        heard = Listener(WORDS).hear(text, obs, action)
        feeling = {h.about: h.literal for h in heard if h.category == "descriptive"}
        assert feeling[meant.taken.rstrip("s")] < 0 < feeling[meant.wanted.rstrip("s")]


# In an environment.


def test_it_speaks_once_an_episode_of_the_one_before_and_is_paid_for_watching_and_words():
    env = DrivingEnv()
    human = corrector(env)
    looped = HumanInTheLoop(env, human)
    looped.reset(seed=0)
    for _ in range(30):  # stands still: much too slow
        info = looped.step(np.zeros(2, np.float32))[4]
        assert info[keys.UTTERANCE] == "" and info[keys.HUMAN_SECONDS] == pytest.approx(DT)
    looped.reset()
    info = looped.step(np.zeros(2, np.float32))[4]
    words = info[keys.UTTERANCE].split()
    assert CorrectionListener(DRIVING).hear(info[keys.UTTERANCE]).direction == 1
    assert info[keys.HUMAN_SECONDS] == pytest.approx(DT + 0.4 * len(words))
    assert looped.step(np.zeros(2, np.float32))[4][keys.UTTERANCE] == ""


def test_what_is_not_going_to_be_spoken_of_is_not_compared_with_anything():
    env = DrivingEnv()
    oracle, asked = TASK.oracle(env, env.config), []

    def episode(world):
        asked.append(world)
        return oracle.episode(world)

    human = corrector(env, replace(oracle, episode=episode), every=3)
    looped, spoken = HumanInTheLoop(env, human), []
    for _ in range(7):
        looped.reset(seed=0)
        texts = [looped.step(np.zeros(2, np.float32))[4][keys.UTTERANCE] for _ in range(30)]
        spoken.append(any(texts))
    assert spoken == [False, False, False, True, False, False, True]
    assert asked == [0, 0]  # of the third and the sixth, as they began


def test_whoever_is_not_heard_turns_to_something_else_after_a_while():
    env = DrivingEnv()
    human = corrector(env, patience=2)
    looped, heard = HumanInTheLoop(env, human), []
    listener = CorrectionListener(DRIVING)
    for _ in range(7):
        looped.reset(seed=0)
        for _ in range(40):
            info = looped.step(np.array([0.02, 0.1], np.float32))[4]
            if info[keys.UTTERANCE]:
                heard.append(listener.hear(info[keys.UTTERANCE]).quality)
    assert heard[0] == heard[1] != heard[2] and heard[3] == heard[0]


def test_a_saved_corrector_says_what_it_would_have_said():
    env = DrivingEnv()
    first = corrector(env, phrasing="all", temperature=1.0)
    looped = HumanInTheLoop(env, first)
    looped.reset(seed=1)
    for _ in range(25):
        looped.step(np.array([0.1, 0.4], np.float32))
    second = corrector(env, phrasing="all", temperature=1.0)
    second.load_state_dict(first.state_dict())
    said = []
    for human in (first, second):
        twin = DrivingEnv()
        twin.reset(seed=2)
        again = HumanInTheLoop(twin, human)
        again.reset(seed=2)
        said.append(again.step(np.zeros(2, np.float32))[4][keys.UTTERANCE])
    assert said[0] == said[1] != ""


def test_to_look_at_the_experts_way_leaves_the_world_where_it_is():
    env = DrivingEnv()
    oracle = TASK.oracle(env, env.config)
    obs, _ = env.reset(seed=4)
    before = env.state_dict()
    shown, done = oracle.episode(0)
    after = env.state_dict()
    assert all(np.array_equal(before[k], after[k]) for k in before)
    assert np.array_equal(shown[0], obs)
    for step in range(20):  # the expert in the world itself does the same
        assert oracle.action(obs[None])[0] == pytest.approx(done[step])
        obs = env.step(done[step])[0]
        assert obs == pytest.approx(shown[step + 1])


def test_a_task_that_does_not_say_how_it_can_be_done_otherwise_is_refused():
    with pytest.raises(UserError, match="env=driving, arm, maze and collection do"):
        corrector(DrivingEnv(), Oracle(action=lambda obs: obs))
