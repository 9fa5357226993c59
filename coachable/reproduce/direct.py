"""What reproductions that train no runs of their own share: cells side by side, and the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from coachable.files import make_folder, write_json
from coachable.reproduce.report import print_claims
from coachable.reproduce.spec import Claim


def side_by_side(
    name: str, carry_out: Callable[..., Any], places: Iterable[Sequence[Any]], jobs: int
) -> list[Any]:
    """``carry_out(*place)`` of each place in order, with a bar where there is a terminal."""
    from rich.progress import track

    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        outcomes = [pool.submit(carry_out, *place) for place in places]
        return [outcome.result() for outcome in track(outcomes, name)]


def kept(path: Path, carry_out: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows that an earlier run left in `path`, or else those of ``carry_out()``, left there."""
    if path.is_file():
        return json.loads(path.read_text())
    rows = carry_out()
    write_json(make_folder(path.parent) / path.name, rows)
    return rows


def present(
    name: str,
    folder: Path,
    seeds: Sequence[int],
    quick: bool,
    rows: Sequence[dict[str, Any]],
    claims: Sequence[Claim],
    markdown: str,
    draw: Callable[[Sequence[dict[str, Any]], Path], None],
    caption: str,
    **more: Any,
) -> bool:
    """Draw rows as success.png, print them, and conclude; whether all claims hold.

    Args:
        name: of the reproduction.
        folder: of its result and its picture; it is there.
        seeds: that it ran with.
        quick: whether it proves nothing.
        rows: the figures, which the result holds.
        claims: what was to be shown.
        markdown: the table.
        draw: (rows, path of the picture) draws it.
        caption: of the picture.
        more: what else the result holds.

    """
    draw(rows, folder / "success.png")
    print(markdown)
    return conclude(
        name, folder, seeds, quick, claims, rows=rows, markdown=markdown, caption=caption, **more
    )


def conclude(
    name: str,
    folder: Path,
    seeds: Sequence[int],
    quick: bool,
    claims: Sequence[Claim],
    **result: Any,
) -> bool:
    """Write result.json, print the claims and where everything is; whether all claims hold.

    Args:
        name: of the reproduction.
        folder: of its result, and of its ``success.png`` if it has drawn one.
        seeds: that it ran with.
        quick: whether it proves nothing.
        claims: what was to be shown.
        result: what else the file holds: ``rows``, ``markdown``, ``caption``.

    """
    head = {"name": name, "quick": quick, "seeds": list(seeds)}
    told = [asdict(claim) for claim in claims]
    write_json(make_folder(folder) / "result.json", {**head, **result, "claims": told})
    print_claims(claims)
    print(
        ", ".join(str(folder / f) for f in ("result.json", "success.png") if (folder / f).is_file())
    )
    return all(claim.holds for claim in claims)
