import numpy as np
import pytest
from queries import within
from tiny import Line, Scripted

from envs.collection.task import COLLECTION, CollectionConfig
from envs.finite.task import FINITE, FiniteConfig
from teaching import UserError
from teaching import info as keys
from teaching.revisiting import RevisitingLoop, Revisits, require_revisitable
from teaching.sb3 import as_vec_env

LEFT, RIGHT = 0, 1
CHAIN = FiniteConfig(id="chain", states=6)
GRID = FiniteConfig(id="grid", slip=0.3, horizon=15)


def loop(config=CHAIN, action=RIGHT, risky=None, seed=0, **settings):
    """A human who does `action` all the time."""
    human = Scripted(lambda view: (np.ones(1, bool), np.array([action])))
    env = FINITE.make(config, "train", None)
    revisits = Revisits(**{"share": 1.0, **settings})
    return RevisitingLoop(env, human, revisits=revisits, seed=seed, risky=risky)


def play(env, proposals):
    """One episode of proposals; the place in the chain before each of them."""
    obs, info = env.reset(seed=0)
    places = []
    for proposed in proposals:
        places.append(int(obs.argmax()))
        obs, _, terminated, truncated, _ = env.step(np.int64(proposed))
        if terminated or truncated:
            break
    return places, info


def remembered(env):
    return [int(place.obs.argmax()) for place in env._places]


def test_the_first_step_of_each_disagreement_is_remembered_and_gone_back_to():
    env = loop()
    # The human goes right from 0 to 5; the learner would not at 1, at 2 and at 4.
    places, info = play(env, [RIGHT, LEFT, LEFT, RIGHT, LEFT])
    assert places == [0, 1, 2, 3, 4] and not info[keys.REVISITED]
    assert remembered(env) == [1, 4]
    starts = set()
    for _ in range(20):
        obs, info = env.reset(seed=0)
        place = int(obs.argmax())
        assert info[keys.REVISITED]
        # The clock of the episode goes on from there: one step had been taken for each cell.
        assert env.unwrapped.batch.worlds.steps.tolist() == [place]
        assert env.step(np.int64(RIGHT))[0].argmax() == place + 1
        starts.add(place)
    assert starts == {1, 4}


def test_risk_is_asked_about_what_is_proposed_where_it_is_proposed():
    env = loop(interest="risk", risky=lambda obs, action: (obs[:, 3] == 1) & (action == LEFT))
    play(env, [LEFT, LEFT, LEFT, RIGHT, LEFT])
    assert remembered(env) == []
    play(env, [RIGHT, RIGHT, RIGHT, LEFT, RIGHT])
    assert remembered(env) == [3]


def test_a_lost_episode_is_remembered_some_seconds_before_its_end():
    # Cut off after three steps, at cell 3; one second before the end are two steps of 0.5 s.
    late = FiniteConfig(id="chain", states=6, horizon=3)
    env = loop(late, interest="loss", before=1.0)
    play(env, [RIGHT] * 3)
    assert remembered(env) == [1]
    won = loop(interest="loss", before=1.0)
    play(won, [RIGHT] * 5)
    assert remembered(won) == []


def test_episodes_go_back_as_often_as_the_share_says_and_to_each_place_alike():
    n, share = 3000, 0.25
    env = loop(share=share)
    play(env, [RIGHT, LEFT, RIGHT, LEFT, RIGHT])
    starts = np.array([env.reset()[0].argmax() for _ in range(n)])
    assert within((starts != 0).sum(), n, share)
    for place in (1, 3):
        assert within((starts == place).sum(), n, share / 2)


def test_the_oldest_is_forgotten_first():
    env = loop(memory=2, share=0.0)
    play(env, [LEFT, RIGHT, LEFT, RIGHT, LEFT])
    assert remembered(env) == [2, 4]


def test_chance_goes_on_as_it_was_and_only_the_place_is_brought_back():
    plain = FINITE.make(GRID, "train", None)
    env = loop(GRID)
    for _ in range(2):
        play(env, [2, 0, 2, 0, 2, 0])
    for seed in range(30):
        plain.reset(seed=seed)
        _, info = env.reset(seed=seed)
        assert info[keys.REVISITED]
        assert env.unwrapped.batch.worlds.rng == plain.unwrapped.batch.worlds.rng


def test_the_series_of_episodes_is_that_of_the_task():
    def levels(share):
        human = Scripted(lambda view: (np.ones(1, bool), np.array([1])))
        env = COLLECTION.make(CollectionConfig(levels=3), "train", None)
        env = RevisitingLoop(env, human, revisits=Revisits(share=share), seed=0)
        seen = []
        for episode in range(6):
            env.reset(seed=3 if episode == 0 else None)
            seen.append((env._own_start.obs.copy(), env._start is not None))
            for _ in range(3):
                if env.step(np.int64(0))[2]:
                    break
        return seen

    for (plain, _), (own, _) in zip(levels(0.0), levels(0.7), strict=True):
        assert (plain == own).all()
    assert any(back for _, back in levels(0.7)) and not any(back for _, back in levels(0.0))


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_saved_run_goes_on_bit_for_bit_from_the_start_of_any_episode(share):
    def fresh():
        return as_vec_env(loop(GRID, action=0, share=share, seed=5), seed=2)

    def go_on(env, obs, steps):
        rows = []
        for proposed in np.random.default_rng(0).integers(4, size=steps):
            rows.append(obs[0])
            obs, reward, dones, _ = env.step(np.array([proposed]))
            rows.append(np.append(reward, dones))
        return np.concatenate(rows)

    env, back = fresh(), 0
    obs = env.reset()
    # Four episodes are cut short by their end; what is saved is taken at each start.
    for _ in range(4):
        while True:
            obs, _, dones, _ = env.step(np.array([2]))
            if dones[0]:
                break
        assert env.resumable
        state = env.state_dict()
        back += env.env._start is not None
        other, worn = fresh(), fresh()
        other.reset()
        play(worn.env, [2, 0, 2])  # one that was elsewhere before
        expected = None
        for copy in (other, worn):
            copy.load_state_dict(state)
            course = go_on(copy, obs, 60)
            expected = course if expected is None else expected
            assert (course == expected).all()
        kept = fresh()
        kept.load_state_dict(state)
        env = kept
    assert back >= 1
    whole = fresh()
    obs = whole.reset()
    ends = 0
    while ends < 4:
        obs, _, dones, _ = whole.step(np.array([2]))
        ends += int(dones[0])
    assert (go_on(whole, obs, 60) == expected).all()


def test_what_cannot_go_back_is_refused_in_one_line():
    with pytest.raises(UserError, match="works with one world, not 3: set num_envs=1"):
        require_revisitable(FINITE.make_vec(CHAIN, "train", 3))
    with pytest.raises(UserError, match="Line cannot be put back to an earlier state"):
        require_revisitable(Line())
    with pytest.raises(UserError, match="interest must be one of disagreement, risk, loss"):
        loop(interest="boredom")
    with pytest.raises(UserError, match="interest=risk needs an expert that predicts risk"):
        loop(interest="risk")
