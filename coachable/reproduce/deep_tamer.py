"""Deep TAMER in slow motion: a pole to balance and a hill to climb, a quarter of an hour each.

The word comes .2 to .8 s after what it is about, with steps of half a second, and every learner is
told so. What the weights of the pairs are worth shows on the pole, and what the network is worth on
the hill, where what is right is no linear function of position and speed. Actions are drawn from a
softmax over Ĥ while it learns; the published learner, which is greedy, is there as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Run, Spec, at_least, at_most, grid, mean, values

MINUTES = 15
BASE = ["experiment=deep_tamer_cartpole"]
HILL = [*BASE, "env.id=MountainCar-v0", "human.expert=task"]

POLE, UNWEIGHTED, CLIMB = "CartPole", "CartPole, pairs unweighted", "MountainCar"
GREEDY, BOTH = "CartPole, greedy in training", "CartPole, greedy and unweighted"


def runs(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
    """Both learners on both tasks, and Deep TAMER greedy, and with pairs that all count once."""
    both = grid(["deep_tamer", "tamer"], {POLE: BASE, CLIMB: HILL})
    flat, greedy = "algorithm.importance_weights=false", "algorithm.temperature=null"
    less = {
        UNWEIGHTED: [*BASE, flat],
        GREEDY: [*BASE, greedy],
        BOTH: [*BASE, flat, greedy],
    }
    return [*both(seeds, rows), *grid(["deep_tamer"], less)(seeds, rows)]


def claims(rows: Sequence[Row]) -> list[Claim]:
    """What it reaches, what it costs, and what is lost without weights and without the network."""
    ours = {"method": "deep_tamer"}
    pole = mean(rows, "return", condition=POLE, **ours)
    flat, greedy, both = (
        mean(rows, "return", condition=c, **ours) for c in (UNWEIGHTED, GREEDY, BOTH)
    )
    hill, linear = (
        mean(rows, "return", condition=CLIMB, method=m) for m in ("deep_tamer", "tamer")
    )
    spent = max(values(rows, "human_seconds", condition=c, **ours).max() for c in (POLE, CLIMB))
    return [
        at_least("return of Deep TAMER on CartPole", pole, 475),
        at_least("… more than with pairs that all count once", pole - flat, 100),
        at_least("… and where both are greedy in training", greedy - both, 100),
        at_least("return of Deep TAMER on MountainCar", hill, -160),
        at_least("… more than TAMER, which is linear", hill - linear, 20),
        at_most("most human minutes that it took", float(spent) / 60, MINUTES),
    ]


SPEC = Spec(
    title="Deep TAMER on CartPole and MountainCar, 15 human minutes",
    stages=[runs],
    claims=claims,
    experts={POLE: BASE, CLIMB: HILL},
)
