from types import SimpleNamespace

import numpy as np
import pytest

from envs.tabletop.features import ARRIVED, FEATURES, TOUCHED, features
from envs.tabletop.motion import DT, FASTEST, LAG, follow, rest
from envs.tabletop.planner import plan_rests
from envs.tabletop.rollout import utility, utility_of_rests
from envs.tabletop.route import STAGES, route
from envs.tabletop.scene import GOAL, OBSTACLES, POSE, VELOCITY, draw_scene
from envs.tabletop.task import TabletopConfig, make_vec, oracle
from envs.tabletop.users import USERS, weights

EPISODES = 60
HORIZON = TabletopConfig().horizon


def straight(obs: np.ndarray) -> np.ndarray:
    """Carry straight to the goal at full speed, and slow down as late as the servo allows."""
    way = obs[:, GOAL].astype(float) - rest(obs)[:, :3]
    speed = way / np.maximum(np.abs(way).max(axis=1, keepdims=True), FASTEST[0] * DT)
    return np.column_stack([speed, np.zeros(len(obs))]).astype(np.float32)


def play(env, act) -> SimpleNamespace:
    """One episode in each world: first observations, actions [N, T, 4], returns, success."""
    first, _ = env.reset(seed=0)
    count, obs = len(first), first
    actions = np.zeros((count, HORIZON, 4), np.float32)
    total, success, going = np.zeros(count), np.zeros(count, bool), np.ones(count, bool)
    for t in range(HORIZON):
        actions[going, t] = act(obs)[going]
        obs, reward, terminated, truncated, info = env.step(actions[:, t])
        total[going] += reward[going]
        ended = going & (terminated | truncated)
        if ended.any():
            success[ended] = info["final_info"]["is_success"][ended]
        going &= ~ended
        if not going.any():
            break
    return SimpleNamespace(first=first, actions=actions, total=total, success=success)


def env_of(user: str, worlds: int, reward: str = "dense"):
    config = TabletopConfig(user=user, reward=reward)
    env = make_vec(config, "test", worlds)
    return env, oracle(env, config)


def play_expert(user: str, episodes: int) -> SimpleNamespace:
    """The user's expert in test episodes; worlds that have finished theirs are given no plans."""
    env, knows = env_of(user, episodes)
    goals = env.reset(seed=0)[0][:, GOAL]

    def act(obs):
        actions, same = np.zeros((len(obs), 4), np.float32), (obs[:, GOAL] == goals).all(axis=1)
        actions[same] = knows.action(obs[same])
        return actions

    return play(env, act)


@pytest.fixture(scope="module")
def experts() -> dict[str, SimpleNamespace]:
    return {user: play_expert(user, EPISODES) for user in USERS}


def test_the_expert_arrives(experts):
    for user in USERS:
        assert experts[user].success.mean() >= 0.98


@pytest.mark.long
@pytest.mark.parametrize("user", USERS)
def test_the_expert_arrives_in_200_test_episodes(user):
    assert play_expert(user, 200).success.mean() >= 0.98


def test_each_users_own_expert_is_the_best_by_that_users_weights(experts):
    for user in USERS:
        w = weights(user, True)
        value = {k: utility(p.first, p.actions, w, HORIZON) for k, p in experts.items()}
        for other in USERS:
            if other != user:
                gain = value[user] - value[other]
                assert gain.mean() > 3 * gain.std() / np.sqrt(EPISODES)
                assert gain.mean() > 0.3
                assert (gain > 0).mean() > 0.8


def test_the_expert_beats_a_straight_line_carrier(experts):
    env, _ = env_of(USERS[0], EPISODES)
    line = play(env, straight)
    assert 0.1 < line.success.mean() < 0.7  # not hopeless, and not good
    for user in USERS:
        w = weights(user, True)
        gain = experts[user].total - utility(line.first, line.actions, w, HORIZON)
        assert gain.mean() > 5.0
        # Where the straight line arrives it is what a hurried user wants, and not what others do.
        assert gain[line.success].mean() > (0.0 if user == "hurried" else 0.3)


def test_utility_is_the_return_of_really_executing_the_actions(experts):
    for user in USERS:
        played, (_, knows) = experts[user], env_of(user, 1)
        told = knows.utility(played.first, played.actions)
        assert told == pytest.approx(played.total, abs=1e-9)


@pytest.mark.parametrize("reward", ["dense", "sparse"])
def test_utility_is_exact_from_the_middle_of_an_episode_and_through_its_end(reward):
    config = TabletopConfig(user="orderly", reward=reward)
    env = make_vec(config, "train", 40)
    knows, rng = oracle(env, config), np.random.default_rng(0)
    obs, _ = env.reset(seed=0)
    for _ in range(10):
        obs, *_ = env.step(rng.uniform(-1, 1, (40, 4)))
    drift = rng.uniform(-1, 1, (40, 1, 4)) * [1, 1, 0.2, 1] + rng.normal(size=(40, 75, 4)) * 0.2
    actions, first, total = drift.astype(np.float32), obs, np.zeros(40)
    going = np.ones(40, bool)
    kinds = {"cut off": 0, "ended": 0}
    for t in range(75):
        told = knows.reward(obs, actions[:, t])
        obs, got, terminated, truncated, _ = env.step(actions[:, t])
        assert (got == told)[going].all()
        total[going] += got[going]
        kinds["ended"] += int((terminated & going).sum())
        kinds["cut off"] += int((truncated & going).sum())
        going &= ~(terminated | truncated)
    assert min(kinds.values()) > 3
    assert knows.utility(first, actions) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("length", [5, HORIZON])
