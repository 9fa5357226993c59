import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from tiny import Line, Scripted, Slide, SlideBatch, same_step

from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop, info

STARTS = ([0.0, 1.0, -1.0], [1.5, 0.2, 0.0], [-1.2, -1.9, 0.4])


def falls_and_limits():
    """Three worlds with fixed first positions; some episodes fall, some run out of time."""
    return [lambda starts=starts: Slide(limit=7, starts=starts) for starts in STARTS]


def worlds():
    return gym.vector.SyncVectorEnv(falls_and_limits(), autoreset_mode=AutoresetMode.SAME_STEP)


def far_out(view):
    """In control beyond 1, pushing further, so that episodes end under control."""
    return np.abs(view.obs[:, 0]) > 1.0, np.clip(view.obs[:, :1], -2, 2)


def human():
    """Judges every fourth step, and speaks at each beginning."""
    return Scripted(
        far_out,
        values=lambda view: np.where(view.step % 4 == 0, view.obs[:, 0], np.nan),
        words=lambda view: tuple("go" if first else "" for first in view.episode_start),
    )


def proposals(steps, num_worlds, seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, (steps, num_worlds, 1)).astype(np.float32)


def test_the_human_is_called_once_a_step_for_the_whole_batch():
    teacher = human()
    env = VectorHumanInTheLoop(worlds(), teacher)
    env.reset(seed=0)
    for actions in proposals(10, 3):
        env.step(actions)
    assert len(teacher.views) == 10
    for t, view in enumerate(teacher.views):
        assert view.obs.shape == (3, 2)
        assert view.proposed_action.shape == (3, 1)
        assert view.step.tolist() == [t] * 3
        assert view.dt == 0.5


def test_it_equals_single_environments_taught_the_same_also_over_episode_ends():
    vector = VectorHumanInTheLoop(worlds(), human())
    singles = [HumanInTheLoop(make(), human()) for make in falls_and_limits()]
    obs, _ = vector.reset(seed=0)
    single_obs = [env.reset(seed=0)[0] for env in singles]
    ended = {"fell": 0, "late": 0, "in control": 0}
    for actions in proposals(40, 3):
        np.testing.assert_array_equal(obs, single_obs)
        obs, rewards, fell, late, infos = vector.step(actions)
        for world, env in enumerate(singles):
            single_obs[world], reward, terminated, truncated, report = env.step(actions[world])
            assert rewards[world] == pytest.approx(reward)
            assert (fell[world], late[world]) == (terminated, truncated)
            for key in (
                info.PROPOSED_ACTION,
                info.EXECUTED_ACTION,
                info.TAKEOVER,
                info.TAKEOVER_START,
                info.UTTERANCE,
                info.HUMAN_SECONDS,
            ):
                np.testing.assert_array_equal(infos[key][world], report[key], key)
                assert infos[f"_{key}"].all()
            assert infos["_feedback"][world] == (info.FEEDBACK in report)
            if info.FEEDBACK in report:
                assert infos[info.FEEDBACK][world] == report[info.FEEDBACK]
            if terminated or truncated:
                np.testing.assert_array_equal(infos["final_obs"][world], single_obs[world])
                single_obs[world], _ = env.reset()
                ended["fell"] += terminated
                ended["late"] += truncated and not terminated
                ended["in control"] += report[info.TAKEOVER]
    assert min(ended.values()) >= 2, ended


def test_a_takeover_on_the_last_step_of_an_episode_is_reported_there():
    """The keys speak of the executed step, not of the episode that the reset began."""
    teacher = Scripted(lambda view: (np.array([True, False]), np.full((2, 1), 2.0)))
    env = VectorHumanInTheLoop(same_step(lambda: Slide(limit=4, starts=[1.5, -1.0]), 2), teacher)
    env.reset()
    *_, infos = env.step(np.zeros((2, 1), np.float32))  # world 0 is pushed to 1.5 + 0.3 · 2 > 2
    assert infos["_final_obs"].tolist() == [True, False]
    assert infos[info.TAKEOVER].tolist() == [True, False]
    assert infos[info.TAKEOVER_START].tolist() == [True, False]
    np.testing.assert_array_equal(infos[info.EXECUTED_ACTION][:, 0], [2.0, 0.0])
    assert teacher.resets[-1].tolist() == [True, False]
    *_, infos = env.step(np.zeros((2, 1), np.float32))
    assert infos[info.TAKEOVER_START].tolist() == [True, False]  # a new episode, a new takeover


def test_reports_of_earlier_steps_do_not_change_later():
    env = VectorHumanInTheLoop(worlds(), human())
    env.reset(seed=0)
    kept = []
    for actions in proposals(30, 3):
        infos = env.step(actions)[4]
        kept.append((infos, {key: np.copy(infos[key]) for key in infos if key[0] != "_"}))
    for infos, copies in kept:
        for key, copy in copies.items():
            if key not in ("final_obs", "final_info"):
                np.testing.assert_array_equal(infos[key], copy, key)


def test_discrete_worlds_are_overruled_too():
    teacher = Scripted(lambda view: (np.array([True, False]), np.array([2, 2])))
    env = VectorHumanInTheLoop(same_step(Line, 2), teacher)
    before, _ = env.reset(seed=0)
    after, *_, infos = env.step(np.array([0, 0]))
    expected = [before[0].argmax() + 1, max(before[1].argmax() - 1, 0)]
    assert after.argmax(axis=1).tolist() == expected
    assert infos[info.EXECUTED_ACTION].tolist() == [2, 0]
    assert infos[info.PROPOSED_ACTION].tolist() == [0, 0]


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED])
def test_worlds_that_do_not_reset_in_the_same_step_are_refused(mode):
    env = gym.vector.SyncVectorEnv([Slide] * 2, autoreset_mode=mode)
    with pytest.raises(UserError, match="SAME_STEP") as caught:
        VectorHumanInTheLoop(env, human())
    assert "\n" not in str(caught.value)


def test_a_bad_action_names_the_human_and_stops_before_the_worlds_move():
    env = VectorHumanInTheLoop(
        SlideBatch(2), Scripted(lambda view: (np.ones(2, bool), np.array([[np.nan], [0.0]])))
    )
    env.reset(seed=0)
    with pytest.raises(UserError, match="scripted: action must be finite"):
        env.step(np.zeros((2, 1), np.float32))
    assert env.unwrapped.t.tolist() == [0, 0]


def test_stepping_before_the_first_reset_is_refused():
    with pytest.raises(gym.error.ResetNeeded):
        VectorHumanInTheLoop(SlideBatch(2), human()).step(np.zeros((2, 1), np.float32))


def test_a_saved_wrapper_goes_on_in_the_middle_of_episodes():
    def make():
        return VectorHumanInTheLoop(SlideBatch(3), human())

    def play(env, actions):
        return [env.step(a) for a in actions]

    actions = proposals(20, 3)
    env = make()
    env.reset(seed=0)
    play(env, actions[:9])
    saved, worlds_then = env.state_dict(), env.unwrapped.state_dict()
    expected = play(env, actions[9:])
    again = make()
    again.reset(seed=5)
    again.load_state_dict(saved)
    again.unwrapped.load_state_dict(worlds_then)
    for a, b in zip(expected, play(again, actions[9:]), strict=True):
        for left, right in zip(a[:4], b[:4], strict=True):
            np.testing.assert_array_equal(left, right)
        for key in (info.TAKEOVER, info.TAKEOVER_START, info.EXECUTED_ACTION, info.HUMAN_SECONDS):
            np.testing.assert_array_equal(a[4][key], b[4][key])
