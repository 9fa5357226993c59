"""What a model of how people err consists of here: settings, formula, how it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coachable.reproduce.human_models.rows import Row
from coachable.reproduce.human_models.stage import Stage

Measure = Callable[[Stage], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Model:
    """One error model, or several in company.

    Attributes:
        name: of its row, its picture and its section.
        settings: "human.setting" of every setting that it explains.
        formula: the closed form, which is the docstring of `measure`.
        source: where the model comes from.
        measure: yields the rows of one seed.

    """

    name: str
    settings: tuple[str, ...]
    formula: str
    source: str
    measure: Measure


def collect(models: dict[str, Model], human: str = "") -> Callable[..., Callable]:
    """A decorator that enters a measuring function into `models`.

    Settings without a dot belong to `human`.
    """

    def model(name: str, settings: str, source: str = "ours") -> Callable[[Measure], Measure]:
        whole = tuple(s if "." in s else f"{human}.{s}" for s in settings.split())

        def enter(measure: Measure) -> Measure:
            assert name not in models, name
            formula = " ".join((measure.__doc__ or "").split())
            models[name] = Model(name, whole, formula, source, measure)
            return measure

        return enter

    return model
