"""What there is to choose from."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from coachable.compose import options


def print_lists() -> None:
    """Print tasks, humans, algorithms, experiments and reproductions, one line each.

    The second column says what fits: a human and an algorithm where they share a kind of feedback,
    a task and an algorithm where the algorithm asks for no other actions.
    """
    from rich.console import Console
    from rich.table import Table

    from coachable.reproduce import REPRODUCTIONS

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for group, heading in (
        ("env", "tasks"),
        ("human", "humans"),
        ("algorithm", "algorithms"),
        ("experiment", "experiments"),
    ):
        table.add_row(f"[bold]{heading}[/bold]", "", "")
        words = by_kind(options(group)) if group == "env" else {}
        folded = {name for names in words.values() for name in names}
        for name in options(group):
            if name not in folded:
                table.add_row(f"  {group}={name}", signals(group, name), summary(group, name))
        for kind, names in words.items():
            table.add_row("  env=WORD", "", f"{kind}, one of: {', '.join(names)}")
    table.add_row("[bold]reproductions[/bold]", "", "")
    for name, reproduction in REPRODUCTIONS.items():
        table.add_row(f"  coachable reproduce {name}", "", reproduction.summary)
    console = Console()
    (console if console.is_terminal else Console(width=180)).print(table)


def by_kind(names: list[str]) -> dict[str, list[str]]:
    """The words for single Gymnasium ids, by the kind that opens their comment: ``MuJoCo: …``."""
    from omegaconf import OmegaConf

    kinds: dict[str, list[str]] = {}
    for name in names:
        node: Any = OmegaConf.create(_text("env", name))
        if node.get("name") == "gymnasium" and name != "gymnasium":
            kinds.setdefault(summary("env", name).partition(":")[0], []).append(name)
    return kinds


def signals(group: str, name: str) -> str:
    """What must fit: kinds of feedback given or learned from, actions had or chosen among."""
    from omegaconf import OmegaConf

    if group not in ("env", "human", "algorithm"):
        return ""
    node: Any = OmegaConf.create(_text(group, name))
    entry = _registry(group)[node["name"]]
    if group == "human":
        return "any" if entry.kinds is None else ", ".join(sorted(entry.kinds))
    actions = "" if entry.actions == "either" else f"{entry.actions} actions"
    if group == "env":
        return actions or "either actions"
    learns = ", ".join(sorted(entry.learns_from)) or "true reward"
    return f"{learns}; {actions}" if actions else learns


def summary(group: str, name: str) -> str:
    """The comment on the first line of a config file, or else its registry entry's line."""
    from omegaconf import OmegaConf

    text = _text(group, name)
    for line in text.splitlines():
        if line.startswith("#") and not line.startswith("# @package"):
            return line.lstrip("# ").strip()
        if not line.startswith("#"):
            break
    node: Any = OmegaConf.create(text)
    entry = _registry(group).get(node.get("name"))
    return entry.summary if entry else ""


def _text(group: str, name: str) -> str:
    return (files("configs") / group / f"{name}.yaml").read_text()


def _registry(group: str) -> dict[str, Any]:
    if group == "env":
        from envs.registry import TASKS

        return TASKS
    if group == "human":
        from coachable.humans import HUMANS

        return HUMANS
    if group == "algorithm":
        from algorithms.registry import ALGORITHMS

        return ALGORITHMS
    return {}
