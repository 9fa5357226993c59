"""Minari datasets as somebody else makes them, and logs to make one of."""

import json

import gymnasium as gym
import numpy as np
from minari.data_collector import EpisodeBuffer
from minari.dataset.minari_storage import MinariStorage

from teaching import Intervention, Kind
from teaching.log import FeedbackLog


def foreign(folder, observations, actions, obs_space, action_space, env_spec=None):
    """A dataset with one episode for each of `observations` [T + 1, …], without our infos."""
    folder.mkdir(parents=True)
    storage = MinariStorage.new(folder / "data", obs_space, action_space, env_spec=env_spec)
    storage.update_metadata({"dataset_id": "them/expert-v0", "minari_version": "0.5.4"})
    for seen, done in zip(observations, actions, strict=True):
        count = len(done)
        storage.update_episodes(
            [
                EpisodeBuffer(
                    observations=seen,
                    actions=done,
                    rewards=np.ones(count),
                    terminations=np.zeros(count, bool),
                    truncations=np.arange(1, count + 1) == count,
                    infos={},
                )
            ]
        )
    return folder


def edit(dataset, **changes):
    """Change the dataset's metadata; None takes an entry away."""
    file = dataset / "data" / "metadata.json"
    about = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({key: value for key, value in about.items() if value is not None}))


def cartpole_expert(folder, episodes):
    """Episodes in which an expert balances CartPole for all of its 500 steps."""
    env = gym.make("CartPole-v1")
    observations, actions = [], []
    for seed in range(episodes):
        obs, _ = env.reset(seed=seed)
        seen, done, ended = [obs], [], False
        while not ended:
            # A linear controller: towards the side to which pole and cart are falling.
            action = int(obs @ [0.05, 0.1, 1.0, 0.5] > 0)
            obs, _, terminated, truncated, _ = env.step(action)
            seen.append(obs)
            done.append(action)
            ended = terminated or truncated
        assert truncated and len(done) == 500
        observations.append(np.array(seen))
        actions.append(np.array(done))
    return foreign(folder, observations, actions, env.observation_space, env.action_space)


def obs_at(world, step):
    """What is on view in `world` at `step`, told from every other."""
    return np.array([world, step, world + step / 1000], np.float32)


def control(path, takeovers, starts=()):
    """A log of takeovers.

    Args:
        path: of the log.
        takeovers: for each step, the worlds in which the human is in control, of two.
        starts: (world, step) at which an episode starts.

    """
    with FeedbackLog(path, durable=False) as log:
        for step, worlds in takeovers.items():
            seen = np.stack([obs_at(world, step) for world in range(2)])
            log.append(
                Kind.INTERVENTION,
                Intervention(
                    human="Ada",
                    step=np.full(2, step),
                    wall_time=1000.0 + step,
                    human_seconds=np.array([0.1, 0.2]),
                    mask=np.array([world in worlds for world in range(2)]),
                    action=np.stack([seen[:, 1], -seen[:, 0]], axis=1),
                ),
                obs=seen,
                proposed_action=np.zeros((2, 2), np.float32) + step,
                episode_start=np.array([(world, step) in starts for world in range(2)]),
            )
