import re
import shlex
import subprocess
import sys
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
import typer

from coachable.cli import app
from coachable.compose import GROUPS, expand, options
from coachable.config import load
from coachable.expert_settings import plan
from coachable.humans import HUMANS
from coachable.reproduce import REPRODUCTIONS
from envs.arm import observation as arm
from envs.driving import constants as driving
from envs.maze import batch as maze
from envs.registry import TASKS
from envs.tabletop import scene as tabletop

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "runs/README.md",
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("algorithms/*/README.md")),
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`(coachable [^`]+)`")


def text(page):
    return (ROOT / page).read_text()


def blocks(page, language):
    return [code for kind, code in BLOCK.findall(text(page)) if kind == language]


def commands():
    """(page, command line) of everything that a page tells its reader to type."""
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        lines = [line for code in blocks(name, "") for line in code.splitlines()]
        for line in [*lines, *INLINE.findall(BLOCK.sub("", text(name)))]:
            command = line.removeprefix("$ ").split("  #")[0].strip()
            wrong_on_purpose = line.startswith("$ ")
            # `algorithm=median` comes to be by following docs/adding.md: see test_examples.py.
            to_be_added = "median" in command
            if command.startswith("coachable ") and not (wrong_on_purpose or to_be_added):
                yield pytest.param(command, id=f"{name}: {command}")


def heading_anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for link in LINK.findall(BLOCK.sub("", page.read_text())):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        if anchor:
            assert anchor in heading_anchors(target), link


@pytest.mark.parametrize("command", commands())
def test_every_command_line_can_be_typed(command):
    _, verb, *rest = shlex.split(command)
    group = typer.main.get_command(app)
    assert verb in group.commands
    if not rest or "NAME" in rest:  # a verb that is named, not typed
        return
    context = group.commands[verb].make_context(verb, list(rest))
    overrides = context.params.get("overrides") or []
    if verb == "sweep":
        for point in expand(overrides):
            load(point)
    elif verb in ("train", "check"):
        load(overrides, fit=verb == "train")
    elif verb == "train-expert":
        plan(overrides)
    before = ""
    for name in context.params.get("names") or []:
        key, equals, _ = name.partition("=")
        if equals:  # a setting of the reproduction before it
            assert key in import_module(REPRODUCTIONS[before].module).SPEC.variants
            continue
        assert name in REPRODUCTIONS
        before = name


def test_there_are_commands_on_the_pages_that_need_them():
    found = [param.id for param in commands()]
    for page in ("README.md", "docs/adding.md", "docs/tasks.md", "algorithms/pvp/README.md"):
        assert any(name.startswith(f"{page}:") for name in found), page


def test_the_run_that_the_readme_evaluates_is_the_one_that_it_trains():
    assert f"coachable evaluate runs/{load(['experiment=pvp_driving']).name}" in text("README.md")


def test_a_slip_is_answered_as_the_readme_shows():
    (shown,) = [code for code in blocks("README.md", "") if code.startswith("$ ")]
    command, answer = shown.removeprefix("$ ").strip().splitlines()
    entry = "from coachable.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", entry, *shlex.split(command)[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip() == answer


def test_the_python_of_the_readme_runs_as_it_stands():
    (code,) = blocks("README.md", "python")
    assert "learn(2_000)" in code
    shorter = code.replace("learn(2_000)", "learn(150)")
    done = subprocess.run(
        [sys.executable, "-c", shorter], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\[ *-?\d\.\S* +-?\d\.\S* *\]", done.stdout.strip()), done.stdout


def test_the_pages_name_every_choice():
    assert set(GROUPS) == {"experiment", "env", "human", "algorithm"}
    for name in options("algorithm"):
        assert f"`{name}`" in text("README.md"), name
    for name in TASKS:
        assert f"`{name}`" in text("README.md"), name
        assert f"`env={name}" in text("docs/tasks.md"), name
    for name in options("human"):
        assert f"| `{name}` |" in text("docs/humans.md"), name


def test_the_pages_on_humans_name_every_setting():
    page = text("docs/humans.md") + text("docs/people.md")
    for family in HUMANS.values():
        for setting in fields(family.config):
            if setting.name not in ("name", "maker", "settings"):  # those of a class of one's own
                assert re.search(rf"`[^`]*\b{setting.name}\b[^`]*`", page), setting.name


@pytest.mark.parametrize(
    ("heading", "size"),
    [
        ("Driving", driving.OBS_SIZE),
        ("Maze", maze.OBS_SIZE),
        ("Arm", arm.OBS_SIZE),
        ("Tabletop", tabletop.OBS_SIZE),
    ],
)
def test_the_table_of_an_observation_covers_all_of_it(heading, size):
    page = text("docs/tasks.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    assert f"[{size}] float32" in page
    covered = []
    for first, last in re.findall(r"^\| (\d+)(?:–(\d+))? \|", page, re.MULTILINE):
        covered += range(int(first), int(last or first) + 1)
    assert covered == list(range(size))
