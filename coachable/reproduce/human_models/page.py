"""The page of the human models: of each its picture, formula, settings, source and rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coachable.reproduce.human_models.model import Model
from coachable.reproduce.human_models.pictures import SUMMARY
from coachable.reproduce.human_models.registry import COMPOSED, SINGLE
from coachable.reproduce.human_models.table import figures

PICTURES = "images/humans"
"""From the page's folder."""

HEAD = """# The rates at which simulated humans err

Written by `python docs/make_human_models.py` from what `coachable reproduce human_models` left
behind. Every [simulated human](humans.md) is shown made-up moments, segments or trajectories and
answers through its public methods; what it does is counted and held against the closed form of its
settings, with {draws:,} draws to a model (rows about one case of several have their share of
them, and rows about sentences a tenth).

SE is the standard error under the closed form, and z the distance in such errors. KS rows show √n
times the largest distance between the two distribution functions (mean 0.87 by chance), those of
steps after each step is spread evenly; χ² rows are Pearson's. Their z is the normal number with the
same tail probability. Estimates by maximum likelihood have the error that Fisher's information
allows. Rows without chance are exact. A duration is in whole steps; where episodes end, so does it.

In the pictures, the closed form and what is ideal are black, the human is blue, and orange where it
errs or where there is a second one. Formulas stand beside the code that measures them, in
[coachable/reproduce/human_models](../coachable/reproduce/human_models).
"""

QUICK = """
These figures are those of a quick run; the command as it stands draws twenty times as often.
"""

HEADINGS = {
    "intervening": "Taking over",
    "evaluating": "Praise and blame",
    "comparing": "Comparing and ranking",
    "correcting": "Making it a little better",
    "demonstrating": "Showing how it is done",
    "speaking": "Saying it in words",
    "corrector": "Correcting in words",
    "": "All of them",
}


def page(result: Mapping[str, Any]) -> str:
    """The page, from what is in result.json."""
    head = HEAD.format(draws=result["draws"]) + (QUICK if result["quick"] else "")
    return "\n".join([head, *_summary(result), *_models(result)])


def table(result: Mapping[str, Any], name: str) -> str:
    """The rows of one model."""
    lines = ["| statistic | expected | measured | n | SE | z |", "|---|--:|--:|--:|--:|--:|"]
    for row in result["rows"]:
        if row["model"] == name:
            cells = [row["statistic"].replace("|", "\\|"), *figures(row)]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _summary(result: Mapping[str, Any]) -> Iterator[str]:
    seeds = ", ".join(map(str, result["seeds"]))
    yield f"## All rows together\n\nSeeds {seeds}; the tables below are those of the first.\n"
    yield "| claim | value | bound | |\n|---|--:|--:|---|"
    for claim in result["claims"]:
        verdict = "holds" if claim["holds"] else "**fails**"
        name = claim["claim"].replace("|", "\\|")
        yield f"| {name} | {claim['value']:.3f} | {claim['bound']:.3f} | {verdict} |"
    yield f"\n![z of all rows against normal quantiles]({PICTURES}/{SUMMARY}.png)\n"


def _models(result: Mapping[str, Any]) -> Iterator[str]:
    for human, heading in HEADINGS.items():
        yield f"## {heading}\n"
        for model in SINGLE.values():
            if _human(model) == human:
                yield from _section(result, model, picture=True)
    yield "## Errors in company\n"
    for model in COMPOSED.values():
        yield from _section(result, model, picture=False)


def _section(result: Mapping[str, Any], model: Model, picture: bool) -> Iterator[str]:
    yield f"### {model.name}\n"
    if picture:
        yield f"![{model.name}]({PICTURES}/{model.name}.png)\n"
    settings = dict.fromkeys(setting.split(".")[1] for setting in model.settings)
    names = ", ".join(f"`{name}`" for name in settings)
    formula = model.formula.replace("*", "\\*")  # a star is no emphasis
    yield f"{names}: {formula} Source: {model.source}.\n"
    yield table(result, model.name) + "\n"


def _human(model: Model) -> str:
    humans = {setting.split(".")[0] for setting in model.settings}
    return humans.pop() if len(humans) == 1 else ""
