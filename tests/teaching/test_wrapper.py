import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env
from tiny import DT, Line, NoiseReward, Rescuer, Scripted, Slide

from teaching import HumanInTheLoop, UserError, info
from teaching.wrapper import seconds_per_step


@pytest.fixture(autouse=True)
def registered():
    gym.register("tiny/Slide-v0", "tiny:Slide", max_episode_steps=12)
    gym.register("tiny/Line-v0", "tiny:Line", max_episode_steps=15)
    yield
    del gym.registry["tiny/Slide-v0"], gym.registry["tiny/Line-v0"]


def every_third(action):
    """In control on steps 0, 3, 6 …"""
    return Scripted(lambda view: (view.step % 3 == 0, np.array([action])))


def on_steps(*steps, action=(0.5,)):
    return Scripted(lambda view: (np.isin(view.step, steps), np.array([action])))


@pytest.mark.parametrize(("env_id", "action"), [("tiny/Slide-v0", [0.5]), ("tiny/Line-v0", 2)])
def test_the_wrapped_environment_conforms_to_gymnasium_and_sb3(env_id, action):
    def on_first(view):
        return view.episode_start, np.array([action])

    silent = Scripted(on_first, lambda view: np.full(1, np.nan), lambda view: ("",))
    judge = Scripted(on_first, lambda view: np.ones(1), lambda view: ("well",))
    for teacher in (Scripted(on_first), silent, judge):
        env = HumanInTheLoop(gym.make(env_id), teacher)  # gym.make puts the passive checker inside
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "(?s).*different from the unwrapped version")
            warnings.filterwarnings("ignore", "(?s).*symmetric and normalized")
            warnings.filterwarnings("ignore", "(?s).*render")
            check_env(env, skip_close_check=True)
            sb3_check_env(env)


def test_the_environment_is_made_again_from_its_spec_with_the_same_human():
    human = every_third([0.5])
    env = HumanInTheLoop(gym.make("tiny/Slide-v0"), human)
    again = gym.make(env.spec)
    assert isinstance(again, HumanInTheLoop)
    assert again is not env
    assert again.human is human
    again.reset(seed=0)
    assert again.step(np.array([0.0], np.float32))[4][info.TAKEOVER] is True


# Of other wrappers, or of people whose latency is measured; tested with them.
ELSEWHERE = {info.DISTURBED_ACTION, info.REVISITED, info.TRANSIT}
DOCUMENTED = {getattr(info, name) for name in dir(info) if name.isupper()} - ELSEWHERE


def test_info_has_the_documented_keys_and_plain_values_only():
    human = Scripted(
        lambda view: (view.step == 1, np.array([[0.5]])),
        values=lambda view: np.full(1, 0.5),
        words=lambda view: ("well done",),
    )
    env = HumanInTheLoop(Slide(render_mode="rgb_array"), human)
    env.reset(seed=0)
    for _ in range(3):
        report = env.step(np.array([0.1], np.float32))[4]
        assert set(report) >= DOCUMENTED
        assert set(report) - DOCUMENTED == {"is_success"}
        types = {key: type(report[key]) for key in DOCUMENTED}
        assert types == {
            info.PROPOSED_ACTION: np.ndarray,
            info.EXECUTED_ACTION: np.ndarray,
            info.TAKEOVER: bool,
            info.TAKEOVER_START: bool,
            info.FEEDBACK: float,
            info.UTTERANCE: str,
            info.HUMAN_SECONDS: float,
            info.ANSWERS: int,
        }
        for key in (info.PROPOSED_ACTION, info.EXECUTED_ACTION):
            assert report[key].shape == (1,)
            assert report[key].dtype == np.float32
        assert report[info.FEEDBACK] == 0.5


def test_silence_leaves_no_feedback_in_info():
    judge = Scripted(values=lambda view: np.where(view.step == 1, -1.0, np.nan))
    env = HumanInTheLoop(Slide(), judge)
    env.reset(seed=0)
    reports = [env.step(np.array([0.1], np.float32))[4] for _ in range(3)]
    assert [report.get(info.FEEDBACK) for report in reports] == [None, -1.0, None]


def test_a_human_that_does_not_speak_leaves_no_utterance():
    env = HumanInTheLoop(Slide(), every_third([0.5]))
    env.reset(seed=0)
    assert info.UTTERANCE not in env.step(np.array([0.1], np.float32))[4]


def test_takeover_is_true_from_its_first_step_and_start_there_only():
    env = HumanInTheLoop(Slide(), on_steps(1, 2, 3, 5))
    env.reset(seed=0)
    reports = [env.step(np.array([0.1], np.float32))[4] for _ in range(7)]
    assert [r[info.TAKEOVER] for r in reports] == [False, True, True, True, False, True, False]
    assert [r[info.TAKEOVER_START] for r in reports] == [
        False, True, False, False, False, True, False,
    ]  # fmt: skip


def test_the_humans_action_moves_the_world_and_both_actions_are_reported():
    env = HumanInTheLoop(Slide(starts=[0.0]), on_steps(1, action=(-1.0,)))
    env.reset()
    obs, _, _, _, first = env.step(np.array([0.5], np.float32))
    assert obs[0] == pytest.approx(0.15)  # 0.3 · 0.5
    np.testing.assert_array_equal(first[info.EXECUTED_ACTION], np.float32([0.5]))
    obs, reward, _, _, second = env.step(np.array([0.5], np.float32))
    assert obs[0] == pytest.approx(0.15 - 0.3)
    assert reward == pytest.approx(-0.15)
    np.testing.assert_array_equal(second[info.PROPOSED_ACTION], np.float32([0.5]))
    np.testing.assert_array_equal(second[info.EXECUTED_ACTION], np.float32([-1.0]))


