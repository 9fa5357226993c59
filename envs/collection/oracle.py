"""What a simulated human may know of the collection task."""

from __future__ import annotations

import numpy as np

from envs.collection.assignment import weights
from envs.collection.batch import CollectionBatch
from envs.collection.features import NUM_ACTIONS, features
from envs.collection.words import WORDS
from teaching import Oracle, UserError


def collection_oracle(batch: CollectionBatch) -> Oracle:
    """Bind a teacher who sees what every object is worth to N worlds.

    `action` and `q_values` read the state of the worlds and not the observations, and are exact:
    no action changes what the next levels are, so its value is its points in this level. Of
    several best actions the one with the smallest number is taken, which leaves out what is worth
    nothing. `reward` is a function of an observation and an action, and therefore what colours
    and shapes promise: the points that the action is worth on average under the hidden
    assignment, φ·w. It is left out where each episode has an assignment of its own, which no
    observation tells; `worth` is the w of each world as it stands. So are `plan` and `utility`,
    for single levels: what is seen of one level says nothing of the next.
    """

    def action(obs: np.ndarray) -> np.ndarray:
        return batch.action_values().argmax(axis=1)

    def q_values(obs: np.ndarray) -> np.ndarray:
        return batch.action_values()

    def worth() -> np.ndarray:
        return np.stack([weights(int(assignment)) for assignment in batch.assignment])

    if batch.config.assignment is None:
        return Oracle(action=action, q_values=q_values, words=WORDS, worth=worth)
    fixed = weights(batch.config.assignment)

    def reward(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return features(obs, actions) @ fixed

    def utility(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return reward(obs, _one_level(actions)[:, 0])

    def plan(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        _one_level(actions)
        every = np.tile(np.arange(NUM_ACTIONS), len(obs))
        promised = reward(np.repeat(obs, NUM_ACTIONS, axis=0), every)
        return promised.reshape(len(obs), NUM_ACTIONS).argmax(axis=1)[:, None]

    return Oracle(
        action=action,
        q_values=q_values,
        reward=reward,
        plan=plan,
        utility=utility,
        words=WORDS,
        worth=worth,
    )


def _one_level(actions: np.ndarray) -> np.ndarray:
    if actions.shape[1] != 1:
        raise UserError(
            "collection: an observation shows one level and nothing of the next, so that only "
            f"segments of 1 step can be corrected; got {actions.shape[1]} steps"
        )
    return actions
