"""Which seats there are for real people, and for recorded ones."""

from __future__ import annotations

from human_controllers.replay import make_replay
from human_controllers.replay_config import ReplayConfig
from teaching.family import HumanFamily

CONTROLLERS: dict[str, HumanFamily] = {
    family.name: family
    for family in (
        HumanFamily(
            name="replay",
            summary="A recorded human, given again",
            kinds=None,
            config=ReplayConfig,
            make=make_replay,
            needs_expert=False,
        ),
    )
}
