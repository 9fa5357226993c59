import gymnasium as gym
import numpy as np
import pytest
import torch as th
from tiny import Line, Rescuer, Scripted, Slide, SlideBatch, same_step

from algorithms.core.buffers import HumanNoviceBuffer, InterventionBatch, TransitionBuffer
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop, info

OBS = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
ACTION = gym.spaces.Box(-1, 1, (1,), np.float32)


def row(number, **changes):
    """Transition `number`; each field holds a value of its own."""
    fields = {
        "obs": np.full(2, number, np.float32),
        "action": np.array([number / 1000], np.float32),
        "novice_action": np.array([-number / 1000], np.float32),
        "next_obs": np.full(2, number + 0.5, np.float32),
        "done": number % 2 == 0,
        "takeover_start": number % 3 == 0,
    }
    return fields | changes


def filled(humans, novices, size=100, seed=0):
    """Numbers 0 … are the human's, 1000 … the novice's."""
    buffer = HumanNoviceBuffer(size, OBS, ACTION, seed=seed)
    for number in range(humans):
        buffer.add(takeover=True, **row(number))
    for number in range(1000, 1000 + novices):
        buffer.add(takeover=False, **row(number))
    return buffer


def test_a_transition_goes_to_the_ring_of_who_controlled_it():
    buffer = filled(3, 5)
    assert (len(buffer.human), len(buffer.novice)) == (3, 5)
    assert buffer.human.arrays["obs"][:3, 0].tolist() == [0, 1, 2]
    assert buffer.novice.arrays["obs"][:5, 0].tolist() == [1000, 1001, 1002, 1003, 1004]


def test_a_sampled_row_keeps_all_its_fields_together():
    batch = filled(40, 40).sample(64)
    number = batch.obs[:, 0]
    np.testing.assert_array_equal(batch.next_obs, (number + 0.5).repeat(2, 1).reshape(2, -1).T)
    np.testing.assert_allclose(batch.action[:, 0], number / 1000)
    np.testing.assert_allclose(batch.novice_action[:, 0], -number / 1000)
    np.testing.assert_array_equal(batch.done[:, 0], (number % 2 == 0).float())
    np.testing.assert_array_equal(batch.takeover_start[:, 0], (number % 3 == 0).float())
    np.testing.assert_array_equal(batch.takeover[:, 0], (number < 1000).float())


def test_shapes_and_dtypes_are_as_documented():
    batch = filled(40, 40).sample(8)
    assert {name: tuple(getattr(batch, name).shape) for name in InterventionBatch._fields} == {
        "obs": (8, 2), "action": (8, 1), "novice_action": (8, 1), "next_obs": (8, 2),
        "done": (8, 1), "takeover": (8, 1), "takeover_start": (8, 1),
    }  # fmt: skip
    assert {tensor.dtype for tensor in batch} == {th.float32}
    discrete = HumanNoviceBuffer(4, OBS, gym.spaces.Discrete(3))
    discrete.add(takeover=True, **row(0, action=2, novice_action=1))
    batch = discrete.sample(5)
    assert batch.action.dtype == batch.novice_action.dtype == th.int64
    assert batch.action.tolist() == [[2]] * 5
    assert batch.novice_action.tolist() == [[1]] * 5


@pytest.mark.parametrize("size", [8, 9])
def test_half_of_a_batch_comes_from_each_ring_exactly(size):
    half = size // 2
    for seed in range(20):
        batch = filled(half, 60, seed=seed).sample(size)
        assert int(batch.takeover.sum()) == half


@pytest.mark.parametrize(
    ("humans", "novices", "of_the_human"),
    [(3, 60, 0), (0, 60, 0), (60, 3, 8), (60, 0, 8), (3, 2, 8), (4, 4, 4)],
)
def test_a_ring_with_less_than_half_a_batch_is_left_out(humans, novices, of_the_human):
    for seed in range(20):
        batch = filled(humans, novices, seed=seed).sample(8)
        assert int(batch.takeover.sum()) == of_the_human
        assert len(batch.obs) == 8


def test_sample_human_draws_from_the_human_alone():
    batch = filled(2, 60).sample_human(50)
    assert batch.takeover.all()
    assert set(batch.obs[:, 0].tolist()) == {0, 1}


