import json
import re
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, kstest

import simulated_humans.evaluating
from coachable.reproduce.human_models import rows, run, stage
from coachable.reproduce.human_models.closed_forms import said_in_the_end
from coachable.reproduce.human_models.page import PICTURES, page
from coachable.reproduce.human_models.pictures import DRAWINGS, SUMMARY, picture
from coachable.reproduce.human_models.registry import (
    COMPOSED,
    MODELS,
    NO_ERROR,
    SINGLE,
    inherited,
    settings,
)
from coachable.reproduce.human_models.stage import Stage
from simulated_humans.registry import HUMANS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "human_models.md"
QUICK = 3000


@pytest.fixture(scope="module")
def measured():
    return run.measure(MODELS, [0], 1, QUICK)[0]


def test_every_row_agrees_with_its_closed_form(measured):
    off = {
        (name, row.statistic): (row.expected, row.measured, row.z)
        for name, group in measured.items()
        for row in group
        if not row.agrees or (row.z is not None and abs(row.z) > 4)
    }
    assert not off


def test_every_model_has_rows_and_no_statistic_is_told_twice(measured):
    for name, group in measured.items():
        names = [row.statistic for row in group]
        assert names and len(set(names)) == len(names), name


def test_every_setting_has_a_model_and_every_model_a_picture():
    # A new field in a config fails here until something measures it.
    told = {setting for model in SINGLE.values() for setting in model.settings}
    assert told == settings()
    assert set(DRAWINGS) == set(SINGLE)
    assert {s for model in COMPOSED.values() for s in model.settings} <= settings()
    assert len(COMPOSED) >= 8


def test_what_is_inherited_unchanged_is_covered_where_it_comes_from():
    # DemonstratingConfig has two settings anew, of which one says who it is, and six of its own.
    family = HUMANS["demonstrating"]
    assert {f.name for f in fields(family.config)} - inherited(family) == {
        *("name", "gate", "execution_noise", "reset_share"),
        *("interest", "interest_threshold", "interest_before", "interest_memory"),
    }
    assert {f"intervening.{name}" for name in inherited(family) - set(NO_ERROR)} < settings()
    assert not any(inherited(HUMANS[name]) for name in HUMANS if name != "demonstrating")
    # The same settings in a human that is made otherwise need models of their own.
    other = replace(family, make=HUMANS["comparing"].make)
    assert not inherited(other)


def test_the_page_shows_what_the_command_measures(measured):
    text = PAGE.read_text()
    result = {
        "quick": False,
        "draws": run.DRAWS,
        "seeds": [0, 1, 2, 3, 4],
        "claims": [asdict(claim) for claim in run.claims([measured], run.BOUND)],
        "rows": [{"model": m, **asdict(r)} for m, group in measured.items() for r in group],
    }
    # Figures come from the last full run; headings, formulas, settings and statistics from here.
    assert skeleton(text) == skeleton(page(result))
    for name in (*SINGLE, SUMMARY):
        file = DOCS / PICTURES / f"{name}.png"
        assert file.stat().st_size < 60_000, name
    assert {f.stem for f in (DOCS / PICTURES).glob("*.png")} == {*SINGLE, SUMMARY}


def skeleton(text):
    """The page without its figures, and without the claims, whose wording counts rows."""
    text = text[text.index("## ") :]
    kept = re.sub(r"^(\| claim.*?)(?=^!)", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line.split(" | ")[0] if line.startswith("| ") else line for line in kept.splitlines()]


def test_what_the_page_says_was_measured_agrees_with_the_closed_forms():
    figures = re.findall(r"\| ([\d,]+) \| \S+ \| ([+−][\d.]+) \|$", PAGE.read_text(), re.MULTILINE)
    z = np.array([float(z.replace("−", "-")) for _, z in figures])
    assert len(z) > 150 and np.abs(z).max() <= run.BOUND
    assert kstest(z, "norm").pvalue > 0.01


def test_a_wrong_rate_is_caught(monkeypatch):
    right = simulated_humans.evaluating.mistake
    monkeypatch.setattr(
        simulated_humans.evaluating, "mistake", lambda r, rate, u: right(r, 1.3 * rate, u)
    )
    wrong = run.measure(["mistakes"], [0], 1, 20_000)
    # 0.13 instead of 0.10: in 20,000 draws, 0.03 / √(0.09 / 20,000) = 14 standard errors.
    assert wrong[0]["mistakes"][0].z == pytest.approx(14, abs=4)
    assert not run.claims(wrong, run.BOUND)[0].holds


