import importlib.util
import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ROW = {"condition": "driving", "seeds": 2, "success": 0.9, "success_std": 0.05, "human_steps": None}
CLAIMS = [
    {"claim": "success of PVP", "value": 0.9, "bound": 0.8, "holds": True},
    {"claim": "its price", "value": 7.0, "bound": 5.0, "holds": False},
]


@pytest.fixture
def pages(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("make_results", DOCS / "make_results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "docs").mkdir()
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{module.OPEN}\nstale\n{module.CLOSE}\nafter\n")
    monkeypatch.setattr(module, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(module, "README", readme)
    (tmp_path / "docs" / "images").mkdir()
    return module


def record(runs, quick=False):
    folder = runs / "pvp_driving"
    folder.mkdir(parents=True)
    (folder / "success.png").write_bytes(b"a picture")
    result = {
        "name": "pvp_driving",
        "quick": quick,
        "seeds": [0, 1],
        "table": [{**ROW, "method": "pvp"}, {**ROW, "method": "iwr", "success_std": None}],
        "claims": CLAIMS,
    }
    (folder / "result.json").write_text(json.dumps(result))


def test_the_page_holds_every_method_and_every_claim_and_how_to_run_it_again(pages, tmp_path):
    record(tmp_path / "runs")
    pages.main(tmp_path / "runs")
    page = (tmp_path / "docs" / "results.md").read_text()
    assert "`coachable reproduce pvp_driving`, seeds 0, 1" in page
    assert "| driving | pvp | 0.90 ± 0.05 |" in page
    assert "| driving | iwr | 0.90 |" in page
    assert "human steps |" not in page  # nothing fills that column
    assert "| success of PVP | 0.900 | 0.800 | holds |" in page
    assert "| its price | 7.000 | 5.000 | **fails** |" in page
    assert (tmp_path / "docs" / "images" / "pvp_driving.png").read_bytes() == b"a picture"


def test_the_digest_replaces_what_stood_between_the_marks(pages, tmp_path):
    record(tmp_path / "runs")
    pages.main(tmp_path / "runs")
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("before\n") and readme.endswith("\nafter\n")
    assert "stale" not in readme and "**fails**" in readme
    pages.main(tmp_path / "runs")
    assert (tmp_path / "README.md").read_text() == readme


def test_what_was_run_elsewhere_stays_on_the_pages(pages, tmp_path):
    record(tmp_path / "runs")
    pages.main(tmp_path / "runs")
    page, readme = tmp_path / "docs" / "results.md", tmp_path / "README.md"
    before = page.read_text()
    later = {
        "name": "coach_gradient",
        "quick": False,
        "seeds": [3],
        "markdown": "| a table | of its own |",
        "claims": [{"claim": "error", "value": 2e-9, "bound": 1e-8, "holds": True}],
    }
    folder = tmp_path / "later" / "coach_gradient"
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(later))
    pages.main(tmp_path / "later")
    after = page.read_text()
    assert before.rstrip("\n") in after
    assert "| a table | of its own |" in after and "| error | 2.0e-09 | 1.0e-08 | holds |" in after
    rows = [line for line in readme.read_text().splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == ["pvp_driving", "coach_gradient"]
    assert rows[0].endswith("| 1 of 2 | **fails**: its price: 7.000 (bound 5.000) |")
    assert rows[1].endswith("| 1 of 1 |  |")
    pages.main(tmp_path / "runs")
    assert page.read_text() == after


def test_quick_runs_are_no_evidence(pages, tmp_path):
    record(tmp_path / "runs", quick=True)
    with pytest.raises(SystemExit, match="no result"):
        pages.main(tmp_path / "runs")


def test_the_readme_has_the_marks(pages):
    readme = (DOCS.parent / "README.md").read_text()
    assert readme.count(pages.OPEN) == readme.count(pages.CLOSE) == 1