def test_a_plan_is_never_worse_than_what_was_proposed(length):
    env, knows = env_of("protective", 12)
    rng = np.random.default_rng(0)
    obs, _ = env.reset(seed=3)
    proposed = rng.uniform(-1, 1, (12, length, 4)).astype(np.float32)
    proposed[6:] = 0.0  # standing still
    planned = knows.plan(obs, proposed)
    assert planned.shape == proposed.shape
    assert planned.dtype == proposed.dtype
    gain = knows.utility(obs, planned) - knows.utility(obs, proposed)
    assert (gain >= 0).all()
    assert (gain > 0).mean() > 0.8
    # What is as good as the plan stays as it is.
    assert (knows.utility(obs, knows.plan(obs, planned)) == knows.utility(obs, planned)).all()


def test_an_expert_who_is_led_off_its_path_still_arrives():
    env, knows = env_of("gentle", 5)
    obs, _ = env.reset(seed=0)
    rng, success, ends = np.random.default_rng(0), 0, 0
    astray = rng.uniform(-1, 1, (5, 4)) * [0.5, 1, 1, 1]
    for t in range(HORIZON):
        acts = astray if t < 5 else knows.action(obs)
        obs, _, _, _, info = env.step(acts)
        if "final_info" in info:
            first = info["final_info"]["_is_success"]
            success += int(info["final_info"]["is_success"].sum())
            ends += int(first.sum())
        if ends >= 5:
            break
    assert success == ends >= 5


def test_the_expert_is_a_function_of_the_observation():
    env, knows = env_of("hurried", 3)
    obs, _ = env.reset(seed=1)
    for _ in range(8):
        obs, *_ = env.step(knows.action(obs))
    _, fresh = env_of("hurried", 1)
    together = knows.action(obs)
    for row in (2, 0, 1):
        assert (fresh.action(obs[row : row + 1])[0] == together[row]).all()


def test_a_route_passes_obstacles_and_ends_at_the_goal():
    for seed in range(5):
        obs = draw_scene(np.random.default_rng(seed))
        keys, seconds = route(obs, weights("orderly", True))
        assert keys[0] == pytest.approx(obs[POSE])
        assert keys[-1, :3] == pytest.approx(obs[GOAL])
        assert (seconds > 0).all()
        middles = obs[OBSTACLES].reshape(3, 3)
        for key in keys:
            beside = np.hypot(*(middles[:, :2] - key[:2]).T) - 0.06
            above = np.maximum(key[2] - middles[:, 2], 0)
            assert np.hypot(np.maximum(beside, 0), above).min() > 0.05


def test_a_route_is_the_cheapest_of_all_where_only_the_way_counts():
    obs = draw_scene(np.random.default_rng(1))
    obs[OBSTACLES] = (50.0, 0.0, 0.1) * 3
    obs[POSE], obs[VELOCITY] = (-0.6, 0.0, 0.07, 0.0), 0.0
    obs[GOAL] = (0.6, 0.0, 0.07)
    w = np.zeros(len(FEATURES))
    w[FEATURES.index("time")] = w[FEATURES.index("path")] = -1.0
    keys, seconds = route(obs, w)
    assert keys[:, :3] == pytest.approx(np.linspace(obs[POSE][:3], obs[GOAL], STAGES + 1))
    assert seconds.sum() == pytest.approx(1.2 / FASTEST[0])


def test_a_path_keeps_the_speed_limits_and_its_return_is_what_executing_it_gives():
    w = weights("protective", True)
    obs = np.stack([draw_scene(np.random.default_rng(seed)) for seed in range(3)])
    paths = np.stack([plan_rests(row, w, HORIZON) for row in obs])
    actions = np.diff(paths, axis=1) / DT / FASTEST
    assert np.abs(actions).max() <= 1.0 + 1e-9
    for k in range(3):
        planned = utility_of_rests(obs[k], paths[k : k + 1], w)[0]
        # Single precision in the one, double in the other, over at most 80 steps.
        done = utility(obs[k : k + 1], actions[k : k + 1], w, HORIZON)[0]
        assert planned == pytest.approx(done, abs=1e-4)


def test_risk_is_what_repeating_the_action_leads_to():
    _, knows = env_of("protective", 1)
    obs = draw_scene(np.random.default_rng(0))[None]
    obs[0, OBSTACLES] = (50.0, 0.0, 0.1) * 3
    obs[0, POSE], obs[0, VELOCITY] = (-0.3, 0.0, 0.1, 0.0), 0.0
    obs[0, OBSTACLES.start : OBSTACLES.start + 3] = (0.0, 0.0, 0.3)
    ahead = np.array([[1, 0, 0, 0]], np.float32)
    # 0.3 m less the radii 0.11 m; x(t) = 0.5 (t - LAG (1 - exp(-t / LAG))): reached at about
    # 0.19 / 0.5 + LAG = 0.53 s.
    assert LAG == 0.15
    assert knows.risk(obs, ahead, 0.4)[0] == 0.0
    assert knows.risk(obs, ahead, 0.7)[0] == 1.0
    assert knows.risk(obs, -ahead, 0.7)[0] == 0.0
    for _ in range(3):
        obs = follow(obs, ahead, HORIZON)
    assert features(obs, ahead)[0, [ARRIVED, TOUCHED]].sum() == 0.0
