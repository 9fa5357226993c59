"""The results page, written from what ``coachable reproduce`` left behind.

``python docs/make_results.py`` reads runs/reproduce/*/result.json, writes docs/results.md with the
pictures that go with it, and puts the claims in short into the README.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coachable.files import write_whole
from coachable.reproduce import REPRODUCTIONS
from coachable.reproduce.report import FIGURES
from coachable.tables import shown

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
OPEN, CLOSE = "<!-- results: written by docs/make_results.py -->", "<!-- end of results -->"

HEAD = """# Results

Written by `python docs/make_results.py` from `runs/reproduce/*/result.json`; the command under each
heading carries its runs out again. Mean ± standard deviation over seeds, on test episodes that no
method trained on and no setting was chosen by (validation episodes are there for that). Methods
of a table share the human, its rule for taking over, seeds, networks and updates a step.
What stands behind the figures, and what falls short: [findings.md](findings.md).
"""


def main(runs: Path) -> None:
    """Write the page, its pictures and the README's digest."""
    results = [
        json.loads((runs / name / "result.json").read_text())
        for name, reproduction in REPRODUCTIONS.items()
        if reproduction.trains and (runs / name / "result.json").is_file()
    ]
    results = [result for result in results if not result["quick"]]
    if not results:
        sys.exit(f"{runs} holds no result.json of a full reproduction")
    for result in results:
        picture = runs / result["name"] / "success.png"
        write_whole(DOCS / "images" / f"{result['name']}.png", picture.read_bytes())
    write_whole(DOCS / "results.md", "\n".join([HEAD, *map(section, results)]).encode())
    write_whole(README, with_digest(README.read_text(), results).encode())
    print(f"{DOCS / 'results.md'}: {', '.join(result['name'] for result in results)}")


def section(result: Mapping[str, Any]) -> str:
    """One reproduction: how to run it, its table, its claims, its picture."""
    name = result["name"]
    seeds = ", ".join(map(str, result["seeds"]))
    return "\n".join(
        [
            f"## {name}\n\n{REPRODUCTIONS[name].summary}.\n",
            f"`coachable reproduce {name}`, seeds {seeds}\n",
            *table(result["table"]),
            "",
            "| claim | value | bound | |\n|---|--:|--:|---|",
            *(
                f"| {c['claim']} | {c['value']:.3f} | {c['bound']:.3f} | {verdict(c)} |"
                for c in result["claims"]
            ),
            f"\n![success against human steps](images/{name}.png)\n",
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


def with_digest(readme: str, results: list[dict[str, Any]]) -> str:
    """The README with its digest between the two marks."""
    before, rest = readme.split(OPEN)
    after = rest.split(CLOSE)[1]
    rows = [
        f"| `{result['name']}` | {c['claim']} "
        f"| {c['value']:.2f} | {c['bound']:.2f} | {verdict(c)} |"
        for result in results
        for c in result["claims"]
    ]
    head = "| reproduction | claim | value | bound | |\n|---|---|--:|--:|---|"
    return f"{before}{OPEN}\n{head}\n" + "\n".join(rows) + f"\n{CLOSE}{after}"


def verdict(claim: Mapping[str, Any]) -> str:
    """In a word."""
    return "holds" if claim["holds"] else "**fails**"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/reproduce"))
