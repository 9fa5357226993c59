"""The results page, written from what ``coachable reproduce`` left behind.

``python docs/make_results.py`` reads runs/reproduce/*/result.json, writes docs/results.md with the
pictures that go with it, and puts the claims in short into the README. What is not among those runs
stays on both pages as it was.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coachable.files import write_whole
from coachable.reproduce import REPRODUCTIONS
from coachable.reproduce.report import FIGURES, figure
from coachable.tables import shown

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
OPEN, CLOSE = "<!-- results: written by docs/make_results.py -->", "<!-- end of results -->"

_CLAIM = re.compile(r"^\| (.+) \| (\S+) \| (\S+) \| (holds|\*\*fails\*\*) \|$", re.MULTILINE)
"""A line of a section's table of claims: claim, value, bound, verdict."""

HEAD = """# Results

Written by `python docs/make_results.py` from `runs/reproduce/*/result.json`; the command under each
heading carries its runs out again. Mean ± standard deviation over seeds, on test episodes that no
method trained on and no setting was chosen by (validation episodes are there for that). Methods
of a table share the human, its rule for taking over, seeds, networks and updates a step.
What stands behind the figures, and what falls short: [findings.md](findings.md).
"""


def main(runs: Path) -> None:
    """Write the page, its pictures and the README's digest."""
    found = [
        json.loads((runs / name / "result.json").read_text())
        for name in REPRODUCTIONS
        if (runs / name / "result.json").is_file()
    ]
    results = {r["name"]: r for r in found if not r["quick"] and {"table", "markdown"} & set(r)}
    if not results:
        sys.exit(f"{runs} holds no result.json of a full reproduction")
    for name in results:
        picture = runs / name / "success.png"
        if picture.is_file():
            write_whole(DOCS / "images" / f"{name}.png", picture.read_bytes())
    page = DOCS / "results.md"
    sections = earlier_sections(page.read_text() if page.is_file() else "")
    sections |= {name: section(result, runs) for name, result in results.items()}
    ordered = [sections[name] for name in REPRODUCTIONS if name in sections]
    write_whole(page, "\n".join([HEAD, *ordered]).encode())
    write_whole(README, with_digest(README.read_text(), sections).encode())
    print(f"{page}: {', '.join(results)}")


def earlier_sections(page: str) -> dict[str, str]:
    """Name -> section of a page that was written before."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    return {part.split("\n", 1)[0].removeprefix("## "): part.rstrip("\n") + "\n" for part in parts}


def section(result: Mapping[str, Any], runs: Path) -> str:
    """One reproduction: how to run it, its table, its claims, its picture if it has one."""
    name = result["name"]
    drawn = (runs / name / "success.png").is_file()
    seeds = ", ".join(map(str, result["seeds"]))
    return "\n".join(
        [
            f"## {name}\n\n{REPRODUCTIONS[name].summary}.\n",
            f"`coachable reproduce {name}`, seeds {seeds}\n",
            *(table(result["table"]) if "table" in result else [result["markdown"]]),
            "",
            "| claim | value | bound | |\n|---|--:|--:|---|",
            *(
                f"| {c['claim']} | {figure(c['value'])} | {figure(c['bound'])} | {verdict(c)} |"
                for c in result["claims"]
            ),
            f"\n![{result.get('caption', 'success against human steps')}](images/{name}.png)\n"
            if drawn
            else "",
        ]
    )


def table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """The lines of a Markdown table; columns that nothing fills are left out."""
    keys = [key for key in FIGURES if any(line.get(key) is not None for line in lines)]
    yield "| condition | method | " + " | ".join(FIGURES[key] for key in keys) + " |"
    yield "|---|---|" + "--:|" * len(keys)
    for line in lines:
        cells = (shown(line.get(key), line.get(f"{key}_std")) for key in keys)
        yield f"| {line['condition']} | {line['method']} | " + " | ".join(cells) + " |"


def with_digest(readme: str, sections: Mapping[str, str]) -> str:
    """The README with its digest between the two marks: how many claims hold, and which do not."""
    before, rest = readme.split(OPEN)
    after = rest.split(CLOSE)[1]
    lines = ["| reproduction | what it shows | claims that hold | |", "|---|---|--:|---|"]
    for name in REPRODUCTIONS:
        claims = _CLAIM.findall(sections.get(name, ""))
        if claims:
            fails = [
                f"{text}: {value} (bound {bound})"
                for text, value, bound, verdict in claims
                if verdict != "holds"
            ]
            held = f"{len(claims) - len(fails)} of {len(claims)}"
            told = f"**fails**: {'; '.join(fails)}" if fails else ""
            lines.append(f"| `{name}` | {REPRODUCTIONS[name].summary} | {held} | {told} |")
    return f"{before}{OPEN}\n" + "\n".join(lines) + f"\n{CLOSE}{after}"


def verdict(claim: Mapping[str, Any]) -> str:
    """In a word."""
    return "holds" if claim["holds"] else "**fails**"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/reproduce"))