def test_a_bias_too_small_for_any_row_is_caught_by_all_of_them():
    # Standard errors that are a third too large, under which no row ever looks off.
    z = np.random.default_rng(0).normal(size=800) / 1.33
    group = [rows.Row("", 0.0, x, 1, 1.0, x) for x in z]
    first, law, *_ = run.claims([{"a": group}], run.BOUND)
    assert first.holds and not law.holds


def test_a_row_without_chance_must_be_exact():
    off = [{"a": [rows.exact("", 1.0, 1.001, 10), rows.mean("", np.zeros(9), 0.0, 1.0)]}]
    assert not run.claims(off, run.BOUND)[-1].holds


def test_whole_distributions_are_told_apart_and_recognised():
    rng = np.random.default_rng(3)
    pmf = binom(5, 0.4).pmf(np.arange(6))
    same = rng.binomial(5, 0.4, 20_000)
    # The mean of a binomial of 0.42 is 0.1 higher, a tenth of a deviation: 13 errors in 20,000.
    other = rng.binomial(5, 0.42, 20_000)
    assert abs(rows.fits_steps("", same, pmf).z) < 3 < rows.fits_steps("", other, pmf).z
    tally = [np.bincount(x, minlength=6) for x in (same, other)]
    assert abs(rows.counts("", tally[0], pmf).z) < 3 < rows.counts("", tally[1], pmf).z
    assert rows.fits_steps("", np.array([0, 6]), pmf).z > 10  # six of five


def test_the_z_of_a_whole_distribution_is_standard_normal():
    rng = np.random.default_rng(4)
    pmf = np.array([0.5, 0.3, 0.2])
    z = [rows.counts("", rng.multinomial(500, pmf), pmf).z for _ in range(300)]
    assert kstest(z, "norm").pvalue > 0.01


def test_spells_are_chosen_by_when_they_start():
    mask = np.array([[1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0]], bool).T
    # Of length 13 with the longest 4, starts from step 1 to step 8 count: those at 2 and 5.
    assert stage.spells(mask, 4).tolist() == [2, 3]
    assert stage.spells(mask, 2).tolist() == [2, 2, 1]  # up to step 10
    assert stage.geometric(0.5, 3).tolist() == [0.0, 0.5, 0.25, 0.25]


def test_words_in_each_others_way_by_enumeration():
    # Delays of 0 or 1 step, q spoken. With delay 1 a word is lost where the next has delay 0.
    delay, q = np.array([0.3, 0.7]), 0.6
    assert said_in_the_end(delay, q) == pytest.approx(q * (0.3 + 0.7 * (1 - q * 0.3)))


def test_the_same_seed_draws_the_same_picture(tmp_path):
    for name in ("a", "b"):
        file = tmp_path / f"{name}.png"
        picture(file, lambda axis: DRAWINGS["strictness"](axis, Stage("strictness", 100, 0)))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_command_writes_its_result_table_and_pictures(tmp_path, monkeypatch, capsys):
    few = {name: MODELS[name] for name in ("mistakes", "prices")}
    monkeypatch.setattr(run, "MODELS", few)
    monkeypatch.setattr(
        "coachable.reproduce.human_models.pictures.DRAWINGS", {"prices": DRAWINGS["prices"]}
    )
    monkeypatch.setattr(run, "DRAWS", 1000)
    assert run.run("human_models", tmp_path, [0, 1], 1, False)
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["seeds"] == [0, 1] and [len(z) for z in result["z"]] == [2, 2]
    assert {row["model"] for row in result["rows"]} == set(few)
    assert "| `mistakes` | blame of what is right" in (tmp_path / "table.md").read_text()
    assert {f.stem for f in (tmp_path / "pictures").iterdir()} == {"prices", SUMMARY}
    assert "holds" in capsys.readouterr().out


@pytest.mark.long
def test_a_full_run_holds(tmp_path):
    assert run.run("human_models", tmp_path, [0, 1, 2, 3, 4], 1, False)
