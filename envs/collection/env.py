"""`coachable/Collection-v0`: one world, or N of them side by side."""

from __future__ import annotations

import numpy as np

from envs.batched import BatchEnv, BatchVectorEnv
from envs.collection import features
from envs.collection.batch import CollectionBatch
from envs.collection.task import CollectionConfig
from envs.collection.words import WORDS, tell
from envs.task import Split
from teaching import UserError


class _Declared:
    """What a learner from language is told of the task; the same for one world and for N.

    Attributes:
        feature_names: of the 15 columns of `features`.
        words: what can be spoken of.

    """

    feature_names = features.FEATURES
    words = WORDS

    @staticmethod
    def features(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, 160], [M] -> [M, 15], counts of what is collected; see `envs.collection.features`."""
        return features.features(obs, action)


class CollectionEnv(_Declared, BatchEnv):
    """Collect the objects that are worth having, from one of four clusters a level.

    Args:
        config: levels and assignment; the defaults if left out.
        split: "train", "validation" or "test"; they share no level.
        render_mode: "rgb_array" or None. The frame is the teacher's: it shows what objects are
            worth, which the observation does not.

    Raises:
        UserError: a split or a render mode that does not exist.

    """

    batch: CollectionBatch

    def __init__(
        self,
        config: CollectionConfig | None = None,
        split: Split = "train",
        render_mode: str | None = None,
    ) -> None:
        self.config = config or CollectionConfig()
        batch, draw = CollectionBatch(self.config, split, 1), None
        if render_mode is not None:
            from envs.collection.render import Picture  # pygame is loaded only to draw

            draw = Picture(render_mode, batch).draw
        super().__init__(batch, draw)

    def tell(self, obs: np.ndarray, action: np.ndarray) -> str:
        """The level, its values, and what the action takes, in words: the teacher's view."""
        batch = self.batch
        level = min(int(batch.level[0]), self.config.levels - 1)
        head = f"level {level + 1} of {self.config.levels}, {batch.score[0]} points so far"
        return f"{head}\n{tell(obs, action, batch.value[0, level])}"


class CollectionVectorEnv(_Declared, BatchVectorEnv):
    """N worlds; a finished one begins its next episode in the same step.

    Args:
        config: levels and assignment; the defaults if left out.
        split: "train", "validation" or "test"; they share no level.
        num_worlds: how many worlds.

    Raises:
        UserError: no such split, or fewer than one world.

    """

    batch: CollectionBatch

    def __init__(
        self, config: CollectionConfig | None = None, split: Split = "train", num_worlds: int = 1
    ) -> None:
        if num_worlds < 1:
            raise UserError(f"the number of worlds must be at least 1, got {num_worlds}")
        self.config = config or CollectionConfig()
        super().__init__(CollectionBatch(self.config, split, num_worlds))


def make_vec_env(
    num_envs: int, config: CollectionConfig | None = None, split: Split = "train"
) -> CollectionVectorEnv:
    """What `gymnasium.make_vec` calls, under the names that it uses."""
    return CollectionVectorEnv(config, split, num_envs)
