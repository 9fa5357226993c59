"""The page on human models, from what ``coachable reproduce human_models`` left behind.

``python docs/make_human_models.py`` reads runs/reproduce/human_models, writes
docs/human_models.md and draws the pictures that it shows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from coachable.files import make_folder, write_whole
from coachable.reproduce.human_models.page import PICTURES, page
from coachable.reproduce.human_models.pictures import draw_all

DOCS = Path(__file__).parent


def main(folder: Path) -> None:
    """Write the page and its pictures."""
    result = json.loads((folder / "result.json").read_text())
    draw_all(make_folder(DOCS / PICTURES), result["z"])
    write_whole(DOCS / "human_models.md", page(result))
    print(DOCS / "human_models.md")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/reproduce/human_models"))