def test_a_discrete_takeover_moves_the_world_and_reports_whole_numbers():
    env = HumanInTheLoop(Line(), every_third(2))
    before, _ = env.reset(seed=0)
    after, *_, report = env.step(0)
    assert after.argmax() == before.argmax() + 1
    assert (report[info.PROPOSED_ACTION], report[info.EXECUTED_ACTION]) == (0, 2)


def test_human_seconds_are_priced_by_the_tasks_own_time():
    env = HumanInTheLoop(Slide(), on_steps(1, 2))
    env.reset(seed=0)
    seconds = [env.step(np.array([0.1], np.float32))[4][info.HUMAN_SECONDS] for _ in range(4)]
    # Watching costs 1 a second, steering 2, reaching for the controls 0.25; a step is 0.5 s.
    assert DT == 0.5
    np.testing.assert_allclose(seconds, [0.5, 2 * 0.5 + 0.25, 2 * 0.5, 0.5])


def test_the_true_reward_and_the_tasks_own_info_pass_unchanged():
    bare, env = Slide(starts=[0.7]), HumanInTheLoop(Slide(starts=[0.7]), on_steps(2))
    bare.reset()
    env.reset()
    for t in range(12):
        proposed = np.array([-0.2], np.float32)
        expected = bare.step(np.array([0.5 if t == 2 else -0.2], np.float32))
        got = env.step(proposed)
        np.testing.assert_array_equal(expected[0], got[0])
        assert expected[1:4] == got[1:4]
        assert expected[4].items() <= got[4].items()
    assert got[3] is True


def test_noise_in_the_reward_passes_unchanged_too():
    env = HumanInTheLoop(NoiseReward(Slide(), seed=4), on_steps(0))
    env.reset(seed=0)
    noise = np.random.default_rng(4)
    for _ in range(3):
        assert env.step(np.array([0.0], np.float32))[1] == float(noise.normal())


def test_resetting_with_a_seed_does_not_reseed_the_human():
    def takeovers(env):
        env.reset(seed=7)
        return [env.step(np.zeros(1, np.float32))[4][info.TAKEOVER] for _ in range(12)]

    draws = np.random.default_rng([3, 99]).random(24) < 0.5
    env = HumanInTheLoop(Slide(), Rescuer(seed=3, rate=0.5))
    both = takeovers(env) + takeovers(env)
    assert both == draws.tolist()
    assert both[:12] != both[12:]


@pytest.mark.parametrize(
    ("task", "action", "says"),
    [
        (Slide, [[np.nan]], "finite"),
        (Slide, [0.5], "shape"),
        (Slide, [[0.5, 0.5]], "shape"),
        (Line, [3], "whole number from 0 to 2"),
        (Line, [-1], "whole number from 0 to 2"),
    ],
)
def test_a_bad_action_of_a_human_never_reaches_the_environment(task, action, says):
    env = HumanInTheLoop(task(), Scripted(lambda view: (np.ones(1, bool), np.array(action))))
    env.reset(seed=0)
    with pytest.raises(UserError, match=says) as caught:
        env.step(env.action_space.sample() if task is Line else np.zeros(1, np.float32))
    assert "\n" not in str(caught.value)
    assert env.unwrapped.t == 0


def test_a_signal_is_in_the_log_before_the_environment_moves():
    order = []

    class Log:
        def append(self, kind, record, **_):
            order.append(kind.value)

    class Told(Slide):
        def step(self, action):
            order.append("step")
            return super().step(action)

    env = HumanInTheLoop(Told(), on_steps(1), Log())
    env.reset(seed=0)
    for _ in range(3):
        env.step(np.zeros(1, np.float32))
    assert order == ["step", "intervention", "step", "step"]


def test_a_frame_is_drawn_on_demand_where_the_task_can_draw():
    human = on_steps()
    env = HumanInTheLoop(Slide(render_mode="rgb_array"), human)
    env.reset(seed=0)
    env.step(np.zeros(1, np.float32))
    assert human.views[0].frame(0).shape == (2, 2, 3)
    blind = on_steps()
    env = HumanInTheLoop(Slide(), blind)
    env.reset(seed=0)
    env.step(np.zeros(1, np.float32))
    assert blind.views[0].frame is None


def test_stepping_before_the_first_reset_is_refused():
    with pytest.raises(gym.error.ResetNeeded):
        HumanInTheLoop(Slide(), on_steps()).step(np.zeros(1, np.float32))


def test_a_steps_time_is_the_tasks_dt_else_its_frame_rate_else_a_second():
    env = Slide()
    assert seconds_per_step(env) == 0.5
    env.dt = 0.1
    assert seconds_per_step(env) == 0.1
    env.dt = 0
    with pytest.raises(UserError, match="dt must be > 0"):
        seconds_per_step(env)
    silent = Line()
    silent.metadata = {}
    assert seconds_per_step(silent) == 1.0


def test_a_saved_wrapper_goes_on_at_the_start_of_an_episode():
    def play(env, seed):
        env.reset(seed=seed)
        return [env.step(np.zeros(1, np.float32))[4][info.TAKEOVER] for _ in range(6)]

    env = HumanInTheLoop(Slide(), Rescuer(seed=1))
    play(env, 0)
    saved = env.state_dict()
    expected = play(env, 1)
    other = HumanInTheLoop(Slide(), Rescuer(seed=2))
    other.load_state_dict(saved)
    assert play(other, 1) == expected
