"""What must hold of every task whose N worlds live in one object, as checks for its tests."""

import numpy as np
from gymnasium.vector import SyncVectorEnv


def same(ours, theirs):
    """Two answers of a vector environment are equal, types included."""
    assert type(ours) is type(theirs)
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            same(ours[key], theirs[key])
    elif theirs.dtype == object:
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None) == (b is None)
            assert a is None or (a == b).all()
    else:
        assert ours.dtype == theirs.dtype
        assert (ours == theirs).all()


def check_world_is_independent(make_vec, actions, least_ends):
    """A world is the same alone, and in any place among others that do something else.

    `make_vec` is of the number of worlds; `actions` [T, 9, A...], of which the world takes [:, 0].
    """

    def follow(worlds, place):
        env = make_vec(worlds)
        seeds = [100 + i for i in range(worlds)]
        seeds[place] = 5
        seen, ends = [env.reset(seed=seeds)[0][place]], 0
        for row in actions:
            mine = np.roll(row[:worlds], place, axis=0)
            obs, reward, terminated, truncated, _ = env.step(mine)
            seen.append(np.append(obs[place], reward[place]))
            ends += int(terminated[place] or truncated[place])
        return np.concatenate([part.ravel() for part in seen]), ends

    alone, ends = follow(1, 0)
    assert ends >= least_ends  # so that the automatic resets are covered too
    for worlds, place in ((4, 0), (4, 3), (9, 5)):
        assert (follow(worlds, place)[0] == alone).all()


def check_layout(make, make_vec, actions):
    """The batch answers as `SyncVectorEnv` does with single environments; actions [T, N, A...].

    One world is reset early, so that episodes do not all end together.
    """
    worlds = actions.shape[1]
    ours = make_vec(worlds)
    theirs = SyncVectorEnv([make] * worlds, autoreset_mode=ours.metadata["autoreset_mode"])
    same(ours.reset(seed=3)[0], theirs.reset(seed=3)[0])
    mask = np.arange(worlds) == 1
    ends = 0
    for t, row in enumerate(actions):
        if t == 4:
            same(
                ours.reset(options={"reset_mask": mask.copy()})[0],
                theirs.reset(options={"reset_mask": mask.copy()})[0],
            )
        a, b = ours.step(row), theirs.step(row)
        for x, y in zip(a, b, strict=True):
            same(x, y)
        ends += int((a[2] | a[3]).sum())
    assert ends > worlds


def check_resumes(make_vec, actions):
    """A saved state goes on bit for bit in another object, through resets; actions [T, N, A...]."""
    worlds, half = actions.shape[1], len(actions) // 3
    env, other = make_vec(worlds), make_vec(worlds)
    env.reset(seed=1)
    for row in actions[:half]:
        env.step(row)
    state = env.state_dict()
    expected = [env.step(row) for row in actions[half:]]
    assert sum(int((e[2] | e[3]).sum()) for e in expected) > 0
    other.load_state_dict(state)
    for row, (obs, reward, terminated, truncated, _) in zip(actions[half:], expected, strict=True):
        got = other.step(row)
        assert (got[0] == obs).all()
        assert (got[1] == reward).all()
        assert (got[2] == terminated).all()
        assert (got[3] == truncated).all()