def test_sampling_reaches_every_row_in_use_and_no_other():
    buffer = filled(30, 30, size=1000)
    seen = {number for _ in range(40) for number in buffer.sample(60).obs[:, 0].tolist()}
    assert seen == {*range(30), *range(1000, 1030)}


@pytest.mark.parametrize("added", [0, 1, 4, 5, 6, 9, 10, 11, 23])
def test_a_ring_that_wraps_holds_the_newest_in_full(added):
    ring = TransitionBuffer(5, OBS, ACTION)
    for number in range(added):
        ring.add(takeover=True, **row(number))
    assert len(ring) == min(added, 5)
    newest = range(max(added - 5, 0), added)
    assert sorted(ring.arrays["obs"][: len(ring), 0].tolist()) == list(newest)
    np.testing.assert_array_equal(
        ring.arrays["next_obs"][: len(ring)], ring.arrays["obs"][: len(ring)] + 0.5
    )


@pytest.mark.parametrize("added", [3, 5, 13])
def test_a_saved_pair_of_rings_samples_the_same_and_wraps_in_the_same_place(added):
    buffer = filled(added, added, size=5)
    buffer.sample(4)
    other = HumanNoviceBuffer(5, OBS, ACTION, seed=99)
    other.load_state_dict(buffer.state_dict())
    for number in range(4):
        buffer.add(takeover=True, **row(500 + number))
        other.add(takeover=True, **row(500 + number))
        for mine, theirs in zip(buffer.sample(8), other.sample(8), strict=True):
            assert th.equal(mine, theirs)
    assert len(buffer.state_dict()["novice"]["obs"]) == min(added, 5)


# From the environment to the ring: nothing may be lost on the way.


def contents(model):
    """Every stored transition, by (x before, t before) of `Slide`."""
    rows = {}
    for ring in (model.replay_buffer.human, model.replay_buffer.novice):
        for i in range(len(ring)):
            stored = {name: array[i] for name, array in ring.arrays.items()}
            rows[tuple(stored["obs"].tolist())] = stored
    return rows


class Notes:
    """A wrapper's report of each step, kept beside what the environment itself was told."""

    def __init__(self, env):
        self.env, self.rows = env, []
        step, reset = env.step, env.reset
        env.step, env.reset = self._step, self._reset
        self.inner_step, self.inner_reset = step, reset

    def _reset(self, **kwargs):
        self.obs, report = self.inner_reset(**kwargs)
        return self.obs, report

    def _step(self, action):
        before = self.obs
        result = self.inner_step(action)
        self.obs = result[0]
        self.rows.append((before, *result))
        return result


CONFIG = {"net_arch": [4], "batch_size": 4, "learning_starts": 1000}


def test_every_step_reaches_the_ring_of_its_controller_with_both_actions_in_half_ranges():
    env = HumanInTheLoop(Slide(limit=5), Rescuer(rate=0.5))
    notes = Notes(env)
    agent = PVP(env, PVPConfig(**CONFIG)).learn(80)
    stored = contents(agent.model)
    assert len(stored) == len(notes.rows) == 80
    takeovers = starts = 0
    for before, after, _, terminated, _, report in notes.rows:
        kept = stored[tuple(before.tolist())]
        assert kept["takeover"] == report[info.TAKEOVER]
        assert kept["takeover_start"] == report[info.TAKEOVER_START]
        # The task's actions go from -2 to 2, the ring's from -1 to 1.
        np.testing.assert_allclose(kept["action"], report[info.EXECUTED_ACTION] / 2, atol=1e-6)
        np.testing.assert_allclose(
            kept["novice_action"], report[info.PROPOSED_ACTION] / 2, atol=1e-6
        )
        np.testing.assert_array_equal(kept["next_obs"], after)
        assert kept["done"] == terminated
        takeovers += report[info.TAKEOVER]
        starts += report[info.TAKEOVER_START]
    assert len(agent.model.replay_buffer.human) == takeovers
    assert takeovers > starts > 10  # some takeovers last: first steps and later ones are there


