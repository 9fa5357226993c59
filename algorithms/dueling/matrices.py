"""Preference matrices [K, K], P(i beats j), on which dueling bandits are measured.

Arm 0 beats every other in each of them (it is the Condorcet winner).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SIX_RANKERS = ("55 55 54 61 61", "55 55 58 60", "54 51 56", "54 50", "51")

_MSLR = (
    "53519466 61259350 75696008 76547422",
    "57985831 72745116 73820053",
    "65895708 66877089",
    "50999465",
)

_SUSHI = (
    "512 622 655 698 726 711 708 749 800 741 783 847 817 854 868",
    "602 683 652 776 663 683 738 709 786 802 830 850 871 873",
    "528 554 533 534 591 573 593 661 705 734 672 787 822",
    "553 619 566 641 675 687 665 696 803 823 796 844",
    "513 524 518 608 538 643 610 695 672 681 775",
    "513 559 575 621 591 701 702 787 829 811",
    "559 553 613 564 607 703 735 736 801",
    "556 527 562 580 668 805 777 767",
    "512 548 542 612 786 710 685",
    "543 579 613 718 685 747",
    "564 625 618 702 684",
    "542 644 700 733",
    "577 607 596",
    "578 637",
    "586",
)


def arithmetic(arms: int = 8) -> np.ndarray:
    """[K, K], P(i beats j) = ½ + .05·(j − i) (Komiyama et al. 2015)."""
    i = np.arange(arms)
    return 0.5 + 0.05 * (i - i[:, None])


def cyclic() -> np.ndarray:
    """[4, 4], a winner with a small lead over three that beat each other in a circle (the same)."""
    return np.array(
        [[0.5, 0.6, 0.6, 0.6], [0.4, 0.5, 0.9, 0.1], [0.4, 0.1, 0.5, 0.9], [0.4, 0.9, 0.1, 0.5]]
    )


def bradley_terry(strength: np.ndarray) -> np.ndarray:
    """[K, K], P(i beats j) = σ(u_i − u_j) of strengths u [K]."""
    return 1.0 / (1.0 + np.exp(strength - strength[:, None]))


def six_rankers() -> np.ndarray:
    """[6, 6], retrieval functions of a search engine for papers (Yue and Joachims 2011)."""
    return _from_upper(_SIX_RANKERS, 2)


def mslr() -> np.ndarray:
    """[5, 5], rankers of MSLR-WEB30K, by simulated clicks (Zoghi et al. 2015; Wu and Liu 2016)."""
    return _from_upper(_MSLR, 8)


def sushi() -> np.ndarray:
    """[16, 16], the kinds of sushi of Kamishima's survey (2003), as in Komiyama et al. (2015)."""
    return _from_upper(_SUSHI, 3)


MATRICES = {
    "arithmetic": arithmetic,
    "cyclic": cyclic,
    "Bradley–Terry": lambda: bradley_terry(np.linspace(2.0, 0.0, 10)),
    "six rankers": six_rankers,
    "MSLR": mslr,
    "sushi": sushi,
}
"""The matrices that `coachable reproduce dueling_bandits` plays on."""


def _from_upper(rows: Sequence[str], digits: int) -> np.ndarray:
    """[K, K] of what stands above the diagonal, in units of 10^-digits."""
    upper = np.zeros((len(rows) + 1, len(rows) + 1))
    for i, row in enumerate(rows):
        upper[i, i + 1 :] = [int(number) / 10**digits for number in row.split()]
    return upper + np.tril(1.0 - upper.T, -1) + 0.5 * np.eye(len(upper))
