"""`coachable/Tabletop-v0`: one world, or N of them side by side."""

from __future__ import annotations

import numpy as np

from envs.batched import BatchEnv, BatchVectorEnv
from envs.tabletop import features
from envs.tabletop.batch import TabletopBatch
from envs.tabletop.expert import Carrier
from envs.tabletop.planner import actions_along
from envs.tabletop.rollout import path_features
from envs.tabletop.task import TabletopConfig
from envs.tabletop.users import weights
from envs.task import Split


class _Declared:
    """What a learner of preferences is told of the task; the same for one world and for N.

    Attributes:
        feature_names: of the 16 columns of `features`.
        feature_units: [16], what to multiply them with to have them of one size.
        feature_signs: [16], 1 where nobody minds more of it, -1 where nobody wants more of it.

    """

    config: TabletopConfig
    feature_names = features.FEATURES
    feature_units = features.UNITS
    feature_signs = features.SIGNS

    @staticmethod
    def features(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, 31], [M, 4] -> [M, 16], in which the reward is linear; `envs.tabletop.features`."""
        return features.features(obs, action)

    def path_features(self, obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """[M, 31], [M, T, 4] -> [M, 16], summed along a path until it or the episode ends."""
        return path_features(obs, actions, self.config.horizon)

    def carrier(self, weights: np.ndarray) -> Carrier:
        """Return who carries the object as weights [16] would have it."""
        return Carrier(weights, self.config.horizon)

    @property
    def true_weights(self) -> np.ndarray:
        """[16], the user's, for the scoreboard: no learner may learn from them."""
        return weights(self.config.user, self.config.reward == "dense")

    def best_worth(self, obs: np.ndarray) -> float:
        """What the best path from obs [31] is worth to the user: for the scoreboard."""
        path = actions_along(self.carrier(self.true_weights).path(obs))
        actions = np.clip(path, -1.0, 1.0).astype(np.float32)
        return float(self.path_features(obs[None], actions[None])[0] @ self.true_weights)


class TabletopEnv(_Declared, BatchEnv):
    """Carry an object over a table, past a person and other things, to its goal.

    Args:
        config: the user, the reward and the horizon; the defaults if left out.
        split: "train", "validation" or "test"; they share no episode.
        render_mode: "rgb_array" or None.

    Raises:
        UserError: a split or a render mode that does not exist, or no way to make pictures here.

    """

    batch: TabletopBatch

    def __init__(
        self,
        config: TabletopConfig | None = None,
        split: Split = "train",
        render_mode: str | None = None,
    ) -> None:
        self.config = config or TabletopConfig()
        batch, draw = TabletopBatch(self.config, split, 1), None
        if render_mode is not None:
            from envs.physics.render import Picture  # OpenGL is loaded only to draw

            draw = Picture(render_mode, batch, "front", batch.caption).draw
        super().__init__(batch, draw)


class TabletopVectorEnv(_Declared, BatchVectorEnv):
    """N worlds; a finished one begins its next episode in the same step.

    Args:
        config: the user, the reward and the horizon; the defaults if left out.
        split: "train", "validation" or "test"; they share no episode.
        num_worlds: how many worlds.

    Raises:
        UserError: no such split, or fewer than one world.

    """

    batch: TabletopBatch

    def __init__(
        self, config: TabletopConfig | None = None, split: Split = "train", num_worlds: int = 1
    ) -> None:
        self.config = config or TabletopConfig()
        super().__init__(TabletopBatch(self.config, split, num_worlds))


def make_vec_env(
    num_envs: int, config: TabletopConfig | None = None, split: Split = "train"
) -> TabletopVectorEnv:
    """What `gymnasium.make_vec` calls, under the names that it uses."""
    return TabletopVectorEnv(config, split, num_envs)