def test_the_first_step_of_each_takeover_is_the_humans():
    human = Scripted(lambda view: (view.step % 4 >= 2, np.zeros((1, 1))))
    agent = PVP(HumanInTheLoop(Slide(limit=100), human), PVPConfig(**CONFIG)).learn(40)
    ring = agent.model.replay_buffer.human
    assert len(ring) == 20  # steps 2, 3, 6, 7 …
    assert int(ring.arrays["takeover_start"].sum()) == 10
    assert int(agent.model.replay_buffer.novice.arrays["takeover_start"].sum()) == 0


def test_a_time_limit_is_not_the_end_of_the_world_and_a_fall_is():
    def end(start, limit):
        human = Scripted(lambda view: (np.zeros(1, bool), np.zeros((1, 1))))
        env = HumanInTheLoop(Slide(limit=limit, starts=[start, 0.0]), human)
        agent = PVP(env, PVPConfig(**CONFIG))
        agent.learn(1)
        return agent.model.replay_buffer.novice.arrays

    late = end(0.5, 1)
    assert late["done"][0] == 0.0
    # The next observation is the episode's last, not the first of the one after.
    assert late["next_obs"][0, 1] == 1.0
    fallen = end(5.0, 9)
    assert fallen["done"][0] == 1.0
    assert abs(fallen["next_obs"][0, 0]) > 2.0
    both = end(5.0, 1)
    assert both["done"][0] == 1.0


@pytest.mark.parametrize("make", [SlideBatch, lambda n: same_step(Slide, n)])
def test_all_environments_are_read_not_only_the_first(make):
    """World 0 is never taken over, world 1 always, world 2 on odd steps."""
    human = Scripted(
        lambda view: (
            np.array([False, True, bool(view.step[0] % 2)]),
            np.array([[2.0], [1.0], [-1.0]]),
        )
    )
    agent = PVP(VectorHumanInTheLoop(make(3), human), PVPConfig(**CONFIG)).learn(3 * 20)
    buffer = agent.model.replay_buffer
    assert (len(buffer.human), len(buffer.novice)) == (20 + 10, 20 + 10)
    actions = buffer.human.arrays["action"][:30, 0].tolist()
    assert (actions.count(0.5), actions.count(-0.5)) == (20, 10)


def test_takeovers_that_last_to_the_end_of_an_episode_are_kept_in_a_batch_of_worlds():
    """Regression: the reset after the last step used to wipe that step's own flag."""
    human = Scripted(lambda view: (np.ones(2, bool), np.full((2, 1), 2.0)))
    agent = PVP(VectorHumanInTheLoop(SlideBatch(2), human), PVPConfig(**CONFIG)).learn(2 * 30)
    buffer = agent.model.replay_buffer
    assert (len(buffer.human), len(buffer.novice)) == (60, 0)
    assert buffer.human.arrays["done"][:60].sum() >= 5  # 0.6 a step: they fall again and again


def test_a_discrete_task_stores_whole_actions():
    env = HumanInTheLoop(Line(), Rescuer(discrete=True, rate=0.5))
    agent = PVP(env, PVPConfig(**CONFIG)).learn(60)
    buffer = agent.model.replay_buffer
    assert set(buffer.human.arrays["action"][: len(buffer.human), 0].tolist()) == {2}
    assert set(buffer.human.arrays["novice_action"][: len(buffer.human), 0].tolist()) == {0, 1, 2}
    novice = buffer.novice.arrays
    np.testing.assert_array_equal(novice["action"], novice["novice_action"])


@pytest.mark.parametrize("task", [Slide, Line])
def test_an_environment_without_a_human_is_refused_in_one_line(task):
    with pytest.raises(UserError, match="wrap it with teaching") as caught:
        PVP(task(), PVPConfig(**CONFIG)).learn(5)
    assert "\n" not in str(caught.value)


def test_float64_observations_are_stored_as_what_the_networks_take():
    space = gym.spaces.Box(-1.0, 1.0, (2,), np.float64)
    buffer = TransitionBuffer(4, space, gym.spaces.Box(-1.0, 1.0, (1,), np.float32))
    assert buffer.arrays["obs"].dtype == buffer.arrays["next_obs"].dtype == np.float32
