"""Which simulated humans there are."""

from __future__ import annotations

from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.config import InterveningConfig
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from simulated_humans.corrector import CorrectorHuman
from simulated_humans.corrector_config import CorrectorConfig
from simulated_humans.demonstrating_config import DemonstratingConfig
from simulated_humans.evaluating import EvaluatingHuman
from simulated_humans.evaluating_config import EvaluatingConfig
from simulated_humans.intervening import InterveningHuman
from simulated_humans.own import OwnConfig, make_own
from simulated_humans.speaking import SpeakingHuman
from simulated_humans.speaking_config import SpeakingConfig
from teaching.family import HumanFamily

HUMANS: dict[str, HumanFamily] = {
    family.name: family
    for family in (
        HumanFamily(
            name="intervening",
            summary="An expert who watches and takes over, with the shortcomings of a person",
            kinds=InterveningHuman.kinds,
            config=InterveningConfig,
            make=InterveningHuman,
        ),
        HumanFamily(
            name="demonstrating",
            summary="An expert at the controls, with a say in where episodes start",
            kinds=InterveningHuman.kinds,
            config=DemonstratingConfig,
            make=InterveningHuman,
        ),
        HumanFamily(
            name="evaluating",
            summary="An expert who watches, praises and blames, with the shortcomings of a person",
            kinds=EvaluatingHuman.kinds,
            config=EvaluatingConfig,
            make=EvaluatingHuman,
        ),
        HumanFamily(
            name="comparing",
            summary="Someone who compares segments, or ranks them, by the task's true reward",
            kinds=ComparingHuman.kinds,
            config=ComparingConfig,
            make=ComparingHuman,
        ),
        HumanFamily(
            name="correcting",
            summary="Someone who makes a trajectory a little better: coactive feedback",
            kinds=CorrectingHuman.kinds,
            config=CorrectingConfig,
            make=CorrectingHuman,
        ),
        HumanFamily(
            name="speaking",
            summary="Someone who says what was done well, where to go and what things are worth",
            kinds=SpeakingHuman.kinds,
            config=SpeakingConfig,
            make=SpeakingHuman,
        ),
        HumanFamily(
            name="corrector",
            summary="Someone who says after each episode what should be done otherwise",
            kinds=CorrectorHuman.kinds,
            config=CorrectorConfig,
            make=CorrectorHuman,
        ),
        HumanFamily(
            name="own",
            summary="A class of your own",
            kinds=None,
            config=OwnConfig,
            make=make_own,
        ),
    )
}
